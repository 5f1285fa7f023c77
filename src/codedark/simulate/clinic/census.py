"""Who lies where at a moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from codedark.hospital.ward import WardId
from codedark.simulate.clinic.stay import Stay
from codedark.simulate.habit import HOUR_US

BLOCK_US = 6 * HOUR_US


class Census:
    """Legs by ward and by blocks of six hours, so that a question looks at few of them. Slips count: systems believe
    them.
    """

    def __init__(self, stays: Iterable[Stay], first_us: int, last_us: int) -> None:
        self._blocks: defaultdict[tuple[WardId, int], list[tuple[int, int, Stay]]] = defaultdict(list)
        low, high = first_us // BLOCK_US, last_us // BLOCK_US
        for stay in stays:
            for leg in stay.legs:
                for block in range(max(low, leg.from_us // BLOCK_US), min(high, (leg.until_us - 1) // BLOCK_US) + 1):
                    self._blocks[leg.ward, block].append((leg.from_us, leg.until_us, stay))

    def inpatients(self, ward: WardId, at_us: int) -> Sequence[Stay]:
        """The stays of those who are in a ward at a moment of the simulated time, in order of their beginning."""
        block = self._blocks.get((ward, at_us // BLOCK_US), ())
        return [stay for from_us, until_us, stay in block if from_us <= at_us < until_us]
