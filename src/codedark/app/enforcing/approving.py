"""Whether enough people have said yes: two different ones, one of them clinical where patients feel it soon. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from codedark.app.enforcing.entries import Approval
from codedark.app.enforcing.naming import same_person

PEOPLE: Final = 2


class Approvable(Protocol):
    """What people say yes to: a plan, or a standing order."""

    @property
    def id(self) -> str:
        """Its name."""
        ...

    @property
    def called(self) -> str:
        """What it is, with its name."""
        ...

    @property
    def digest(self) -> str:
        """Changes with every detail of it."""
        ...

    @property
    def urgent_because(self) -> str:
        """Why somebody has to say yes who answers for patients, "" if nobody has to."""
        ...


def refusal(asked: Approvable, approvals: Sequence[Approval]) -> str:
    """Why this must not be carried out with these approvals, "" if it may.

    1. Every approval is for this and nothing else, and names somebody.
    2. The same person counts once, however the name is written.
    3. One of them is clinical if it touches tier 0 or 1, or is a standing order.
    """
    for approval in approvals:  # (1)
        if not same_person(approval.person):
            return "an approval names nobody: say who approves"
        if approval.digest != asked.digest:
            return f"{approval.person} approved something else: show this plan, and ask again"
    people = {same_person(approval.person) for approval in approvals}  # (2)
    if len(people) < PEOPLE:
        twice = "; the same person counts once" if len(approvals) > len(people) else ""
        return f"{len(people)} of {PEOPLE} people have approved {asked.called}{twice}: ask somebody else"
    if asked.urgent_because and not any(approval.clinical for approval in approvals):  # (3)
        return f"{asked.called} {asked.urgent_because}: somebody who answers for patients has to approve it too"
    return ""


def missing(asked: Approvable, approvals: Sequence[Approval]) -> str:
    """Who still has to say yes, in words for those who are to find them; "" if nobody."""
    if not refusal(asked, approvals):
        return ""
    people = {same_person(each.person) for each in approvals if each.digest == asked.digest}
    more = max(PEOPLE - len(people), 1)
    words = f"{more} {'more ' if people else ''}{'person has' if more == 1 else 'people have'} to approve"
    if asked.urgent_because and not any(each.clinical for each in approvals):
        words += ", one of them clinical" if more > 1 else ", somebody clinical"
        words += f" (it {asked.urgent_because})"
    return words


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
