"""What may be the same act is shown to a person, also where another form filed it; what is another act is not."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from codedark.continuity.entries.as_fhir import Systems, transaction
from codedark.continuity.entries.compare import in_words, is_like, question_of
from codedark.continuity.entries.entry import Content, Entry, EntryId, Note, Observation, PhoneResult, Specimen
from codedark.continuity.entries.fhir_acts import Resource
from codedark.events.moments import moment_of
from tests.ward_entries import DOSE, NOON_US, ROW, entry, rows

OTHER = EntryId(rows(3)[2])
SYSTEM = Systems().entry
MINUTE_US = 60_000_000
PULSE = Observation("Heart rate", "92", "/min")


def filed(of: Entry) -> Resource:
    """The resource of an entry, as it lies in the record."""
    made: Resource = transaction(of, "Patient/1", Systems())["entry"][-2]["resource"]
    return made | {"id": "7"}


def other(content: Content, minutes: int) -> Resource:
    """The same act or another one, charted on another form so many minutes later, and filed."""
    return filed(entry(content, id=OTHER, effective_us=NOON_US + minutes * MINUTE_US))


def test_an_entry_is_not_its_own_double() -> None:
    assert not is_like(entry(), filed(entry()), SYSTEM)
    assert is_like(entry(), other(DOSE, 0), SYSTEM)


@pytest.mark.parametrize(
    ("content", "there", "minutes", "is_shown"),
    [
        (PULSE, PULSE, 40, True),
        (PULSE, Observation("Heart rate", "92.0", "/min"), 40, True),
        (PULSE, Observation("Heart rate", "93", "/min"), 40, False),
        (PULSE, Observation("Heart rate", "93", "/min"), 10, True),
        (PULSE, Observation("Oxygen saturation", "92", "%"), 0, False),
        (PhoneResult("potassium", "5.9", "lab", True), PhoneResult("potassium", "5.9", "lab", True), 900, True),
        (PhoneResult("potassium", "5.9", "lab", True), PhoneResult("potassium", "4.1", "lab", True), 360, False),
        (Note("nursing", "slept well"), Note("nursing", "slept well"), 20, True),
        (Note("nursing", "slept well"), Note("nursing", "is awake"), 20, False),
        (Specimen("CRP", "blood", "AB1"), Specimen("CRP", "blood", "AB2"), 5, True),
        (Specimen("CRP", "blood", "AB1"), Specimen("sodium", "blood", "AB1"), 5, True),
        (Specimen("CRP", "blood", "AB1"), Specimen("sodium", "blood", "AB2"), 0, False),
    ],
)
def test_what_the_ward_charted_twice_is_shown(content: Content, there: Content, minutes: int, is_shown: bool) -> None:
    assert is_like(entry(content, id=ROW), other(there, minutes), SYSTEM) == is_shown


def test_a_result_that_the_laboratory_filed_is_shown_whatever_its_value() -> None:
    told = entry(PhoneResult("potassium", "5.9", "lab", True))
    theirs = other(PhoneResult("potassium", "9.5", "lab", True), 300) | {"identifier": []}
    assert is_like(told, theirs, SYSTEM)


@pytest.mark.parametrize("at", ["", "2026-01-12", "2026-01-12T12:00:00", "soon T"])
def test_a_time_that_cannot_be_compared_may_be_the_same(at: str) -> None:
    assert is_like(entry(PULSE), other(Observation("Heart rate", "70", "/min"), 0) | {"effectiveDateTime": at}, SYSTEM)


def local(at_us: int) -> str:
    """By the clocks of Brussels."""
    return f"{moment_of(at_us).astimezone(ZoneInfo('Europe/Brussels')):%Y-%m-%d %H:%M %Z}"


def test_what_is_there_is_told_in_words() -> None:
    noted, taken = other(Note("nursing", "slept well"), 0), other(Specimen("CRP", "blood", "A1"), 0)
    assert in_words(noted, local) == "DocumentReference/7 nursing of 2026-01-12 13:00 CET"
    assert in_words(taken, local) == "Specimen/7 blood of 2026-01-12 13:00 CET"
    for unsure in ("2026-01-12", "2026-01-12T12:00:00", "noon"):
        assert in_words(noted | {"date": unsure}, local) == f"DocumentReference/7 nursing of {unsure}"


@pytest.mark.parametrize("content", [Note("a", "b"), Specimen("CRP", "blood", "A1"), PULSE, DOSE])
def test_about_each_of_these_the_record_is_asked(content: Content) -> None:
    assert question_of(entry(content)) is not None
