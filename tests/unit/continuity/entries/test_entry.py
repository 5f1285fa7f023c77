"""Entries: their bytes, and what may be charted."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from codedark.continuity.charts.chart import Chart, Identity, PatientId
from codedark.continuity.entries.checks import Accepted, Refused, judge, known_of, known_of_admission, unwitnessed
from codedark.continuity.entries.entry import (
    Administration,
    Checked,
    Content,
    DoseStatus,
    Entry,
    EntryId,
    Identifier,
    Observation,
    Order,
    OrderKind,
    PhoneResult,
    Specimen,
    Void,
    canonical,
    entry_of,
)
from codedark.continuity.packs.numbers import Kind
from codedark.events.record import Rejected
from tests.ward_entries import (
    ADMISSION,
    CHECKED,
    DOSE,
    KNOWN,
    MRN,
    NOON_US,
    OTHER_ROW,
    PATIENT,
    ROW,
    admission,
    entry,
    observation,
    rows,
    void,
)

ACCESSION = rows(1, kind=Kind.ACCESSION)[0]


def test_an_entry_is_its_bytes() -> None:
    for each in (entry(), admission(), observation(ROW), void(OTHER_ROW, entry())):
        assert entry_of(canonical(each), "here") == each
        assert b"\n" not in canonical(each)


@pytest.mark.parametrize("text", [b"", b"{}", b"\xff", b'{"id":1}', canonical(entry())[:-1], b"null"])
def test_bytes_that_are_no_entry_are_rejected(text: bytes) -> None:
    assert isinstance(entry_of(text, "here"), Rejected)


def reasons(said: Accepted | Refused) -> str:
    return " ".join(said.reasons) if isinstance(said, Refused) else ""


@pytest.mark.parametrize(
    "content",
    [
        DOSE,
        msgspec.structs.replace(DOSE, dose="0.5"),
        msgspec.structs.replace(DOSE, dose="2.25"),
        Administration(DoseStatus.HELD, "digoxin", reason="pulse 48"),
        Observation("weight", "71.4", "kg", "29463-7"),
        Order(OrderKind.MEDICATION, "amoxicillin", "1000", "mg", "intravenous", "every 8 hours"),
        Order(OrderKind.LABORATORY, "potassium"),
        PhoneResult("potassium", "5.9", "laboratory, J. Maes", is_read_back=True, unit="mmol/L"),
        Specimen("blood culture", "blood", ACCESSION),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_is_complete_is_accepted(content: Content) -> None:
    assert judge(entry(content), KNOWN) == Accepted()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (msgspec.structs.replace(DOSE, dose="5.0"), "none at the end"),
        (msgspec.structs.replace(DOSE, dose=".5"), "a zero before the point"),
        (msgspec.structs.replace(DOSE, dose="05"), "write a dose as"),
        (msgspec.structs.replace(DOSE, dose="1,5"), "write a dose as"),
        (msgspec.structs.replace(DOSE, dose=""), "No dose"),
        (msgspec.structs.replace(DOSE, dose="0"), "chart it as held"),
        (msgspec.structs.replace(DOSE, dose="٥"), "write a dose as"),
        (msgspec.structs.replace(DOSE, unit=""), "Write the unit"),
        (msgspec.structs.replace(DOSE, unit="IU"), "write the unit out"),
        (msgspec.structs.replace(DOSE, unit="µg"), "write the unit out"),
        (msgspec.structs.replace(DOSE, drug=" "), "Say the drug"),
        (msgspec.structs.replace(DOSE, drug="x" * 301), "longer than 300"),
        (Administration(DoseStatus.REFUSED, "digoxin"), "Say why"),
        (Order(OrderKind.MEDICATION, "digoxin", "0.125", "mg", "oral", "q.d."), "write the frequency out"),
        (PhoneResult("potassium", "5.9", "J. Maes", is_read_back=False), "Read the result back"),
        (PhoneResult("potassium", "5.9", "", is_read_back=True), "who told it"),
        (Specimen("culture", "blood", ACCESSION[:-1] + "0"), "is no accession number"),
        (Void(), "Say which entry"),
    ],
)
def test_what_cannot_be_charted_is_refused_in_words(content: Content, said: str) -> None:
    assert said in reasons(judge(entry(content), KNOWN))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": EntryId(ROW[:-1])}, "is no number of a form row"),
        ({"id": EntryId("")}, "No number"),
        ({"id": EntryId(MRN)}, "is no number of a form row"),
        ({"checked": ()}, "Check two identifiers"),
        ({"checked": CHECKED[:1]}, "Check two identifiers"),
        ({"checked": (CHECKED[0], CHECKED[0])}, "Check two identifiers"),
        ({"checked": (CHECKED[0], Checked(Identifier.BORN, "1951-07-24"))}, "another patient"),
        ({"checked": (Checked(Identifier.NAME, "Peters"), CHECKED[1])}, "another patient"),
        ({"checked": (*CHECKED, Checked(Identifier.NUMBER, "4712"))}, "another patient"),
        ({"author": " "}, "Say who charts"),
        ({"witness": "m. claes"}, "somebody else"),
        ({"witness": "J. Maes", "alone": "night"}, "say one of the two"),
        (
            {"content": Administration(DoseStatus.HELD, "digoxin", reason="pulse 48"), "alone": "night"},
            "a dose that was",
        ),
        ({"effective_us": NOON_US + 3_600_000_000}, "later than now"),
        ({"effective_us": NOON_US - 40 * 86_400_000_000}, "more than 35 days ago"),
        ({"replaces": OTHER_ROW, "why": "typing"}, "is not at this station"),
    ],
)
def test_identity_people_and_times_are_checked(changes: dict[str, Any], said: str) -> None:
    assert said in reasons(judge(entry(**changes), KNOWN))


def test_who_gives_a_high_alert_drug_is_asked_for_a_witness_or_why_there_is_none_and_never_refused() -> None:
    insulin = Administration(DoseStatus.GIVEN, "insulin", "4", "units", "subcutaneous", is_high_alert=True)
    signed = (entry(insulin, witness="J. Maes"), entry(insulin, alone="nobody else on the ward"))
    assert [judge(each, KNOWN) for each in (entry(insulin), *signed)] == [Accepted()] * 3
    assert "marked NO SECOND PERSON" in str(unwitnessed(entry(insulin)))
    assert [unwitnessed(each) for each in signed] == [None, None]
    held = msgspec.structs.replace(insulin, status=DoseStatus.HELD, reason="blood sugar 3.1")
    assert [unwitnessed(entry(each)) for each in (held, DOSE)] == [None, None]


def test_a_wristband_may_say_the_name_with_comma_and_in_capitals() -> None:
    checked = (Checked(Identifier.NAME, "PEETERS, Anna Maria"), CHECKED[1])
    assert judge(entry(checked=checked), KNOWN) == Accepted()


def test_who_nobody_knows_is_charted_with_a_remark() -> None:
    said = judge(entry(), None)
    assert isinstance(said, Accepted)
    assert "Neither the pack nor a station" in said.remarks[0]


def test_an_unknown_patient_is_admitted_under_a_reserved_number_and_then_known_by_it() -> None:
    assert judge(admission(), None) == Accepted()
    known = known_of_admission(admission())
    assert known is not None
    later = entry(patient=MRN, checked=admission().checked, id=OTHER_ROW)
    assert judge(later, known) == Accepted()
    assert known_of_admission(entry()) is None


def test_an_admission_under_a_number_that_is_not_reserved_is_refused() -> None:
    content = msgspec.structs.replace(ADMISSION, number=PatientId("4711"))
    assert "no reserved patient number" in reasons(judge(admission(content=content, patient="4711"), None))
    assert "its own patient's" in reasons(judge(admission(patient=PATIENT), None))
    for born in ("23/7/51", "1951-02-30", "1951-13"):
        undated = msgspec.structs.replace(ADMISSION, born=born)
        assert "write a date of birth" in reasons(judge(admission(content=undated), None))


def test_a_correction_says_why_and_stays_with_its_patient() -> None:
    first = entry()
    changed = entry(id=OTHER_ROW, replaces=first.id, why="read 50 for 500")
    assert judge(changed, KNOWN, first) == Accepted()
    assert "Say why" in reasons(judge(msgspec.structs.replace(changed, why=""), KNOWN, first))
    elsewhere = msgspec.structs.replace(first, patient=PatientId("9"))
    assert "make it void there" in reasons(judge(changed, KNOWN, elsewhere))
    assert judge(void(OTHER_ROW, first, checked=()), KNOWN, first) == Accepted()


def test_a_chart_says_who_somebody_is() -> None:
    assert known_of(Chart(PATIENT, Identity("Peeters", "Anna", "1951-07-23"))) == KNOWN


def test_every_reason_is_told_at_once() -> None:
    wrong: Entry = entry(msgspec.structs.replace(DOSE, dose="5.0"), author="", checked=())
    said = judge(wrong, KNOWN)
    assert isinstance(said, Refused)
    assert len(said.reasons) == 3


@pytest.mark.parametrize(
    ("family", "given", "said", "is_accepted"),
    [
        ("Van Damme", "Jan", "Van den Berg", False),
        ("Van Damme", "Jan", "Van", False),
        ("Van Damme", "Jan", "van damme", True),
        ("Van Damme", "Jan", "VAN DAMME, J.", True),
        ("García-Márquez", "Ana", "Garcia Marquez Ana", True),
        ("D’Hondt", "Els", "D'Hondt", True),
        ("De Smet", "An", "De Wolf An", False),
    ],
)
def test_a_name_is_checked_by_the_whole_family_name(family: str, given: str, said: str, is_accepted: bool) -> None:
    known = known_of(Chart(PATIENT, Identity(family, given, "1951-07-23")))
    assert (
        isinstance(judge(entry(checked=(Checked(Identifier.NAME, said), CHECKED[1])), known), Accepted) is is_accepted
    )


def test_two_unknown_patients_are_not_one_because_both_are_unknown() -> None:
    known = known_of_admission(admission())
    checked = (Checked(Identifier.NAME, "Unknown Oak"), Checked(Identifier.NUMBER, MRN))
    assert isinstance(judge(entry(patient=MRN, checked=checked), known), Refused)
