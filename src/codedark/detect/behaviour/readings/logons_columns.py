"""Columns of a group, and text in them, where either may be missing or malformed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from typing import Any

from codedark.detect.behaviour.reading import Seen


def column(seen: Seen, name: str) -> Iterable[Any]:
    """The values of a field in each record; nothing at all where nobody asked for it."""
    return seen.columns.get(name) or repeat("", len(seen.rows))


def text(value: Any) -> str:
    """A value as text; "" where there is none, or a list."""
    return value if value.__class__ is str else str(value) if value.__class__ is int else ""
