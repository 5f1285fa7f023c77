"""The fold: slots of the journal in, findings, incidents and alarms out. The same slots give the same, always.

For each slot, in this order:

1. Notes are taken: what people decided.
2. Records are read, once for rules and behaviour; what cannot be read is counted and kept.
3. Rules are matched; matches go to correlations, and correlations are asked what has become final.
4. Observations go to behaviours in order of time; at each new minute every behaviour is told the time.
5. All findings go to the incidents, which say what changed and whether somebody has to be woken.
"""

from __future__ import annotations

import pickle
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, Final, Protocol

from codedark.app.joined_parcels import JoinedParcels, joined
from codedark.app.judging import finding_of as match_of
from codedark.app.setting_aside import read_apart, where
from codedark.app.watching.notes import decisions_in
from codedark.app.watching.observing import EngineView, Observer
from codedark.app.watching.taking_up import taken_up
from codedark.detect.behaviour.behaviour import Behaviour, Context
from codedark.detect.behaviour.catalogue import finding_of as sign_of
from codedark.detect.behaviour.observation import Observation
from codedark.detect.behaviour.reading import Reading
from codedark.detect.finding import Finding, Level, RuleInfo
from codedark.detect.sigma.correlate import Correlations
from codedark.detect.sigma.engine import Engine, Hit
from codedark.detect.sigma.rulebook import Rulebook
from codedark.events.logsource import Routing
from codedark.events.moments import AHEAD_US, BEHIND_US
from codedark.events.parcel import NOTE, Parcel
from codedark.events.record import Record, Rejected, SourceName
from codedark.respond.decision import Decision
from codedark.respond.incident import Alarm, Incident

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK_US: Final = 60 * 1_000_000
_MOST_DECIDED: Final = 1_000
_CORRELATIONS: Final = "correlations"
_INCIDENTS: Final = "incidents"

_Seen = tuple[EngineView, list[Observation], list[Hit]]
Parts = Mapping[str, tuple[int, bytes]]
"""What a watcher remembers, by name: the version of its form, and its bytes."""


class Joining(Protocol):
    """What joins findings to incidents (`codedark.respond.incidents.Incidents`)."""

    def take(self, findings: Sequence[Finding], now_us: int) -> Iterator[Incident | Alarm]:
        """New findings, in order of time."""

    def tick(self, now_us: int) -> Iterator[Incident | Alarm]:
        """Time has passed."""

    def decide(self, decision: Decision, now_us: int) -> Iterator[Incident | Alarm]:
        """Somebody has decided."""

    def held(self, host: str, account: str) -> bool:
        """Whether a host or an account is under suspicion."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A behaviour at work, with what it is called."""

    behaviour: Behaviour
    rule: RuleInfo


@dataclass(slots=True)
class Told:
    """What came of one slot. ``next`` is the number of the first record behind it, ``now_us`` its time."""

    next: int
    now_us: int
    findings: list[Finding] = field(default_factory=list)
    incidents: dict[str, Incident] = field(default_factory=dict)
    alarms: list[Alarm] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    judged: Counter[str] = field(default_factory=Counter)
    taken: int = 0
    aside: list[Rejected] = field(default_factory=list)
    """What could not be judged because of an error of ours: records, which are rejected too, or observations."""

    def set_aside(self, parcel: Parcel, reason: str) -> None:
        """The only record of a parcel could not be judged."""
        self.aside.append(Rejected(SourceName(parcel.source), parcel.first, reason))
        self.rejected.append(self.aside[-1])

    def passed_over(self, behaviour: str, error: Exception) -> None:
        """A behaviour could not take one observation, or the time, because of an error of ours."""
        self.aside.append(Rejected(SourceName(behaviour), self.next - 1, f"{behaviour}: {where(error)}"))


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

    version: Final = 2

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
        self._correlations = (
            Correlations(rules.rulebook.correlations, rules.rulebook.base, rules.lateness_seconds) if rules else None
        )
        self._observer = Observer(self._engine, readings, context.places)
        self._watched = {each.behaviour.id: each for each in watched}
        self._context = context
        self._by_kind = _by_kind(watched)
        self._incidents = incidents
        context.held = incidents.held
        self._ticked_us = 0
        self._decided: dict[str, None] = {}
        self._unlearnt = {f"unlearnt/{name}": _pickled(each.behaviour) for name, each in self._watched.items()}
        self._unlearnt[f"unlearnt/{_INCIDENTS}"] = _pickled(incidents)

    @property
    def incidents(self) -> Joining:
        """What joins the findings."""
        return self._incidents

    def fold(self, slot: Sequence[Parcel]) -> Told:
        """One slot, whole."""
        told = Told(slot[-1].end, slot[-1].arrived_us)
        for parcel in slot:
            told.taken += parcel.count if parcel.format != NOTE else 0
            for decision in decisions_in(parcel):
                if self._is_new(decision):
                    _sort(self._incidents.decide(decision, parcel.arrived_us), told)
        for together in joined(slot):
            for part, seen in read_apart(together.parcels, self._seen, told.set_aside):
                for view, observed, hits in seen:
                    self._judge(view, hits, part, told)
                    self._observe(view, observed, part, told)
        self._pass_time(told)
        if told.findings:
            told.findings.sort(key=_in_order)
            _sort(self._incidents.take(told.findings, told.now_us), told)
        return told

    def _is_new(self, decision: Decision) -> bool:
        """Whether it is told for the first time: a crash between journal and state has it journalled again."""
        if decision.id in self._decided:
            return False
        self._decided[decision.id] = None
        if len(self._decided) > _MOST_DECIDED:
            del self._decided[next(iter(self._decided))]
        return True

    def _seen(self, parcels: Sequence[Parcel]) -> tuple[JoinedParcels, list[_Seen]]:
        """Read parcels of one format and header, and match rules, without anything being remembered."""
        part = JoinedParcels(parcels[0].format, parcels[0].header)
        for parcel in parcels:
            part.add(parcel)
        engine = self._engine
        read = self._observer.read(part)
        return part, [(view, observed, [*engine.judge(view)] if engine else []) for view, observed in read]

    def _judge(self, view: EngineView, hits: Sequence[Hit], part: JoinedParcels, told: Told) -> None:
        told.rejected += map(part.rejected, view.rejected)
        for group in view.groups:
            told.judged[group.origin.log] += len(group.rows)
        if not (self._rules and self._correlations):
            return
        needs, silenced = self._correlations.needs, self._correlations.silenced
        for hit in hits:
            info = hit.rule.info
            kept = info.level >= self._rules.min_level and info.id not in silenced
            if not kept and info.id not in needs:
                continue
            parcel, number = part.place(view.number(hit.row))
            arrived = _moment(parcel.arrived_us)
            found = replace(match_of(hit, view, arrived), source=SourceName(parcel.source), record=number)
            found = _believable(found, arrived)
            if info.id in needs:
                self._correlations.feed(found)
            if kept:
                told.findings.append(found)

    def _observe(self, view: EngineView, observed: list[Observation], part: JoinedParcels, told: Told) -> None:
        def shown(row: int) -> tuple[SourceName, int, Record]:
            parcel, number = part.place(view.number(row))
            return SourceName(parcel.source), number, view.record(row)

        observed.sort(key=itemgetter(0))
        for each in observed:
            for watched in self._by_kind.get(each.__class__, ()):
                try:
                    signs = [*watched.behaviour.take(each, self._context)]
                    told.findings += [sign_of(sign, watched.rule, told.next, shown) for sign in signs]
                except MemoryError:
                    raise
                except Exception as error:  # noqa: BLE001 - as in `read_apart`
                    told.passed_over(watched.behaviour.id, error)

    def _pass_time(self, told: Told) -> None:
        if self._correlations:
            told.findings += self._correlations.drain(_moment(told.now_us))
        if told.now_us // _TICK_US == self._ticked_us // _TICK_US:
            return
        self._ticked_us = told.now_us
        for watched in self._watched.values():
            try:
                signs = [*watched.behaviour.tick(told.now_us, self._context)]
                told.findings += [sign_of(replace(sign, row=-1), watched.rule, told.next, _nothing) for sign in signs]
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - as in `read_apart`
                told.passed_over(watched.behaviour.id, error)
        _sort(self._incidents.tick(told.now_us), told)

    def parts(self) -> dict[str, tuple[int, bytes]]:
        """Everything it remembers, to be saved together with the number of the next record; and what each began as,
        which tells later whether settings have changed since.
        """
        saved = {f"behaviour/{name}": (each.behaviour.version, _pickled(each.behaviour)) for name, each in
                 self._watched.items()}  # fmt: skip
        saved[_INCIDENTS] = (self.version, _pickled(self._incidents))
        if self._correlations:
            saved[_CORRELATIONS] = (self._rules_version(), _pickled(self._correlations))
        saved["watcher"] = (self.version, _pickled((self._ticked_us, self._decided)))
        return saved | {name: (self.version, data) for name, data in self._unlearnt.items()}

    def restore(self, parts: Parts) -> list[str]:
        """Take up what was saved, under the settings of today. Returns the names of what could not be, and so begins
        anew: its form has changed since, or rules have, for correlations.
        """
        begun_anew = []
        for name, watched in list(self._watched.items()):
            version, data = parts.get(f"behaviour/{name}", (-1, b""))
            if version == watched.behaviour.version:
                learnt = self._taken_up(name, _unpickled(data), watched.behaviour, parts)
                self._watched[name] = replace(watched, behaviour=learnt)
            else:
                begun_anew.append(f"behaviour/{name}")
        self._by_kind = _by_kind(list(self._watched.values()))
        version, data = parts.get(_INCIDENTS, (-1, b""))
        if version == self.version:
            self._incidents = self._taken_up(_INCIDENTS, _unpickled(data), self._incidents, parts)
            self._context.held = self._incidents.held
        else:
            begun_anew.append(_INCIDENTS)
        version, data = parts.get(_CORRELATIONS, (-1, b""))
        if self._correlations and version == self._rules_version():
            self._correlations = _unpickled(data)
        elif self._correlations:
            begun_anew.append(_CORRELATIONS)
        version, data = parts.get("watcher", (-1, b""))
        self._ticked_us, self._decided = _unpickled(data) if version == self.version else (0, {})
        return begun_anew

    def _taken_up(self, name: str, learnt: Any, now: Any, parts: Parts) -> Any:
        _, then = parts.get(f"unlearnt/{name}", (-1, self._unlearnt[f"unlearnt/{name}"]))
        return taken_up(learnt, _unpickled(then), now)

    def _rules_version(self) -> int:
        """Of all that correlations are made of: windows of another rule, or of other matches, are not taken up."""
        assert self._rules
        book = self._rules.rulebook
        said = sorted(f"{rule!r} {[book.base.get(name) for name in rule.references]}" for rule in book.correlations)
        return zlib.crc32("\n".join([*said, str(self._rules.lateness_seconds)]).encode("utf-8", "surrogatepass"))


def _by_kind(watched: Sequence[Watched]) -> dict[type, list[Watched]]:
    by_kind: dict[type, list[Watched]] = {}
    for each in watched:
        for kind in each.behaviour.watches:
            by_kind.setdefault(kind, []).append(each)
    return by_kind


def _sort(changes: Iterator[Incident | Alarm], told: Told) -> None:
    for change in changes:
        if isinstance(change, Alarm):
            told.alarms.append(change)
        else:
            told.incidents[change.id] = change


def _believable(finding: Finding, arrived: datetime) -> Finding:
    """The finding at the time of its arrival, where its record's clock is off (as `events.moments` has it)."""
    time = finding.time
    if time is None or not timedelta(microseconds=-BEHIND_US) <= time - arrived <= timedelta(microseconds=AHEAD_US):
        return replace(finding, time=arrived)
    return finding


def _in_order(finding: Finding) -> tuple[datetime, int, str]:
    return finding.time or _EPOCH, finding.record, finding.id


def _moment(at_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at_us)


def _nothing(_row: int) -> tuple[SourceName, int, Record]:
    return SourceName(""), 0, {}


def _pickled(value: object) -> bytes:
    return pickle.dumps(value, 5)


def _unpickled(data: bytes) -> Any:
    return pickle.loads(data)  # noqa: S301 - our own checkpoint, whose checksum was right
