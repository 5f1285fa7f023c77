"""A script: an attack told step by step, before it is known whom it meets and when.

`codedark.simulate.attacks.reading` makes it from YAML; `codedark.simulate.attacks.planning` fits it to a site and to
a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class When(StrEnum):
    """At which hours, in the hospital's own time, a step may begin."""

    ANY = "any"
    WORKING_HOURS = "working_hours"  # Monday to Friday, 08:00 to 17:00
    NIGHT = "night"  # 22:00 to 05:00
    WEEKEND = "weekend"


class Span(NamedTuple):
    """A range of durations in microseconds, both ends included; chance by seed decides."""

    low_us: int
    high_us: int


class Count(NamedTuple):
    """A range of numbers, both ends included."""

    low: int
    high: int


ONCE = Count(1, 1)


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast: ``kind`` says what it is (``host``, ``person``, ``address`` …), ``wants`` which one may be
    chosen.
    """

    name: str
    kind: str
    wants: Mapping[str, Any]
    line: int


@dataclass(frozen=True, slots=True)
class Touches:
    """Whose records a step concerns: ``patients`` is ``inpatients``, ``all`` or a patient of the cast; ``how`` as
    `Touched.how`.
    """

    patients: str
    how: str
    number: Count | None


@dataclass(frozen=True, slots=True)
class Deletes:
    """The records of log ``log`` on the step's hosts that are gone, from the step ``since`` until this one."""

    log: str
    since: str


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One trace that a step leaves: a kind of `codedark.simulate.attacks.traces.KINDS` and its parameters."""

    kind: str
    parameters: Mapping[str, Any]
    line: int


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step. ``on`` is the host, or the group of hosts one after the other; ``account`` acts there; ``over`` is
    how long it takes.
    """

    id: str
    technique: str
    statement: str
    on: str
    account: str
    after: Span
    over: Span
    when: When = When.ANY
    irreversible: bool = False
    holds: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    touches: Touches | None = None
    deletes: tuple[Deletes, ...] = ()
    traces: tuple[TraceLine, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Anchor:
    """A step that begins at a fixed hour, ``minute_of_day`` in the hospital's own time; the others follow from it."""

    step: str
    minute_of_day: int


@dataclass(frozen=True, slots=True)
class Script:
    """One attack. ``sources`` are the public reports that it follows; ``path`` is its file as it was given."""

    name: str
    title: str
    sources: tuple[str, ...]
    cast: tuple[Member, ...]
    steps: tuple[StepLine, ...]
    anchor: Anchor | None = None
    path: str = ""
