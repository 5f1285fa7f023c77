"""Ways of stolen accounts: from a machine to who is logged on there, and from an account to where it may log on.

A stolen account is taken to be of use from anywhere in the hospital: whoever has it stands somewhere. So cutting two
zones apart does not stop it; disabling it does, and so does isolating a machine or cutting its whole zone off.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from codedark.contain.drawing import Drawing
from codedark.contain.network import NONE, EdgeKind, NodeKind
from codedark.contain.problem import Ints
from codedark.contain.rates import Credentials, Rates
from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import AssetId, AssetKind
from codedark.hospital.zone import Purpose, ZoneId

_AT_ONCE: Final = np.inf
_HOURS_A_DAY: Final = 24
_FROM_HOME: Final = frozenset({AccountKind.PERSON, AccountKind.ADMINISTRATOR})


def draw_sessions(
    drawing: Drawing,
    rates: Rates,
    dial_in: Collection[ZoneId],
    holders: Collection[AssetId],
    suspected: Sequence[AccountId],
    suspected_machines: Sequence[AssetId],
) -> None:
    """All ways of accounts that are not disabled, and of data to the outside from ``holders`` of records.

    1. Machine to account and account to machine, through one gateway for each zone or kind that accounts name; for the
       few that are ``suspected``, to each machine by itself, and so for machines: what a gateway lets through cannot be
       stopped any more.
    2. Domain controller to every account.
    3. Account to the zone in which its owner dials in.
    4. Records to the outside.
    """
    machines = [drawing.assets[each] for each in suspected_machines[: rates.credentials.direct_machines]]
    sessions = _Sessions(drawing, rates, machines)
    direct = frozenset(suspected[: rates.credentials.direct_accounts])
    enabled = [(drawing.accounts[each.id], each) for each in drawing.hospital.accounts.values() if each.enabled]
    for number, account in enabled:
        sessions.add(number, account, direct=account.id in direct)
    sessions.draw()
    _draw_directory(drawing, rates.credentials, [number for number, _ in enabled])
    _draw_dialling(drawing, rates.credentials, enabled, dial_in)
    outside = drawing.gateway(NodeKind.OUTSIDE, "outside")
    drawing.add(EdgeKind.DATA, [drawing.assets[each] for each in holders], outside, rates.leaves_per_hour)


class _Groups:
    """The assets of what an account may name: ``zone:…``, ``kind:…``, or one asset."""

    def __init__(self, drawing: Drawing, rates: Rates) -> None:
        self._drawing = drawing
        self._rates = rates
        self._known: dict[str, Ints] = {}
        self._by_name = {each.casefold(): number for each, number in drawing.assets.items()}

    def __getitem__(self, word: str) -> Ints:
        if word not in self._known:
            self._known[word] = self._find(word)
        return self._known[word]

    def _find(self, word: str) -> Ints:
        prefix, _, name = word.partition(":")
        if prefix == "kind":
            return np.flatnonzero(self._kinds == name)
        if prefix == "zone":
            zone = self._drawing.zone_numbers.get(ZoneId(name), NONE)
            return np.flatnonzero((self._drawing.asset_zones == zone) & self._has_accounts)
        found = self._by_name.get(word.casefold())
        return np.array([] if found is None else [found], dtype=np.int64)

    @cached_property
    def _kinds(self) -> NDArray[np.str_]:
        return np.array([str(asset.kind) for asset in self._drawing.hospital.assets.values()])

    @cached_property
    def _has_accounts(self) -> NDArray[np.bool_]:
        """Nobody logs on to what has no system that we know: a pump, a telephone."""
        systems = self._rates.systems
        known: dict[tuple[AssetKind, str], bool] = {}
        found = []
        for asset in self._drawing.hospital.assets.values():
            key = (asset.kind, asset.operating_system)
            if key not in known:
                known[key] = bool(systems.of(*key))
            found.append(known[key])
        return np.array(found, dtype=np.bool_)


@dataclass(slots=True)
class _Edges:
    sources: list[int] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    def add(self, source: int, target: int, rate: float) -> None:
        self.sources.append(source)
        self.targets.append(target)
        self.rates.append(rate)


class _Sessions:
    """Edges of accounts, collected until all are there."""

    def __init__(self, drawing: Drawing, rates: Rates, machines: Sequence[int]) -> None:
        self._drawing = drawing
        self._suspected = np.array(sorted(machines), dtype=np.int64)
        self._figures = rates.credentials
        self._groups = _Groups(drawing, rates)
        self._sizes: dict[tuple[str, ...], int] = {}
        self._takes, self._logs_on = _Edges(), _Edges()
        self._unknown = tuple(f"kind:{kind}" for kind in self._figures.unknown_kinds)
        self._unknown_privileged = (
            *self._unknown,
            *(f"kind:{kind}" for kind in self._figures.unknown_privileged_kinds),
        )

    def add(self, number: int, account: Account, *, direct: bool) -> None:
        """The ways from and to one account, whose node is ``number``."""
        words = account.may_log_on_to or (self._unknown_privileged if account.privileged else self._unknown)
        machines = self._machines(words)
        if not machines:
            return
        figures = self._figures
        met = min(1.0, figures.machines_a_day[account.kind] / (_HOURS_A_DAY * machines))
        for word in dict.fromkeys(words):
            for source in self._met(word):
                self._takes.add(source, number, figures.taken_per_hour * met)
            for target, rate in self._reached(word, privileged=account.privileged, direct=direct):
                self._logs_on.add(number, target, rate)

    def draw(self) -> None:
        """Add all of them to the drawing."""
        for kind, edges in ((EdgeKind.TAKES, self._takes), (EdgeKind.LOGS_ON, self._logs_on)):
            self._drawing.add(kind, edges.sources, edges.targets, edges.rates)

    def _machines(self, words: tuple[str, ...]) -> int:
        """On how many machines it may log on: two groups that share some are counted as if they did not."""
        if words not in self._sizes:
            self._sizes[words] = min(len(self._drawing.assets), sum(len(self._groups[word]) for word in set(words)))
        return self._sizes[words]

    def _met(self, word: str) -> Sequence[int]:
        """Where an account can be met that names this: each machine, or the gateway of a group and its suspects."""
        members = self._groups[word]
        if not _is_group(word) or not len(members):
            alone: list[int] = members.tolist()
            return alone
        name = f"who is logged on in {word}"
        new = not self._drawing.has(NodeKind.LOGGED_ON, name)
        gateway = self._drawing.gateway(NodeKind.LOGGED_ON, name)
        suspects = np.intersect1d(members, self._suspected)
        if new:
            others = np.setdiff1d(members, suspects)
            self._drawing.add(EdgeKind.TAKES, others, gateway, self._figures.taken_per_hour)
        return [gateway, *suspects.tolist()]

    def _reached(self, word: str, *, privileged: bool, direct: bool) -> Sequence[tuple[int, float]]:
        """Where an account leads that names this, and how fast: each machine, or the gateway of a group."""
        figures, members = self._figures, self._groups[word]
        hourly = figures.privileged_per_hour if privileged else figures.ordinary_per_hour
        if direct or not _is_group(word) or not len(members):
            return [(number, hourly) for number in members.tolist()]
        begins = figures.privileged_begins_per_hour if privileged else figures.ordinary_begins_per_hour
        name = f"{'privileged' if privileged else 'ordinary'} accounts of {word}"
        new = not self._drawing.has(NodeKind.MAY_LOG_ON, name)
        gateway = self._drawing.gateway(NodeKind.MAY_LOG_ON, name)
        if new:
            self._drawing.add(EdgeKind.LOGS_ON, gateway, members, hourly)
        return [(gateway, begins)]


def _draw_directory(drawing: Drawing, figures: Credentials, accounts: Sequence[int]) -> None:
    controllers = [
        drawing.assets[each.id] for each in drawing.hospital.assets.values() if each.kind is AssetKind.DOMAIN_CONTROLLER
    ]
    if controllers and accounts:
        directory = drawing.gateway(NodeKind.DIRECTORY, "all passwords of the directory")
        drawing.add(EdgeKind.TAKES, controllers, directory, figures.directory_per_hour)
        drawing.add(EdgeKind.TAKES, directory, accounts, _AT_ONCE)


def _draw_dialling(
    drawing: Drawing, figures: Credentials, accounts: Sequence[tuple[int, Account]], dial_in: Collection[ZoneId]
) -> None:
    zones = drawing.hospital.zones
    suppliers = [drawing.zone_numbers[zone] for zone in dial_in if zones[zone].purpose is Purpose.VENDOR]
    staff = [drawing.zone_numbers[zone] for zone in dial_in if zones[zone].purpose is not Purpose.VENDOR]
    vendors = [number for number, account in accounts if account.kind is AccountKind.VENDOR]
    people = [number for number, account in accounts if account.kind in _FROM_HOME]
    for rooms, callers, hourly in (
        (suppliers, vendors, figures.vendor_dials_per_hour),
        (staff, people, figures.person_dials_per_hour),
    ):
        for zone in rooms:
            drawing.add(EdgeKind.DIALS, callers, drawing.strangers(zone), hourly)


def _is_group(word: str) -> bool:
    return word.startswith(("zone:", "kind:"))
