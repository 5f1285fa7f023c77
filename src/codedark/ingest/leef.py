"""IBM QRadar Log Event Extended Format, 1.0 and 2.0.

``LEEF:1.0|Vendor|Product|Version|EventID|`` and attributes separated by tabs;
``LEEF:2.0|Vendor|Product|Version|EventID|Delimiter|`` and attributes separated by that character, which is
written as itself or in hexadecimal (``x5E``, ``0x5E``). Source: IBM Security QRadar LEEF guide, version 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from codedark.events.record import Batch, Origin, Record, SourceName, Wanted
from codedark.ingest.syslog_header import split
from codedark.ingest.text import Unreadable, alias, batches, each, gather, lines
from codedark.ingest.weblog import add_uri

HEADER: Final = ("leef_version", "device_vendor", "device_product", "device_version", "event_id")

SIGMA_NAMES: Final = (
    ("src", "src_ip"),
    ("srcPort", "src_port"),
    ("dst", "dst_ip"),
    ("dstPort", "dst_port"),
    ("url", "c-uri"),
    ("method", "cs-method"),
    ("userAgent", "c-useragent"),
)
"""LEEF attributes that Sigma's firewall and proxy rules know under another name."""

_HEX_DELIMITER: Final = re.compile(r"(?:0?[xX])([0-9A-Fa-f]{1,4})")
_ESCAPED_TAB: Final = "#011"
"""What rsyslog writes for a tab that it received."""


def read(stream: BinaryIO, source: SourceName, wanted: Wanted) -> Iterator[Batch]:
    """Batches of a file with one LEEF message a line, with or without a syslog header before it."""
    return batches(each(lines(stream, source), source, parse), source, wanted)


def parse(line: str) -> tuple[Origin, Record]:
    """One LEEF message; of a syslog header before it, what the message itself does not say is added.

    Raises `Unreadable` where the line holds no LEEF header.
    """
    outer = split(line)
    start = outer.text.find("LEEF:")
    if start < 0:
        raise Unreadable("no LEEF header: the line holds no 'LEEF:'")
    parts = outer.text[start + len("LEEF:") :].split("|", len(HEADER))
    if len(parts) <= len(HEADER):
        raise Unreadable(f"the LEEF header has {len(parts) - 1} of {len(HEADER)} '|' behind its fields")
    header = {name: part.strip() for name, part in zip(HEADER, parts, strict=False)}
    record: Record = {**_attributes(*_delimited(parts[0], parts[-1])), **header}
    alias(record, SIGMA_NAMES)
    if isinstance(url := record.get("url"), str):
        add_uri(record, url)
    outer.wrap(record)
    return Origin("leef", parts[2].strip().lower()), record


def _delimited(version: str, rest: str) -> tuple[str, str]:
    """The attributes and the delimiter between them."""
    tab = _ESCAPED_TAB if "\t" not in rest and _ESCAPED_TAB in rest else "\t"
    if not version.strip().startswith("2"):
        return rest, tab
    written, bar, attributes = rest.partition("|")
    if bar and (found := _HEX_DELIMITER.fullmatch(written)):
        return attributes, chr(int(found[1], 16))
    if bar and len(written) == 1:
        return attributes, written
    # Some senders of 2.0 leave the delimiter empty, or leave out the field altogether.
    return (attributes, tab) if bar and not written else (rest, tab)


def _attributes(text: str, delimiter: str) -> Record:
    """A piece without ``=`` belongs to the value before it: the value held the delimiter."""
    whole = [piece.partition("=") for piece in text.split(delimiter)]
    if all(equals for _, equals, _ in whole):
        return gather([(key.strip(), value.strip()) for key, _, value in whole])
    pairs: list[tuple[str, list[str]]] = []
    for key, equals, value in whole:
        if equals:
            pairs.append((key.strip(), [value]))
        elif pairs:
            pairs[-1][1].append(key)
        elif key.strip():
            pairs.append(("attributes", [key]))
    return gather([(key, delimiter.join(values).strip()) for key, values in pairs])
