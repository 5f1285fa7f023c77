"""What a hospital loses while services are down: operations, critical patients moved, hours without the record.

It is as good as `bench/az_monica.yaml`, which says of every figure where it comes from. Whatever is down, nothing is
worse than all off was; with everything down it is exactly that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from codedark.contain.problem import Floats

FILE: Final = Path(__file__).resolve().parent.parent / "az_monica.yaml"
_FIRST_DAY_HOURS: Final = 24.0
_THE_DAY_HOURS: Final = 17.5
"""From 06:32 to midnight."""


class Reading(IntEnum):
    """How what nobody knows is read."""

    KIND = 0
    STATED = 1
    HARSH = 2


@dataclass(frozen=True)
class Lost:
    """What is lost in each scenario: operations on the day and in all weeks (of a list scaled to the public number),
    critical patients moved, and hours without the record, on average over wards.
    """

    day: Floats
    weeks: Floats
    moved: Floats
    record: Floats

    def items(self) -> Mapping[str, Floats]:
        """By name."""
        return {"day": self.day, "weeks": self.weeks, "moved": self.moved, "record": self.record}


@dataclass(frozen=True)
class Down:
    """For how many hours from the decision on each service is down: ``hours[service][scenario]``; and for how many the
    wards (mean over them) have no way to the record although it stands, for each scenario.
    """

    hours: Mapping[str, Floats]
    cut_off: Floats


class Assumptions:
    """`bench/az_monica.yaml`."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.told = told
        self.public = told["public"]
        self.hospital = told["hospital"]
        steps = self.public["capacity_lost"]
        self._from: Floats = np.array([step["from_hours"] for step in steps], dtype=np.float64)
        self._share: Floats = np.array([step["share"] for step in steps], dtype=np.float64)

    def hours(self, name: str, reading: Reading) -> float:
        """How long what is cut (``stand``), held or taken stays away."""
        return float(self.told["hours"][name][reading])

    def pace(self, of_the_night: float, reading: Reading) -> float:
        """How many times as fast as the shipped rates he goes on."""
        told = self.told["pace"]
        stated = float(told["stated"]) * of_the_night
        return max(stated, 1.0) if reading is Reading.HARSH else float(told[reading.name.lower()]) * of_the_night

    def capacity_lost(self, hours: Floats, reading: Reading) -> Floats:
        """What part of the operations is lost so many hours after everything went off."""
        return np.asarray(self._share[np.searchsorted(self._from, hours, side="right") - 1, reading])

    def lost(self, down: Down, operations: Floats, reading: Reading, since: float = 0.0) -> Lost:
        """What is lost while these are down. ``operations`` are hours after 06:32 at which each was to begin; the
        decision fell ``since`` hours before 06:32.
        """
        scale = self.public["operations_cancelled"] / max(np.count_nonzero(operations <= _THE_DAY_HOURS), 1)
        hours = operations + since
        share = self._share_lost(down, self.told["operations"], hours, reading)
        lost = scale * share * self.capacity_lost(hours, reading)[None, :]
        critical = self._share_lost(down, self.told["critical_care"], np.arange(0.5, _FIRST_DAY_HOURS), reading)
        record = np.max([down.hours[each] for each in self.told["record"] if each in down.hours], axis=0)
        return Lost(
            lost[:, operations <= _THE_DAY_HOURS].sum(axis=1),
            lost.sum(axis=1),
            self.public["critical_patients_moved"] * critical.max(axis=1),
            np.maximum(record, down.cut_off),
        )

    def as_it_was(self, operations: Floats, reading: Reading) -> Lost:
        """What all off cost, by what is public, on the same lists."""
        ever = np.full(1, np.inf)
        every = {*self.told["operations"], *self.told["critical_care"], *self.told["record"]}
        lost = self.lost(Down(dict.fromkeys(every, ever), ever), operations, reading)
        back = np.full(1, float(self.public["record_back_hours"][reading]))
        return Lost(lost.day, lost.weeks, lost.moved, back)

    def _share_lost(self, down: Down, weights: Mapping[str, Sequence[float]], at: Floats, reading: Reading) -> Floats:
        """Scenarios × times: the weights of what is down then, together at most one."""
        total = np.zeros((len(down.cut_off), len(at)))
        for service, parts in weights.items():
            if service in down.hours:
                total += parts[reading] * (at[None, :] < down.hours[service][:, None])
        return np.minimum(total, 1.0)


def assumptions() -> Assumptions:
    """Those of the file."""
    return Assumptions(yaml.safe_load(FILE.read_text("utf-8")))
