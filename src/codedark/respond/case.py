"""An incident while it goes on: what the findings say together, how far it has come, whom it names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import log

from codedark.respond.incident import Evidence, IncidentId, Status, Verdict
from codedark.respond.naming import Named
from codedark.respond.odds import log_odds
from codedark.respond.settings import AlarmSettings
from codedark.respond.suspicion import Suspicion, growth
from codedark.respond.weights import Firing

_MOST_ODDS = log_odds(0.999999)


@dataclass(slots=True)
class Told:
    """What people were told of an incident: how many alarms under its id, the last at ``at_us``, and the state that
    they spoke of. ``known`` is whether anybody was told of it, or of one that it took in.
    """

    alarms: int = 0
    known: bool = False
    at_us: int = 0
    band: int = 0
    likely: bool = False
    tactics: set[str] = field(default_factory=set)
    grave: frozenset[str] = frozenset()
    privileged: set[str] = field(default_factory=set)
    harm: set[str] = field(default_factory=set)
    misuse: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Kept:
    """A piece of evidence, and what is needed to weigh it again after a merger."""

    evidence: Evidence
    groups: tuple[str, ...]
    tactic: str
    weight: float


@dataclass(slots=True)
class Case:
    """One incident under way. ``serial`` counts all incidents; ``hosts`` and ``accounts`` map whom it names to times.

    ``entities`` are all whom it ties together, ``bearers`` those of whom its evidence speaks first. ``harm`` maps what
    cannot wait (a technique, or a canary's rule) to what it is called; ``at_once`` whether that was ever critical.
    ``misuse`` are the rules whose findings are told by themselves, each with the account, and the matter that it is
    about: the rule with the patient, where it speaks of one.
    """

    id: IncidentId
    serial: int
    began_us: int
    last_us: int
    suspicion: Suspicion
    status: Status = Status.OPEN
    kept: dict[tuple[str, str, str], Kept] = field(default_factory=dict)
    hosts: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    entities: dict[str, None] = field(default_factory=dict)
    bearers: dict[str, None] = field(default_factory=dict)
    tactics: dict[str, int] = field(default_factory=dict)
    strengths: dict[str, tuple[float, int]] = field(default_factory=dict)
    harm: dict[str, str] = field(default_factory=dict)
    at_once: bool = False
    misuse: dict[str, str] = field(default_factory=dict)
    told: Told = field(default_factory=Told)
    verdict: Verdict | None = None
    merged_into: IncidentId | None = None
    shown_odds: float = -99.0
    changed: bool = True

    def add(self, found: Named, hosts: tuple[str, ...], weight: float, settings: AlarmSettings) -> float:
        """Take in a finding of this ``weight`` that names ``hosts``; returns what it added to the log-odds.

        The more hosts are in it, the likelier something ordinary is seen on one of them (the look-elsewhere effect): on
        one of so many hosts is that many times as likely as on one.
        """
        elsewhere = max(1, len(self.hosts.keys() - set(hosts)))
        weight = max(0.0, weight - log(elsewhere))
        in_moment = self.suspicion.in_moment(found.at_us, settings)
        added = self.suspicion.add(f"{found.rule.id}|{found.host}", found.rule.groups, weight, found.at_us, settings)
        if weight >= settings.progress.least_weight and found.rule.tactic:
            self._progress(found.rule.tactic, weight, found.at_us, in_moment=in_moment, settings=settings)
        self._keep(found, added, weight, settings.memory.most_evidence)
        self._name(hosts, (found.account, *found.others), settings.memory.most_names)
        self.began_us, self.last_us = min(self.began_us, found.at_us), max(self.last_us, found.at_us)
        return added

    def log_odds(self, now_us: int, settings: AlarmSettings) -> float:
        """How sure, now: the prior, the evidence, and the progress through tactics beyond the best shown of them."""
        odds = log_odds(settings.belief.prior) + self.suspicion.score(now_us, settings.belief.half_life_days)
        faded = [strength * _left(max(0, now_us - at_us), settings) for strength, at_us in self.strengths.values()]
        if len(faded) > 1:
            faded.remove(max(faded))
            progress = settings.progress
            odds += sum(min(progress.further_tactic, progress.of_weight * each) for each in faded)
        return min(_MOST_ODDS, odds)

    def bear(self, entities: Iterable[str], settings: AlarmSettings) -> None:
        """Its evidence speaks of these first."""
        for entity in entities:
            if len(self.bearers) < settings.memory.most_names:
                self.bearers[entity] = None

    def absorb(self, other: Case, now_us: int, settings: AlarmSettings) -> None:
        """Become one with ``other``: its evidence is weighed again beside this one's, and no certainty is lost."""
        before = max(each.suspicion.score(now_us, settings.belief.half_life_days) for each in (self, other))
        for key, kept in other.kept.items():
            found = kept.evidence
            self.suspicion.add(f"{found.rule}|{found.host}", kept.groups, kept.weight, found.at_us, settings)
            mine = self.kept.get(key)
            times = found.times + (mine.evidence.times if mine else 0)
            heavier = mine if mine and mine.evidence.weight > found.weight else kept
            self.kept[key] = replace(heavier, evidence=replace(heavier.evidence, times=times))
        self._forget_lightest(settings.memory.most_evidence)
        self.suspicion.raise_to(before, now_us, settings.belief.half_life_days)
        for tactic, (strength, at_us) in other.strengths.items():
            self._strengthen(tactic, strength, at_us, settings)
        for tactic, first_us in other.tactics.items():
            self.tactics[tactic] = min(first_us, self.tactics.get(tactic, first_us))
        for mine_, theirs in ((self.hosts, other.hosts), (self.accounts, other.accounts)):
            for name, number in theirs.items():
                if name in mine_ or len(mine_) < settings.memory.most_names:
                    mine_[name] = mine_.get(name, 0) + number
        for entity in other.entities:
            if len(self.entities) < 2 * settings.memory.most_names:
                self.entities[entity] = None
        self.bear(other.bearers, settings)
        self.harm.update(other.harm)
        self.at_once |= other.at_once
        self.misuse |= other.misuse
        self.began_us, self.last_us = min(self.began_us, other.began_us), max(self.last_us, other.last_us)
        self.told.tactics |= other.told.tactics
        self.told.privileged |= other.told.privileged
        self.told.harm |= other.told.harm
        self.told.misuse |= other.told.misuse
        self.told.grave |= other.told.grave
        self.told.band = max(self.told.band, other.told.band)
        self.told.at_us = max(self.told.at_us, other.told.at_us)
        self.told.known |= other.told.known
        self.told.likely |= other.told.likely
        self.changed = True

    def firings(self) -> list[Firing]:
        """What fired, for the weights to learn from a verdict."""
        return [Firing(rule, host, account) for rule, host, account in self.kept]

    def _progress(self, tactic: str, weight: float, at_us: int, *, in_moment: bool, settings: AlarmSettings) -> None:
        self.tactics[tactic] = min(at_us, self.tactics.get(tactic, at_us))
        strength = weight
        if in_moment and tactic not in self.strengths and self.strengths:
            strength *= settings.progress.same_moment
        self._strengthen(tactic, strength, at_us, settings)

    def _strengthen(self, tactic: str, strength: float, at_us: int, settings: AlarmSettings) -> None:
        """Of two showings of a tactic the one counts of which more is left, whichever was found first."""
        before, before_us = self.strengths.get(tactic, (0.0, at_us))
        if strength >= before * _left(at_us - before_us, settings):
            self.strengths[tactic] = (strength, at_us)

    def _keep(self, found: Named, added: float, weight: float, most: int) -> None:
        key = (found.rule.weighed_as, found.host, found.account)
        before = self.kept.get(key)
        if before is not None:
            old = before.evidence
            before.evidence = replace(old, times=old.times + 1, weight=max(old.weight, added))
            return
        self.changed = True
        evidence = Evidence(
            finding=found.id,
            rule=found.rule.id,
            title=found.rule.title,
            level=found.rule.level,
            at_us=found.at_us,
            host=found.host,
            account=found.account,
            says=found.says,
            techniques=found.rule.techniques,
            weight=added,
            record=found.record,
        )
        self.kept[key] = Kept(evidence, found.rule.groups, found.rule.tactic, weight)
        if len(self.kept) > most + most // 4:
            self._forget_lightest(most)

    def _forget_lightest(self, most: int) -> None:
        if len(self.kept) > most:
            heaviest = sorted(self.kept.items(), key=lambda each: (-each[1].evidence.weight, each[1].evidence.at_us))
            self.kept = dict(heaviest[:most])

    def _name(self, hosts: tuple[str, ...], accounts: tuple[str, ...], most: int) -> None:
        for names, given in ((self.hosts, hosts), (self.accounts, accounts)):
            for name in given:
                if name and (name in names or len(names) < most):
                    names[name] = names.get(name, 0) + 1


def _left(elapsed_us: int, settings: AlarmSettings) -> float:
    """The share of a weight that is left after so long; more than one before its time."""
    return 1 / growth(elapsed_us, settings.belief.half_life_days)
