"""What a message or resource means where a naive reading of it harms: clocks, intentions, series, other authorities."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from codedark.continuity.charts.chart import Chart, PatientId, VisitState
from codedark.continuity.charts.fold import charts
from codedark.continuity.charts.times import Times
from codedark.continuity.fhir.read import Reader
from codedark.continuity.fhir.speaking import Directory
from codedark.continuity.pages.medicine import frequency_text
from codedark.continuity.pages.words import words_of
from tests.unit.continuity.messages import HOSPITAL, chart, hl7, read, stay, understood

SAID_US = Times("UTC").us("20260112120000")
PATIENT: dict[str, Any] = {"resourceType": "Patient", "id": "p1", "identifier": [{"value": "100"}]}
SUBJECT = {"subject": {"reference": "Patient/p1"}}


def told(*resources: dict[str, Any]) -> Chart:
    """The chart that FHIR resources make, as they were asked for at `SAID_US`."""
    reader = Reader(Directory(), HOSPITAL.time_zone)
    statements = [each for one in (PATIENT, *resources) for each in reader.read(one, SAID_US)[0]]
    return charts(statements, HOSPITAL)[PatientId("100")]


def frequency(repeat: dict[str, Any]) -> str:
    """How often a MedicationRequest with this timing is shown to be given."""
    drug = {"resourceType": "MedicationRequest", "id": "o", "status": "active", **SUBJECT}
    dosage = {"dosageInstruction": [{"timing": {"repeat": repeat}}], "medicationCodeableConcept": {"text": "X"}}
    return told({**drug, **dosage}).drugs[0].frequency


def test_a_record_whose_clock_is_ahead_is_not_believed_for_ever() -> None:
    allergy = {"resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/p1"}}
    ahead = {**allergy, "code": {"text": "latex"}, "meta": {"lastUpdated": "2062-01-12T12:00:00Z"}}
    reader = Reader(Directory(), HOSPITAL.time_zone, "EHR")
    statements, not_understood = reader.read(ahead, SAID_US)
    assert {each.said.at_us for each in statements} == {SAID_US}
    assert not_understood == ["clock of EHR, which is ahead (meta.lastUpdated)"]
    little = {**ahead, "meta": {"lastUpdated": "2026-01-12T12:04:00Z"}}
    assert reader.read(little, SAID_US)[1] == []


def test_a_discharge_that_is_planned_ends_no_stay_and_is_shown_as_expected() -> None:
    planned = f"{stay('1')}{'|' * 26}20260114100000"
    admitted = hl7("ADT^A01", "080000", pv1=stay("1"))
    made = chart(hl7("ADT^A08", "090000", pv1=planned), admitted)
    assert made.visit is not None
    assert (made.visit.state, made.visit.discharged_us) == (VisitState.IN, 0)
    assert made.visit.expected_out_us == Times("Europe/Brussels").us("20260114100000")
    left = hl7("ADT^A08", "090000", pv1=f"{stay('1')}{'|' * 26}20260112085500")
    assert chart(left, admitted).visits[0].state is VisitState.OUT
    assert chart(hl7("ADT^A03", "090000", pv1=planned), admitted).visits[0].state is VisitState.OUT


@pytest.mark.parametrize(
    ("often", "period", "unit", "code", "words"),
    [
        (3, 1, "d", "TID", "three times a day"),
        (1, 8, "h", "Q8H", "every 8 hours"),
        (1, 1, "d", "DAILY", "once a day"),
        (5, 1, "d", "5XDAY", "5 times a day"),
        (1, 2, "d", "Q2D", "every 2 days"),
        (2, 1, "wk", "2 every 1 wk", "2 every 1 wk"),
        (1, 1, "wk", "WEEKLY", "once a week"),
        (1, 3, "wk", "Q3W", "every 3 weeks"),
        (1, 1, "mo", "MONTHLY", "once a month"),
        (1, 90, "min", "Q90MIN", "every 90 minutes"),
        (1, 1, "h", "Q1H", "every hour"),
        (1, 1.5, "h", "1 every 1.5 h", "1 every 1.5 h"),
    ],
)
def test_how_often_keeps_what_was_said(often: int, period: float, unit: str, code: str, words: str) -> None:
    assert frequency({"frequency": often, "period": period, "periodUnit": unit}) == code
    assert frequency_text(code, words_of("en")) == words


def glucose(at: str, value: str, status: str = "F", taken: str = "", id_: str = "1") -> bytes:
    """A value under the filler number F1; ``taken``: OBX-14."""
    obx = f"OBX|1|NM|2345-7^Glucose^LN||{value}|mg/dL|||||{status}|||{taken and f'20260112{taken}00'}"
    return hl7("ORU^R01", at, "OBR|1|L1|F1|GLU^Glucose series", obx, sender="LIS", id_=id_)


def values(*messages: bytes) -> list[str]:
    """What is shown of them, the same whatever the order of their coming."""
    shown = [[each.value for each in chart(*order).results] for order in itertools.permutations(messages)]
    assert all(each == shown[0] for each in shown)
    return shown[0]


def test_a_series_under_one_number_keeps_every_value() -> None:
    series = [glucose(f"{hour}3000", value, taken=f"{hour}00") for hour, value in (("08", "90"), ("09", "180"))]
    assert values(*series, series[0]) == ["180", "90"]


def test_a_correction_in_a_series_corrects_its_own_value() -> None:
    series = [glucose(f"{hour}3000", value, taken=f"{hour}00") for hour, value in (("08", "90"), ("09", "180"))]
    assert values(*series, glucose("110000", "95", "C", "0800")) == ["180", "95"]
    assert values(*series, glucose("110000", "90", "W", "0800")) == ["180"]
    assert values(series[0], glucose("110000", "9", "C", "1100")) == ["9"]
    assert values(series[0], glucose("110000", "90", "D")) == []


def test_a_final_value_takes_the_place_of_the_preliminary_one() -> None:
    assert values(glucose("083000", "90", "P", "0800"), glucose("093000", "91", "F", "0800")) == ["91"]
    assert values(glucose("083000", "90", "P", "0800"), glucose("093000", "91", "F", "0930")) == ["91"]


def test_a_merge_of_another_authoritys_number_is_none_here() -> None:
    merge = hl7("ADT^A40", "090000", "MRG|200^^^OTHER^MR")
    other = hl7("ADT^A01", "080000", patient="200", pv1=stay("2", "V2"))
    assert len(charts(read(other, merge), HOSPITAL)) == 2
    assert "merge of a number of OTHER (MRG-1)" in understood(merge).not_understood
    for own in ("200^^^H^MR", "200"):
        assert len(charts(read(other, hl7("ADT^A40", "090000", f"MRG|{own}")), HOSPITAL)) == 1
