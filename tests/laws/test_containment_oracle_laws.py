"""What must hold of the brute force that judges containment: it has no other judge."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.contain.problem import AtLeast, Cuts, Need, Other, Problem, Services, Sets, Spread, Thing
from tests.oracle.containment import (
    Scenario,
    affordable,
    arrivals,
    chance,
    closers,
    delay,
    fails,
    harm,
    mean_harm,
    mix,
    optimum,
    paths,
    reached,
)
from tests.problem_maker import cases, floats, service_rows


def test_mix_is_the_step_of_splitmix64() -> None:
    # The published outputs for the seed 1234567.
    states = [(1234567 + turn * 0x9E3779B97F4A7C15) % 2**64 for turn in range(3)]
    assert [mix(state) for state in states] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_chances_are_spread_evenly_and_delays_have_their_mean() -> None:
    chances = [chance(7, scenario, edge) for scenario in range(20) for edge in range(500)]
    counts = np.histogram(chances, bins=10, range=(0, 1))[0]
    assert counts.min() > 880
    assert counts.max() < 1120
    assert sum(-math.log(1 - each) for each in chances) / len(chances) == pytest.approx(1, abs=0.04)


def chosen_of(data: st.DataObject, problem: Problem) -> frozenset[int]:
    """Any of the actions."""
    return frozenset(each for each in range(len(problem.cuts)) if data.draw(st.booleans()))


@given(cases(), st.data())
@settings(max_examples=60)
def test_node_is_reached_exactly_if_a_path_to_it_is_open(
    case: tuple[Problem, int, list[Scenario]], data: st.DataObject
) -> None:
    problem, seed, scenarios = case
    scenario, chosen = scenarios[0], chosen_of(data, problem)
    some = [found for found, _ in zip(paths(problem, seed, scenario), range(2_000), strict=False)]
    open_ends = {end for end, path in some if not closers(problem, path) & chosen}
    there = reached(problem, seed, scenario, chosen)
    assert open_ends <= there
    assert len(some) == 2_000 or open_ends == there


@given(cases(), st.data())
@settings(max_examples=60)
def test_more_actions_never_let_him_arrive_earlier(
    case: tuple[Problem, int, list[Scenario]], data: st.DataObject
) -> None:
    problem, seed, scenarios = case
    few = chosen_of(data, problem)
    many = few | chosen_of(data, problem)
    for scenario in scenarios:
        early, late = arrivals(problem, seed, scenario, few), arrivals(problem, seed, scenario, many)
        assert all(early[node] <= time for node, time in late.items())
        assert scenario.taken <= late.keys()
        assert reached(problem, seed, scenario, many) <= reached(problem, seed, scenario, few)


@given(st.integers(1, 6).flatmap(lambda things: st.tuples(service_rows(things), st.sets(st.integers(0, things - 1)))))
def test_what_falls_when_less_is_gone_falls_when_more_is(case: tuple[Services, set[int]]) -> None:
    services, gone = case
    assert fails(services, set()) <= fails(services, gone)
    for thing in gone:
        assert fails(services, gone - {thing}) <= fails(services, gone)


@given(cases(), st.data())
@settings(max_examples=60)
def test_optimum_is_at_most_the_harm_of_every_set_for_which_there_are_hands(
    case: tuple[Problem, int, list[Scenario]], data: st.DataObject
) -> None:
    problem, seed, scenarios = case
    least, best = optimum(problem, seed, scenarios)
    possible = list(affordable(problem))
    assert best in possible
    assert mean_harm(problem, seed, scenarios, best) == least
    other = data.draw(st.sampled_from(possible))
    assert least <= mean_harm(problem, seed, scenarios, other)
    assert least <= mean_harm(problem, seed, scenarios, [])


@given(cases())
def test_action_without_cuts_costs_its_harm_and_that_of_what_it_takes_down(
    case: tuple[Problem, int, list[Scenario]],
) -> None:
    problem, seed, scenarios = case
    for action in range(len(problem.cuts)):
        if not len(problem.cuts.cuts[action]):
            nothing = harm(problem, seed, scenarios[0], [])
            alone = harm(problem, seed, scenarios[0], [action])
            assert alone >= nothing
            assert alone - nothing <= sum(problem.services.while_cut.tolist())


def line(apply_hours: float, needs: tuple[Need, ...] = ()) -> Problem:
    """Node 0 reaches 1 reaches 2 at once; action 0 cuts the second edge and takes node 0 down."""
    count = len(needs)
    return Problem(
        Spread(np.array([0, 1]), np.array([1, 2]), floats([1.0, math.inf]), floats([1.0, 0.0, 0.0])),
        Cuts(Sets.of([[1]]), Sets.of([[0]]), floats([apply_hours]), floats([10.0]), floats([1.0])),
        Services(needs, floats([2.0] * count), floats([50.0] * count), np.zeros(count, dtype=np.bool_)),
        floats([0.0, 0.0, 100.0]),
        1e9,
        10.0,
    )


ONLY = Scenario(3, 1.0, frozenset([0]))


def test_edge_is_crossed_only_if_that_is_over_before_the_cut_holds() -> None:
    over = delay(line(0.0), 5, ONLY, 0)
    assert reached(line(over), 5, ONLY, [0]) == {0, 1}
    assert reached(line(math.nextafter(over, math.inf)), 5, ONLY, [0]) == {0, 1, 2}
    assert closers(line(over), next(path for end, path in paths(line(over), 5, ONLY) if end == 2)) == {0}


@pytest.mark.parametrize(
    ("need", "without", "with_cut"),
    [
        (Thing(2), 150, 1),  # he fells it; cut off from it, nobody does
        (Thing(0), 150, 51),  # his from the start, whatever we do
        (AtLeast((Thing(0), Thing(2)), 1), 150, 1),
        (AtLeast((Thing(0), Thing(2)), 2), 150, 51),
        (Other(0), 100, 1),  # a circle stands while nothing in it falls
        (AtLeast((), 0), 100, 1),
    ],
    ids=str,
)
def test_harm_is_of_what_falls_and_of_what_is_reached(need: Need, without: int, with_cut: int) -> None:
    problem = line(0.0, (need,))
    assert mean_harm(problem, 5, [ONLY], []) == without
    assert mean_harm(problem, 5, [ONLY], [0]) == with_cut
    assert optimum(problem, 5, [ONLY]) == (Fraction(with_cut), frozenset([0]))


def test_service_that_needs_him_and_us_to_fall_is_down_only_as_long_as_the_cut_stands() -> None:
    problem = line(0.0, (AtLeast((Thing(0), Thing(1)), 1),))
    free = Scenario(3, 1.0, frozenset([1]))
    # Node 1 is his and node 0 is down by us: 1 for the action, 2 for the service while the cut stands.
    assert mean_harm(problem, 5, [free], [0]) == 3
    assert mean_harm(problem, 5, [free], []) == 100
