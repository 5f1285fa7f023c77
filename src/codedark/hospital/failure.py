"""What fails if these fail: the AND/OR dependencies of services, followed to their end.

A service stands while its needs hold. Failing is followed to the greatest fixed point: everything stands at first,
then whatever lacks a need falls, until nothing more does. So services that can replace each other keep standing, and
a cycle through an alternative needs no special case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from codedark.hospital.asset import AssetId
from codedark.hospital.hospital import Hospital
from codedark.hospital.lifeline import Lifeline
from codedark.hospital.service import AllOf, AnyOf, Dependency, OnAsset, OnLink, OnService, Service, ServiceId
from codedark.hospital.ward import Ward
from codedark.hospital.zone import Link, ZoneId


@dataclass(frozen=True, slots=True)
class Down:
    """What is gone, to begin with."""

    assets: frozenset[AssetId] = frozenset()
    services: frozenset[ServiceId] = frozenset()
    links: frozenset[Link] = frozenset()


@dataclass(frozen=True, slots=True)
class Failure:
    """What follows. ``because`` names, for each service that fails, the needs that it lacks (empty: it was taken down
    itself).

    ``without_spare`` are services that stand, but on alternatives of which some are gone: a further loss may fell them.
    ``lifelines`` are those that lose something of theirs.
    """

    down: Down
    because: Mapping[ServiceId, tuple[Dependency, ...]]
    without_spare: Mapping[ServiceId, tuple[Dependency, ...]]
    lifelines: tuple[Lifeline, ...]


class Dependents:
    """Who needs what, turned round: built once for a hospital, then every question costs only what it touches."""

    def __init__(self, hospital: Hospital) -> None:
        self.hospital = hospital
        self._of: defaultdict[AssetId | ServiceId | Link, list[ServiceId]] = defaultdict(list)
        for service in hospital.services.values():
            for leaf in set(leaves(service.needs)):
                self._of[_key(leaf)].append(service.id)
        self._lifelines = [
            (lifeline, frozenset(lifeline.assets), frozenset(lifeline.kinds))
            for lifeline in hospital.lifelines.values()
        ]

    def on(self, thing: AssetId | ServiceId | Link) -> tuple[ServiceId, ...]:
        """The services that name it in their needs."""
        return tuple(self._of.get(thing, ()))

    def fail(self, down: Down) -> Failure:
        """Follow what is ``down`` to its end."""
        fallen: dict[ServiceId, tuple[Dependency, ...]] = dict.fromkeys(sorted(down.services), ())
        state = _State(down.assets, down.links, fallen)
        waiting: list[AssetId | ServiceId | Link] = [
            *sorted(down.assets),
            *sorted(down.services),
            *sorted(down.links),
        ]
        touched: dict[ServiceId, None] = {}
        while waiting:
            for service_id in self.on(waiting.pop()):
                touched[service_id] = None
                needs = self.hospital.services[service_id].needs
                if service_id not in fallen and not state.holds(needs):
                    fallen[service_id] = ()
                    waiting.append(service_id)
        for service_id in fallen.keys() - down.services:
            fallen[service_id] = tuple(state.lacking(self.hospital.services[service_id].needs))
        spare = {each: tuple(state.spent(self.hospital.services[each].needs)) for each in touched if each not in fallen}
        return Failure(
            down, fallen, {each: gone for each, gone in spare.items() if gone}, tuple(self._hit(down, fallen))
        )

    def _hit(self, down: Down, fallen: Collection[ServiceId]) -> Iterator[Lifeline]:
        kinds = {self.hospital.assets[each].kind for each in down.assets if each in self.hospital.assets}
        for lifeline, assets, of_kinds in self._lifelines:
            if (
                assets & down.assets
                or of_kinds & kinds
                or any(each in fallen for each in lifeline.services)
                or any(link in down.links for link in lifeline.links)
            ):
                yield lifeline


@dataclass(slots=True)
class _State:
    assets: Collection[AssetId]
    links: Collection[Link]
    fallen: Mapping[ServiceId, object] = field(default_factory=dict)

    def holds(self, needs: Dependency) -> bool:
        match needs:
            case OnAsset(asset):
                return asset not in self.assets
            case OnService(service):
                return service not in self.fallen
            case OnLink(link):
                return link not in self.links
            case AllOf(parts):
                return all(map(self.holds, parts))
            case AnyOf(parts, at_least):
                return sum(map(self.holds, parts)) >= at_least

    def lacking(self, needs: Dependency) -> Iterator[Dependency]:
        """The smallest needs that do not hold, and through which ``needs`` does not."""
        if self.holds(needs):
            return
        if isinstance(needs, AllOf):
            for part in needs.parts:
                yield from self.lacking(part)
        else:
            yield needs

    def spent(self, needs: Dependency) -> Iterator[Dependency]:
        """Alternatives that hold, although some of their parts are gone."""
        match needs:
            case AllOf(parts):
                for part in parts:
                    yield from self.spent(part)
            case AnyOf(parts):
                if not all(map(self.holds, parts)):
                    yield needs
                else:
                    for part in parts:
                        yield from self.spent(part)
            case _:
                return


def cut_off(dependents: Dependents, down: Down) -> Iterator[tuple[Ward, tuple[Service, ...]]]:
    """The wards whose own way to a service is gone, with those services, although the services may stand for others."""
    hospital = dependents.hospital
    for ward in hospital.wards.values():
        lost = [each for link in sorted(down.links) if link.source in ward.zones for each in dependents.on(link)]
        if lost:
            yield ward, tuple(services_of(hospital, dict.fromkeys(lost)))


def leaves(needs: Dependency) -> Iterator[OnAsset | OnService | OnLink]:
    """Everything that a dependency names, from left to right."""
    match needs:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case _:
            yield needs


def _key(leaf: OnAsset | OnService | OnLink) -> AssetId | ServiceId | Link:
    match leaf:
        case OnAsset(asset):
            return asset
        case OnService(service):
            return service
        case OnLink(link):
            return link


def phrase(needs: Dependency) -> str:
    """A dependency in words: ``ad and dns and (db1 or db2) and the way from wards to servers``."""
    match needs:
        case OnAsset(asset):
            return asset
        case OnService(service):
            return service
        case OnLink(link):
            return f"the way from {link.source} to {link.target}"
        case AllOf(parts):
            return _joined(parts, " and ") or "nothing"
        case AnyOf(parts, at_least) if len(parts) > 2 and (target := _common_target(parts)):
            return f"{at_least} of the {len(parts)} ways to {target}"
        case AnyOf(parts, 1):
            return _joined(parts, " or ")
        case AnyOf(parts, at_least):
            return f"{at_least} of ({', '.join(map(phrase, parts))})"


def _common_target(parts: Iterable[Dependency]) -> ZoneId | None:
    """The zone that all parts are ways to, if they are."""
    targets = {part.link.target if isinstance(part, OnLink) else None for part in parts}
    return targets.pop() if len(targets) == 1 else None


def _joined(parts: Iterable[Dependency], word: str) -> str:
    inner = [
        f"({phrase(part)})" if isinstance(part, AllOf | AnyOf) and len(part.parts) > 1 else phrase(part)
        for part in parts
    ]
    return word.join(inner)


def services_of(hospital: Hospital, ids: Iterable[ServiceId]) -> list[Service]:
    """Those services, the most urgent first."""
    return sorted((hospital.services[each] for each in ids), key=lambda service: (service.tier, service.name))
