"""Recognises the format of a log by its content, and turns UTF-16 into UTF-8 on the way.

`sniff` looks at the first 64 KiB: at fixed marks where a format has them, else at how many of the first
lines look like each format. A few damaged lines at the start do not hide what a file is.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final

from codedark.ingest.archive import HEAD_BYTES, ChunkStream, buffered

_LINES: Final = 50
_HEADER_CELL: Final = re.compile(r"[\w][\w .:/()@#%$\[\]{}*&+-]{0,99}")

# RFC 3164, 4.1 (also with Cisco's year, milliseconds, count of messages); RFC 5424, 6 (also counted: RFC 6587, 3.4.1);
# rsyslog's RSYSLOG_FileFormat; anything else behind a priority.
_SYSLOG: Final = (
    rb"(?:\d{1,7} )?<\d{1,3}>[^\s>]"
    rb"|(?:(?:\S{1,255} )?\d{1,10}: )?[*.]?[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?:? "
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d) \S+ "
)
# In the order in which they are tried: CEF, LEEF and auditd also travel inside syslog.
_LINE_FORMATS: Final[tuple[tuple[str, re.Pattern[bytes]], ...]] = (
    ("zeek", re.compile(rb"#(?:separator |fields\t|set_separator\t|path\t)")),
    ("json", re.compile(rb'\s*+(?:\[\s*+)?\{\s*+(?:"|\}|$)|\s*+\[\s*+(?:\]\s*+)?$')),
    ("xml", re.compile(rb"\s*+(?:<\?xml[^>]*+\?>\s*+)?<(?:\w+:)?Events?[\s>]")),
    ("cef", re.compile(rb"(?:.{0,250}?[\s:])?CEF: ?\d\|")),
    ("leef", re.compile(rb"(?:.{0,250}?[\s:])?LEEF: ?\d(?:\.\d)?\|")),
    ("auditd", re.compile(rb"(?:node=\S+ )?type=\S+ msg=audit\(")),
    ("csv", re.compile(rb"#(?:Software|Version|Fields|Date|Start-Date|Remark): ")),
    ("csv", re.compile(rb'\S+ \S+ .{1,200}?\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [-+]\d{4}\] "')),
    ("syslog", re.compile(_SYSLOG)),
)
_WHOLE_FORMATS: Final[tuple[tuple[str, re.Pattern[bytes]], ...]] = (
    ("empty", re.compile(rb"\s*\Z")),
    ("evtx", re.compile(rb"ElfFile\0|.{4096}ElfChnk\0", re.DOTALL)),
    ("zeek", _LINE_FORMATS[0][1]),
    ("json", re.compile(rb'\s*+(?:\[\s*+)?(?:\{\s*+["}]|\[\s*+\]|\{\s*+\Z)|\s*+\[\s*+(?:\Z|[\["])')),
    ("xml", re.compile(rb"\s*+<(?!\d)(?=.{0,4000}?<(?:\w+:)?Events?[\s>])", re.DOTALL)),
)
_EXTENSIONS: Final = {
    ".json": "json", ".jsonl": "json", ".ndjson": "json", ".xml": "xml", ".csv": "csv", ".tsv": "csv",
    ".cef": "cef", ".leef": "leef", ".evtx": "evtx",
}  # fmt: skip
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def sniff(head: bytes, name: str) -> str | None:
    """The format of a source that begins with ``head`` (its first 64 KiB, or all of it if it is shorter).

    One of ``evtx json xml zeek cef leef auditd syslog csv``, ``empty`` when there is nothing but white
    space, or None when it is none of them. The extension of ``name`` only decides between equals.
    """
    head = _utf8(head)
    for format_, mark in _WHOLE_FORMATS:
        if mark.match(head):
            return format_
    lines = [line for line in _whole_lines(head) if line.strip()][:_LINES]
    hinted = _EXTENSIONS.get(PurePath(name).suffix.lower(), "")
    scores = [(sum(map(bool, map(mark.match, lines))), format_) for format_, mark in _LINE_FORMATS]
    best = max(score for score, _ in scores)
    if 2 * best >= len(lines):
        equals = [format_ for score, format_ in scores if score == best]
        return hinted if hinted in equals else equals[0]
    return "csv" if b"\0" not in head[:4096] and _is_csv(lines, hinted == "csv") else None


def encoding(head: bytes) -> str | None:
    """``utf-8`` (with a byte order mark), ``utf-16-le``, ``utf-16-be``, or None: bytes as they are."""
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    # Mostly ASCII as UTF-16 without a mark: most of every second byte is zero, and hardly any of the others.
    if len(head) < 4 or head.startswith(b"ElfFile"):
        return None
    zeros = [sample.count(0) / len(sample) for sample in (head[0:512:2], head[1:512:2])]
    if min(zeros) > 0.1 or max(zeros) < 0.7:
        return None
    return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"


def text_stream(stream: io.BufferedReader) -> io.BufferedReader:
    """``stream`` as UTF-8 without a byte order mark, from UTF-8 or UTF-16, in bounded memory.

    What is not valid UTF-16 becomes invalid UTF-8, so that the record that holds it is rejected,
    and no other.
    """
    head = stream.peek(HEAD_BYTES)
    name = encoding(head)
    if name is None:
        return stream
    stream.read(next((len(bom) for bom, _ in _BOMS if head.startswith(bom)), 0))
    if name == "utf-8":
        return stream
    return buffered(ChunkStream(_transcoded(stream, name)))


def _transcoded(stream: io.BufferedReader, name: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(name)("surrogatepass")
    while data := stream.read(HEAD_BYTES):
        yield decoder.decode(data).encode("utf-8", "surrogatepass")
    unfinished, _ = decoder.getstate()
    if unfinished:
        yield b"\xff"


def _utf8(head: bytes) -> bytes:
    name = encoding(head)
    if name is None:
        return head
    return head.decode(name, "ignore").removeprefix("\ufeff").encode("utf-8", "ignore")


def _whole_lines(head: bytes) -> list[bytes]:
    lines = head.split(b"\n")
    if len(lines) > 1 and (len(head) >= HEAD_BYTES or not lines[-1]):
        lines.pop()
    return lines


def _is_csv(lines: list[bytes], hinted: bool) -> bool:
    joined = b"\n".join(lines)
    try:
        text = joined.decode().split("\n")
    except UnicodeDecodeError:
        text = joined.decode("latin-1").split("\n")
    text = [line.rstrip("\r") for line in text]
    if not all(line.isprintable() or "\t" in line for line in text):
        return False
    return any(_has_columns(text, delimiter, hinted) for delimiter in ",;\t|")


def _has_columns(lines: list[str], delimiter: str, hinted: bool) -> bool:
    """Whether the first line names columns, and nearly all others have as many cells."""
    try:
        header, *rows = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    except csv.Error:
        return False
    cells = [cell.strip() for cell in header]
    if len(cells) < 2 or len(set(cells)) < len(cells) or not all(map(_HEADER_CELL.fullmatch, cells)):
        return False
    if any(cell.replace(".", "").isdigit() for cell in cells):
        return False
    return hinted if not rows else sum(len(row) == len(cells) for row in rows) >= 0.9 * len(rows)
