"""The answers of `hospital show`, as what JSON can say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from codedark.hospital.asset import AssetId, Support
from codedark.hospital.consequence import Stage, stages
from codedark.hospital.failure import Dependents, Failure, cut_off, leaves, phrase, services_of
from codedark.hospital.hospital import Hospital
from codedark.hospital.questions import Carried, Needed
from codedark.hospital.service import Dependency, OnLink, OnService
from codedark.hospital.zone import Link

Answer = dict[str, Any]


def overview(hospital: Hospital) -> Answer:
    """How much of everything there is."""
    assets = hospital.assets.values()
    return {
        "name": hospital.name,
        "beds_and_places": sum(len(ward.beds) for ward in hospital.wards.values()),
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


def failure_answer(dependents: Dependents, failure: Failure) -> Answer:
    """What fails, why, who is cut off, and what that means over the hours; and what this answer cannot know."""
    hospital = dependents.hospital
    fallen = services_of(hospital, failure.because)
    cut = list(cut_off(dependents, failure.down))
    lost_ways = {service.id for _, services in cut for service in services}
    spare = [
        each for each, gone in failure.without_spare.items() if each not in lost_ways or not all(map(_of_ways, gone))
    ]
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
        "wards_cut_off": [
            {"id": ward.id, "name": ward.name, "from": [each.id for each in services]} for ward, services in cut
        ],
        "loses_a_spare": [_service(hospital, each) for each in spare],
        "lifelines": [lifeline.name for lifeline in failure.lifelines],
        "over_time": [_stage(stage) for stage in stages(fallen)],
        "not_known": list(_not_known(dependents, failure)),
    }


def listing(hospital: Hospital, what: str) -> list[Answer]:
    """Everything of one kind, by the ids that questions take."""
    if what == "services":
        return [_service(hospital, each.id) for each in services_of(hospital, hospital.services)]
    columns: dict[str, tuple[Mapping[Any, Any], tuple[str, ...]]] = {
        "zones": (hospital.zones, ("id", "name", "purpose")),
        "wards": (hospital.wards, ("id", "name", "specialty")),
        "lifelines": (hospital.lifelines, ("id", "name")),
        "assets": (hospital.assets, ("id", "kind", "zone", "ward")),
    }
    things, names = columns[what]
    return [{name: getattr(thing, name) for name in names} for thing in things.values()]


def _not_known(dependents: Dependents, failure: Failure) -> Iterator[str]:
    """Why an empty answer is no proof that cutting is safe."""
    hospital, down = dependents.hospital, failure.down
    things: list[AssetId | Link] = [*sorted(down.assets), *sorted(down.links)]
    unnamed = [thing for thing in things if not dependents.on(thing)]
    if unnamed:
        some = ", ".join(map(_thing, unnamed[:5])) + (" …" if len(unnamed) > 5 else "")
        yield f"no service of the model names {some} in its needs; that is no proof that nothing needs them"
    for link in sorted(down.links):
        back = Link(link.target, link.source)
        if not dependents.on(link) and dependents.on(back):
            yield f"services need the way {_thing(back)}: did you mean that?"
    bare = sum(
        not any(not isinstance(leaf, OnService) for leaf in leaves(each.needs)) for each in hospital.services.values()
    )
    if bare:
        yield f"{bare} of {len(hospital.services)} services name no machine and no way in their needs"
    if not down.assets and not down.services and not down.links:
        yield "nothing stands there in the model"


def _of_ways(need: Dependency) -> bool:
    return all(isinstance(leaf, OnLink) for leaf in leaves(need))


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
