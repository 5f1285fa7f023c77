"""The oracle with every rule of a corpus, asked of recorded events.

Recorded events repeat themselves: most that one rule is asked about say the same in the fields that it names. Rules
that name the same fields are therefore asked together, and what the oracle said of the same values it is not asked
again. Rules with keywords look at the whole record and are asked of every one, but most single values of it occurred
before, and what a keyword said of a value is not asked again either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from codedark.app.rules import Loaded
from codedark.events.logsource import LogSource, Route
from codedark.events.record import Origin, Record
from tests.oracle.matcher import NOTHING, Event, Scalar
from tests.oracle.strategies import lines

Document = Mapping[str, Any]
Values = tuple[Any, ...]

MOST_SAID_OF_KEYWORDS: Final = 500_000
MOST_SAID_OF_FIELDS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Recurring(Event):
    """The oracle's event, with what its keywords said of single values: of those in this event and before it."""

    said: dict[Values, bool]

    def atom(self, mods: list[str], value: Any, element: Scalar, keyword: bool) -> bool:
        """One keyword against one value of the record, as the oracle says it."""
        if not keyword:
            return Event.atom(self, mods, value, element, keyword)
        if len(self.said) > MOST_SAID_OF_KEYWORDS:
            self.said.clear()
        question = (*mods, type(value), value, element)
        if question not in self.said:
            self.said[question] = Event.atom(self, mods, value, element, keyword)
        return self.said[question]


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule as the oracle is asked it about one origin."""

    document: Document
    route: Route

    def holds(self, record: Record, said: dict[Values, bool]) -> bool:
        """The oracle's answer."""
        asked = {name: list(values) for name, values in self.route.where.items()}
        if not Event(record, NOTHING, NOTHING).section({"where": asked, "condition": "where"}):
            return False
        return Recurring(record, self.route.names, NOTHING, said).section(self.document["detection"])


@dataclass(slots=True)
class Together:
    """Rules that look at the same ``fields`` (None: at all), and those of them that matched each combination of values.

    ``keywords`` is what single keywords said of single values, for all rules of the oracle.
    """

    fields: Sequence[str] | None
    keywords: dict[Values, bool]
    rules: list[Asked] = field(default_factory=list)
    said: dict[Values, frozenset[str]] = field(default_factory=dict)

    def fires(self, record: Record) -> frozenset[str]:
        """The ids of those that match."""
        if self.fields is None:
            return self._fires(record)
        values = tuple([record.get(name, ...) for name in self.fields])
        if len(self.said) > MOST_SAID_OF_FIELDS:
            self.said.clear()
        if values not in self.said:
            self.said[values] = self._fires(record)
        return self.said[values]

    def _fires(self, record: Record) -> frozenset[str]:
        return frozenset(asked.document["id"] for asked in self.rules if asked.holds(record, self.keywords))


class Oracle:
    """The oracle with the rules that the engine has. ``questions`` counts rules asked of events."""

    def __init__(self, corpus: Loaded) -> None:
        rules = [rule.info for source in corpus.rulebook.packed for rule in corpus.rulebook.rules(source)]
        self._documents = {info.id: yaml.load(Path(info.path).read_bytes(), yaml.CSafeLoader) for info in rules}
        self._routing = corpus.routing
        self._asked: dict[Origin, list[Together]] = {}
        self._applying_to: dict[Origin, int] = {}
        self._keywords: dict[Values, bool] = {}
        self.questions = 0

    def __len__(self) -> int:
        return len(self._documents)

    def fires(self, origin: Origin, record: Record) -> frozenset[str]:
        """The ids of all rules that match."""
        if origin not in self._asked:
            self._asked[origin] = self._applying(origin)
            self._applying_to[origin] = sum(len(together.rules) for together in self._asked[origin])
        self.questions += self._applying_to[origin]
        return frozenset().union(*(together.fires(record) for together in self._asked[origin]))

    def _applying(self, origin: Origin) -> list[Together]:
        applying: dict[Any, Together] = {}
        for document in self._documents.values():
            source = {key: document["logsource"].get(key) or "" for key in LogSource._fields}
            route = self._routing.route(LogSource(**source), origin)
            if route is not None:
                fields = fields_of(document, route)
                applying.setdefault(fields, Together(fields, self._keywords)).rules.append(Asked(document, route))
        return list(applying.values())


def fields_of(document: Document, route: Route) -> tuple[str, ...] | None:
    """The fields of the record that a rule looks at; None where it has keywords and looks at all."""
    named = set()
    for name, definition in document["detection"].items():
        for key, value in lines(definition) if name != "condition" else ():
            place, *mods = key.split("|")
            if not place:
                return None
            named |= {place, *([value] if "fieldref" in mods else [])}
    return tuple(sorted({route.names.get(each, each) for each in named} | route.where.keys()))
