"""A ward's pack as data: everything that its page and its prints are made of. What is made from it is in `pages`.

A pack is self-contained: it holds what the ward needs for as long as the systems are off. It is a value: the same
charts, hospital and ``built_us`` give the same pack.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NewType

import msgspec

from codedark.continuity.charts.chart import Chart, Person, Place
from codedark.continuity.charts.schedule import Frequency
from codedark.continuity.charts.silence import Silence
from codedark.hospital.ward import WardId

Counter = NewType("Counter", int)
"""The number of a pack: rises by one with each pack that is built for a ward, and never falls."""


class Bed(msgspec.Struct, frozen=True):
    """A bed in the order of the corridor, with who lies in it. Two patients in one bed are two entries, and a doubt."""

    place: Place
    chart: Chart | None


class Movement(msgspec.Struct, frozen=True):
    """An arrival, departure or transfer, done or expected."""

    kind: str
    """arrival, departure."""
    name: str
    at_us: int
    from_or_to: str
    is_expected: bool


class NumberBlock(msgspec.Struct, frozen=True):
    """Numbers that are reserved for this ward: mrn, encounter, accession or entry. Both ends belong to it."""

    kind: str
    first: str
    last: str


class Pack(msgspec.Struct, frozen=True):
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
    documents: tuple[str, ...] = ()
    """The hospital's own files beside the prints, by name."""
    numbers: tuple[NumberBlock, ...] = ()
    silences: tuple[Silence, ...] = ()
    """Feeds that had fallen silent when it was built."""
    newest_us: int = 0
    oldest_us: int = 0
    """Up to when the newest and the oldest of its stays and medicines was heard; 0 where nobody knows."""
    frequencies: Mapping[str, Frequency] = msgspec.field(default_factory=dict)
    """How often means what at this site, where it differs from the program's own table."""
    is_told: bool = False
    """Whether any source ever said anything about who lies on this ward: else a bed without a chart is not empty."""
