"""Charting at a ward station: what a person asks for becomes an entry, is checked, and is written.

The station knows patients from the ward's pack, where one was given, and from admissions at any station that it joined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from codedark.continuity import entry as entries
from codedark.continuity.chart import Chart, PatientId
from codedark.continuity.entry import Checked, Content, Entry, EntryId, Identifier, row_of
from codedark.continuity.entry_checks import Known, Refused, judge, known_of, known_of_admission
from codedark.continuity.numbers import Kind, block, issued, part
from codedark.continuity.pack import NumberBlock, Pack
from codedark.continuity.pack_data import from_bytes
from codedark.continuity.plausible import implausible, pointed
from codedark.continuity.said_dates import born_said
from codedark.errors import UnusableInput, UsageError
from codedark.store.station import Station, Written

KINDS: Final = {
    "given": (entries.Administration, {"status": "given"}),
    "held": (entries.Administration, {"status": "held"}),
    "refused": (entries.Administration, {"status": "refused"}),
    "observation": (entries.Observation, {}),
    "order": (entries.Order, {}),
    "specimen": (entries.Specimen, {}),
    "phone-result": (entries.PhoneResult, {}),
    "allergy": (entries.Allergy, {}),
    "note": (entries.Note, {}),
    "transfer": (entries.Transfer, {}),
    "admission": (entries.Admission, {}),
    "void": (entries.Void, {}),
}
"""What can be charted, as people name it: the content, and what of it the name says already."""
_PARTS: Final = range(1, 10)
_MEASURED: Final = (entries.Observation, entries.PhoneResult)


class Asked(NamedTuple):
    """What somebody wants charted. ``row`` "" is the next free row; ``checked`` are identifiers as they were read."""

    kind: str
    fields: Mapping[str, str]
    patient: str
    checked: tuple[Checked, ...]
    author: str
    witness: str = ""
    effective_us: int | None = None
    row: str = ""
    replaces: str = ""
    why: str = ""
    is_sure: bool = False
    """Somebody looked again at a value that cannot well be."""


class Charted(NamedTuple):
    """The entry as it is on disk, what became of it, and what is to be read to whoever charted it."""

    entry: Entry
    written: Written
    remarks: tuple[str, ...]


class NotCharted(UsageError):
    """The entry is refused; the message has every reason."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__(f"NOT CHARTED. {' '.join(reasons)}")
        self.reasons = reasons


class Unlikely(NotCharted):
    """A value that cannot well be: it is charted once somebody says that it is so (`Asked.is_sure`)."""


def begin(folder: Path, name: str, ward_number: int, number: int, pack: Path | None = None) -> Station:
    """Make a station: the ``number``-th (1 to 9) of the ward that has ``ward_number``, which knows the patients of its
    ``pack`` (``pack.json``). Raises `UsageError`, and `UnusableInput` for a pack that cannot be read; then nothing was
    made.
    """
    if number not in _PARTS:
        raise UsageError(f"--number {number}: a ward has stations 1 to 9; rows of part 0 are for paper")
    try:
        rows = block(Kind.ENTRY, ward_number)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if pack is not None:
        _check_ward(pack, ward_number, rows)
    station = Station(folder, name)
    kept = station.setting("numbers")
    wanted = f"{ward_number}/{number}"
    if kept not in {"", wanted}:
        station.close()
        raise UsageError(f"{folder}: this station has the numbers of ward and station {kept}: they are never changed")
    station.keep("numbers", wanted)
    if pack is not None:
        station.keep("pack", str(pack.resolve()))
    return station


def _check_ward(path: Path, ward_number: int, rows: NumberBlock) -> None:
    """Raises `UsageError` where the pack is of a ward with other numbers: its rows would stand for two acts."""
    pack = _pack(path)
    for own in pack.numbers:
        if own.kind == rows.kind and own.first[:3] != rows.first[:3]:
            raise UsageError(
                f"--ward-number {ward_number}: its rows begin with {rows.first[:3]}, but the pack of ward {pack.ward}"
                f" has {own.first[:3]}: say the number that stands beside this ward's keys, or name its own pack"
            )


def chart(station: Station, asked: Asked, now_us: int) -> Charted:
    """Chart what is asked for.

    1. Numbers that were not named are the station's next.
    2. A drug that the patient's chart marks as high-alert is one, whatever was typed.
    3. It is checked; raises `NotCharted`.
    4. It is written; raises `StationFailed`. What stands in its row already, word for word, is that act: a form that is
       sent twice would else be offered the next row, and be charted twice.
    """
    there = station.acts()
    charts = charts_of(station)
    content = _content(asked, station, [each for each in there if each.id != asked.row])  # (1)
    patient = PatientId(content.number if isinstance(content, entries.Admission) else asked.patient)
    if not asked.is_sure and isinstance(content, _MEASURED) and (doubt := implausible(content)):
        raise Unlikely((doubt,))
    content = marked(content, charts.get(patient))  # (2)
    entry = Entry(
        id=EntryId(asked.row or next_number(station, Kind.ENTRY, [link.entry.id for link in station.links()])),
        station=station.name,
        patient=patient,
        checked=tuple(map(_read, asked.checked)) or _as_admitted(content),
        effective_us=now_us if asked.effective_us is None else asked.effective_us,
        recorded_us=now_us,
        author=asked.author,
        content=content,
        witness=asked.witness,
        replaces=EntryId(asked.replaces),
        why=asked.why,
    )
    if asked.replaces and any(acts[0].id == asked.replaces for acts in station.conflicts()):
        numbers = ", ".join(each.id for each in there if row_of(each.id) == asked.replaces)
        raise NotCharted((f"{asked.replaces} stands for several acts: say which, as one of {numbers}.",))
    replaced = next((each for each in there if each.id == entry.replaces), None)
    said = judge(entry, known_at(there, charts, patient), replaced)  # (3)
    if isinstance(said, Refused):
        raise NotCharted(said.reasons)
    entry = next((each for each in there if entries.says_again(each, entry)), entry)
    return Charted(entry, station.write(entry), said.remarks)  # (4)


def charts_of(station: Station) -> dict[PatientId, Chart]:
    """The charts of the ward's pack by patient; none where the station was given no pack."""
    path = station.setting("pack")
    return _charts(Path(path)) if path else {}


def known_at(there: Sequence[Entry], charts: Mapping[PatientId, Chart], patient: PatientId) -> Known | None:
    """Who a patient number is: by the pack, or by the last admission under it."""
    if patient in charts:
        return known_of(charts[patient])
    voided = {each.replaces for each in there}
    admitted = (known_of_admission(each) for each in there if each.patient == patient and each.id not in voided)
    return next(filter(None, admitted), None)


def marked(content: Content, chart_: Chart | None) -> Content:
    """The content, its drug marked as high-alert where an order of the chart marks it."""
    if chart_ is None or not isinstance(content, entries.Administration | entries.Order):
        return content
    name = content.drug if isinstance(content, entries.Administration) else content.name
    order = content.order if isinstance(content, entries.Administration) else ""
    is_high = any(
        drug.is_high_alert and (drug.id == order or drug.name.casefold() == name.strip().casefold())
        for drug in chart_.drugs
    )
    return msgspec.structs.replace(content, is_high_alert=True) if is_high else content


def next_number(station: Station, kind: Kind, used: Sequence[str]) -> str:
    """The station's next free number of a kind. Raises `UsageError` where the block has run out."""
    ward_number, _, number = station.setting("numbers").partition("/")
    if not number:
        raise UsageError(f"{station.folder}: this station has no numbers: begin it with `codedark ward start`")
    within = part(block(kind, int(ward_number)), int(number))
    mine = [
        each for each in used if within.first[:3] == each[:3] and within.first[3:-1] <= each[3:-1] <= within.last[3:-1]
    ]
    for free in issued(within, max(mine, default="")):
        return free
    raise UsageError(f"the {kind} numbers of this station have run out: use paper rows, or another station")


def fields_of(kind: str) -> tuple[str, ...]:
    """The fields of a kind that a person says."""
    content, said = KINDS[kind]
    return tuple(name for name in content.__struct_fields__ if name not in said)


def _content(asked: Asked, station: Station, there: Sequence[Entry]) -> Content:
    if asked.kind not in KINDS:
        raise UsageError(f"{asked.kind}: can not be charted; what can is {', '.join(KINDS)}")
    content, said = KINDS[asked.kind]
    if strange := sorted(set(asked.fields) - set(fields_of(asked.kind))):
        raise UsageError(f"{strange[0]}: {asked.kind} has no such field; it has {', '.join(fields_of(asked.kind))}")
    fields: dict[str, Any] = {"kind": content.__name__.lower(), **_reserved(asked.kind, station, there), **said}
    try:
        made: Content = msgspec.convert(fields | dict(asked.fields), Content, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"{asked.kind}: {error}: say it as FIELD=VALUE") from error
    if isinstance(made, entries.Admission):
        return msgspec.structs.replace(made, born=born_said(made.born) or made.born)
    if isinstance(made, _MEASURED):
        return msgspec.structs.replace(made, value=pointed(made.value))
    return made


def _reserved(kind: str, station: Station, there: Sequence[Entry]) -> dict[str, str]:
    """The next reserved numbers that a kind needs."""
    contents = [each.content for each in there]
    if kind == "admission":
        used = [each for each in contents if isinstance(each, entries.Admission)]
        return {
            "number": next_number(station, Kind.MRN, [each.number for each in used]),
            "encounter": next_number(station, Kind.ENCOUNTER, [each.encounter for each in used]),
        }
    if kind == "specimen":
        sent = [each.accession for each in contents if isinstance(each, entries.Specimen)]
        return {"accession": next_number(station, Kind.ACCESSION, sent)}
    return {}


def _read(checked: Checked) -> Checked:
    """A date of birth as ISO 8601 has it; what cannot be read stays, and is refused."""
    born = born_said(checked.value) if checked.by is Identifier.BORN else ""
    return msgspec.structs.replace(checked, value=born) if born else checked


def _as_admitted(content: Content) -> tuple[Checked, ...]:
    """A patient who comes in gets the wristband now: what is on it was read when it was put on."""
    if not isinstance(content, entries.Admission):
        return ()
    return Checked(Identifier.NAME, content.name), Checked(Identifier.NUMBER, content.number)


def _charts(path: Path) -> dict[PatientId, Chart]:
    return {bed.chart.id: bed.chart for bed in _pack(path).beds if bed.chart is not None}


def _pack(path: Path) -> Pack:
    try:
        return from_bytes(path.read_bytes())
    except OSError as error:
        raise UnusableInput(f"{path}: the ward's pack cannot be read ({error.strerror}): name it again") from error
    except ValueError as error:
        raise UnusableInput(f"{path}: is no pack of a ward ({error}): name the pack.json of an opened pack") from error
