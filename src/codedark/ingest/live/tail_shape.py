"""How a followed file has to be cut: what it is, which lines are its header, and what belongs together."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, NamedTuple

from codedark.ingest.json_frames import is_one_per_line
from codedark.ingest.sniff import encoding, sniff
from codedark.ingest.weblog import is_access_log

_AUDIT_EVENT: Final = re.compile(rb"audit\([^):]{1,40}:\d{1,20}\)")
_SAMPLED: Final = 1 << 16
"""At the end of what was read, as far as lines of the last event may be from each other."""


class Header(Enum):
    """What the header of a file is: nothing, its first line, or lines that begin with ``#``, also later on."""

    NONE = "none"
    FIRST_LINE = "first line"
    HASH_LINES = "hash lines"


class Shape(NamedTuple):
    """The format of a file and its header; ``problem`` is why it cannot be followed, "" where it can."""

    format: str
    header: Header = Header.NONE
    problem: str = ""


_HASH_PREFIX: Final = b"#"
_TABLE_HEADER: Final = re.compile(rb"(?:\xef\xbb\xbf)?(?:(?:#TYPE [^\n]*|sep=.)\r?\n)*[^\n]*\n")


def shape_of(head: bytes, name: str) -> Shape:
    """By content: ``head`` is whole lines from the start of the file. Text that is of no known format is syslog."""
    if encoding(head) not in {None, "utf-8"}:
        return Shape("", problem="it is UTF-16, which cannot be followed line by line: have it written as UTF-8")
    found = sniff(head, name)
    if found == "evtx":
        return Shape(
            "",
            problem="it is an EVTX file, which Windows rewrites in place, so it cannot be followed: "
            "forward its events (Windows Event Forwarding, Winlogbeat, NXLog) or hunt in a copy",
        )
    if found == "xml" or (found == "json" and not is_one_per_line(head)):
        return Shape("", problem=f"its {found} records are not one a line, so it cannot be followed")
    if found is None and b"\0" in head:
        return Shape("", problem="it is no text, and no log that can be followed")
    if found is None or found == "empty":
        found = "syslog"
    return named_shape("jsonl" if found == "json" else found, head)


def named_shape(format_: str, head: bytes) -> Shape:
    """The shape of a file of which the format is known; ``head`` is whole lines from its start."""
    if format_ == "zeek":
        return Shape(format_, Header.HASH_LINES)
    if format_ != "csv":
        return Shape(format_)
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    if first.startswith(_HASH_PREFIX) and not first.startswith(b"#TYPE "):
        return Shape(format_, Header.HASH_LINES)
    return Shape(format_, Header.NONE if is_access_log(first.decode("utf-8", "replace")) else Header.FIRST_LINE)


def header_length(shape: Shape, data: bytes) -> int:
    """How many bytes of header lines stand at the front of ``data``, which begins a file or follows a record."""
    if shape.header is Header.FIRST_LINE:
        found = _TABLE_HEADER.match(data)
        return found.end() if found else 0
    end = 0
    while shape.header is Header.HASH_LINES and data.startswith(_HASH_PREFIX, end):
        end = data.find(b"\n", end) + 1
    return end


def columns_start(header: bytes) -> int:
    """Where in some lines with ``#`` those begin that say which columns follow; -1 where they are notes only.

    Zeek's begin with ``#separator``, those of W3C logs as a rule with ``#Software``; notes (``#close``) stand before.
    """
    if b"#fields" not in header.lower():
        return -1
    return max(header.rfind(b"#separator "), header.rfind(b"#Software:"), 0)


def rows_length(shape: Shape, data: bytes) -> int:
    """How many bytes there are before the next header line. ``data`` begins with a record."""
    if shape.header is not Header.HASH_LINES:
        return len(data)
    return data.find(b"\n#") + 1 or len(data)


def settled(shape: Shape, data: bytes) -> int:
    """How many bytes of ``data`` (whole lines) no later line can belong to.

    1. auditd: lines of one event share ``audit(time:serial)``, and others may stand between them; what is settled ends
       before the first line of the last event, and before that of any event that goes on behind it.
    2. A table: a cell in quotes may hold line breaks; what is settled has an even number of quotes.
    """
    if shape.format == "auditd":
        return _before_last_event(data)
    if shape.header is not Header.FIRST_LINE:
        return len(data)
    end = len(data)
    while end and data.count(b'"', 0, end) % 2:
        end = data.rfind(b"\n", 0, max(data.rfind(b'"', 0, end), 0)) + 1
    return end


def _before_last_event(data: bytes) -> int:
    ids = _AUDIT_EVENT.findall(data, max(0, len(data) - _SAMPLED))
    if not ids:
        return len(data)
    end = _line_start(data, data.find(ids[-1]))
    while True:
        earlier = min((data.find(each) for each in set(_AUDIT_EVENT.findall(data, end))), default=end)
        start = _line_start(data, earlier)
        if start >= end:
            return end
        end = start


def _line_start(data: bytes, place: int) -> int:
    return data.rfind(b"\n", 0, place) + 1
