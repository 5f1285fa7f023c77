"""Observation, DiagnosticReport, ServiceRequest, ImagingStudy, Appointment and documents (FHIR R4)."""

from __future__ import annotations

from base64 import b64decode
from typing import Any, Final

from codedark.continuity.charts.chart import Group, PatientId
from codedark.continuity.charts.fact import GONE
from codedark.continuity.charts.meanings import KINDS, REPORTS, meanings
from codedark.continuity.fhir.elements import Told, decimal, quantity, rightly
from codedark.continuity.fhir.speaking import (
    Resource,
    Speaking,
    code_of,
    id_of,
    listed,
    reference_of,
    system_of,
    text_of,
)

_STATES: Final = {
    "final": "F",
    "preliminary": "P",
    "amended": "C",
    "corrected": "C",
    "registered": "I",
    "cancelled": "X",
    "partial": "P",
}
_OBSERVED: Final = ("code", "category", "note", "status", "interpretation", "referenceRange")
_ASKED: Final = {"active": "asked", "draft": "asked", "completed": "completed", "revoked": "cancelled"}


def read_observation(speaking: Speaking) -> None:
    """A value; with components, each of them. Of microbiology a line of text, of lines and drains what lies where."""
    resource = speaking.resource
    group, notes, told = resource.alike(_observed, *_OBSERVED)
    at_us = speaking.when_us("effective") or speaking.us(resource.get("issued"))
    if group is Group.DEVICES:
        speaking.say(group, speaking.id, {"since_us": at_us}, told)
        return
    if group in REPORTS:
        lines = (_line(part, text_of(part.get("code"))) for part in listed(resource.get("component")))
        text = "\n".join(line for line in (_line(resource, ""), *lines, notes) if line)
        speaking.say(group, speaking.id, {"text": text, "at_us": at_us}, told)
        return
    parts = listed(resource.get("component"))
    if _has_value(resource) or not parts:
        value, unit = _value(resource)
        speaking.say(group, speaking.id, {"value": value, "unit": unit, "at_us": at_us}, told)
    for n, part in enumerate(parts, 1):
        value, unit = _value(part)
        measured = _measured(part, _status(resource), notes)
        speaking.say(group, f"{speaking.id}#{n}", {"value": value, "unit": unit, "at_us": at_us}, measured)


def _observed(resource: Resource) -> tuple[Group, str, Told]:
    """Where a value belongs, the notes on it, and what values of one test have alike."""
    code, status = resource.get("code"), _status(resource)
    group = _group(resource, code)
    if group is Group.DEVICES:
        return group, "", rightly({"text": text_of(code), "code": code_of(code)})
    notes = "\n".join(note.get("text", "").strip() for note in listed(resource.get("note")))
    if group in REPORTS:
        return group, notes, rightly({"title": text_of(code), "status": status})
    return group, notes, _measured(resource, status, notes)


def read_report(speaking: Speaking) -> None:
    """A report answers what was asked. Imaging and microbiology are read as text, laboratory by its observations."""
    resource = speaking.resource
    title = text_of(resource.get("code"))
    group = _group(resource, resource.get("code"))
    state = _status(resource)
    asked = id_of((listed(resource.get("basedOn")) or [None])[0])
    if asked and group in KINDS:
        done = {"F": "completed", "C": "completed", "X": "cancelled"}.get(state, "in laboratory")
        speaking.say(Group.PENDING, asked, {"status": done})
    if group not in REPORTS:
        return
    results = [text_of(conclusion) for conclusion in listed(resource.get("conclusionCode"))]
    forms = listed(resource.get("presentedForm"))
    plain = [_plain_text(form) for form in forms]
    documents = ["(document, not in this chart)" for text in plain if not text]
    text = "\n".join(line for line in (resource.get("conclusion", ""), *results, *plain, *documents) if line)
    author = speaking.directory.person(
        next(iter([*listed(resource.get("resultsInterpreter")), *listed(resource.get("performer"))]), None)
    )
    issued_us = speaking.us(resource.get("issued"))
    at_us = issued_us if group is Group.IMAGING else speaking.when_us("effective") or issued_us
    fields = {
        "title": title,
        "text": text or None,
        "at_us": at_us or speaking.when_us("effective"),
        "by": author.name if author else None,
        "status": state,
    }
    speaking.say(group, speaking.id, fields)


def read_asked(speaking: Speaking) -> None:
    """ServiceRequest: something was asked for."""
    resource = speaking.resource
    group = _group(resource, resource.get("code"))
    fields = {
        "name": text_of(resource.get("code")),
        "kind": KINDS.get(group, "other"),
        "at_us": speaking.us(resource.get("authoredOn")),
        "accession": next((str(each.get("value")) for each in listed(resource.get("identifier"))), None),
        "status": _ASKED.get(resource.get("status", ""), resource.get("status", "asked")),
        GONE: resource.get("doNotPerform") is True,
        "specimen": id_of((listed(resource.get("specimen")) or [None])[0]) or None,
    }
    speaking.say(Group.PENDING, speaking.id, fields)


def read_study(speaking: Speaking) -> None:
    """ImagingStudy: pictures were taken; the report that answers the same request comes under the same key."""
    resource = speaking.resource
    asked = id_of((listed(resource.get("basedOn")) or [None])[0])
    if not asked:
        fields = {"title": resource.get("description") or "Images", "at_us": speaking.us(resource.get("started"))}
        speaking.say(Group.IMAGING, speaking.id, fields)


def read_appointment(speaking: Speaking) -> None:
    """A slot of every patient who takes part in it."""
    resource = speaking.resource
    actors = [each.get("actor") or {} for each in listed(resource.get("participant"))]
    by_kind: dict[str, list[Any]] = {}
    for actor in actors:
        by_kind.setdefault(reference_of(actor).partition("/")[0], []).append(actor)
    people = [speaking.directory.person(actor) for actor in by_kind.get("Practitioner", [])]
    services = [text_of(each) for each in (*listed(resource.get("serviceType")), resource.get("appointmentType"))]
    fields = {
        "what": resource.get("description") or next((text for text in services if text), ""),
        "where": ", ".join(speaking.directory.where(actor) for actor in by_kind.get("Location", [])),
        "begin_us": speaking.us(resource.get("start")),
        "end_us": speaking.us(resource.get("end")),
        "who": ", ".join(person.name for person in people if person),
        "status": resource.get("status", ""),
    }
    for actor in by_kind.get("Patient", []):
        speaking.patient = PatientId(reference_of(actor))
        speaking.say(Group.APPOINTMENTS, speaking.id, fields)


def read_document(speaking: Speaking) -> None:
    """DocumentReference: that there is a note, and of what kind; its text where it comes along as plain text."""
    resource = speaking.resource
    author = speaking.directory.person((listed(resource.get("author")) or [None])[0])
    fields = {
        "title": resource.get("description") or text_of(resource.get("type")),
        "text": _attached(resource) or "(document, not in this chart)",
        "at_us": speaking.us(resource.get("date")),
        "by": author.name if author else "",
        "status": resource.get("docStatus", ""),
    }
    speaking.say(Group.NOTES, speaking.id, fields)


def _attached(resource: Resource) -> str:
    """The plain text in ``content.attachment.data`` (base64, RFC 4648)."""
    attached = [each.get("attachment") or {} for each in listed(resource.get("content"))]
    return "\n".join(filter(None, map(_plain_text, attached)))


def _plain_text(attachment: Resource) -> str:
    if not str(attachment.get("contentType", "")).startswith("text/plain"):
        return ""
    return b64decode(attachment.get("data") or "", validate=True).decode("utf-8", "replace")


def read_device(speaking: Speaking) -> None:
    """Procedure: a line or drain that was put in, and is not out. Other procedures are none of the chart."""
    resource = speaking.resource
    if _group(resource, resource.get("code")) is not Group.DEVICES:
        return
    period = resource.get("performedPeriod") or {}
    since_us = speaking.when_us("performed")
    code = resource.get("code")
    fields = {"text": text_of(code), "code": code_of(code), "since_us": since_us, GONE: bool(period.get("end"))}
    speaking.say(Group.DEVICES, speaking.id, fields)


def _group(resource: Resource, code: Any) -> Group:
    sections = [code_of(category) or text_of(category) for category in listed(resource.get("category"))]
    section = next((each for each in sections if each in meanings().sections), "")
    return meanings().group_of(code_of(code), section, text_of(code), system_of(code))


def _measured(part: Resource, status: str, notes: str) -> Told:
    code = part.get("code")
    ranges = (_range(each) for each in listed(part.get("referenceRange")))
    fields = {
        "name": text_of(code),
        "code": code_of(code),
        "range": next((text for text in ranges if text), ""),
        "flag": next((code_of(each) for each in listed(part.get("interpretation"))), ""),
        "status": status,
        "note": notes,
    }
    return rightly(fields)


def _status(resource: Resource) -> str:
    return _STATES.get(resource.get("status", ""), "F")


def _line(part: Resource, name: str) -> str:
    """A line of a culture: what was found, and what that means (``R``)."""
    value, unit = _value(part)
    meant = next((code_of(each) for each in listed(part.get("interpretation"))), "")
    line = " ".join(text for text in (value, unit, "" if meant in {"N", value} else meant) if text)
    return f"{name}: {line}" if name and line else line


def _has_value(resource: Resource) -> bool:
    return any(name.startswith("value") for name in resource) or "dataAbsentReason" in resource


def _value(part: Resource) -> tuple[str, str]:
    """``value[x]`` as text, and its unit."""
    for name in part:
        if not name.startswith("value") and name != "dataAbsentReason":
            continue
        value = part[name]
        match name:
            case "valueQuantity":
                return quantity(value)
            case "valueCodeableConcept" | "dataAbsentReason":
                return text_of(value), ""
            case "valueRange":
                (low, unit), (high, _) = quantity(value.get("low")), quantity(value.get("high"))
                return f"{low} to {high}", unit
            case "valueRatio":
                return "/".join(quantity(value.get(end))[0] for end in ("numerator", "denominator")), ""
            case "valueBoolean":
                return "yes" if value else "no", ""
            case _ if isinstance(value, str | int | float):
                return (value.strip() if isinstance(value, str) else decimal(value)), ""
    return "", ""


def _range(told: Resource) -> str:
    low, high = quantity(told.get("low"))[0], quantity(told.get("high"))[0]
    if low and high:
        return f"{low}-{high}"
    return str(told.get("text") or (f">{low}" if low else f"<{high}" if high else ""))
