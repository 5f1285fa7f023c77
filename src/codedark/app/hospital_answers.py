"""The answers of `hospital show`, as what JSON can say."""

from __future__ import annotations

from collections import Counter
from typing import Any

from codedark.hospital.asset import Support
from codedark.hospital.consequence import Stage, stages
from codedark.hospital.failure import Failure, phrase, services_of
from codedark.hospital.hospital import Hospital
from codedark.hospital.questions import Carried, Needed

Answer = dict[str, Any]


def overview(hospital: Hospital) -> Answer:
    """How much of everything there is."""
    assets = hospital.assets.values()
    return {
        "name": hospital.name,
        "beds": sum(len(ward.beds) for ward in hospital.wards.values()),
        "wards": len(hospital.wards),
        "zones": len(hospital.zones),
        "assets": len(hospital.assets),
        "assets_by_kind": dict(Counter(str(asset.kind) for asset in assets).most_common()),
        "assets_no_longer_supported": sum(asset.support is Support.UNSUPPORTED for asset in assets),
        "assets_whose_support_is_unknown": sum(asset.support is Support.UNKNOWN for asset in assets),
        "accounts": len(hospital.accounts),
        "services": len(hospital.services),
        "services_by_tier": dict(sorted(Counter(int(each.tier) for each in hospital.services.values()).items())),
        "lifelines": len(hospital.lifelines),
        "flows": len(hospital.flows),
    }


def carried_answer(hospital: Hospital, carried: Carried) -> Answer:
    """What an asset carries, and what that means over the hours."""
    asset = carried.asset
    return {
        "asset": asset.id,
        "kind": str(asset.kind),
        "zone": asset.zone,
        "ward": asset.ward,
        "falls_with_it": [_service(hospital, each) for each in carried.alone],
        "loses_a_spare": [_service(hospital, each) for each in carried.shared],
        "lifelines": [lifeline.name for lifeline in carried.lifelines],
        "over_time": [_stage(stage) for stage in stages(services_of(hospital, carried.alone))],
    }


def needed_answer(hospital: Hospital, needed: Needed) -> Answer:
    """What a service needs in the end."""
    return {
        "service": needed.service.id,
        "name": needed.service.name,
        "tier": int(needed.service.tier),
        "needs": phrase(needed.service.needs),
        "services": [_service(hospital, each) for each in needed.services],
        "falls_if_one_of_these_fails": [_thing(each) for each in needed.alone],
        "has_an_alternative_to": [_thing(each) for each in needed.shared],
        "downtime_procedure": needed.service.downtime_procedure,
    }


def failure_answer(hospital: Hospital, failure: Failure) -> Answer:
    """What fails, why, and what that means over the hours."""
    fallen = services_of(hospital, failure.because)
    return {
        "down": [
            *sorted(failure.down.services),
            *sorted(failure.down.assets),
            *map(_thing, sorted(failure.down.links)),
        ],
        "fails": [
            {**_service(hospital, each.id), "because": [phrase(need) for need in failure.because[each.id]]}
            for each in fallen
        ],
        "loses_a_spare": [_service(hospital, each) for each in failure.without_spare],
        "lifelines": [lifeline.name for lifeline in failure.lifelines],
        "over_time": [_stage(stage) for stage in stages(fallen)],
    }


def _service(hospital: Hospital, service_id: Any) -> Answer:
    service = hospital.services[service_id]
    return {"id": service.id, "name": service.name, "tier": int(service.tier)}


def _thing(thing: Any) -> str:
    return thing if isinstance(thing, str) else f"{thing.source}>{thing.target}"


def _stage(stage: Stage) -> Answer:
    return {
        "hours": stage.hours,
        "harm_per_hour": stage.harm_per_hour,
        "harm": stage.harm,
        "begins": [{"service": service, "consequence": text} for service, text in stage.begins],
    }
