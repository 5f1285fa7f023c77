"""Who may say yes to what, by the log: those whose record was there when it was prepared. Pure.

Whoever can write the folder could add two approvers and be both. That cannot be hindered from within the folder; it is
made slow and loud instead: what waits is beyond their reach, and has to be prepared anew in front of everybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from codedark.app.enforcing.approving import Approvable
from codedark.app.enforcing.holding import Holding, Stage
from codedark.app.enforcing.naming import same_person
from codedark.app.enforcing.own_entries import ApproverAdded
from codedark.app.local_time import local_time

_NEW_US: Final = 86_400_000_000


def not_allowed(holding: Holding, asked: Approvable, name: str, record: str) -> str:
    """Why an approver with this ``record`` (`codedark.app.enforcing.approvers.Approver.record`) may not say yes to
    something, "" if there is no reason.

    1. The record is the one that `contain approver` wrote down.
    2. It was there when that was prepared, begun or prolonged last.
    """
    logged = holding.approvers.get(same_person(name))
    if logged is None or logged.record != record:  # (1)
        lacks = "does not know of it" if logged is None else "has another one"
        return (
            f"the record of {name} was not written by `codedark contain approver`: the case log {lacks}. Find out who"
            " changed approvers.yaml; then add that person anew, with --replace"
        )
    if holding.approvers_at.get(asked.id, {}).get(same_person(name)) != logged:  # (2)
        return f"{_made(logged)}, and {asked.called} is older than that: prepare it anew, or ask somebody else"
    return ""


def newcomers(holding: Holding, asked: Approvable, *, waits: bool) -> tuple[str, ...]:
    """Sentences about approvers who were made shortly before or since, for all who look at a plan or standing order.

    1. Those who may not approve it, because they were made later, as long as it ``waits``.
    2. Those who approved it, and had been approvers for less than a day.
    """
    return (*(_later(holding, asked) if waits else ()), *_young(holding, asked))


def _later(holding: Holding, asked: Approvable) -> Iterator[str]:  # (1)
    known = holding.approvers_at.get(asked.id, {})
    for person, each in holding.approvers.items():
        if known.get(person) != each:
            yield f"NEW: {_made(each)}; {asked.called} is older than that, and they may not approve it."


def _young(holding: Holding, asked: Approvable) -> Iterator[str]:  # (2)
    known = holding.approvers_at.get(asked.id, {})
    for approval in holding.approvals.get(asked.id, ()):
        each = known.get(same_person(approval.person))
        if each is not None and approval.at_us - each.at_us < _NEW_US:
            yield f"NEW: {_made(each)}, and approved {asked.called}. Does everybody know them?"


def _made(each: ApproverAdded) -> str:
    return f"{each.name} was made an approver at {local_time(each.at_us)} by {each.by}"


def afoot(holding: Holding, now_us: int) -> str:
    """Why a new approver is news for everybody now: what waits to be approved, or stands; "" if it is quiet."""
    waiting = [
        f"plan {name} waits to be approved"
        for name, each in holding.prepared.items()
        if name not in holding.plans and now_us - each.at_us < _NEW_US
    ]
    standing = [f"plan {name} stands" for name in dict.fromkeys(held.plan for held in holding.at(Stage.STANDS))]
    return " and ".join([*waiting, *standing])
