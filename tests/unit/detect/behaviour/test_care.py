"""What explains that somebody looks at a record: each relation by itself, how long it lasts, whom it leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from codedark.detect.behaviour.care import DAY_US, FOR_EVER, HOUR_US, Care, Why
from codedark.detect.behaviour.care_fhir import told
from codedark.detect.behaviour.care_people import Function, Member, Person, folded, function_of, home_of

WEDNESDAY_US = 1_768_384_800_000_000  # 2026-01-14T10:00:00Z, a Wednesday morning
MINUTE_US = HOUR_US // 60
NIGHT_US = WEDNESDAY_US + 12 * HOUR_US


def member(account: str, role: str, *wards: str) -> Member:
    """Somebody of the staff."""
    return Member(account, role, function_of(role), frozenset(wards))


def hospital() -> Care:
    """A patient who lies in 4B since Tuesday, and one of each function who has nothing to do with them."""
    care = Care()
    care.add_location("4B-12", "4B")
    care.add_location("ED", is_emergency=True)
    for account, role, ward in (
        ("nurse", "nurse", "3A"),
        ("doctor", "physician", "3A"),
        ("clerk", "clerk", ""),
        ("pharmacist", "pharmacist", "PHA"),
        ("analyst", "laboratory technician", "LAB"),
        ("imager", "radiographer", "RAD"),
        ("admin", "IT administrator", ""),
    ):
        care.add_member(member(account, role, *filter(None, [ward])))
    care.add_stay("p", "4B-12", WEDNESDAY_US - DAY_US, WEDNESDAY_US + DAY_US)
    return care


def test_by_day_nothing_explains_that_somebody_of_another_ward_looks() -> None:
    care = hospital()
    assert care.explain("nurse", "p", WEDNESDAY_US) is None
    assert care.explain("doctor", "p", WEDNESDAY_US) is None
    assert care.explain("admin", "p", WEDNESDAY_US) is None
    assert care.explain("stranger", "p", WEDNESDAY_US) is None
    assert care.explain("nurse", "nobody", WEDNESDAY_US) is None


def test_the_ward_explains_from_before_admission_until_after_discharge() -> None:
    care = hospital()
    care.add_member(member("ours", "nurse", "4B"))
    begin_us, end_us = WEDNESDAY_US - DAY_US, WEDNESDAY_US + DAY_US
    assert care.explain("ours", "p", begin_us - care.windows.before_us) is Why.WARD
    assert care.explain("ours", "p", end_us + care.windows.after_us) is Why.WARD
    assert care.explain("ours", "p", begin_us - care.windows.before_us - DAY_US) is None
    assert care.explain("ours", "p", end_us + care.windows.after_us + DAY_US) is None


@pytest.mark.parametrize("why", [Why.NAMED, Why.ORDERED, Why.PERFORMED, Why.APPOINTMENT, Why.TEAM])
def test_being_named_explains_and_is_remembered_for_a_while(why: Why) -> None:
    care = hospital()
    care.add_tie("p", "doctor", why, WEDNESDAY_US, WEDNESDAY_US)
    assert care.explain("doctor", "p", WEDNESDAY_US + HOUR_US) is why
    assert why.is_strong
    assert care.explain("doctor", "p", WEDNESDAY_US + 60 * DAY_US) is Why.EARLIER
    assert care.explain("doctor", "p", WEDNESDAY_US + 120 * DAY_US) is None
    assert care.explain("nurse", "p", WEDNESDAY_US) is None


@pytest.mark.parametrize(
    ("account", "function"),
    [("analyst", Function.LABORATORY), ("imager", Function.RADIOLOGY), ("pharmacist", Function.PHARMACY)],
)
def test_an_order_explains_the_department_strongly_and_presence_weakly(account: str, function: Function) -> None:
    care = hospital()
    assert care.explain(account, "p", WEDNESDAY_US) is Why.PRESENT
    assert care.explain(account, "p", WEDNESDAY_US + 3 * DAY_US) is None
    care.add_work("p", function, WEDNESDAY_US, WEDNESDAY_US)
    assert care.explain(account, "p", WEDNESDAY_US + 3 * DAY_US) is Why.DEPARTMENT
    assert not Why.PRESENT.is_strong


def test_at_night_and_on_saturday_those_who_treat_cover_the_house_but_only_the_house() -> None:
    care = hospital()
    assert care.explain("doctor", "p", NIGHT_US) is Why.ON_CALL
    assert care.explain("clerk", "p", WEDNESDAY_US - 30 * DAY_US) is None
    care.add_stay("q", "4B", WEDNESDAY_US, WEDNESDAY_US + 10 * DAY_US)
    assert care.explain("nurse", "q", WEDNESDAY_US + 3 * DAY_US) is Why.ON_CALL
    assert care.explain("doctor", "p", WEDNESDAY_US + 3 * DAY_US) is None


def test_night_is_told_by_local_time() -> None:
    care = Care(offset_us=9 * HOUR_US)
    care.add_member(member("doctor", "physician", "3A"))
    care.add_stay("p", "4B", WEDNESDAY_US - DAY_US)
    assert care.explain("doctor", "p", WEDNESDAY_US) is Why.ON_CALL


def test_the_emergency_department_the_clinic_and_the_office_explain_what_is_theirs() -> None:
    care = hospital()
    care.add_stay("e", "ED", WEDNESDAY_US, WEDNESDAY_US + 3 * HOUR_US)
    assert care.explain("doctor", "e", WEDNESDAY_US) is Why.EMERGENCY
    care.add_clinic("c", "3A", WEDNESDAY_US, WEDNESDAY_US + HOUR_US)
    assert care.explain("nurse", "c", WEDNESDAY_US - DAY_US) is Why.CLINIC
    assert care.explain("clerk", "p", WEDNESDAY_US + 40 * DAY_US) is Why.OFFICE
    assert care.explain("clerk", "p", WEDNESDAY_US + 90 * DAY_US) is None


def test_what_explains_an_access_does_not_depend_on_who_asked_before() -> None:
    care = Care()
    care.add_location("ED", is_emergency=True)
    care.add_member(Member("nina", "nurse", Function.NURSING, frozenset({"4B"})))
    noon_us = 20_465 * DAY_US + 12 * HOUR_US
    care.add_stay("1", "ED", noon_us + 60_000_000)
    assert care.explain("nina", "1", noon_us) is None
    assert care.explain("nina", "1", noon_us + 120_000_000) is Why.EMERGENCY


def test_the_roster_puts_somebody_into_another_ward_for_a_shift() -> None:
    care = hospital()
    care.add_shift("nurse", WEDNESDAY_US - HOUR_US, WEDNESDAY_US + 7 * HOUR_US, "4B")
    assert care.explain("nurse", "p", WEDNESDAY_US) is Why.WARD
    assert care.explain("nurse", "p", WEDNESDAY_US - 90 * MINUTE_US) is None
    assert care.on_shift("nurse", WEDNESDAY_US) is True
    assert care.on_shift("nurse", WEDNESDAY_US + 9 * HOUR_US) is False
    assert care.on_shift("doctor", WEDNESDAY_US) is None


def test_what_is_forgotten_explains_nothing_and_what_lasts_is_kept() -> None:
    care = hospital()
    care.add_member(member("ours", "nurse", "4B"))
    care.add_stay("q", "4B", WEDNESDAY_US)
    assert care.explain("ours", "p", WEDNESDAY_US) is Why.WARD
    care.forget(WEDNESDAY_US + 2 * DAY_US)
    assert care.explain("ours", "p", WEDNESDAY_US) is None
    assert care.explain("ours", "q", WEDNESDAY_US) is Why.WARD


@pytest.mark.parametrize(
    ("role", "function"),
    [
        ("Staff Nurse", Function.NURSING), ("anaesthetist", Function.MEDICAL), ("radiologist", Function.RADIOLOGY),
        ("physiotherapist", Function.THERAPY), ("IT administrator", Function.TECHNOLOGY), ("pilot", Function.OTHER),
        ("laboratory technician", Function.LABORATORY), ("ziekenhuisapotheker", Function.PHARMACY),
    ],
)  # fmt: skip
def test_a_role_is_a_function_by_its_longest_known_word(role: str, function: Function) -> None:
    assert function_of(role) is function


def test_names_and_addresses_are_compared_without_regard_to_spelling() -> None:
    assert folded("De  Smet-Öz") == folded("de smet öz")
    assert home_of("Kerkstraat 5,", "9 000") == home_of("KERKSTRAAT 5", "9000") != ""
    assert home_of("Kerkstraat", "9000") == home_of("Kerkstraat 5", "") == ""


def test_an_employee_is_told_by_a_whole_name_that_only_they_bear() -> None:
    care = Care()
    care.add_member(Member("a", "nurse", Function.NURSING, family="smet", given="an", born="1980-01-01"))
    care.add_member(Member("b", "nurse", Function.NURSING, family="maes", given="jo"))
    care.add_member(Member("c", "clerk", Function.ADMINISTRATION, family="maes", given="jo", patient="77"))
    care.add_patient("1", Person("smet", "an", "1980-01-01", "9000 kerkstraat 5"))
    care.add_patient("2", Person("smet", "an", "1999-09-09"))
    care.add_patient("3", Person("maes", "jo"))
    care.add_patient("4", Person("other", "name"))
    care.alias_patient("77", "4")
    care.add_member(Member("c", "clerk", Function.ADMINISTRATION, family="maes", given="jo"))
    found = {patient: employee.account for patient in "1234" if (employee := care.employee(patient))}
    assert found == {"1": "a", "4": "c"}
    anna = care.member("A")
    assert anna is not None
    assert care.home_of_member(anna) == "9000 kerkstraat 5"


def test_a_flag_survives_a_patient_who_is_told_later() -> None:
    care = Care()
    care.flag("1")
    care.add_patient("1", Person("smet", "an"))
    person = care.person("1")
    assert person is not None
    assert person.flagged
    assert person.family == "smet"


RESOURCES: list[dict[str, Any]] = [
    {"resourceType": "Location", "id": "4B", "type": [{"text": "surgery"}]},
    {"resourceType": "Location", "id": "4B-1", "partOf": {"reference": "Location/4B"}},
    {"resourceType": "Location", "id": "A", "name": "Emergency department"},
    {"resourceType": "Practitioner", "id": "p1", "identifier": [{"value": "Anna"}], "name": [{"family": "Smet"}]},
    {"resourceType": "Practitioner", "id": "p2", "identifier": [{"value": "bert"}]},
    {
        "resourceType": "PractitionerRole", "id": "r1", "practitioner": {"reference": "Practitioner/p1"},
        "code": [{"text": "nurse"}], "location": [{"reference": "Location/4B"}],
    },
    {
        "resourceType": "Patient", "id": "x", "identifier": [{"value": "MRN1"}],
        "meta": {"security": [{"code": "R"}]}, "name": [{"family": "Maes", "given": ["Jo"]}],
    },
    {
        "resourceType": "Encounter", "id": "e", "subject": {"reference": "Patient/x"},
        "participant": [{"individual": {"reference": "https://ehr.example/fhir/Practitioner/p2"}}],
        "period": {"start": "2026-01-13T10:00:00Z"},
        "location": [{"location": {"reference": "Location/4B-1"}}],
    },
    {
        "resourceType": "ServiceRequest", "id": "s", "subject": {"reference": "Patient/x"},
        "authoredOn": "2026-01-14T09:00:00Z", "category": [{"text": "laboratory"}],
    },
    {
        "resourceType": "CareTeam", "id": "t", "subject": {"reference": "Patient/y"},
        "participant": [{"member": {"reference": "Practitioner/p1"}}],
    },
    {
        "resourceType": "Appointment", "id": "a", "start": "2026-01-14T09:00:00Z", "end": "2026-01-14T09:30:00Z",
        "participant": [{"actor": {"reference": "Patient/z"}}, {"actor": {"reference": "Practitioner/p2"}}],
    },
]  # fmt: skip


def test_fhir_resources_tell_relations_under_all_names() -> None:
    care = Care()
    for resource in RESOURCES:
        assert told(care, resource)
    care.add_member(member("lab", "laboratory technician", "LAB"))
    asked = {
        ("anna", "x"): Why.WARD,
        ("p1", "MRN1"): Why.WARD,
        ("bert", "mrn1"): Why.NAMED,
        ("bert", "z"): Why.APPOINTMENT,
    }
    for (account, patient), why in {**asked, ("anna", "y"): Why.TEAM, ("lab", "x"): Why.DEPARTMENT}.items():
        assert care.explain(account, patient, WEDNESDAY_US) is why, (account, patient)
    person = care.person("x")
    assert person is not None
    assert person.flagged
    assert care.told_until_us > 0


def test_a_resource_of_another_type_or_without_id_says_nothing() -> None:
    care = Care()
    assert not told(care, {"resourceType": "Observation", "id": "1"})
    assert not told(care, {"resourceType": "Encounter"})


def test_a_stay_without_an_end_lasts() -> None:
    care = Care()
    care.add_member(member("ours", "nurse", "4B"))
    care.add_stay("p", "4B", WEDNESDAY_US, FOR_EVER)
    assert care.explain("ours", "p", WEDNESDAY_US + 5000 * DAY_US) is Why.WARD
