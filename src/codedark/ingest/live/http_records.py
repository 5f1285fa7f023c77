"""From the body of a request to whole lines: NDJSON, JSON arrays, lines of text, Elastic's bulk, FHIR resources.

All functions are pure. What cannot be a record is `Bad`, with its offset in the unpacked body.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from codedark.ingest.live.framing import Bad, Framed, Trailed
from codedark.ingest.live.http_body import Refused
from codedark.ingest.live.records import format_of, on_lines

Raw = msgspec.Raw
_ACTION_BYTES: Final = 4096
"""An action has an index, an id and perhaps a pipeline. Lines of at most this length are remembered."""
_ACTIONS: Final = frozenset(("create", "index", "update", "delete"))


class Lines(NamedTuple):
    """Whole lines of one format."""

    format: str
    framed: Framed


class Item(NamedTuple):
    """One item of a bulk request: what it asks for, its index, and why it cannot be taken, "" where it can."""

    action: str
    into: str
    reason: str = ""


class Bulk(NamedTuple):
    """A bulk request: its items in their order, and the lines of those that can be taken."""

    items: list[Item]
    framed: Framed


class _Action(msgspec.Struct):
    index_: str | None = msgspec.field(default=None, name="_index")


def lines_of(body: bytes, content_type: str, limit: int) -> Lines:
    """The records of a plain post. Raises `Refused` 400 where the body is neither JSON nor said to be text."""
    start = body.lstrip()[:1]
    if start == b"[":
        return Lines("jsonl", _one_a_line(_elements(body), limit))
    if start == b"{":
        if "json" in content_type and "ndjson" not in content_type and (value := _single(body)):
            return Lines("jsonl", _one_a_line([value], limit))
        return Lines("jsonl", _lines(body, limit))
    if content_type.startswith("text/plain"):
        return Lines(format_of(body), _lines(body, limit))
    if not start:
        return Lines("jsonl", Framed())
    raise Refused(400, "the body is neither JSON objects nor an array of them, and not said to be text/plain")


def bulk_of(body: bytes, limit: int) -> Bulk:
    """The items of a ``_bulk`` request. Raises `Refused` 400 where a line that should be an action is none.

    Source: Elastic's documentation of the Bulk API: an action on one line, its document on the next.
    """
    items: list[Item] = []
    taken: list[bytes] = []
    bad: list[Bad] = []
    lines = _numbered(body)
    for number, (offset, line) in enumerate(lines, 1):
        action, index = _action(line, number)
        if action == "delete":
            item, place, document = Item(action, index, "records are not deleted: this is a journal"), offset, b""
        else:
            place, document = next(lines, (offset, b""))
            document, reason = _document(document, action, limit)
            item = Item(action, index, reason)
        items.append(item)
        if item.reason:
            bad.append(Bad(place, f"item {len(items)} of a bulk request: {item.reason}"))
        else:
            taken.append(document)
    return Bulk(items, Framed(*(on_lines(taken) if taken else (b"", 0)), tuple(bad)))


class _Resource(msgspec.Struct):
    kind: str = msgspec.field(default="", name="resourceType")


class _Entry(msgspec.Struct):
    resource: Raw = msgspec.field(default_factory=Raw)


class _Bundle(msgspec.Struct):
    type: str = ""
    entry: list[_Entry] = msgspec.field(default_factory=list)


class AuditEvents(NamedTuple):
    """What a FHIR client posted: for each resource its line, or why there is none. ``bundle``: its type, or ""."""

    bundle: str
    resources: list[tuple[bytes, str]]


def audit_event_of(body: bytes, limit: int) -> AuditEvents:
    """A single AuditEvent."""
    return AuditEvents("", [_audit_event(body, limit)])


def bundle_of(body: bytes, limit: int) -> AuditEvents:
    """A Bundle of type ``transaction`` or ``batch`` (FHIR R4, 3.1.0.11). Raises `Refused` 400 for anything else."""
    try:
        kind = msgspec.json.decode(body, type=_Resource).kind
        bundle = msgspec.json.decode(body, type=_Bundle)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f"the body is no FHIR Bundle in JSON: {error}") from error
    if kind != "Bundle" or bundle.type not in {"transaction", "batch"}:
        raise Refused(400, f"a Bundle of type transaction or batch is expected, not {kind or 'none'} {bundle.type}")
    return AuditEvents(bundle.type, [_audit_event(bytes(each.resource), limit) for each in bundle.entry])


def _audit_event(raw: bytes, limit: int) -> tuple[bytes, str]:
    try:
        kind = msgspec.json.decode(raw, type=_Resource).kind
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return b"", f"it is no FHIR resource in JSON: {error}"
    if kind != "AuditEvent":
        return b"", f"an AuditEvent is expected, not {ascii(kind)[:60]}"
    if len(raw) > limit:
        return b"", f"it has {len(raw):,} bytes: at most {limit:,} are taken"
    return _on_one_line(raw), ""


def _elements(body: bytes) -> list[bytes]:
    try:
        return [bytes(each) for each in msgspec.json.decode(body, type=list[Raw])]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f"the body begins like a JSON array and is none: {error}") from error


def _single(body: bytes) -> bytes:
    """The body, if it is one JSON value, perhaps over many lines; else b""."""
    if b"\n" not in body.strip():
        return b""
    try:
        return bytes(msgspec.json.decode(body, type=Raw))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return b""


def _one_a_line(values: list[bytes], limit: int) -> Framed:
    good = [_on_one_line(value) for value in values if len(value) <= limit]
    bad = tuple(
        Bad(number, f"element {number} has {len(value):,} bytes: at most {limit:,} are taken")
        for number, value in enumerate(values, 1)
        if len(value) > limit
    )
    return Framed(*(on_lines(good) if good else (b"", 0)), bad)


def _on_one_line(value: bytes) -> bytes:
    """JSON holds line ends only between its parts, where they are white space (RFC 8259, section 2)."""
    return value.strip().replace(b"\r", b" ").replace(b"\n", b" ")


def _lines(body: bytes, limit: int) -> Framed:
    framing = Trailed(limit)
    first, last = framing.feed(body), framing.finish()
    return Framed(first.data + last.data, first.records + last.records, first.bad + last.bad)


def _numbered(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines of a body that are not blank, with their offsets."""
    offset = 0
    for line in body.split(b"\n"):
        if line and not line.isspace():
            yield offset, line
        offset += len(line) + 1


def _action(line: bytes, number: int) -> tuple[str, str]:
    found = _read_action(line) if len(line) <= _ACTION_BYTES else None
    if found is None:
        expected = "one object with one action is expected: create, index, update or delete"
        raise Refused(400, f"Malformed action/metadata line [{number}]: {expected}")
    return found


@lru_cache(maxsize=1024)
def _read_action(line: bytes) -> tuple[str, str] | None:
    """The action and its index; clients repeat a handful of lines without end."""
    try:
        ((action, said),) = msgspec.json.decode(line, type=dict[str, _Action]).items()
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return (action, said.index_ or "") if action in _ACTIONS else None


def _document(line: bytes, action: str, limit: int) -> tuple[bytes, str]:
    """The document of an item as a line, or why it cannot be taken."""
    if not line:
        return b"", "its document is missing"
    if len(line) > limit:
        return b"", f"its document has {len(line):,} bytes: at most {limit:,} are taken"
    try:
        parts: dict[str, Any] = msgspec.json.decode(line, type=dict[str, Raw])
        if action == "update":
            document = bytes(parts.get("doc") or parts.get("upsert") or b"")
            msgspec.json.decode(document, type=dict[str, Raw])
            return document, ""
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return b"", f"its document is no JSON object: {error}"
    return line.strip(), ""
