"""On real logs the engine says what the oracle says: every rule that applies, on recorded attacks and their noise.

The engine judges all events of the recordings, batch by batch, as in a hunt. The oracle is asked of a sample that is
spread over all files; with CODEDARK_FULL_AGREEMENT=1 in the environment, of every event (hours).
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from codedark.app.rules import Loaded
from codedark.detect.sigma.engine import Engine
from codedark.events.logsource import LogSource, Route
from codedark.events.record import Batch, Origin, Record, Rejected
from codedark.ingest.archive import Limits
from codedark.ingest.formats import batches
from codedark.ingest.open import open_sources
from tests.oracle.matcher import matches
from tests.oracle.strategies import lines

EVERY_EVENT: Final = os.environ.get("CODEDARK_FULL_AGREEMENT") == "1"
MOST_SAID: Final = 500

Document = dict[str, Any]


@dataclass
class Asked:
    """A rule as the oracle is asked it about one origin; what it said of the same values it does not say again."""

    document: Document
    route: Route
    fields: tuple[str, ...] | None
    said: dict[tuple[Any, ...], bool] = field(default_factory=dict)

    def holds(self, record: Record) -> bool:
        if self.fields is None:
            return self._holds(record)
        values = tuple(record.get(name, ...) for name in self.fields)
        if len(self.said) > MOST_SAID:
            self.said.clear()
        if values not in self.said:
            self.said[values] = self._holds(record)
        return self.said[values]

    def _holds(self, record: Record) -> bool:
        asked = {name: list(values) for name, values in self.route.where.items()}
        where = {"detection": {"where": asked, "condition": "where"}}
        return matches(where, record) and matches(self.document, record, fieldmap=self.route.names)


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


class Oracle:
    """The oracle with the rules that the engine has."""

    def __init__(self, corpus: Loaded) -> None:
        rules = [rule.info for source in corpus.rulebook.packed for rule in corpus.rulebook.rules(source)]
        self._documents = {info.id: yaml.load(Path(info.path).read_bytes(), yaml.CSafeLoader) for info in rules}
        self._routing = corpus.routing
        self._asked: dict[Origin, list[Asked]] = {}

    def __len__(self) -> int:
        return len(self._documents)

    def fires(self, origin: Origin, record: Record) -> set[str]:
        """The ids of all rules that match."""
        if origin not in self._asked:
            self._asked[origin] = list(self._applying(origin))
        return {asked.document["id"] for asked in self._asked[origin] if asked.holds(record)}

    def _applying(self, origin: Origin) -> Iterator[Asked]:
        for document in self._documents.values():
            source = {key: document["logsource"].get(key) or "" for key in LogSource._fields}
            route = self._routing.route(LogSource(**source), origin)
            if route is not None:
                yield Asked(document, route, fields_of(document, route))


@pytest.fixture(scope="module")
def oracle(corpus: Loaded) -> Oracle:
    return Oracle(corpus)


def batches_of(path: Path, engine: Engine) -> Iterator[Batch]:
    """The batches of a file, as a hunt reads it."""
    rejected: list[Rejected] = []
    for opened in open_sources(path, Limits(), rejected.append):
        yield from batches(opened, engine, Limits(), rejected.append)


@pytest.mark.parametrize(("folder", "suffix", "one_in"), [("otrf", "zip", 250), ("evtx", "evtx", 15)])
def test_the_engine_says_what_the_oracle_says(
    corpus: Loaded,
    oracle: Oracle,
    shared_data: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
    folder: str,
    suffix: str,
    one_in: int,
) -> None:
    # The oracle writes its patterns anew each time, and relies on `re` to know them again.
    monkeypatch.setattr(re, "_MAXCACHE", 100_000)
    engine = Engine(corpus.rulebook, corpus.routing)
    differing: defaultdict[str, list[str]] = defaultdict(list)
    seen = asked = fired = 0
    for path in sorted((shared_data / folder).rglob(f"*.{suffix}")):
        for batch in batches_of(path, engine):
            found: defaultdict[int, set[str]] = defaultdict(set)
            for hit in engine.judge(batch):
                found[hit.row].add(str(hit.rule.info.id))
            for group in batch.groups:
                for row in group.rows:
                    seen += 1
                    # Most events match nothing: of those that do, more are asked.
                    if not EVERY_EVENT and seen % one_in and (seen % 10 or not found[row]):
                        continue
                    asked += 1
                    wanted = oracle.fires(group.origin, batch.record(row))
                    fired += len(wanted)
                    for rule in wanted ^ found[row]:
                        who = "only the oracle" if rule in wanted else "only the engine"
                        differing[f"{rule}: {who}"].append(f"{batch.source} record {batch.number(row)}")
    record_property("asked", f"{folder}: {len(oracle)} rules, {asked} of {seen} events, {fired} matches")
    assert asked > 500
    assert fired > 50
    assert {rule: places[:3] for rule, places in differing.items()} == {}
