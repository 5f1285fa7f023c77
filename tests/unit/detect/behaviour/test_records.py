"""Every audit of patients' records says who used whose record from where: FHIR, DICOM and plain tables."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import orjson
import pytest

from codedark.detect.behaviour.observation import RecordAccess
from codedark.detect.behaviour.readings.records import Records
from codedark.events.record import Origin
from tests.reading_logs import observed

NOON_US = 1_768_219_200_000_000  # 2026-01-12T12:00:00Z


def read(data: bytes, log_format: str) -> list[RecordAccess]:
    """What the reader of a format and the reading make of a log that arrives within a minute."""
    return observed(Records(), data, log_format, NOON_US + 60_000_000)[0]


def audit_event(**changed: Any) -> bytes:
    """A read of a patient after IHE BALP, as the server writes it, with some elements otherwise."""
    event = {
        "resourceType": "AuditEvent",
        "type": {"code": "rest"},
        "subtype": [{"code": "read"}],
        "action": "R",
        "recorded": "2026-01-12T12:00:00.000Z",
        "outcome": "0",
        "purposeOfEvent": [{"coding": [{"code": "TREAT"}]}],
        "agent": [
            {"type": {"coding": [{"code": "110152"}]}, "requestor": False, "network": {"address": "10.1.0.7"}},
            {"type": {"coding": [{"code": "110153"}]}, "requestor": False, "network": {"address": "10.2.0.1"}},
            {"type": {"coding": [{"code": "IRCP"}]}, "who": {"identifier": {"value": "anna"}}, "requestor": True},
        ],
        "source": {"observer": {"display": "ehr01.hospital.example"}, "type": [{"code": "4"}]},
        "entity": [
            {"what": {"reference": "Patient/471"}, "role": {"code": "1"}},
            {"what": {"reference": "DocumentReference/9"}, "role": {"code": "4"}},
        ],
    }
    return orjson.dumps({**event, **changed}) + b"\n"


def query_entity(text: str) -> dict[str, Any]:
    """An entity that holds a query, as FHIR has it: base64."""
    return {"query": b64encode(text.encode()).decode(), "role": {"code": "24"}}


def test_a_read_names_who_whose_what_and_from_where() -> None:
    (access,) = read(audit_event(), "jsonl")
    assert access == RecordAccess(
        NOON_US, "ehr01", 0, "anna", "471", "R", "DocumentReference", purpose="TREAT", client="10.1.0.7"
    )


def test_the_client_of_a_query_is_its_source() -> None:
    agents = orjson.loads(audit_event())["agent"]
    agents[0]["type"]["coding"][0]["code"], agents[1]["type"]["coding"][0]["code"] = "110153", "110152"
    entities = [
        {"what": {"reference": "Patient/471"}, "role": {"code": "1"}},
        query_entity("GET /Observation?patient=471"),
    ]
    (access,) = read(audit_event(action="E", agent=agents, entity=entities), "jsonl")
    assert (access.client, access.patient, access.action, access.resource) == ("10.1.0.7", "471", "E", "Observation")
    assert access.query == "GET /Observation?patient=471"


def test_a_query_without_a_patient_is_about_as_many_unknown_ones_as_its_page_holds() -> None:
    (access,) = read(audit_event(action="E", entity=[query_entity("GET /fhir/Patient?name=ja&_count=50")]), "jsonl")
    assert (access.patient, access.patients, access.resource) == ("", 50, "Patient")
    (small,) = read(audit_event(action="E", entity=[query_entity("GET /fhir/Encounter?location=4B")]), "jsonl")
    assert (small.patient, small.patients, small.resource) == ("", 1, "Encounter")


def test_an_export_is_one_whether_it_is_named_or_asked_for() -> None:
    job = {"name": "GET /fhir/Group/all/$export", "role": {"code": "20"}}
    (named,) = read(audit_event(action="E", subtype=[{"code": "operation"}], entity=[job]), "jsonl")
    (asked,) = read(audit_event(action="E", entity=[query_entity("GET /fhir/Patient/$export")]), "jsonl")
    assert named.resource == asked.resource == "$export"


def test_breaking_the_glass_counts_more_than_the_treatment_beside_it() -> None:
    codes = [{"coding": [{"code": "TREAT"}, {"code": "BTG"}]}]
    (access,) = read(audit_event(purposeOfEvent=codes), "jsonl")
    assert access.purpose == "BTG"


@pytest.mark.parametrize(("outcome", "refused"), [("0", False), ("4", True), ("8", True)])
def test_what_was_refused_is_marked(outcome: str, refused: bool) -> None:
    (access,) = read(audit_event(outcome=outcome), "jsonl")
    assert access.refused is refused


def test_a_client_s_own_audit_is_told_from_the_server_s() -> None:
    (access,) = read(audit_event(source={"observer": {"display": "WS-1"}, "type": [{"code": "1"}]}), "jsonl")
    assert access.reporter == "client"


def test_an_event_about_several_patients_is_an_access_to_each() -> None:
    entities = [{"what": {"reference": f"Patient/{n}"}, "role": {"code": "1"}} for n in (1, 2, 1)]
    assert [access.patient for access in read(audit_event(entity=entities), "jsonl")] == ["1", "2"]


def test_a_patient_may_be_named_by_number_and_a_reader_by_reference() -> None:
    agents = [{"who": {"reference": "Practitioner/p7"}, "requestor": True}]
    entities = [{"what": {"identifier": {"value": "MRN9"}}, "role": {"code": "1"}}]
    (access,) = read(audit_event(agent=agents, entity=entities), "jsonl")
    assert (access.account, access.patient) == ("p7", "MRN9")


def test_an_event_without_a_reader_or_a_patient_says_nothing() -> None:
    assert read(audit_event(agent=[]) + audit_event(entity=[]), "jsonl") == []


def test_a_query_that_is_no_base64_is_kept_as_it_is() -> None:
    (access,) = read(audit_event(action="E", entity=[{"query": "name=é", "role": {"code": "24"}}]), "jsonl")
    assert access.query == "name=é"


DICOM = (
    '<85>1 2026-01-12T12:00:00Z pacs01.hospital.example PACS 54 DICOM+RFC3881 - <?xml version="1.0"?><AuditMessage>'
    '<EventIdentification EventActionCode="{action}" EventDateTime="2026-01-12T12:00:00Z" EventOutcomeIndicator="0">'
    '<EventID csd-code="{event}" codeSystemName="DCM" originalText="x"/></EventIdentification>'
    '<ActiveParticipant UserID="anna" UserIsRequestor="true" NetworkAccessPointID="10.1.0.9"/>'
    '<AuditSourceIdentification AuditSourceID="PACS01"/>{patient}</AuditMessage>\n'
)
PATIENT = (
    '<ParticipantObjectIdentification ParticipantObjectID="471"><ParticipantObjectIDTypeCode csd-code="2"/>'
    "</ParticipantObjectIdentification>"
)


@pytest.mark.parametrize(
    ("event", "action", "expected", "resource"),
    [
        ("110102", "E", "E", "ImagingStudy"),
        ("110104", "R", "R", "ImagingStudy"),
        ("110105", "D", "D", "ImagingStudy"),
        ("110106", "R", "E", "$export"),
    ],
)
def test_images_are_records_too(event: str, action: str, expected: str, resource: str) -> None:
    (access,) = read(DICOM.format(event=event, action=action, patient=PATIENT).encode(), "syslog")
    assert (access.account, access.patient, access.action, access.resource) == ("anna", "471", expected, resource)
    assert access.client == "10.1.0.9"


def test_a_search_for_images_without_a_patient_is_a_query_and_a_login_is_nothing() -> None:
    (query,) = read(DICOM.format(event="110112", action="E", patient="").encode(), "syslog")
    assert (query.patient, query.action, query.query) == ("", "E", "C-FIND")
    assert read(DICOM.format(event="110114", action="E", patient="").encode(), "syslog") == []


def test_a_table_of_a_record_system_is_read_by_its_column_names() -> None:
    table = (
        b"timestamp,user_name,mrn,action,workstation,reason,status\n"
        b"2026-01-12T12:00:00Z,HOSP\\Anna,471,View chart,WS-7,,ok\n"
        b"2026-01-12T12:00:00Z,bert,472,Print summary,WS-8,Break the Glass,ok\n"
        b"2026-01-12T12:00:00Z,bert,473,Edit,WS-8,,access denied\n"
        b"2026-01-12T12:00:00Z,,474,View,WS-8,,ok\n"
    )
    view, printed, edited = read(table, "csv")
    assert view == RecordAccess(NOON_US, "ws-7", 0, "anna", "471", "R", client="ws-7")
    assert (printed.action, printed.resource, printed.purpose) == ("E", "$export", "BTG")
    assert (edited.action, edited.refused) == ("U", True)


def test_a_table_about_something_else_says_nothing() -> None:
    assert read(b"user,host,action\nanna,ws-7,logon\n", "csv") == []
    assert Records().fields(Origin("windows", "security", "4624")) is None


def test_a_patient_who_looks_at_the_portal_is_no_account() -> None:
    for who in ("Patient/471", "RelatedPerson/8"):
        agent = [{"who": {"reference": who}, "requestor": True}]
        assert list(read(audit_event(agent=agent), "jsonl")) == []
    staff = [{"who": {"reference": "Practitioner/anna"}, "requestor": True}]
    assert [access.account for access in read(audit_event(agent=staff), "jsonl")] == ["anna"]
