"""Zeek logs as separated text, read as their own header says.

Source: Zeek's ASCII writer ("Zeek TSV Format Logs" of the Zeek documentation). Names and values come out as
in Zeek's JSON logs: an unset field is absent, ``T`` and ``F`` are ``true`` and ``false``, a set or vector is
a tuple, bytes in hexadecimal are bytes. The header may change in mid-file, as when logs were put together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, Final

from codedark.events.record import Batch, Origin, Record, Scalar, SourceName, Value, Wanted
from codedark.ingest.text import Unreadable, batches, decode, each, lines

Convert = Callable[[str], Value]

_WHOLE: Final = re.compile(r"-?[0-9]{1,20}")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?")
_ESCAPE: Final = re.compile(rb"\\(?:\\|x([0-9A-Fa-f]{2}))")
_COLLECTION: Final = re.compile(r"(?:set|vector|table)\[(.*)\]")
_BOOLEANS: Final = {"T": "true", "F": "false"}


class Log:
    """A Zeek log being read: what its ``#`` lines have said so far. The defaults are the ASCII writer's."""

    def __init__(self) -> None:
        self._separator = "\t"
        self._settings = {"set_separator": ",", "empty_field": "(empty)", "unset_field": "-"}
        self._fields: list[str] = []
        self._types: list[str] = []
        self._origin = Origin("zeek")
        self._columns: list[tuple[str, Convert]] = []

    def learn(self, line: str) -> None:
        """Take in a line that begins with ``#``. What does not say how to read rows has no effect."""
        if line.startswith("#separator "):
            # A new file begins: nothing that the one before it said still holds.
            self.__dict__.update(Log().__dict__)
            self._separator = _unescape(line.removeprefix("#separator ")) or "\t"
            return
        name, *values = line[1:].split(self._separator)
        if name in self._settings and values:
            self._settings[name] = _unescape(values[0])
        elif name == "path" and values:
            self._origin = Origin("zeek", values[0].lower())
        elif name == "fields":
            self._fields, self._types = values, []
        elif name == "types":
            self._types = values
        self._columns = [
            (field, self._convert(self._types[at] if at < len(self._types) else "string"))
            for at, field in enumerate(self._fields)
        ]

    def parse(self, line: str) -> tuple[Origin, Record]:
        """The record of one row. Raises `Unreadable` where it does not have the columns of the header."""
        cells = line.split(self._separator)
        if len(cells) != len(self._columns):
            if not self._columns:
                raise Unreadable("a row before any '#fields' line")
            raise Unreadable(f"{len(cells)} columns where '#fields' names {len(self._columns)}")
        unset = self._settings["unset_field"]
        return self._origin, {
            name: convert(cell) for (name, convert), cell in zip(self._columns, cells, strict=True) if cell != unset
        }

    def _convert(self, kind: str) -> Convert:
        empty = self._settings["empty_field"]
        if found := _COLLECTION.fullmatch(kind):
            one = _SCALARS.get(found[1], _unescape)
            separator = self._settings["set_separator"] or ","
            return partial(_collection, one, separator, empty, self._settings["unset_field"])
        scalar = _SCALARS.get(kind)
        return scalar or partial(_string, empty)


def read(stream: BinaryIO, source: SourceName, wanted: Wanted) -> Iterator[Batch]:
    """Batches of a Zeek log; the service of a record's origin is the log's ``#path``."""
    log = Log()
    return batches(each(lines(stream, source), source, log.parse, log.learn), source, wanted)


def _whole(text: str) -> Scalar:
    return int(text) if _WHOLE.fullmatch(text) else text


def _decimal(text: str) -> Scalar:
    return float(text) if _DECIMAL.fullmatch(text) else text


def _boolean(text: str) -> Scalar:
    return _BOOLEANS.get(text, text)


def _string(empty: str, text: str) -> Scalar:
    return "" if text == empty else _unescape(text)


def _collection(one: Callable[[str], Scalar], separator: str, empty: str, unset: str, text: str) -> Value:
    if text == empty:
        return ()
    return tuple(None if part == unset else one(part) for part in text.split(separator))


def _unescape(text: str) -> str:
    """The value without the writer's escapes. One with a backslash that is no escape is taken as it is."""
    if "\\" not in text:
        return text
    raw = text.encode()
    if b"\\" in _ESCAPE.sub(b"", raw):
        return text
    return decode(_ESCAPE.sub(lambda found: bytes.fromhex((found[1] or b"5c").decode()), raw))


_SCALARS: Final[dict[str, Callable[[str], Scalar]]] = {
    "bool": _boolean,
    "count": _whole,
    "int": _whole,
    "port": _whole,
    "double": _decimal,
    "interval": _decimal,
    "time": _decimal,
}
"""Zeek's types that are not text."""
