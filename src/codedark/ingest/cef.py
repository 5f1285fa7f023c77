"""ArcSight Common Event Format: ``CEF:0|Vendor|Product|Version|Signature|Name|Severity|key=value ...``.

Source: Micro Focus ArcSight CEF Implementation Standard, revision 25. A backslash escapes the bar in header
fields, the equals sign in extension values, and itself; a value runs to the next key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from codedark.events.record import Batch, Origin, Record, SourceName, Wanted
from codedark.ingest.syslog_header import split
from codedark.ingest.text import Unreadable, alias, batches, each, gather, lines
from codedark.ingest.weblog import add_uri

HEADER: Final = (
    "cef_version",
    "device_vendor",
    "device_product",
    "device_version",
    "signature_id",
    "name",
    "severity",
)

SIGMA_NAMES: Final = (
    ("src", "src_ip"),
    ("spt", "src_port"),
    ("dst", "dst_ip"),
    ("dpt", "dst_port"),
    ("act", "action"),
    ("request", "c-uri"),
    ("requestMethod", "cs-method"),
    ("requestClientApplication", "c-useragent"),
    ("requestContext", "cs-referer"),
    ("requestCookies", "cs-cookie"),
    ("dhost", "cs-host"),
    ("filePath", "Filename"),
    ("fname", "Filename"),
)
"""CEF keys that Sigma's firewall, proxy and antivirus rules know under another name."""

_HEADER_MARK: Final = re.compile(r"\\.|\|")
_KEY: Final = re.compile(r"[ \t]([A-Za-z0-9_.\-\[\]]+)=")
_ESCAPE: Final = re.compile(r"\\([\\=|nrt])")
_UNESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t"}


def read(stream: BinaryIO, source: SourceName, wanted: Wanted) -> Iterator[Batch]:
    """Batches of a file with one CEF message a line, with or without a syslog header before it."""
    return batches(each(lines(stream, source), source, parse), source, wanted)


def parse(line: str) -> tuple[Origin, Record]:
    """One CEF message; of a syslog header before it, what the message itself does not say is added.

    Custom fields are there under their own key (``cs1``) and under their label (``cs1Label``'s value).
    Raises `Unreadable` where the line holds no CEF header.
    """
    outer = split(line)
    start = outer.text.find("CEF:")
    if start < 0:
        raise Unreadable("no CEF header: the line holds no 'CEF:'")
    *header, extension = _split_header(outer.text[start + len("CEF:") :])
    record = {**_extension(extension), **dict(zip(HEADER, header, strict=True))}
    if "Label=" in extension:
        _label(record)
    alias(record, SIGMA_NAMES)
    if isinstance(request := record.get("request"), str):
        add_uri(record, request)
    outer.wrap(record)
    return Origin("cef", header[2].lower()), record


def _split_header(text: str) -> list[str]:
    """The seven header fields, unescaped, and the rest of the text as it is."""
    parts = text.split("|", len(HEADER))
    if any("\\" in part for part in parts[: len(HEADER)]):
        parts = _split_escaped(text)
    if len(parts) < len(HEADER):
        raise Unreadable(f"the CEF header has {len(parts) - 1} of {len(HEADER)} '|' behind its fields")
    extension = parts[len(HEADER)] if len(parts) > len(HEADER) else ""
    return [*(part.strip() for part in parts[: len(HEADER)]), extension]


def _split_escaped(text: str) -> list[str]:
    """As ``text.split("|", 7)``, but a bar behind a backslash belongs to its field."""
    parts: list[str] = []
    start = 0
    for mark in _HEADER_MARK.finditer(text):
        if mark.group() == "|":
            parts.append(_unescape(text[start : mark.start()]))
            start = mark.end()
            if len(parts) == len(HEADER):
                return [*parts, text[start:]]
    return [*parts, _unescape(text[start:])]


def _extension(text: str) -> Record:
    before, *parts = _KEY.split(" " + text)
    values = [value.strip() for value in parts[1::2]]
    if "\\" in text:
        values = [_unescape(value) if "\\" in value else value for value in values]
    pairs = list(zip(parts[::2], values, strict=True))
    return gather([("extension", before.strip()), *pairs] if before.strip() else pairs)


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda found: _UNESCAPED.get(found[1], found[1]), text)


def _label(record: Record) -> None:
    """Give every custom field (``cs1``, ``cn2``, ``c6a3``, ``flexString1`` ...) its label as second name."""
    labels = [key for key in record if key.endswith("Label")]
    alias(record, [(key.removesuffix("Label"), str(record[key])) for key in labels])
