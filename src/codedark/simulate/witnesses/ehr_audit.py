"""The audit of the patient record: FHIR R4 AuditEvent after IHE Basic Audit Log Patterns 1.1 (BALP).

Client and server both write an interaction down, each as its own source, with the same request id; where a client
did not, only the server's stands. By BALP the client is the source (110153) of creates, updates and queries, and the
destination (110152) of reads. A query has action E and its text in base64; an export is an operation, with its
request as the entity's name.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple
from zlib import crc32

from codedark.simulate.acts import RecordAccessed
from codedark.simulate.site import Function
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses.clock import iso_milliseconds
from codedark.simulate.witnesses.escape import json_text
from codedark.simulate.witnesses.log import Gaps, Log
from codedark.simulate.witnesses.names import Names

NAME: Final = "ehr/audit"

_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_PROFILE = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit"


class _Interaction(NamedTuple):
    """A pattern: its profile, code of the subtype, action, and whether the client is the source."""

    profile: str
    subtype: str
    action: str
    client_is_source: bool


_READ = _Interaction("Read", "read", "R", False)
_QUERY = _Interaction("Query", "search-type", "E", True)
_EXPORT = _Interaction("", "operation", "E", True)
_INTERACTIONS: Final = {
    "C": _Interaction("Create", "create", "C", True),
    "R": _READ,
    "U": _Interaction("Update", "update", "U", True),
    "D": _Interaction("Delete", "delete", "D", True),
    "E": _QUERY,
}
_RESOURCES: Final = {
    "chart": "Patient",
    "results": "DiagnosticReport",
    "medication": "MedicationRequest",
    "notes": "DocumentReference",
    "orders": "ServiceRequest",
    "search": "Patient",
    "export": "Group",
}
"""The type of the resource that is used, by `RecordAccessed.what`."""
_PURPOSES: Final = {
    "TREAT": "treatment",
    "ETREAT": "Emergency Treatment",
    "HOPERAT": "healthcare operations",
    "HRESCH": "healthcare research",
}
_BREAK_GLASS: Final = f',{{"system":"{_TERMINOLOGY}/v3-ActReason","code":"BTG","display":"break the glass"}}'
"""Second coding of an emergency access (v3-ActReason): what the person did to get it."""

_SOURCE: Final = '"110153","display":"Source Role ID"'
_DESTINATION: Final = '"110152","display":"Destination Role ID"'


def _coding(system: str, code: str, display: str) -> str:
    return f'{{"system":"{system}","code":"{code}","display":"{display}"}}'


def _entity(what: str, kind: tuple[str, str], role: tuple[str, str]) -> str:
    type_, part = _coding(f"{_TERMINOLOGY}/audit-entity-type", *kind), _coding(f"{_TERMINOLOGY}/object-role", *role)
    return f'{{{what}"type":{type_},"role":{part}}}'


_PERSON, _OBJECT = ("1", "Person"), ("2", "System Object")
_PATIENT: Final = _entity('"what":{"reference":"Patient/%s"},', _PERSON, ("1", "Patient"))
_DATA: Final = _entity('"what":{"reference":"%s"},', _OBJECT, ("4", "Domain Resource"))
_ASKED: Final = _entity('"query":"%s",', _OBJECT, ("24", "Query"))
_JOB: Final = _entity('"name":"%s",', _OBJECT, ("20", "Job"))
_TRANSACTION: Final = (
    '{"what":{"identifier":{"value":"%s"}},'
    '"type":{"system":"https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType","code":"XrequestId"}}'
)
_META: Final = '"meta":{"profile":["%s.%s"]},'
_EVENT: Final = (
    '{"resourceType":"AuditEvent","id":"%s",%s'
    f'"type":{_coding(f"{_TERMINOLOGY}/audit-event-type", "rest", "RESTful Operation")},'
    '"subtype":[{"system":"http://hl7.org/fhir/restful-interaction","code":"%s"}],"action":"%s","recorded":"%s",'
    '"outcome":"%s",%s"purposeOfEvent":[{"coding":[%s]}],"agent":['
    f'{{"type":{{"coding":[{{"system":"{_DCM}","code":%s}}]}},"who":{{"display":"%s"}},"requestor":false,'
    '"network":{"address":"%s","type":"2"}},'
    f'{{"type":{{"coding":[{{"system":"{_DCM}","code":%s}}]}},"who":{{"display":"%s"}},"requestor":false,'
    '"network":{"address":"%s","type":"2"}},'
    f'{{"type":{{"coding":[{_coding(f"{_TERMINOLOGY}/v3-ParticipationType", "IRCP", "information recipient")}]}},'
    '"who":{"identifier":{"value":"%s"}},"requestor":true}],"source":{"observer":{"display":"%s"},'
    f'"type":[{{"system":"{_TERMINOLOGY}/security-source-type","code":"%s"}}]}},"entity":[%s]}}\n'
)
_REFUSED: Final = '"outcomeDesc":"403 Forbidden",'
_OUTCOMES: Final = {"success": ("0", ""), "refused": ("8", _REFUSED)}
_SERVER_LATER_US: Final = 2_000
_NEXT_US: Final = 150_000
_CLIENT_TYPE, _SERVER_TYPE = "1", "4"
"""Source types: user device, application server."""


class EhrAuditLog(Log):
    """Written by workstations and by the application servers, of which a client always asks the same one."""

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        super().__init__(NAME, ".ndjson", {RecordAccessed: self._record_accessed})
        self._names = names
        self._gaps = Gaps(deleted, NAME)
        hosts = [names.site.hosts[host] for host in names.site.by_function.get(Function.EHR_APPLICATION, ())]
        self._servers: list[tuple[str, str, str]] = [
            (host.id, json_text(host.fqdn), host.address) for host in hosts
        ] or [("EHR", "ehr", "10.0.0.1")]
        self._purposes = {code: _purpose(code) for code in _PURPOSES}
        self._client = lru_cache(maxsize=1 << 13)(self._client_of)

    def _client_of(self, client: str) -> tuple[str, str, tuple[str, str, str]]:
        """The client's name and address, and the application server that it uses."""
        host = self._names.host(client)
        server = self._servers[crc32(client.encode()) % len(self._servers)]
        return json_text(host.fqdn if host else client), json_text(self._names.address(client)), server

    def _record_accessed(self, act: RecordAccessed) -> list[bytes]:
        out: list[bytes] = []
        for number, kind in enumerate(_interactions(act)):
            self._interact(out, act, kind, act.at_us + number * _NEXT_US)
        return out

    def _interact(self, out: list[bytes], act: RecordAccessed, kind: _Interaction, at_us: int) -> None:
        client, address, (server_id, server, server_address) = self._client(act.client)
        digest = blake2b(f"{at_us} {act.account} {act.client} {act.patient} {act.what}".encode()).hexdigest()
        entities = _entities(act, kind, digest)
        outcome, described = _OUTCOMES[act.outcome]
        roles = (_SOURCE, _DESTINATION) if kind.client_is_source else (_DESTINATION, _SOURCE)
        about_patient = "Patient" if act.patient else ""
        meta = _META % (_PROFILE, about_patient + kind.profile) if kind.profile else ""
        common = (outcome, described, self._purposes[act.purpose], roles[0], client, address, roles[1], server)
        rest = (server_address, json_text(act.account))
        if act.client_recorded and not self._gaps.hide(act.client, at_us):
            head = (digest[32:64], meta, kind.subtype, kind.action, iso_milliseconds(at_us))
            out.append((_EVENT % (*head, *common, *rest, client, _CLIENT_TYPE, entities)).encode())
        if not self._gaps.hide(server_id, at_us):
            answered = iso_milliseconds(at_us + _SERVER_LATER_US + int(digest[:4], 16))
            head = (digest[64:96], meta, kind.subtype, kind.action, answered)
            out.append((_EVENT % (*head, *common, *rest, server, _SERVER_TYPE, entities)).encode())


def _interactions(act: RecordAccessed) -> tuple[_Interaction, ...]:
    """Opening a chart reads the patient and then searches; everything else is one interaction."""
    if act.what == "export":
        return (_EXPORT,)
    if act.action != "R" or not act.query:
        return (_INTERACTIONS[act.action],)
    return (_READ, _QUERY) if act.what == "chart" and act.patient else (_QUERY,)


def _entities(act: RecordAccessed, kind: _Interaction, digest: str) -> str:
    parts = []
    if act.patient:
        parts.append(_PATIENT % json_text(act.patient))
    resource = _RESOURCES.get(act.what, "Patient")
    if kind is _EXPORT:
        parts.append(_JOB % json_text(f"GET /fhir/{act.query or 'Group/all/$export'}"))
    elif kind is _QUERY:
        whole = f"{resource}?patient=Patient/{act.patient}" if act.patient else resource
        query = act.query or whole
        parts.append(_ASKED % b64encode(f"GET /fhir/{query}".encode()).decode())
    elif resource == "Patient":
        parts.append(_DATA % f"Patient/{json_text(act.patient)}")
    else:
        parts.append(_DATA % f"{resource}/{digest[:16]}")
    uuid = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
    parts.append(_TRANSACTION % uuid)
    return ",".join(parts)


def _purpose(code: str) -> str:
    coding = _coding(f"{_TERMINOLOGY}/v3-ActReason", code, _PURPOSES[code])
    return coding + _BREAK_GLASS if code == "ETREAT" else coding
