"""What clinicians lose if the hosts of an incident fail: asked of the model of the hospital."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from codedark.detect.behaviour.places import Places
from codedark.hospital.asset import AssetId
from codedark.hospital.failure import Dependents, Down, services_of
from codedark.hospital.service import Service
from codedark.hospital.ward import Ward
from codedark.respond.incident import AtRisk

_MOST = 512


class Danger(NamedTuple):
    """What is at risk; ``grave``: names of services of the gravest tiers, and lifelines; ``everywhere``: all wards."""

    at_risk: AtRisk = AtRisk()
    grave: frozenset[str] = frozenset()
    everywhere: bool = False


class Dangers:
    """Answers once for each set of hosts."""

    def __init__(self, places: Places, grave_tier: int) -> None:
        self._places = places
        self._grave_tier = grave_tier
        self._dependents = Dependents(places.hospital)
        self._known: dict[frozenset[AssetId], Danger] = {}

    def of(self, hosts: Collection[str]) -> Danger:
        """What fails if ``hosts`` do; nothing without a model, or where the model does not know them."""
        assets = frozenset(asset.id for host in hosts if (asset := self._places.asset(host)) is not None)
        if not assets:
            return Danger()
        known = self._known.get(assets)
        if known is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            known = self._known[assets] = self._ask(assets)
        return known

    def _ask(self, assets: frozenset[AssetId]) -> Danger:
        """Services that clinicians touch stand first, then what carries them, each by tier."""
        hospital = self._places.hospital
        failure = self._dependents.fail(Down(assets=assets))
        services = sorted(services_of(hospital, failure.because), key=lambda each: not each.patient_facing)
        clinical = [service for service in services if service.patient_facing]
        wards = [ward for ward in hospital.wards.values() if _uses(ward, clinical)]
        stood_in = {hospital.assets[each].ward for each in assets}
        wards += [ward for ward in hospital.wards.values() if ward.id in stood_in and ward not in wards]
        lifelines = tuple(lifeline.name for lifeline in failure.lifelines)
        grave = {service.name for service in services if service.tier <= self._grave_tier} | set(lifelines)
        at_risk = AtRisk(
            services=tuple(service.name for service in services),
            wards=tuple(ward.name for ward in wards),
            operations=tuple(ward.name for ward in wards if "theatre" in ward.specialty.lower()),
            lifelines=lifelines,
        )
        return Danger(at_risk, frozenset(grave), len(wards) == len(hospital.wards) > 1)


def _uses(ward: Ward, services: Collection[Service]) -> bool:
    return any(not service.wards or ward.id in service.wards for service in services)
