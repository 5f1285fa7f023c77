"""What the hospital runs on: the usual services, with what each of them needs in this house."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil, floor

from codedark.hospital.asset import AssetId
from codedark.hospital.defaults import default_lifelines, default_services
from codedark.hospital.lifeline import Lifeline, LifelineId
from codedark.hospital.service import (
    AllOf,
    AnyOf,
    Dependency,
    LossPoint,
    OnAsset,
    OnLink,
    OnService,
    Service,
    ServiceId,
    Tier,
)
from codedark.hospital.zone import Link, ZoneId
from codedark.simulate.building.machine import Machine, by_stem
from codedark.simulate.building.places import Place

WARDS = "wards"
"""Stands for the segments of all wards with beds: half of them must reach the target, or the service is lost."""
ENOUGH_WARDS = 0.5
VIRTUALISATION = ServiceId("virtualisation")
SPARE_HYPERVISORS = 0.25
"""So much of the virtual machines' hosts may fail before the others cannot carry the load."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """What carries a service: one machine of each of ``any_of`` (names without numbers), and the ways of ``reach``.

    ``virtual`` services run on the virtual machines' hosts too.
    """

    any_of: Sequence[str] = ()
    reach: Sequence[tuple[str, str]] = ()
    virtual: bool = True


CARRIERS: Mapping[str, Carrier] = {
    "ad": Carrier(("DC",), virtual=False),  # one controller is a physical machine
    "dns": Carrier(("DC",), virtual=False),
    "dhcp": Carrier(("DHCP",)),
    "time": Carrier(("DC",), virtual=False),
    "blood-bank": Carrier(("BBANK", "GROUP"), (("CL-BBK", "SRV-CLIN"),)),
    "medication-cabinets": Carrier(("PHARM",), ((WARDS, "SRV-CLIN"),)),
    "pump-gateways": Carrier(("PUMPGW",), (("DEV-PUMP-A", "SRV-DEV"), ("DEV-PUMP-B", "SRV-DEV"))),
    "monitoring": Carrier(("MONGW", "CS"), (("DEV-MON", "SRV-DEV"),)),
    "telemetry": Carrier(("MONGW",), (("DEV-MON", "SRV-DEV"),)),
    "nurse-call": Carrier(("NURSECALL",), ((WARDS, "SRV-DEV"),)),
    "telephony": Carrier(("PBX",), (("OFF-VOICE", "SRV-VOICE"),), virtual=False),
    "interface-engine": Carrier(("IENG",), (("SRV-CLIN", "SRV-EHR"),)),
    "ehr": Carrier(("EHRAPP", "EHRDB"), ((WARDS, "SRV-EHR"), ("SRV-EHR", "SRV-CORE"))),
    "lis": Carrier(("LIS", "CHEM"), (("CL-LAB", "SRV-CLIN"), ("DEV-LAB", "SRV-CLIN"))),
    "pharmacy": Carrier(("PHARM",), (("CL-PHA", "SRV-CLIN"),)),
    "ward-workstations": Carrier((), ((WARDS, "SRV-CORE"),), virtual=False),
    "emergency-board": Carrier((), (("CL-ED", "SRV-EHR"),)),
    "pacs": Carrier(("PACS",), (("CL-RAD", "SRV-IMG"), ("DEV-IMG-A", "SRV-IMG"))),
    "ris": Carrier(("RIS", "MWL"), (("CL-RAD", "SRV-IMG"),)),
    "radiology": Carrier(("READ",), virtual=False),
    "anaesthesia-records": Carrier(("ANAES", "PDMS"), (("CL-OR", "SRV-CLIN"),)),
    "theatre-planning": Carrier(("EHRAPP",), (("CL-OR", "SRV-EHR"),)),
    "point-of-care": Carrier(("LIS",), (("DEV-LAB", "SRV-CLIN"),)),
    "maternity": Carrier(("MONGW",), (("DEV-MON", "SRV-DEV"),)),
    "ecg": Carrier(("CARDIO",)),
    "cath-lab": Carrier(("XA",), (("DEV-IMG-A", "SRV-IMG"),), virtual=False),
    "patient-administration": Carrier(("EHRAPP",), (("OFF-REC", "SRV-EHR"),)),
    "chemotherapy": Carrier(("ONCO",)),
    "pathology": Carrier(("PATH",)),
    "microbiology": Carrier((), (("CL-LAB", "SRV-CLIN"),)),
    "endoscopy": Carrier(("ENDO",)),
    "sterile-supply": Carrier(("STER",)),
    "file-shares": Carrier(("FS",)),
    "print": Carrier(("PRINT",)),
    "vpn": Carrier(("VPN",), virtual=False),
    "internet": Carrier(("FW", "PROXY"), (("SRV-DMZ", "INTERNET"),)),
    "building-control": Carrier(("BMSRV",), virtual=False),
    "backup": Carrier(("BKP", "SAN"), virtual=False),
    "mail": Carrier(("MAIL",), (("SRV-DMZ", "INTERNET"),)),
    "emr-portal": Carrier(("PORTAL",)),
    "dictation": Carrier(("DICT",)),
    "catering": Carrier(("DIET",)),
    "logistics": Carrier(("ERP",)),
    "rostering": Carrier(("HR",)),
    "billing": Carrier(("ERP",), (("OFF-ADM", "SRV-APP"),)),
    "hr": Carrier(("HR",)),
    "research": Carrier(("RESEARCH",)),
    "website": Carrier(("WEB",), (("SRV-DMZ", "INTERNET"),)),
}
"""The services of this hospital. What the proposals list beyond these (radiotherapy) it does not have."""

ATTESTED_UNTIL = date(2027, 12, 31)
ATTESTATIONS = {
    "bedside-monitoring": "Head of intensive care",
    "nurse-call": "Director of nursing",
    "crash-call": "Medical director",
    "ventilators": "Head of intensive care",
    "dialysis": "Head of nephrology",
}
LIFELINKS = {
    "bedside-monitoring": (Link(ZoneId("DEV-MON"), ZoneId("SRV-DEV")),),
    "crash-call": (Link(ZoneId("OFF-VOICE"), ZoneId("SRV-VOICE")),),
}
BLOOD = Lifeline(
    LifelineId("blood"),
    "Blood for theatre and the emergency department",
    services=(ServiceId("blood-bank"),),
    links=(Link(ZoneId("CL-BBK"), ZoneId("SRV-CLIN")),),
    attested_by="Medical director",
    attested_until=ATTESTED_UNTIL,
)


def services(places: Sequence[Place], machines: Sequence[Machine]) -> dict[ServiceId, Service]:
    """The services of the hospital, signed: what each needs everywhere, and the machines and ways that carry it here.

    Applications that a small hospital does not have drop out, and with them the services that nothing carries.
    """
    named = by_stem(machines)
    wards = [place.zone for place in places if place.beds]
    made = {VIRTUALISATION: _virtualisation(named)}
    for service in default_services():
        carrier = CARRIERS.get(service.id)
        if carrier and (not carrier.any_of or any(stem in named for stem in carrier.any_of)):
            parts = (service.needs, *_carried(carrier, named, wards))
            made[service.id] = replace(service, needs=_all(parts), proposed=False)
    return made


def lifelines(present: Mapping[ServiceId, Service]) -> dict[LifelineId, Lifeline]:
    """The lifelines, attested by the people who answer for them."""
    proposed = [
        replace(
            line,
            services=tuple(service for service in line.services if service in present),
            links=LIFELINKS.get(line.id, ()),
            attested_by=ATTESTATIONS.get(line.id, "Medical director"),
            attested_until=ATTESTED_UNTIL,
        )
        for line in default_lifelines()
    ]
    return {line.id: line for line in (*proposed, BLOOD)}


def _carried(carrier: Carrier, named: Mapping[str, Sequence[Machine]], wards: Sequence[ZoneId]) -> list[Dependency]:
    """The machines, ways and hosts of a service."""
    parts: list[Dependency] = [
        _any([machine.id for machine in named[stem]]) for stem in carrier.any_of if stem in named
    ]
    for source, target in carrier.reach:
        if source == WARDS:
            ways = tuple(OnLink(Link(zone, ZoneId(target))) for zone in wards)
            parts.append(AnyOf(ways, ceil(len(ways) * ENOUGH_WARDS)))
        else:
            parts.append(OnLink(Link(ZoneId(source), ZoneId(target))))
    if carrier.virtual:
        parts.append(OnService(VIRTUALISATION))
    return parts


def _any(assets: Sequence[AssetId]) -> Dependency:
    return OnAsset(assets[0]) if len(assets) == 1 else AnyOf(tuple(OnAsset(asset) for asset in assets))


def _all(parts: Sequence[Dependency]) -> Dependency:
    """All the parts, without nesting and without repetition."""
    flat: dict[Dependency, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if isinstance(part, AllOf) else (part,)))
    return next(iter(flat)) if len(flat) == 1 else AllOf(tuple(flat))


def _virtualisation(named: Mapping[str, Sequence[Machine]]) -> Service:
    """The hosts of virtual machines and their storage, which carry nearly all servers."""
    hosts = [machine.id for machine in named["ESX"]]
    enough = max(1, floor(len(hosts) * (1 - SPARE_HYPERVISORS)))
    carriers = AnyOf(tuple(OnAsset(host) for host in hosts), enough)
    return Service(
        VIRTUALISATION,
        "Virtual machines and storage",
        Tier.ZERO,
        AllOf((carriers, _any([machine.id for machine in named["SAN"]]))),
        (
            LossPoint(0, 60, "Nearly every server stops at once; the wards are on paper"),
            LossPoint(6, 80, "Planned operations are cancelled; ambulances are diverted"),
            LossPoint(24, 90, "Every system has to be rebuilt in order, which took other hospitals weeks"),
        ),
        downtime_procedure="Ward packs and paper charts; physical domain controller and telephony stay",
        rto_minutes=15,
    )
