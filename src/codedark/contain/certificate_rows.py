"""What the rows of a certificate say, each followed through the problem and its sample.

Times are doubles added from left to right, because that is how the sample is defined; all else is whole or fractions.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from codedark.contain.certificate import AnyRow, Down, Falls, Gone, Path, Sampled
from codedark.contain.problem import AtLeast, Need, Other, Problem, Thing

BITS: Final = 2**64 - 1

Variable = tuple[str | int, ...]
"""("x", action), ("d", thing), ("r", s, node), ("g", s, thing), ("taken" or "either", s, service, part, part, ...)."""


@dataclass(frozen=True, slots=True)
class Inequality:
    """The sum of these variables, each times its number, is at least ``least``."""

    terms: dict[Variable, Fraction | int]
    least: Fraction | int


class Ground:
    """A problem and a sample of it, in the shape in which paths are followed."""

    def __init__(self, problem: Problem, seed: int, scenarios: tuple[Sampled, ...]) -> None:
        self.problem = problem
        self.scenarios = {each.number: each for each in scenarios}
        self.ends = list(zip(problem.spread.sources.tolist(), problem.spread.targets.tolist(), strict=True))
        self.cutters: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
        """For each edge, from when on which action cuts it."""
        for action, hours in enumerate(problem.cuts.apply_hours.tolist()):
            for edge in problem.cuts.cuts[action].tolist():
                self.cutters[edge].append((hours, action))
        self.down: list[set[int]] = [set(things.tolist()) for things in problem.cuts.down]
        self._states = {number: _mix(seed + _mix(number)) for number in self.scenarios}
        self._rates: list[float] = problem.spread.rates.tolist()

    def delay(self, scenario: int, edge: int) -> float:
        """The hours to cross an edge, drawn by its number."""
        chance = (_mix(self._states[scenario] + edge) >> 11) * 2.0**-53
        return -math.log(1 - chance) / self._rates[edge]

    def price(self, variable: Variable) -> Fraction:
        """How much a variable counts in what is minimised; 0 for those that only help to say something."""
        services = self.problem.services
        match variable:
            case ("x", int(action)):
                return Fraction(float(self.problem.cuts.harm[action]))
            case ("r", int(scenario), int(node)):
                price = Fraction(float(self.problem.reached[node]))
            case ("either", int(scenario), int(service)):
                price = Fraction(float(services.while_cut[service]))
            case ("taken", int(scenario), int(service)):
                price = Fraction(float(services.while_taken[service])) - Fraction(float(services.while_cut[service]))
            case _:
                return Fraction(0)
        return Fraction(self.scenarios[scenario].weight) * price

    def inequality(self, row: AnyRow) -> Inequality | str:
        """What a row says, or why there is no such row."""
        if isinstance(row, Path | Gone | Falls) and row.scenario not in self.scenarios:
            return "there is no such scenario"
        match row:
            case Path():
                return self._path(row)
            case Falls():
                return self._falls(row)
            case Down(action=action, thing=thing):
                if not 0 <= action < len(self.down) or thing not in self.down[action]:
                    return "there is no such action, or it does not take that down"
                return Inequality({("d", thing): 1, ("x", action): -1}, 0)
            case Gone(scenario=scenario, thing=thing, by="taken"):
                if not 0 <= thing < self.problem.spread.nodes:
                    return "there is no such node"
                return Inequality({("g", scenario, thing): 1, ("r", scenario, thing): -1}, 0)
            case Gone(scenario=scenario, thing=thing):
                return Inequality({("g", scenario, thing): 1, ("d", thing): -1}, 0)
            case _:
                return self._staff()

    def _staff(self) -> Inequality | str:
        if self.problem.staff_minutes == math.inf:
            return "there are hands for everything"
        minutes = self.problem.cuts.staff_minutes.tolist()
        terms: dict[Variable, Fraction | int] = {("x", action): -Fraction(each) for action, each in enumerate(minutes)}
        return Inequality(terms, -Fraction(self.problem.staff_minutes))

    def _path(self, row: Path) -> Inequality | str:
        if not all(0 <= edge < len(self.ends) for edge in row.edges):
            return "there is no such edge"
        node = self.ends[row.edges[0]][0] if row.edges else row.target
        if node not in self.scenarios[row.scenario].taken:
            return f"it does not begin where the attacker is, but at node {node}"
        time, closing = 0.0, set[int]()
        for edge in row.edges:
            source, target = self.ends[edge]
            if source != node:
                return f"edge {edge} does not go on from node {node}"
            node, time = target, time + self.delay(row.scenario, edge)
            closing.update(action for hours, action in self.cutters.get(edge, ()) if hours <= time)
        if node != row.target or time > self.problem.horizon_hours:
            return f"it ends at node {node} after {time} hours, not at node {row.target} within the horizon"
        return Inequality({("r", row.scenario, node): 1, **{("x", action): 1 for action in closing}}, 1)

    def _falls(self, row: Falls) -> Inequality | str:
        if not 0 <= row.service < len(self.problem.services):
            return "there is no such service"
        need = self.problem.services.needs[row.service]
        group = need if isinstance(need, AtLeast) else AtLeast((need,), 1)
        for step in row.need:
            inner = group.parts[step] if 0 <= step < len(group.parts) else None
            if not isinstance(inner, AtLeast):
                return "there is no such group of parts"
            group = inner
        spare = len(group.parts) - group.least
        if sorted(set(row.parts)) != list(row.parts) or not all(0 <= part < len(group.parts) for part in row.parts):
            return "its parts are not in order, or not those of the need"
        if len(row.parts) <= spare:
            return f"{len(row.parts)} parts can fall and it does not"
        whole: Variable = (row.when, row.scenario, row.service, *row.need)
        terms: defaultdict[Variable, Fraction | int] = defaultdict(int, {whole: len(row.parts) - spare})
        for part in row.parts:
            variable = self._fallen((*whole, part), group.parts[part])
            if variable is not None:
                terms[variable] -= 1
        return Inequality(terms, -spare)

    def _fallen(self, place: Variable, part: Need) -> Variable | None:
        """The variable that says that a part fell; None for a link that nobody cut, as none is taken."""
        when, scenario = place[:2]
        match part:
            case AtLeast():
                return place
            case Other(number):
                return when, scenario, number
            case Thing(number) if when == "either":
                return "g", scenario, number
            case Thing(number):
                return ("r", scenario, number) if number < self.problem.spread.nodes else None


def _mix(number: int) -> int:
    """Splitmix64's step on 64-bit numbers."""
    number = (number + 0x9E3779B97F4A7C15) & BITS
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & BITS
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & BITS
    return number ^ (number >> 31)
