"""All that was stated of one number, in a form that does not know in which order it came.

For each thing the facts are kept that still tell something: one whose every field was told later is dropped. So what
is left depends on the set of facts alone, and grows with what a patient has, not with what was sent of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from codedark.continuity.charts.chart import Group, PatientId
from codedark.continuity.charts.fact import LIST, Fact, Said, Same
from codedark.continuity.charts.second_numbers import SECOND, first_numbers

_REGISTERED: Final = frozenset({"O", "P", ""})
"""Kinds of stay (PV1-2) that only a registration begins; any other, whatever is told of it (`stays`)."""


class Record:
    """Facts of one number. ``heard``: up to when each source spoke of a group."""

    __slots__ = ("_things", "heard")

    def __init__(self) -> None:
        self._things: dict[Group, dict[str, tuple[Fact, ...]]] = {}
        self.heard: Final[dict[tuple[Group, str, int], int]] = {}

    @property
    def things(self) -> Mapping[Group, Mapping[str, tuple[Fact, ...]]]:
        """The facts of each thing that still tell something, by group and key."""
        return self._things

    def add(self, fact: Fact) -> None:
        """Take a fact in; one that is known already, or known better, changes nothing."""
        said = fact.said
        source = (fact.group, said.source, said.rank)
        if self.heard.get(source, -1) < said.at_us:
            self.heard[source] = said.at_us
        things = self._things.setdefault(fact.group, {})
        known = things.get(fact.key)
        if known is None:
            things[fact.key] = (fact,)
        elif not any(_covers(other, fact) for other in known):
            things[fact.key] = (*(other for other in known if not _covers(fact, other)), fact)

    def take_up(self, fact: Fact) -> None:
        """Take in a fact of a record that was kept: it still tells something."""
        things = self._things.setdefault(fact.group, {})
        things[fact.key] = (*things.get(fact.key, ()), fact)

    def keep_only(self, groups: Collection[Group]) -> None:
        """Forget everything of other groups, but stays in a bed: a result that comes late names its stay, and would
        begin it again if nobody knew that it has ended.
        """
        stays = {key: facts for key, facts in self._things.get(Group.VISIT, {}).items() if _is_in_bed(facts)}
        self._things = {group: things for group, things in self._things.items() if group in groups}
        if stays:
            self._things.setdefault(Group.VISIT, {}).update(stays)
        for source in [source for source in self.heard if source[0] not in groups]:
            del self.heard[source]

    def knows(self, fact: Fact, asked_us: int) -> bool:
        """Whether it would tell nothing new. Of what its source says without a time, only what it says counts."""
        known = self._things.get(fact.group, {}).get(fact.key, ())
        if fact.said.at_us == asked_us:
            return any(other.fields == fact.fields and other.said.source == fact.said.source for other in known)
        return any(_covers(other, fact) for other in known)

    def facts(self) -> Iterator[Fact]:
        """All that still tell something."""
        return (fact for things in self._things.values() for facts in things.values() for fact in facts)


def _is_in_bed(stay: Iterable[Fact]) -> bool:
    """Also one of which nobody told its kind: what is told of it later may."""
    kinds = {value for fact in stay for name, value in fact.fields if name == "kind"}
    return not kinds or not kinds <= _REGISTERED


def order(fact: Fact) -> tuple[Said, str]:
    """What is greater holds: said later, and where both were said at once, by source, number and content."""
    return fact.said, repr(fact.fields)


def _covers(newer: Fact, older: Fact) -> bool:
    """Whether ``newer`` leaves nothing of ``older``: it is said later and tells the same fields, or is the same. What
    was said in another stay is kept, because that may be moved.
    """
    if newer.said < older.said or (newer.visit != older.visit and newer.group is not Group.IDENTITY):
        return False
    if newer.said == older.said and repr(newer.fields) < repr(older.fields):
        return False
    told = {name for name, _ in newer.fields}
    return all(name in told for name, _ in older.fields)


class Things:
    """The things of one or more records, read together: of each field, what holds."""

    def __init__(self, records: Iterable[Record], survivor: PatientId) -> None:
        self.heard: Final[dict[tuple[Group, str, int], int]] = {}
        self._things: dict[Group, dict[str, tuple[Fact, ...]]] = {}
        self._survivor = survivor
        for record in records:
            for source, at_us in record.heard.items():
                self.heard[source] = max(at_us, self.heard.get(source, 0))
            for group, things in record.things.items():
                joined = self._things.setdefault(group, {})
                for key, facts in things.items():
                    if key in joined or key.startswith(LIST):
                        for fact in facts:
                            of = self._key(fact)
                            joined[of] = (*joined.get(of, ()), fact)
                    else:
                        joined[key] = facts
        self.first_numbers: Final = {group: self._joined(group) for group in SECOND if group in self._things}
        """For second numbers, the key of what is told under them, by group."""

    def _joined(self, group: Group) -> Mapping[str, str]:
        """Have what was told of a thing under its second number be told of it."""
        things = self._things[group]
        known = first_numbers(things, SECOND[group])
        for second, first in known.items():
            if facts := things.pop(second, ()):
                things[first] = (*things[first], *facts)
        return known

    @property
    def groups(self) -> Collection[Group]:
        """Those of which anything was told."""
        return self._things.keys()

    def of(self, group: Group) -> Iterator[tuple[str, Mapping[str, Any], Said]]:
        """Each thing of a group: its key, its fields, and when it was last said. In order of keys."""
        things = self._things.get(group, {})
        for key in sorted(things):
            facts = things[key]
            if len(facts) == 1:
                yield key, dict(facts[0].fields), facts[0].said
            else:
                yield key, self._fields(facts), max(fact.said for fact in facts)

    def said_of(self, group: Group, key: str, name: str) -> Said | None:
        """When a field of a thing was last told."""
        facts = self._things.get(group, {}).get(key, ())
        told = [fact.said for fact in facts if any(field == name for field, _ in fact.fields)]
        return max(told, default=None)

    def _key(self, fact: Fact) -> str:
        """Lists that were told of another number of the same patient stay beside the survivor's own."""
        is_other = fact.key.startswith(LIST) and fact.patient != self._survivor
        return f"{fact.key} {fact.patient}" if is_other else fact.key

    def _fields(self, facts: Iterable[Fact]) -> dict[str, Any]:
        """Who somebody is, the number that lives on tells best; everything else, who spoke last."""
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

    def told(self) -> Iterator[Same]:
        """All that hold."""
        return (Same(merged, into, said) for merged, (said, into) in self._into.items())

    def knows(self, same: Same) -> bool:
        """Whether it would change nothing that these two are one, but for when it was said."""
        known = self._into.get(same.merged)
        return same.merged == same.into or (known is not None and (known[1] == same.into or known[0] >= same.said))

    def numbers(self, number: PatientId) -> frozenset[PatientId]:
        """All numbers of the patient who has this one."""
        if number not in self._into and number not in self._from:
            return frozenset((number,))
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
