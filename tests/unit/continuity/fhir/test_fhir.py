"""FHIR R4 resources read into charts; the same patient told by HL7 v2 and FHIR is one patient."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.continuity.charts.chart import Chart, Drug, Group, PatientId, Severity, VisitState
from codedark.continuity.charts.fact import Statement
from codedark.continuity.charts.fold import charts
from codedark.continuity.charts.times import Times
from codedark.continuity.fhir.read import Reader, Unreadable
from codedark.continuity.fhir.speaking import Directory
from tests.unit.continuity.messages import HOSPITAL, hl7, read, stay

TIMES_OF = Times("UTC").us
SAID_US = TIMES_OF("20260112120000")
SUBJECT = {"subject": {"reference": "Patient/p1"}}
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"value": "77"}, {"type": {"coding": [{"code": "MR"}]}, "value": "100"}],
    "name": [{"use": "old", "family": "Maes"}, {"use": "official", "family": "Peeters", "given": ["An", "Mia"]}],
    "gender": "female",
    "birthDate": "1950-01-02",
}
PLACES: list[dict[str, Any]] = [
    {"resourceType": "Location", "id": "w", "name": "Ward one", "physicalType": {"coding": [{"code": "wa"}]}},
    {
        "resourceType": "Location",
        "id": "b",
        "name": "W1-01-2",
        "physicalType": {"coding": [{"code": "bd"}]},
        "partOf": {"reference": "Location/w"},
    },
]


def stated(*resources: dict[str, Any]) -> list[Statement]:
    """All that resources state, those that others refer to included."""
    reader = Reader(Directory([*resources, *PLACES]), HOSPITAL.time_zone)
    return [statement for resource in resources for statement in reader.read(resource, SAID_US)[0]]


def chart(*resources: dict[str, Any]) -> Chart:
    """The chart of the patient whom these resources are about."""
    return charts(stated(PATIENT, *resources), HOSPITAL)[PatientId("100")]


def test_a_patient_is_known_by_the_hospitals_number_and_not_by_the_servers() -> None:
    identity = chart().identity
    assert (identity.family, identity.given, identity.born, identity.sex) == ("Peeters", "An Mia", "1950-01-02", "F")
    assert identity.numbers == (("", "77"),)


def test_a_stay_has_the_bed_where_the_patient_is_and_the_one_before() -> None:
    encounter = {
        "resourceType": "Encounter",
        "id": "V1",
        "status": "in-progress",
        "class": {"code": "IMP"},
        **SUBJECT,
        "period": {"start": "2026-01-10T08:00:00+01:00"},
        "location": [
            {"location": {"reference": "Location/b"}, "status": "active", "period": {"start": "2026-01-11"}},
            {"location": {"reference": "Location/x"}, "status": "completed", "period": {"end": "2026-01-11"}},
        ],
    }
    visit = chart(encounter).visit
    assert visit is not None
    assert (visit.place and visit.place.bed_id, visit.previous and visit.previous.ward) == ("W1-01-2", "x")
    assert (visit.state, visit.kind) == (VisitState.IN, "I")


def test_hl7_and_fhir_tell_of_one_patient_and_the_later_said_holds() -> None:
    encounter = {"resourceType": "Encounter", "id": "V1", "status": "finished", "class": {"code": "IMP"}, **SUBJECT}
    early, late = hl7("ADT^A01", "080000", pv1=stay("1")), hl7("ADT^A13", "150000", pv1=stay("1"))
    both = charts([*stated(PATIENT, encounter), *read(early)], HOSPITAL)
    assert [(number, each.visits[0].state) for number, each in both.items()] == [("100", VisitState.OUT)]
    again = charts([*read(late), *stated(PATIENT, encounter), *read(early)], HOSPITAL)
    assert again[PatientId("100")].visits[0].state is VisitState.IN


def test_an_order_is_read_with_its_timing_and_its_drug_by_reference() -> None:
    drug = {"resourceType": "Medication", "id": "m", "code": {"coding": [{"code": "J01CR02", "display": "Amoxiclav"}]}}
    request = {
        "resourceType": "MedicationRequest",
        "id": "o1",
        "status": "active",
        "intent": "order",
        **SUBJECT,
        "medicationReference": {"reference": "Medication/m"},
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
                "route": {"coding": [{"code": "IV"}]},
                "doseAndRate": [{"doseQuantity": {"value": 1.2, "unit": "g"}}],
            },
            {"text": "then by mouth"},
        ],
    }
    (found,) = chart(drug, request).drugs
    assert (found.name, found.code, found.dose, found.unit, found.route) == ("Amoxiclav", "J01CR02", "1.2", "g", "IV")
    assert (found.frequency, found.instructions) == ("TID", "then by mouth")


def ordered(*dosage: dict[str, Any], **more: Any) -> Drug:
    """The one order that a request with these dosages makes."""
    request = {"resourceType": "MedicationRequest", "id": "o1", "status": "active", **SUBJECT, **more}
    (drug,) = chart({**request, "medicationCodeableConcept": {"text": "X"}, "dosageInstruction": list(dosage)}).drugs
    return drug


DAILY = {"frequency": 3, "period": 1, "periodUnit": "d"}
WEEKLY = {"frequency": 2, "period": 1, "periodUnit": "wk"}


@pytest.mark.parametrize(
    ("repeat", "frequency"),
    [
        ({**DAILY, "when": ["AC"]}, "AC"),
        ({**DAILY, "when": ["C"]}, "WM"),
        ({"frequency": 1, "period": 1, "periodUnit": "d", "when": ["HS"]}, "QHS"),
        ({**WEEKLY, "dayOfWeek": ["mon", "thu"], "timeOfDay": ["08:00:00"]}, "on mon, thu"),
        ({"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"}, "1 every 4 to 6 h"),
    ],
)
def test_meals_days_and_spans_are_not_made_a_time_between_doses(repeat: dict[str, Any], frequency: str) -> None:
    drug = ordered({"timing": {"repeat": repeat}})
    assert drug.frequency == frequency
    assert bool(drug.next_us) is (frequency == "QHS")


def test_what_has_no_field_of_its_own_is_told_in_words() -> None:
    evening = {"timing": {"code": {"text": "QPM"}}, "doseAndRate": [{"doseQuantity": {"value": 6, "unit": "U"}}]}
    limits = {"maxDosePerPeriod": {"numerator": {"value": 4, "unit": "g"}, "denominator": {"value": 1, "unit": "d"}}}
    amount = {"doseQuantity": {"value": 500, "unit": "mL"}, "rateQuantity": {"value": 125, "unit": "mL/h"}}
    drug = ordered({"doseAndRate": [amount], **limits}, evening)
    assert (drug.dose, drug.unit, drug.is_infusion) == ("500 mL + 6", "U", True)
    assert drug.instructions.splitlines() == ["500 mL", "6 U QPM", "125 mL/h", "max. 4 g/d"]


def test_what_must_not_be_given_is_no_active_order() -> None:
    assert ordered(doNotPerform=True).status == "on-hold"
    assert ordered(doNotPerform=False).status == "active"


def test_a_dangerous_allergy_that_was_mild_once_is_dangerous() -> None:
    allergy = {"resourceType": "AllergyIntolerance", "id": "1", "patient": {"reference": "Patient/p1"}}
    told = {"code": {"text": "Latex"}, "criticality": "high", "reaction": [{"severity": "mild"}]}
    assert chart({**allergy, **told}).allergies[0].severity is Severity.HIGH


@pytest.mark.parametrize(
    ("status", "shown"), [("active", "active"), ("on-hold", "on-hold"), ("unknown", "active"), ("stopped", "stopped")]
)
def test_an_order_has_its_state_and_one_of_unknown_state_is_shown(status: str, shown: str) -> None:
    request = {"resourceType": "MedicationRequest", "id": "o1", "status": status, **SUBJECT}
    assert chart({**request, "medicationCodeableConcept": {"text": "X"}}).drugs[0].status == shown


def test_what_was_entered_in_error_is_gone() -> None:
    observation = {"resourceType": "Observation", "id": "1", "code": {"text": "Sodium"}, "valueInteger": 140, **SUBJECT}
    assert [each.value for each in chart({**observation, "status": "final"}).results] == ["140"]
    assert chart({**observation, "status": "entered-in-error"}).results == ()


def test_blood_pressure_is_two_values() -> None:
    parts = [
        {"code": {"coding": [{"code": code}]}, "valueQuantity": {"value": value, "unit": "mm[Hg]"}}
        for code, value in (("8480-6", 120), ("8462-4", 70.0))
    ]
    pressure = {"coding": [{"code": "85354-9"}]}
    found = chart(
        {"resourceType": "Observation", "id": "1", "status": "final", "code": pressure, "component": parts, **SUBJECT}
    )
    assert sorted((each.code, each.value) for each in found.vitals) == [("8462-4", "70.0"), ("8480-6", "120")]


def test_allergies_are_told_with_the_worst_reaction_and_none_known_is_told_as_such() -> None:
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "1",
        "patient": {"reference": "Patient/p1"},
        "code": {"text": "Latex"},
        "criticality": "low",
        "reaction": [
            {"manifestation": [{"text": "Rash"}], "severity": "mild"},
            {"manifestation": [{"text": "Shock"}], "severity": "severe"},
        ],
    }
    (found,) = chart(allergy).allergies
    assert (found.reaction, found.severity) == ("Rash, Shock", Severity.HIGH)
    none = {**allergy, "code": {"coding": [{"code": "716186003", "display": "No known allergy"}]}}
    assert not chart(none).allergies
    assert chart(none).none_known == {Group.ALLERGIES}


@pytest.mark.parametrize("resource", [None, [], {}, {"id": "1"}, {"resourceType": 7}])
def test_what_is_no_resource_is_refused(resource: Any) -> None:
    with pytest.raises(Unreadable):
        Reader(Directory(), "UTC").read(resource, 0)


def test_a_kind_of_resource_that_is_not_read_is_named() -> None:
    assert Reader(Directory(), "UTC").read({"resourceType": "Claim", "id": "1"}, 0) == ([], ["resource Claim"])


NAMES = ["code", "coding", "reference", "value", "start", "text", "period", "repeat"]
json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)
kinds = st.sampled_from(
    ["Patient", "Encounter", "Observation", "MedicationRequest", "AllergyIntolerance", "Appointment"]
)
ELEMENTS = ["subject", "identifier", "name", "status", "code", "period", "location", "dosageInstruction", "reaction"]
ELEMENTS += ["valueQuantity", "component", "participant", "category", "class", "meta", "id", "description", "contact"]
elements = st.sampled_from(ELEMENTS)


@settings(max_examples=400)
@given(kinds, st.dictionaries(elements, json, max_size=4))
def test_a_resource_of_any_shape_is_read_or_refused_and_breaks_no_chart(kind: str, told: dict[str, Any]) -> None:
    place = {**told, "resourceType": "Location", "id": told.get("code")}
    try:
        statements, _ = Reader(Directory([place]), "UTC").read({**SUBJECT, **told, "resourceType": kind}, SAID_US)
    except Unreadable:
        return
    assert len(charts(statements, HOSPITAL)) <= 2


def test_an_order_that_two_sources_number_each_in_their_own_way_is_one() -> None:
    """With two rows, it is given twice; the dose that either knows counts."""
    begin = "20260112080000"
    order = ("ORC|NW|M1", "RXE||P^Pantoprazole|40.0||mg", f"TQ1|1||BID||||{begin}", "RXR|PO")
    dose = ("ORC|RE|M1", "RXA|0|1|20260112080500||P^Pantoprazole|40|mg")
    amount = {"doseAndRate": [{"doseQuantity": {"value": 40, "unit": "mg"}}], "route": {"text": "PO"}}
    request = {
        "resourceType": "MedicationRequest",
        "id": "o77",
        "status": "active",
        **SUBJECT,
        "medicationCodeableConcept": {"text": "Pantoprazole"},
        "dosageInstruction": [{"timing": {"code": {"text": "BID"}}, **amount}],
    }
    told = [*read(hl7("RDE^O11", "080000", *order), hl7("RAS^O17", "081000", *dose)), *stated(PATIENT, request)]
    for statements in (told, told[::-1]):
        (drug,) = charts(statements, HOSPITAL)[PatientId("100")].drugs
        assert (drug.id, drug.last_us) == ("M1", Times("Europe/Brussels").us("20260112080500"))
        assert drug.next_us == Times("Europe/Brussels").us("20260112200000")
    other = {**request, "dosageInstruction": [{"timing": {"code": {"text": "BID"}}, **amount, "route": {"text": "IV"}}]}
    both = charts([*told, *stated(PATIENT, {**other, "id": "o78"})], HOSPITAL)
    assert [each.route for each in both[PatientId("100")].drugs] == ["PO", "IV"]
