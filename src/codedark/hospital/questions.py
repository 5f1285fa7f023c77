"""The three questions of a bad night: what does this asset carry, what does this service need, what fails if these
fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from codedark.errors import UsageError
from codedark.hospital.asset import Asset, AssetId
from codedark.hospital.failure import Dependents, Down, Failure, leaves
from codedark.hospital.hospital import Hospital
from codedark.hospital.lifeline import Lifeline
from codedark.hospital.service import OnAsset, OnLink, OnService, Service, ServiceId
from codedark.hospital.zone import Link, Zone, ZoneId


@dataclass(frozen=True, slots=True)
class Carried:
    """What an asset carries. ``alone``: services that fall with it; ``shared``: those that lose a spare, or would if
    more fell.

    ``lifelines`` protect it by name, kind or through a service that falls with it.
    """

    asset: Asset
    alone: tuple[ServiceId, ...]
    shared: tuple[ServiceId, ...]
    lifelines: tuple[Lifeline, ...]


@dataclass(frozen=True, slots=True)
class Needed:
    """What a service needs in the end, each thing once: ``alone`` would fell it by itself, ``shared`` has an
    alternative.
    """

    service: Service
    services: tuple[ServiceId, ...]
    alone: tuple[AssetId | Link, ...]
    shared: tuple[AssetId | Link, ...]


def carries(dependents: Dependents, asset_id: AssetId) -> Carried:
    """What does this asset carry?"""
    hospital = dependents.hospital
    failure = dependents.fail(Down(assets=frozenset({asset_id})))
    return Carried(hospital.assets[asset_id], tuple(failure.because), tuple(failure.without_spare), failure.lifelines)


def needs(dependents: Dependents, service_id: ServiceId) -> Needed:
    """What does this service need?"""
    hospital = dependents.hospital
    seen: dict[ServiceId, None] = {service_id: None}
    things: dict[AssetId | Link, None] = {}
    waiting = [service_id]
    while waiting:
        for leaf in leaves(hospital.services[waiting.pop(0)].needs):
            if isinstance(leaf, OnService):
                if leaf.service not in seen:
                    seen[leaf.service] = None
                    waiting.append(leaf.service)
            else:
                things[leaf.asset if isinstance(leaf, OnAsset) else leaf.link] = None
    alone = tuple(thing for thing in things if service_id in dependents.fail(_down(thing)).because)
    shared = tuple(thing for thing in things if thing not in alone)
    return Needed(hospital.services[service_id], tuple(seen)[1:], alone, shared)


def _down(thing: AssetId | Link) -> Down:
    return Down(links=frozenset({thing})) if isinstance(thing, Link) else Down(assets=frozenset({thing}))


def what_fails(dependents: Dependents, names: Iterable[str]) -> Failure:
    """What fails if these fail? Each name is an asset, a service, ``zone:ID`` (all assets in it and its links) or
    ``FROM>TO`` (a link).

    Raises `UsageError` for a name that the hospital does not have, with the nearest that it has.
    """
    hospital = dependents.hospital
    assets: set[AssetId] = set()
    services: set[ServiceId] = set()
    links: set[Link] = set()
    for name in names:
        match resolve(hospital, name):
            case OnAsset(asset):
                assets.add(asset)
            case OnService(service):
                services.add(service)
            case OnLink(link):
                links.add(link)
            case zone:
                assets.update(asset.id for asset in hospital.assets.values() if asset.zone == zone)
                links.update(link for link in links_of(hospital) if zone in {link.source, link.target})
    return dependents.fail(Down(frozenset(assets), frozenset(services), frozenset(links)))


def resolve(hospital: Hospital, name: str) -> OnAsset | OnService | OnLink | ZoneId:
    """What a person means by ``name``: ids and names without regard to case, addresses, names with their domain, zones.

    ``zone:ID`` is a zone even where something else has that name. Raises `UsageError` with the nearest that there is.
    """
    if name.startswith("zone:"):
        return _zone(hospital, name.removeprefix("zone:"))
    if ">" in name:
        source, target = (_zone(hospital, part.strip()) for part in name.split(">", 1))
        return OnLink(Link(source, target))
    folded = name.casefold()
    for service in hospital.services.values():
        if folded in {service.id.casefold(), service.name.casefold()}:
            return OnService(service.id)
    short = folded.split(".")[0]
    for asset in hospital.assets.values():
        if asset.id.casefold() in {folded, short} or folded in asset.addresses:
            return OnAsset(asset.id)
    for zone in hospital.zones.values():
        if folded in {zone.id.casefold(), zone.name.casefold()}:
            return zone.id
    named: list[Service | Zone] = [*hospital.services.values(), *hospital.zones.values()]
    within = [f"{thing.id} ({thing.name})" for thing in named if folded in f"{thing.id} {thing.name}".casefold()]
    known = [*hospital.services, *hospital.zones, *hospital.assets]
    raise _unknown(name, within or get_close_matches(name, known, 3, 0.75))


def links_of(hospital: Hospital) -> set[Link]:
    """All links that some service or lifeline names."""
    named = {
        leaf.link for each in hospital.services.values() for leaf in leaves(each.needs) if isinstance(leaf, OnLink)
    }
    return named.union(*(lifeline.links for lifeline in hospital.lifelines.values()))


def _zone(hospital: Hospital, name: str) -> ZoneId:
    for zone in hospital.zones:
        if zone.casefold() == name.casefold():
            return zone
    raise _unknown(name, get_close_matches(name, hospital.zones, 3, 0.6))


def _unknown(name: str, near: Sequence[str]) -> UsageError:
    meant = f"; did you mean {', '.join(near[:4])}?" if near else ""
    return UsageError(f"{name}: nothing in the hospital is called so{meant} `codedark hospital show --list` names all")
