"""The fold: slots of the journal in, findings, incidents and alarms out. The same slots give the same, always.

For each slot, in this order:

1. Notes are taken: what people decided.
2. Records are read, once for rules and behaviour; what cannot be read is counted and kept.
3. Rules are matched; matches go to correlations, and correlations are asked what has become final.
4. Observations go to behaviours in order of time; at each new minute every behaviour is told the time.
5. All findings go to the incidents, which say what changed and whether somebody has to be woken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Final, TypeVar

from codedark.app.joined_parcels import JoinedParcels, joined
from codedark.app.judging import finding_of as match_of
from codedark.app.own_errors import own_error
from codedark.app.setting_aside import read_apart
from codedark.app.watching.memory import CORRELATIONS, INCIDENTS, Joining, Memory, Parts, Watched, version_of
from codedark.app.watching.notes import decisions_in
from codedark.app.watching.observing import EngineView, Observer
from codedark.app.watching.told import Told
from codedark.detect.behaviour.behaviour import Context, Sign
from codedark.detect.behaviour.catalogue import Shown
from codedark.detect.behaviour.catalogue import finding_of as sign_of
from codedark.detect.behaviour.observation import Observation
from codedark.detect.behaviour.reading import Reading
from codedark.detect.finding import Finding, Level
from codedark.detect.sigma.correlate import Correlations
from codedark.detect.sigma.engine import Engine, Hit
from codedark.detect.sigma.rulebook import Rulebook
from codedark.events.logsource import Routing
from codedark.events.moments import AHEAD_US, BEHIND_US, moment_of
from codedark.events.parcel import NOTE, Parcel
from codedark.events.record import Record, SourceName
from codedark.respond.decision import Decision
from codedark.respond.incidents import Incidents

_TICK_US: Final = 60 * 1_000_000
_MOST_DECIDED: Final = 1_000

_Seen = tuple[EngineView, list[Observation], list[Hit]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rules:
    """Sigma at work: ``rulebook`` with its ``routing``; findings below ``min_level`` are not kept, and a match may
    come ``lateness_seconds`` after others and still be correlated with them.
    """

    rulebook: Rulebook
    routing: Routing
    min_level: Level = Level.LOW
    lateness_seconds: float = 30.0


class Watcher:
    """One hospital's watch. Without ``rules`` it watches behaviour alone, without ``watched`` rules alone."""

    def __init__(
        self,
        rules: Rules | None,
        readings: Sequence[Reading],
        watched: Sequence[Watched],
        context: Context,
        incidents: Joining,
    ) -> None:
        self._rules = rules
        self._engine = Engine(rules.rulebook, rules.routing) if rules else None
        self._observer = Observer(self._engine, readings, context.places)
        self._memory = Memory(watched, incidents, *_correlations(rules))
        self._context = context
        self._take_up_memory()

    def parts(self) -> dict[str, tuple[int, bytes]]:
        """As `Memory` has it."""
        return self._memory.parts()

    def restore(self, parts: Parts) -> list[str]:
        """As `Memory` has it."""
        begun_anew = self._memory.restore(parts)
        self._take_up_memory()
        return begun_anew

    def number_behind(self, last: Mapping[int, int]) -> None:
        """As `Incidents` has it."""
        if isinstance(self._memory.incidents, Incidents):
            self._memory.incidents.number_behind(last)

    def _take_up_memory(self) -> None:
        self._by_kind: dict[type, list[Watched]] = {}
        for each in self._memory.watched.values():
            for kind in each.behaviour.watches:
                self._by_kind.setdefault(kind, []).append(each)
        self._context.held = self._memory.incidents.held

    @property
    def incidents(self) -> Joining:
        """What joins the findings."""
        return self._memory.incidents

    def fold(self, slot: Sequence[Parcel]) -> Told:
        """One slot, whole."""
        told = Told(slot[-1].end, slot[-1].arrived_us)
        for parcel in slot:
            told.taken += parcel.count if parcel.format != NOTE else 0
            for decision in decisions_in(parcel):
                if self._is_new(decision):
                    with told.going_on(INCIDENTS):
                        told.change(self._memory.incidents.decide(decision, parcel.arrived_us))
        for together in joined(slot):
            for part, seen in read_apart(together.parcels, self._seen, told.set_aside):
                for view, observed, hits in seen:
                    self._judge(view, hits, part, told)
                    self._observe(view, observed, part, told)
        self._pass_time(told)
        if told.findings:
            told.findings.sort(key=_in_order)
            self._join(told)
        return told

    def _join(self, told: Told) -> None:
        """All findings together; where that fails, each alone, so that no more than one is passed over. Some are then
        taken twice: better heard twice than never.
        """
        incidents = self._memory.incidents
        try:
            told.change(incidents.take(told.findings, told.now_us))
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - said for the finding that it comes from
            for finding in told.findings:
                with told.going_on(INCIDENTS):
                    told.change(incidents.take([finding], told.now_us))

    def _is_new(self, decision: Decision) -> bool:
        """Whether it is told for the first time: a crash between journal and state has it journalled again."""
        decided = self._memory.decided
        if decision.id in decided:
            return False
        decided[decision.id] = None
        if len(decided) > _MOST_DECIDED:
            del decided[next(iter(decided))]
        return True

    def _seen(self, parcels: Sequence[Parcel]) -> tuple[JoinedParcels, list[_Seen]]:
        """Read parcels of one format and header, and match rules, without anything being remembered."""
        part = JoinedParcels(parcels)
        engine = self._engine
        read = self._observer.read(part)
        return part, [(view, observed, [*engine.judge(view)] if engine else []) for view, observed in read]

    def _judge(self, view: EngineView, hits: Sequence[Hit], part: JoinedParcels, told: Told) -> None:
        told.rejected += map(part.rejected, view.rejected)
        for group in view.groups:
            told.judged[group.origin.log] += len(group.rows)
        correlations = self._memory.correlations
        if not (self._rules and correlations):
            return
        needs, silenced = correlations.needs, correlations.silenced
        for hit in hits:
            info = hit.rule.info
            kept = info.level >= self._rules.min_level and info.id not in silenced
            if not kept and info.id not in needs:
                continue
            parcel, number = part.place(view.number(hit.row))
            arrived = moment_of(parcel.arrived_us)
            found = replace(match_of(hit, view, arrived), source=SourceName(parcel.source), record=number)
            found = _believable(found, arrived)
            if info.id in needs:
                with told.going_on(CORRELATIONS):
                    correlations.feed(found)
            if kept:
                told.findings.append(found)

    def _observe(self, view: EngineView, observed: list[Observation], part: JoinedParcels, told: Told) -> None:
        def shown(row: int) -> tuple[SourceName, int, Record]:
            parcel, number = part.place(view.number(row))
            return SourceName(parcel.source), number, view.record(row)

        observed.sort(key=itemgetter(0))
        for each in observed:
            for watched in self._by_kind.get(each.__class__, ()):
                self._hear(watched, watched.behaviour.take, each, shown, told)

    def _hear(
        self,
        watched: Watched,
        signs: Callable[[T, Context], Iterator[Sign]],
        of: T,
        shown: Shown | None,
        told: Told,
    ) -> None:
        """The ``signs`` that a behaviour makes ``of`` something, which ``shown`` shows (None: time alone); none of
        them, and why, where it fails.
        """
        try:
            made = [*signs(of, self._context)]
            if shown is None:
                made = [replace(sign, row=-1) for sign in made]
            told.findings += [sign_of(sign, watched.rule, told.next, shown or _nothing) for sign in made]
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - as in `read_apart`
            told.passed_over(watched.behaviour.id, own_error(error))

    def _pass_time(self, told: Told) -> None:
        memory = self._memory
        if memory.correlations:
            with told.going_on(CORRELATIONS):
                told.findings += memory.correlations.drain(moment_of(told.now_us))
        if told.now_us // _TICK_US == memory.ticked_us // _TICK_US:
            return
        memory.ticked_us = told.now_us
        for watched in memory.watched.values():
            self._hear(watched, watched.behaviour.tick, told.now_us, None, told)
        with told.going_on(INCIDENTS):
            told.change(memory.incidents.tick(told.now_us))


def _correlations(rules: Rules | None) -> tuple[Correlations | None, int]:
    if rules is None:
        return None, 0
    book = rules.rulebook
    return Correlations(book.correlations, book.base, rules.lateness_seconds), version_of(book, rules.lateness_seconds)


def _believable(finding: Finding, arrived: datetime) -> Finding:
    """The finding at the time of its arrival, where its record's clock is off (as `events.moments` has it)."""
    time = finding.time
    if time is None or not timedelta(microseconds=-BEHIND_US) <= time - arrived <= timedelta(microseconds=AHEAD_US):
        return replace(finding, time=arrived)
    return finding


def _in_order(finding: Finding) -> tuple[datetime, int, str]:
    return finding.time or moment_of(0), finding.record, finding.id


def _nothing(_row: int) -> tuple[SourceName, int, Record]:
    return SourceName(""), 0, {}
