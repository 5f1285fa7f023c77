"""The engine held against the oracle on recorded logs: the engine judges every event of a file, as in a hunt."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from codedark.detect.sigma.engine import Engine
from codedark.events.record import Batch, Rejected
from codedark.ingest.archive import Limits
from codedark.ingest.formats import batches
from codedark.ingest.open import open_sources
from tests.oracle.corpus import Oracle

PLACES_TOLD: Final = 3


@dataclass(slots=True)
class Agreement:
    """What came of one file, or of several together.

    ``questions``: rules asked of events. ``differing``: for each rule and who alone says that it matches, how often
    and the first places.
    """

    events: int = 0
    asked: int = 0
    questions: int = 0
    matches: int = 0
    seconds: float = 0.0
    differences: int = 0
    differing: dict[str, list[str]] = field(default_factory=dict)

    def add(self, other: Agreement) -> None:
        """Take the figures of another file to these."""
        self.events += other.events
        self.asked += other.asked
        self.questions += other.questions
        self.matches += other.matches
        self.seconds += other.seconds
        self.differences += other.differences
        for rule, places in other.differing.items():
            self.differing[rule] = [*self.differing.get(rule, []), *places][:PLACES_TOLD]

    def __str__(self) -> str:
        return (
            f"{self.asked} of {self.events} events, {self.questions} questions, {self.matches} matches, "
            f"{self.differences} differences, {self.seconds / 60:.1f} minutes"
        )


def compare(
    path: Path, engine: Engine, oracle: Oracle, chosen: Callable[[int, bool], bool] = lambda _number, _found: True
) -> Agreement:
    """Ask the oracle of the events of a file, and compare what it says with what the engine found.

    ``chosen`` says of the number of an event in this file, from 1, and of whether the engine found anything in it,
    if the oracle is asked of it.
    """
    result = Agreement()
    started, questions = time.perf_counter(), oracle.questions
    for batch in _batches(path, engine):
        found: defaultdict[int, set[str]] = defaultdict(set)
        for hit in engine.judge(batch):
            found[hit.row].add(str(hit.rule.info.id))
        for group in batch.groups:
            for row in group.rows:
                result.events += 1
                if not chosen(result.events, bool(found[row])):
                    continue
                result.asked += 1
                wanted = oracle.fires(group.origin, batch.record(row))
                result.matches += len(wanted)
                for rule in wanted ^ found[row]:
                    who = "only the oracle" if rule in wanted else "only the engine"
                    result.differences += 1
                    places = result.differing.setdefault(f"{rule}: {who}", [])
                    if len(places) < PLACES_TOLD:
                        places.append(f"{batch.source} record {batch.number(row)}")
    result.questions = oracle.questions - questions
    result.seconds = time.perf_counter() - started
    return result


def _batches(path: Path, engine: Engine) -> Iterator[Batch]:
    """The batches of a file, as a hunt reads it."""
    rejected: list[Rejected] = []
    for opened in open_sources(path, Limits(), rejected.append):
        yield from batches(opened, engine, Limits(), rejected.append)
