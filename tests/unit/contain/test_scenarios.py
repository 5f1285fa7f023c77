"""Only what somebody walks into is drawn, and it does not matter in which order."""

from __future__ import annotations

import numpy as np

from codedark.contain.scenarios import Scenarios
from tests.unit.contain.small_wards import chain


def test_what_leaves_a_place_does_not_depend_on_what_was_asked_before() -> None:
    problem = chain(rate=0.3)
    one, other = Scenarios.drawn(problem, 3, 50), Scenarios.drawn(problem, 3, 50)
    places = np.arange(150, dtype=np.int64)
    at_once = one.leaving(places)
    other.leaving(places[::-7])
    later = other.leaving(places)
    assert later.edge.tolist() == at_once.edge.tolist()
    assert later.hours.tolist() == at_once.hours.tolist()
    assert later.head.tolist() == at_once.head.tolist()


def test_edges_are_live_whose_crossing_ends_within_the_horizon_and_lead_into_their_own_scenario() -> None:
    scenarios = Scenarios.drawn(chain(rate=0.3), 3, 50)
    out = scenarios.leaving(scenarios.starts)
    assert 0 < len(out.edge) < 50
    assert out.hours.max() <= 8.0
    assert (out.head // 3 == scenarios.starts[out.tail] // 3).all()
    assert out.hours.tolist() == scenarios.hours_of(out.head, out.edge).tolist()
