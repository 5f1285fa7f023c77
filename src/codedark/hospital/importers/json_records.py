"""JSON exports as objects: one document, a list, pages of an API, or one document a line (NDJSON)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from codedark.hospital.importers.encoding import text_of
from codedark.hospital.importers.gathering import Broken

Object = dict[str, Any]
_AGAIN = "the file is damaged or cut off: export it again"


def objects(octets: bytes) -> Iterator[tuple[int, Object] | Broken]:
    """Every object at the top, with its line; 0 where the whole file is one document."""
    text = text_of(octets)
    try:
        document = orjson.loads(text)
    except ValueError as error:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        if len(lines) > 1 and any(map(_is_document, (line for _, line in lines[:5]))):
            yield from _lines(lines)
        else:
            yield Broken(getattr(error, "lineno", 0) or 0, f"this is no JSON ({getattr(error, 'msg', error)})", _AGAIN)
        return
    yield from _flat(document, 0)


def text_in(value: Any, *path: str) -> str:
    """The text (or number) at the end of ``path`` through nested objects; "" where the path ends early."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def listed_in(value: Any, name: str) -> list[Any]:
    """The list under ``name``, [] where there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _lines(lines: list[tuple[int, str]]) -> Iterator[tuple[int, Object] | Broken]:
    for number, line in lines:
        try:
            document = orjson.loads(line)
        except ValueError:
            yield Broken(number, "this line is no JSON", _AGAIN)
        else:
            yield from _flat(document, number)


def _flat(document: Any, line: int) -> Iterator[tuple[int, Object] | Broken]:
    """Objects in lists and in the ``results`` of an API's pages, from the first to the last."""
    waiting = [document]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            results = found.get("results")
            if isinstance(results, list) and "count" in found:
                waiting.extend(reversed(results))
            else:
                yield line, found
        elif isinstance(found, list):
            waiting.extend(reversed(found))
        else:
            yield Broken(line, f"a {type(found).__name__} where an object should be", _AGAIN)


def _is_document(line: str) -> bool:
    try:
        return isinstance(orjson.loads(line), dict | list)
    except ValueError:
        return False
