"""A ward's pack as data: everything that its page and its prints are made of. What is made from it is in `pages`.

A pack is self-contained: it holds what the ward needs for as long as the systems are off. It is a value: the same
charts, hospital and ``built_us`` give the same pack.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from codedark.continuity.chart import Chart, Person, Place
from codedark.hospital.ward import WardId

Counter = NewType("Counter", int)
"""The number of a pack: rises by one with each pack that is built for a ward, and never falls."""


@dataclass(frozen=True, slots=True)
class Bed:
    """A bed in the order of the corridor, with who lies in it. Two patients in one bed are two entries, and a doubt."""

    place: Place
    chart: Chart | None


@dataclass(frozen=True, slots=True)
class Movement:
    """An arrival, departure or transfer, done or expected."""

    kind: str
    """arrival, departure."""
    name: str
    at_us: int
    from_or_to: str
    is_expected: bool


@dataclass(frozen=True, slots=True)
class NumberBlock:
    """Numbers that are reserved for this ward: mrn, encounter, accession or entry. Both ends belong to it."""

    kind: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Pack:
    """One ward. ``verify_after_us``: from when on nothing in it may be relied on without asking."""

    hospital: str
    ward: WardId
    ward_name: str
    counter: Counter
    built_us: int
    verify_after_us: int
    time_zone: str
    beds: tuple[Bed, ...]
    movements: tuple[Movement, ...] = ()
    phones: tuple[Person, ...] = ()
    protocols: tuple[tuple[str, str], ...] = ()
    """Title and text of each."""
    numbers: tuple[NumberBlock, ...] = ()
    stalled: tuple[str, ...] = ()
    """Feeds that have fallen silent, each a sentence."""
    newest_us: int = 0
    oldest_us: int = 0
    """Up to when the newest and the oldest of its stays and medicines was heard; 0 where nobody knows."""
    is_told: bool = False
    """Whether any source ever said anything about who lies on this ward: else a bed without a chart is not empty."""
