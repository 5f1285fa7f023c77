"""The log formats by name, and the reader of each: from an opened source to its batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import BinaryIO

from codedark.errors import UsageError
from codedark.events.record import Batch, RecordBatch, Rejected, SourceName, Wanted
from codedark.ingest import (
    auditd,
    csv_table,
    evtx,
    json_lines,
    json_records,
    syslog,
    windows_xml,
    zeek_tsv,
)
from codedark.ingest.archive import Limits
from codedark.ingest.json_frames import is_one_per_line
from codedark.ingest.open import Opened, Reject, as_text, seekable
from codedark.ingest.sniff import sniff

Reader = Callable[[BinaryIO, SourceName, Wanted], Iterator[Batch]]

READERS: dict[str, Reader] = {
    "jsonl": json_lines.read,
    "json": json_records.read,
    "xml": windows_xml.read,
    "syslog": syslog.read,
    "cef": syslog.read,
    "leef": syslog.read,
    "auditd": auditd.read,
    "zeek": zeek_tsv.read,
    "csv": csv_table.read,
}
FORMATS = ("evtx", *READERS)
"""What `--input-format` takes. ``jsonl`` is one object a line, ``json`` any other arrangement. CEF and LEEF travel
inside syslog as often as not, and its reader knows them."""
_UNKNOWN = "not a log in a format that is known: name one with --input-format if it is"


def check_format(name: str | None) -> None:
    """Raises `UsageError` for the name of a format that there is not."""
    if name is not None and name not in FORMATS:
        raise UsageError(f"--input-format {name}: there is no such format. Known are {', '.join(FORMATS)}.")


def format_of(opened: Opened) -> str | None:
    """The name of the format of a source, by content; ``empty`` for one without any, None for one not known."""
    head = opened.head()
    name = sniff(head, opened.source)
    return "jsonl" if name == "json" and is_one_per_line(head) else name


def batches(
    opened: Opened, wanted: Wanted, limits: Limits, reject: Reject, forced: str | None = None
) -> Iterator[Batch]:
    """Read one source. What cannot be read at all becomes one `Rejected` for the whole."""
    if forced == "evtx" or format_of(opened) == "evtx":
        with closing(seekable(opened, limits, reject)) as stream:
            yield from evtx.read(stream, opened.source, wanted)
        return
    text = as_text(opened)
    name = forced or format_of(text)
    if name is None:
        yield RecordBatch(opened.source, wanted, [Rejected(opened.source, 0, _UNKNOWN)])
    elif name != "empty":
        yield from READERS[name](text.stream, opened.source, wanted)
