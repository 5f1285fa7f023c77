"""DICOM audit messages (PS3.15, A.5): XML, as image archives send it over syslog (A.6).

A record has the names that ``content/rules/README.md`` gives: ``EventID`` as a number, the attributes of the event
beside it, active participants under their role (``Source.``, ``Destination.``, ``Requestor.``), ``StudyInstanceUID``
and ``PatientID``.
"""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from codedark.events.record import Origin, Record, Scalar
from codedark.ingest.text import Unreadable, gather

_ROLES: Final = {"110153": "Source", "110152": "Destination"}
_OBJECTS: Final = {"110180": "StudyInstanceUID", "2": "PatientID"}
"""Type codes of participant objects whose id has a name of its own."""


def is_audit_message(text: str) -> bool:
    """Whether a syslog message is a DICOM audit message, with or without an XML declaration."""
    return "<AuditMessage" in text[:200] and text.lstrip("\ufeff ").startswith("<")


def parse(text: str) -> tuple[Origin, Record]:
    """The record of one message. Raises `Unreadable` where it is no XML or names no event."""
    try:
        message = fromstring(text.lstrip("\ufeff ").encode())
    except (ParseError, DefusedXmlException) as reason:
        raise Unreadable(f"a DICOM audit message that is no XML: {reason}") from reason
    event = message.find("EventIdentification")
    code = None if event is None else event.find("EventID")
    if event is None or code is None:
        raise Unreadable("a DICOM audit message without EventIdentification and EventID")
    number = code.get("csd-code", code.get("code", ""))
    pairs: list[tuple[str, Scalar]] = [("EventID", int(number) if number.isascii() and number.isdigit() else number)]
    for name, value in event.attrib.items():
        pairs.append((name, int(value) if name == "EventOutcomeIndicator" and value.isdigit() else value))
    pairs.append(("EventName", code.get("originalText", code.get("displayName"))))
    for participant in message.iter("ActiveParticipant"):
        prefix = _role(participant)
        pairs += [(f"{prefix}.{name}", value) for name, value in participant.attrib.items()]
    for source in message.iter("AuditSourceIdentification"):
        pairs += source.attrib.items()
    for thing in message.iter("ParticipantObjectIdentification"):
        kind = thing.find("ParticipantObjectIDTypeCode")
        type_code = "" if kind is None else kind.get("csd-code", kind.get("code", ""))
        pairs.append((_OBJECTS.get(type_code, "ParticipantObjectID"), thing.get("ParticipantObjectID")))
        pairs += [("ParticipantObjectName", name.text) for name in thing.iter("ParticipantObjectName")]
        pairs += [("NumberOfInstances", one.get("NumberOfInstances")) for one in thing.iter("SOPClass")]
    return Origin("pacs", "audit", number), gather(pairs)


def _role(participant: Element) -> str:
    codes = [role.get("csd-code", role.get("code", "")) for role in participant.iter("RoleIDCode")]
    role = next((_ROLES[code] for code in codes if code in _ROLES), None)
    return role or ("Requestor" if participant.get("UserIsRequestor") == "true" else "Participant")
