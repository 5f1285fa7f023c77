"""Chooses the cast of an attack from a hospital, by seed: who and what the attacker meets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol, TypeVar

from codedark.errors import UnusableInput
from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId, AssetKind
from codedark.simulate.attacks.cast import PATIENTS, VPN_ZONES
from codedark.simulate.attacks.scene import Chosen, Group, Peer
from codedark.simulate.attacks.script import Count, Member, Script
from codedark.simulate.outside import outside_address
from codedark.simulate.site import Function, Host, Person, Site

_T = TypeVar("_T")
Wants = Mapping[str, Any]
_SENSORS = frozenset({"sysmon", "auditd"})
_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
"""The documentation ranges (RFC 5737), which are this world's internet."""


class Duty(Protocol):
    """What the cast needs of `codedark.simulate.roster.Roster`."""

    def on_duty(self, at_us: int) -> Sequence[Person]:
        """Who works at that time."""


@dataclass(slots=True)
class Casting:
    """Chooses the cast of one attack that begins at ``begin_us``.

    ``patients`` are the ids to choose from: ``inpatients``, ``celebrities``, ``all``. Of hosts that fit, those are
    preferred whose sensors see programs: an attack that nothing sees teaches nothing.
    """

    site: Site
    roster: Duty
    patients: Mapping[str, Sequence[str]]
    begin_us: int
    chance: Random
    chosen: dict[str, Chosen] = field(default_factory=dict)

    def all(self, script: Script) -> dict[str, Chosen]:
        """The whole cast. Raises `UnusableInput` where the hospital has nobody and nothing like what a script
        wishes.
        """
        choosers: Mapping[str, Callable[[Wants], Chosen | None]] = {
            "person": self._person,
            "vendor": self._vendor,
            "account": self._account,
            "host": self._host,
            "hosts": self._hosts,
            "address": self._address,
            "domain": self._domain,
            "choice": self._choice,
            "patient": self._patient,
        }
        for member in script.cast:
            found = choosers[member.kind](member.wants)
            if not found:
                raise UnusableInput(_nobody(script, member))
            self.chosen[member.name] = found
        return self.chosen

    def _person(self, wants: Wants) -> Person | None:
        """Somebody like that. A computer with sensors counts more than being at work, if both cannot be had."""
        barred = self._accounts(wants)
        roles = wants.get("role", ())
        wards = self._wards(wants)
        fitting = [
            person
            for person in self.site.people
            if (not roles or person.role in roles)
            and (wards is None or person.ward in wards)
            and person.account not in barred
            and person.workstations
        ]
        seen = [person for person in fitting if self._seen(person.workstations[0], wants)]
        working = {person.account for person in self.roster.on_duty(self.begin_us)} if wants.get("on_duty") else None
        for people in (seen, fitting):
            present = [person for person in people if working is None or person.account in working]
            if people:
                return self._any(present or people)
        return None

    def _vendor(self, wants: Wants) -> Person | None:
        barred = self._accounts(wants)
        return self._any([vendor for vendor in self.site.vendors if vendor.account not in barred])

    def _account(self, wants: Wants) -> AccountId | None:
        if "service" in wants:
            known = self.site.service_accounts
            return self._any([known[name] for name in wants["service"] if name in known])
        person = self.chosen[wants["admin_of" if "admin_of" in wants else "of"][0]]
        assert isinstance(person, Person)
        return (person.admin_account if "admin_of" in wants else None) or person.account

    def _host(self, wants: Wants) -> Host | None:
        found = self._fitting(wants)
        best = [host for host in found if self._seen(host.id, wants)] or found
        owned = isinstance(self.chosen[wants["of"][0]], Person) if "of" in wants else False
        return self._any(best[:1] if owned else best)

    def _hosts(self, wants: Wants) -> Group:
        found = self._fitting(wants)
        asked: Count = wants.get("number") or Count(len(found), len(found))
        number = min(len(found), self.chance.randint(*asked))
        seen = [host for host in found if self._seen(host.id, wants)]
        unseen = [host for host in found if not self._seen(host.id, wants)]
        first = self.chance.sample(seen, min(number, len(seen)))
        return (*first, *self.chance.sample(unseen, number - len(first)))

    def _fitting(self, wants: Wants) -> list[Host]:
        """The hosts that a wish leaves, in the order of the inventory."""
        site = self.site
        barred = {host for name in wants.get("not", ()) for host in _ids(self.chosen[name])}
        zones = {
            *wants.get("zone", ()),
            *(site.hosts[_ids(self.chosen[name])[0]].zone for name in wants.get("zone_of", ())),
        }
        wards = self._wards(wants)
        families, purposes = wants.get("family", ()), wants.get("purpose", ())
        return [
            host
            for host in map(site.hosts.__getitem__, self._pool(wants))
            if host.id not in barred
            and (not zones or host.zone in zones)
            and (wards is None or host.ward in wards)
            and (not families or host.family in families)
            and (not purposes or site.hospital.zones[host.zone].purpose in purposes)
        ]

    def _pool(self, wants: Wants) -> Iterable[AssetId]:
        if "of" in wants:
            owner = self.chosen[wants["of"][0]]
            return owner.workstations if isinstance(owner, Person) else _ids(owner)
        if "function" in wants:
            return [id_ for name in wants["function"] for id_ in self.site.by_function.get(Function(name), ())]
        if "kind" in wants:
            return [id_ for name in wants["kind"] for id_ in self.site.by_kind.get(AssetKind(name), ())]
        return self.site.hosts

    def _address(self, wants: Wants) -> Peer | None:
        if "of" in wants:
            return Peer(outside_address(str(self.chosen[wants["of"][0]])))
        where = wants["in"][0]
        if where == "internet":
            return Peer(f"{self.chance.choice(_NETWORKS)}.{self.chance.randint(5, 250)}")
        for zone in self.site.hospital.zones.values():
            if zone.purpose is VPN_ZONES[where] and zone.id.startswith("VPN") and zone.cidrs:
                pool = zone.cidrs[0]
                return Peer(str(pool[-2 - self.chance.randrange(min(16, pool.num_addresses // 4))]))
        return None

    def _domain(self, wants: Wants) -> str:
        words = wants["words"]
        return "-".join(self.chance.sample(words, min(2, len(words)))) + ".example"

    def _choice(self, wants: Wants) -> str:
        return str(self.chance.choice(wants["of"]))

    def _patient(self, wants: Wants) -> str | None:
        return self._any(self.patients[PATIENTS[wants["of"][0]]])

    def _any(self, found: Sequence[_T]) -> _T | None:
        return self.chance.choice(found) if found else None

    def _accounts(self, wants: Wants) -> Collection[AccountId]:
        people = (self.chosen[name] for name in wants.get("not", ()))
        return [person.account for person in people if isinstance(person, Person)]

    def _wards(self, wants: Wants) -> Collection[str] | None:
        """The wards of the wished specialties; None where nothing is wished."""
        asked = wants.get("specialty")
        if asked is None:
            return None
        return [ward.id for ward in self.site.hospital.wards.values() if ward.specialty in asked]

    def _seen(self, host: AssetId, wants: Wants) -> bool:
        return not wants.get("watched", True) or not _SENSORS.isdisjoint(self.site.hosts[host].logs)


def _ids(chosen: Chosen) -> list[AssetId]:
    hosts = chosen if isinstance(chosen, tuple) else (chosen,)
    return [host.id for host in hosts if isinstance(host, Host)]


def _nobody(script: Script, member: Member) -> str:
    wishes = ", ".join(f"{key} {_shown(wish)}" for key, wish in member.wants.items())
    return (
        f"{script.path}:{member.line}: this hospital has no {member.kind} for {member.name!r} ({wishes});"
        " ask for less, or add beds"
    )


def _shown(wish: object) -> str:
    match wish:
        case Count():
            return f"{wish.low}..{wish.high}"
        case tuple():
            return " or ".join(map(str, wish))
        case _:
            return str(wish)
