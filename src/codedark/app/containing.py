"""Containment from end to end: a hospital and its suspects in, three plans with their reasons out.

1. The problem is assembled from the model and the figures in `content/contain`.
2. The optimiser chooses for each plan, on scenarios of one seed; what does not pay on those of a second is left out.
3. All plans and the plain policies are judged on scenarios of a third, and explained there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

from codedark.app.containment_figures import document, figures
from codedark.app.suspects import Suspects
from codedark.contain.action import ActionId
from codedark.contain.assemble import Assembled, Beliefs, Figures, assemble
from codedark.contain.explain import Explained, Explainer
from codedark.contain.harm import Judge
from codedark.contain.optimise import Found, Progress, best_plan
from codedark.contain.plans import RATIOS, Plans, Solved, plans_of
from codedark.contain.policies import plain_policies
from codedark.contain.problem import Ints, Problem
from codedark.contain.replanning import kept, reluctant, standing
from codedark.contain.scenarios import Scenarios
from codedark.contain.taken_down import Loss
from codedark.contain.trimming import trimmed
from codedark.contain.waiting import Waiting, waiting
from codedark.errors import UsageError
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import WardId

_JUDGING: Final = 0x6A75_6467
_TRIMMING: Final = 0x7472_696D
"""Added to the seed for the scenarios that judge and trim, so that none of them chose."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the optimiser: so many ``scenarios`` to choose and as many to judge, at most so many ``seconds``
    to choose, ``applied`` actions by name, and the wards (``packs``) with a fresh downtime pack. ``standing`` are
    applied too, as far as there are such actions still.
    """

    scenarios: int = 200
    seconds: float = 60.0
    seed: int = 1
    gap: float = 0.01
    applied: Sequence[str] = ()
    packs: Sequence[str] = ()
    standing: Sequence[str] = ()

    @property
    def judging_seed(self) -> int:
        """The seed of the scenarios that judge."""
        return self.seed + _JUDGING


@dataclass(frozen=True, slots=True, eq=False)
class Containment:
    """Everything that there is to say. ``explained`` and ``losses`` by name of the plan; ``found`` and ``choosing`` are
    what a certificate of the balanced plan is made of; ``problem`` is that with what is applied already.
    """

    hospital: Hospital
    suspects: Suspects
    asked: Asked
    figures: Figures
    assembled: Assembled
    problem: Problem
    plans: Plans
    waiting: Waiting
    explained: Mapping[str, tuple[Explained, ...]]
    losses: Mapping[str, tuple[Loss, ...]]
    applied: tuple[int, ...]
    found: Mapping[str, tuple[Scenarios, Found]]


_MOST_OTHERS: Final = 2
"""So many plans that the optimiser met before its last are judged too: the last one may owe most to luck."""

Told = Callable[[str, Progress], None]
"""Hears of each round of the optimiser: for which plan, and where it stands."""


def contained(
    hospital: Hospital, suspects: Suspects, asked: Asked, told: Told = lambda _name, _progress: None
) -> Containment:
    """The plans for this hospital, now. Raises `UsageError` for what is asked that there is not."""
    settings = figures()
    assembled = assemble(
        hospital,
        Beliefs(suspects.assets, suspects.accounts),
        settings,
        shown=suspects.shown,
        fresh=[_ward(hospital, each) for each in asked.packs],
    )
    numbers = {each.id: number for number, each in enumerate(assembled.choices.actions)}
    stands = (numbers[ActionId(each)] for each in asked.standing if each in numbers)
    applied = tuple(dict.fromkeys((*(_action(assembled, each) for each in asked.applied), *stands)))
    problem = standing(assembled.problem, applied)
    assembled = replace(assembled, problem=problem)
    judge, policies = Judge(problem), plain_policies(problem, assembled.layout)
    undo = undo_harm()
    found: dict[str, tuple[Scenarios, Found]] = {}
    began = time.monotonic()

    def solve(name: str, given: Problem) -> Solved:
        share = (len(found) + 1) / len(RATIOS)
        choosing = Scenarios.drawn(reluctant(given, applied, undo), asked.seed, asked.scenarios)
        best = best_plan(
            choosing,
            policies.values(),
            gap=asked.gap,
            time_left=lambda: began + share * asked.seconds - time.monotonic(),
            told=lambda progress: told(name, progress),
        )
        found[name] = choosing, best
        own = Judge(given)
        chosen = kept(own, choosing, best.chosen, applied, undo) if applied else best.chosen
        lean = [trimmed(own, trimming, each, applied) for each in (chosen, *best.candidates[-_MOST_OTHERS:])]
        return Solved(lean[0], best.harm, best.bound, tuple(lean[1:]))

    trimming = Scenarios.drawn(problem, asked.seed + _TRIMMING, 2 * asked.scenarios)

    judging = Scenarios.drawn(problem, asked.judging_seed, asked.scenarios)
    plans = plans_of(problem, judging, solve, policies)
    explainer = Explainer(hospital, assembled, judging, judge, settings.plan.stand_hours)
    every = {each.judged.name: each.judged.chosen for each in plans.plans}
    return Containment(
        hospital,
        suspects,
        asked,
        settings,
        assembled,
        problem,
        plans,
        waiting(problem, judging, assembled.layout, {**every, **policies}, plans.balanced.judged.name, applied),
        _once(every, explainer.plan),
        _once(every, lambda chosen: explainer.losses(chosen.tolist())),
        applied,
        found,
    )


@cache
def undo_harm() -> float:
    """What it costs to undo an action that is applied, in harm."""
    value = document("replanning").get("undo_harm")
    if not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise UsageError("contain/replanning.yaml: undo_harm is a number that is not below 0")
    return float(value)


def _once(plans: Mapping[str, Ints], work: Callable[[Ints], Any]) -> dict[str, Any]:
    """The work of each plan, done once for those that are the same."""
    done: dict[bytes, Any] = {}
    for chosen in plans.values():
        if chosen.tobytes() not in done:
            done[chosen.tobytes()] = work(chosen)
    return {name: done[chosen.tobytes()] for name, chosen in plans.items()}


def _action(assembled: Assembled, name: str) -> int:
    known = {each.id.casefold(): number for number, each in enumerate(assembled.choices.actions)}
    if name.casefold() not in known:
        near = get_close_matches(name.casefold(), known, 3, 0.6)
        meant = (
            f": did you mean {' or '.join(assembled.choices.actions[known[each]].id for each in near)}?" if near else ""
        )
        raise UsageError(
            f"--applied {name}: there is no such action in this hospital{meant or ': name it as a plan does'}"
        )
    return known[name.casefold()]


def _ward(hospital: Hospital, name: str) -> WardId:
    for ward in hospital.wards.values():
        if name.casefold() in {ward.id.casefold(), ward.name.casefold()}:
            return ward.id
    near = get_close_matches(name, [str(each) for each in hospital.wards], 3, 0.5)
    meant = f": did you mean {' or '.join(near)}?" if near else ""
    raise UsageError(f"--pack {name}: there is no such ward{meant or ': name it as hospital.yaml does'}")
