"""What stands, by the log: a fold over its entries, and what follows from it. Pure.

A thing of a device may be held by several orders. The first that changed it knows what was before; only when the last
that holds it goes is it set back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from codedark.app.enforcing.entries import (
    Approval,
    Approved,
    Begun,
    Ended,
    Entry,
    Finished,
    HandedOn,
    Intended,
    Plan,
    Prepared,
    Prolonged,
    Said,
    Stood,
    Withdrawing,
    Withdrawn,
)
from codedark.app.enforcing.naming import prolonged_id, same_person
from codedark.app.enforcing.own_entries import ApproverAdded, ApproverRemoved, LogBegun, Tried
from codedark.app.enforcing.standing_entries import StandingAdded, StandingOrder, StandingRevoked
from codedark.enforce.contract import Change, DeviceId, Foreseen, Order, OrderId, Standing


class Stage(StrEnum):
    """How far an order is."""

    INTENDED = "intended"
    """The device may have any of it."""
    STANDS = "stands"
    """Its wave was finished."""
    WITHDRAWING = "withdrawing"
    """It is to be taken back, and the device has not yet said that it was."""
    GONE = "gone"
    """Taken back, or ended by itself."""


@dataclass(slots=True)
class HeldOrder:
    """An order that a device was asked for, with its changes, and what the device said of it last, and why.

    ``since_us``: since when it stands so, or since when it is to be taken back. ``says`` is what was foreseen in words.
    """

    order: Order
    plan: str
    wave: int
    changes: tuple[Change, ...]
    stage: Stage = Stage.INTENDED
    standing: Standing = Standing.UNKNOWN
    why: str = ""
    since_us: int = 0
    says: tuple[str, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether a person has to do something before it is as it should be."""
        return self.stage is not Stage.GONE and self.standing is Standing.WAITING


@dataclass(slots=True)
class _Held:
    before: str
    after: str
    holders: set[OrderId]


@dataclass(slots=True)
class Holding:
    """All orders that were ever asked for, plans by id, and until when and how long each plan may stand.

    ``prepared`` and ``approvals`` are by plan too; ``plans`` are those that were begun.
    """

    standing: dict[str, StandingOrder] = field(default_factory=dict)
    revoked: dict[str, str] = field(default_factory=dict)
    """Standing orders that hold no more, and why."""
    begun_by: dict[str, str] = field(default_factory=dict)
    """The standing orders by which plans were begun."""
    prepared: dict[str, Prepared] = field(default_factory=dict)
    approvals: dict[str, list[Approval]] = field(default_factory=dict)
    tried_us: dict[str, list[int]] = field(default_factory=dict)
    """When passphrases were given for a person since the last right one, by `same_person`."""
    plans: dict[str, Plan] = field(default_factory=dict)
    orders: dict[OrderId, HeldOrder] = field(default_factory=dict)
    until_us: dict[str, int] = field(default_factory=dict)
    stands_seconds: dict[str, int] = field(default_factory=dict)
    finished_waves: dict[str, int] = field(default_factory=dict)
    said: set[tuple[str, str]] = field(default_factory=set)
    handed_on: dict[OrderId, str] = field(default_factory=dict)
    """Orders that went to people when they were to be carried out, and why."""
    approvers: dict[str, ApproverAdded] = field(default_factory=dict)
    """Who may say yes, by `same_person`."""
    approvers_at: dict[str, dict[str, ApproverAdded]] = field(default_factory=dict)
    """Who might when a plan was prepared, begun (then by `prolonged_id`) or prolonged, or a standing order written."""
    logs: list[LogBegun] = field(default_factory=list)
    """Where this log goes on from one that was damaged."""
    _things: dict[tuple[DeviceId, str], _Held] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Follow one entry: what people say, then what is done."""
        self._decided(entry)
        self._done(entry)

    def _decided(self, entry: Entry) -> None:
        match entry:
            case StandingAdded(order=order):
                self.standing[order.id] = order
                self.approvers_at[order.id] = dict(self.approvers)
            case StandingRevoked(standing=standing_id, why=why):
                self.revoked[standing_id] = why
            case Prepared(plan=plan):
                self.prepared[plan.id] = entry
                self.approvers_at[plan.id] = dict(self.approvers)
            case ApproverAdded(name=name):
                self.approvers[same_person(name)] = entry
            case ApproverRemoved(name=name):
                self.approvers.pop(same_person(name), None)
            case Tried(person=person, at_us=at_us):
                self.tried_us.setdefault(same_person(person), []).append(at_us)
            case Approved(plan=plan_id, approval=approval):
                self.approvals.setdefault(plan_id, []).append(approval)
                self.tried_us.pop(same_person(approval.person), None)
            case LogBegun():
                self.logs.append(entry)
            case Said(plan=plan_id, sentence=sentence):
                self.said.add((plan_id, sentence))

    def _done(self, entry: Entry) -> None:
        match entry:
            case Begun(plan=plan, standing=standing_id):
                self.plans[plan.id] = plan
                if standing_id:
                    self.begun_by[plan.id] = standing_id
                self.stands_seconds[plan.id] = plan.stands_seconds
                self.approvers_at[prolonged_id(plan.id)] = dict(self.approvers)
            case HandedOn(plan=plan_id, orders=handed, why=why):
                self.plans[plan_id] = self.plans[plan_id].with_orders(handed)
                self.handed_on |= {order.id: why for order in handed}
            case Intended(plan=plan_id, wave=wave, device=device, foreseen=foreseen, at_us=at_us):
                orders = {order.id: order for order in self.plans[plan_id].orders}
                for each in foreseen:
                    held = HeldOrder(orders[each.order], plan_id, wave, each.changes, since_us=at_us, says=each.says)
                    self.orders[each.order] = held
                    self._hold(device, each)
            case Stood(standing=standing, why=why, at_us=at_us):
                for order_id, stands in standing.items():
                    held = self.orders[order_id]
                    held.since_us = held.since_us if held.standing is stands else at_us
                    held.standing, held.why = stands, why
            case Finished(plan=plan_id, wave=wave, until_us=until_us):
                self.until_us[plan_id] = until_us
                self.finished_waves[plan_id] = wave + 1
                for held in self.orders.values():
                    if (held.plan, held.wave) == (plan_id, wave):
                        held.stage = Stage.STANDS
            case Prolonged(plan=plan_id, until_us=until_us, stands_seconds=seconds):
                self.until_us[plan_id] = until_us
                self.stands_seconds[plan_id] = seconds
                self.approvals.pop(prolonged_id(plan_id), None)  # who wants it longer once more approves once more
                self.approvers_at[prolonged_id(plan_id)] = dict(self.approvers)
            case Withdrawing(orders=orders_back, why=why, at_us=at_us):
                for order_id in orders_back:
                    held = self.orders[order_id]
                    held.since_us = held.since_us if held.stage is Stage.WITHDRAWING else at_us
                    held.stage, held.why = Stage.WITHDRAWING, why
            case Withdrawn(orders=gone) | Ended(orders=gone):
                for order_id in gone:
                    self.orders[order_id].stage = Stage.GONE
                    self.orders[order_id].standing = Standing.NOTHING
                self._release(set(gone))

    def at(self, *stages: Stage) -> list[HeldOrder]:
        """The orders at some stages, in the order in which devices were asked for them."""
        return [held for held in self.orders.values() if held.stage in stages]

    def undoing(self, orders: Collection[OrderId]) -> dict[DeviceId, tuple[Change, ...]]:
        """What to set back on each device if these orders go: things that nobody else holds, newest first. Each is
        told as it was changed; `codedark.enforce.contract.Adapter.revert` sets it to its value before.
        """
        going = set(orders)
        found: dict[DeviceId, list[Change]] = {}
        for (device, thing), held in self._things.items():
            if held.holders and held.holders <= going:
                found.setdefault(device, []).append(Change(thing, held.before, held.after))
        return {device: tuple(reversed(changes)) for device, changes in found.items()}

    def conflict(self, device: DeviceId, foreseen: Foreseen) -> str:
        """Why an order cannot stand beside those that do: they want another value of the same thing. "" if it can."""
        for change in foreseen.changes:
            held = self._things.get((device, change.thing))
            if held is not None and held.holders and held.after != change.after:
                return f"{device}: {change.thing} is held at '{held.after}' by order {min(held.holders)}"
        return ""

    def _hold(self, device: DeviceId, foreseen: Foreseen) -> None:
        for change in foreseen.changes:
            held = self._things.get((device, change.thing))
            if held is None or not held.holders:
                self._things[device, change.thing] = _Held(change.before, change.after, {foreseen.order})
            else:
                held.holders.add(foreseen.order)

    def _release(self, gone: set[OrderId]) -> None:
        for key, held in list(self._things.items()):
            held.holders -= gone
            if not held.holders:
                del self._things[key]


def folded(entries: Iterable[Entry]) -> Holding:
    """What stands after some entries."""
    holding = Holding()
    for entry in entries:
        holding.take(entry)
    return holding
