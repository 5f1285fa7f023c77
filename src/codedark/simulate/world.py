"""From a few numbers to a whole hospital that can be lived: site, people, patients, habits, and an attack in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codedark.simulate.acts import Act
from codedark.simulate.attacks import Script, attack
from codedark.simulate.building import build
from codedark.simulate.chance import Seed
from codedark.simulate.clinic import Clinic, Source
from codedark.simulate.habit import Habit, Numbers
from codedark.simulate.habits import habits
from codedark.simulate.life import live
from codedark.simulate.outage import servers_of
from codedark.simulate.roster import Roster
from codedark.simulate.site import Site
from codedark.simulate.truth import Truth


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be simulated: a hospital of ``beds`` from ``first_us`` up to ``last_us`` under ``seed``.

    ``script`` is the attack, which begins at ``attack_us``; ``source`` are real stays that inpatients are made of.
    ``attack_seed`` draws the attack where it is not to follow from ``seed``: many attacks on one hospital.
    """

    beds: int
    seed: Seed
    first_us: int
    last_us: int
    script: Script | None = None
    attack_us: int = 0
    source: Source | None = None
    attack_seed: Seed | None = None


@dataclass(frozen=True, slots=True)
class World:
    """A hospital that is ready to be lived once: habits keep state, so a second life needs a second world."""

    order: Order
    site: Site
    clinic: Clinic
    habits: Sequence[Habit]
    truth: Truth | None

    def live(self) -> Iterator[list[Act]]:
        """Its acts, slice by slice."""
        return live(self.habits, self.order.first_us, self.order.last_us, servers_of(self.site))


def world_of(order: Order) -> World:
    """Build the world of an order: the same order gives the same world in every process."""
    site = build(order.beds, order.seed)
    roster = Roster(site)
    clinic = Clinic(site, roster, order.first_us, order.last_us, order.source)
    numbers = Numbers()
    lived: list[Habit] = [clinic, *habits(site, roster, numbers)]
    truth = None
    if order.script:
        seed = order.seed if order.attack_seed is None else order.attack_seed
        intruder, truth = attack(order.script, site, roster, clinic, numbers, order.attack_us, order.last_us, seed)
        lived.append(intruder)
    return World(order, site, clinic, lived, truth)
