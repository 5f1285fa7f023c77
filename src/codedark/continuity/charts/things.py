"""Values of the chart's types from what was told of a thing, and the same thing told by two sources, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar, cast

from msgspec import NODEFAULT
from msgspec.structs import fields, replace

from codedark.continuity.charts.chart import Group
from codedark.continuity.charts.fact import GONE
from codedark.continuity.charts.record import Things

Thing = TypeVar("Thing")


def made(type_: type[Thing], told: Mapping[str, Any], **more: Any) -> Thing:
    """A value of a type of the chart. What was not told is empty; what the type does not have is left out."""
    names, blank = _shape(cast("Hashable", type_))
    return type_(*map({**told, **more}.get, names, blank))


def there(things: Things, group: Group) -> Iterable[tuple[str, Mapping[str, Any], str]]:
    """Each thing of a group that nobody took back: its key, its fields, the source that spoke of it last."""
    for key, told, said in things.of(group):
        if not told.get(GONE):
            yield key, told, said.source


def distinct(found: Iterable[tuple[str, Thing]], look: Callable[[Thing], Hashable]) -> list[Thing]:
    """Things with their sources. What two sources tell alike (``look``) is one, and what one source leaves empty the
    other fills; what one source tells twice is two.
    """
    by_source: dict[str, list[Thing]] = {}
    for source, thing in found:
        by_source.setdefault(source, []).append(thing)
    if len(by_source) == 1:
        return next(iter(by_source.values()))
    taken: dict[Hashable, list[Thing]] = {}
    for _, things in sorted(by_source.items()):
        here: Counter[Hashable] = Counter()
        for thing in things:
            alike = look(thing)
            known = taken.setdefault(alike, [])
            if here[alike] < len(known):
                known[here[alike]] = _filled(known[here[alike]], thing)
            else:
                known.append(thing)
            here[alike] += 1
    return [thing for known in taken.values() for thing in known]


def _filled(thing: Thing, other: Thing) -> Thing:
    """A thing with what only another source tells of it."""
    names, _ = _shape(cast("Hashable", type(thing)))
    empty = {name: getattr(other, name) for name in names if not getattr(thing, name) and getattr(other, name)}
    return cast("Thing", replace(cast("Any", thing), **empty)) if empty else thing


@cache
def _shape(type_: Any) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """The names of a type's fields, and what each is where nobody tells: its default, else no text, or the time 0."""
    found = fields(type_)
    empty = [0 if each.name.endswith("_us") else "" for each in found]
    blank = [none if each.default is NODEFAULT else each.default for each, none in zip(found, empty, strict=True)]
    return tuple(each.name for each in found), tuple(blank)
