"""Values of the chart's types from what was told of a thing, and the same thing told by two sources, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, TypeVar, cast

from codedark.continuity.chart import Group
from codedark.continuity.fact import GONE
from codedark.continuity.record import Things

Thing = TypeVar("Thing")


def made(type_: type[Thing], told: Mapping[str, Any], **more: Any) -> Thing:
    """A value of a type of the chart. What was not told is empty; what the type does not have is left out."""
    names, blank = _shape(cast("Hashable", type_))
    return type_(**{**blank, **{name: value for name, value in told.items() if name in names}, **more})


def there(things: Things, group: Group) -> Iterable[tuple[str, Mapping[str, Any], str]]:
    """Each thing of a group that nobody took back: its key, its fields, the source that spoke of it last."""
    for key, told, said in things.of(group):
        if not told.get(GONE):
            yield key, told, said.source


def distinct(found: Iterable[tuple[str, Thing]], look: Callable[[Thing], Hashable]) -> list[Thing]:
    """Things with their sources. What two sources tell alike (``look``) is one; what one source tells twice is two."""
    by_source: dict[str, list[Thing]] = {}
    for source, thing in found:
        by_source.setdefault(source, []).append(thing)
    taken: list[Thing] = []
    counted: Counter[Hashable] = Counter()
    for _, things in sorted(by_source.items()):
        here: Counter[Hashable] = Counter()
        for thing in things:
            here[look(thing)] += 1
            if here[look(thing)] > counted[look(thing)]:
                taken.append(thing)
        counted |= here
    return taken


@cache
def _shape(type_: Any) -> tuple[frozenset[str], Mapping[str, Any]]:
    """The names of a type's fields, and empty values of those without a default: texts, and times that are 0."""
    needed = [field.name for field in fields(type_) if field.default is MISSING and field.default_factory is MISSING]
    names = frozenset(field.name for field in fields(type_))
    return names, {name: 0 if name.endswith("_us") else "" for name in needed}
