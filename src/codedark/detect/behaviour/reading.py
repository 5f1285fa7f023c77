"""From groups of records to observations: which fields to ask for, and what they mean.

Each module of `codedark.detect.behaviour.readings` knows one kind of observation in all the logs that tell of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from codedark.detect.behaviour.observation import Observation
from codedark.detect.behaviour.places import Places
from codedark.events.record import Origin


@dataclass(frozen=True, slots=True)
class Seen:
    """The records of one group, as columns of equal length.

    ``columns`` maps each field that some reading wants of this origin to its values (`ABSENT` where a record lacks
    it). ``times_us`` is when each happened, ``hosts`` where, as its record spells it; ``rows`` are places in the batch.
    """

    origin: Origin
    rows: Sequence[int]
    columns: Mapping[str, Sequence[Any]]
    times_us: Sequence[int]
    hosts: Sequence[str]


class Reading(Protocol):
    """One kind of observation: how it is read."""

    def fields(self, origin: Origin) -> tuple[str, ...] | None:
        """The fields wanted of records of ``origin``, beside time and host; None where they tell nothing of this."""

    def read(self, seen: Seen, places: Places) -> Iterator[Observation]:
        """The observations in a group whose origin `fields` wants, in order of rows. What a record lacks or
        has malformed is left unknown, never raised.
        """
