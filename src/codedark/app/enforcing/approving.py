"""Whether enough people have said yes: two different ones, one of them clinical where patients feel it soon. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from codedark.app.enforcing.entries import Approval, Plan
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
        if not _who(approval.person):
            return "an approval names nobody: say who approves"
        if approval.digest != plan.digest:
            return f"{approval.person} approved something else: show this plan, and ask again"
    people = {_who(approval.person) for approval in approvals}  # (2)
    if len(people) < PEOPLE:
        twice = "; the same person counts once" if len(approvals) > len(people) else ""
        return f"{len(people)} of {PEOPLE} people have approved plan {plan.id}{twice}: ask somebody else"
    urgent = min((order.tier for order in plan.orders), default=Tier.FIVE) <= URGENT  # (3)
    if urgent and not any(approval.clinical for approval in approvals):
        return (
            f"plan {plan.id} touches services of tier 0 or 1: somebody who answers for patients has to approve it too"
        )
    return ""


def _who(person: str) -> str:
    """A name without regard to case, width of letters and blanks."""
    return " ".join(unicodedata.normalize("NFKC", person).casefold().split())
