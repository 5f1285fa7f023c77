"""The drugs of a patient as the ward has them: the pack's, what was ordered and what was stopped since."""

from __future__ import annotations

from codedark.continuity.charts.chart import Chart, Drug
from codedark.continuity.charts.frequency_tables import schedule_of
from codedark.continuity.entries.drugs_since import Since, drugs_since
from codedark.continuity.entries.entry import Entry, EntryId, Order, OrderKind, Stop, apart
from tests.ward_entries import NOON_US, PATIENT, entry, rows, void

HOUR_US = 3_600_000_000
SCHEDULE = schedule_of("Europe/Brussels", {})
ROWS = [EntryId(each) for each in rows(9)]
CHART = Chart(PATIENT, drugs=(Drug("o-1", "Paracetamol", dose="500", unit="mg", frequency="Q6H", next_us=NOON_US),))
STOP = entry(Stop("Paracetamol", "o-1"), id=ROWS[0], author="Dr Maes")
ORDER = entry(Order(OrderKind.MEDICATION, "Amoxicillin", "1000", "mg", "oral", "08:00 20:00"), id=ROWS[1])


def since(*own: Entry) -> Since:
    return drugs_since(CHART, own, SCHEDULE)


def statuses(*own: Entry) -> list[str]:
    return [drug.status for drug in since(*own).drugs]


def test_a_stop_ends_the_order_that_it_names_and_no_other() -> None:
    found = since(STOP, ORDER)
    assert [drug.status for drug in found.drugs] == ["stopped", "active"]
    assert found.stopped == {"o-1": STOP}
    assert found.drugs[0].end_us == NOON_US
    assert statuses(entry(Stop("Paracetamol", "o-11"), id=ROWS[0])) == ["active"]
    assert statuses(entry(Stop("Paracetamol"), id=ROWS[0])) == ["active"]
    assert since(STOP, entry(Stop("x"), id=ROWS[2])).nameless == (entry(Stop("x"), id=ROWS[2]),)


def test_a_stop_that_is_made_void_never_was_and_one_whose_correction_was_undone_may_hold() -> None:
    assert statuses(STOP, void(ROWS[2], STOP)) == ["active"]
    corrected = entry(Stop("Paracetamol", "o-1", reason="fever is gone"), id=ROWS[3], replaces=STOP.id, why="reason")
    assert statuses(STOP, corrected) == ["stopped"]
    assert statuses(STOP, corrected, void(ROWS[4], corrected)) == ["stopped"]


def test_the_first_of_two_stops_counts() -> None:
    later = entry(Stop("Paracetamol", "o-1"), id=ROWS[2], effective_us=NOON_US + HOUR_US)
    assert since(later, STOP).stopped["o-1"] == since(STOP, later).stopped["o-1"] == STOP


def test_an_order_of_the_ward_is_due_at_the_hours_that_it_says() -> None:
    drug = since(ORDER).drugs[1]
    assert (drug.id, drug.times, drug.next_us) == (ORDER.id, ("08:00", "20:00"), NOON_US + 7 * HOUR_US)
    late = entry(Order(OrderKind.MEDICATION, "Amoxicillin", "1000", "mg", frequency="every 8 hours"), id=ROWS[1])
    assert since(late).drugs[1].next_us == NOON_US + HOUR_US  # 14:00 in Brussels
    laboratory = entry(Order(OrderKind.LABORATORY, "potassium"), id=ROWS[2])
    assert len(since(laboratory).drugs) == 1
    assert [each.id for each in drugs_since(None, [ORDER], SCHEDULE).drugs] == [ORDER.id]


def test_an_order_whose_hours_nobody_understands_stays() -> None:
    drug = since(entry(Order(OrderKind.MEDICATION, "x", "1", "g", frequency="as on the chart"), id=ROWS[1])).drugs[1]
    assert (drug.status, drug.frequency, drug.times, drug.next_us) == ("active", "as on the chart", (), 0)


def test_what_stops_an_order_stops_what_it_was_corrected_to() -> None:
    stop = entry(Stop("Amoxicillin", ORDER.id), id=ROWS[2])
    corrected = entry(
        Order(OrderKind.MEDICATION, "Amoxicillin", "500", "mg"), id=ROWS[3], replaces=ORDER.id, why="dose"
    )
    found = since(ORDER, stop, corrected)
    assert [(drug.id, drug.status) for drug in found.drugs[1:]] == [(ROWS[3], "stopped")]


def test_what_stops_an_order_stops_it_as_another_station_corrected_it_and_as_it_was() -> None:
    amoxicillin = Order(OrderKind.MEDICATION, "Amoxicillin", "500", "mg")
    here, there = (entry(amoxicillin, id=row, replaces=ORDER.id, why="dose") for row in ROWS[3:5])
    stop = entry(Stop("Amoxicillin", here.id), id=ROWS[2])
    assert statuses(ORDER, here, there, stop) == ["active", "stopped", "stopped"]
    assert statuses(ORDER, here, stop, void(ROWS[5], here)) == ["active", "stopped"]


def test_a_stop_of_a_row_that_came_to_stand_for_several_orders_stops_all_of_them() -> None:
    other = entry(Order(OrderKind.MEDICATION, "Amoxicillin", "2000", "mg"), id=ROWS[1], station="icu-2")
    stop = entry(Stop("Amoxicillin", ORDER.id), id=ROWS[2])
    assert statuses(apart(ORDER), apart(other), stop) == ["active", "stopped", "stopped"]


def test_a_stop_of_a_row_that_stands_for_orders_of_two_drugs_leaves_the_other_drug_running() -> None:
    """Two stations that were given the same number: one stops amoxicillin, and nobody heparin."""
    heparin = entry(Order(OrderKind.MEDICATION, "Heparin", "5000", "units"), id=ROWS[1], station="icu-2")
    stop = entry(Stop("Amoxicillin", ORDER.id), id=ROWS[2])
    assert statuses(apart(ORDER), apart(heparin), stop) == ["active", "stopped", "active"]


def test_a_stop_of_an_order_that_was_made_void_is_no_stop_of_another_order_for_the_drug() -> None:
    twice = entry(Order(OrderKind.MEDICATION, "Paracetamol", "500", "mg"), id=ROWS[1])
    stop = entry(Stop("Paracetamol", twice.id), id=ROWS[2])
    found = since(twice, stop, void(ROWS[3], twice))
    assert (found.drugs, found.asked) == (CHART.drugs, {})
