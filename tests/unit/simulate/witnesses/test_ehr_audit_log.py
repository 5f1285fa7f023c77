"""The EHR's audit: valid FHIR, BALP's patterns, both sides, and what the hospital's rules look for."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import orjson
import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from codedark.hospital.asset import AssetKind
from codedark.simulate.acts import RecordAccessed
from codedark.simulate.site import Function
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses import witnesses
from tests.simulated_acts import NOON_US, read_back, small_site, written

SITE = small_site()
CLIENT = SITE.by_kind[AssetKind.WORKSTATION][0]
USER = SITE.people[0].account
READ = RecordAccessed(NOON_US, USER, "0004711", "R", "chart", "TREAT", CLIENT)
QUERY = READ._replace(what="results", query="Observation?patient=Patient/0004711&code=2823-3")
EXPORT = READ._replace(
    patient="", action="E", what="export", query="Group/all/$export?_type=Patient", client_recorded=False
)
ACTS = [
    READ, QUERY, EXPORT, READ._replace(action="C", what="orders"), READ._replace(action="U", what="notes"),
    READ._replace(action="D", what="notes"), READ._replace(purpose="ETREAT"), READ._replace(outcome="refused"),
    READ._replace(patient="", action="E", what="search", query="Patient?name=é"), READ._replace(patient='"\\\n'),
]  # fmt: skip
SOURCE, DESTINATION = "110153", "110152"


def events(*lived: RecordAccessed, deleted: tuple[Deleted, ...] = ()) -> list[dict[str, Any]]:
    witness = next(one for one in witnesses(SITE, deleted, {}) if one.name == "ehr/audit")
    lines = written(witness, lived)
    assert not read_back(witness, lines).rejected
    return [orjson.loads(line) for line in lines]


def role_of_client(event: dict[str, Any]) -> str:
    name = SITE.hosts[CLIENT].fqdn
    (code,) = [agent["type"]["coding"][0]["code"] for agent in event["agent"] if agent["who"].get("display") == name]
    return str(code)


@pytest.mark.parametrize("act", ACTS)
def test_every_event_is_valid_fhir(act: RecordAccessed) -> None:
    for event in events(act):
        AuditEvent.model_validate(event)


def test_client_and_server_write_the_same_request_down() -> None:
    client, server = events(READ)
    assert client["source"]["observer"]["display"] == SITE.hosts[CLIENT].fqdn
    assert server["source"]["observer"]["display"] in {
        SITE.hosts[h].fqdn for h in SITE.by_function[Function.EHR_APPLICATION]
    }
    assert client["entity"] == server["entity"]
    assert client["entity"][-1]["type"]["code"] == "XrequestId"
    assert client["id"] != server["id"]
    assert client["recorded"] <= server["recorded"]
    (alone,) = events(READ._replace(client_recorded=False))
    assert alone["source"]["type"][0]["code"] == "4"


def test_a_read() -> None:
    event = events(READ)[0]
    assert (event["action"], event["subtype"][0]["code"], event["outcome"]) == ("R", "read", "0")
    assert event["meta"]["profile"] == [
        "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead"
    ]
    assert event["entity"][0]["what"]["reference"] == "Patient/0004711"
    assert event["agent"][2]["who"]["identifier"]["value"] == USER
    assert event["agent"][2]["requestor"] is True
    assert role_of_client(event) == DESTINATION


def test_a_query_is_in_base64() -> None:
    event = events(QUERY)[0]
    assert (event["action"], event["subtype"][0]["code"]) == ("E", "search-type")
    (query,) = [entity["query"] for entity in event["entity"] if "query" in entity]
    assert b64decode(query).decode() == f"GET /fhir/{QUERY.query}"
    assert role_of_client(event) == SOURCE


def test_opening_a_chart_reads_the_patient_and_then_searches() -> None:
    found = events(READ._replace(query="Encounter?patient=0004711"))
    assert [(event["action"], event["subtype"][0]["code"]) for event in found] == [
        ("R", "read"), ("R", "read"), ("E", "search-type"), ("E", "search-type"),
    ]  # fmt: skip
    requests = [event["entity"][-1]["what"]["identifier"]["value"] for event in found]
    assert requests[0] == requests[1] != requests[2] == requests[3]


def test_an_export_is_named_for_the_rule_that_looks_for_it() -> None:
    (event,) = events(EXPORT)
    assert event["subtype"][0]["code"] == "operation"
    assert any("$export" in entity.get("name", "") for entity in event["entity"])


def test_breaking_the_glass_is_an_emergency_and_says_so() -> None:
    event = events(READ._replace(purpose="ETREAT"))[0]
    assert [coding["code"] for coding in event["purposeOfEvent"][0]["coding"]] == ["ETREAT", "BTG"]


def test_a_side_that_deleted_its_records_leaves_the_other() -> None:
    gone = Deleted(CLIENT, "ehr/audit", NOON_US, NOON_US + 1, "s1")
    (left,) = events(READ, deleted=(gone,))
    assert left["source"]["type"][0]["code"] == "4"
