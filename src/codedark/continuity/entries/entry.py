"""What is written down on a ward while the systems are off: entries, their bytes, and how each is bound to the last.

An entry is one act for one patient, under the number of a form row (`codedark.continuity.packs.numbers`): the same act
on paper and on the screen has the same number. Entries are never changed. A correction is a new entry that ``replaces``
an earlier one and says why; `Void` takes one back and puts nothing in its place.

Times are microseconds since 1970, UTC. ``effective_us`` is when it happened, ``recorded_us`` when it was written down.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import Final, NewType

import msgspec

from codedark.continuity.charts.chart import PatientId
from codedark.events.record import Rejected, SourceName

EntryId = NewType("EntryId", str)
"""The number of a form row, as ``EBC000421K``."""
CHAIN_BEGINS: Final = "0" * 64
"""What stands in the place of the hash before the first."""
_EXERCISE_BEGINS: Final = sha256(b"An exercise of Code Dark: nothing of this is care.").hexdigest()
_MARK_LENGTH: Final = 8


class Purpose(StrEnum):
    """For what a station writes. Its chain begins with that, and each link is bound to the one before: no link of an
    exercise can be taken for one of care, whatever file it stands in.
    """

    CARE = "care"
    EXERCISE = "exercise"

    @property
    def begins(self) -> str:
        """What stands in the place of the hash before the first."""
        return CHAIN_BEGINS if self is Purpose.CARE else _EXERCISE_BEGINS

    @property
    def refused(self) -> str:
        """Why a station for the other purpose takes in nothing of this."""
        if self is Purpose.EXERCISE:
            return "is of an exercise, not of care: nothing of it is taken in"
        return "is of care, not of an exercise: nothing of it is taken in"


class Identifier(StrEnum):
    """By what a patient was recognised. Room and bed are none (Joint Commission, NPSG.01.01.01)."""

    NAME = "name"
    BORN = "born"
    NUMBER = "number"


class DoseStatus(StrEnum):
    """What became of a dose."""

    GIVEN = "given"
    HELD = "held"
    REFUSED = "refused"


class OrderKind(StrEnum):
    """What is ordered."""

    MEDICATION = "medication"
    LABORATORY = "laboratory"
    IMAGING = "imaging"
    OTHER = "other"


class _Content(msgspec.Struct, frozen=True, tag_field="kind", tag=str.lower):
    pass


class Administration(_Content, frozen=True):
    """A dose given, held or refused. ``dose`` is a decimal number, ``order`` the order that it follows, if one."""

    status: DoseStatus
    drug: str
    dose: str = ""
    unit: str = ""
    route: str = ""
    order: str = ""
    code: str = ""
    is_high_alert: bool = False
    reason: str = ""


class Observation(_Content, frozen=True):
    """A vital sign, weight, fluid balance. ``code`` is LOINC, where the form's row has it printed."""

    name: str
    value: str
    unit: str = ""
    code: str = ""


class Order(_Content, frozen=True):
    """What somebody who may has ordered. ``dose`` to ``frequency`` are for drugs."""

    asked: OrderKind
    name: str
    dose: str = ""
    unit: str = ""
    route: str = ""
    frequency: str = ""
    code: str = ""
    is_high_alert: bool = False
    details: str = ""


class Stop(_Content, frozen=True):
    """An order for a drug ends now. ``order`` is its number: the record's own, or of the entry that ordered it; ""
    where nobody at the station knows it. ``drug``, ``dose`` and ``unit`` are as the order had them.
    """

    drug: str = ""
    order: str = ""
    dose: str = ""
    unit: str = ""
    reason: str = ""


class Specimen(_Content, frozen=True):
    """A specimen that was sent. ``accession`` is the reserved number on its label."""

    tests: str
    specimen: str
    accession: str


class PhoneResult(_Content, frozen=True):
    """A result that was told by phone. ``told_by`` is who told it; it was read back, or it is not charted."""

    name: str
    value: str
    told_by: str
    is_read_back: bool
    unit: str = ""
    code: str = ""
    accession: str = ""


class Allergy(_Content, frozen=True):
    """An allergy or intolerance that was learnt of."""

    substance: str
    reaction: str = ""
    code: str = ""


class Note(_Content, frozen=True):
    """A text."""

    title: str
    text: str


class Transfer(_Content, frozen=True):
    """To another place."""

    ward: str
    room: str = ""
    bed: str = ""


class Admission(_Content, frozen=True):
    """A patient who came in. ``number`` is a reserved patient number; the name may be one that the ward gave."""

    number: PatientId
    encounter: str
    name: str
    sex: str = ""
    born: str = ""
    """``YYYY-MM-DD``, or as much of it as is known."""
    description: str = ""
    ward: str = ""
    bed: str = ""


class Void(_Content, frozen=True):
    """What the entry ``replaces`` was never to be: wrong patient, not done, written twice."""


Content = (
    Administration | Observation | Order | Stop | Specimen | PhoneResult | Allergy | Note | Transfer | Admission | Void
)


class Checked(msgspec.Struct, frozen=True):
    """An identifier as it was read at the bedside: from the wristband, or as the patient said it."""

    by: Identifier
    value: str


class Entry(msgspec.Struct, frozen=True):
    """One act for one patient. ``station`` is where it was charted, ``author`` and ``witness`` are people."""

    id: EntryId
    station: str
    patient: PatientId
    checked: tuple[Checked, ...]
    effective_us: int
    recorded_us: int
    author: str
    content: Content
    witness: str = ""
    replaces: EntryId = EntryId("")
    why: str = ""
    """Of a correction, or of an act that stands on another patient's form."""
    is_unvouched: bool | msgspec.UnsetType = msgspec.UNSET
    """True where nobody who was known at the station vouched that author and witness are two people; else it is not
    there, so that entries from before have the bytes that they had.
    """
    alone: str | msgspec.UnsetType = msgspec.UNSET
    """Why no second person signed for a dose that was given, and there is no witness; else it is not there."""

    @property
    def alone_told(self) -> str:
        """That no second person signed, and why; "" where that is not said."""
        return "" if self.alone is msgspec.UNSET else f"NO SECOND PERSON signed: {self.alone}"

    @property
    def witness_told(self) -> str:
        """The witness, and what is doubtful of the signature; "" where there is none."""
        doubt = " (NOBODY VOUCHED that this is a second person)" if self.is_unvouched else ""
        return self.witness and f"{self.witness}{doubt}"

    @property
    def kind(self) -> str:
        """The kind of its content, in one word."""
        return type(self.content).__name__.lower()


_encoder: Final = msgspec.json.Encoder(order="deterministic")
_decoder: Final = msgspec.json.Decoder(Entry)


def canonical(entry: Entry) -> bytes:
    """The bytes of an entry: JSON in one line, fields in a fixed order. Equal entries have equal bytes."""
    return _encoder.encode(entry)


def says_again(known: Entry, entry: Entry) -> bool:
    """Whether an entry says again what is known, but for when it was said, and who was vouched for by then."""
    again = msgspec.structs.replace(
        entry, effective_us=known.effective_us, recorded_us=known.recorded_us, is_unvouched=known.is_unvouched
    )
    ago_us = (each.recorded_us - each.effective_us for each in (known, entry))
    return again == known and (entry.effective_us == known.effective_us or len(set(ago_us)) == 1)


def entry_of(text: bytes, source: str) -> Entry | Rejected:
    """The entry of its bytes; what is none is told with ``source``."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Rejected(SourceName(source), 0, f"is no entry: {error}")


def apart(entry: Entry) -> Entry:
    """The entry under a number that no other act has: ``EBC000421K-3F2A9C01``, its row and the beginning of the hash of
    its bytes. For a row that stands for several acts. No longer than the 20 characters of MSH-10 (HL7 v2.5.1).
    """
    return msgspec.structs.replace(entry, id=EntryId(f"{entry.id}-{mark_of(entry)}"))


def mark_of(entry: Entry) -> str:
    """What tells the act from another of its row: the beginning of the hash of its bytes, as it stands in `apart`."""
    return entry.id.partition("-")[2] or sha256(canonical(entry)).hexdigest()[:_MARK_LENGTH].upper()


def row_of(number: EntryId) -> EntryId:
    """The number of the form row in a number, also in one of `apart`."""
    return EntryId(number.partition("-")[0])


def bound(before: str, text: bytes) -> str:
    """The hash of an entry's bytes and of all before it, as in the case log."""
    return sha256(before.encode() + b" " + text).hexdigest()
