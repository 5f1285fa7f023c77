"""One invented night before 06:32: a hospital, an attacker, the real watch, and what each decision leaves down.

1. The hospital lives the evening and the night; the watch judges what its logs say, minute by minute, up to 06:32.
2. Of what it believed, at the first likely alarm and at 06:32, the balanced plan is made.
3. Who is truly taken then is known. From there the attacker goes on in scenarios that chose no plan; what he fells, and
   what the cuts fell, is told apart.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from codedark.app.containment_figures import figures
from codedark.app.rules import load_rules
from codedark.app.simulation.feed import feed
from codedark.app.simulation.files import write_inventory, write_resources
from codedark.app.simulation.scripts import script_named
from codedark.app.simulation.times import moment
from codedark.app.suspects import Suspects, of_incidents
from codedark.app.watching.parts import care_from
from codedark.app.watching.slots import Slots
from codedark.app.watching.told import Told
from codedark.app.watching.watcher import Rules, Watcher
from codedark.app.watching.wiring import watcher_of
from codedark.cli.options import cache_folder
from codedark.contain.assemble import Beliefs, assemble
from codedark.contain.chance import Taken
from codedark.contain.harm import Judge, Truths
from codedark.contain.optimise import best_plan
from codedark.contain.policies import plain_policies
from codedark.contain.problem import Floats, Ints, Problem, Sets
from codedark.contain.ragged import members_of
from codedark.contain.reach import reach
from codedark.contain.scenarios import Scenarios
from codedark.contain.taken_down import TakenDown
from codedark.contain.tournament import winner_of
from codedark.contain.trimming import trimmed
from codedark.hospital.hospital import Hospital
from codedark.respond.incident import Incident
from codedark.simulate.habit import HOUR_US, MINUTE_US
from codedark.simulate.truth import Truth
from codedark.simulate.world import Order, World, world_of
from codedark.store.rule_cache import RuleCache
from yardsticks.morning import Assumptions, Down, Reading

ATTACK, SEEN = "az-monica", "seen"
DAY = "2026-01-13"
LIKELY = 0.5
CHOOSING, JUDGING = 50, 100
"""Scenarios that choose a plan and let it compete, and that judge it in truth."""
PACES = (0.01, 30.0)
"""The slowest and the fastest pace that a night is taken to have had, beside the rates as shipped."""
SECONDS = 8.0
"""Of the processor, for the search."""
_SEEDS = {"choosing": 1, "trimming": 2, "competing": 3, "truth": 4}
_NONE: Ints = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Known:
    """What the watch believed at a moment, and what was so."""

    at_us: int
    suspects: Suspects
    assets: tuple[str, ...]
    accounts: tuple[str, ...]
    hours: float
    """Since he had the first machine."""
    first: tuple[str, ...]
    """Machine and account that he had first."""


@dataclass(frozen=True)
class Night:
    """A hospital, what was known at 06:32 (``seen``) and at the first ``likely`` alarm if one came, and its lists."""

    hospital: Hospital
    seen: Known
    likely: Known | None
    operations: Floats


def lived(assumed: Assumptions, seed: int, beds: int | None = None) -> Night:
    """The night with this seed."""
    begins, number = moment(assumed.hospital["watch_from"]), beds or assumed.hospital["beds"]
    until = moment(f"{DAY}T08:00")
    world = world_of(Order(number, seed, begins, until, script_named(ATTACK), begins + HOUR_US, attack_seed=seed))
    truth = world.truth
    assert truth
    seen_us = next(step.at_us for step in truth.steps if step.id == SEEN)
    incidents: dict[str, Incident] = {}
    likely: Known | None = None
    for told in _watched(world, seen_us):
        incidents |= told.incidents
        if likely is None and any(alarm.confidence >= LIKELY for alarm in told.alarms):
            likely = _known(world.site.hospital, incidents.values(), truth, told.now_us)
    seen = _known(world.site.hospital, incidents.values(), truth, seen_us)
    return Night(world.site.hospital, seen, likely, _operations(assumed, number, seed))


def _watched(world: World, until_us: int) -> Iterator[Told]:
    loaded = load_rules(["hospital"], {}, RuleCache(cache_folder()))
    watcher = _watcher(world, Rules(loaded.rulebook, loaded.routing))
    slots = Slots()
    for parcels in feed(world, MINUTE_US):
        if parcels[0].arrived_us > until_us:
            return
        for slot in slots.take(parcels):
            yield watcher.fold(slot)


def _watcher(world: World, rules: Rules) -> Watcher:
    """With who treats whom as the FHIR server would say it, and nothing learnt."""
    with tempfile.TemporaryDirectory() as folder:
        write_inventory(world, Path(folder))
        write_resources(world, Path(folder), Counter(), Counter())
        for path in Path(folder, "fhir").iterdir():
            path.rename(Path(folder, path.name))
        care = care_from(Path(folder), world.site.hospital)[0]
    return watcher_of(world.site.hospital, rules, {}, {}, care=care)


def _known(hospital: Hospital, incidents: Iterable[Incident], truth: Truth, at_us: int) -> Known:
    now = [each for each in truth.held if each.from_us <= at_us and (each.until_us is None or at_us < each.until_us)]
    first_us = min(each.from_us for each in truth.held if each.host)
    first = [each for each in truth.held if each.from_us <= first_us]
    return Known(
        at_us,
        of_incidents(hospital, incidents),
        tuple(sorted({str(each.host) for each in now if each.host in hospital.assets})),
        tuple(sorted({str(each.account) for each in now if each.account in hospital.accounts})),
        (at_us - first_us) / HOUR_US,
        tuple(str(name) for each in first for name in (each.host, each.account) if name),
    )


def _operations(assumed: Assumptions, beds: int, seed: int) -> Floats:
    """Hours after 06:32 at which each operation of the coming weeks is to begin, ascending."""
    begins, until = moment(assumed.hospital["watch_from"]), moment(assumed.hospital["lists_until"])
    decision = moment(f"{DAY}T{assumed.public['switched_off']}")
    clinic = world_of(Order(beds, seed, begins, until)).clinic
    lists = [stay.operation for stay in clinic.stays if stay.operation and not stay.operation.cancelled_us]
    hours = np.array(sorted((each.planned_us - decision) / HOUR_US for each in lists), dtype=np.float64)
    return hours[hours >= 0]


class Decision:
    """What could be done at a moment, by what was believed then, and what comes of it by what was so."""

    def __init__(self, hospital: Hospital, known: Known) -> None:
        self.hospital, self.known = hospital, known
        suspects = known.suspects
        self._assembled = assemble(
            hospital, Beliefs(suspects.assets, suspects.accounts), figures(), shown=suspects.shown
        )
        problem = self._assembled.problem
        self.policies = plain_policies(problem, self._assembled.layout)
        self._judge = Judge(problem)
        self._truly: dict[Reading, Scenarios] = {}

    def judged_by(self, assumed: Assumptions, pace_of_night: float) -> Decision:
        """Itself, with the scenarios in which he goes on from what he has, one set for each reading."""
        taken = self._taken((*self.known.assets, *self.known.accounts))
        for reading in Reading:
            problem = _paced(self._assembled.problem, assumed.pace(pace_of_night, reading))
            self._truly[reading] = Scenarios(problem, _SEEDS["truth"], taken)
        return self

    def pace_of_night(self) -> float:
        """How many times as fast as the shipped rates he went on until now: so fast that from what he had first, in as
        many hours, on average as many machines are taken as he took.
        """
        slow, fast = np.log(PACES)
        for _ in range(9):
            pace = float(np.exp((slow + fast) / 2))
            scenarios = Scenarios(_paced(self._assembled.problem, pace), _SEEDS["truth"], self._taken(self.known.first))
            reached = reach(scenarios, _NONE)
            _, node = np.divmod(reached.places, scenarios.nodes)
            machines = (node < len(self.hospital.assets)) & (reached.hours <= self.known.hours)
            if np.count_nonzero(machines) < len(self.known.assets) * JUDGING:
                slow = np.log(pace)
            else:
                fast = np.log(pace)
        return float(np.exp((slow + fast) / 2))

    def plan(self) -> tuple[Ints, str]:
        """The balanced plan, made as `codedark.app.containing` makes it, and which plain policy it is, if any."""
        problem, begun = self._assembled.problem, time.process_time()
        choosing = Scenarios.drawn(problem, _SEEDS["choosing"], CHOOSING)
        found = best_plan(
            choosing, self.policies.values(), gap=0.02, time_left=lambda: begun + SECONDS - time.process_time()
        )
        trimming = Scenarios.drawn(problem, _SEEDS["trimming"], CHOOSING)
        field = {"": trimmed(self._judge, trimming, found.chosen), **self.policies}
        competing = Scenarios.drawn(problem, _SEEDS["competing"], CHOOSING)
        outcomes = {name: [self._judge.outcome(competing, chosen)] for name, chosen in field.items()}
        best = winner_of(outcomes, list(field))
        return field[best], best

    def names(self, chosen: Ints) -> list[str]:
        """The actions by name."""
        return [self._assembled.choices.actions[each].id for each in chosen.tolist()]

    def down(self, chosen: Ints, assumed: Assumptions, reading: Reading, stand: float | None = None) -> Down:
        """For how long each service is down in each scenario.

        What falls because of what he holds already is down for ``held`` hours, what he fells later for ``taken``, what
        only falls with our cuts for ``stand``; what he takes within the horizon counts from the first minute on.
        """
        truly, dependence = self._truly[reading], self._judge.dependence
        stand = assumed.hours("stand", reading) if stand is None else stand
        his = self._gone(truly.starts)
        taken = self._gone(reach(truly, chosen).places)
        cut = taken.copy()
        _, down = members_of(self._assembled.problem.cuts.down, chosen)
        cut[dependence.rows(down)[1]] = True
        hours = np.zeros((len(self.hospital.services), truly.number))
        for gone, lasts in (
            (cut, stand),
            (taken, assumed.hours("taken", reading)),
            (his, assumed.hours("held", reading)),
        ):
            hours = np.where(dependence.fails(gone), lasts, hours)
        return Down(
            {str(name): hours[row] for row, name in enumerate(self.hospital.services)},
            np.full(truly.number, stand * self._cut_off(chosen, assumed)),
        )

    def _gone(self, places: Ints) -> Truths:
        scenario, node = np.divmod(places, self._assembled.problem.spread.nodes)
        return self._judge.dependence.gone(scenario, node, JUDGING)

    def _cut_off(self, chosen: Ints, assumed: Assumptions) -> float:
        """The share of wards with beds whose own way to the record our cuts close while it stands."""
        losses = TakenDown(self.hospital, self._assembled, 1.0).losses(chosen.tolist())
        wards = {ward.id for ward in self.hospital.wards.values() if ward.beds}
        lost = {ward for each in losses if each.service.id in assumed.told["record"] for ward in each.wards} & wards
        return len(lost) / max(len(wards), 1)

    def _taken(self, names: Collection[str]) -> Taken:
        network = self._assembled.network
        nodes = [number for of in (network.assets, network.accounts) for name, number in of.items() if name in names]
        return Taken(Sets.of([sorted(nodes)] * JUDGING), np.full(JUDGING, 1 / JUDGING))


def _paced(problem: Problem, pace: float) -> Problem:
    return replace(problem, spread=replace(problem.spread, rates=problem.spread.rates * pace))


def found(known: Known) -> Mapping[str, float]:
    """How many machines he held, how many of those were suspected at all, and how many others were at least half."""
    suspected = {str(name): likely for name, likely in known.suspects.assets.items()}
    return {
        "held": len(known.assets),
        "suspected": len(suspected.keys() & set(known.assets)),
        "wrongly": sum(likely >= LIKELY and name not in known.assets for name, likely in suspected.items()),
    }
