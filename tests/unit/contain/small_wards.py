"""Small problems of containment whose answers can be worked out by hand."""

from __future__ import annotations

import math

import numpy as np

from codedark.contain.problem import AtLeast, Cuts, Ints, Need, Problem, Services, Sets, Spread, Thing

NOTHING: Ints = np.zeros(0, dtype=np.int64)


def chain(apply_hours: float = 0.0, *, rate: float = math.inf, staff: float = 100.0) -> Problem:
    """0 is taken, and goes on to 1 and from there to 2, at once if ``rate`` is infinite. Action 0 cuts the first edge,
    1 the second; a service needs node 2.
    """
    return Problem(
        Spread(np.array([0, 1]), np.array([1, 2]), np.array([rate, rate]), np.array([1.0, 0.0, 0.0])),
        Cuts(Sets.of([[0], [1]]), Sets.of([[], []]), np.full(2, apply_hours), np.full(2, 5.0), np.array([2.0, 1.0])),
        Services((Thing(2),), np.array([10.0]), np.array([30.0]), np.array([False])),
        np.array([0.0, 0.5, 0.25]),
        horizon_hours=8.0,
        staff_minutes=staff,
    )


def twins() -> Problem:
    """Of two databases, 1 and 2, one is enough. 0 is taken and goes on to 1 at once; action 0 takes down 2, action 1
    isolates 0.
    """
    need: Need = AtLeast((Thing(1), Thing(2)), 1)
    return Problem(
        Spread(np.array([0]), np.array([1]), np.array([math.inf]), np.array([1.0, 0.0, 0.0])),
        Cuts(Sets.of([[], [0]]), Sets.of([[2], [0]]), np.zeros(2), np.ones(2), np.array([1.0, 3.0])),
        Services((need,), np.array([10.0]), np.array([30.0]), np.array([True])),
        np.zeros(3),
        horizon_hours=8.0,
        staff_minutes=100.0,
    )
