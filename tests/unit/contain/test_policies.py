"""What a person would do by hand, as actions."""

from __future__ import annotations

import numpy as np

from codedark.contain.layout import Layout
from codedark.contain.policies import plain_policies
from codedark.contain.problem import Cuts, Problem, Services, Sets, Spread

NONE = np.zeros(0, dtype=np.int64)


def two_zones(staff: float) -> tuple[Problem, Layout]:
    """Four nodes in two zones; actions 0 to 2 isolate the first three, 3 and 4 cut a zone off."""
    problem = Problem(
        Spread(NONE, NONE, np.zeros(0), np.array([0.1, 0.9, 0.5, 0.0])),
        Cuts(Sets.of([[]] * 5), Sets.of([[]] * 5), np.zeros(5), np.full(5, 2.0), np.zeros(5)),
        Services((), np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.bool_)),
        np.zeros(4),
        horizon_hours=1.0,
        staff_minutes=staff,
    )
    return problem, Layout(np.array([0, 1, 2, -1]), np.array([0, 0, 1, 1]), Sets.of([[3], [3, 4]]), np.array([3, 4]))


def told(staff: float) -> dict[str, list[int]]:
    return {name: actions.tolist() for name, actions in plain_policies(*two_zones(staff)).items()}


def test_each_policy_takes_the_actions_that_it_names() -> None:
    assert told(100.0) == {
        "nothing": [],
        "isolate what alarmed": [1, 2],
        "isolate all suspects": [0, 1, 2],
        "quarantine its zones": [3, 4],
        "all off": [3, 4],
    }


def test_few_hands_are_spent_on_the_likeliest() -> None:
    assert told(2.0)["isolate all suspects"] == [1]
    assert told(0.0)["quarantine its zones"] == []


def test_all_is_switched_off_by_few_hands() -> None:
    assert told(0.0)["all off"] == [3, 4]
