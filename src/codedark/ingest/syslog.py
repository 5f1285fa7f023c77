"""Syslog files. The header is `syslog_header`'s; this module judges what the message is.

A message may be of another format, and is then read as that: CEF, LEEF, audit records (joined to events as in
an audit.log), Sysmon for Linux, JSON. Everything else is a plain record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

import orjson

from codedark.events.record import Batch, Origin, Record, Rejected, SourceName, Wanted
from codedark.ingest import auditd, auditd_record, cef, dicom_audit, leef
from codedark.ingest.linux_services import SERVICES
from codedark.ingest.shapes import normalise
from codedark.ingest.syslog_header import Message, split
from codedark.ingest.text import Entry, Line, Read, Unreadable, batches, gather, lines
from codedark.ingest.windows_xml import parse_event

_AUDIT_PROGRAMS: Final = frozenset(("audispd", "audisp-syslog", "audit", "auditd", "kernel"))
_AUDIT_RECORD: Final = re.compile(
    r"(?:\[ {0,8}\d{1,10}\.\d{1,9}\] )?(?:audit: )?((?:node=\S{1,255} )?type=\S{1,40} (?:msg=)?audit\(.*)",
    re.DOTALL,
)
_JOURNAL_RECORD: Final = re.compile(r"[A-Z][A-Z0-9_]{2,40} \w{1,40}=")


def read(stream: BinaryIO, source: SourceName, wanted: Wanted) -> Iterator[Batch]:
    """Batches of a syslog file. Audit records of one event are one record, whose number is its first line."""
    return batches(_entries(stream, source), source, wanted)


def _entries(stream: BinaryIO, source: SourceName) -> Iterator[Entry]:
    events = auditd.OpenEvents()
    for line in lines(stream, source):
        if isinstance(line, Rejected):
            yield line
        elif not line.blank:
            try:
                yield from _read_line(line, events)
            except Unreadable as reason:
                yield Rejected(source, line.offset, str(reason))
    yield from events.close()


def _read_line(line: Line, events: auditd.OpenEvents) -> Iterator[Read]:
    message = split(line.text)
    if member := _audit_member(message):
        yield from events.add(member, line)
    else:
        yield Read(*_judge(message), line.number, len(line.text))


def parse(line: str) -> tuple[Origin, Record]:
    """The record of one line; an audit record stands alone here.

    Raises `Unreadable` where the message claims a format (``CEF:``, ``@cee:`` ...) that it is not of.
    """
    message = split(line)
    member = _audit_member(message)
    return auditd_record.record([member]) if member else _judge(message)


def _audit_member(message: Message) -> auditd_record.Member | None:
    if message.program not in _AUDIT_PROGRAMS:
        return None
    if found := _AUDIT_RECORD.match(message.text):
        return auditd_record.member(found[1], message.host)
    if message.program == "audit" and _JOURNAL_RECORD.match(message.text):
        return auditd_record.member(message.text, message.host)
    return None


def _judge(message: Message) -> tuple[Origin, Record]:
    """The record of a message that is no audit record."""
    text = message.text
    if text.startswith("CEF:"):
        origin, record = cef.parse(text)
    elif text.startswith("LEEF:"):
        origin, record = leef.parse(text)
    elif dicom_audit.is_audit_message(text):
        origin, record = dicom_audit.parse(text)
    elif text.startswith("<Event") and message.program.lower() == "sysmon":
        origin, record = parse_event(text)
    elif text.startswith(("@cee:", "{")):
        return _json(message)
    else:
        return _plain(message)
    message.wrap(record)
    return origin, record


def _json(message: Message) -> tuple[Origin, Record]:
    """A JSON object. One that only looks like JSON, without ``@cee:`` that claims it, is a plain message."""
    claimed = message.text.startswith("@cee:")
    try:
        value = orjson.loads(message.text.removeprefix("@cee:"))
    except orjson.JSONDecodeError as reason:
        if claimed:
            raise Unreadable(f"what stands behind '@cee:' is no JSON: {reason}") from reason
        return _plain(message)
    if not isinstance(value, dict):
        return _plain(message)
    origin, record = normalise(value)
    message.wrap(record)
    return origin if origin.product else _origin(message), record


def _plain(message: Message) -> tuple[Origin, Record]:
    return _origin(message), gather([*message.fields, ("message", message.text)])


def _origin(message: Message) -> Origin:
    """By the program. ``%FACILITY-SEVERITY-MNEMONIC`` is how Cisco devices tag their messages."""
    program = message.program.lower()
    if program.startswith("%") and program.count("-") >= 2:
        return Origin("cisco", program[1:].partition("-")[0])
    return Origin("linux", SERVICES.get(program, "syslog"))
