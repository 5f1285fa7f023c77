"""What the state database tells beside the dataclasses that it was given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from codedark.detect.finding import Finding, Level
from codedark.respond.decision import Decision
from codedark.respond.incident import Alarm, Incident, IncidentId


class Outcome(StrEnum):
    """How an attempt to deliver an alarm ended. ``UNKNOWN``: we were ended in the middle of it."""

    BEGUN = "begun"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver an alarm over a channel. ``said`` is what went wrong, or what the other side remarked."""

    number: int
    channel: str
    attempt: int
    at_us: int
    outcome: Outcome
    ended_us: int | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alarm that nobody has acknowledged, its incident as it stands now, and all attempts in their order."""

    alarm: Alarm
    incident: Incident | None
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """A finding with its id and the incident that it belongs to. ``at_us`` is when it happened; when it was told,
    where its record does not say.
    """

    id: str
    incident: IncidentId | None
    at_us: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, when it was made, and the number in the journal under which it was taken; None while it waits."""

    decision: Decision
    at_us: int
    taken_at: int | None


@dataclass(frozen=True, slots=True)
class Sought:
    """Which findings are sought: all that is given has to be so. Hosts and users whatever their case; ``rule`` is
    the id of a rule or its title; ``incident`` "" is none.
    """

    since_us: int | None = None
    until_us: int | None = None
    level: Level = Level.INFORMATIONAL
    rule: str | None = None
    host: str | None = None
    user: str | None = None
    incident: str | None = None
