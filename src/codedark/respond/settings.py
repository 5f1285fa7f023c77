"""The figures of `content/alarms.yaml`: what is worth how much, what belongs together, when somebody is woken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Any, Self

import msgspec

from codedark.detect.finding import Level
from codedark.errors import UsageError

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US


@dataclass(frozen=True)
class WeightSettings:
    """How a rule's weight is had from its level, its habits and verdicts. Rates are firings a host and day."""

    fires_in_attack: float
    ordinary_rate: dict[str, float]
    shape: float
    memory_days: float
    habit_days: float
    verdict_days: float
    most_raised: float

    def of_level(self, level: Level) -> float:
        """The weight of a rule of this level that nobody knows anything else about; never negative."""
        return max(0.0, log(self.fires_in_attack / self.ordinary_rate[level.name.lower()]))


@dataclass(frozen=True)
class DependenceSettings:
    """How much of a finding is news, after others of its technique, its minute, and about its neighbours."""

    same_technique: float
    moment_seconds: float
    same_moment: float
    shared: float
    shared_with_hub: float


@dataclass(frozen=True)
class BeliefSettings:
    """Where beliefs start and how they fade; ``held`` and ``believed`` are probabilities."""

    prior: float
    named: float
    half_life_days: float
    held: float
    believed: float


@dataclass(frozen=True)
class ProgressSettings:
    """What a further tactic adds to the log-odds of an incident; ``least_weight`` shows a tactic."""

    least_weight: float
    further_tactic: float
    of_weight: float
    same_moment: float


@dataclass(frozen=True)
class JoiningSettings:
    """What belongs together, and who is a hub."""

    least_weight: float
    weak_hours: float
    suspected_days: float
    hub_counterparts: int
    hub_share: float
    hub_peers: int


@dataclass(frozen=True)
class SendingSettings:
    """When somebody is woken; ``threshold``, ``certain`` and ``bands`` are probabilities."""

    threshold: float
    certain: float
    bands: tuple[float, ...]
    budget: int
    budget_hours: float
    quiet_minutes: float
    grave_tactics: tuple[str, ...]
    grave_tier: int
    harm_techniques: tuple[str, ...]
    harm_weight: float
    blinding_techniques: tuple[str, ...]
    canaries: tuple[str, ...]
    misuse_techniques: tuple[str, ...]
    misuse_level: str
    misuse_budget: int


@dataclass(frozen=True)
class MemorySettings:
    """What is kept at most."""

    stale_days: float
    most_incidents: int
    most_closed: int
    most_entities: int
    most_evidence: int
    most_names: int
    most_habits: int
    most_firings: int


@dataclass(frozen=True)
class AlarmSettings:
    """All of `content/alarms.yaml`."""

    weights: WeightSettings
    dependence: DependenceSettings
    belief: BeliefSettings
    progress: ProgressSettings
    joining: JoiningSettings
    alarms: SendingSettings
    memory: MemorySettings

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """From the parsed file. Raises `UsageError` that names the first figure that is missing or of a wrong kind."""
        try:
            read = msgspec.convert(document, cls)
        except msgspec.ValidationError as error:
            raise UsageError(
                f"alarms.yaml: {error}: every figure is needed, as the file that ships has them"
            ) from error
        lacking = [level.name.lower() for level in Level if not read.weights.ordinary_rate.get(level.name.lower())]
        if lacking:
            raise UsageError(f"alarms.yaml: weights.ordinary_rate lacks {', '.join(lacking)} (a rate above 0 for each)")
        for name in ("prior", "named", "held", "believed"):
            if not 0 < getattr(read.belief, name) < 1:
                raise UsageError(f"alarms.yaml: belief.{name} is a probability, above 0 and below 1")
        sending = read.alarms
        if not sending.bands or not all(0 < each < 1 for each in (sending.threshold, sending.certain, *sending.bands)):
            raise UsageError("alarms.yaml: alarms.threshold, certain and bands are probabilities, above 0 and below 1")
        if sending.misuse_level.upper() not in Level.__members__:
            raise UsageError(f"alarms.yaml: alarms.misuse_level: {sending.misuse_level!r} is no level; say medium")
        if min(read.belief.half_life_days, read.weights.memory_days, read.weights.habit_days) <= 0:
            raise UsageError("alarms.yaml: half_life_days, memory_days and habit_days are numbers of days above 0")
        return read
