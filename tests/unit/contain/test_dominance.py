"""An action that another one does as well is never chosen, and whoever changes over loses nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.contain.dominance import dominators
from codedark.contain.harm import Judge
from codedark.contain.problem import Cuts, Problem, Sets
from codedark.contain.scenarios import Scenarios
from tests.oracle.containment import Scenario
from tests.problem_maker import cases


def _cuts(cut: list[list[int]], hours: list[float], harm: list[float], staff: list[float]) -> Cuts:
    down = Sets.of([[0] for _ in cut])
    return Cuts(Sets.of(cut), down, np.array(hours), np.array(staff), np.array(harm))


def test_shutting_down_is_isolating_later_and_at_a_higher_price() -> None:
    isolate_first = _cuts([[1, 2], [2, 1], [1]], [0.2, 0.3, 0.3], [5.0, 6.0, 6.0], [15.0, 60.0, 60.0])
    assert dominators(isolate_first).tolist() == [0, 0, 2]


def test_what_is_cheaper_but_later_stays_a_choice() -> None:
    either = _cuts([[1], [1], [1]], [0.2, 0.3, 0.4], [5.0, 4.0, 5.0], [15.0, 15.0, 10.0])
    assert dominators(either).tolist() == [0, 1, 2]


@given(cases(), st.data())
@settings(max_examples=50, deadline=None)
def test_whoever_changes_over_loses_nothing(case: tuple[Problem, int, list[Scenario]], data: st.DataObject) -> None:
    problem, seed, _ = case
    chosen = np.array([each for each in range(len(problem.cuts)) if data.draw(st.booleans())], dtype=np.int64)
    instead = np.unique(dominators(problem.cuts)[chosen])
    judge, scenarios = Judge(problem), Scenarios.drawn(problem, seed, 3)
    assert judge.outcome(scenarios, instead).mean <= judge.outcome(scenarios, chosen).mean * (1 + 1e-12) + 1e-12
    assert problem.cuts.staff_minutes[instead].sum() <= problem.cuts.staff_minutes[chosen].sum() + 1e-12
