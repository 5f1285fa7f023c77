"""A dive: actions are decided one after another, the strongest first, until a fractional plan has become a whole one.

A fractional plan is good at hiding what breaks the whole plans near it. Whoever asks after each step of a dive what is
broken now comes to a whole plan that keeps all those rows, and leaves them behind for the next search.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from codedark.contain.master import Master
from codedark.contain.policies import affordable
from codedark.contain.problem import Floats, Problem

SHARES: Final = (0.3, 0.2, 0.15, 0.1)
"""The part of the open actions that is decided in a step: in the first dive, in the second, and so on."""

_SURE: Final = 1e-6


class Dive:
    """The dive of this ``number``, from 0. Until `up`, the linear programme has what was decided."""

    def __init__(self, problem: Problem, master: Master, number: int) -> None:
        self._problem, self._master = problem, master
        self._share = SHARES[min(number, len(SHARES) - 1)]
        self._chosen = np.zeros(len(problem.cuts), dtype=np.bool_)
        self._left = np.zeros(len(problem.cuts), dtype=np.bool_)

    def deeper(self, strengths: Floats) -> bool:
        """Decide what is strongest among what is open; False where nothing is open any more.

        1. What is 1 already stays, and the strongest share of what lies between 0 and 1 is chosen with it.
        2. What there are no hands left for is left out.
        """
        is_open = ~(self._chosen | self._left)
        loose = np.flatnonzero(is_open & (strengths > _SURE) & (strengths < 1 - _SURE))
        if not len(loose):
            return False
        strongest = loose[np.argsort(-strengths[loose], kind="stable")][: max(1, int(self._share * len(loose)))]
        whole = np.flatnonzero(is_open & (strengths >= 1 - _SURE))
        before = np.flatnonzero(self._chosen)
        taken = affordable(self._problem, np.concatenate((before, whole, strongest)))  # (1)
        self._chosen[taken] = True
        self._left[np.setdiff1d(strongest, taken)] = True  # (2)
        self._master.decide(np.flatnonzero(self._chosen), 1, 1)
        self._master.decide(np.flatnonzero(self._left), 0, 0)
        return True

    def up(self) -> None:
        """Open everything again."""
        self._master.decide(np.flatnonzero(self._chosen | self._left), 0, 1)
