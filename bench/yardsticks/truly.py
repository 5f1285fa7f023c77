"""What a plan comes to in truth, when it was made from what the detectors believed.

The planner sees a hospital model, beliefs and rates, any of which may be wrong (`planned`). The judge (`Truly`) knows
who is taken, the techniques of the whole attack, its pace, and every dependency.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from codedark.app.containment_figures import figures
from codedark.app.suspects import Suspects
from codedark.contain.assemble import Assembled, Beliefs, assemble
from codedark.contain.harm import Judge, Outcome, Truths
from codedark.contain.network import NodeKind
from codedark.contain.optimise import best_plan
from codedark.contain.policies import plain_policies
from codedark.contain.problem import Floats, Ints, Problem
from codedark.contain.reach import deadlines, reach
from codedark.contain.scenarios import Scenarios
from codedark.contain.tournament import winner_of
from codedark.contain.trimming import trimmed
from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.hospital.hospital import Hospital
from codedark.simulate.habit import HOUR_US, MINUTE_US
from codedark.simulate.truth import Truth

PLAN = "plan"
CHOOSING, JUDGING, TRUTHS = 100, 100, 100
"""Scenarios that choose a plan, that trim it and let it compete, and that judge it in truth."""
SECONDS = 1.0
"""Of the processor, for the search: rounding the linear programme, without branch and bound."""
_SEEDS = {"choosing": 11, "trimming": 12, "judging": 13, "truth": 14}
PACE = (0.001, 100.0)
"""The slowest and the fastest pace that an attack is taken to have, beside the rates that its techniques say."""
_NONE: Ints = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Advised:
    """What is done by each policy, ours among them, as names of actions; ``by_hand`` is the plain policy that won the
    planner's own comparison, "" where the search did; ``seconds`` of the processor.
    """

    policies: Mapping[str, tuple[str, ...]]
    by_hand: str
    seconds: float


def planned(hospital: Hospital, suspects: Suspects, faster: float = 1.0) -> Advised:
    """As `codedark.app.containing` makes the balanced plan, with fewer scenarios and seconds; the planner thinks that
    everything goes so much ``faster`` than its figures say.
    """
    begun = time.process_time()
    assembled = assemble(hospital, Beliefs(suspects.assets, suspects.accounts), figures(), shown=suspects.shown)
    problem = _paced(assembled.problem, faster)
    policies = plain_policies(problem, assembled.layout)
    choosing = Scenarios.drawn(problem, _SEEDS["choosing"], CHOOSING)
    searched = time.process_time()
    found = best_plan(choosing, policies.values(), gap=0.02, time_left=lambda: searched + SECONDS - time.process_time())
    judge = Judge(problem)
    trimming = Scenarios.drawn(problem, _SEEDS["trimming"], JUDGING)
    field = {PLAN: trimmed(judge, trimming, found.chosen), **policies}
    judging = Scenarios.drawn(problem, _SEEDS["judging"], JUDGING)
    outcomes = {name: [judge.outcome(judging, chosen)] for name, chosen in field.items()}
    best = winner_of(outcomes, list(field))
    actions = assembled.choices.actions
    named = {name: tuple(actions[each].id for each in chosen.tolist()) for name, chosen in policies.items()}
    named[PLAN] = tuple(actions[each].id for each in field[best].tolist())
    return Advised(named, best if best in policies else "", time.process_time() - begun)


def _paced(problem: Problem, faster: float) -> Problem:
    return replace(problem, spread=replace(problem.spread, rates=problem.spread.rates * faster))


@dataclass(frozen=True)
class Taken:
    """What an attacker truly holds at a moment."""

    assets: tuple[AssetId, ...]
    accounts: tuple[AccountId, ...]


def taken(hospital: Hospital, truth: Truth, at_us: int) -> Taken:
    """Of the hosts and accounts of the model, those in his hands then."""
    now = [each for each in truth.held if each.from_us <= at_us and (each.until_us is None or at_us < each.until_us)]
    return Taken(
        tuple(dict.fromkeys(each.host for each in now if each.host in hospital.assets)),
        tuple(dict.fromkeys(each.account for each in now if each.account in hospital.accounts)),
    )


class Truly:
    """The world as it is at a moment of an attack, in which policies are judged."""

    def __init__(self, hospital: Hospital, truth: Truth, at_us: int, suspects: Suspects) -> None:
        self._hospital, self._truth, self._at_us = hospital, truth, at_us
        self.taken = taken(hospital, truth, at_us)
        self._suspects = suspects
        self._techniques = tuple(dict.fromkeys(step.technique for step in truth.steps))
        self.assembled = self._assembled(hospital)
        self.hours, self.pace = self._fitted()
        self._scenarios = self._drawn(self.assembled)
        self._judge = Judge(self._scenarios.problem)
        self._bare: tuple[Assembled, Scenarios, Judge] | None = None

    def outcome(self, names: Iterable[str]) -> tuple[Outcome, tuple[str, ...]]:
        """What these actions come to, and those among them that a lifeline forbids in truth: a planner who does not
        know what it leans on may choose them, and their harm counts.
        """
        names = tuple(names)
        chosen, forbidden = _numbers(self.assembled, names)
        if not forbidden:
            return self._judge.outcome(self._scenarios, chosen), ()
        if self._bare is None:
            bare = self._assembled(replace(self._hospital, lifelines={}))
            scenarios = self._drawn(bare)
            self._bare = bare, scenarios, Judge(scenarios.problem)
        bare, scenarios, judge = self._bare
        return judge.outcome(scenarios, _numbers(bare, names)[0]), forbidden

    def own_harm(self, names: Iterable[str]) -> float:
        """What these actions cost with no attacker at all."""
        return self._judge.cost(_numbers(self.assembled, names)[0])

    def came_next(self, names: Iterable[str]) -> list[tuple[str, float, str]]:
        """What the attacker really did next, each with its hour from now: "stopped" by these actions, "done" all the
        same, or "unknown": no way that the model knows led there from what he had, so that nobody can tell.

        A machine or an account is taken if an open way leads there from what he has got in spite of the actions: over
        gateways, and not over machines that he never took. What cannot be undone needs that, or a machine that is his
        and not cut off.
        """
        network = self.assembled.network
        chosen, _ = _numbers(self.assembled, names)
        until = deadlines(self.assembled.problem.cuts, chosen, len(network))
        really = {network.assets[each] for each in self.taken.assets}
        really |= {network.accounts[each] for each in self.taken.accounts}
        his = set(really)
        told: list[tuple[str, float, str]] = []
        for at_us, what, node in self._next():
            hours = (at_us - self._at_us) / HOUR_US
            open_now = until > hours
            touching = (network.sources == node) | (network.targets == node)
            done = bool(self._one_step(his, open_now)[node]) or (node in his and bool((touching & open_now).any()))
            known = node in really or bool(self._one_step(really, np.ones_like(open_now))[node])
            told.append((what, hours, "done" if done else "stopped" if known else "unknown"))
            if what.startswith("takes"):
                really.add(node)
                if done or not known:
                    his.add(node)
        return told

    def _next(self) -> list[tuple[int, str, int]]:
        network = self.assembled.network
        nodes: dict[str, int] = {**dict(network.assets.items()), **dict(network.accounts.items())}
        known = {*self.taken.assets, *self.taken.accounts}
        told = []
        for each in sorted(self._truth.held, key=lambda held: held.from_us):
            for name in (each.host, each.account):
                if each.from_us > self._at_us and name in nodes and name not in known:
                    known.add(name)
                    told.append((each.from_us, f"takes {name}", nodes[name]))
        told += [
            (step.at_us, f"{step.id} on {step.host}", network.assets[step.host])
            for step in self._truth.steps
            if step.irreversible and step.at_us > self._at_us and step.host in network.assets
        ]
        return sorted(told)

    def _one_step(self, his: Iterable[int], open_now: Truths) -> Truths:
        """Which nodes he can reach from what he has over open edges, with nothing but gateways between."""
        network = self.assembled.network
        through = network.kinds > NodeKind.ACCOUNT
        reached = np.zeros(len(network.names), dtype=np.bool_)
        start = np.zeros(len(network.names), dtype=np.bool_)
        start[list(his)] = True
        front = start
        while front.any():
            heads = network.targets[open_now & front[network.sources]]
            new = np.zeros_like(reached)
            new[heads] = True
            new &= ~reached
            reached |= new
            front = new & through
        return reached

    def _assembled(self, hospital: Hospital) -> Assembled:
        """Those whom the planner suspects are named too, so that the same machines may be spared, and the same edges
        are there; who is taken is set afterwards.
        """
        assets = {name: 0.5 * belief for name, belief in self._suspects.assets.items()}
        accounts = {name: 0.5 * belief for name, belief in self._suspects.accounts.items()}
        assets |= dict.fromkeys(self.taken.assets, 1.0)
        accounts |= dict.fromkeys(self.taken.accounts, 1.0)
        made = assemble(hospital, Beliefs(assets, accounts), figures(), shown=self._techniques)
        beliefs = np.zeros(made.problem.spread.nodes)
        beliefs[[made.network.assets[each] for each in self.taken.assets]] = 1.0
        beliefs[[made.network.accounts[each] for each in self.taken.accounts]] = 1.0
        return replace(made, problem=replace(made.problem, spread=replace(made.problem.spread, beliefs=beliefs)))

    def _drawn(self, assembled: Assembled) -> Scenarios:
        problem = replace(_paced(assembled.problem, self.pace), horizon_hours=self.hours)
        return Scenarios.drawn(problem, _SEEDS["truth"], TRUTHS)

    def _fitted(self) -> tuple[float, float]:
        """For how many hours he really went on, and how much faster than the rates say: as fast as it takes to reach as
        many machines in that time, on average, as he did.

        Crossings scale with the pace, and arrivals with them: followed once, all paces are known.
        """
        last_us = max([self._at_us + MINUTE_US, *(step.at_us for step in self._truth.steps)])
        hours = min((last_us - self._at_us) / HOUR_US, self.assembled.problem.horizon_hours)
        until_us = self._at_us + hours * HOUR_US
        number = sum(
            what.startswith("takes") and at_us <= until_us and node < len(self._hospital.assets)
            for at_us, what, node in self._next()
        )
        scenarios = Scenarios.drawn(self.assembled.problem, _SEEDS["truth"], TRUTHS)
        reached = reach(scenarios, _NONE)
        _, node = np.divmod(reached.places, scenarios.nodes)
        arrivals = np.sort(reached.hours[(node < len(self._hospital.assets)) & (reached.hours > 0)])
        place = round(max(number, 0.5) * scenarios.number)
        needed = arrivals[place] if place < len(arrivals) else self.assembled.problem.horizon_hours
        return hours, float(np.clip(needed / hours, *PACE))


def _numbers(assembled: Assembled, names: Iterable[str]) -> tuple[Ints, tuple[str, ...]]:
    """The numbers of actions, and the names of those that are not there."""
    known = {str(each.id): number for number, each in enumerate(assembled.choices.actions)}
    names = tuple(names)
    missing = tuple(each for each in names if each not in known)
    return np.array(sorted(known[each] for each in names if each in known), dtype=np.int64), missing


def cvar(values: Sequence[float] | Floats, worst: float = 0.05) -> float:
    """The mean of the worst values, so large a part of all."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    return float(ordered[-max(1, round(worst * len(ordered))) :].mean())
