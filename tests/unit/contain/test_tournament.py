"""The best on scenarios that nobody has seen, tier 0 first."""

from __future__ import annotations

import numpy as np
import pytest

from codedark.contain.problem import Cuts, Problem, Services, Sets, Spread, Thing
from codedark.contain.scenarios import Scenarios
from codedark.contain.tournament import estimate, tournament

NOTHING = np.zeros(0, dtype=np.int64)


def ward(*, staff: float = 100.0) -> Problem:
    """Node 0 alarmed, and infects 1, a server; action 0 isolates 0 at once, 1 takes the server down."""
    return Problem(
        Spread(np.array([0]), np.array([1]), np.array([0.5]), np.array([0.8, 0.0])),
        Cuts(Sets.of([[0], [0]]), Sets.of([[0], [1]]), np.zeros(2), np.ones(2), np.array([1.0, 0.5])),
        Services((Thing(1),), np.array([5.0]), np.array([50.0]), np.array([True])),
        np.array([0.0, 2.0]),
        horizon_hours=4.0,
        staff_minutes=staff,
    )


def test_plan_with_the_least_harm_wins_and_the_hopeless_are_left_out() -> None:
    problem = ward()
    plans = {"nothing": NOTHING, "isolate": np.array([0]), "server off": np.array([1])}
    result = tournament(plans, (Scenarios.drawn(problem, seed, 200) for seed in (1, 2, 3)))
    assert result.winner == "isolate"
    assert [each.name for each in result.standings] == ["isolate", "server off", "nothing"]
    by_name = {each.name: each for each in result.standings}
    assert by_name["isolate"].scenarios == 600
    assert by_name["nothing"].scenarios == 200
    assert by_name["nothing"].more_than_winner.low > 0
    assert by_name["isolate"].harm.mean == pytest.approx(1.0)


def test_plan_that_saves_tier_0_wins_over_a_cheaper_one() -> None:
    problem = ward()
    problem.cuts.harm[0] = 500.0
    plans = {"nothing": NOTHING, "isolate": np.array([0])}
    result = tournament(plans, [Scenarios.drawn(problem, 1, 100)])
    assert result.winner == "isolate"
    assert result.standings[0].name == "nothing"


def test_tournament_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        tournament({"nothing": NOTHING}, [])


def test_interval_covers_the_true_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(400):
        told = estimate(rng.exponential(1.0, 200), np.full(200, 1 / 200))
        covered += told.low <= 1.0 <= told.high
    assert 0.91 <= covered / 400 <= 0.98
