"""Whether a certificate proves what it claims: without a solver, and without anything of the optimiser.

`docs/reference/containment-proof.md` is the definition and the proof. Steps:

1. The problem is one of which a proof can speak, and the certificate speaks of it and of its own sample.
2. The harm of the chosen actions is worked out anew, and is what is claimed.
3. Each row is followed through the problem: what it says of which variables comes from there, never from the file.
4. Rows times multipliers are added up to a bound, and the claimed one is no higher.

Sums are of fractions, so that nothing is lost to rounding; the bound that is returned is rounded down, the harm up.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from codedark.contain.certificate import Certificate, Refused, digest_of_problem, digest_of_sample
from codedark.contain.certificate_rows import BITS, Ground, Variable
from codedark.contain.problem import AtLeast, Need, Other, Problem, Thing

TOLERANCE: Final = Fraction(1, 10**9)
"""How far a claim may be from what is worked out here, as a part of it or of 1."""
LARGEST: Final = 1e15
"""No harm and no multiplier is more; it keeps sums where doubles can tell them."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What holds on the ``sample`` with this digest: the ``harm`` of the chosen actions, and that no choice has less
    than ``bound``. Both were worked out here.
    """

    harm: float
    bound: float
    sample: str


def verify(problem: Problem, certificate: Certificate) -> Verified | Refused:
    """Check everything that a certificate claims but the held-out result, of which it is only told."""
    if reasons := (*_flaws(problem), *_strays(problem, certificate)):  # 1
        return Refused(reasons)
    ground = Ground(problem, certificate.seed, certificate.scenarios)
    harm = _harm(ground, frozenset(certificate.chosen))  # 2
    if abs(harm - Fraction(certificate.harm)) > TOLERANCE * max(Fraction(1), harm):
        return Refused((f"The chosen actions have a harm of {_up(harm)}, not of {certificate.harm}.",))
    bound = _bound(ground, certificate)  # 3, 4
    if isinstance(bound, Refused):
        return bound
    if Fraction(certificate.bound) > bound + TOLERANCE * max(Fraction(1), abs(bound)):
        return Refused((f"The rows prove a bound of {_down(bound)}, less than the {certificate.bound} claimed.",))
    return Verified(_up(harm), _down(bound), certificate.sample)


def _flaws(problem: Problem) -> Iterator[str]:
    """Numbers with which the sum of the rows would be no bound."""
    cuts, services = problem.cuts, problem.services
    harms = (cuts.harm, problem.reached, services.while_cut, services.while_taken - services.while_cut)
    if not all(0 <= value <= LARGEST for values in (*harms, cuts.staff_minutes) for value in values.tolist()):
        yield f"In the problem, a harm, or what it grows by when taken, or work is not from 0 to {LARGEST:g}."
    if not all(rate > 0 for rate in problem.spread.rates.tolist()):
        yield "In the problem, a rate is not above 0."
    if any(map(math.isnan, (*cuts.apply_hours.tolist(), problem.horizon_hours, problem.staff_minutes))):
        yield "In the problem, a time is not a number."


def _strays(problem: Problem, certificate: Certificate) -> Iterator[str]:
    """Where the certificate does not speak of this problem, or not of a sample and a choice."""
    chosen, scenarios = certificate.chosen, certificate.scenarios
    if certificate.problem != digest_of_problem(problem):
        yield "The certificate is of another problem."
    if certificate.sample != digest_of_sample(certificate.seed, scenarios):
        yield "Seed and scenarios are not those that the certificate's digest is of."
    if len({each.number for each in scenarios}) < len(scenarios):
        yield "A scenario is there twice."
    if not all(0 <= each.weight <= 1 for each in scenarios):
        yield "A weight is not from 0 to 1."
    elif abs(sum((Fraction(each.weight) for each in scenarios), Fraction(-1))) > TOLERANCE:
        yield "The weights of the scenarios are not 1 together."
    if not all(0 <= node < problem.spread.nodes for each in scenarios for node in each.taken):
        yield "A scenario begins at a node that the problem does not have."
    if len(set(chosen)) < len(chosen) or not all(0 <= action < len(problem.cuts) for action in chosen):
        yield "A chosen action is there twice, or is none of the problem."
    elif _total(problem.cuts.staff_minutes.tolist(), chosen) > problem.staff_minutes:
        yield "The chosen actions are more work than there are hands for."
    if not (math.isfinite(certificate.harm) and math.isfinite(certificate.bound)):
        yield "A claim is not a number."
    if certificate.held_out is not None and (certificate.held_out.seed ^ certificate.seed) & BITS == 0:
        yield "The plan was judged on the seed by which it was chosen."


def _bound(ground: Ground, certificate: Certificate) -> Fraction | Refused:
    """What the rows prove."""
    bound, columns = Fraction(0), defaultdict[Variable, Fraction](Fraction)
    for number, row in enumerate(certificate.rows):
        said = (
            ground.inequality(row) if 0 <= row.multiplier <= LARGEST else f"its multiplier is not from 0 to {LARGEST:g}"
        )
        if isinstance(said, str):
            return Refused((f"Row {number}, counted from 0, does not hold: {said}.",))
        times = Fraction(row.multiplier)
        bound += times * said.least
        for variable, factor in said.terms.items():
            columns[variable] += times * factor
    return bound + sum(min(Fraction(0), ground.price(variable) - column) for variable, column in columns.items())


def _harm(ground: Ground, chosen: frozenset[int]) -> Fraction:
    """What is minimised, of the chosen actions."""
    problem, services = ground.problem, ground.problem.services
    leaving: defaultdict[int, list[int]] = defaultdict(list)
    for edge, (source, _) in enumerate(ground.ends):
        leaving[source].append(edge)
    down = {thing for action in chosen for thing in ground.down[action]}
    cut, kept, reached = services.while_cut.tolist(), services.while_taken.tolist(), problem.reached.tolist()
    harm = _total(problem.cuts.harm.tolist(), chosen)
    for scenario in ground.scenarios.values():
        taken = _taken(ground, scenario.number, chosen, leaving)
        by_him, by_both = _fallen(services.needs, taken), _fallen(services.needs, taken | down)
        of_services = _total(cut, by_both) + _total(kept, by_him) - _total(cut, by_him)
        harm += Fraction(scenario.weight) * (of_services + _total(reached, taken))
    return harm


def _taken(ground: Ground, scenario: int, chosen: frozenset[int], leaving: dict[int, list[int]]) -> set[int]:
    """The nodes at which the attacker is within the horizon."""
    taken: set[int] = set()
    waiting = [(0.0, node) for node in ground.scenarios[scenario].taken]
    while waiting:
        time, node = heapq.heappop(waiting)
        if node in taken or time > ground.problem.horizon_hours:
            continue
        taken.add(node)
        for edge in leaving.get(node, ()):
            over = time + ground.delay(scenario, edge)
            if all(over < hours for hours, action in ground.cutters.get(edge, ()) if action in chosen):
                heapq.heappush(waiting, (over, ground.ends[edge][1]))
    return taken


def _fallen(needs: Sequence[Need], gone: Collection[int]) -> set[int]:
    """The services that fall when things are gone: all stand at first."""
    fallen: set[int] = set()

    def holds(need: Need) -> bool:
        match need:
            case Thing(number):
                return number not in gone
            case Other(number):
                return number not in fallen
            case AtLeast(parts, least):
                return sum(map(holds, parts)) >= least

    while more := [number for number, need in enumerate(needs) if number not in fallen and not holds(need)]:
        fallen.update(more)
    return fallen


def _total(values: Sequence[float], indices: Iterable[int]) -> Fraction:
    return sum((Fraction(values[index]) for index in indices), Fraction(0))


def _down(value: Fraction) -> float:
    """The double that is at most a value."""
    return near if (near := float(value)) <= value else math.nextafter(near, -math.inf)


def _up(value: Fraction) -> float:
    """The double that is at least a value."""
    return -_down(-value)
