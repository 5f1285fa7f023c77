"""Plans that can be worked out by hand, and what is told on the way to them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from codedark.contain.optimise import Progress, best_plan
from codedark.contain.scenarios import Scenarios
from tests.unit.contain.small_wards import NOTHING, chain, twins


def test_the_cheaper_of_two_cuts_is_chosen_and_proven_the_best() -> None:
    told: list[Progress] = []
    found = best_plan(Scenarios.drawn(chain(), 1, 3), [NOTHING], gap=1e-6, told=told.append)
    assert found.chosen.tolist() == [1]
    assert found.harm == pytest.approx(1.5)
    assert found.bound == pytest.approx(1.5)
    assert found.gap == pytest.approx(0.0, abs=1e-9)
    assert [each.rounds for each in told] == list(range(1, len(told) + 1))
    assert all(one.bound <= other.bound for one, other in pairwise(told))


def test_without_hands_nothing_is_done_and_that_is_the_best() -> None:
    found = best_plan(Scenarios.drawn(chain(staff=4.0), 1, 3), [np.array([0])], gap=1e-6)
    assert found.chosen.tolist() == []
    assert max(found.bound, found.searched) == pytest.approx(found.harm)


def test_nothing_is_done_where_nothing_can_be_lost() -> None:
    found = best_plan(Scenarios.drawn(twins(), 1, 1), [np.array([0])])
    assert (found.chosen.tolist(), found.harm, found.gap) == ([], 0.0, 0.0)


def test_search_without_time_still_returns_the_best_plain_plan() -> None:
    found = best_plan(Scenarios.drawn(chain(), 1, 3), [np.array([0])], time_left=lambda: 0.0)
    assert found.harm <= 2.0
    assert found.bound <= found.harm
