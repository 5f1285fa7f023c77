"""FHIR Location and Organization: wards with their beds, through rooms, in Bundles, NDJSON and single resources."""

from __future__ import annotations

import json
from typing import Any

from codedark.hospital.importers.facts import Origin, WardFact
from codedark.hospital.importers.fhir import read
from codedark.hospital.importers.gathering import Asked


def location(id_: str, kind: str, name: str, part_of: str = "", **more: Any) -> dict[str, Any]:
    coding = [{"system": "http://terminology.hl7.org/CodeSystem/location-physical-type", "code": kind}]
    above = {"partOf": {"reference": part_of}} if part_of else {}
    return {"resourceType": "Location", "id": id_, "name": name, "physicalType": {"coding": coding}} | above | more


WARD = location(
    "w1",
    "wa",
    "Intensive care 1",
    identifier=[{"value": "INT1"}],
    managingOrganization={"reference": "Organization/o1"},
)
RESOURCES = [
    WARD,
    location("r1", "ro", "Room 1", "Location/w1"),
    location("b1", "bd", "INT1-1", "Location/r1"),
    location("b2", "bd", "INT1-2", "https://fhir.hospital.example/Location/w1"),
    {"resourceType": "Organization", "id": "o1", "name": "Intensive care"},
]
EXPECTED = [WardFact(Origin("l", "Location/w1"), "INT1", "Intensive care 1", "Intensive care", ("INT1-1", "INT1-2"))]


def test_reads_every_arrangement() -> None:
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in RESOURCES]}
    for document in (json.dumps(bundle), "\n".join(map(json.dumps, RESOURCES)), json.dumps(RESOURCES)):
        facts = read(document.encode(), "l", Asked())
        assert facts.wards == EXPECTED
        assert facts.rejected == []
        assert facts.passed_over == {"Location that is no ward and no bed": 1, "Organization": 1}


def test_a_bed_without_a_ward_is_named() -> None:
    lost = [
        location("b3", "bd", "X-1", "Location/r9"),
        location("b4", "bd", "X-2"),
        location("r2", "ro", "a", "Location/r3"),
        location("r3", "ro", "b", "Location/r2"),
        location("b5", "bd", "X-3", "Location/r2"),
    ]
    facts = read("\n".join(map(json.dumps, [WARD, *lost])).encode(), "l", Asked())
    assert [(each.line, each.what) for each in facts.rejected] == [
        (2, "it is part of Location/r9, which is not in the file"),
        (3, "the bed is part of no ward"),
        (6, "its partOf leads round in a circle"),
    ]
    assert [ward.beds for ward in facts.wards] == [()]


def test_lines_that_are_no_json_are_named() -> None:
    facts = read(json.dumps(WARD).encode() + b"\n{broken\n" + json.dumps(RESOURCES[3]).encode(), "l", Asked())
    assert [ward.beds for ward in facts.wards] == [("INT1-2",)]
    assert [each.line for each in facts.rejected] == [2]
