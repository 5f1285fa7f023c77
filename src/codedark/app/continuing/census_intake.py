"""Into the census's journal: messages as they come over MLLP, and files that lie there already."""

from __future__ import annotations

import gzip
import re
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from codedark.app.continuing.census_state import FHIR, HL7
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.syntax import Unreadable
from codedark.errors import UnusableInput
from codedark.exchange.mllp_receiver import NotKept, Received
from codedark.store.journal import Journal
from codedark.store.journal_errors import JournalFailed
from codedark.store.segment import LARGEST_BYTES

_HEADER: Final = re.compile(rb"(?:^|[\r\n\x0b\x1c]\s*)(?=MSH[^A-Za-z0-9\s])")
_LISTED_FIRST: Final = ("Location", "Practitioner", "Medication", "Organization")
_BATCH: Final = 1000
_FHIR_BYTES: Final = 1 << 20


class Intake:
    """Keeps what a receiver has taken. ``now_us`` says when."""

    def __init__(self, journal: Journal, reader: Reader, now_us: Callable[[], int]) -> None:
        self._journal = journal
        self._reader = reader
        self._now_us = now_us

    def __call__(self, batch: Sequence[Received]) -> Sequence[str]:
        """Put messages on disk, all with one sync, then say of each why it cannot be read. Raises `NotKept`."""
        now_us = self._now_us()
        try:
            for source, message in batch:
                self._journal.append(source, HL7, message + b"\n", 1, now_us)
            self._journal.sync()
        except JournalFailed as error:
            raise NotKept(str(error)) from error
        return [self._judged(message, now_us) for _, message in batch]

    def _judged(self, message: bytes, now_us: int) -> str:
        try:
            self._reader.read(message, now_us)
        except Unreadable as error:
            return str(error)
        return ""


def load(paths: Sequence[Path], journal: Journal, said_us: int | None = None) -> int:
    """Put files into the journal: HL7 v2 messages one behind the other, FHIR resources one a line, also gzipped.

    Of FHIR, what others refer to by number comes first, so that it has a name when they are read. ``said_us``: when an
    export was made; without it, the file's own time. Returns how many records. Raises `UnusableInput`.
    """
    files = sorted(
        (file for path in paths for file in (path.iterdir() if path.is_dir() else [path]) if file.is_file()),
        key=lambda file: (not any(name in file.name for name in _LISTED_FIRST), str(file)),
    )
    if not files:
        raise UnusableInput(f"{', '.join(map(str, paths))}: no files there")
    loaded = 0
    for file in files:
        octets = _octets(file)
        at_us = said_us if said_us is not None else file.stat().st_mtime_ns // 1000
        source = f"file://{file.name}"
        if octets.lstrip()[:1] in {b"{", b"["}:
            records: Iterable[tuple[str, bytes, int]] = ((FHIR, *part) for part in _resources(octets, file))
        else:
            records = ((HL7, message + b"\n", 1) for message in messages(octets))
        for n, (format_, data, count) in enumerate(records, 1):
            if len(data) > LARGEST_BYTES:
                raise UnusableInput(f"{file}: record {n} has {len(data)} bytes; {LARGEST_BYTES} are taken at most")
            journal.append(source, format_, data, count, at_us)
            loaded += count
            if n % _BATCH == 0:
                journal.sync()
        journal.sync()
    return loaded


def messages(octets: bytes) -> list[bytes]:
    """The messages of a file: each from its MSH on. What stands before the first is one that cannot be read."""
    parts = _HEADER.split(octets)
    return [part.strip(b"\r\n\x0b\x1c \t") for part in parts if part.strip(b"\r\n\x0b\x1c \t")]


def now_us() -> int:
    """The wall clock."""
    return time.time_ns() // 1000


def _resources(octets: bytes, file: Path) -> Iterator[tuple[bytes, int]]:
    """Lines of resources in parts of about a megabyte. A bundle, or what stands on several lines, is made lines."""
    lines = octets.splitlines()
    if len(lines) > 1 and not lines[0].rstrip().endswith(b"}"):
        lines = [orjson.dumps(each) for each in _entries(octets, file)]
    held: list[bytes] = []
    size_bytes = 0
    for line in lines:
        if line.strip():
            held.append(line + b"\n")
            size_bytes += len(line)
        if size_bytes > _FHIR_BYTES:
            yield b"".join(held), len(held)
            held, size_bytes = [], 0
    if held:
        yield b"".join(held), len(held)


def _entries(octets: bytes, file: Path) -> list[Any]:
    try:
        found = orjson.loads(octets)
    except orjson.JSONDecodeError as error:
        raise UnusableInput(f"{file}: neither FHIR resources one a line nor one JSON document: {error}") from error
    if isinstance(found, dict) and found.get("resourceType") == "Bundle":
        return [entry.get("resource") for entry in found.get("entry", []) if isinstance(entry, dict)]
    return found if isinstance(found, list) else [found]


def _octets(file: Path) -> bytes:
    try:
        octets = file.read_bytes()
        return gzip.decompress(octets) if file.suffix == ".gz" else octets
    except (OSError, EOFError, zlib.error) as error:
        raise UnusableInput(f"{file}: it cannot be read: {error}") from error
