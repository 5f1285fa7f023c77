"""Answers to FHIR clients that post AuditEvents (IHE ATX: FHIR Feed; HL7 FHIR R4, 3.1.0.8 and 3.1.0.11)."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import orjson
from starlette.responses import Response

from codedark.ingest.live.framing import Bad, Framed
from codedark.ingest.live.http_records import AuditEvents
from codedark.ingest.live.records import on_lines

_MEDIA_TYPE: Final = "application/fhir+json"


def framed(events: AuditEvents) -> Framed:
    """The lines that can be taken. Of a transaction with one resource that cannot, none can."""
    bad = tuple(Bad(number, reason) for number, (_, reason) in enumerate(events.resources, 1) if reason)
    if bad and events.bundle == "transaction":
        return Framed(bad=bad)
    good = [line for line, reason in events.resources if not reason]
    return Framed(*(on_lines(good) if good else (b"", 0)), bad)


def answer(events: AuditEvents) -> Response:
    """What the client is told, once what can be taken is on disk."""
    if not events.bundle:
        ((line, reason),) = events.resources
        if reason:
            return problem(422, reason)
        headers = {"Location": f"AuditEvent/{_id(line)}/_history/1", "ETag": 'W/"1"'}
        return Response(b"", 201, headers, media_type=_MEDIA_TYPE)
    reasons = [reason for _, reason in events.resources if reason]
    if reasons and events.bundle == "transaction":
        return problem(422, "; ".join(reasons[:10]))
    entries = [_entry(line, reason) for line, reason in events.resources]
    said = {"resourceType": "Bundle", "type": f"{events.bundle}-response", "entry": entries}
    return _fhir(200, said)


def problem(status: int, reason: str) -> Response:
    """An error, as an OperationOutcome."""
    return _fhir(status, _outcome(status, reason))


def metadata() -> Response:
    """The CapabilityStatement that clients ask for before they send: AuditEvents can be created."""
    resource = {"type": "AuditEvent", "interaction": [{"code": "create"}]}
    rest = {"mode": "server", "resource": [resource], "interaction": [{"code": "transaction"}, {"code": "batch"}]}
    statement = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-01-01",
        "kind": "capability",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [rest],
    }
    return _fhir(200, statement)


def _entry(line: bytes, reason: str) -> dict[str, Any]:
    if reason:
        return {"response": {"status": "422 Unprocessable Entity", "outcome": _outcome(422, reason)}}
    return {"response": {"status": "201 Created", "location": f"AuditEvent/{_id(line)}/_history/1", "etag": 'W/"1"'}}


def _outcome(status: int, reason: str) -> dict[str, Any]:
    codes = {401: "security", 408: "timeout", 413: "too-long", 415: "not-supported", 429: "throttled", 503: "transient"}
    issue = {"severity": "error", "code": codes.get(status, "invalid"), "diagnostics": reason}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def _id(line: bytes) -> str:
    """The same resource has the same id when it is sent again."""
    return hashlib.sha256(line).hexdigest()[:32]


def _fhir(status: int, content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), status, media_type=_MEDIA_TYPE)
