"""Logs that only hospitals have: FHIR AuditEvent, DICOM audit messages, interface engines. As JSON.

The fields that make them sure marks are those of their standards; ``content/rules/README.md`` says which names the
hospital rules then use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codedark.events.record import Origin, Record
from codedark.ingest.flatten import flatten

Shape = tuple[Origin, Record]

_DICOM_MARKS = frozenset({"EventID", "EventActionCode", "EventOutcomeIndicator"})
_ENGINE_MARKS = frozenset({"name", "level", "outcome", "username", "ipAddress"})


def audit_event(obj: Mapping[str, Any]) -> Shape | None:
    """A FHIR R4 AuditEvent: access to the patient record."""
    return (Origin("ehr", "auditevent"), flatten(obj)) if obj.get("resourceType") == "AuditEvent" else None


def dicom_audit(obj: Mapping[str, Any]) -> Shape | None:
    """A DICOM audit message (PS3.15, A.5) as JSON."""
    return (Origin("pacs", "audit", str(obj["EventID"])), flatten(obj)) if obj.keys() >= _DICOM_MARKS else None


def engine_audit(obj: Mapping[str, Any]) -> Shape | None:
    """An audit event of an interface engine, as Mirth Connect exports it."""
    return (Origin("interface_engine", "audit"), flatten(obj)) if obj.keys() >= _ENGINE_MARKS else None


SHAPES = (audit_event, dicom_audit, engine_audit)
