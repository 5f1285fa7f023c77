"""Simulated hospitals under attack, and what the real detectors believe of it at the first alarm.

1. A hospital is lived for `LEARNING_DAYS` in which nobody attacks it. What the watch has learnt is kept in a file.
2. Its next days are lived once. Where an attack begins, the process forks: the child adds the attacker to the life that
   is going on, and lives it to the first alarm and half an hour more. The parent knows nothing of it.

So attacks share all that is ordinary, and cost only the hours between their beginning and their alarm.
"""

from __future__ import annotations

import gc
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alarms import RULES, about, care_of, held_by

from codedark.app.rules import load_rules
from codedark.app.simulation.feed import feed
from codedark.app.simulation.scripts import script_named
from codedark.app.simulation.times import period
from codedark.app.watching.slots import Slots
from codedark.app.watching.watcher import Rules, Watcher
from codedark.app.watching.wiring import watcher_of
from codedark.cli.options import cache_folder
from codedark.respond.decision import Judged
from codedark.respond.incident import Incident, Verdict
from codedark.respond.incidents import Incidents
from codedark.simulate.attacks import attack
from codedark.simulate.building import build
from codedark.simulate.clinic import Clinic
from codedark.simulate.habit import DAY_US, HOUR_US, MINUTE_US, SLICE_US, Habit, Numbers
from codedark.simulate.habits import habits
from codedark.simulate.roster import Roster
from codedark.simulate.truth import Truth
from codedark.simulate.world import Order, World, world_of
from codedark.store.rule_cache import RuleCache

START, LEARNING_DAYS = "2026-01-12", 10
LATER_US = 30 * MINUTE_US
"""Evidence is looked at again so long after the first alarm."""
NOTICED = 0.1
"""An incident of ordinary days that is at least so sure has been looked at by the team, and closed as expected."""
MOST_US = 20 * HOUR_US
"""An attack without an alarm is followed so long."""
LASTS_DAYS = 4
"""A script is fitted to so many days from the midnight before it begins."""


@dataclass(frozen=True)
class House:
    """A hospital by its size and its seed, and how many days are learnt."""

    beds: int
    seed: int
    learning_days: int = LEARNING_DAYS


@dataclass(frozen=True)
class Alarmed:
    """The open ``incidents`` ``at_us``, and how many alarms of other things had come since the attack began."""

    at_us: int
    incidents: tuple[Incident, ...]
    others: int


@dataclass(frozen=True)
class Siege:
    """One attack: what is believed at its first alarm and `LATER_US` on (none if it never alarmed), and the truth."""

    attack: str
    seed: int
    truth: Truth
    alarmed: tuple[Alarmed, ...]


def learnt(house: House, folder: Path) -> dict[str, Any]:
    """What the watch of a hospital has learnt, and the number of its next record; lived only if no file has it."""
    path = folder / f"learnt-{house.beds}-{house.seed}.pickle"
    if not path.exists():
        world = world_of(_order(house, 0, house.learning_days))
        watcher = _watcher(world)
        number = 1
        for told in _folded(watcher, world, 1, 5 * MINUTE_US):
            number = told.next
        parts = {name: part for name, part in watcher.parts().items() if name != "behaviour/log_gaps"}
        half = path.with_suffix(".part")
        half.write_bytes(pickle.dumps({"parts": parts, "next": number}))
        half.rename(path)
    found: dict[str, Any] = pickle.loads(path.read_bytes())
    return found


def besieged(
    house: House,
    folder: Path,
    attacks: Sequence[tuple[str, int, int]],
    keep: Callable[[Siege], None],
    left: Callable[[], float],
) -> None:
    """Live the days after those that were learnt; each (attack, seed, hour before which it does not begin) branches off
    a child of this process where it begins, which ``keep`` s it, as long as there are seconds ``left``.
    """
    memory = learnt(house, folder)
    order = _order(house, house.learning_days, LASTS_DAYS)
    begins = sorted((_begins_us(_open_world(order), *each), *each) for each in attacks)
    world = _open_world(order)
    watcher = _watcher(world.world)
    watcher.restore(memory["parts"])
    _triage(watcher, order.first_us)
    life = _Life(watcher, world.world, memory["next"])
    for begin_us, name, seed, hour in begins:
        life.until((begin_us // SLICE_US - 1) * SLICE_US)  # the slice in which it begins is not made yet
        gc.freeze()
        if left() <= 0:
            return
        if (child := os.fork()) == 0:
            status = 1
            try:
                keep(_siege(life, world, name, seed, hour))
                status = 0
            finally:
                os._exit(status)
        os.waitpid(child, 0)


def _triage(watcher: Watcher, now_us: int) -> None:
    """By the morning, people have said of everything that had alarmed that it was expected, as it was."""
    incidents = watcher.incidents
    assert isinstance(incidents, Incidents)
    for each in incidents.open(now_us):
        if each.confidence >= NOTICED:
            list(incidents.decide(Judged(f"triage {each.id}", "the team", each.id, Verdict.EXPECTED, "ours"), now_us))


def _siege(life: _Life, world: _Open, name: str, seed: int, hour: int) -> Siege:
    intruder, truth = world.attack(name, seed, hour)
    world.lived.append(intruder)
    held = held_by(truth)
    ends_us = min(truth.begin_us + MOST_US, world.world.order.last_us)
    others = 0
    found: list[Alarmed] = []
    for told in life.going():
        mine = [alarm for alarm in told.alarms if about(told.incidents[alarm.incident], life.traces, held)]
        if not found:
            others += len(told.alarms) - len(mine)
        if (mine and not found) or (found and told.now_us >= found[0].at_us + LATER_US):
            incidents = life.watcher.incidents
            assert isinstance(incidents, Incidents)
            found.append(Alarmed(told.now_us, tuple(incidents.open(told.now_us)), others))
        if len(found) == 2 or told.now_us > ends_us:
            break
    return Siege(name, seed, truth, tuple(found))


class _Life:
    """A world that is lived on under its watch."""

    def __init__(self, watcher: Watcher, world: World, first: int) -> None:
        self.watcher = watcher
        self.now_us = world.order.first_us
        self.traces: dict[int, str] = {}
        self._told = _folded(watcher, world, first, MINUTE_US, lambda number, step, _: self._left(number, step))

    def _left(self, number: int, step: str) -> None:
        self.traces[number] = step

    def going(self) -> Iterator[Any]:
        """What is told, slot by slot."""
        for told in self._told:
            self.now_us = told.now_us
            yield told

    def until(self, at_us: int) -> None:
        """Live on to this time."""
        for told in self.going():
            if told.now_us >= at_us:
                return


def _folded(
    watcher: Watcher, world: World, first: int, every_us: int, trace: Callable[[int, str, int], None] = lambda *_: None
) -> Iterator[Any]:
    slots = Slots()
    for parcels in feed(world, every_us, first, trace):
        for slot in slots.take(parcels):
            yield watcher.fold(slot)


def _order(house: House, start_day: int, days: int) -> Order:
    first_us, _ = period(START, 1)
    first_us += start_day * DAY_US
    return Order(house.beds, house.seed, first_us, first_us + days * DAY_US)


@dataclass(frozen=True)
class _Open:
    """A world with what an attack needs that comes later: to what is ``lived`` one may be added."""

    world: World
    lived: list[Habit]
    roster: Roster
    numbers: Numbers

    def attack(self, name: str, seed: int, hour: int) -> tuple[Habit, Truth]:
        """An attack that begins when its script lets it, but not before that hour of the first day."""
        order, site = self.world.order, self.world.site
        not_before_us = order.first_us + hour * HOUR_US + SLICE_US
        script = script_named(name)
        return attack(script, site, self.roster, self.world.clinic, self.numbers, not_before_us, order.last_us, seed)


def _open_world(order: Order) -> _Open:
    """As `world_of`."""
    site = build(order.beds, order.seed)
    roster = Roster(site)
    clinic = Clinic(site, roster, order.first_us, order.last_us, order.source)
    numbers = Numbers()
    lived: list[Habit] = [clinic, *habits(site, roster, numbers)]
    return _Open(World(order, site, clinic, lived, None), lived, roster, numbers)


def _begins_us(world: _Open, name: str, seed: int, hour: int) -> int:
    return world.attack(name, seed, hour)[1].begin_us


_LOADED: list[Any] = []


def _watcher(world: World) -> Watcher:
    if not _LOADED:
        _LOADED.append(load_rules(RULES, {}, RuleCache(cache_folder())))
    loaded = _LOADED[0]
    return watcher_of(world.site.hospital, Rules(loaded.rulebook, loaded.routing), {}, {}, care=care_of(world))
