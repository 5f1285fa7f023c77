"""Carrying out a plan: approved, tried dry, wave by wave, with the lifelines asked before, between and after."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from codedark.app.enforcing.approving import refusal
from codedark.app.enforcing.as_approved import other_changes
from codedark.app.enforcing.books import Books, Devices
from codedark.app.enforcing.dry_run import by_device, check, without_conflict
from codedark.app.enforcing.entries import Approval, Begun, Finished, HandedOn, Intended, Plan, Said
from codedark.app.enforcing.naming import PEOPLE
from codedark.app.enforcing.probing import Lifelines
from codedark.app.enforcing.standing_entries import StandingOrder
from codedark.app.enforcing.standing_orders import exceeding
from codedark.app.enforcing.withdrawing import withdraw
from codedark.enforce.contract import (
    Adapter,
    DeviceFailed,
    DeviceId,
    Foreseen,
    Order,
    OrderId,
    OrderRefused,
    Reading,
    Standing,
    raise_refusals,
)
from codedark.errors import UsageError

_AS_ASKED: Final = frozenset({Standing.ALL, Standing.WAITING})
"""What is done, and what is handed to people: a wave must not wait an hour until somebody has reached a cabinet."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many waves stand, and in ``told`` what people have to know: why it stopped, what is not as it should be.

    ``answered`` are the lifelines that answered before; nothing watched over all others.
    """

    finished_waves: int
    told: tuple[str, ...] = ()
    answered: frozenset[str] = field(default=frozenset(), compare=False)


def carry_out(
    books: Books,
    devices: Devices,
    lifelines: Lifelines,
    plan: Plan,
    approvals: Sequence[Approval],
    standing: StandingOrder | None = None,
) -> Outcome:
    """Do what was approved; whatever happens, what stands afterwards is in the log and in the outcome.

    ``approvals`` are of the plan, or of the ``standing`` order by which it is carried out and which allows all of it.

    1. Without the approvals, with any order refused, or where devices foresee something else than what was approved,
       nothing is done (`UsageError`, `OrderRefused`).
    2. Only lifelines that answer before can be lost by what we do.
    3. What was to be done by a device that does not answer now is handed to people, the same orders under the same ids:
       no more is cut than was approved. Where there are no people, nothing is done (`DeviceFailed`).
    4. A wave stands when every order of it stands as a whole, or waits for a person, and the lifelines still answer.
    5. Else it is taken back, and earlier ones with it, the newest first, until the lifelines answer.
    """
    why = refusal(standing or plan, approvals)
    if standing and not why:
        why = exceeding(books.holding, standing, plan, books.now_us())
    if why:  # (1)
        raise UsageError(why)
    silent: dict[DeviceId, str] = {}
    foreseen = check(books, devices, plan, silent if PEOPLE in devices else None)
    raise_refusals(foreseen)
    prepared = books.holding.prepared.get(plan.id)
    if prepared and (others := other_changes(prepared, foreseen)):
        raise UsageError(not_as_approved(plan, others))
    answered = lifelines.answering()  # (2)
    by = standing.id if standing else ""
    books.write(Begun(at_us=books.now_us(), plan=plan, approvals=tuple(approvals), standing=by))
    told = [_handed_on(books, plan.id, device, error) for device, error in silent.items()]  # (3)
    for number in range(len(plan.waves)):
        try:
            trouble = _wave(books, devices, plan.id, number, told)
            lost = answered - lifelines.answering()
        except BaseException:
            _withdraw_wave(books, devices, plan, number, "it was interrupted")
            raise
        if lost:
            trouble = "; ".join(filter(None, (trouble, f"lifelines do not answer any more: {', '.join(sorted(lost))}")))
        if trouble:
            stopped = _stopped(books, devices, lifelines, plan, number, trouble, answered)  # (5)
            return replace(stopped, told=(*told, *stopped.told))
        until_us = books.now_us() + plan.stands_seconds * 1_000_000
        books.write(Finished(at_us=books.now_us(), plan=plan.id, wave=number, until_us=until_us))  # (4)
    return Outcome(len(plan.waves), tuple(told), answered)


def not_as_approved(plan: Plan, others: Sequence[str]) -> str:
    """Why a plan is not carried out that would do something else now, in plain words."""
    return (
        f"{plan.called} would not do what was approved, because the hospital's model or a device has changed since:"
        f" {'; '.join(others)}. Nothing is done: `codedark contain prepare` it anew, and have that approved"
    )


def _wave(books: Books, devices: Devices, plan_id: str, number: int, told: list[str]) -> str:
    """Apply one wave, device by device; why it is not whole, "" if it is. What is handed to people is said in ``told``.

    A device that fails before anything was asked of it has nothing of the wave: people do its part. One that fails
    later may have any of it, and nothing is built on that.
    """
    for device, orders in by_device(books.holding.plans[plan_id].waves[number]).items():
        try:
            trouble = _applied(books, devices[device], plan_id, number, orders)
        except DeviceFailed as error:
            if PEOPLE not in devices or device == PEOPLE:
                return str(error)
            told.append(_handed_on(books, plan_id, device, str(error)))
            trouble = _by_people(books, devices[PEOPLE], plan_id, number, {order.id for order in orders})
        if trouble:
            return trouble
    return ""


def _by_people(books: Books, people: Adapter, plan_id: str, number: int, names: Collection[OrderId]) -> str:
    """Hand out those of a wave that a device does no more; why that could not be."""
    orders = [order for order in books.holding.plans[plan_id].waves[number] if order.id in names]
    try:
        return _applied(books, people, plan_id, number, orders)
    except DeviceFailed as error:
        return str(error)


def _applied(books: Books, adapter: Adapter, plan_id: str, number: int, orders: Sequence[Order]) -> str:
    """Have one device do its orders of a wave; why not all of it stands. Raises `DeviceFailed` where it has nothing."""
    device, trouble = adapter.device, ""

    def keep(foreseen: Sequence[Foreseen]) -> None:
        raise_refusals(without_conflict(books, device, each) for each in foreseen)
        books.write(Intended(at_us=books.now_us(), plan=plan_id, wave=number, device=device, foreseen=tuple(foreseen)))

    try:
        readings = adapter.apply(orders, keep)
    except OrderRefused as error:
        return str(error)
    except DeviceFailed as error:
        if not any(order.id in books.holding.orders for order in orders):
            raise
        trouble = str(error)
        readings = _asked(adapter, books, orders)
    held = [books.holding.orders[order.id] for order in orders if order.id in books.holding.orders]
    heard = books.hear(held, readings)
    partly = [f"{name} stands {stands}" for name, stands in heard.items() if stands not in _AS_ASKED]
    if trouble or partly:
        return "; ".join([*filter(None, [trouble]), *partly, *sorted({each.why for each in readings if each.why})])
    return ""


def _handed_on(books: Books, plan_id: str, device: DeviceId, why: str) -> str:
    """Give people all that a device was not asked for yet, and say so."""
    orders = tuple(
        replace(order, device=PEOPLE)
        for order in books.holding.plans[plan_id].orders
        if order.device == device and order.id not in books.holding.orders
    )
    books.write(HandedOn(at_us=books.now_us(), plan=plan_id, orders=orders, why=why))
    count = f"{len(orders)} order{'s' if len(orders) > 1 else ''}"
    return f"{device} DOES NOT ANSWER, so people have to do {count} of plan {plan_id} by hand, now: {why}"


def _asked(adapter: Adapter, books: Books, orders: Sequence[Order]) -> tuple[Reading, ...]:
    """What a device that failed has of orders; nothing is known where it does not answer that either."""
    held = [books.holding.orders[order.id] for order in orders if order.id in books.holding.orders]
    try:
        return adapter.verify([change for each in held for change in each.changes])
    except DeviceFailed:
        return ()


def _stopped(
    books: Books,
    devices: Devices,
    lifelines: Lifelines,
    plan: Plan,
    number: int,
    trouble: str,
    answered: frozenset[str],
) -> Outcome:
    told = [f"plan {plan.id} stopped at wave {number + 1} of {len(plan.waves)}: {trouble}"]
    finished = 0
    for wave in range(number, -1, -1):
        told += _withdraw_wave(books, devices, plan, wave, trouble)
        silent = answered - lifelines.answering()
        if not silent:
            finished = wave
            break
    else:
        told.append(
            f"all of it is taken back, and still silent are {', '.join(sorted(silent))}: look for another cause"
        )
    books.write(Said(at_us=books.now_us(), plan=plan.id, sentence=told[0]))
    return Outcome(finished, tuple(told), answered)


def _withdraw_wave(books: Books, devices: Devices, plan: Plan, wave: int, why: str) -> tuple[str, ...]:
    asked = [held.order.id for held in books.holding.orders.values() if (held.plan, held.wave) == (plan.id, wave)]
    return withdraw(books, devices, asked, why)
