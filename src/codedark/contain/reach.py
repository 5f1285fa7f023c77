"""Where the attacker gets to when these actions are chosen: R_s(x) of `docs/adr/0012-what-to-cut.md`, rule 1.

Labels are corrected in rounds, all scenarios at once: whoever arrives earlier crosses earlier, and what may be crossed
later may be crossed earlier, so the earliest arrivals are the fixed point, cuts with their hours included. A round
costs what its frontier costs, so a plan that holds the attacker is judged fast however large the hospital.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from codedark.contain.problem import Cuts, Floats, Ints
from codedark.contain.ragged import members_of
from codedark.contain.scenarios import Scenarios


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """The places reached within the horizon, and when (hours), in no order."""

    places: Ints
    hours: Floats


def deadlines(cuts: Cuts, chosen: Ints, edges: int) -> Floats:
    """For each edge, the hour by which a crossing has to be over: the earliest of the chosen cuts, infinite if none."""
    deadline = np.full(edges, np.inf)
    owner, edge = members_of(cuts.cuts, chosen)
    np.minimum.at(deadline, edge, cuts.apply_hours[chosen][owner])
    return deadline


def reach(scenarios: Scenarios, chosen: Ints) -> Reached:
    """Where the attacker gets to within the horizon in each scenario when the actions ``chosen`` are."""
    problem = scenarios.problem
    deadline = deadlines(problem.cuts, chosen, len(problem.spread.rates))
    hours = np.full(scenarios.number * scenarios.nodes, np.inf)
    mark = np.empty(len(hours), dtype=np.int64)
    front = scenarios.starts
    hours[front] = 0.0
    seen = [front]
    while len(front):
        out = scenarios.leaving(front)
        ends = hours[front][out.tail] + out.hours
        better = (ends <= problem.horizon_hours) & (ends < deadline[out.edge]) & (ends < hours[out.head])
        head, ends = out.head[better], ends[better]
        new = np.isinf(hours[head])
        np.minimum.at(hours, head, ends)
        front = one_each(head, mark)
        seen.append(one_each(head[new], mark))
    places = np.concatenate(seen)
    return Reached(places, hours[places])


def one_each(places: Ints, mark: Ints) -> Ints:
    """Each of these places once. ``mark`` is room for one number for every place, of any content."""
    order = np.arange(len(places))
    mark[places] = order
    return np.asarray(places[mark[places] == order])
