"""Taking orders back: told first, done on every device that answers, and only called done when the device says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from codedark.app.enforcing.books import Books, Devices
from codedark.app.enforcing.entries import Stood, Withdrawing, Withdrawn
from codedark.app.enforcing.holding import HeldOrder, Stage
from codedark.enforce.contract import Change, DeviceFailed, DeviceId, OrderId, Reading, Standing
from codedark.store.case_log import CaseLogFailed


def withdraw(books: Books, devices: Devices, orders: Collection[OrderId], why: str) -> tuple[str, ...]:
    """Take orders back; what could not be is returned as sentences, and stays to be taken back at the next heartbeat.

    1. The log says so first. If the disk refuses, they are taken back all the same, because that is the safe
       direction, and a later start will do it once more; `CaseLogFailed` is raised at the end.
    2. Each device sets back what nobody else holds.
    3. An order is withdrawn when each of its things that was set back reads as before.
    """
    going = [books.holding.orders[each] for each in orders if books.holding.orders[each].stage is not Stage.GONE]
    if not going:
        return ()
    names = [held.order.id for held in going]
    undoing = books.holding.undoing(names)
    refused: CaseLogFailed | None = None
    try:
        books.write(Withdrawing(at_us=books.now_us(), orders=tuple(names), why=why))  # (1)
    except CaseLogFailed as error:
        refused = error
    told, left = _set_back(devices, undoing)  # (2)
    if refused is not None:
        raise refused
    _conclude(books, going, left, told)  # (3)
    return tuple(told)


def _set_back(
    devices: Devices, undoing: dict[DeviceId, tuple[Change, ...]]
) -> tuple[list[str], set[tuple[DeviceId, str]]]:
    """What did not go as it should, in sentences, and the things that are not as before."""
    told: list[str] = []
    left: set[tuple[DeviceId, str]] = set()
    for device, changes in undoing.items():
        adapter = devices.get(device)
        try:
            if adapter is None:
                raise DeviceFailed(
                    f"{device}: no such device is configured any more; bring it back, or undo it by hand"
                )
            readings = {reading.thing: reading for reading in adapter.revert(changes)}
        except DeviceFailed as error:
            left |= {(device, change.thing) for change in changes}
            told.append(f"not taken back: {error}")
            continue
        wrong = [change for change in changes if _value(readings, change) != change.before]
        left |= {(device, change.thing) for change in wrong}
        told += [f"{device}: {change.thing} should be '{change.before}' again and is not" for change in wrong]
    return told, left


def _conclude(books: Books, going: Iterable[HeldOrder], left: set[tuple[DeviceId, str]], told: Collection[str]) -> None:
    done: list[OrderId] = []
    stuck: list[OrderId] = []
    for held in going:
        is_stuck = any((held.order.device, change.thing) in left for change in held.changes)
        (stuck if is_stuck else done).append(held.order.id)
    if done:
        books.write(Withdrawn(at_us=books.now_us(), orders=tuple(done)))
    if stuck:
        unknown = dict.fromkeys(stuck, Standing.UNKNOWN)
        books.write(Stood(at_us=books.now_us(), standing=unknown, why="; ".join(told)))


def _value(readings: dict[str, Reading], change: Change) -> str | None:
    reading = readings.get(change.thing)
    return None if reading is None else reading.value
