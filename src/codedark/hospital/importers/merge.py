"""Facts joined with the hospital that stands: what is new, what is filled in, what disagrees. Nothing is overwritten
unless asked for, and every value that came from outside keeps where it came from.

1. A fact is recognised by its name (without regard to case; with or without domain where only one domain has it),
   then by its MAC, then by an address.
2. A fact that fits two things is a conflict, and changes nothing. So is one that fits by its name without domain alone
   where two domains have that name, or where the MAC is another.
3. An empty field is filled. A field that says something else is a conflict: what stands stays, unless ``replace``.
4. Addresses and log sources are added to those that stand.
5. What fits nothing is new. A new asset whose zone is not told stands in the zone whose range holds its address.
6. What the model could not hold is a conflict, and is left out: an address or MAC that is another asset's, a range that
   overlaps another zone's, an address whose asset has another MAC, a name of nothing.
7. The facts are gone through until they tell nothing new, so that reading them again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, TypeVar

from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import Asset, AssetId, AssetKind, Support
from codedark.hospital.hospital import Hospital
from codedark.hospital.importers.facts import AccountFact, AssetFact, Facts, Origin, WardFact, ZoneFact
from codedark.hospital.importers.flows import folded
from codedark.hospital.importers.names import Names, without_domain
from codedark.hospital.ranges import Ranges
from codedark.hospital.ward import BedId, Ward, WardId
from codedark.hospital.zone import Purpose, Zone, ZoneId

Network = IPv4Network | IPv6Network
K = TypeVar("K", ZoneId, WardId)
_EMPTY: tuple[Any, ...] = ("", None, (), AssetKind.OTHER, Support.UNKNOWN)
_NAMED_APART = {"origin", "name", "id"}


class Effect(StrEnum):
    """What a fact does to the model."""

    ADDED = "added"
    FILLED = "filled"
    REPLACED = "replaced"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between what stands and what was read. ``field`` is empty where the whole thing is new."""

    effect: Effect
    what: str
    id: str
    field: str
    before: str
    after: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Merged:
    """The hospital after all facts, and the way there. Conflicts among ``changes`` changed nothing."""

    hospital: Hospital
    changes: tuple[Change, ...]
    flows_added: int
    flows_grown: int


def merge(hospital: Hospital, facts: Facts, *, replace_conflicts: bool = False) -> Merged:
    """Join ``facts`` with ``hospital``."""
    work = _Merge(hospital, Names([*hospital.assets, *(each.name for each in facts.assets)]), replace_conflicts)
    learnt: list[Change] = []
    while True:
        work.changes = []
        work.take(facts)
        more = [change for change in work.changes if change.effect is not Effect.CONFLICT]
        learnt += more
        # What a fact told may let one before it be recognised. Replacing has no such end where facts disagree.
        if replace_conflicts or not more:
            break
    conflicts = [change for change in work.changes if change.effect is Effect.CONFLICT]
    flows, added, grown = folded(hospital.flows, facts.connections, facts.octets, work.by_address)
    merged = replace(
        hospital, zones=work.zones, wards=work.wards, assets=work.assets, accounts=work.accounts, flows=flows
    )
    return Merged(merged, (*conflicts, *learnt), added, grown)


class _Merge:
    """The model as it grows, with its indices."""

    def __init__(self, hospital: Hospital, names: Names, replace_conflicts: bool) -> None:
        self.zones = dict(hospital.zones)
        self.wards = dict(hospital.wards)
        self.assets = dict(hospital.assets)
        self.accounts = dict(hospital.accounts)
        self.changes: list[Change] = []
        self._replace = replace_conflicts
        self._ranges = Ranges(())
        self.by_address: dict[str, AssetId] = {}
        self._names = names
        self._by_name: dict[str, AssetId] = {}
        self._by_mac: dict[str, AssetId] = {}
        for asset in self.assets.values():
            self._index(asset)
        self._account_ids = {each.casefold(): each for each in self.accounts}

    def take(self, facts: Facts) -> None:
        """Every fact once; zones and wards first, since assets stand in them."""
        for zone in facts.zones:
            self.zone(zone)
        for ward in facts.wards:
            self.ward(ward)
        self._ranges = Ranges(self.zones.values())
        for asset in facts.assets:
            self.asset(asset)
        for account in facts.accounts:
            self.account(account)

    def asset(self, fact: AssetFact) -> None:
        """Rules 1 to 6 for an asset."""
        found = dict.fromkeys(self._recognised(fact))
        if len(found) > 1:
            known = " and ".join(found)
            self._note(
                Effect.CONFLICT, "asset", fact.name or next(iter(fact.addresses), fact.mac), "", known, "one", fact
            )
            return
        standing = self.assets[next(iter(found))] if found else None
        if standing and self._is_another(standing, fact):
            self._note(Effect.CONFLICT, "asset", standing.id, "mac", standing.mac, f"{fact.mac} {fact.name}", fact)
            return
        values = self._asset_values(fact, standing)
        if standing:
            asset = self._joined("asset", standing, values, fact)
        else:
            name = AssetId(self._names.shortest(fact.name) or next(iter(fact.addresses), fact.mac))
            if not name:
                return
            asset = Asset(name, values.pop("kind", AssetKind.OTHER), **values)
            self._note(Effect.ADDED, "asset", name, "", "", ", ".join(asset.addresses), fact)
        self.assets[asset.id] = asset
        self._index(asset)

    def account(self, fact: AccountFact) -> None:
        """Accounts are recognised by their name alone."""
        values = _told(fact)
        if missing := [each for each in fact.may_log_on_to if self._named(each) is None]:
            nowhere = f"{', '.join(missing)}: not in the model"
            self._note(Effect.CONFLICT, "account", fact.name, "may_log_on_to", "", nowhere, fact)
            values["may_log_on_to"] = tuple(filter(None, map(self._named, fact.may_log_on_to)))
        known = self._account_ids.get(fact.name.casefold())
        if known:
            self.accounts[known] = self._joined("account", self.accounts[known], values, fact)
            return
        name = AccountId(fact.name)
        self.accounts[name] = Account(name, values.pop("kind", AccountKind.PERSON), **values)
        self._account_ids[name.casefold()] = name
        self._note(Effect.ADDED, "account", name, "", "", fact.person, fact)

    def zone(self, fact: ZoneFact) -> None:
        """Zones are recognised by their id, then by a range that is the same."""
        values = _told(fact)
        cidrs = tuple(ip_network(cidr) for cidr in values.pop("cidrs", ()))
        same = (zone.id for zone in self.zones.values() if set(cidrs) & set(zone.cidrs))
        zone_id = ZoneId(fact.id) if fact.id in self.zones else next(same, ZoneId(fact.id))
        free = tuple(cidr for cidr in cidrs if not self._overlaps(cidr, zone_id, fact))
        if cidrs and not free and zone_id not in self.zones:
            return
        values |= {"cidrs": free} if free else {}
        if zone_id in self.zones:
            self.zones[zone_id] = self._joined("zone", self.zones[zone_id], values, fact)
            return
        self.zones[zone_id] = Zone(
            zone_id, fact.name or fact.id, values.pop("purpose", Purpose.OFFICE), fact.vlans, free
        )
        self._note(Effect.ADDED, "zone", zone_id, "", "", ", ".join(map(str, free)), fact)

    def ward(self, fact: WardFact) -> None:
        """Wards are recognised by their id, then by their name."""
        named = (each.id for each in self.wards.values() if each.name.casefold() == fact.name.casefold())
        ward_id = WardId(fact.id) if fact.id in self.wards else next(named, WardId(fact.id))
        values = _told(fact)
        if ward_id in self.wards:
            self.wards[ward_id] = self._joined("ward", self.wards[ward_id], values, fact)
            return
        beds = tuple(map(BedId, fact.beds))
        self.wards[ward_id] = Ward(ward_id, fact.name or fact.id, fact.specialty, beds)
        self._note(Effect.ADDED, "ward", ward_id, "", "", f"{len(beds)} beds", fact)

    def _recognised(self, fact: AssetFact) -> Iterable[AssetId]:
        if by_name := self._named(fact.name):
            return [by_name]
        if by_mac := self._by_mac.get(fact.mac):
            return [by_mac]
        by_address = [self.by_address[each] for each in fact.addresses if each in self.by_address]
        return by_address or self._perhaps(fact.name)

    def _named(self, name: str) -> AssetId | None:
        """The asset of that name, or the one that has it with or without domain."""
        return next((self._by_name[each] for each in self._names.same(name) if each in self._by_name), None)

    def _perhaps(self, name: str) -> list[AssetId]:
        """What a name may mean that two domains have: without domain each of these; with one, what has none."""
        fitting = self._names.with_domain(name)
        if len(fitting) < 2:
            return []
        short = without_domain(name)
        if short == name:
            return list(map(AssetId, fitting))
        bare = self._by_name.get(short.casefold())
        return [bare, AssetId(name)] if bare else []

    def _is_another(self, standing: Asset, fact: AssetFact) -> bool:
        """Whether an asset that was recognised by less than its whole name has another MAC.

        Then an address has gone to another machine, which ``replace`` lets happen; or two machines have one short name.
        """
        if (
            not (fact.mac and standing.mac and fact.mac != standing.mac)
            or fact.name.casefold() == standing.id.casefold()
        ):
            return False
        return not self._replace or self._named(fact.name) == standing.id

    def _overlaps(self, cidr: Network, zone_id: ZoneId, fact: ZoneFact) -> bool:
        """Whether a range would share addresses with one that stands; then that is a conflict."""
        for zone in self.zones.values():
            for other in zone.cidrs if zone.purpose is not Purpose.INTERNET else ():
                if cidr.version == other.version and cidr.overlaps(other) and (cidr, zone_id) != (other, zone.id):
                    self._note(Effect.CONFLICT, "zone", fact.id, "cidrs", f"{other} of {zone.id}", str(cidr), fact)
                    return True
        return False

    def _asset_values(self, fact: AssetFact, standing: Asset | None) -> dict[str, Any]:
        values = _told(fact)
        owner = standing.id if standing else None
        for address in fact.addresses:
            if self.by_address.get(address, owner) != owner:
                taken = f"{address} of {self.by_address[address]}"
                self._note(Effect.CONFLICT, "asset", owner or fact.name, "addresses", taken, address, fact)
                values["addresses"] = tuple(each for each in values["addresses"] if each != address)
        if not values.get("addresses", ("",)):
            del values["addresses"]
        if self._by_mac.get(fact.mac, owner) != owner:
            taken = f"{fact.mac} of {self._by_mac[fact.mac]}"
            self._note(Effect.CONFLICT, "asset", owner or fact.name, "mac", taken, fact.mac, fact)
            del values["mac"]
        if fact.zone:
            if zone_id := _called(self.zones, fact.zone):
                values["zone"] = zone_id
            else:
                self._note(Effect.CONFLICT, "asset", fact.name, "zone", "", f"{fact.zone} is not in the model", fact)
                del values["zone"]
        elif fact.addresses and (zone := self._zone_of(fact.addresses)):
            values["zone"] = zone
        if fact.ward:
            if ward_id := _called(self.wards, fact.ward):
                values["ward"] = ward_id
            else:
                self._note(Effect.CONFLICT, "asset", fact.name, "ward", "", f"{fact.ward} is not in the model", fact)
                del values["ward"]
        return values

    def _zone_of(self, addresses: Iterable[str]) -> ZoneId | None:
        """The zone whose range holds the first of the addresses that lies in one."""
        return next(filter(None, map(self._ranges.zone_of, addresses)), None)

    def _joined(self, what: str, thing: Any, values: Mapping[str, Any], fact: Any) -> Any:
        """Rules 3 and 4: ``thing`` with what ``values`` add to it."""
        changed: dict[str, Any] = {}
        for name, after in values.items():
            before = getattr(thing, name)
            if isinstance(before, tuple) and isinstance(after, tuple):
                more = tuple(each for each in after if each not in before)
                if more:
                    changed[name] = before + more
                    self._note(Effect.FILLED, what, thing.id, name, _text(before), _text(more), fact)
            elif before in _EMPTY:
                changed[name] = after
                self._note(Effect.FILLED, what, thing.id, name, _text(before), _text(after), fact)
            elif not _same(before, after):
                if name == "zone" and not fact.zone:
                    continue  # guessed from an address: says less than what stands
                effect = Effect.REPLACED if self._replace else Effect.CONFLICT
                changed |= {name: after} if self._replace else {}
                self._note(effect, what, thing.id, name, _text(before), _text(after), fact)
        return replace(thing, **changed) if changed else thing

    def _index(self, asset: Asset) -> None:
        self._by_name[asset.id.casefold()] = asset.id
        if asset.mac:
            self._by_mac.setdefault(asset.mac, asset.id)
        for address in asset.addresses:
            self.by_address[address] = asset.id

    def _note(self, effect: Effect, what: str, name: str, field: str, before: str, after: str, fact: Any) -> None:
        self.changes.append(Change(effect, what, name, field, before, after, fact.origin))


def _called(things: Mapping[K, Zone | Ward], word: str) -> K | None:
    """The zone or ward with that id, else with that name, without regard to case."""
    return next(
        (key for key in things if key == word),
        next(
            (key for key, thing in things.items() if word.casefold() in {str(key).casefold(), thing.name.casefold()}),
            None,
        ),
    )


def _told(fact: Any) -> dict[str, Any]:
    """The fields of a fact that say something, by the names that the model has for them."""
    told = {name: value for name in _FIELDS[type(fact)] if (value := getattr(fact, name)) not in ("", None, ())}
    if isinstance(fact, ZoneFact | WardFact) and fact.name:
        told["name"] = fact.name
    return told


_FIELDS = {
    kind: tuple(each.name for each in fields(kind) if each.name not in _NAMED_APART)
    for kind in (AssetFact, AccountFact, ZoneFact, WardFact)
}


def _same(before: Any, after: Any) -> bool:
    return bool(before == after or (isinstance(before, str) and before.casefold() == str(after).casefold()))


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)
