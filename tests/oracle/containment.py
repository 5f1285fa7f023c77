"""Containment by brute force, straight from docs/adr/0012-what-to-cut.md: what is taken, what falls, what it harms, and
the best of all subsets of actions.

Times are doubles, added along the way from left to right, as everybody who samples adds them; harms are fractions, so
that "the same" and "at most" mean that. Scenarios are given: nobody's way of drawing who is taken first matters here.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Final

from codedark.contain.problem import AtLeast, Need, Other, Problem, Services, Thing

BITS: Final = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Scenario:
    """The nodes that are ``taken`` at time 0, how much it weighs, and its number, from which delays are drawn."""

    number: int
    weight: float
    taken: frozenset[int]


def mix(number: int) -> int:
    """The step of splitmix64: its first output when ``number`` is the state."""
    state = (number + 0x9E3779B97F4A7C15) & BITS
    state = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & BITS
    state = ((state ^ state >> 27) * 0x94D049BB133111EB) & BITS
    return state ^ state >> 31


def chance(seed: int, scenario: int, edge: int) -> float:
    """A number from 0 to below 1, the same for everybody who asks."""
    return (mix(mix(seed + mix(scenario)) + edge) >> 11) * 2.0**-53


def delay(problem: Problem, seed: int, scenario: Scenario, edge: int) -> float:
    """How many hours it takes to cross an edge in a scenario."""
    return -math.log(1 - chance(seed, scenario.number, edge)) / float(problem.spread.rates[edge])


def ends(problem: Problem, edge: int) -> tuple[int, int]:
    """From where to where an edge leads."""
    return int(problem.spread.sources[edge]), int(problem.spread.targets[edge])


def holds_from(problem: Problem, chosen: Collection[int], edge: int) -> float:
    """From when on an edge is cut: the least ``apply_hours`` of the chosen actions that cut it."""
    return min((float(problem.cuts.apply_hours[a]) for a in chosen if edge in problem.cuts.cuts[a]), default=math.inf)


def arrivals(problem: Problem, seed: int, scenario: Scenario, chosen: Collection[int]) -> dict[int, float]:
    """When the attacker arrives, for each node at which he ever does (1).

    Setting labels in order of time is right although edges are cut at some time: who is at u at time t is through at
    t + d if that is before the cut and never otherwise. This never decreases in t and is never before t, so to be
    somewhere earlier is never worse, and nothing that is found later can lead to an earlier arrival. Sums of doubles
    never decrease in their parts either, so it holds as computed too.
    """
    arrived: dict[int, float] = {}
    waiting = [(0.0, node) for node in scenario.taken]
    heapq.heapify(waiting)
    while waiting:
        time, node = heapq.heappop(waiting)
        if node in arrived:
            continue
        arrived[node] = time
        for edge in range(len(problem.spread.rates)):
            source, target = ends(problem, edge)
            if source == node:
                over = time + delay(problem, seed, scenario, edge)
                if over < holds_from(problem, chosen, edge):
                    heapq.heappush(waiting, (over, target))
    return arrived


def reached(problem: Problem, seed: int, scenario: Scenario, chosen: Collection[int]) -> set[int]:
    """R_s(x): the nodes that are taken within the horizon (2)."""
    times = arrivals(problem, seed, scenario, chosen)
    return {node for node, time in times.items() if time <= problem.horizon_hours}


@dataclass(frozen=True, slots=True)
class Path:
    """A way of the attacker that visits no node twice, with the time at which each edge is crossed."""

    start: int
    edges: tuple[int, ...] = ()
    crossed: tuple[float, ...] = ()

    @property
    def length(self) -> float:
        """In hours."""
        return self.crossed[-1] if self.crossed else 0.0


def paths(problem: Problem, seed: int, scenario: Scenario) -> Iterator[tuple[int, Path]]:
    """Every path from a taken node that is no longer than the horizon, with where it ends."""
    waiting = [(node, Path(node), frozenset([node])) for node in scenario.taken]
    while waiting:
        end, path, visited = waiting.pop()
        if path.length > problem.horizon_hours:
            continue
        yield end, path
        for edge in range(len(problem.spread.rates)):
            source, target = ends(problem, edge)
            if source == end and target not in visited:
                over = path.length + delay(problem, seed, scenario, edge)
                longer = Path(path.start, (*path.edges, edge), (*path.crossed, over))
                waiting.append((target, longer, visited | {target}))


def closers(problem: Problem, path: Path) -> set[int]:
    """The actions that may close a path: they cut one of its edges and hold no later than it is crossed."""
    return {
        action
        for action in range(len(problem.cuts))
        for edge, over in zip(path.edges, path.crossed, strict=True)
        if edge in problem.cuts.cuts[action] and problem.cuts.apply_hours[action] <= over
    }


def down(problem: Problem, chosen: Collection[int]) -> set[int]:
    """D(x): the things that chosen actions take down (2)."""
    return {int(thing) for action in chosen for thing in problem.cuts.down[action]}


def holds(need: Need, gone: Collection[int], fallen: Collection[int]) -> bool:
    """Whether a need holds when things are ``gone`` and services ``fallen``."""
    match need:
        case Thing(number):
            return number not in gone
        case Other(number):
            return number not in fallen
        case AtLeast(parts, least):
            return sum(holds(part, gone, fallen) for part in parts) >= least


def fails(services: Services, gone: Collection[int]) -> set[int]:
    """The services that fall when things are gone: all stand at first, and fall until nothing changes (3)."""
    fallen: set[int] = set()
    while more := {j for j, need in enumerate(services.needs) if not holds(need, gone, fallen)} - fallen:
        fallen |= more
    return fallen


def total(values: Sequence[float], indices: Iterable[int]) -> Fraction:
    """The sum of some of the values, exact."""
    return sum((Fraction(float(values[index])) for index in indices), Fraction(0))


def harm(problem: Problem, seed: int, scenario: Scenario, chosen: Collection[int]) -> Fraction:
    """The harm of chosen actions in a scenario (4), without that of the actions themselves."""
    services = problem.services
    taken = reached(problem, seed, scenario, chosen)
    by_him = fails(services, taken)
    by_both = fails(services, taken | down(problem, chosen))
    cut, kept = services.while_cut.tolist(), services.while_taken.tolist()
    return total(cut, by_both) + total(kept, by_him) - total(cut, by_him) + total(problem.reached.tolist(), taken)


def mean_harm(problem: Problem, seed: int, scenarios: Iterable[Scenario], chosen: Collection[int]) -> Fraction:
    """What is minimised (5): the harm of the actions and the mean of the rest over the scenarios."""
    mean = sum((Fraction(each.weight) * harm(problem, seed, each, chosen) for each in scenarios), Fraction(0))
    return total(problem.cuts.harm.tolist(), chosen) + mean


def affordable(problem: Problem) -> Iterator[frozenset[int]]:
    """Every set of actions for which there are hands, the small ones first."""
    for size in range(len(problem.cuts) + 1):
        for chosen in combinations(range(len(problem.cuts)), size):
            if total(problem.cuts.staff_minutes.tolist(), chosen) <= problem.staff_minutes:
                yield frozenset(chosen)


def optimum(problem: Problem, seed: int, scenarios: Collection[Scenario]) -> tuple[Fraction, frozenset[int]]:
    """The least mean harm, and the first set that has it, of all sets for which there are hands."""
    return min(
        ((mean_harm(problem, seed, scenarios, chosen), chosen) for chosen in affordable(problem)),
        key=lambda pair: pair[0],
    )
