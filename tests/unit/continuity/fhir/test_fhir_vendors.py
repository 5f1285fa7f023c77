"""FHIR R4 as servers of vendors give it out: several numbers, contained drugs, what is no order of a ward."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from codedark.continuity.charts.chart import Chart, PatientId
from codedark.continuity.charts.fold import charts
from codedark.continuity.fhir.read import Reader
from codedark.continuity.fhir.speaking import Directory
from tests.unit.continuity.fhir.test_fhir import PATIENT, SAID_US, SUBJECT, TIMES_OF, chart, ordered, stated
from tests.unit.continuity.messages import HOSPITAL

REQUEST: dict[str, Any] = {
    "resourceType": "MedicationRequest",
    "id": "o1",
    "status": "active",
    "intent": "order",
    **SUBJECT,
}
"""An order."""
PER_KILOGRAM = {"doseQuantity": {"value": 15, "unit": "mg/kg"}}
LATEX = {"text": "Latex"}
CULTURE = {"coding": [{"code": "MB"}]}


def numbered(system: str, value: str, **more: Any) -> dict[str, Any]:
    """A patient's number of a type MR."""
    return {"system": system, "type": {"coding": [{"code": "MR"}]}, "value": value, **more}


def patients(*identifiers: dict[str, Any], systems: tuple[str, ...] = ()) -> tuple[list[str], list[str]]:
    """Whom a patient with these numbers is, where these systems are the hospital's; and what was not understood."""
    patient = {**PATIENT, "identifier": list(identifiers)}
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "patient": SUBJECT["subject"],
        "code": {"text": "Latex"},
    }
    reader = Reader(Directory(), HOSPITAL.time_zone, systems=systems)
    read = [reader.read(each, SAID_US) for each in (patient, allergy)]
    made = charts([each for statements, _ in read for each in statements], HOSPITAL)
    return [str(number) for number in made], [each for _, notes in read for each in notes]


def test_a_patient_is_who_has_our_number_and_not_who_has_that_of_another_hospital() -> None:
    other, own = numbered("urn:other", "555"), numbered("urn:own", "100")
    assert patients(other, own, systems=("urn:own",)) == (["100"], [])
    assert patients(other, systems=("urn:own",)) == (["Patient/p1"], [])
    found, notes = patients(other, own)
    assert (found, notes) == (["555"], ["numbers of several systems (Patient.identifier): patient_systems names ours"])
    assert patients(numbered("urn:own", "7", use="old"), own) == (["100"], [])


def test_what_was_told_of_a_record_that_another_replaced_is_told_of_that() -> None:
    link = {"type": "replaces", "other": {"reference": "Patient/p2"}}
    latex = {"resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/p2"}, "code": LATEX}
    for resources in ([{**PATIENT, "link": [link]}, latex], [latex, {**PATIENT, "link": [link]}]):
        made = charts(stated(*resources), HOSPITAL)
        assert [(number, len(each.allergies)) for number, each in made.items()] == [("100", 1)]


def test_whoever_was_called_dead_by_mistake_is_not() -> None:
    dead = {**PATIENT, "deceasedBoolean": True, "meta": {"lastUpdated": "2026-01-12T09:00:00Z"}}
    alive = {**PATIENT, "deceasedBoolean": False, "meta": {"lastUpdated": "2026-01-12T10:00:00Z"}}
    assert charts(stated(dead), HOSPITAL)[PatientId("100")].identity.died_us
    assert not charts(stated(alive, dead), HOSPITAL)[PatientId("100")].identity.died_us


def test_a_drug_that_is_contained_or_only_displayed_has_its_name() -> None:
    contained = {"resourceType": "Medication", "id": "m1", "code": {"coding": [{"code": "A", "display": "Warfarin"}]}}
    request = {**REQUEST, "contained": [contained], "medicationReference": {"reference": "#m1"}}
    (drug,) = chart(request).drugs
    assert (drug.name, drug.code, drug.is_high_alert) == ("Warfarin", "A", True)
    shown = {**REQUEST, "medicationReference": {"reference": "Medication/77", "display": "Digoxin"}}
    assert [each.name for each in chart(shown).drugs] == ["Digoxin"]
    dose = {"resourceType": "MedicationAdministration", "id": "d", "status": "completed", **SUBJECT}
    told = {"contained": [contained], "medicationReference": {"reference": "#m1"}}
    assert [each.name for each in chart({**dose, **told}).given] == ["Warfarin"]


@pytest.mark.parametrize(
    ("more", "count"),
    [
        ({"category": [{"coding": [{"code": "community"}]}]}, 0),
        ({"category": [{"coding": [{"code": "discharge"}]}]}, 0),
        ({"reportedBoolean": True}, 0),
        ({"category": [{"coding": [{"code": "inpatient"}]}, {"coding": [{"code": "community"}]}]}, 1),
        ({"category": [{"coding": [{"code": "outpatient"}]}]}, 1),
        ({"reportedBoolean": False}, 1),
    ],
)
def test_what_somebody_takes_at_home_is_no_order_of_a_ward(more: dict[str, Any], count: int) -> None:
    """Beside the ward's own order it would be given twice; it is counted by its name."""
    request = {**REQUEST, "medicationCodeableConcept": {"text": "Metoprolol"}, **more}
    made: Chart = chart(request)
    assert len(made.drugs) == count
    notes = Reader(Directory(), "UTC").read(request, SAID_US)[1]
    assert bool(notes) is not bool(count)


def dosage(amount: int, begin: str = "", end: str = "", **more: Any) -> dict[str, Any]:
    """A dosage with a period."""
    bounds = {"boundsPeriod": {"start": begin, "end": end}} if begin else {}
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", **bounds}
    return {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": {"value": amount, "unit": "mg"}}], **more}


def test_a_dose_that_is_reduced_step_by_step_does_not_end_with_its_first_step() -> None:
    first = dosage(40, "2026-01-10T08:00:00Z", "2026-01-12T08:00:00Z", sequence=1)
    second = dosage(20, "2026-01-12T08:00:00Z", "2026-01-20T08:00:00Z", sequence=2)
    for steps in ((first, second), (second, first)):
        drug = ordered(*steps)
        assert (drug.status, drug.dose, drug.unit, drug.frequency) == ("active", "40, THEN 20", "mg", "DAILY")
        assert drug.end_us == TIMES_OF("2026-01-20T08:00:00Z")
        assert drug.instructions.splitlines() == [
            "40 mg DAILY, 2026-01-10 08:00 UTC to 2026-01-12 08:00 UTC",
            "20 mg DAILY, 2026-01-12 08:00 UTC to 2026-01-20 08:00 UTC",
        ]
    assert ordered(first, dosage(20, "2026-01-12T08:00:00Z", sequence=2)).end_us == 0


def test_two_dosages_of_one_time_are_not_the_first_alone() -> None:
    morning = {**dosage(10), "timing": {"repeat": {"when": ["MORN"]}}}
    night = {**dosage(20), "timing": {"repeat": {"when": ["NIGHT"]}}}
    drug = ordered(morning, night)
    assert (drug.dose, drug.frequency) == ("10 + 20", "QAM + QHS")
    assert drug.instructions.splitlines() == ["10 mg QAM", "20 mg QHS"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"site": {"text": "left eye"}}, "left eye"),
        ({"method": {"text": "slow push"}}, "slow push"),
        ({"timing": {"repeat": {"frequency": 1, "period": 8, "periodUnit": "h", "count": 3}}}, "3 times in all"),
        ({"timing": {"repeat": {"duration": 60, "durationUnit": "min"}}}, "each over 60 min"),
        ({"timing": {"repeat": {"when": ["AC"], "offset": 30}}}, "30 min AC"),
        ({"timing": {"event": ["2026-01-12T10:00:00Z"]}}, "2026-01-12 10:00 UTC"),
        ({"doseAndRate": [PER_KILOGRAM, {"doseQuantity": {"value": 1050, "unit": "mg"}}]}, "1050 mg"),
        ({"timing": {"repeat": {"boundsRange": {"low": {"value": 3}, "high": {"value": 5, "unit": "d"}}}}}, "3 to 5 d"),
    ],
)  # fmt: skip
def test_what_bounds_places_or_paces_a_dose_is_told(more: dict[str, Any], said: str) -> None:
    assert said in ordered(more).instructions.splitlines()


def test_the_validity_of_a_prescription_does_not_end_what_goes_on() -> None:
    validity = {"dispenseRequest": {"validityPeriod": {"start": "2026-01-01", "end": "2026-01-02"}}}
    drug = ordered(dosage(1, "2026-01-10T08:00:00Z", "2026-01-30T08:00:00Z"), **validity)
    assert (drug.status, drug.end_us) == ("active", TIMES_OF("2026-01-30T08:00:00Z"))


def test_what_a_germ_resists_is_told() -> None:
    found = {"code": {"text": "Ciprofloxacin"}, "valueString": ">4", "interpretation": [{"coding": [{"code": "R"}]}]}
    observation = {"resourceType": "Observation", "id": "1", "status": "final", "category": [CULTURE], **SUBJECT}
    assert [each.text for each in chart({**observation, **found}).microbiology] == [">4 R"]
    parts = {"code": {"text": "Susceptibility"}, "component": [found, {**found, "code": {"text": "Oxacillin"}}]}
    assert [each.text for each in chart({**observation, **parts}).microbiology] == [
        "Ciprofloxacin: >4 R\nOxacillin: >4 R"
    ]


def report(id_: str, **more: Any) -> dict[str, Any]:
    """A report that answers a request."""
    asked = {"basedOn": [{"reference": "ServiceRequest/s1"}], "code": {"text": "CT of head"}}
    category = {"category": [{"coding": [{"code": "RAD"}]}]}
    return {"resourceType": "DiagnosticReport", "id": id_, "status": "final", **asked, **category, **SUBJECT, **more}


def test_two_reports_on_one_request_are_two_and_a_part_answers_nothing_yet() -> None:
    both = chart(report("r1", conclusion="No bleeding"), report("r2", conclusion="Addendum: small bleeding"))
    assert sorted(each.text for each in both.imaging) == ["Addendum: small bleeding", "No bleeding"]
    asked = {
        "resourceType": "ServiceRequest",
        "id": "s1",
        "status": "active",
        "code": {"text": "CT of head"},
        **SUBJECT,
    }
    assert [each.status for each in chart(asked, report("r1", status="partial")).pending] == ["in laboratory"]
    assert chart(asked, report("r1")).pending == ()


def test_a_report_that_is_an_attached_text_is_read() -> None:
    form = [{"contentType": "text/plain", "data": b64encode(b"Fracture").decode()}, {"contentType": "application/pdf"}]
    assert [each.text for each in chart(report("r1", presentedForm=form)).imaging] == [
        "Fracture\n(document, not in this chart)"
    ]


def test_something_that_must_not_be_done_is_not_asked_for() -> None:
    asked = {"resourceType": "ServiceRequest", "id": "s1", "status": "active", "code": {"text": "MRI"}, **SUBJECT}
    assert len(chart(asked).pending) == 1
    assert chart({**asked, "doNotPerform": True}).pending == ()


@pytest.mark.parametrize("is_reversed", [False, True])
def test_of_bed_and_ward_that_are_told_side_by_side_the_bed_is_where_somebody_lies(*, is_reversed: bool) -> None:
    places = [
        {"location": {"reference": f"Location/{each}"}, "status": "active", "period": {"start": "2026-01-11"}}
        for each in ("w", "b")
    ]
    stay = {"resourceType": "Encounter", "id": "V", "status": "in-progress", "class": {"code": "IMP"}, **SUBJECT}
    visit = chart({**stay, "location": places[::-1] if is_reversed else places}).visit
    assert visit is not None
    assert (visit.place and visit.place.bed_id, visit.previous) == ("W1-01-2", None)
