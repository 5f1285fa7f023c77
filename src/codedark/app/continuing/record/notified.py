"""What a record's notification says: resources themselves, that something changed, or only that the server lives."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final, NamedTuple

import orjson

from codedark.app.continuing.record.asking import PER_PATIENT, patient_of

_STATUS: Final = frozenset({"SubscriptionStatus", "Parameters"})


class Notified(NamedTuple):
    """Lines of resources to be taken in, and whether the record is to be asked what else changed."""

    lines: tuple[bytes, ...]
    is_to_be_asked: bool


def notified(body: bytes, patients: Collection[str]) -> Notified:
    """What a notification of a resource (R4) or a bundle (the R5 backport) says of these patients of the record.

    1. Nothing in it: something changed (payload none).
    2. A handshake or a heartbeat: nothing has.
    3. A resource of a patient whom we know is taken as it is. Of a patient who has just come everything is asked for,
       and so is what does not say when it was changed: it may be an older one that is told again.
    4. One that only names resources has them asked for.

    Raises ValueError for what is no notification.
    """
    if not body.strip():
        return Notified((), True)  # (1)
    try:
        found: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("resourceType"), str):
        raise ValueError("no FHIR resource")
    if found["resourceType"] != "Bundle":
        return _of([found], patients)
    entries = [each.get("resource") for each in found.get("entry") or [] if isinstance(each, dict)]
    resources = [each for each in entries if isinstance(each, dict)]
    status = next((each for each in resources if each.get("resourceType") in _STATUS), None)
    if status is not None and _type_of(status) in {"handshake", "heartbeat"}:
        return Notified((), False)  # (2)
    return _of([each for each in resources if each is not status], patients)


def _of(resources: list[dict[str, Any]], patients: Collection[str]) -> Notified:
    if not resources:
        return Notified((), True)  # (4)
    lines, is_to_be_asked = [], False
    for each in resources:
        kind = each.get("resourceType")
        patient = f"Patient/{each.get('id')}" if kind == "Patient" else patient_of(each)
        if patient in patients and kind in {"Patient", *PER_PATIENT}:  # (3)
            if "medicationReference" in each or not _changed(each):  # the name of a drug is in a resource of its own
                is_to_be_asked = True
            else:
                lines.append(orjson.dumps(each))
        elif kind == "Encounter" and each.get("status") == "in-progress":
            is_to_be_asked = True
    return Notified(tuple(lines), is_to_be_asked)


def _changed(resource: dict[str, Any]) -> bool:
    """Whether it says when it was changed."""
    meta = resource.get("meta")
    return isinstance(meta, dict) and bool(meta.get("lastUpdated"))


def _type_of(status: dict[str, Any]) -> str:
    """The type of a notification: of the R5 resource, or of the parameters that stand for it in R4."""
    if isinstance(status.get("type"), str):
        return str(status["type"])
    return next((value for name, value in _parameters(status) if name == "type"), "")


def _parameters(status: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for each in status.get("parameter") or []:
        if isinstance(each, dict):
            yield str(each.get("name")), str(each.get("valueCode") or each.get("valueString") or "")
