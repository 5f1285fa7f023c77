"""Where the attacker gets to, and when cuts come too late."""

from __future__ import annotations

import numpy as np
import pytest

from codedark.contain.reach import reach
from codedark.contain.scenarios import Scenarios
from tests.unit.contain.small_wards import NOTHING, chain


@pytest.mark.parametrize(
    ("chosen", "apply_hours", "reached"),
    [
        ([], 0.0, [0, 1, 2]),
        ([0], 0.0, [0]),
        ([1], 0.0, [0, 1]),
        ([0, 1], 0.5, [0, 1, 2]),
    ],
)
def test_cut_holds_him_unless_he_is_through_before(chosen: list[int], apply_hours: float, reached: list[int]) -> None:
    scenarios = Scenarios.drawn(chain(apply_hours), 1, 1)
    assert sorted(reach(scenarios, np.array(chosen, dtype=np.int64)).places.tolist()) == reached


def test_crossing_that_is_under_way_when_the_cut_holds_is_cut() -> None:
    free = reach(Scenarios.drawn(chain(rate=1.0), 1, 40), NOTHING)
    first = {int(place) // 3: hours for place, hours in zip(free.places, free.hours, strict=True) if place % 3 == 1}
    cut = reach(Scenarios.drawn(chain(0.7, rate=1.0), 1, 40), np.array([0]))
    through = {int(place) // 3 for place in cut.places if place % 3 == 1}
    assert through == {scenario for scenario, hours in first.items() if hours < 0.7}
    assert 0 < len(through) < len(first)
