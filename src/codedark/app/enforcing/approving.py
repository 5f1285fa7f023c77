"""Whether enough people have said yes: two different ones, one of them clinical where patients feel it soon. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from codedark.app.enforcing.entries import Approval, Plan
from codedark.app.enforcing.naming import same_person
from codedark.hospital.service import Tier

PEOPLE: Final = 2
URGENT: Final = Tier.ONE
"""Down to this tier, somebody has to say yes who answers for patients."""


def refusal(plan: Plan, approvals: Sequence[Approval]) -> str:
    """Why this plan must not be carried out with these approvals, "" if it may.

    1. Every approval is for this plan and no other, and names somebody.
    2. The same person counts once, however the name is written.
    3. One of them is clinical if the plan touches tier 0 or 1.
    """
    for approval in approvals:  # (1)
        if not same_person(approval.person):
            return "an approval names nobody: say who approves"
        if approval.digest != plan.digest:
            return f"{approval.person} approved something else: show this plan, and ask again"
    people = {same_person(approval.person) for approval in approvals}  # (2)
    if len(people) < PEOPLE:
        twice = "; the same person counts once" if len(approvals) > len(people) else ""
        return f"{len(people)} of {PEOPLE} people have approved plan {plan.id}{twice}: ask somebody else"
    if is_urgent(plan) and not any(approval.clinical for approval in approvals):  # (3)
        return (
            f"plan {plan.id} touches services of tier 0 or 1: somebody who answers for patients has to approve it too"
        )
    return ""


def missing(plan: Plan, approvals: Sequence[Approval]) -> str:
    """Who still has to say yes, in words for those who are to find them; "" if nobody."""
    if not refusal(plan, approvals):
        return ""
    people = {same_person(each.person) for each in approvals if each.digest == plan.digest}
    more = max(PEOPLE - len(people), 1)
    words = f"{more} {'more ' if people else ''}{'person has' if more == 1 else 'people have'} to approve"
    if is_urgent(plan) and not any(each.clinical for each in approvals):
        words += ", one of them clinical" if more > 1 else ", somebody clinical"
        words += " (it touches services of tier 0 or 1)"
    return words


def is_urgent(plan: Plan) -> bool:
    """Whether it touches services of tier 0 or 1: then somebody clinical approves it too."""
    return min((order.tier for order in plan.orders), default=Tier.FIVE) <= URGENT


_FREE_TRIES: Final = 10
_WAIT_SECONDS: Final = 900


def must_wait_seconds(tried_us: Sequence[int], now_us: int) -> int:
    """How long an approver waits who gave so many passphrases since the last right one: nothing for the first ten,
    then a quarter of an hour after each. A clock that was set back makes no wait longer than that.
    """
    if len(tried_us) < _FREE_TRIES:
        return 0
    passed = max(now_us - tried_us[-1], 0) // 1_000_000
    return max(_WAIT_SECONDS - passed, 0)
