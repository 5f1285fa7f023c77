"""A dose that is not the one that was ordered is asked back; what cannot be compared is not."""

from __future__ import annotations

import pytest

from codedark.continuity.charts.chart import Chart, Drug, PatientId
from codedark.continuity.charts.frequency_tables import schedule_of
from codedark.continuity.entries.drugs_since import drugs_since
from codedark.continuity.entries.entry import Administration, DoseStatus, Entry, EntryId, Order, OrderKind
from codedark.continuity.entries.ordered_dose import not_ordered, orders_of
from tests.ward_entries import PATIENT, entry, rows, void

ROWS = [EntryId(each) for each in rows(3)]
CHART = Chart(
    PatientId(PATIENT),
    drugs=(
        Drug("o-1", "Paracetamol", dose="500", unit="mg"),
        Drug("o-2", "heparin", dose="1000", unit="units", is_infusion=True),
        Drug("o-3", "codeine", dose="15-30", unit="mg"),
        Drug("o-4", "digoxin", dose="0.25", unit="mg", status="stopped"),
    ),
)
ORDER = entry(Order(OrderKind.MEDICATION, "amoxicillin", "1000", "mg"), id=ROWS[0])
LESS = entry(Order(OrderKind.MEDICATION, "amoxicillin", "500", "mg"), id=ROWS[1])


def drugs(chart: Chart | None, *own: Entry) -> tuple[Drug, ...]:
    """The pack's and the ward's."""
    return drugs_since(chart, own, schedule_of("Europe/Brussels", {})).drugs


def given(drug: str, dose: str, unit: str = "mg", status: DoseStatus = DoseStatus.GIVEN) -> Administration:
    """A dose."""
    return Administration(status, drug, dose, unit)


@pytest.mark.parametrize(
    ("dose", "ordered"),
    [
        (given("paracetamol", "5000"), "500 mg is ordered"),
        (given("amoxicillin ", "100"), "1000 mg or 500 mg is ordered"),
    ],
)
def test_a_dose_that_nobody_ordered_is_asked_back(dose: Administration, ordered: str) -> None:
    assert ordered in not_ordered(dose, orders_of(drugs(CHART, ORDER, LESS)))


@pytest.mark.parametrize(
    "dose",
    [
        given("paracetamol", "500.0"),
        given("paracetamol", "0.5", "g"),
        given("amoxicillin", "500"),
        given("heparin", "5"),
        given("codeine", "20"),
        given("digoxin", "5"),
        given("morphine", "5"),
        given("paracetamol", "", status=DoseStatus.HELD),
        given("paracetamol", "much"),
    ],
)
def test_what_is_ordered_or_cannot_be_compared_is_not(dose: Administration) -> None:
    assert not_ordered(dose, orders_of(drugs(CHART, ORDER, LESS))) == ""


def test_an_order_that_was_made_void_is_none() -> None:
    taken_back = [ORDER, LESS, void(ROWS[2], LESS)]
    assert "1000 mg is ordered" in not_ordered(given("amoxicillin", "500"), orders_of(drugs(None, *taken_back)))
    assert not_ordered(given("amoxicillin", "500"), orders_of([])) == ""
