"""A new plan when something is applied already: what stands is not undone for nothing.

Findings come in by the minute, and the best set of actions changes with each of them a little. Undoing costs work,
trust, and an open door for as long as nobody looks; so it has a price, and a plan that is only a little better does not
win.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from codedark.contain.harm import Judge
from codedark.contain.problem import Ints, Problem
from codedark.contain.scenarios import Scenarios


def standing(problem: Problem, applied: Sequence[int]) -> Problem:
    """The problem in which these actions hold already: at once, and with no more work."""
    cuts = problem.cuts
    hours, minutes = cuts.apply_hours.copy(), cuts.staff_minutes.copy()
    hours[list(applied)] = minutes[list(applied)] = 0.0
    return replace(problem, cuts=replace(cuts, apply_hours=hours, staff_minutes=minutes))


def reluctant(problem: Problem, applied: Sequence[int], undo_harm: float) -> Problem:
    """The problem to be solved: to keep an applied action costs less by what it would cost to undo it, down to
    nothing, so that no action is ever worth more than its cuts.
    """
    harm = problem.cuts.harm.copy()
    harm[list(applied)] = np.maximum(harm[list(applied)] - undo_harm, 0.0)
    return replace(problem, cuts=replace(problem.cuts, harm=harm))


def kept(judge: Judge, scenarios: Scenarios, chosen: Ints, applied: Sequence[int], undo_harm: float) -> Ints:
    """The chosen actions, and those applied ones that would be undone for less than it costs to undo them: looked at
    one after the other, the cheapest to keep first.
    """
    plan = chosen
    harm = judge.outcome(scenarios, plan).mean
    dropped = sorted(set(applied) - set(chosen.tolist()), key=lambda each: (float(judge.problem.cuts.harm[each]), each))
    for action in dropped:
        more = np.union1d(plan, np.array([action], dtype=np.int64))
        with_it = judge.outcome(scenarios, more).mean
        if with_it - harm <= undo_harm:
            plan, harm = more, with_it
    return plan
