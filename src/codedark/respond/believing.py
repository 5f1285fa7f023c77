"""How likely each host and account is in the attacker's hands: by its own evidence, and by incidents that name it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from codedark.respond.case import Case
from codedark.respond.incident import Belief
from codedark.respond.naming import Named
from codedark.respond.odds import log_odds, probability
from codedark.respond.settings import AlarmSettings
from codedark.respond.suspicion import Suspicion

_MOST_REASONS = 5


class Beliefs:
    """The evidence about every host (``h:NAME``) and account (``a:NAME``), and who is under suspicion now."""

    def __init__(self, settings: AlarmSettings) -> None:
        self._settings = settings
        self._prior = log_odds(settings.belief.prior)
        self._named = log_odds(settings.belief.named)
        self._known: dict[str, Suspicion] = {}
        self._held: Counter[str] = Counter()
        self._held_by: dict[int, frozenset[str]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def add(self, entity: str, found: Named, weight: float, now_us: int) -> None:
        """A finding of this weight speaks of ``entity``."""
        known = self._known.get(entity)
        if known is None:
            if len(self._known) >= self._settings.memory.most_entities:
                self._forget_weakest(now_us)
            known = self._known[entity] = Suspicion(found.at_us)
        known.add(found.rule.id, found.rule.groups, weight, found.at_us, self._settings)

    def held(self, host: str, account: str) -> bool:
        """Whether either is under suspicion; "" never is."""
        held = self._held
        return bool(held) and (f"h:{host}" in held or f"a:{account}" in held)

    def holds_for(self, case: Case) -> bool:
        """Whether somebody is under suspicion because of ``case``."""
        return bool(self._held_by.get(case.serial))

    def strongest(self, entities: Iterable[str], now_us: int) -> float:
        """The log-odds of whoever of ``entities`` is believed most, by own evidence."""
        return self._prior + max((self._score(entity, now_us) for entity in entities), default=0.0)

    def within(self, entity: str, confidence: float, now_us: int) -> Belief:
        """The belief in ``entity`` as part of an incident of this confidence.

        Either the incident is an attack, and one in ten whom it names is held before own evidence; or it is none, and
        the prior holds: P = P(attack) P(held | named by an attack, evidence) + P(no attack) P(held | evidence).
        """
        score = self._score(entity, now_us)
        chance = confidence * probability(self._named + score) + (1 - confidence) * probability(self._prior + score)
        chance = min(chance, 0.999999)
        return Belief(entity[2:], log_odds(max(chance, 1e-12)), chance)

    def of(self, case: Case, confidence: float, now_us: int) -> tuple[list[Belief], list[Belief]]:
        """The hosts and accounts of ``case``, the most believed first, each with its heaviest findings."""
        reasons: defaultdict[str, list[str]] = defaultdict(list)
        for kept in sorted(case.kept.values(), key=lambda each: (-each.evidence.weight, each.evidence.at_us)):
            for entity in (f"h:{kept.evidence.host}", f"a:{kept.evidence.account}"):
                if len(reasons[entity]) < _MOST_REASONS:
                    reasons[entity].append(kept.evidence.finding)
        out: list[list[Belief]] = []
        for kind, names in (("h", case.hosts), ("a", case.accounts)):
            beliefs = [
                Belief(each.name, each.log_odds, each.probability, tuple(reasons[f"{kind}:{name}"]))
                for name in names
                for each in [self.within(f"{kind}:{name}", confidence, now_us)]
            ]
            out.append(sorted(beliefs, key=lambda each: (-each.probability, each.name)))
        return out[0], out[1]

    def refresh(self, case: Case, confidence: float, now_us: int) -> list[str]:
        """Bring up to date who is under suspicion because of ``case``; returns those believed to be the attacker's."""
        settings = self._settings.belief
        entities = [*(f"h:{name}" for name in case.hosts), *(f"a:{name}" for name in case.accounts)]
        chances = {entity: self.within(entity, confidence, now_us).probability for entity in entities}
        self.forget(case)
        held = frozenset(entity for entity, chance in chances.items() if chance >= settings.held)
        if held:
            self._held_by[case.serial] = held
            self._held.update(held)
        return [entity for entity, chance in chances.items() if chance >= settings.believed]

    def forget(self, case: Case) -> None:
        """Nobody is under suspicion because of ``case`` any longer; what is known of them stays."""
        for entity in self._held_by.pop(case.serial, ()):
            self._held[entity] -= 1
            if self._held[entity] <= 0:
                del self._held[entity]

    def clear(self, case: Case) -> None:
        """``case`` was nothing: what was known of those whom it speaks of goes with it."""
        for name in case.hosts:
            self._known.pop(f"h:{name}", None)
        for name in case.accounts:
            self._known.pop(f"a:{name}", None)

    def _score(self, entity: str, now_us: int) -> float:
        known = self._known.get(entity)
        return known.score(now_us, self._settings.belief.half_life_days) if known else 0.0

    def _forget_weakest(self, now_us: int) -> None:
        half_life = self._settings.belief.half_life_days
        kept = sorted(self._known.items(), key=lambda each: -each[1].score(now_us, half_life))
        self._known = dict(kept[: self._settings.memory.most_entities * 3 // 4])
