"""All that was stated of one number, in a form that does not know in which order it came.

For each thing the facts are kept that still tell something: one whose every field was told later is dropped. So what
is left depends on the set of facts alone, and grows with what a patient has, not with what was sent of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from codedark.continuity.chart import Group, PatientId
from codedark.continuity.fact import Fact, Said, Same


class Record:
    """Facts of one number. ``heard``: up to when each source spoke of a group."""

    __slots__ = ("_things", "heard")

    def __init__(self) -> None:
        self._things: dict[tuple[Group, str], tuple[Fact, ...]] = {}
        self.heard: Final[dict[tuple[Group, str, int], int]] = {}

    def add(self, fact: Fact) -> None:
        """Take a fact in; one that is known already, or known better, changes nothing."""
        said = fact.said
        source = (fact.group, said.source, said.rank)
        if self.heard.get(source, -1) < said.at_us:
            self.heard[source] = said.at_us
        thing = (fact.group, fact.key)
        known = self._things.get(thing)
        if known is None:
            self._things[thing] = (fact,)
        elif not any(_covers(other, fact) for other in known):
            self._things[thing] = (*(other for other in known if not _covers(fact, other)), fact)

    def facts(self) -> Iterator[Fact]:
        """All that still tell something."""
        return (fact for facts in self._things.values() for fact in facts)


def order(fact: Fact) -> tuple[Said, str]:
    """What is greater holds: said later, and where both were said at once, by source, number and content."""
    return fact.said, repr(fact.fields)


def _covers(newer: Fact, older: Fact) -> bool:
    """Whether ``newer`` leaves nothing of ``older``: it is said later and tells the same fields, or is the same."""
    if newer.said < older.said:
        return False
    if newer.said == older.said and repr(newer.fields) < repr(older.fields):
        return False
    told = {name for name, _ in newer.fields}
    return all(name in told for name, _ in older.fields)


class Things:
    """The things of one or more records, read together: of each field, what holds."""

    def __init__(self, records: Iterable[Record], survivor: PatientId) -> None:
        self.heard: Final[dict[tuple[Group, str, int], int]] = {}
        self._things: dict[Group, dict[str, list[Fact]]] = {}
        self._survivor = survivor
        for record in records:
            for source, at_us in record.heard.items():
                self.heard[source] = max(at_us, self.heard.get(source, 0))
            for fact in record.facts():
                self._things.setdefault(fact.group, {}).setdefault(self._key(fact), []).append(fact)

    def of(self, group: Group) -> Iterator[tuple[str, Mapping[str, Any], Said]]:
        """Each thing of a group: its key, its fields, and when it was last said. In order of keys."""
        for key, facts in sorted(self._things.get(group, {}).items()):
            yield key, self._fields(facts), max(fact.said for fact in facts)

    def said_of(self, group: Group, key: str, name: str) -> Said | None:
        """When a field of a thing was last told."""
        facts = self._things.get(group, {}).get(key, [])
        told = [fact.said for fact in facts if any(field == name for field, _ in fact.fields)]
        return max(told, default=None)

    def _key(self, fact: Fact) -> str:
        """Lists that were told of another number of the same patient stay beside the survivor's own."""
        is_list = fact.key.startswith("list ")
        return f"{fact.key} {fact.patient}" if is_list and fact.patient != self._survivor else fact.key

    def _fields(self, facts: list[Fact]) -> dict[str, Any]:
        """Who somebody is, the number that lives on tells best; everything else, who spoke last."""
        if len(facts) == 1:
            return dict(facts[0].fields)
        fields: dict[str, Any] = {}
        for fact in sorted(facts, key=self._rank):
            fields.update(fact.fields)
        return fields

    def _rank(self, fact: Fact) -> tuple[bool, Said, str]:
        return (fact.group is Group.IDENTITY and fact.patient == self._survivor, *order(fact))


class Merges:
    """Which numbers are one patient. The last thing said of a number holds; order of coming does not matter."""

    def __init__(self) -> None:
        self._into: dict[PatientId, tuple[Said, PatientId]] = {}
        self._from: dict[PatientId, set[PatientId]] = {}

    def add(self, same: Same) -> frozenset[PatientId]:
        """Take a merge in; returns the numbers whose patient may have changed by it, none where it was known."""
        known = self._into.get(same.merged)
        told = (same.said, same.into)
        if same.merged == same.into or (known is not None and known >= told):
            return frozenset()
        before = self.numbers(same.merged)
        if known is not None:
            self._from[known[1]].discard(same.merged)
        self._into[same.merged] = told
        self._from.setdefault(same.into, set()).add(same.merged)
        return before | self.numbers(same.merged)

    def numbers(self, number: PatientId) -> frozenset[PatientId]:
        """All numbers of the patient who has this one."""
        found: set[PatientId] = set()
        open_ = [number]
        while open_:
            at = open_.pop()
            if at in found:
                continue
            found.add(at)
            open_ += self._from.get(at, ())
            if at in self._into:
                open_.append(self._into[at][1])
        return frozenset(found)

    def survivor(self, number: PatientId) -> PatientId:
        """The number that lives on. Where all were merged into one another, the one that was named last."""
        numbers = self.numbers(number)
        left = [each for each in numbers if each not in self._into]
        return left[0] if left else max(self._into[each] for each in numbers)[1]
