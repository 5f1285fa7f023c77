"""Stays that were booked on the wrong patient or under the wrong number, and were moved (HL7 v2.5.1, 3.3.41-3.3.50).

What was said of such a stay until it was moved is what was said of the other one, whatever came first. Who somebody is
does not move; an allergy that was told is kept on both sides, because nobody can tell whose it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final

from codedark.continuity.charts.chart import Group, PatientId
from codedark.continuity.charts.doubt import Doubt
from codedark.continuity.charts.fact import LIST, Fact, Move
from codedark.continuity.charts.record import Record

_STAYING: Final = frozenset({Group.IDENTITY, Group.CONTACTS})
Survivor = Callable[[PatientId], PatientId]
Numbers = Callable[[PatientId], frozenset[PatientId]]
"""All numbers of whoever has this one."""


class Moves:
    """All moves that were told. Order of coming does not matter; one that is told twice is one.

    A site moves stays every day for years: so whoever has to do with a patient is found by number, never among all.
    """

    def __init__(self) -> None:
        self._of: dict[PatientId, set[Move]] = {}

    def add(self, move: Move) -> bool:
        """Take a move in; False where it was known."""
        if self.knows(move):
            return False
        for number in (move.patient, move.into):
            self._of.setdefault(number, set()).add(move)
        return True

    def told(self) -> Iterator[Move]:
        """All of them."""
        return iter(self._among(self._of))

    def knows(self, move: Move) -> bool:
        """Whether it was told already."""
        return move in self._of.get(move.patient, ())

    def numbers(self) -> Iterable[PatientId]:
        """Whoever has lost or gained anything by a move."""
        return self._of.keys()

    def touch(self, numbers: Iterable[PatientId]) -> bool:
        """Whether whoever has these numbers has lost or gained anything by a move."""
        return any(number in self._of for number in numbers)

    def kin(self, number: PatientId, numbers: Numbers) -> frozenset[PatientId]:
        """All numbers of a patient, and of everybody to or from whom anything of his was moved, also over others."""
        found: set[PatientId] = set()
        open_ = [number]
        while open_:
            at = open_.pop()
            if at not in found:
                found |= (own := numbers(at))
                open_ += (to for each in own for move in self._of.get(each, ()) for to in (move.patient, move.into))
        return frozenset(found)

    def applied(
        self,
        numbers: Iterable[PatientId],
        kin: Collection[PatientId],
        records: Mapping[PatientId, Record],
        survivor: Survivor,
    ) -> list[Record]:
        """What was told of the patient who has these numbers, without what was moved away, with what was moved here.

        ``kin``: of whom that may be (`kin`).
        """
        own = set(numbers)
        linked = sorted(number for number in kin if number in records)
        moves = self._among(kin)
        accounts = _accounts(records[number] for number in linked)
        made = Record()
        for number in linked:
            is_own = number in own
            if is_own:
                made.heard.update({key: max(at, made.heard.get(key, 0)) for key, at in records[number].heard.items()})
            for fact in records[number].facts():
                patient, visit = _where(fact, moves, accounts, survivor)
                is_here = patient in own
                if fact.group in _STAYING or (is_own and fact.group is Group.ALLERGIES and not is_here):
                    if is_own:
                        made.add(fact)
                elif is_here:
                    made.add(_as_of(fact, fact.patient if is_own else patient, visit))
        return [made]

    def doubts(self, patient: PatientId, numbers: Iterable[PatientId], survivor: Survivor) -> Iterator[Doubt]:
        """That records of this patient were moved between patients: of what had no stay's number nobody can tell."""
        for move in self._among(numbers):
            source, target = survivor(move.patient), survivor(move.into)
            if source != target and patient in {source, target}:
                kind, other = ("moved-away", target) if patient == source else ("moved-here", source)
                yield Doubt(kind, move.visit or "*", other)

    def _among(self, numbers: Iterable[PatientId]) -> list[Move]:
        """The moves of these numbers, in the order in which they were said."""
        found = {move for number in numbers for move in self._of.get(number, ())}
        return sorted(found, key=lambda each: (each.said, repr(each)))


def _where(
    fact: Fact, moves: Iterable[Move], accounts: Mapping[str, frozenset[str]], survivor: Survivor
) -> tuple[PatientId, str]:
    """Whose a fact is, and of which stay, when all moves are done that were told after it."""
    patient, visit = survivor(fact.patient), fact.visit
    for move in moves:
        if move.said.at_us < fact.said.at_us or survivor(move.patient) != patient:
            continue
        is_named = visit == move.visit
        if not move.visit or (visit and (is_named or (move.is_account and visit in accounts.get(move.visit, ())))):
            patient = survivor(move.into)
            visit = move.to_visit if is_named and move.to_visit else visit
    return patient, visit


def _accounts(records: Iterable[Record]) -> Mapping[str, frozenset[str]]:
    """The stays of each account (PID-18)."""
    found: dict[str, set[str]] = {}
    for record in records:
        for fact in record.facts():
            account = dict(fact.fields).get("account") if fact.group is Group.VISIT else None
            if account:
                found.setdefault(account, set()).add(fact.key)
    return {account: frozenset(visits) for account, visits in found.items()}


def _as_of(fact: Fact, patient: PatientId, visit: str) -> Fact:
    """A fact as one of another patient or stay."""
    if patient == fact.patient and visit == fact.visit:
        return fact
    key = fact.key
    if fact.group is Group.VISIT:
        key = visit
    elif fact.group is Group.PROBLEMS and key.startswith(LIST):
        key = f"{key.removesuffix(fact.visit)}{visit}"
    fields = tuple((name, visit if name == "visit" else value) for name, value in fact.fields)
    return fact._replace(patient=patient, key=key, fields=fields, visit=visit)
