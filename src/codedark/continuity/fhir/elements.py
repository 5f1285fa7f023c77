"""A FHIR resource as it lies in the journal: each of its elements is read when somebody asks for it, and what many
resources have alike (a dosage, a code, whom it is about) is read once and remembered by its bytes.

Orders of one drug differ in their number, patient and times, and in little else. A reader that makes something of some
elements alone says so (`Elements.alike`), and is handed these and no others: what it makes depends on nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from itertools import repeat
from typing import Any, Final, TypeVar

import msgspec
import orjson

from codedark.continuity.charts.chart import Person
from codedark.continuity.charts.fact import MOST_LETTERS, bounded

Told = tuple[tuple[str, Any], ...]
"""Fields with their values, of the right types (`rightly`)."""
_Made = TypeVar("_Made")
_VALUES: Final = (str, bool, tuple, Person, StrEnum)
"""What fields other than times hold."""
_MOST_KNOWN: Final = 20_000
_MOST_BYTES: Final = 4096
"""What is longer repeats seldom, and is not remembered."""
_NOTHING: Final = repeat(b"")
_decode: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Memory:
    """What was made of elements that repeat, by who made it."""

    def __init__(self) -> None:
        self._known: dict[object, dict[bytes, Any]] = {}

    def resource(self, line: bytes) -> Any:
        """A line as JSON; an object as `Elements`. Raises `orjson.JSONDecodeError`."""
        try:
            line.decode()
            return Elements(line, _decode(line), self._known)
        except (UnicodeDecodeError, msgspec.MsgspecError, RecursionError):
            return orjson.loads(line)


class Elements(Mapping[str, Any]):
    """The elements of a resource by their names. Asking for one raises `orjson.JSONDecodeError`, a ValueError, where a
    number in it is too large. ``kind``: its ``resourceType``.
    """

    __slots__ = ("_known", "_line", "_raw", "kind")

    def __init__(self, line: bytes, raw: dict[str, msgspec.Raw], known: dict[object, dict[bytes, Any]]) -> None:
        self._line = line
        self._raw = raw
        self._known = known
        self.kind: Final = self.get("resourceType")

    @classmethod
    def of(cls, resource: dict[str, Any]) -> Elements:
        """Those of a resource that was read already."""
        line = orjson.dumps(resource)
        return cls(line, _decode(line), {})

    def whole(self) -> dict[str, Any]:
        """All of them. Raises `orjson.JSONDecodeError` as asking for one does."""
        read: dict[str, Any] = orjson.loads(self._line)
        return read

    def __getitem__(self, name: str) -> Any:
        return orjson.loads(memoryview(self._raw[name]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def get(self, name: str, default: Any = None) -> Any:
        """An element, or ``default`` where it is not there."""
        raw = self._raw.get(name)
        return default if raw is None else orjson.loads(memoryview(raw))

    def alike(self, read: Callable[[Mapping[str, Any]], _Made], *names: str) -> _Made:
        """What ``read`` makes of the elements ``names`` alone, which many resources have alike."""
        key = b"\0".join(map(self._raw.get, names, _NOTHING))
        known = self._known.get(read)
        made: _Made | None = known.get(key) if known is not None else None
        return self._made(read, names, key) if made is None else made

    def _made(self, read: Callable[[Mapping[str, Any]], _Made], names: tuple[str, ...], key: bytes) -> _Made:
        made = read({name: self[name] for name in names if name in self._raw})
        if len(key) <= _MOST_BYTES:
            known = self._known.setdefault(read, {})
            if len(known) >= _MOST_KNOWN:
                known.clear()
            known[key] = made
        return made


def rightly(fields: dict[str, Any]) -> Told:
    """The fields that were told, as `told` has them. Raises TypeError where an element is of another type than FHIR
    gives it.
    """
    right: list[tuple[str, Any]] = []
    for name, value in fields.items():
        if value is None:
            continue
        if not isinstance(value, int if name.endswith("_us") else _VALUES):
            raise TypeError(f"{name} cannot be {value!r:.80}")
        if isinstance(value, str) and len(value) > MOST_LETTERS:
            right.append((name, bounded(value)))
        else:
            right.append((name, value))
    return tuple(right)


def decimal(value: Any) -> str:
    """A JSON number as people write it."""
    if value is not None and not isinstance(value, int | float):
        raise TypeError(f"no number: {value!r:.80}")
    return "" if value is None else format(Decimal(str(value)), "f")


def quantity(value: Any) -> tuple[str, str]:
    """Value and unit of a Quantity."""
    if not isinstance(value, dict):
        return "", ""
    return f"{value.get('comparator', '')}{decimal(value.get('value'))}", str(
        value.get("unit") or value.get("code") or ""
    )
