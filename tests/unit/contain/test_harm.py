"""What a plan costs: what he does for long, what we do while cuts stand."""

from __future__ import annotations

import numpy as np
import pytest

from codedark.contain.harm import Judge
from codedark.contain.scenarios import Scenarios
from tests.unit.contain.small_wards import NOTHING, chain, twins


def test_harm_adds_what_is_reached_the_services_lost_and_the_actions() -> None:
    problem = chain()
    scenarios, judge = Scenarios.drawn(problem, 1, 2), Judge(problem)
    assert judge.outcome(scenarios, NOTHING).mean == pytest.approx(0.5 + 0.25 + 30.0)
    assert judge.outcome(scenarios, np.array([1])).mean == pytest.approx(0.5 + 1.0)


def test_second_database_is_free_while_the_first_stands_and_costs_while_cut_when_it_is_taken() -> None:
    problem = twins()
    scenarios, judge = Scenarios.drawn(problem, 1, 1), Judge(problem)
    assert judge.cost(np.array([0])) == 1.0
    assert judge.outcome(scenarios, NOTHING).mean == 0.0
    outcome = judge.outcome(scenarios, np.array([0]))
    assert (outcome.mean, outcome.mean_urgent) == (11.0, 10.0)
    assert judge.outcome(scenarios, np.array([0, 1])).mean == 4.0
