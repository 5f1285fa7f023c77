"""The paper plan: what people need on the night on which no screen is left, printed before (decision 14, point 8).

It loads nothing, and it is bounded: of a hospital of any size it names so many zones, lifelines and services as
somebody can leaf through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from string import ascii_uppercase
from typing import Any, Final

from codedark.app.by_hand import commands
from codedark.app.by_hand.sheets import generic, short, some
from codedark.app.by_hand.tasks_page import FOLDER, clock
from codedark.app.by_hand.zones import GATEWAYS, Fates, ZoneFate
from codedark.app.containment_page.words import Words
from codedark.app.enforcing.approvers import Approver
from codedark.app.templates import environment
from codedark.contain.lifelines import Reach
from codedark.enforce.protocols import PORTS
from codedark.hospital.asset import AssetKind
from codedark.hospital.hospital import Hospital
from codedark.hospital.lifeline import Lifeline
from codedark.hospital.service import Service

_MOST_ZONES: Final = 120
_MOST_LIFELINES: Final = 60
_MOST_SERVICES: Final = 60
_MOST_NAMES: Final = 10
_MOST_WARDS: Final = 5
_MOST_EXPLAINED: Final = 3
_FORMS: Final = 6
_GROUPS: Final = ("whole_may", "whole_urgent", "whole_never")
_WORKED_AT: Final = (AssetKind.WORKSTATION, AssetKind.MOBILE_WORKSTATION, AssetKind.LAPTOP, AssetKind.TABLET)


def paper(hospital: Hospital, language: str, made: datetime, approvers: Sequence[Approver] = ()) -> str:
    """The paper plan of a hospital as HTML. ``made`` (aware) is printed; by its day lifelines are attested or not."""
    words, fates = Words(language, FOLDER), Fates(hospital)
    zones = fates.all()
    letters = dict(zip(commands.methods(), ascii_uppercase, strict=False))
    return (
        environment(FOLDER, {})
        .get_template("paper.html")
        .render(
            w=words,
            language=language,
            blank=commands.BLANK,
            printed=words("paper.printed", hospital=short(hospital.name), when=clock(made)),
            approvers=approvers,
            roles=words.sentences("paper.roles"),
            uses=words.sentences("paper.uses"),
            general=words.sentences("general"),
            signs=words.sentences("paper.form_signs"),
            lifelines=[_lifeline(words, hospital, each, made.date()) for each in fates.reaches[:_MOST_LIFELINES]],
            lifelines_more=max(0, len(fates.reaches) - _MOST_LIFELINES),
            groups=[
                (key, [_zone(words, hospital, each) for each in zones[:_MOST_ZONES] if _group(each) == key])
                for key in _GROUPS
            ],
            zones_more=max(0, len(zones) - _MOST_ZONES),
            firewalls=_gateways(words, hospital),
            letters=letters,
            methods=[(letters[each], words(f"method.{each}"), generic(words, each)) for each in letters],
            ports=[(name, ", ".join(f"{kind}/{port}" for kind, port in ports)) for name, ports in PORTS.items()],
            services=[(each.name, int(each.tier), each.downtime_procedure) for each in _urgent_first(hospital)],
            services_more=max(0, len(hospital.services) - _MOST_SERVICES),
            forms=range(1, _FORMS + 1),
        )
    )


def _lifeline(words: Words, hospital: Hospital, reach: Reach, today: date) -> dict[str, Any]:
    lifeline = reach.lifeline
    what = []
    if lifeline.kinds:
        what.append(words("paper.kinds", names=some([words(f"kinds.{each}") for each in lifeline.kinds], _MOST_NAMES)))
    if lifeline.services:
        named = [hospital.services[each].name for each in lifeline.services]
        what.append(words("paper.services", names=some(named, _MOST_NAMES)))
    machines = sorted(reach.assets if not lifeline.kinds else {*lifeline.assets, *_named(hospital, reach)})
    if machines:
        what.append(words("paper.machines", names=some(machines, _MOST_NAMES)))
    ways = some([f"{each.source} → {each.target}" for each in sorted(reach.links)], _MOST_NAMES)
    return {"name": lifeline.name, "what": what, "ways": ways, "attested": _attested(words, lifeline, today)}


def _named(hospital: Hospital, reach: Reach) -> Iterable[str]:
    """What a lifeline leans on beside all machines of its kinds."""
    return (each for each in reach.assets if hospital.assets[each].kind not in reach.lifeline.kinds)


def _attested(words: Words, lifeline: Lifeline, today: date) -> str:
    if not lifeline.attested_by or lifeline.attested_until is None:
        return words("paper.attested_none")
    key = "attested_by" if today <= lifeline.attested_until else "attested_over"
    return words(f"paper.{key}", who=short(lifeline.attested_by), until=lifeline.attested_until.isoformat())


def _zone(words: Words, hospital: Hospital, fate: ZoneFate) -> dict[str, Any]:
    zone = fate.zone
    people = sum(fate.kinds.get(kind, 0) for kind in _WORKED_AT)
    urgent = [each for each in fate.for_all if each.downtime_procedure or each.loss_curve]
    return {
        "id": short(zone.id),
        "name": short(zone.name),
        "vlans": words("paper.vlans", names=some([str(each) for each in zone.vlans])) if zone.vlans else "",
        "vlan_lines": [f"Vlan{each}" for each in zone.vlans[:_MOST_NAMES]],
        "nets": some([str(each) for each in zone.cidrs], _MOST_NAMES),
        "gateways": some([each.id for each in fate.gateways]),
        "inside": words("paper.inside", kinds=_counts(words, fate)) if fate.kinds else words("paper.inside_none"),
        "locked_out": any(fate.kinds.get(kind) for kind in GATEWAYS),
        "never": some([each.name for each in fate.lifelines]),
        "kept": some([str(each) for each in fate.kept], _MOST_NAMES),
        "people": words("paper.people_inside", count=people) if people else "",
        "for_all": some([each.name for each in fate.for_all], _MOST_NAMES),
        "for_wards": [
            words("paper.cut_off", ward=short(ward.name), services=some([each.name for each in services]))
            for ward, services in fate.for_wards[:_MOST_WARDS]
        ],
        "wards_more": max(0, len(fate.for_wards) - _MOST_WARDS),
        "first": [_first(words, each) for each in urgent[:_MOST_EXPLAINED]],
        "alive": words(
            "paper.alive_says", count=len(hospital.services) - len(fate.for_all), all=len(hospital.services)
        ),
    }


def _first(words: Words, service: Service) -> str:
    """What the loss of a service means to begin with, and what the wards do instead."""
    consequence = next((each.consequence for each in service.loss_curve if each.consequence), "")
    return words(
        "paper.first",
        service=short(service.name),
        consequence=f"{consequence.rstrip('.')}." if consequence else "",
        procedure=service.downtime_procedure or words("paper.no_procedure"),
    )


def _counts(words: Words, fate: ZoneFate) -> str:
    ordered = sorted(fate.kinds.items(), key=lambda each: (-each[1], each[0]))
    return some([f"{words(f'kinds.{kind}')} ({count})" for kind, count in ordered])


def _gateways(words: Words, hospital: Hospital) -> str:
    found = [
        f"{asset.id} ({asset.place})" if asset.place else asset.id
        for asset in hospital.assets.values()
        if asset.kind is AssetKind.FIREWALL
    ]
    return words("paper.gateway", names=some(found)) if found else words("paper.gateway_none")


def _urgent_first(hospital: Hospital) -> list[Service]:
    ordered = sorted(hospital.services.values(), key=lambda each: (each.tier, each.name))
    return ordered[:_MOST_SERVICES]


def _group(fate: ZoneFate) -> str:
    """What may be cut soonest comes first: it is what somebody looks for."""
    return "whole_never" if fate.lifelines else "whole_urgent" if fate.is_urgent else "whole_may"
