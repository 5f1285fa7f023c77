"""When the case log is damaged: what can still be told and undone, and the new log that goes on from there.

Taking back must never wait for a file to be mended (decision 13, 5). What is carried over is enough to undo, and
nothing by which anything new may be done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from codedark.app.enforcing.books import Books, Devices
from codedark.app.enforcing.entries import Approved, Begun, Entry, Intended, decoded, encoded
from codedark.app.enforcing.holding import Holding
from codedark.app.enforcing.naming import PEOPLE
from codedark.app.enforcing.own_entries import ApproverAdded, ApproverRemoved, LogBegun, Tried
from codedark.app.enforcing.reading import CASE_LOG, read_holding, refuse_elsewhere, refuse_other_user, wall_clock_us
from codedark.app.enforcing.standing_entries import StandingAdded, StandingRevoked
from codedark.enforce.contract import DeviceFailed, DeviceId, Foreseen, Standing, standing
from codedark.store.case_log.aside import Aside, Damage, damage_of, set_aside
from codedark.store.case_log.case_log import CaseLogDamaged, Line

_ALLOWS: Final = (Approved, Tried)
"""What may have been withdrawn in what is missing: everybody is asked anew."""
_ALLOWS_IF_SOUND: Final = (StandingAdded, StandingRevoked, ApproverAdded, ApproverRemoved)
_ANEW: Final = "the case log was damaged: write and approve it anew"


def read_what_is_left(home: Path) -> tuple[Holding, str]:
    """What the log says now, or what can still be read of it and then what is wrong. Else as `read_holding`."""
    try:
        return read_holding(home), ""
    except CaseLogDamaged:
        damage = damage_of(home / CASE_LOG)
        if damage is None:
            return read_holding(home), ""
        return _followed(_carried(damage))[1], damage.why


def new_log(home: Path, by: str, patience_seconds: float = 60.0) -> str:
    """Set a damaged log aside and begin a new one; what people have to hear of it, "" where the log is whole.

    Raises `UsageError`, `UnusableInput` and OSError.
    """
    refuse_elsewhere(home)
    refuse_other_user(home)
    made: list[LogBegun] = []

    def begin(aside: Aside) -> Iterator[bytes]:
        now_us = wall_clock_us()
        kept, holding = _followed(_carried(aside.damage))
        entry = LogBegun(
            at_us=now_us,
            kept_as=aside.path.name,
            digest=aside.digest,
            why=aside.damage.why.partition("; ")[0],
            by=by,
            carried=len(kept),
        )
        made.append(entry)
        yield encoded(entry)
        yield from map(encoded, kept)
        for name in sorted(holding.standing.keys() - holding.revoked.keys()):
            yield encoded(StandingRevoked(at_us=now_us, standing=name, why=_ANEW))

    aside = set_aside(home / CASE_LOG, begin, patience_seconds)
    return made[0].says if aside else ""


def _carried(damage: Damage) -> Sequence[Entry]:
    """What the readable lines say, without what lets anybody do anything new."""
    return [*_decoded(damage.sound, _ALLOWS), *_decoded(damage.doubtful, (*_ALLOWS, *_ALLOWS_IF_SOUND))]


def _decoded(lines: Iterable[Line], without: tuple[type[Entry], ...]) -> Iterator[Entry]:
    for line in lines:
        try:
            entry = decoded(line.text)
        except ValueError:  # of another version, or made up: the file that is kept has it
            continue
        if not isinstance(entry, without):
            yield entry


def _followed(entries: Sequence[Entry]) -> tuple[Sequence[Entry], Holding]:
    """Those that can be followed although others are missing, and what follows from them."""
    while True:
        holding, kept = Holding(), []
        for entry in entries:
            try:
                holding.take(entry)
            except KeyError:  # it speaks of what is missing
                continue
            kept.append(entry)
        if len(kept) == len(entries):
            return kept, holding
        entries = kept


def take_up_unseen(books: Books, devices: Devices, plan_id: str) -> None:
    """Before a plan is rolled back by a new log: whatever devices have of it counts as begun, although the lines that
    said so are lost. What would be changed was foreseen when the plan was prepared, and that is enough to undo it.
    """
    holding = books.holding
    entry = next((each for name, each in holding.prepared.items() if name.casefold() == plan_id.casefold()), None)
    if not holding.logs or entry is None or entry.at_us > holding.logs[-1].at_us:
        return
    plan, foreseen = holding.plans.get(entry.plan.id, entry.plan), {each.order: each for each in entry.foreseen}
    for wave, orders in enumerate(plan.waves):
        for device in dict.fromkeys(order.device for order in orders):
            own = [foreseen[order.id] for order in orders if order.device == device and order.id in foreseen]
            unseen = [each for each in own if each.changes and each.order not in holding.orders]
            if there := _on(device, devices, unseen):
                if plan.id not in holding.plans:
                    books.write(Begun(at_us=books.now_us(), plan=plan, approvals=()))
                books.write(Intended(at_us=books.now_us(), plan=plan.id, wave=wave, device=device, foreseen=there))


def _on(device: DeviceId, devices: Devices, unseen: Sequence[Foreseen]) -> tuple[Foreseen, ...]:
    """Those of which a device has anything, or does not say; people are not asked who never were."""
    if device not in devices or not unseen:
        return ()
    try:
        readings = devices[device].verify([change for each in unseen for change in each.changes])
    except DeviceFailed:
        return tuple(unseen)
    nothing = (Standing.NOTHING, Standing.UNKNOWN) if device == PEOPLE else (Standing.NOTHING,)
    return tuple(each for each in unseen if standing(each.changes, readings) not in nothing)
