"""The search for the best plan on sampled scenarios, and for the proof of how good it is.

1. Plain policies are judged; the best is the plan so far.
2. A linear programme knows some witnesses of harm. Its solution, a plan of actions with strengths between 0 and 1, is
   rounded to plans, which are judged exactly; and the scenarios are asked for witnesses that it breaks.
3. A dive (`codedark.contain.dive`) decides action by action, and the scenarios are asked after each step. Where he is
   fast, rounding is far off, and this is what finds plans.
4. Again, until the plan is no worse than what is proven by so much, or the time is over. Few places are looked at in
   the first rounds, more in each: a fast attacker reaches half of the hospital at first, and any of it will do to say
   why he has to be held.
5. If nothing is broken, and dives find nothing more, the last actions are settled by branch and bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from codedark.contain.bound import FOR_ALL, Keys, Rows, costs, loads, summed, with_nodes
from codedark.contain.dive import Dive
from codedark.contain.dominance import dominators
from codedark.contain.harm import Judge
from codedark.contain.master import Master, Solved
from codedark.contain.paths import Closers, grow
from codedark.contain.policies import affordable
from codedark.contain.problem import Floats, Ints
from codedark.contain.scenarios import Scenarios
from codedark.contain.witness import Finder

FIRST_PLACES = 4000
"""So many places are looked at in a scenario in the first round, twice as many in each that follows."""

MOST_ROWS = 20_000
"""At most so many rows are added in a round, the most broken ones first."""


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """Rows with multipliers, and that of the staff minutes: what is proven follows from them alone."""

    batches: list[Rows]
    multipliers: list[Floats]
    staff: float


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The best plan found: ``chosen`` actions, ascending, with their mean ``harm`` on the scenarios, than which no plan
    has less than ``bound``, by ``proof``. ``searched`` is the same by branch and bound, for which there are no
    multipliers; it is at least ``bound``. ``candidates`` are other plans worth judging, ``rounds`` how many there were.
    """

    chosen: Ints
    harm: float
    bound: float
    searched: float
    proof: Proof
    candidates: tuple[Ints, ...]
    rounds: int

    @property
    def gap(self) -> float:
        """How far the plan may be from the best, as a part of its harm."""
        return 0.0 if self.harm <= 0 else max(0.0, (self.harm - self.bound) / self.harm)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the search stands after a round."""

    rounds: int
    harm: float
    bound: float


def best_plan(
    scenarios: Scenarios,
    plain: Iterable[Ints],
    *,
    gap: float = 0.01,
    rounds: int = 200,
    time_left: Callable[[], float] = lambda: float("inf"),
    told: Callable[[Progress], None] = lambda _: None,
) -> Found:
    """The best plan within that ``gap``, so many rounds and the seconds left; ``told`` hears of each round."""
    search = _Search(scenarios, plain)
    for number in range(rounds):
        if not search.step(time_left):
            break
        told(Progress(number + 1, search.harm, search.bound))
        if search.harm - max(search.bound, search.searched) <= gap * search.harm or time_left() <= 0:
            break
    return search.found(number + 1)


class _Search:
    """What is known so far."""

    def __init__(self, scenarios: Scenarios, plain: Iterable[Ints]) -> None:
        self.scenarios, self.problem = scenarios, scenarios.problem
        self.judge = Judge(self.problem)
        self.instead = dominators(self.problem.cuts)
        self.closers = Closers(self.problem)
        self.finder = Finder(self.problem, scenarios, self.closers, self.judge.dependence)
        self.master = Master(self.problem)
        self.keys = Keys(scenarios.number, len(self.problem.services))
        self.harm, self.bound, self.searched = float("inf"), 0.0, 0.0
        self.chosen: Ints = np.zeros(0, dtype=np.int64)
        self.proof = Proof([], [], 0.0)
        self.seen: set[bytes] = set()
        self.candidates: list[Ints] = []
        self.places = FIRST_PLACES
        self.whole = False
        self.dives = 0
        self.spares: Ints = np.zeros(0, dtype=np.int64)
        for plan in plain:
            self.try_plan(plan)
        self.spares = self.chosen
        self.master.add(summed(self.problem, self.finder.own_losses(), self.keys))

    def try_plan(self, chosen: Ints) -> None:
        """Judge a plan, if it is new and there are hands for it, and keep it if it is the best. Of two actions that do
        the same, it has the better one.
        """
        chosen = np.unique(self.instead[chosen])
        if chosen.tobytes() in self.seen:
            return
        self.seen.add(chosen.tobytes())
        if self.problem.cuts.staff_minutes[chosen].sum() > self.problem.staff_minutes:
            return
        harm = self.judge.outcome(self.scenarios, chosen).mean
        if harm < self.harm:
            self.harm, self.chosen = harm, chosen
            self.candidates.append(chosen)

    def step(self, time_left: Callable[[], float]) -> bool:
        """One round; False if there is nothing more to find, or no time."""
        solved = self._whole(time_left()) if self.whole else self._fractional(time_left())
        if solved is None:
            return False
        self._round_off(solved.columns[: len(self.problem.cuts)])
        added = self._separate(solved)
        if self.places < self.scenarios.nodes:
            self.places *= 4
            return True
        if not self.whole:
            added += self._dive(time_left)
        if added:
            return True
        if self.whole or self.harm - self.searched <= 1e-9 * self.harm:
            return False
        self.whole = True
        return True

    def _dive(self, time_left: Callable[[], float]) -> int:
        """Go down to a whole plan, and judge it; how many rows were met on the way."""
        dive, rows, added, deeper = Dive(self.problem, self.master, self.dives), 0, 1, True
        self.dives += 1
        strengths: Floats = np.zeros(len(self.problem.cuts))
        while (added or deeper) and time_left() > 0 and (solved := self._fractional(time_left())) is not None:
            strengths = solved.columns[: len(self.problem.cuts)]
            added = self._separate(solved)
            rows += added
            deeper = dive.deeper(strengths)
        dive.up()
        self._round_off(strengths)
        return rows

    def _fractional(self, seconds: float) -> Solved | None:
        """The fractional plan that is best by what is known; what it proves is kept."""
        solved = self.master.solve(seconds)
        if solved is not None and solved.proves > self.bound:
            self.bound = solved.proves
            self.searched = max(self.searched, self.bound)
            self.proof = Proof(list(self.master.batches), solved.multipliers, solved.staff)
        return solved

    def _whole(self, seconds: float) -> Solved | None:
        """The whole plan that is best by what is known."""
        best = self.master.best_whole(self._worth_it(), seconds)
        if best is None:
            return None
        solved, least = best
        self.searched = max(self.searched, min(least, self.harm))
        return solved

    def _worth_it(self) -> Ints:
        """The actions that may be in a plan better than the best so far: whoever takes another has, by the multipliers
        alone, at least the bound and what they leave of its cost.
        """
        spare = costs(self.problem) - loads(self.problem, self.proof.batches, self.proof.multipliers, self.proof.staff)
        return np.flatnonzero(spare[: len(self.problem.cuts)] <= self.harm - self.bound + 1e-9)

    def _round_off(self, strengths: Floats) -> None:
        """Try the whole plans near a fractional one: what is strong in it, alone and with the best plain policy."""
        order = np.argsort(-strengths, kind="stable")
        for least in (0.5, 0.1):
            strong = order[: int((strengths > least).sum())]
            self.try_plan(affordable(self.problem, strong))
        self.try_plan(affordable(self.problem, np.concatenate((order[: int((strengths > 0.5).sum())], self.spares))))

    def _separate(self, solved: Solved) -> int:
        """Add the rows that a solution breaks most; how many."""
        actions = len(self.problem.cuts)
        strengths = np.clip(solved.columns[:actions], 0.0, 1.0)
        forest = grow(self.scenarios, self.closers, strengths, self.places)
        rows = summed(self.problem, self.finder.find(forest, strengths, solved.columns[actions:]), self.keys)
        rows = with_nodes(rows, self.scenarios, self.closers, forest)
        missing = self.master.missing(rows, solved)
        least = 1e-5 * self.harm / self.scenarios.number + 1e-9
        broken = np.flatnonzero(missing > np.where(rows.key == FOR_ALL, 1e-7, least))
        broken = broken[np.argsort(-missing[broken], kind="stable")][:MOST_ROWS]
        if len(broken):
            self.master.add(rows.of(broken))
        return len(broken)

    def found(self, rounds: int) -> Found:
        """What there is to tell. To do nothing takes longest to judge, as he gets furthest then, so it comes last."""
        self.try_plan(np.zeros(0, dtype=np.int64))
        bound = min(self.bound, self.harm)
        searched = min(max(self.searched, bound), self.harm)
        return Found(self.chosen, self.harm, bound, searched, self.proof, tuple(self.candidates), rounds)
