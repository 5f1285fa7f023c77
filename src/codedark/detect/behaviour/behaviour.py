"""What a behaviour is: it watches observations go by, learns what is usual, and says in a sentence what is not.

A behaviour is a plain picklable object. It reads no clock: time comes in with observations and with `tick`. Its memory
is bounded by ``most_…`` settings, whatever comes in. What it says depends on nothing but what it was given, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NewType, Protocol

from codedark.detect.behaviour.care import Care
from codedark.detect.behaviour.observation import Observation
from codedark.detect.behaviour.places import Places
from codedark.detect.finding import Level
from codedark.events.record import Value

BehaviourId = NewType("BehaviourId", str)
Settings = Mapping[str, float | int | bool | str | list[str]]
"""The ``settings:`` of a behaviour in ``content/behaviour.yaml``, overlaid with those of ``codedark.toml``."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Something unlike the past. ``says`` is one whole sentence with names and figures in it, and no patient's name.

    ``row`` is the record that showed it, -1 where only the passing of time did. ``level`` where it is not the usual
    one of the behaviour. ``evidence`` are the figures and names behind the sentence. ``learnt_days`` is how long the
    baseline has been learning.
    """

    at_us: int
    host: str
    account: str
    says: str
    row: int = -1
    level: Level | None = None
    evidence: Mapping[str, Value] = field(default_factory=dict)
    learnt_days: float = 0.0


@dataclass(slots=True)
class Context:
    """What behaviours may ask. ``held(host, account)`` is whether either is under suspicion now: what such a host or
    account does is not learnt from (an empty name is never held). ``care`` is who has to do with which patient, where
    the hospital has told.
    """

    places: Places
    held: Callable[[str, str], bool] = lambda _host, _account: False
    care: Care | None = None


class Behaviour(Protocol):
    """One kind of behaviour. Made as ``Kind(settings)``; ``id`` is its key in ``content/behaviour.yaml``."""

    def __init__(self, settings: Settings) -> None: ...

    id: ClassVar[BehaviourId]
    version: ClassVar[int]
    """Raised when what it remembers changes form: an older memory is then not taken up."""
    watches: ClassVar[tuple[type[Observation], ...]]

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One observation, roughly in order of time: minutes late is usual, and must not matter much."""

    def tick(self, now_us: int, context: Context) -> Iterator[Sign]:
        """Time has come to ``now_us``; called about once a minute of the hospital's time, also when nothing arrives."""
