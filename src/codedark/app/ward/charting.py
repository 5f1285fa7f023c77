"""Charting at a ward station: what a person asks for becomes an entry, is checked, and is written.

The station knows patients from the ward's pack, where one was given, and from admissions at any station that it joined.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from codedark.app.ward.asking_back import Asks, questions
from codedark.app.ward.clock import ZONE
from codedark.app.ward.doses import ward_schedule
from codedark.app.ward.drug_orders import as_ordered, hours_not_known, not_this_order
from codedark.app.ward.numbering import next_row, reserved
from codedark.app.ward.patients import charts_of, keep_pack, known_at, marked, own_pack, pack_of
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.entries import entry as entries
from codedark.continuity.entries.checks import Refused, judge
from codedark.continuity.entries.drugs_since import drugs_since
from codedark.continuity.entries.entry import Checked, Content, Entry, EntryId, Identifier, Purpose, row_of
from codedark.continuity.entries.plausible import pointed
from codedark.continuity.entries.said_dates import born_said
from codedark.continuity.packs.numbers import STATIONS, Kind, block
from codedark.continuity.sentence import Sentence
from codedark.errors import UsageError
from codedark.store.station.station import Station, Written

KINDS: Final = {
    "given": (entries.Administration, {"status": "given"}),
    "held": (entries.Administration, {"status": "held"}),
    "refused": (entries.Administration, {"status": "refused"}),
    "observation": (entries.Observation, {}),
    "order": (entries.Order, {}),
    "stop": (entries.Stop, {}),
    "specimen": (entries.Specimen, {}),
    "phone-result": (entries.PhoneResult, {}),
    "allergy": (entries.Allergy, {}),
    "note": (entries.Note, {}),
    "transfer": (entries.Transfer, {}),
    "admission": (entries.Admission, {}),
    "void": (entries.Void, {}),
}
"""What can be charted, as people name it: the content, and what of it the name says already."""
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
    is_unvouched: bool = False
    """Nobody vouched that author and witness are two people (`app.ward.vouching`)."""
    alone: str = ""
    """Why no second person signs for a dose."""


class Considered(NamedTuple):
    """An entry that may be written, and what is to be read to whoever charts it."""

    entry: Entry
    remarks: tuple[str, ...]


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
    """Something is asked back: it is charted once that is answered, with what it ``asks``."""

    def __init__(self, reasons: tuple[str, ...], asks: Asks) -> None:
        super().__init__(reasons)
        self.asks = asks


def begin(
    folder: Path, name: str, ward_number: int, number: int, pack: Path | None = None, purpose: Purpose = Purpose.CARE
) -> Station:
    """Make a station: the ``number``-th (1 to 9) of the ward that has ``ward_number``, which knows the patients of its
    ``pack`` (``pack.json``). Raises `UsageError`, and `UnusableInput` for a pack that cannot be read; then nothing was
    made.
    """
    if number not in STATIONS:
        raise UsageError(f"--number {number}: a ward has stations 1 to 9; rows of part 0 are for paper")
    try:
        rows = block(Kind.ENTRY, ward_number)
    except ValueError as error:
        raise UsageError(str(error)) from error
    given = own_pack(pack, ward_number, rows) if pack is not None else None
    with ExitStack() as unless_begun:
        station = Station(folder, name, purpose=purpose)
        unless_begun.callback(station.close)
        kept = station.setting("numbers")
        wanted = f"{ward_number}/{number}"
        if kept not in {"", wanted}:
            raise UsageError(
                f"{folder}: this station has the numbers of ward and station {kept}: they are never changed"
            )
        station.keep("numbers", wanted)
        if pack is not None and given is not None:
            keep_pack(station, pack)
            station.keep(ZONE, given.time_zone)
        unless_begun.pop_all()
    return station


def chart(station: Station, asked: Asked, now_us: int, *, asks_twice: bool = False) -> Charted:
    """Chart what is asked for, if it may be (`consider`). Raises `NotCharted`, and `StationFailed`."""
    entry, remarks = consider(station, asked, now_us, asks_twice=asks_twice)
    return Charted(entry, station.write(entry), remarks)


def consider(station: Station, asked: Asked, now_us: int, *, asks_twice: bool = False) -> Considered:
    """What would be charted; nothing is written.

    1. Numbers that were not named are the station's next.
    2. A drug that an order of this patient marks as high-alert is one, whatever was typed; a stop is of what its order
       has.
    3. It is checked; raises `NotCharted`, or `Unlikely` where there is something to ask back too: refusals first.
    4. What stands in its row already, word for word, is that act: a form that is sent twice would else be offered the
       next row, and be charted twice.

    Any other dose of a drug that was given within its interval, a bed or number that is somebody's, and a row of
    another patient's form are asked back if it ``asks_twice``, as where a person can answer; who signs always is.
    """
    union = station.union()
    charts, schedule = charts_of(station), ward_schedule(pack_of(station))
    content = _content(asked, station)  # (1)
    patient = PatientId(content.number if isinstance(content, entries.Admission) else asked.patient)
    there = [each for each in union.of_patient(patient) if each.id != asked.replaces]
    since = drugs_since(charts.get(patient), there, schedule)
    content = as_ordered(marked(content, charts.get(patient), there), since)  # (2)
    entry = Entry(
        id=EntryId(asked.row or next_row(station)),
        station=station.name,
        patient=patient,
        checked=tuple(map(_read, asked.checked)) or _as_admitted(content),
        effective_us=now_us if asked.effective_us is None else asked.effective_us,
        recorded_us=now_us,
        author=asked.author,
        content=content,
        witness=asked.witness.strip(),
        replaces=EntryId(asked.replaces),
        why=asked.why,
        is_unvouched=True if asked.witness.strip() and asked.is_unvouched else msgspec.UNSET,
        alone=asked.alone.strip() or msgspec.UNSET,
    )
    replaced = union.of(row_of(entry.replaces)) if entry.replaces else []
    if len(replaced) > 1 and asked.replaces == row_of(entry.replaces):
        numbers = ", ".join(each.id for each in replaced)
        several = Sentence(
            "{number} stands for several acts: say which, as one of {numbers}.",
            number=asked.replaces, numbers=numbers,
        )  # fmt: skip
        raise NotCharted((several,))
    one = next((each for each in replaced if each.id == entry.replaces), None)
    said = judge(entry, known_at(union.of_patient(patient), charts, patient), one)  # (3)
    if wrong := not_this_order(content, since):
        said = Refused((*(said.reasons if isinstance(said, Refused) else ()), *wrong))
    refused = said.reasons if isinstance(said, Refused) else ()
    if back := questions(entry, station, since, is_sure=asked.is_sure, asks_twice=asks_twice):
        raise Unlikely((*refused, *(told for _, told in back)), reduce(or_, (asks for asks, _ in back)))
    if isinstance(said, Refused):
        raise NotCharted(refused)
    entry = next((each for each in union.of(entry.id) if entries.says_again(each, entry)), entry)  # (4)
    return Considered(entry, (*said.remarks, *hours_not_known(content, schedule)))


def fields_of(kind: str) -> tuple[str, ...]:
    """The fields of a kind that a person says."""
    content, said = KINDS[kind]
    return tuple(name for name in content.__struct_fields__ if name not in said)


def _content(asked: Asked, station: Station) -> Content:
    if asked.kind not in KINDS:
        raise UsageError(f"{asked.kind}: can not be charted; what can is {', '.join(KINDS)}")
    content, said = KINDS[asked.kind]
    if strange := sorted(set(asked.fields) - set(fields_of(asked.kind))):
        raise UsageError(f"{strange[0]}: {asked.kind} has no such field; it has {', '.join(fields_of(asked.kind))}")
    fields: dict[str, Any] = {
        "kind": content.__name__.lower(),
        **reserved(asked.kind, station, station.union().of(asked.row)),
        **said,
    }
    try:
        made: Content = msgspec.convert(fields | dict(asked.fields), Content, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"{asked.kind}: {error}: say it as FIELD=VALUE") from error
    if isinstance(made, entries.Admission):
        number = made.number.upper().replace(" ", "")
        return msgspec.structs.replace(made, number=number, born=born_said(made.born) or made.born)
    if isinstance(made, _MEASURED):
        return msgspec.structs.replace(made, value=pointed(made.value))
    return made


def _read(checked: Checked) -> Checked:
    """A date of birth as ISO 8601 has it; what cannot be read stays, and is refused."""
    born = born_said(checked.value) if checked.by is Identifier.BORN else ""
    return msgspec.structs.replace(checked, value=born) if born else checked


def _as_admitted(content: Content) -> tuple[Checked, ...]:
    """A patient who comes in gets the wristband now: what is on it was read when it was put on."""
    if not isinstance(content, entries.Admission):
        return ()
    return Checked(Identifier.NAME, content.name), Checked(Identifier.NUMBER, content.number)
