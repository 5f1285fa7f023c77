"""What was proven, as rows that anybody can follow: from rows with multipliers to those of a certificate.

A row here sums up witnesses. A certificate has a row for each step of each of them, as
`docs/reference/containment-proof.md` names them: that a path is open, that a thing is gone with it, that a part of a
need falls, and so on up to the service.
"""

from __future__ import annotations

from collections import defaultdict

import msgspec
import numpy as np

from codedark.contain.bound import Rows
from codedark.contain.certificate import (
    AnyRow,
    Certificate,
    Down,
    Falls,
    Gone,
    Path,
    Refused,
    Sampled,
    Staff,
    When,
    digest_of_problem,
    digest_of_sample,
)
from codedark.contain.optimise import Found
from codedark.contain.paths import walk
from codedark.contain.problem import AtLeast, Need, Other, Thing
from codedark.contain.scenarios import Scenarios
from codedark.contain.verification import verify
from codedark.contain.witness import Loss, Witnesses

_Steps = defaultdict[AnyRow, float]
"""Rows with multiplier 1, and how often each is counted."""


def certificate_of(scenarios: Scenarios, found: Found) -> Certificate:
    """The certificate of a plan: the sample, the plan with its harm, and rows that prove a bound. It is that of the
    search, or what the checker makes of the rows, if that is less: where one action takes down two alternatives at
    once, the steps prove less than the search knows.
    """
    certificate = _claimed(scenarios, found, _rows(scenarios, found), 0.0)
    verdict = verify(scenarios.problem, certificate)
    if isinstance(verdict, Refused):
        raise ValueError("The rows of a search prove nothing, which is a fault in it: " + " ".join(verdict.reasons))
    return _claimed(scenarios, found, certificate.rows, max(0.0, min(found.bound, verdict.bound)))


def _claimed(scenarios: Scenarios, found: Found, rows: tuple[AnyRow, ...], bound: float) -> Certificate:
    sample = tuple(
        Sampled(number, float(weight), tuple(taken.tolist()))
        for number, (weight, taken) in enumerate(zip(scenarios.weights, scenarios.taken, strict=True))
    )
    return Certificate(
        problem=digest_of_problem(scenarios.problem),
        sample=digest_of_sample(scenarios.seed, sample),
        seed=scenarios.seed,
        scenarios=sample,
        chosen=tuple(found.chosen.tolist()),
        harm=found.harm,
        bound=bound,
        rows=rows,
    )


def _rows(scenarios: Scenarios, found: Found) -> tuple[AnyRow, ...]:
    """All steps of all witnesses, equal ones together, and the staff minutes."""
    steps: _Steps = defaultdict(float)
    services = scenarios.problem.services
    room = np.outer(services.while_cut, scenarios.weights)
    everywhere: list[tuple[Witnesses, int, float]] = []
    for rows, multipliers in zip(found.proof.batches, found.proof.multipliers, strict=True):
        for row in np.flatnonzero(multipliers > 0).tolist():
            _nodes(steps, scenarios, rows, row, float(multipliers[row]))
            told = rows.witnesses
            for item in rows.members[row].tolist():
                scenario, share = int(told.scenario[item]), float(multipliers[row] * told.weight[item])
                if scenario < 0:
                    everywhere.append((told, item, share))
                    continue
                _Telling(scenarios, told, item, scenario, steps).service(int(told.target[item]), share)
                if told.loss[item] == Loss.CUT:
                    room[told.target[item], scenario] -= share
    # What we fell ourselves falls in all scenarios: counted where there is room beside what was counted above.
    room = np.maximum(room, 0.0)
    for told, item, share in everywhere:
        target = int(told.target[item])
        parts = room[target] if room[target].sum() > 0 else scenarios.weights
        for scenario, part in enumerate((share * parts / parts.sum()).tolist()):
            if part > 0:
                _Telling(scenarios, told, item, scenario, steps).service(target, part)
    staff = (Staff(multiplier=found.proof.staff),) if found.proof.staff > 0 else ()
    return (*(msgspec.structs.replace(row, multiplier=count) for row, count in steps.items() if count > 0), *staff)


def _nodes(steps: _Steps, scenarios: Scenarios, rows: Rows, row: int, multiplier: float) -> None:
    """The paths of a row of nodes: all of its scenario that are shorter than 1."""
    scenario, key = divmod(int(rows.key[row]), len(scenarios.problem.services) + 1)
    forest = rows.forest
    if rows.key[row] < 0 or key < len(scenarios.problem.services) or forest is None:
        return
    here = np.flatnonzero((forest.places // scenarios.nodes == scenario) & (forest.length < 1))
    node = forest.places[here] % scenarios.nodes
    weight = scenarios.weights[scenario] * scenarios.problem.reached[node]
    path = walk(forest, here)
    for at in np.flatnonzero(weight > 0).tolist():
        edges = tuple(forest.by_edge[path[at]].tolist())
        target = int(node[at])
        steps[_path(scenario, target, edges)] += multiplier * float(weight[at])


def _path(scenario: int, target: int, edges: tuple[int, ...]) -> Path:
    return Path(multiplier=1.0, scenario=scenario, target=target, edges=edges)


def _behind(needs: tuple[Need, ...], service: int) -> list[int]:
    """The service, and all that it needs, near or far."""
    found, waiting = [service], [needs[service]]
    while waiting:
        match waiting.pop():
            case AtLeast(parts, _):
                waiting += parts
            case Other(number) if number not in found:
                found.append(number)
                waiting.append(needs[number])
    return found


class _Telling:
    """The steps of one witness in a scenario."""

    def __init__(self, scenarios: Scenarios, told: Witnesses, item: int, scenario: int, steps: _Steps) -> None:
        self._needs, self._scenario, self._steps = scenarios.problem.services.needs, scenario, steps
        self._when: When = "taken" if told.loss[item] == Loss.TAKEN else "either"
        self._paths = {int(told.ends[path]): tuple(told.edges[path].tolist()) for path in told.paths[item].tolist()}
        self._downs = {
            int(thing): int(action)
            for action in told.downs[item].tolist()
            for thing in scenarios.problem.cuts.down[action].tolist()
        }
        # In which turn a service falls: it is told by what fell before it, so that none is its own reason.
        self._turn: dict[int, int] = {}
        turn, asked = 0, _behind(self._needs, int(told.target[item]))
        while now := [j for j in asked if j not in self._turn and self._lost(self._needs[j], turn)]:
            turn += 1
            self._turn.update(dict.fromkeys(now, turn))

    def _lost(self, need: Need, turn: int) -> bool:
        """Whether a need does not hold by what is gone, and what fell up to that turn."""
        match need:
            case Thing(number):
                return number in self._paths or number in self._downs
            case Other(number):
                return self._turn.get(number, turn + 1) <= turn
            case AtLeast(parts, least):
                return sum(not self._lost(part, turn) for part in parts) < least

    def service(self, number: int, times: float) -> None:
        """Why this service falls."""
        need = self._needs[number]
        group = need if isinstance(need, AtLeast) else AtLeast((need,), 1)
        self._group(number, (), group, self._turn[number] - 1, times)

    def _group(self, service: int, at: tuple[int, ...], group: AtLeast, turn: int, times: float) -> None:
        """Why these parts of what it needs do not hold."""
        lost = [number for number, part in enumerate(group.parts) if self._lost(part, turn)]
        parts = tuple(lost[: len(group.parts) - group.least + 1])
        self._add(
            Falls(multiplier=1.0, scenario=self._scenario, when=self._when, service=service, need=at, parts=parts),
            times,
        )
        for number in parts:
            match group.parts[number]:
                case Thing(thing):
                    self._thing(thing, times)
                case Other(other):
                    self.service(other, times)
                case AtLeast() as inner:
                    self._group(service, (*at, number), inner, turn, times)

    def _thing(self, thing: int, times: float) -> None:
        """Why a thing is gone."""
        taken = thing in self._paths
        if taken:
            self._add(_path(self._scenario, thing, self._paths[thing]), times)
        else:
            self._add(Down(multiplier=1.0, action=self._downs[thing], thing=thing), times)
        if self._when == "either":
            self._add(
                Gone(multiplier=1.0, scenario=self._scenario, thing=thing, by="taken" if taken else "down"), times
            )

    def _add(self, row: AnyRow, times: float) -> None:
        self._steps[row] += times
