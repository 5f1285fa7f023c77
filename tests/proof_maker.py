"""Certificates for small problems: every row that there is, with the multipliers that a linear programme finds best.

What it says of variables comes from the checker; that this is right is judged against `tests.oracle.containment`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations, islice
from typing import Final, get_args

import msgspec
import numpy as np
from scipy.optimize import linprog

from codedark.contain.certificate import (
    AnyRow,
    Certificate,
    Down,
    Falls,
    Gone,
    Path,
    Sampled,
    Staff,
    When,
    digest_of_problem,
    digest_of_sample,
)
from codedark.contain.certificate_rows import Ground, Inequality, Variable
from codedark.contain.problem import AtLeast, Need, Problem

from .oracle import containment as oracle

MOST_PATHS: Final = 200


def sampled(scenarios: Sequence[oracle.Scenario]) -> tuple[Sampled, ...]:
    """Scenarios as a certificate writes them."""
    return tuple(Sampled(each.number, each.weight, tuple(sorted(each.taken))) for each in scenarios)


def drawn(scenarios: Sequence[Sampled]) -> list[oracle.Scenario]:
    """Scenarios as the oracle takes them."""
    return [oracle.Scenario(each.number, each.weight, frozenset(each.taken)) for each in scenarios]


def groups(need: AtLeast, steps: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], AtLeast]]:
    """A group and all groups in it, with the steps that lead there."""
    yield steps, need
    for number, part in enumerate(need.parts):
        if isinstance(part, AtLeast):
            yield from groups(part, (*steps, number))


def rooted(need: Need) -> AtLeast:
    """The whole need of a service as a group."""
    return need if isinstance(need, AtLeast) else AtLeast((need,), 1)


def all_paths(problem: Problem, seed: int, scenarios: Sequence[oracle.Scenario]) -> list[Path] | None:
    """A row for every path of every scenario, None if they are too many."""
    rows = []
    for each in scenarios:
        found = list(islice(oracle.paths(problem, seed, each), MOST_PATHS + 1))
        if len(found) > MOST_PATHS:
            return None
        rows += [Path(multiplier=1.0, scenario=each.number, target=end, edges=path.edges) for end, path in found]
    return rows


def other_rows(problem: Problem, scenarios: Sequence[oracle.Scenario]) -> Iterator[AnyRow]:
    """Every row that is none of a path."""
    for action, things in enumerate(problem.cuts.down):
        for thing in things.tolist():
            yield Down(multiplier=1.0, action=action, thing=thing)
    for number in (each.number for each in scenarios):
        for node in range(problem.spread.nodes):
            yield Gone(multiplier=1.0, scenario=number, thing=node, by="taken")
        for thing in sorted(set(problem.cuts.down.members.tolist())):
            yield Gone(multiplier=1.0, scenario=number, thing=thing, by="down")
        for service, need in enumerate(problem.services.needs):
            for steps, group in groups(rooted(need)):
                spare = len(group.parts) - group.least
                for size in range(spare + 1, len(group.parts) + 1):
                    for parts in combinations(range(len(group.parts)), size):
                        for when in get_args(When):
                            yield Falls(
                                multiplier=1.0,
                                scenario=number,
                                when=when,
                                service=service,
                                need=steps,
                                parts=parts,
                            )
    yield Staff(multiplier=1.0)


def inequality(ground: Ground, row: AnyRow) -> Inequality:
    """What a row that holds says."""
    said = ground.inequality(row)
    assert isinstance(said, Inequality), said
    return said


class Relaxed:
    """The linear programme of some rows: what is minimised, over variables from 0 to 1."""

    def __init__(self, ground: Ground, rows: Sequence[AnyRow]) -> None:
        said = [inequality(ground, row) for row in rows]
        self._index: dict[Variable, int] = {}
        for action in range(len(ground.problem.cuts)):
            self._index["x", action] = action
        for each in said:
            for variable in each.terms:
                self._index.setdefault(variable, len(self._index))
        self._prices = [float(ground.price(variable)) for variable in self._index]
        self._matrix = np.zeros((len(said), len(self._index)))
        for number, each in enumerate(said):
            for variable, factor in each.terms.items():
                self._matrix[number, self._index[variable]] = float(factor)
        self._least = np.array([float(each.least) for each in said])

    def solve(self, chosen: Collection[int] | None = None) -> tuple[float, list[float]]:
        """The least value, of every choice or of this one, and the multipliers of the rows."""
        if not self._index:
            return 0.0, [0.0] * len(self._least)
        bounds = [(0.0, 1.0)] * len(self._index)
        for action in range(self._actions if chosen is not None else 0):
            bounds[action] = (1.0, 1.0) if action in (chosen or ()) else (0.0, 0.0)
        solved = linprog(self._prices, -self._matrix, -self._least, bounds=bounds, method="highs")
        assert solved.status == 0, solved.message
        return float(solved.fun), [max(0.0, -float(each)) for each in solved.ineqlin.marginals]

    @property
    def _actions(self) -> int:
        return sum(variable[0] == "x" for variable in self._index)


def proven(
    problem: Problem, seed: int, scenarios: Sequence[oracle.Scenario], rows: Sequence[AnyRow], chosen: Collection[int]
) -> Certificate:
    """A certificate with the best multipliers of these rows."""
    ground = Ground(problem, seed, sampled(scenarios))
    value, multipliers = Relaxed(ground, rows).solve()
    return certificate(
        problem,
        seed,
        scenarios,
        [msgspec.structs.replace(row, multiplier=times) for row, times in zip(rows, multipliers, strict=True)],
        chosen,
        value - 1e-6 * max(1.0, abs(value)),
    )


def certificate(
    problem: Problem,
    seed: int,
    scenarios: Sequence[oracle.Scenario],
    rows: Sequence[AnyRow],
    chosen: Collection[int],
    bound: float,
) -> Certificate:
    """A certificate that speaks of this problem and sample, and claims this bound."""
    return Certificate(
        problem=digest_of_problem(problem),
        sample=digest_of_sample(seed, sampled(scenarios)),
        seed=seed,
        scenarios=sampled(scenarios),
        chosen=tuple(sorted(chosen)),
        harm=float(oracle.mean_harm(problem, seed, scenarios, chosen)),
        bound=bound,
        rows=tuple(rows),
    )
