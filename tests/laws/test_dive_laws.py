"""Laws of a dive: it decides what is open, stays within the hands there are, ends, and leaves no trace."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from codedark.contain.dive import SHARES, Dive
from codedark.contain.master import Master
from codedark.contain.problem import Problem
from tests.problem_maker import problems

STRENGTHS = st.sampled_from([0.0, 1e-9, 0.1, 0.4, 0.9, 1.0])
EVER = float("inf")


@given(problems(), st.integers(0, len(SHARES)), st.data())
def test_dive_ends_within_the_hands_and_leaves_the_programme_as_it_was(
    problem: Problem, number: int, data: st.DataObject
) -> None:
    assume(len(problem.cuts))
    master = Master(problem)
    before = master.solve(EVER)
    actions = len(problem.cuts)
    drawn = np.array(data.draw(st.lists(STRENGTHS, min_size=actions, max_size=actions)), dtype=np.float64)
    dive, steps, decided = Dive(problem, master, number), 0, np.zeros(actions, dtype=np.bool_)
    while dive.deeper(np.where(decided, 0.0, drawn)):
        steps += 1
        solved = master.solve(EVER)
        assert solved is not None
        columns = solved.columns[:actions]
        assert problem.cuts.staff_minutes @ columns <= problem.staff_minutes + 1e-6
        decided |= columns > 0.5
        assert not (columns[drawn == 0] > 0).any()
    assert steps <= int(((drawn > 1e-6) & (drawn < 1)).sum())
    dive.up()
    after = master.solve(EVER)
    assert before is not None
    assert after is not None
    assert after.columns.tolist() == before.columns.tolist()
