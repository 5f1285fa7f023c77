"""The linear programme over all rows found so far, kept in HiGHS and solved again after each addition."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import highspy
import numpy as np

from codedark.contain.bound import FOR_ALL, Rows, costs, proven, within_keys
from codedark.contain.problem import Floats, Ints, Problem

_NO_CELLS = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A solution: ``columns`` (actions, then services that we fell) and ``harms`` by key; with its multipliers, those
    of the rows, batch by batch, and that of the staff minutes, and what they prove.
    """

    columns: Floats
    harms: dict[int, float]
    multipliers: list[Floats]
    staff: float
    proves: float


class Master:
    """Minimises what actions cost, what services cost that we fell, and the harm under each key."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.batches: list[Rows] = []
        self._width = len(problem.cuts) + len(problem.services)
        self._column: dict[int, int] = {}
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]  # it has no types here
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._add_columns(costs(problem), 1.0)
        busy = np.flatnonzero(problem.cuts.staff_minutes > 0).astype(np.int32)
        minutes = problem.cuts.staff_minutes[busy]
        self._solver.addRow(-np.inf, problem.staff_minutes, len(busy), busy, minutes)

    def _add_columns(self, cost: Floats, most: float) -> None:
        number = len(cost)
        starts = np.zeros(number, dtype=np.int32)
        self._solver.addCols(number, cost, np.zeros(number), np.full(number, most), 0, starts, _NO_CELLS, np.zeros(0))

    def add(self, rows: Rows) -> None:
        """These rows as well."""
        new = [int(key) for key in np.unique(rows.key) if key != FOR_ALL and int(key) not in self._column]
        first = self._width + len(self._column)
        self._column.update((key, first + number) for number, key in enumerate(new))
        self._add_columns(np.ones(len(new)), np.inf)
        has = rows.key != FOR_ALL
        column = np.array([self._column[int(key)] for key in rows.key[has]], dtype=np.int64)
        ends = rows.columns.starts[1:][has]
        cells = np.insert(rows.columns.members, ends, column).astype(np.int32)
        values = np.insert(rows.coefficients, ends, 1.0)
        counts = np.diff(rows.columns.starts) + has
        starts = (np.cumsum(counts) - counts).astype(np.int32)
        self._solver.addRows(len(rows), rows.least, np.full(len(rows), np.inf), len(cells), starts, cells, values)
        self.batches.append(rows)

    def decide(self, actions: Ints, least: float, most: float) -> None:
        """From now on these actions are chosen (1, 1), left out (0, 0), or open again (0, 1)."""
        number = len(actions)
        self._solver.changeColsBounds(number, actions.astype(np.int32), np.full(number, least), np.full(number, most))

    def missing(self, rows: Rows, solved: Solved) -> Floats:
        """By how much a solution breaks each of these rows (negative: not at all)."""
        harms = np.array([solved.harms.get(int(key), 0.0) for key in rows.key], dtype=np.float64)
        return np.asarray(rows.least - rows.left(solved.columns) - harms)

    def solve(self, seconds: float) -> Solved | None:
        """The best fractional plan by these rows, with its multipliers; None if the seconds did not suffice."""
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + max(seconds, 0.01))
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = self._solver.getSolution()
        value, dual = np.array(solution.col_value), np.array(solution.row_dual)
        ends = np.cumsum([1, *map(len, self.batches)])
        multipliers = [dual[start:end] for start, end in pairwise(ends.tolist())]
        multipliers = within_keys(self.batches, multipliers)
        staff = max(0.0, -float(dual[0]))
        proves = proven(self.problem, self.batches, multipliers, staff)
        return Solved(value[: self._width], self._harms(value), multipliers, staff, proves)

    def _harms(self, value: Floats) -> dict[int, float]:
        return {key: float(value[column]) for key, column in self._column.items()}

    def best_whole(self, free: Ints, seconds: float) -> tuple[Solved, float] | None:
        """The best plan of whole actions by these rows, and its value, which no plan is below that leaves out all
        actions but the ``free``; by branch and bound, so with no multipliers. None if the seconds did not suffice.
        """
        solver = highspy.Highs()  # type: ignore[no-untyped-call]  # it has no types here
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        solver.setOptionValue("mip_rel_gap", 1e-6)
        solver.setOptionValue("time_limit", max(seconds, 0.01))
        solver.passModel(self._solver.getModel())
        shut = np.setdiff1d(np.arange(len(self.problem.cuts)), free).astype(np.int32)
        solver.changeColsBounds(len(shut), shut, np.zeros(len(shut)), np.zeros(len(shut)))
        whole = np.full(len(free), highspy.HighsVarType.kInteger)
        solver.changeColsIntegrality(len(free), free.astype(np.int32), whole)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        value = np.array(solver.getSolution().col_value)
        least = float(solver.getInfo().mip_dual_bound)
        return Solved(value[: self._width], self._harms(value), [], 0.0, 0.0), least
