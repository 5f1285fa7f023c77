"""Whether an entry may be charted: pure checks, each with a sentence for whoever is at the station.

Sources: two identifiers, neither of them the room (Joint Commission, NPSG.01.01.01); independent double check of
high-alert drugs (ISMP, 2019); doses without a trailing zero, with a leading zero, units written out (Joint Commission,
official "Do Not Use" list); results by phone read back (NPSG.02.03.01).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from codedark.continuity.chart import Chart, PatientId
from codedark.continuity.entry import (
    Administration,
    Admission,
    Allergy,
    Checked,
    DoseStatus,
    Entry,
    Identifier,
    Note,
    Observation,
    Order,
    OrderKind,
    PhoneResult,
    Specimen,
    Transfer,
    Void,
)
from codedark.continuity.names import is_of_family
from codedark.continuity.numbers import is_valid
from codedark.continuity.said_dates import born_said

_DOSE: Final = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{0,5}[1-9])?")
_SHORT_UNITS: Final = {"u", "iu", "ie", "µg", "μg", "ug", "cc"}
_SHORT_FREQUENCIES: Final = {"qd", "qod"}
_DATE: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_CLOCK_AHEAD_US: Final = 120_000_000
"""The bedside clock may be two minutes ahead of the station's."""
_LONGEST_AGO_US: Final = 35 * 86_400_000_000
"""Four weeks of downtime, and one in which paper is typed in."""
_LONGEST_NAME: Final = 300
_LONGEST_TEXT: Final = 8_000


class Known(NamedTuple):
    """A patient as the pack or an admission at a station knows them. ``name`` as it stands on the wristband, of which
    ``family`` must be said whole: "Van" is half of all names of a ward. Where no family name is known, all is.
    """

    id: PatientId
    name: str
    born: str = ""
    family: str = ""


class Accepted(NamedTuple):
    """It may be charted; ``remarks`` are to be read to whoever charts it."""

    remarks: tuple[str, ...] = ()


class Refused(NamedTuple):
    """It may not be charted; each reason says what to do."""

    reasons: tuple[str, ...]


def known_of(chart: Chart) -> Known:
    """Who a chart is of."""
    who = chart.identity
    return Known(chart.id, " ".join(filter(None, (who.family, who.given))), who.born, who.family)


def known_of_admission(entry: Entry) -> Known | None:
    """Whom an admission makes known; None for other entries."""
    what = entry.content
    return Known(what.number, what.name, what.born) if isinstance(what, Admission) else None


def judge(entry: Entry, known: Known | None, replaced: Entry | None = None) -> Accepted | Refused:
    """Whether the entry may be charted. ``known`` is its patient, None where pack and stations know none of that
    number; ``replaced`` is the entry that it corrects or voids.

    1. The number of its row is one, and so are numbers that it uses.
    2. The patient was recognised by two different identifiers, and they are this patient's. To make an entry void needs
       no bedside: its number and its patient's are enough.
    3. It has an author; a witness is somebody else, and there is one where a high-alert drug was given.
    4. It happened before it was written down, and not longer ago than a downtime lasts.
    5. A correction says why, of what, and is about the same patient.
    6. What it says is complete, and a dose can be read in one way only.
    """
    reasons = (
        *_numbers(entry),
        *_identity(entry, known),
        *_people(entry),
        *_times(entry),
        *_replacement(entry, replaced),
        *_content(entry),
    )
    if reasons:
        return Refused(reasons)
    is_unknown = known is None and not isinstance(entry.content, Admission)
    return Accepted(
        ("Neither the pack nor a station knows this patient number: read it once more.",) if is_unknown else ()
    )


def _numbers(entry: Entry) -> Iterator[str]:
    """(1)."""
    if not is_valid(entry.id) or entry.id[0] != "E":
        yield f"{entry.id or 'No number'}: is no number of a form row; copy it again, letters and digits."
    what = entry.content
    if isinstance(what, Specimen) and not is_valid(what.accession):
        yield f"{what.accession or 'No number'}: is no accession number; copy it from the label."
    if isinstance(what, Admission):
        for number, called in ((what.number, "patient number"), (what.encounter, "encounter number")):
            if not is_valid(number):
                yield f"{number or 'No number'}: is no reserved {called}; copy it from the admission form."
        if what.number != entry.patient:
            yield f"The form says {what.number}, the entry is for {entry.patient}: an admission is its own patient's."


def _identity(entry: Entry, known: Known | None) -> Iterator[str]:
    """(2). The name agrees by all of the family name, so that a wristband with fewer given names does not stop care."""
    if not entry.patient:
        yield "Say for which patient."
    different = {each.by for each in entry.checked if each.value.strip()}
    if len(different) < 2 and not isinstance(entry.content, Void):
        yield "Check two identifiers at the bedside: name, date of birth, patient number. Room and bed are none."
    if isinstance(entry.content, Admission):
        known = known_of_admission(entry)
    for each in entry.checked:
        if each.by is Identifier.BORN and each.value.strip() and not born_said(each.value):
            yield f"{each.value}: cannot be read as a date of birth: write it as 1962-06-15."
        elif not _agrees(each, entry.patient, known):
            yield (
                f"The {_CALLED[each.by]} that was checked, {each.value}, is not that of patient {entry.patient}:"
                " this may be another patient. Nothing is charted."
            )


_CALLED: Final = {Identifier.NAME: "name", Identifier.BORN: "date of birth", Identifier.NUMBER: "patient number"}


def _agrees(checked: Checked, patient: PatientId, known: Known | None) -> bool:
    value = checked.value.strip()
    match checked.by:
        case Identifier.NUMBER:
            return value == patient
        case Identifier.NAME if known is not None and known.name:
            return is_of_family(value, known.family or known.name)
        case Identifier.BORN if known is not None and known.born:
            return born_said(value) == known.born
        case _:
            return True


def _people(entry: Entry) -> Iterator[str]:
    """(3)."""
    author, witness = entry.author.strip(), entry.witness.strip()
    if not author:
        yield "Say who charts this."
    if witness and witness.casefold() == author.casefold():
        yield "The witness is somebody else than who charts."
    what = entry.content
    is_given = isinstance(what, Administration) and what.status is DoseStatus.GIVEN
    if is_given and isinstance(what, Administration) and what.is_high_alert and not witness:
        yield f"{what.drug} is a high-alert drug: a second person checks drug, dose and patient, and signs as witness."


def _times(entry: Entry) -> Iterator[str]:
    """(4)."""
    if entry.effective_us > entry.recorded_us + _CLOCK_AHEAD_US:
        yield "This would have happened later than now: look at date and time."
    if entry.effective_us < entry.recorded_us - _LONGEST_AGO_US:
        yield "This would have happened more than 35 days ago: look at the date."


def _replacement(entry: Entry, replaced: Entry | None) -> Iterator[str]:
    """(5)."""
    if isinstance(entry.content, Void) and not entry.replaces:
        yield "Say which entry is void."
    if entry.replaces and not entry.why.strip():
        yield "Say why the earlier entry is corrected or void."
    if entry.replaces and replaced is None:
        yield f"{entry.replaces}: is not at this station; join the station that has it, or copy the number again."
    if entry.replaces == entry.id:
        yield "A correction has a number of its own: use the next row."
    if replaced is not None and replaced.patient != entry.patient:
        yield (
            f"{replaced.id} is about patient {replaced.patient}: make it void there, then chart it for the right one."
        )


def _content(entry: Entry) -> Iterator[str]:
    """(6)."""
    what = entry.content
    for called, value, longest in _texts(entry):
        if not value.strip():
            yield f"Say the {called}."
        if len(value) > longest:
            yield f"The {called} is longer than {longest} characters: shorten it, or write two entries."
    match what:
        case Administration(status=DoseStatus.GIVEN) | Order(asked=OrderKind.MEDICATION):
            yield from _dose(what.dose, what.unit)
        case Administration() if not what.reason.strip():
            yield "Say why the dose was held or refused."
        case PhoneResult() if not what.is_read_back:
            yield "Read the result back to whoever told it, then chart it."
        case Admission() if what.born and not _DATE.fullmatch(what.born):
            yield f"{what.born}: write a date of birth as 1951, 1951-07 or 1951-07-23, or leave it out."
    if isinstance(what, Order) and "".join(filter(str.isalpha, what.frequency.casefold())) in _SHORT_FREQUENCIES:
        yield f"{what.frequency}: write the frequency out, as in once a day."


def _dose(dose: str, unit: str) -> Iterator[str]:
    if not _DOSE.fullmatch(dose):
        yield f"{dose or 'No dose'}: write a dose as 5, 0.5 or 2.25: a zero before the point, none at the end."
    if dose == "0":
        yield "A dose of 0 is not given: chart it as held."
    if not unit.strip():
        yield "Write the unit of the dose."
    elif unit.strip().casefold() in _SHORT_UNITS:
        yield f"{unit}: write the unit out: units, international units, microgram, millilitre."


def _texts(entry: Entry) -> Iterator[tuple[str, str, int]]:
    """What has to be there: its name, its value, the longest that it may be."""
    match entry.content:
        case Administration() as given:
            yield "drug", given.drug, _LONGEST_NAME
        case Observation() | PhoneResult() as measured:
            yield "name of what was measured", measured.name, _LONGEST_NAME
            yield "value", measured.value, _LONGEST_TEXT
            if isinstance(measured, PhoneResult):
                yield "name of who told it", measured.told_by, _LONGEST_NAME
        case Order() as order:
            yield "name of what is ordered", order.name, _LONGEST_NAME
        case Specimen() as sent:
            yield "tests", sent.tests, _LONGEST_TEXT
            yield "specimen", sent.specimen, _LONGEST_NAME
        case Allergy() as allergy:
            yield "substance", allergy.substance, _LONGEST_NAME
        case Note() as note:
            yield "title", note.title, _LONGEST_NAME
            yield "text", note.text, _LONGEST_TEXT
        case Transfer() as transfer:
            yield "ward", transfer.ward, _LONGEST_NAME
        case Admission() as admission:
            yield "name on the wristband, given if it must be", admission.name, _LONGEST_NAME
