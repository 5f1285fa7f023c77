"""Audit logs of cloud services other than Microsoft's: AWS CloudTrail, GCP, Okta, GitHub, Kubernetes.

Records are flattened as they are. Where SigmaHQ's rules use a name that only some exporter gives
(``gcp.audit.method_name`` is Elastic's), the record has the value under that name too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from codedark.events.record import Origin, Record
from codedark.ingest.flatten import add_names, add_texts, flatten, join, pairs

Shape = tuple[Origin, Record]
Names = Mapping[str, tuple[str, ...]]

_GCP: Final[Names] = {
    "gcp.audit.method_name": ("protoPayload.methodName",),
    "data.protoPayload.methodName": ("protoPayload.methodName",),
    "data.protoPayload.serviceName": ("protoPayload.serviceName",),
    "data.protoPayload.authorizationInfo.permission": ("protoPayload.authorizationInfo.permission",),
    "data.protoPayload.authorizationInfo.granted": ("protoPayload.authorizationInfo.granted",),
    "data.protoPayload.resource.type": ("resource.type",),
    "protoPayload.Servicename": ("protoPayload.serviceName",),
    "eventService": ("protoPayload.serviceName",),
    "eventName": ("protoPayload.metadata.event.eventName",),
}
_GCP_SERVICES: Final = {
    "admin.googleapis.com": "google_workspace.admin",
    "login.googleapis.com": "google_workspace.login",
}
_KUBERNETES: Final[Names] = {
    "apiGroup": ("objectRef.apiGroup",),
    "hostPath": ("requestObject.spec.volumes.hostPath.path",),
    "capabilities": ("requestObject.spec.containers.securityContext.capabilities.add",),
}
_AWS_TEXTS: Final = ("requestParameters", "responseElements", "additionalEventData")


def cloudtrail(obj: Mapping[str, Any]) -> Shape | None:
    """An AWS CloudTrail record; None for anything else."""
    if "eventSource" not in obj or "eventName" not in obj or not ("awsRegion" in obj or "eventVersion" in obj):
        return None
    record = flatten(obj)
    add_texts(record, obj, _AWS_TEXTS)
    return Origin("aws", "cloudtrail"), record


def gcp(obj: Mapping[str, Any]) -> Shape | None:
    """A Google Cloud audit log entry, also of Google Workspace; None for anything else.

    It may stand within ``data``, as Pub/Sub delivers it.
    """
    entry = obj if "protoPayload" in obj else obj.get("data")
    if type(entry) is not dict or type(entry.get("protoPayload")) is not dict:
        return None
    record = flatten(entry)
    if entry is not obj:
        record = {**flatten(obj), **record}
    add_names(record, _GCP)
    log_name = entry.get("logName")
    if type(log_name) is str:
        record.setdefault("data.protoPayload.logName", log_name.partition("/logs/")[2] or log_name)
    payload = entry["protoPayload"]
    metadata = payload.get("metadata")
    events = metadata.get("event") if type(metadata) is dict else None
    for event in events if type(events) is list else [events]:
        parameters = event.get("parameter") if type(event) is dict else None
        for name, value in pairs(parameters, "name", "value"):
            join(record, name.lower(), value)
    return Origin("gcp", _GCP_SERVICES.get(str(payload.get("serviceName")), "gcp.audit")), record


def okta(obj: Mapping[str, Any]) -> Shape | None:
    """An event of Okta's system log; None for anything else."""
    if "eventType" not in obj or not ("displayMessage" in obj or "legacyEventType" in obj):
        return None
    return Origin("okta", "okta"), flatten(obj)


def github(obj: Mapping[str, Any]) -> Shape | None:
    """An event of GitHub's audit log; None for anything else."""
    if "action" not in obj or "actor" not in obj or not ("_document_id" in obj or "created_at" in obj):
        return None
    return Origin("github", "audit"), flatten(obj)


def kubernetes(obj: Mapping[str, Any]) -> Shape | None:
    """An event of the Kubernetes API server's audit log; None for anything else."""
    if "auditID" not in obj or "verb" not in obj:
        return None
    record = flatten(obj)
    add_names(record, _KUBERNETES)
    return Origin("kubernetes", "audit"), record


SHAPES: Final[tuple[Callable[[Mapping[str, Any]], Shape | None], ...]] = (
    cloudtrail,
    gcp,
    okta,
    kubernetes,
    github,
)
