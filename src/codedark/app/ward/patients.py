"""Whom a station knows: the patients of the ward's pack, and those who came in since at any station that it joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from codedark.app.ward.times import zone_named
from codedark.continuity.charts.chart import Chart, PatientId
from codedark.continuity.entries import entry as entries
from codedark.continuity.entries.checks import Known, known_of, known_of_admission
from codedark.continuity.entries.entry import Content, Entry
from codedark.continuity.entries.in_force import perhaps_in_force
from codedark.continuity.packs.pack import NumberBlock, Pack
from codedark.continuity.packs.pack_data import FILE, from_bytes
from codedark.errors import UnusableInput, UsageError
from codedark.store.durable import put
from codedark.store.station.station import Station


def charts_of(station: Station) -> dict[PatientId, Chart]:
    """The charts of the ward's pack by patient; none where the station was given no pack."""
    pack = pack_of(station)
    return {bed.chart.id: bed.chart for bed in pack.beds if bed.chart is not None} if pack else {}


def pack_of(station: Station) -> Pack | None:
    """The ward's pack, as it was given to the station; None where none was. Raises `UnusableInput`."""
    path = station.setting("pack")
    return read_pack(station.folder / path) if path else None


def keep_pack(station: Station, path: Path) -> None:
    """Keep the ward's pack in the station's own folder: what was unpacked is deleted, and a stick is pulled out. A
    station from before this names the file that it was given. Raises OSError, and `StationFailed`.
    """
    put(station.folder / FILE, path.read_bytes(), 0o600)
    station.keep("pack", FILE)


def known_at(there: Sequence[Entry], charts: Mapping[PatientId, Chart], patient: PatientId) -> Known | None:
    """Who a patient number is: by the pack, or by the last admission under it."""
    if patient in charts:
        return known_of(charts[patient])
    admitted = (known_of_admission(each) for each in perhaps_in_force(there) if each.patient == patient)
    return next(filter(None, admitted), None)


def marked(content: Content, chart_: Chart | None, there: Sequence[Entry] = ()) -> Content:
    """The content, its drug marked as high-alert where an order marks it: of the chart, or charted since (``there``).
    Where no order has its number or name, one that begins with the same word does: a second person looks too often.
    """
    if not isinstance(content, entries.Administration | entries.Order):
        return content
    name = content.drug if isinstance(content, entries.Administration) else content.name
    order = content.order if isinstance(content, entries.Administration) else ""
    known = [(each.id, each.name, each.is_high_alert) for each in chart_.drugs] if chart_ else []
    known += [
        (str(each.id), asked.name, asked.is_high_alert)
        for each in perhaps_in_force(there)
        if isinstance(asked := each.content, entries.Order)
    ]
    same = [is_high for number, called, is_high in known if number == order or _plain(called) == _plain(name)]
    alike = [is_high for _, called, is_high in known if _plain(called).split()[:1] == _plain(name).split()[:1]]
    return msgspec.structs.replace(content, is_high_alert=True) if any(same or alike) else content


def _plain(name: str) -> str:
    return name.strip().casefold()


def own_pack(path: Path, ward_number: int, rows: NumberBlock) -> Pack:
    """The pack. Raises `UsageError` where it is of a ward with other numbers: its rows would stand for two acts; and
    where this PC does not know its time zone.
    """
    pack = read_pack(path)
    zone_named(pack.time_zone)
    for own in pack.numbers:
        if own.kind == rows.kind and own.first[:3] != rows.first[:3]:
            raise UsageError(
                f"--ward-number {ward_number}: its rows begin with {rows.first[:3]}, but the pack of ward {pack.ward}"
                f" has {own.first[:3]}: say the number that stands beside this ward's keys, or name its own pack"
            )
    return pack


def read_pack(path: Path) -> Pack:
    """The pack of a file, as it lies there now. Raises `UnusableInput`."""
    try:
        told = path.stat()
        return _pack_of(path, told.st_mtime_ns, told.st_size)
    except OSError as error:
        raise UnusableInput(f"{path}: the ward's pack cannot be read ({error.strerror}): name it again") from error
    except ValueError as error:
        raise UnusableInput(f"{path}: is no pack of a ward ({error}): name the pack.json of an opened pack") from error


@lru_cache(maxsize=2)
def _pack_of(path: Path, time_ns: int, size_bytes: int) -> Pack:
    """Read once, and again when the file is another."""
    del time_ns, size_bytes
    return from_bytes(path.read_bytes())
