"""The first thing after a start: finish what the program before left half done, and say exactly what stands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from codedark.app.enforcing.at_once import asked_at_once
from codedark.app.enforcing.books import Books, Devices
from codedark.app.enforcing.entries import Said
from codedark.app.enforcing.heartbeat import changes_of, listened, readings_of
from codedark.app.enforcing.holding import HeldOrder, Holding, Stage
from codedark.app.enforcing.withdrawing import withdraw
from codedark.enforce.contract import Adapter, Change, DeviceId, Reading, Standing

NEVER_DONE: Final = "it was begun, and nothing of it was ever done"


def take_up(books: Books, devices: Devices) -> tuple[str, ...]:
    """Roll back, ask, and say; nobody else may hold the log, see `codedark.store.case_log.case_log.CaseLog`.

    1. A wave that was not finished is taken back, and so is what was being taken back.
    2. Devices are asked for everything else. Nothing is put back that they do not have any more.
    3. What stands is said, plan by plan, and what could not be found out.
    """
    told = cleared_up(books, devices)  # (1)
    return (*told, *_asked(books, devices), *stated(books.holding))  # (2) (3)


def cleared_up(books: Books, devices: Devices) -> tuple[str, ...]:
    """Take back what was half done when the program ended, and say so."""
    told: list[str] = []
    for plan_id in never_done(books.holding):
        told.append(f"plan {plan_id} was begun, and the program ended before anything of it was done")
        books.write(Said(at_us=books.now_us(), plan=plan_id, sentence=NEVER_DONE))
    if unfinished := books.holding.at(Stage.INTENDED, Stage.WITHDRAWING):
        if count := sum(not held.waits for held in unfinished):
            told.append(f"{count} orders were under way when the program ended: they are taken back")
        told += withdraw(books, devices, [held.order.id for held in unfinished], "the program ended in between")
    return tuple(told)


def _asked(books: Books, devices: Devices) -> list[str]:
    by_device: dict[DeviceId, list[HeldOrder]] = {}
    for held in books.holding.at(Stage.STANDS):
        by_device.setdefault(held.order.device, []).append(held)
    changes = {name: changes_of(orders) for name, orders in by_device.items()}
    answers = asked_at_once(devices, {name: partial(_verified, each) for name, each in changes.items()})
    told: list[str] = []
    for name, answer in answers.items():
        told += listened(books, by_device[name], readings_of(changes[name], answer))
    return told


def _verified(changes: Sequence[Change], device: Adapter) -> tuple[Reading, ...]:
    return device.verify(changes)


def never_done(holding: Holding) -> tuple[str, ...]:
    """Plans that were begun and of which no device was ever asked for anything, unless that was said already."""
    asked = {held.plan for held in holding.orders.values()}
    return tuple(each for each in holding.plans if each not in asked and (each, NEVER_DONE) not in holding.said)


def stated(holding: Holding) -> tuple[str, ...]:
    """What stands by the log, in sentences."""
    told = []
    for plan_id, plan in holding.plans.items():
        orders = [held for held in holding.orders.values() if held.plan == plan_id and held.stage is not Stage.GONE]
        if not orders:
            continue
        counts = [
            f"{sum((held.stage, held.standing) == pair for held in orders)} {pair[0]}, {_as_told(pair[1])}"
            for pair in sorted({(held.stage, held.standing) for held in orders})
        ]
        waves = f"{holding.finished_waves.get(plan_id, 0)} of {len(plan.waves)} waves finished"
        told.append(f"plan {plan_id}: {waves}; orders: {'; '.join(counts)}")
    return tuple(told) or ("nothing of Code Dark stands",)


def _as_told(standing: Standing) -> str:
    return "waiting for a person" if standing is Standing.WAITING else f"as the device says {standing}"
