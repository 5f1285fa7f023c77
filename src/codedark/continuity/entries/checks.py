"""Whether an entry may be charted: pure checks, each with a sentence for whoever is at the station.

Sources: two identifiers, neither of them the room (Joint Commission, NPSG.01.01.01); independent double check of
high-alert drugs (ISMP, 2019); doses without a trailing zero, with a leading zero, units written out (Joint Commission,
official "Do Not Use" list); results by phone read back (NPSG.02.03.01).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from codedark.continuity.charts.chart import Chart, PatientId
from codedark.continuity.entries.content import incomplete
from codedark.continuity.entries.entry import (
    Administration,
    Admission,
    Checked,
    DoseStatus,
    Entry,
    Identifier,
    Specimen,
    Void,
)
from codedark.continuity.entries.names import is_of_family
from codedark.continuity.entries.said_dates import born_said
from codedark.continuity.packs.numbers import is_valid
from codedark.continuity.sentence import Sentence

_CLOCK_AHEAD_US: Final = 120_000_000
"""The bedside clock may be two minutes ahead of the station's."""
_LONGEST_AGO_US: Final = 35 * 86_400_000_000
"""Four weeks of downtime, and one in which paper is typed in."""


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
    3. It has an author, and a witness is somebody else. That no second person signed is said of a dose that was given,
       and not beside a witness. Where one is to sign and nobody did, that is no refusal, it is asked back
       (`unwitnessed`): a dose that was given and is not charted is given again.
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
        *incomplete(entry),
    )
    if reasons:
        return Refused(reasons)
    is_unknown = known is None and not isinstance(entry.content, Admission)
    return Accepted(
        (Sentence("Neither the pack nor a station knows this patient number: read it once more."),)
        if is_unknown
        else ()
    )


def unwitnessed(entry: Entry) -> Sentence | None:
    """What is asked back where a high-alert drug was given, and neither a second person signs nor is it said why none
    does.
    """
    match entry.content:
        case Administration(status=DoseStatus.GIVEN, is_high_alert=True) as what:
            if not entry.witness.strip() and not entry.alone:
                return Sentence(
                    "{drug} is a high-alert drug: a second person checks drug, dose and patient, and signs as witness."
                    " If it was given and nobody else was there, say why: then it is charted, marked NO SECOND PERSON.",
                    drug=what.drug,
                )
    return None


def strangers(checked: Iterable[Checked], patient: PatientId, known: Known | None) -> tuple[Checked, ...]:
    """The identifiers that were read at the bedside and are not this patient's."""
    return tuple(each for each in checked if not _agrees(each, patient, known))


def _numbers(entry: Entry) -> Iterator[str]:
    """(1)."""
    if not is_valid(entry.id) or entry.id[0] != "E":
        yield Sentence(
            "{number}: is no number of a form row; copy it again, letters and digits.", number=entry.id or "No number"
        )
    what = entry.content
    if isinstance(what, Specimen) and not is_valid(what.accession):
        yield Sentence(
            "{number}: is no accession number; copy it from the label.", number=what.accession or "No number"
        )
    if isinstance(what, Admission):
        for number, letter, called in ((what.number, "P", "patient number"), (what.encounter, "V", "encounter number")):
            if not is_valid(number) or number[0] != letter:
                yield Sentence(
                    "{number}: is no reserved {called}; copy it from the admission form.",
                    number=number or "No number",
                    called=called,
                )
        if what.number != entry.patient:
            yield Sentence(
                "The form says {number}, the entry is for {patient}: an admission is its own patient's.",
                number=what.number,
                patient=entry.patient,
            )


def _identity(entry: Entry, known: Known | None) -> Iterator[str]:
    """(2). The name agrees by all of the family name, so that a wristband with fewer given names does not stop care."""
    if not entry.patient:
        yield Sentence("Say for which patient.")
    different = {each.by for each in entry.checked if each.value.strip()}
    if len(different) < 2 and not isinstance(entry.content, Void):
        yield Sentence(
            "Check two identifiers at the bedside: name, date of birth, patient number. Room and bed are none."
        )
    if isinstance(entry.content, Admission):
        known = known_of_admission(entry)
    for each in entry.checked:
        if each.by is Identifier.BORN and each.value.strip() and not born_said(each.value):
            yield Sentence("{value}: cannot be read as a date of birth: write it as 1962-06-15.", value=each.value)
        elif not _agrees(each, entry.patient, known):
            yield Sentence(
                "The {called} that was checked, {value}, is not that of patient {patient}:"
                " this may be another patient. Nothing is charted.",
                called=CALLED[each.by], value=each.value, patient=entry.patient,
            )  # fmt: skip


CALLED: Final = {Identifier.NAME: "name", Identifier.BORN: "date of birth", Identifier.NUMBER: "patient number"}


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
        yield Sentence("Say who charts this.")
    if witness and witness.casefold() == author.casefold():
        yield Sentence("The witness is somebody else than who charts.")
    if entry.alone_told and witness:
        yield Sentence("Either a second person signs, or nobody else was there: say one of the two.")
    what = entry.content
    if entry.alone_told and not (isinstance(what, Administration) and what.status is DoseStatus.GIVEN):
        yield Sentence("That nobody else was there is said of a dose that was given, and of nothing else.")


def _times(entry: Entry) -> Iterator[str]:
    """(4)."""
    if entry.effective_us > entry.recorded_us + _CLOCK_AHEAD_US:
        yield Sentence("This would have happened later than now: look at date and time.")
    if entry.effective_us < entry.recorded_us - _LONGEST_AGO_US:
        yield Sentence("This would have happened more than 35 days ago: look at the date.")


def _replacement(entry: Entry, replaced: Entry | None) -> Iterator[str]:
    """(5)."""
    if isinstance(entry.content, Void) and not entry.replaces:
        yield Sentence("Say which entry is void.")
    if entry.replaces and not entry.why.strip():
        yield Sentence("Say why the earlier entry is corrected or void.")
    if entry.replaces and replaced is None:
        yield Sentence(
            "{number}: is not at this station; join the station that has it, or copy the number again.",
            number=entry.replaces,
        )
    if entry.replaces == entry.id:
        yield Sentence("A correction has a number of its own: use the next row.")
    if replaced is not None and replaced.patient != entry.patient:
        yield Sentence(
            "{number} is about patient {patient}: make it void there, then chart it for the right one.",
            number=replaced.id, patient=replaced.patient,
        )  # fmt: skip
