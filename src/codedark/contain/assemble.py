"""From a hospital and what is believed of it to the problem that is solved, and the names to speak of it afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np

from codedark.contain import ragged
from codedark.contain.action import ActionKind
from codedark.contain.choices import Choices, choices_of
from codedark.contain.hospital_network import dial_in_zones, needed_by_name, network_of
from codedark.contain.layout import Layout
from codedark.contain.losses import losses_of_ways, services_of
from codedark.contain.network import NONE, Network, NodeKind
from codedark.contain.problem import Cuts, Floats, Problem, Sets, Spread
from codedark.contain.rates import Rates
from codedark.contain.settings import ActionSettings, PlanSettings
from codedark.errors import UsageError
from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import WardId

_MINUTES: Final = 60
_DOORS: Final = frozenset({ActionKind.CLOSE_INTERNET, ActionKind.CLOSE_VENDOR, ActionKind.CLOSE_REMOTE_ACCESS})
_ALL_OFF: Final = (*sorted(_DOORS), ActionKind.CUT_ZONES, ActionKind.SHUT_DOWN, ActionKind.DISABLE_ACCOUNT)
Name = TypeVar("Name", AssetId, AccountId)


@dataclass(frozen=True, slots=True)
class Beliefs:
    """How likely it is that assets and accounts are in an attacker's hands; what is not named is not believed to be."""

    assets: Mapping[AssetId, float] = field(default_factory=dict)
    accounts: Mapping[AccountId, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is set and not known: of `content/contain`, or changed by the hospital."""

    rates: Rates
    actions: ActionSettings
    plan: PlanSettings


@dataclass(frozen=True, slots=True, eq=False)
class Assembled:
    """The problem with its names: node, edge and action numbers mean the same in all of them.

    ``unknown`` are names in beliefs that the model does not have; ``notes`` what had to be assumed.
    """

    problem: Problem
    layout: Layout
    network: Network
    choices: Choices
    unknown: tuple[str, ...]
    notes: tuple[str, ...]


def assemble(
    hospital: Hospital,
    beliefs: Beliefs,
    figures: Figures,
    *,
    shown: Iterable[str] = (),
    fresh: Collection[WardId] = (),
) -> Assembled:
    """The problem of this hospital, now. ``shown`` are the ATT&CK techniques that the attacker has shown, ``fresh`` the
    wards with a fresh downtime pack. Raises `UsageError` for a model without assets and for beliefs that are none.

    1. The network, at the rates that he has shown.
    2. The actions; where only some of several machines can be spared, the most suspected come first.
    3. Harm of actions while they stand: their own, and what wards lose whose way to a service they cut.
    4. Harm of services, and of what he holds.
    """
    settings, plan = figures.actions, figures.plan
    dial_in = dial_in_zones(hospital, settings.remote_access_words)
    holders = needed_by_name(hospital, plan.reached.services)
    suspected = likeliest(hospital.accounts, beliefs.accounts)
    machines = likeliest(hospital.assets, beliefs.assets)
    network = network_of(hospital, figures.rates.after(shown), dial_in, holders, suspected, machines)
    believed, unknown = _believed(network, beliefs)
    choices = choices_of(hospital, network, settings, dial_in, machines)

    ways = losses_of_ways(hospital, choices.links, plan, fresh)
    links = {link: number for number, link in enumerate(choices.links, len(network.names))}
    notes = (
        *network.notes,
        *(() if believed.any() else ("nothing is believed to be taken: no plan is better than none",)),
    )
    problem = Problem(
        Spread(network.sources, network.targets, network.rates, believed),
        _cuts(network, choices, plan, ways),
        services_of(hospital, network.assets, links, plan, fresh),
        _reached(hospital, network, plan),
        plan.horizon_hours,
        plan.staff_minutes,
    )
    return Assembled(problem, _layout(network, choices), network, choices, unknown, notes)


def likeliest(names: Iterable[Name], beliefs: Mapping[Name, float]) -> list[Name]:
    """Those in whom there is any belief, the likeliest first; names are compared without regard to case."""
    folded = {name.casefold(): belief for name, belief in beliefs.items() if belief > 0}
    there = {name: folded[name.casefold()] for name in names if name.casefold() in folded} if folded else {}
    return sorted(there, key=lambda name: -there[name])


def _believed(network: Network, beliefs: Beliefs) -> tuple[Floats, tuple[str, ...]]:
    """The belief of each node, and the names that no node has. Names are compared without regard to case."""
    found = np.zeros(len(network.names))
    unknown = [*_put(found, network.assets, beliefs.assets), *_put(found, network.accounts, beliefs.accounts)]
    return found, tuple(sorted(unknown))


def _put(found: Floats, numbers: Mapping[Name, int], beliefs: Mapping[Name, float]) -> list[str]:
    by_name = {name.casefold(): number for name, number in numbers.items()} if beliefs else {}
    unknown = []
    for name, belief in beliefs.items():
        if not 0 <= belief <= 1:
            raise UsageError(f"the belief in {name} is {belief}: write a probability, from 0 to 1")
        number = by_name.get(name.casefold())
        if number is None:
            unknown.append(str(name))
        else:
            found[number] = max(belief, found[number])
    return unknown


def _cuts(network: Network, choices: Choices, plan: PlanSettings, ways: Floats) -> Cuts:
    actions = choices.actions
    own = np.array([each.harm_per_hour for each in actions], dtype=np.float64) * plan.stand_hours
    members, nodes = choices.down.members, len(network.names)
    of_link = members >= nodes
    lost = np.bincount(ragged.row_of(choices.down)[of_link], ways[members[of_link] - nodes], len(actions))
    return Cuts(
        choices.cuts,
        choices.down,
        np.array([each.apply_minutes for each in actions], dtype=np.float64) / _MINUTES,
        np.array([each.staff_minutes for each in actions], dtype=np.float64),
        own + lost,
    )


def _reached(hospital: Hospital, network: Network, plan: PlanSettings) -> Floats:
    """The harm of each node in his hands: of its kind, of the records on it (once, at the dearest), of data outside."""
    table = plan.reached
    found = np.zeros(len(network.names))
    found[: len(hospital.assets)] = [table.assets.get(each.kind, 0.0) for each in hospital.assets.values()]
    records = np.zeros(len(network.names))
    for service, harm in table.services.items():
        holders = [network.assets[each] for each in needed_by_name(hospital, [service])]
        records[holders] = np.maximum(records[holders], harm)
    return np.where(network.kinds == NodeKind.OUTSIDE, table.data_left, found + records)


def _layout(network: Network, choices: Choices) -> Layout:
    """What a person would do by hand, in the numbers of these actions.

    A zone is cut off by what cuts all of it, and where there is none by all that cuts it from another.
    """
    zones = {zone: number for number, zone in enumerate(network.zones)}
    isolates = np.full(len(network.names), NONE, dtype=np.int64)
    whole: dict[int, list[int]] = {}
    pairs: dict[int, list[int]] = {}
    of_kind: dict[ActionKind, list[int]] = {}
    for number, action in enumerate(choices.actions):
        if action.kind is ActionKind.ISOLATE_HOST and action.asset is not None:
            isolates[network.assets[action.asset]] = number
        elif action.kind is ActionKind.DISABLE_ACCOUNT and action.account is not None:
            isolates[network.accounts[action.account]] = number
        if action.zone is not None and action.kind is not ActionKind.CLOSE_INTERNET:
            whole.setdefault(zones[action.zone], []).append(number)
        elif action.kind is ActionKind.CUT_ZONES and action.link is not None:
            for zone in (action.link.source, action.link.target):
                pairs.setdefault(zones[zone], []).append(number)
        if action.kind is not ActionKind.CUT_ZONES or action.zone is None:
            of_kind.setdefault(action.kind, []).append(number)
    everything = [number for kind in _ALL_OFF for number in of_kind.get(kind, ())]
    return Layout(
        isolates,
        network.node_zones,
        Sets.of([whole.get(number, pairs.get(number, [])) for number in range(len(network.zones))]),
        np.array(everything, dtype=np.int64),
    )
