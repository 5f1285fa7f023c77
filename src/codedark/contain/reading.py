"""Typed values out of the parsed files of `content/contain`, with words for what is wrong there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, TypeVar

import msgspec

from codedark.errors import UsageError

Read = TypeVar("Read")


def checked(document: Mapping[str, Any], kind: type[Read], file: str) -> Read:
    """``document`` as a ``kind`` (a dataclass). Raises `UsageError` for what is missing, of a wrong kind, below 0 or no
    number; there are no defaults, so that a word with a slip of the pen is noticed.
    """
    try:
        read = msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise UsageError(f"{file}: {error}: every figure is needed, as the file that ships has them") from error
    for path, number in _numbers(document, ""):
        if not isfinite(number) or number < 0:
            raise UsageError(f"{file}: {path} is {number}: write a number that is not below 0")
    return read


def _numbers(node: Any, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _numbers(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, float | int) and not isinstance(node, bool):
        yield path, node
