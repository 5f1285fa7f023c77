"""Records to facts: each record is told, passed over or rejected, and counted as that. One broken record breaks no
other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeVar

from codedark.hospital.importers.facts import AccountFact, AssetFact, Facts, Origin, WardFact, ZoneFact
from codedark.hospital.problem import Problem, Severity

T = TypeVar("T")
Fact = AssetFact | AccountFact | ZoneFact | WardFact
PassedOver = str
Said = Iterable[Fact] | PassedOver
"""What a record says: facts, or the sort of record that says nothing here (``group``, ``disabled computer``)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known beside the bytes of a file.

    ``today`` decides whether an operating system is still supported (without it nothing is said about that);
    ``columns`` names the column of a field where it cannot be guessed.
    """

    today: date | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


class Unread(ValueError):
    """A record, or a value in it, that means nothing; ``mend`` says what to do."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


class Broken(NamedTuple):
    """A piece of a file that is no record."""

    line: int
    what: str
    mend: str


def gather(file: str, records: Iterable[tuple[int, str, T] | Broken], say: Callable[[Origin, T], Said]) -> Facts:
    """What ``say`` makes of the ``records`` of ``file``: (line or 0, name of the record, record) each."""
    facts = Facts()
    for record in records:
        if isinstance(record, Broken):
            facts.rejected.append(problem(file, *record))
            continue
        line, name, value = record
        try:
            said = say(Origin(file, name), value)
            told = said if isinstance(said, str) else list(said)
        except Unread as unread:
            where = "" if line else f"{name}: "
            facts.rejected.append(problem(file, line, where + unread.what, unread.mend))
            continue
        if isinstance(told, str):
            facts.passed_over[told] += 1
            continue
        facts.records += 1
        for fact in told:
            _keep(facts, fact)
    return facts


def problem(file: str, line: int, what: str, mend: str) -> Problem:
    """A record that was not read, as a problem."""
    return Problem(Severity.WARNING, file, line, what, mend)


def _keep(facts: Facts, fact: Fact) -> None:
    match fact:
        case AssetFact():
            facts.assets.append(fact)
        case AccountFact():
            facts.accounts.append(fact)
        case ZoneFact():
            facts.zones.append(fact)
        case WardFact():
            facts.wards.append(fact)
