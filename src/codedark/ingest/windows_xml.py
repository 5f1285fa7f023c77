"""Windows events as XML: wevtutil, Event Viewer's export, forwarded events, Sysmon for Linux.

An event is what stands between ``<Event`` and ``</Event>``; whatever is around it (an XML header,
``<Events>``, the text of a log line) is passed over. Only such slices reach the XML parser. A document type
can only stand before the root element (XML 1.0, production 22), so none is ever parsed: a slice that refers
to an entity of its own is rejected, nothing is expanded and nothing is fetched.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, NamedTuple
from xml.etree.ElementTree import Element, ParseError, fromstring

from codedark.events.record import Batch, Origin, Record, Rejected, SourceName, Wanted
from codedark.ingest.flatten import DEPTH_LIMIT
from codedark.ingest.text import Entry, Read, Unreadable, batches
from codedark.ingest.windows_shapes import nested

MAX_EVENT_BYTES: Final = 1 << 22
_READ_BYTES: Final = 1 << 20
_BEGIN: Final = re.compile(rb"<Event[\s>]")
_BEGIN_BYTES: Final = 7
_END: Final = b"</Event>"
_NOT_XML: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
    "|&#x0*(?:[0-8bcef]|1[0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef]);"
    "|&#0*(?:[0-8]|1[124-9]|2[0-9]|3[01]);",
    re.IGNORECASE,
)
"""What XML 1.0 does not allow (production 2) and Windows writes all the same, plain or as references."""
_ENCODINGS: Final = (
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


class _Slice(NamedTuple):
    """The bytes of one event, or why there are none. ``offset`` is in the UTF-8 form of the source."""

    offset: int
    xml: bytes
    reason: str = ""


def read(stream: BinaryIO, source: SourceName, wanted: Wanted) -> Iterator[Batch]:
    """Batches of the events in ``stream``, in bounded memory; UTF-8, or UTF-16 as PowerShell writes it.

    An event that is cut off, not well formed or longer than `MAX_EVENT_BYTES` becomes a `Rejected`, and
    reading goes on at the next ``<Event``.
    """
    return batches(_entries(stream, source), source, wanted)


def parse_event(xml: str | bytes) -> tuple[Origin, Record]:
    """The record of the first event in ``xml``, under the names that `windows_shapes` gives nested events.

    Raises `Unreadable` (a ValueError) when there is none, or it is not well formed.
    """
    raw = xml.encode("utf-8", "replace") if isinstance(xml, str) else xml
    begin = _BEGIN.search(raw)
    if begin is None:
        raise Unreadable("no <Event> element was found")
    end = raw.find(_END, begin.start())
    return _parse(raw[begin.start() : end + len(_END) if end >= 0 else len(raw)])


def _entries(stream: BinaryIO, source: SourceName) -> Iterator[Entry]:
    ordinal = 0
    for offset, xml, reason in _slices(stream):
        ordinal += 1
        if reason:
            yield Rejected(source, offset, reason)
            continue
        try:
            origin, record = _parse(xml)
        except Unreadable as error:
            yield Rejected(source, offset, str(error))
            continue
        number = record.get("EventRecordID")
        yield Read(origin, record, number if isinstance(number, int) else ordinal, len(xml))


def _slices(stream: BinaryIO) -> Iterator[_Slice]:
    """Every event in the stream, from one ``<Event`` to the next ``</Event>``."""
    buffer = b""
    offset = 0
    for chunk in _chunks(stream):
        buffer += chunk
        used = 0
        while begin := _BEGIN.search(buffer, used):
            found = _next(buffer, begin.start(), offset)
            if found is None:
                break
            yield found[0]
            used = found[1]
        keep = begin.start() if begin else max(used, len(buffer) - _BEGIN_BYTES)
        buffer, offset = buffer[keep:], offset + keep
    if _BEGIN.search(buffer):
        yield _Slice(offset, b"", "the source ends in the middle of an event")


def _next(buffer: bytes, begin: int, offset: int) -> tuple[_Slice, int] | None:
    """The event that begins at ``begin`` and where to go on; None when the buffer does not hold all of it."""
    end = buffer.find(_END, begin)
    limit = end if end >= 0 else len(buffer)
    another = _BEGIN.search(buffer, begin + _BEGIN_BYTES, limit)
    if another:
        return _Slice(offset + begin, b"", "the next event begins before this one has ended"), another.start()
    if limit - begin > MAX_EVENT_BYTES:
        reason = f"an event of more than {MAX_EVENT_BYTES >> 20} MiB is longer than can be read"
        return _Slice(offset + begin, b"", reason), limit
    if end < 0:
        return None
    end += len(_END)
    return _Slice(offset + begin, buffer[begin:end]), end


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in pieces, as UTF-8."""
    chunk = stream.read(_READ_BYTES)
    encoding = next((name for mark, name in _ENCODINGS if chunk.startswith(mark)), "")
    if not encoding:
        while chunk:
            yield chunk
            chunk = stream.read(_READ_BYTES)
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    while chunk:
        yield decoder.decode(chunk).encode("utf-8", "replace")
        chunk = stream.read(_READ_BYTES)


def _parse(xml: bytes) -> tuple[Origin, Record]:
    try:
        root = fromstring(xml)  # noqa: S314
    except ParseError as first:
        try:
            root = fromstring(_NOT_XML.sub("\ufffd", xml.decode("utf-8", "backslashreplace")))  # noqa: S314
        except ParseError:
            raise Unreadable(f"not well-formed XML: {first}") from first
    event = _content(root, 0)
    found = nested({"Event": event}) if isinstance(event, dict) else None
    if found is None:
        raise Unreadable("the Event element has no System element of a Windows event")
    return found


def _content(element: Element, depth: int) -> Any:
    """An element as the `evtx` library writes it in JSON.

    That is null, its text, or an object of attributes and children; ``<Data Name="A">b</Data>`` is ``A: b``.
    """
    if not len(element):
        text = _text(element)
        if not element.attrib:
            return text
        attributes = {"#attributes": dict(element.attrib)}
        return attributes if text is None else {**attributes, "#text": text}
    if depth >= DEPTH_LIMIT:
        return "".join(element.itertext())
    content: dict[str, Any] = {"#attributes": dict(element.attrib)} if element.attrib else {}
    for child in element:
        name = child.tag.rpartition("}")[2]
        value: Any
        if name == "Data" and len(child.attrib) == 1 and "Name" in child.attrib and not len(child):
            name, value = child.attrib["Name"], _text(child) or ""
        else:
            value = _content(child, depth + 1)
        if name not in content:
            content[name] = value
        elif isinstance(content[name], list):
            content[name].append(value)
        else:
            content[name] = [content[name], value]
    return content


def _text(element: Element) -> str | None:
    """The text of an element, without what is only layout: a line end and the indent of the closing tag."""
    text = element.text
    return None if text and text[0] in "\r\n" and text.strip(" \r") == "\n" else text
