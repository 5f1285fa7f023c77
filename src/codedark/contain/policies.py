"""What a person would do by hand: the plans that ours has to beat."""

from __future__ import annotations

import numpy as np

from codedark.contain.layout import Layout
from codedark.contain.problem import Ints, Problem
from codedark.contain.ragged import members_of

ALARMED_BELIEF = 0.3
"""A node believed taken with at least this probability is one that alarmed."""


def plain_policies(problem: Problem, layout: Layout, alarmed_belief: float = ALARMED_BELIEF) -> dict[str, Ints]:
    """The plain policies by name, each as actions, ascending, cut off where the staff's minutes end: those for the
    likeliest first. "All off" is not cut off: it is done by the main switches, by few hands.
    """
    beliefs = problem.spread.beliefs
    suspects = np.argsort(-beliefs, kind="stable")
    alarmed = suspects[beliefs[suspects] >= alarmed_belief]
    suspected = suspects[beliefs[suspects] > 0]
    zones = layout.zone[alarmed]
    _, first = np.unique(zones, return_index=True)
    _, quarantine = members_of(layout.zone_cuts, zones[np.sort(first)][zones[np.sort(first)] >= 0])
    policies = {
        "nothing": np.zeros(0, dtype=np.int64),
        "isolate what alarmed": layout.isolates[alarmed],
        "isolate all suspects": layout.isolates[suspected],
        "quarantine its zones": quarantine,
    }
    by_hand = {name: affordable(problem, actions) for name, actions in policies.items()}
    return {**by_hand, "all off": np.unique(layout.everything)}


def affordable(problem: Problem, actions: Ints) -> Ints:
    """These actions (−1 is none) in their order until there are no more hands, then ascending."""
    _, first = np.unique(actions, return_index=True)
    actions = actions[np.sort(first)]
    actions = actions[actions >= 0]
    within = np.cumsum(problem.cuts.staff_minutes[actions]) <= problem.staff_minutes
    return np.sort(actions[within])
