"""How a hunt divides its input: files, and byte ranges of those that can be read from the middle."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codedark.ingest.archive import Limits
from codedark.ingest.formats import format_of
from codedark.ingest.open import Reject, as_text, open_sources, walk

_RANGE_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of work: a whole file, or the lines of ``path`` that begin in the bytes [``start``, ``stop``)."""

    path: Path
    start: int = 0
    stop: int | None = None
    size: int = 0

    @property
    def is_first(self) -> bool:
        """Whether the file is counted with this unit."""
        return self.start == 0


def units_of(paths: Sequence[Path], limits: Limits, reject: Reject, *, divide: bool) -> Iterator[Unit]:
    """The units of all files in ``paths`` in order. With ``divide``, large files of JSON lines become several."""
    for path in walk(paths, reject):
        try:
            size = path.stat().st_size
        except OSError:
            size = 0
        if divide and size > 2 * _RANGE_BYTES and _is_plain_json_lines(path, limits):
            for start in range(0, size, _RANGE_BYTES):
                stop = start + _RANGE_BYTES
                # The last one reads to the end, wherever that is by then.
                yield Unit(path, start, stop if stop < size else sys.maxsize, min(_RANGE_BYTES, size - start))
        else:
            yield Unit(path, size=size)


def _is_plain_json_lines(path: Path, limits: Limits) -> bool:
    for opened in open_sources(path, limits, lambda _: None):
        return opened.path is not None and as_text(opened).path is not None and format_of(opened) == "jsonl"
    return False
