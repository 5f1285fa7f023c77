"""What an incident is: findings that belong together, with a belief about each host and account, and its alarms.

Everything here is plain data; `Incidents` (`codedark.respond.incidents`) makes it, the store keeps it, pages show it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from codedark.detect.finding import Level

IncidentId = NewType("IncidentId", str)
"""``2026-0007``: the year of its first finding and a running number; short enough to say on the telephone."""
AlarmId = NewType("AlarmId", str)
"""``2026-0007.2``: the second alarm of an incident. Sent again under the same id until somebody acknowledges it."""


class Status(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class Verdict(StrEnum):
    """What the team says of an incident or a finding: an attacker, nothing, or right but ordered by us."""

    TRUE = "true"
    FALSE = "false"
    EXPECTED = "expected"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One finding as an incident keeps it. ``weight`` is what it added to the log-odds (natural logarithm), after
    everything that was already known; ``finding`` is its id: rule and number of the record.
    """

    finding: str
    rule: str
    title: str
    level: Level
    at_us: int
    host: str
    account: str
    says: str
    techniques: tuple[str, ...]
    weight: float
    record: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class Belief:
    """How likely a host or an account is in the attacker's hands. ``log_odds`` is natural; ``probability`` the same
    as a number from 0 to 1; ``because`` are the evidence's findings, the heaviest first.
    """

    name: str
    log_odds: float
    probability: float
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AtRisk:
    """What clinicians would lose if the hosts of the incident failed: services, and the wards that use them.

    ``operations`` says which theatres depend on it. Empty without a model of the hospital.
    """

    services: tuple[str, ...] = ()
    wards: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    lifelines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Incident:
    """Findings that belong together. ``tactics`` are ATT&CK's, in its order, with the time each was first seen.

    ``confidence`` is the probability that this is an attack, from ``log_odds``.
    """

    id: IncidentId
    status: Status
    began_us: int
    last_us: int
    log_odds: float
    confidence: float
    hosts: Sequence[Belief]
    accounts: Sequence[Belief]
    tactics: Mapping[str, int]
    evidence: Sequence[Evidence]
    at_risk: AtRisk
    sentence: str
    next_step: str
    verdict: Verdict | None = None
    merged_into: IncidentId | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """What wakes somebody. ``sentence`` says what, where, how sure; ``next_step`` what to do first; ``why_now`` why it
    is sent now: the incident is new, or got worse, and how.
    """

    id: AlarmId
    incident: IncidentId
    at_us: int
    level: Level
    sentence: str
    next_step: str
    why_now: str
    confidence: float
    at_risk: AtRisk
