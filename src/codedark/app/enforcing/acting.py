"""What people ask for at a desk: say yes, begin, have it stand longer, take back."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Final

from codedark.app.enforcing.approvers import Approver, named, read_approvers
from codedark.app.enforcing.approving import Approvable, missing, must_wait_seconds
from codedark.app.enforcing.as_approved import other_meanings
from codedark.app.enforcing.carrying_out import Outcome, carry_out, not_as_approved
from codedark.app.enforcing.desk import Desk, part_of
from codedark.app.enforcing.entries import Approval, Approved, Plan
from codedark.app.enforcing.heartbeat import Heartbeat, prolonging
from codedark.app.enforcing.holding import Holding, Stage
from codedark.app.enforcing.naming import same_person
from codedark.app.enforcing.newcomers import newcomers, not_allowed
from codedark.app.enforcing.own_entries import Tried
from codedark.app.enforcing.preparing import prepared_plan_of, refuse_lifelines
from codedark.app.enforcing.standing_entries import StandingOrder
from codedark.app.enforcing.taking_up import never_done, take_up
from codedark.app.enforcing.withdrawing import withdraw
from codedark.enforce.contract import OrderId
from codedark.errors import UsageError

_YES_HOLDS_US: Final = 3_600_000_000


def may_try(holding: Holding, plan: Approvable, entry: Approver, now_us: int) -> None:
    """Raise `UsageError` where asking for a passphrase is of no use: it is not that person's record, or is newer than
    what is asked; they approved already; or too many passphrases were wrong.
    """
    person = entry.name
    if why := not_allowed(holding, plan, person, entry.record):
        raise UsageError(why)
    if any(same_person(each.person) == same_person(person) for each in _that_hold(holding, plan, now_us)):
        raise UsageError(
            f"{person} has approved {plan.called} already, and the same person counts once: ask somebody else"
        )
    tried = holding.tried_us.get(same_person(person), ())
    if wait := must_wait_seconds(tried, now_us):
        raise UsageError(
            f"{len(tried)} wrong passphrases were given for {person}: wait {-(-wait // 60)} min, or ask somebody else"
        )


def say_yes(desk: Desk, plan: Approvable, person: str, passphrase: str) -> Approval:
    """Approve a plan as somebody; raises `UsageError` where that is not who it says.

    1. That a passphrase is tried is on disk before it is looked at, so that no crash gives anybody more tries.
    2. A right one is followed by the approval, for what has this digest and for nothing else.
    """
    entry = named(read_approvers(desk.home), person)
    books = desk.books
    may_try(books.holding, plan, entry, books.now_us())
    books.write(Tried(at_us=books.now_us(), person=entry.name))  # (1)
    if not entry.has(passphrase):
        raise UsageError(f"this is not the passphrase of {entry.name}; nothing is approved")
    approval = Approval(entry.name, entry.role, entry.clinical, plan.digest, books.now_us())
    books.write(Approved(at_us=books.now_us(), plan=plan.id, approval=approval))  # (2)
    return approval


def approvable(holding: Holding, name: str, now_us: int) -> Plan | StandingOrder:
    """What waits to be approved under a name. Raises `UsageError`."""
    known = {each.casefold(): each for each in holding.standing}
    if name.casefold() not in known:
        return prepared_plan_of(holding, name, now_us).plan
    standing = holding.standing[known[name.casefold()]]
    if standing.id in holding.revoked:
        raise UsageError(f"{standing.called} was revoked: add another one")
    return standing


def unfinished_taken_back(desk: Desk) -> tuple[str, ...]:
    """What a program that was killed left half done is taken back first; what there is to say of it. Without a model,
    what stands is not asked for: whether lifelines pass as they should cannot be told.
    """
    half_done = desk.books.holding.at(Stage.INTENDED)
    if not half_done and not never_done(desk.books.holding):
        return ()
    if not desk.hospital.name:
        return withdraw(desk.books, desk.devices, [held.order.id for held in half_done], "the program ended in between")
    return take_up(desk.books, desk.devices)


def begin(desk: Desk, plan_id: str) -> Outcome:
    """Carry out a plan that was prepared and approved; raises `UsageError`, `OrderRefused`, `DeviceFailed` before
    anything is touched. Lifelines are held against the model and against what stands once more, and what names in the
    plan mean against the model.
    """
    prepared = prepared_plan_of(desk.books.holding, plan_id, desk.books.now_us())
    plan = prepared.plan
    if others := other_meanings(prepared, desk.hospital):
        raise UsageError(not_as_approved(plan, others))
    refuse_lifelines(desk, [part_of(desk.hospital, order) for order in plan.orders])
    approvals = desk.books.holding.approvals.get(plan.id, [])
    known = desk.books.holding.approvers_at.get(plan.id, {})
    if strange := [each.person for each in approvals if same_person(each.person) not in known]:
        raise UsageError(f"{strange[0]} was no approver when plan {plan.id} was prepared: prepare it anew")
    return carry_out(desk.books, desk.devices, desk.lifelines, plan, approvals)


def who_is_new(holding: Holding, plan_id: str) -> tuple[str, ...]:
    """What whoever carries a plan out has to know of its approvers."""
    found = [each.plan for name, each in holding.prepared.items() if name.casefold() == plan_id.casefold()]
    return tuple(
        sentence for plan in found for sentence in newcomers(holding, plan, waits=plan.id not in holding.plans)
    )


def prolonged(desk: Desk, plan: Plan) -> str:
    """Have a plan stand longer once enough people said yes to it (``plan`` is of `prolonging`); else who is missing."""
    approvals = _that_hold(desk.books.holding, plan, desk.books.now_us())
    if why := missing(plan, approvals):
        return why
    begun = next(each for each in desk.books.holding.plans.values() if prolonging(each, 1).id == plan.id)
    Heartbeat(desk.books, desk.devices, time.monotonic).prolong(begun.id, plan.stands_seconds, approvals)
    return ""


def _that_hold(holding: Holding, plan: Approvable, now_us: int) -> list[Approval]:
    """Who said yes to just this: who wanted other hours at first may still agree. A yes to have something stand longer
    holds for an hour, so that none is found days later and used.
    """
    found = [each for each in holding.approvals.get(plan.id, ()) if each.digest == plan.digest]
    if plan.id in holding.prepared or plan.id in holding.standing:
        return found
    return [each for each in found if abs(now_us - each.at_us) < _YES_HOLDS_US]


def begun_plan(holding: Holding, plan_id: str) -> Plan:
    """A plan that was begun. Raises `UsageError`."""
    known = {each.casefold(): each for each in holding.plans}
    if plan_id.casefold() in known:
        return holding.plans[known[plan_id.casefold()]]
    if plan_id.casefold() in {each.casefold() for each in holding.prepared}:
        raise UsageError(f"plan {plan_id} was prepared and, by the log, never begun: nothing of it stands")
    raise UsageError(f"there is no plan {plan_id}; those that were begun: {', '.join(holding.plans) or 'none'}")


def take_back(desk: Desk, plan_id: str, orders: Collection[str], why: str) -> tuple[Sequence[OrderId], tuple[str, ...]]:
    """Take back all of a plan, or some orders of it: which were asked to go, and what did not go as it should.

    Raises `UsageError` for what is not there.
    """
    holding = desk.books.holding
    plan = begun_plan(holding, plan_id)
    held = [each for each in holding.orders.values() if each.plan == plan.id and each.stage is not Stage.GONE]
    known = {each.order.id.casefold(): each.order.id for each in held}
    if strange := [each for each in orders if each.casefold() not in known]:
        raise UsageError(
            f"plan {plan.id} has no order {strange[0]} that stands; there are {', '.join(known.values()) or 'none'}"
        )
    going = [known[each.casefold()] for each in orders] if orders else list(known.values())
    return going, withdraw(desk.books, desk.devices, going, why)
