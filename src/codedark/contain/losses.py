"""What the loss of services and of ways to them costs patients, for as long as it lasts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from codedark.contain.problem import AtLeast, Floats, Need, Other, Services, Thing
from codedark.contain.settings import PlanSettings
from codedark.hospital.asset import AssetId
from codedark.hospital.consequence import harm
from codedark.hospital.failure import Dependents, Down, cut_off
from codedark.hospital.hospital import Hospital
from codedark.hospital.service import AllOf, AnyOf, Dependency, OnAsset, OnLink, OnService, Service, ServiceId, Tier
from codedark.hospital.ward import WardId
from codedark.hospital.zone import Link


def services_of(
    hospital: Hospital,
    assets: Mapping[AssetId, int],
    links: Mapping[Link, int],
    settings: PlanSettings,
    fresh: Collection[WardId] = (),
) -> Services:
    """The services of a hospital in its order, with ``assets`` and ``links`` as numbers of things."""
    numbers = {each: number for number, each in enumerate(hospital.services)}
    packs = [_eased(hospital, each, settings, fresh) for each in hospital.services.values()]
    curves = [each.loss_curve for each in hospital.services.values()]
    while_cut = np.array([harm(curve, settings.stand_hours) for curve in curves], dtype=np.float64)
    while_taken = np.array([harm(curve, settings.taken_hours) for curve in curves], dtype=np.float64)
    eased = np.array(packs, dtype=np.float64)
    return Services(
        tuple(_need(each.needs, assets, links, numbers) for each in hospital.services.values()),
        while_cut * eased,
        while_taken * eased,
        np.array([each.tier == Tier.ZERO for each in hospital.services.values()], dtype=np.bool_),
    )


def losses_of_ways(
    hospital: Hospital, links: Sequence[Link], settings: PlanSettings, fresh: Collection[WardId] = ()
) -> Floats:
    """What each way costs the wards that reach a service over it, while the service stands for others: their share of
    its loss, for as long as cuts stand. Where the service itself falls, that is counted among services.
    """
    dependents = Dependents(hospital)
    found = np.zeros(len(links))
    for place, link in enumerate(links):
        down = Down(links=frozenset({link}))
        fallen = dependents.fail(down).because
        for ward, services in cut_off(dependents, down):
            left = settings.fresh_pack if ward.id in fresh else 1.0
            found[place] += sum(
                left * _share(hospital, each, ward.id) * harm(each.loss_curve, settings.stand_hours)
                for each in services
                if each.id not in fallen
            )
    return found


def _need(
    needs: Dependency, assets: Mapping[AssetId, int], links: Mapping[Link, int], services: Mapping[ServiceId, int]
) -> Need:
    match needs:
        case OnAsset(asset):
            return Thing(assets[asset])
        case OnLink(link):
            return Thing(links[link])
        case OnService(service):
            return Other(services[service])
        case AllOf(parts):
            return AtLeast(tuple(_need(part, assets, links, services) for part in parts), len(parts))
        case AnyOf(parts, at_least):
            return AtLeast(tuple(_need(part, assets, links, services) for part in parts), at_least)


def _eased(hospital: Hospital, service: Service, settings: PlanSettings, fresh: Collection[WardId]) -> float:
    """What is left of a service's loss, where some of its wards have fresh packs."""
    covered = sum(_share(hospital, service, ward) for ward in hospital.wards if ward in fresh)
    return 1.0 - (1.0 - settings.fresh_pack) * covered


def _share(hospital: Hospital, service: Service, ward: WardId) -> float:
    """The share of a ward in a service: its beds among those of all who use it; where nobody has beds, all alike."""
    using = [hospital.wards[WardId(each)] for each in service.wards or hospital.wards]
    if all(each.id != ward for each in using):
        return 0.0
    beds = sum(len(each.beds) for each in using)
    return len(hospital.wards[ward].beds) / beds if beds else 1.0 / len(using)
