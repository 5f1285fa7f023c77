"""A resource says the same whether it is read as a whole, element by element, or from what was remembered."""

from __future__ import annotations

import orjson
import pytest

from codedark.continuity.fhir.elements import Elements, Memory
from codedark.continuity.fhir.read import Reader, Unreadable
from codedark.continuity.fhir.speaking import Directory

SAID_US = 1_768_172_400_000_000
PATIENT = {"reference": "Patient/7"}
ORDER = {
    "resourceType": "MedicationRequest",
    "id": "M1",
    "status": "active",
    "intent": "order",
    "meta": {"versionId": "2", "lastUpdated": "2026-01-11T20:00:00Z"},
    "subject": PATIENT,
    "encounter": {"reference": "Encounter/V1"},
    "requester": {"reference": "Practitioner/1", "display": "Peeters"},
    "medicationCodeableConcept": {"text": "Metoprolol"},
    "dosageInstruction": [{"text": "50 mg PO BID", "timing": {"code": {"text": "BID"}}}],
    "dispenseRequest": {"validityPeriod": {"start": "2026-01-10T08:00:00+01:00"}},
}
VALUE = {
    "resourceType": "Observation",
    "id": "R1",
    "status": "final",
    "code": {"text": "Blood pressure"},
    "subject": PATIENT,
    "effectiveDateTime": "2026-01-11T20:00:00Z",
    "component": [{"code": {"text": "Systolic"}, "valueQuantity": {"value": 120, "unit": "mmHg"}}],
}
RESOURCES = [
    ORDER,
    {**ORDER, "id": "M2", "subject": {"reference": "Patient/8"}},
    {**ORDER, "id": "M3", "status": "stopped"},
    {**ORDER, "id": "M4", "intent": "proposal"},
    {**ORDER, "id": "M5", "medicationCodeableConcept": {"text": "Warfarin"}, "status": "entered-in-error"},
    {**ORDER, "id": "M6", "requester": None, "encounter": None},
    {**ORDER, "id": "M7", "dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"end": "2026-01-12"}}}}]},
    VALUE,
    {**VALUE, "id": "R2", "valueString": "  seen ", "interpretation": [{"coding": [{"code": "H"}]}]},
    {**VALUE, "id": "R3", "valueBoolean": True, "component": None},
    {"resourceType": "Condition", "id": "C1", "subject": PATIENT, "code": {"text": "Asthma"}},
    {
        "resourceType": "Condition",
        "id": "C2",
        "subject": PATIENT,
        "code": {"text": "Asthma"},
        "clinicalStatus": {"coding": [{"code": "resolved"}]},
    },
]


def test_it_says_the_same_element_by_element_and_from_memory() -> None:
    memory, directory = Memory(), Directory()
    reader = Reader(directory, "Europe/Brussels")
    for resource in [*RESOURCES, *RESOURCES]:
        as_a_whole = reader.read(orjson.loads(orjson.dumps(resource)), SAID_US)
        by_elements = reader.read(memory.resource(orjson.dumps(resource)), SAID_US)
        assert by_elements == as_a_whole


def test_a_name_that_comes_to_be_known_is_not_forgotten_over_what_was_remembered() -> None:
    memory, directory = Memory(), Directory()
    reader = Reader(directory, "Europe/Brussels")
    before = dict(reader.read(memory.resource(orjson.dumps(ORDER)), SAID_US)[0][0].fields)  # type: ignore[union-attr]
    directory.add({"resourceType": "Practitioner", "id": "1", "name": [{"family": "Janssens", "given": ["Eva"]}]})
    after = dict(reader.read(memory.resource(orjson.dumps(ORDER)), SAID_US)[0][0].fields)  # type: ignore[union-attr]
    assert (before["prescriber"], after["prescriber"]) == ("Peeters", "Janssens Eva")


@pytest.mark.parametrize(
    "line",
    [b"{", b'{"id": }', b'{"id": "\xff"}', b'{"id": "\\ud800"}', b'{"id": 1} x', b'{"id": ' + b"[" * 9999, b"\xef\xbb"],
)
def test_a_line_that_is_no_json_is_refused(line: bytes) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        Memory().resource(line)


def test_a_number_beyond_all_bounds_makes_its_resource_unreadable() -> None:
    line = b'{"resourceType": "Condition", "subject": {"reference": "Patient/7"}, "code": {"x": 1e999}}'
    resource = Memory().resource(line)
    assert isinstance(resource, Elements)
    with pytest.raises(Unreadable):
        Reader(Directory(), "UTC").read(resource, SAID_US)


def test_what_is_no_object_is_read_as_it_is() -> None:
    assert Memory().resource(b"[1, 2]") == [1, 2]


def test_elements_are_a_mapping_of_their_names() -> None:
    elements = Memory().resource(b'{"id": "1", "status": "final"}')
    assert dict(elements) == {"id": "1", "status": "final"}
    assert (len(elements), elements.get("code", "none")) == (2, "none")


def test_a_listed_resource_that_cannot_be_read_whole_is_refused_itself_and_harms_no_other() -> None:
    directory = Directory()
    with pytest.raises(orjson.JSONDecodeError):
        directory.add(
            Memory().resource(b'{"resourceType":"Location","id":"W1","name":"A","position":{"longitude":1e999}}')
        )
    assert list(directory.resources()) == []
