"""What is due now, and whether a dose would be the second."""

from __future__ import annotations

from collections.abc import Sequence

from codedark.app.ward.doses import Stands, doses_of, second_dose, ward_schedule
from codedark.continuity.charts.chart import Chart, Drug
from codedark.continuity.entries.drugs_since import drugs_since
from codedark.continuity.entries.entry import Administration, DoseStatus, Entry, EntryId
from codedark.continuity.sentence import Sentence
from tests.ward_entries import NOON_US, PATIENT, entry, rows, void

HOUR_US = 3_600_000_000
SCHEDULE = ward_schedule(None)
DOSE = Administration(DoseStatus.GIVEN, "Paracetamol", "500", "mg", "oral", order="o-1")
DRUG = Drug(
    "o-1", "Paracetamol", dose="500", unit="mg", frequency="Q6H", next_us=NOON_US, last_us=NOON_US - 6 * HOUR_US
)
CHART = Chart(
    PATIENT, drugs=(DRUG, Drug("o-2", "Morphine", as_needed=True, frequency="PRN"), Drug("o-3", "x", status="stopped"))
)


def asked(given: Administration, chart: Chart | None, own: Sequence[Entry], at_us: int) -> Sentence | None:
    """What is asked of a dose, where the ward charted ``own`` since the pack."""
    return second_dose(given, drugs_since(chart, own, SCHEDULE), own, at_us, SCHEDULE)


def test_what_is_due_follows_from_the_pack_and_then_from_what_was_charted() -> None:
    first, needed = doses_of(CHART, [], SCHEDULE, NOON_US + HOUR_US)
    assert (first.stands, first.at_us, needed.stands) == (Stands.OVERDUE, NOON_US, Stands.NEEDED)
    given = entry(DOSE, effective_us=NOON_US + HOUR_US)
    first, _ = doses_of(CHART, [given], SCHEDULE, NOON_US + HOUR_US)
    assert (first.stands, first.charted) == (Stands.LATER, given)
    assert first.at_us > NOON_US + 5 * HOUR_US
    undone = void(rows(2)[1], given)
    assert doses_of(CHART, [given, undone], SCHEDULE, NOON_US + HOUR_US)[0].stands is Stands.OVERDUE


def test_of_what_nobody_told_nothing_is_overdue() -> None:
    chart = Chart(PATIENT, drugs=(Drug("o-4", "Hydroxyzine", frequency="QHS", times=("22:00",)),))
    assert [each.stands for each in doses_of(chart, [], SCHEDULE, NOON_US)] == [Stands.LATER]


def test_a_dose_within_the_interval_is_asked_back_wherever_it_was_charted() -> None:
    there = [entry(DOSE, effective_us=NOON_US, station="icu-9")]
    told = asked(DOSE, CHART, there, NOON_US + 2 * HOUR_US)
    assert told is not None
    assert "charted by M. Claes at icu-9" in told
    assert asked(DOSE, CHART, there, NOON_US + 5 * HOUR_US) is None
    undone = void(EntryId(rows(2)[1]), there[0])
    assert asked(DOSE, CHART, [*there, undone], NOON_US + 2 * HOUR_US) is None


def test_a_dose_of_the_pack_counts_and_one_that_is_held_does_not_ask() -> None:
    told = asked(DOSE, CHART, [], NOON_US - 3 * HOUR_US)
    assert told is not None
    assert "as the pack says" in told
    held = Administration(DoseStatus.HELD, "Paracetamol", reason="asleep")
    assert asked(held, CHART, [], NOON_US - 3 * HOUR_US) is None


def test_a_drug_that_no_order_names_is_asked_back_within_the_hour() -> None:
    other = Administration(DoseStatus.GIVEN, "ondansetron", "4", "mg")
    there = [entry(Administration(DoseStatus.GIVEN, "Ondansetron 4 mg tablet", "4", "mg"), effective_us=NOON_US)]
    assert asked(other, None, there, NOON_US + HOUR_US // 2) is not None
    assert asked(other, None, there, NOON_US + 2 * HOUR_US) is None


def test_a_dose_of_one_order_hides_no_dose_of_another_drug_that_begins_with_the_same_word() -> None:
    glargine = Drug("o-7", "Insulin glargine", frequency="QD", times=("12:00",), next_us=NOON_US)
    aspart = Drug("o-8", "Insulin aspart", frequency="Q4H", next_us=NOON_US)
    chart = Chart(PATIENT, drugs=(aspart, glargine))
    for said in (
        Administration(DoseStatus.GIVEN, "Insulin aspart", "6", "units", order="o-8"),
        Administration(DoseStatus.GIVEN, "insulin aspart", "6", "units"),
    ):
        doses = doses_of(chart, [entry(said, effective_us=NOON_US)], SCHEDULE, NOON_US)
        assert {each.drug.id: each.stands for each in doses} == {"o-7": Stands.NOW, "o-8": Stands.LATER}


def test_the_interval_of_a_second_dose_is_that_of_its_own_order() -> None:
    hourly = Drug("o-9", "Morphine solution", frequency="Q1H")
    slow = Drug("o-10", "Morphine slow release", frequency="Q12H")
    dose = Administration(DoseStatus.GIVEN, "Morphine slow release", "30", "mg", order="o-10")
    there = [entry(dose, effective_us=NOON_US)]
    assert asked(dose, Chart(PATIENT, drugs=(hourly, slow)), there, NOON_US + 2 * HOUR_US) is not None


def test_a_dose_whose_correction_was_undone_may_have_been_given_and_is_asked_back() -> None:
    given = entry(DOSE, effective_us=NOON_US)
    corrected = entry(DOSE, id=EntryId(rows(2)[1]), effective_us=NOON_US, replaces=given.id, why="typing mistake")
    undone = void(EntryId(rows(3)[2]), corrected)
    assert asked(DOSE, CHART, [given, corrected, undone], NOON_US + 2 * HOUR_US) is not None
