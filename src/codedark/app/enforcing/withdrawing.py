"""Taking orders back: told first, done on every device that answers, and only called done when the device says so.

What a person did, a person has to undo: such an order waits. What people were asked and never did ends at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial

from codedark.app.enforcing.at_once import asked_at_once
from codedark.app.enforcing.books import Books, Devices
from codedark.app.enforcing.entries import Withdrawing, Withdrawn
from codedark.app.enforcing.holding import HeldOrder, Stage
from codedark.enforce.contract import Adapter, Change, DeviceFailed, DeviceId, OrderId, Reading, Standing
from codedark.store.case_log.case_log import CaseLogFailed


def withdraw(books: Books, devices: Devices, orders: Collection[OrderId], why: str) -> tuple[str, ...]:
    """Take orders back; what could not be is returned as sentences, and stays to be taken back at the next heartbeat.

    1. The log says so first, unless it does already: trying again is no news. If the disk refuses, they are taken back
       all the same, because that is the safe direction, and a later start will do it once more; `CaseLogFailed` is
       raised at the end.
    2. Each device sets back what nobody else holds, all at the same time.
    3. An order is withdrawn when each of its things that was set back reads as before.
    """
    going = [books.holding.orders[each] for each in orders if books.holding.orders[each].stage is not Stage.GONE]
    if not going:
        return ()
    names = [held.order.id for held in going]
    fresh = tuple(held.order.id for held in going if held.stage is not Stage.WITHDRAWING)
    undoing = books.holding.undoing(names)
    refused: CaseLogFailed | None = None
    try:
        if fresh:
            books.write(Withdrawing(at_us=books.now_us(), orders=fresh, why=why))  # (1)
    except CaseLogFailed as error:
        refused = error
    told, left = _set_back(devices, undoing)  # (2)
    if refused is not None:
        raise refused
    _conclude(books, going, left, fresh)  # (3)
    return tuple(told)


def _set_back(
    devices: Devices, undoing: dict[DeviceId, tuple[Change, ...]]
) -> tuple[list[str], dict[tuple[DeviceId, str], Reading]]:
    """What did not go as it should, in sentences, and the things that are not as before, with what was said of them."""
    told: list[str] = []
    left: dict[tuple[DeviceId, str], Reading] = {}
    questions = {device: partial(_reverted, changes) for device, changes in undoing.items()}
    for device, answer in asked_at_once(devices, questions).items():
        changes = undoing[device]
        if isinstance(answer, DeviceFailed):
            readings = {change.thing: Reading(change.thing, None, str(answer)) for change in changes}
            told.append(f"not taken back: {answer}")
        else:
            readings = {reading.thing: reading for reading in answer}
            told += _wrong(device, changes, readings)
        for change in changes:
            reading = readings.get(change.thing, Reading(change.thing, None, f"{device} does not tell of it"))
            if reading.value != change.before:
                left[device, change.thing] = reading
    return told, left


def _reverted(changes: Sequence[Change], device: Adapter) -> tuple[Reading, ...]:
    return device.revert(changes)


def _wrong(device: DeviceId, changes: Iterable[Change], readings: Mapping[str, Reading]) -> list[str]:
    """What a device that answered has not set back, in sentences; what waits for people, all in one."""
    told: list[str] = []
    waiting: list[str] = []
    for change in changes:
        reading = readings.get(change.thing)
        if reading is not None and reading.value == change.before:
            continue
        if reading is not None and reading.waits:
            waiting.append(change.thing)
        else:
            why = f" ({reading.why})" if reading is not None and reading.why else ""
            told.append(f"{device}: {change.thing} should be '{change.before}' again and is not{why}")
    if waiting:
        told.append(f"{device}: people did this and have to undo it: {', '.join(waiting)}")
    return told


def _conclude(
    books: Books,
    going: Iterable[HeldOrder],
    left: Mapping[tuple[DeviceId, str], Reading],
    fresh: Collection[OrderId],
) -> None:
    """Write down which orders are gone, which wait for a person, and which are stuck."""
    done: list[OrderId] = []
    standing: dict[OrderId, Standing] = {}
    why: dict[OrderId, str] = {}
    for held in going:
        keys = [(held.order.device, change.thing) for change in held.changes]
        own = [left[key] for key in keys if key in left]
        if not own:
            done.append(held.order.id)
            continue
        standing[held.order.id] = Standing.WAITING if all(each.waits for each in own) else Standing.UNKNOWN
        why[held.order.id] = "; ".join(sorted({each.why or f"{each.thing} is '{each.value}'" for each in own}))
    if done:
        books.write(Withdrawn(at_us=books.now_us(), orders=tuple(done)))
    books.note(standing, why, anew=fresh)
