"""What is drawn: delays as decision 12 says, and who is taken, in strata."""

from __future__ import annotations

import math

import numpy as np
import pytest

from codedark.contain.chance import RARE_SHARE, delays_within, draw_taken, mix, uniform
from tests.oracle.containment import chance


def test_mix_gives_the_published_outputs_of_splitmix64() -> None:
    states = np.array([(1234567 + turn * 0x9E3779B97F4A7C15) % 2**64 for turn in range(3)], dtype=np.uint64)
    assert mix(states).tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_chances_are_those_of_the_oracle_for_any_seed() -> None:
    scenarios, items = np.array([0, 1, 7, 500]), np.array([0, 3, 359_000, 2**40])
    for seed in (0, 7, 2**63 + 11):
        told = uniform(seed, scenarios, items)
        assert told.tolist() == [chance(seed, int(s), int(e)) for s, e in zip(scenarios, items, strict=True)]


def test_delays_within_are_all_that_are_no_longer_and_an_infinite_rate_takes_no_time() -> None:
    edges, scenarios = np.arange(300), np.zeros(300, dtype=np.int64)
    rates = np.full(300, 0.1)
    rates[5] = math.inf
    which, hours = delays_within(3, scenarios, edges, rates, 4.0)
    told = dict(zip(which.tolist(), hours.tolist(), strict=True))
    for edge in range(300):
        delay = -math.log(1 - chance(3, 0, edge)) / float(rates[edge])
        assert (edge in told) == (delay <= 4.0)
        assert told.get(edge, delay) == pytest.approx(delay, rel=1e-14)
    assert told[5] == 0.0


def test_weights_are_together_one_and_likely_nodes_are_taken_in_their_share() -> None:
    beliefs = np.array([0.9, 0.4, 0.01, 0.0, 1.0])
    taken = draw_taken(beliefs, seed=4, number=100)
    assert taken.weights.sum() == pytest.approx(1)
    shares = np.zeros(5)
    for nodes, weight in zip(taken.nodes, taken.weights, strict=True):
        assert np.all(np.diff(nodes) > 0)
        shares[nodes] += weight
    assert shares == pytest.approx(beliefs, abs=0.02)


def test_rare_node_is_in_its_share_of_few_scenarios_with_the_weight_of_its_belief() -> None:
    taken = draw_taken(np.array([0.001, 0.0]), seed=1, number=20)
    with_it = np.array([0 in nodes for nodes in taken.nodes])
    assert with_it.sum() == round(20 * RARE_SHARE)
    assert taken.weights[with_it].sum() == pytest.approx(0.001)


def test_mean_number_of_rare_nodes_is_right_over_seeds() -> None:
    beliefs = np.full(40, 0.05)
    means = []
    for seed in range(60):
        taken = draw_taken(beliefs, seed, 30)
        means.append(float(taken.weights @ np.diff(taken.nodes.starts)))
    assert np.mean(means) == pytest.approx(2.0, abs=0.1)


def test_same_seed_draws_the_same_and_another_something_else() -> None:
    beliefs = np.linspace(0.01, 0.9, 30)
    one, same, other = (draw_taken(beliefs, seed, 12) for seed in (5, 5, 6))
    assert one.nodes.members.tolist() == same.nodes.members.tolist()
    assert one.nodes.members.tolist() != other.nodes.members.tolist()


def test_one_scenario_is_drawn_plainly_and_none_is_refused() -> None:
    assert draw_taken(np.array([0.01, 1.0]), seed=2, number=1).nodes[0].tolist() == [1]
    with pytest.raises(ValueError, match="at least one"):
        draw_taken(np.array([0.5]), seed=2, number=0)
