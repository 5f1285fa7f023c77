"""Accounts that could be disabled, and ways from outside that could be closed, before anybody asks about lifelines."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from codedark.contain import ragged
from codedark.contain.action import Action, ActionId, ActionKind
from codedark.contain.candidates import Candidates, Ground, at_zones, ways_at, with_edges
from codedark.contain.network import EdgeKind, NodeKind
from codedark.contain.problem import Sets
from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.zone import Purpose


def disabled_accounts(ground: Ground) -> Candidates:
    """Each account that leads anywhere and may be disabled: it can be logged on nowhere any more."""
    person, never = ground.settings.accounts_want_person, ground.settings.accounts_never
    accounts = ground.hospital.accounts.values()
    chosen = [(number, each) for number, each in enumerate(accounts) if each.kind not in never]
    of_account = ragged.chosen_of(_of_accounts(ground), np.array([number for number, _ in chosen], dtype=np.int64))
    actions = [
        ground.action(
            ActionKind.DISABLE_ACCOUNT,
            each.id,
            ground.settings.accounts[each.kind],
            account=each.id,
            wants_person=each.kind in person,
        )
        for _, each in chosen
    ]
    return with_edges(Candidates(actions, of_account, ragged.empty(len(actions))))


def closed_doors(ground: Ground) -> Candidates:
    """The ways in from outside and out to it: each zone where people dial in, each supplier, the internet.

    With a zone of suppliers go their accounts, wherever they may log on.
    """
    zones = [ground.hospital.zones[each] for each in ground.dial_in]
    network = ground.network
    at_zone = at_zones(network, [network.zones.index(zone.id) for zone in zones])
    of_account = _of_accounts(ground)
    suppliers = [each for each in ground.hospital.accounts.values() if each.kind is AccountKind.VENDOR]
    by_role: dict[str, list[Account]] = {}
    for account in suppliers:
        by_role.setdefault(account.role or account.id, []).append(account)
    actions, cuts, down = list[Action](), list[list[int]](), list[list[int]]()
    accounts: dict[ActionId, tuple[AccountId, ...]] = {}

    def edges_of(those: Iterable[Account]) -> list[int]:
        numbers = (network.accounts[each.id] - len(ground.hospital.assets) for each in those)
        return [edge for number in numbers for edge in of_account[number].tolist()]

    def add(action: Action, edges: Iterable[int], links: list[int], those: Iterable[Account] = ()) -> None:
        actions.append(action)
        cuts.append(sorted(set(edges)))
        down.append(links)
        if named := tuple(each.id for each in those):
            accounts[action.id] = named

    for place, zone in enumerate(zones):
        vendor = zone.purpose is Purpose.VENDOR
        kind = ActionKind.CLOSE_VENDOR if vendor else ActionKind.CLOSE_REMOTE_ACCESS
        those = suppliers if vendor else []
        action = ground.action(kind, zone.id, zone=zone.id)
        add(action, [*at_zone[place].tolist(), *edges_of(those)], ways_at(ground, zone), those)
    for role, those in by_role.items():
        one = those[0].id if len(those) == 1 else None
        add(ground.action(ActionKind.CLOSE_VENDOR, role, account=one), edges_of(those), [], those)
    internet = [zone for zone in ground.hospital.zones.values() if zone.purpose is Purpose.INTERNET]
    outer = np.array([network.zones.index(zone.id) for zone in internet], dtype=np.int64)
    leaving = (network.edge_kinds == EdgeKind.DATA) | np.isin(network.starts, outer) | np.isin(network.ends, outer)
    ways = [number for zone in internet for number in ways_at(ground, zone)]
    add(ground.action(ActionKind.CLOSE_INTERNET, "internet"), np.flatnonzero(leaving).tolist(), sorted(set(ways)))
    return with_edges(Candidates(actions, Sets.of(cuts), Sets.of(down), accounts))


def _of_accounts(ground: Ground) -> Sets:
    """The edges from each account."""
    network, first, count = ground.network, len(ground.hospital.assets), len(ground.hospital.accounts)
    edges = np.flatnonzero(network.kinds[network.sources] == NodeKind.ACCOUNT)
    return ragged.gathered(network.sources[edges] - first, edges, count)
