"""What is computed for all scenarios at once is what the oracle says of each, and what is proven is true."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.contain.harm import Judge
from codedark.contain.optimise import best_plan
from codedark.contain.problem import Ints, Problem
from codedark.contain.proof import certificate_of
from codedark.contain.reach import reach
from codedark.contain.scenarios import Scenarios
from codedark.contain.verification import Verified, verify
from tests.oracle.containment import Scenario, arrivals, mean_harm, optimum
from tests.problem_maker import cases
from tests.sampled_cases import told

Case = tuple[Problem, int, list[Scenario]]


def chosen_of(data: st.DataObject, problem: Problem) -> Ints:
    """Any of the actions."""
    return np.array([each for each in range(len(problem.cuts)) if data.draw(st.booleans())], dtype=np.int64)


@given(cases(), st.data())
@settings(max_examples=100)
def test_nodes_are_reached_when_the_oracle_says(case: Case, data: st.DataObject) -> None:
    problem, seed, _ = case
    scenarios = Scenarios.drawn(problem, seed, 4)
    chosen = chosen_of(data, problem)
    reached = reach(scenarios, chosen)
    found = dict(zip(reached.places.tolist(), reached.hours.tolist(), strict=True))
    expected = {
        each.number * scenarios.nodes + node: time
        for each in told(scenarios)
        for node, time in arrivals(problem, seed, each, set(chosen.tolist())).items()
        if time <= problem.horizon_hours
    }
    assert found == pytest.approx(expected, rel=1e-12)


@given(cases(), st.data())
@settings(max_examples=100)
def test_harm_is_that_of_the_oracle(case: Case, data: st.DataObject) -> None:
    problem, seed, _ = case
    scenarios = Scenarios.drawn(problem, seed, 3)
    chosen = chosen_of(data, problem)
    judge = Judge(problem)
    expected = float(mean_harm(problem, seed, told(scenarios), set(chosen.tolist())))
    assert judge.outcome(scenarios, chosen).mean == pytest.approx(expected, rel=1e-9)
    assert judge.cost(chosen) <= judge.outcome(scenarios, chosen).mean + 1e-9


@given(cases(), st.data())
@settings(max_examples=60)
def test_more_actions_never_reach_more(case: Case, data: st.DataObject) -> None:
    problem, seed, _ = case
    scenarios = Scenarios.drawn(problem, seed, 3)
    few = chosen_of(data, problem)
    many = np.union1d(few, chosen_of(data, problem))
    assert set(reach(scenarios, many).places.tolist()) <= set(reach(scenarios, few).places.tolist())


@given(cases())
@settings(max_examples=40)
def test_plan_found_is_the_optimum_and_the_bound_below_it(case: Case) -> None:
    problem, seed, _ = case
    scenarios = Scenarios.drawn(problem, seed, 3)
    found = best_plan(scenarios, [], gap=1e-9)
    least, _ = optimum(problem, seed, told(scenarios))
    assert found.harm == pytest.approx(float(mean_harm(problem, seed, told(scenarios), set(found.chosen.tolist()))))
    assert found.harm == pytest.approx(float(least), rel=1e-6, abs=1e-6)
    assert found.bound <= float(least) * (1 + 1e-9) + 1e-6
    assert found.bound <= found.searched


@given(cases())
@settings(max_examples=20)
def test_same_seed_finds_the_same(case: Case) -> None:
    problem, seed, _ = case
    one, other = (best_plan(Scenarios.drawn(problem, seed, 3), []) for _ in range(2))
    assert one.chosen.tolist() == other.chosen.tolist()
    assert one.bound == other.bound


@given(cases())
@settings(max_examples=60)
def test_certificate_of_a_plan_is_accepted_and_proves_what_the_search_says(case: Case) -> None:
    problem, seed, _ = case
    scenarios = Scenarios.drawn(problem, seed, 3)
    found = best_plan(scenarios, [])
    certificate = certificate_of(scenarios, found)
    verdict = verify(problem, certificate)
    assert isinstance(verdict, Verified)
    assert verdict.harm == pytest.approx(found.harm)
    assert certificate.bound <= verdict.bound + 1e-9
    alternatives = any(len(down) > 1 for down in problem.cuts.down)
    assert alternatives or certificate.bound == pytest.approx(found.bound, rel=1e-6, abs=1e-6)
