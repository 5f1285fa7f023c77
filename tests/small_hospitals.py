"""Small hospitals of every shape for containment: few zones, machines, accounts, services, lifelines and flows."""

from __future__ import annotations

from hypothesis import strategies as st

from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import Asset, AssetId, AssetKind, Support
from codedark.hospital.hospital import Flows, Hospital
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
from codedark.hospital.ward import BedId, Ward, WardId
from codedark.hospital.zone import Link, Purpose, Zone, ZoneId

KINDS = [
    AssetKind.WORKSTATION,
    AssetKind.SERVER,
    AssetKind.DOMAIN_CONTROLLER,
    AssetKind.PATIENT_MONITOR,
    AssetKind.CENTRAL_STATION,
    AssetKind.BACKUP,
]
PORTS = [("tcp", 445), ("tcp", 3389), ("tcp", 443), ("tcp", 2575), ("udp", 53), ("icmp", 0), ("tcp", 9999)]
ZONES = [ZoneId(f"Z{number}") for number in range(4)]
ASSETS = [AssetId(f"A{number}") for number in range(7)]
ACCOUNTS = [AccountId(f"u{number}") for number in range(3)]
SERVICES = [ServiceId(f"s{number}") for number in range(4)]
WARDS = [WardId("W1"), WardId("W2")]

links = st.builds(Link, st.sampled_from(ZONES), st.sampled_from(ZONES)).filter(lambda link: link.source != link.target)
curves = st.sampled_from(
    [(), (LossPoint(0, 20, "closed"), LossPoint(6, 60, "on paper")), (LossPoint(0, 0), LossPoint(24, 5))]
)


def _needs(below: list[ServiceId]) -> st.SearchStrategy[Dependency]:
    """What a service may need: machines, ways, and services that stand before it."""
    leaves: list[st.SearchStrategy[Dependency]] = [st.sampled_from(ASSETS).map(OnAsset), links.map(OnLink)]
    if below:
        leaves.append(st.sampled_from(below).map(OnService))

    def branches(inner: st.SearchStrategy[Dependency]) -> st.SearchStrategy[Dependency]:
        parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return parts.map(AllOf) | parts.flatmap(
            lambda those: st.integers(1, len(those)).map(lambda least: AnyOf(those, least))
        )

    pairs = st.lists(st.sampled_from(ASSETS), min_size=2, max_size=3, unique=True)
    spares = pairs.map(lambda those: AnyOf(tuple(map(OnAsset, those))))  # the one stands in for the other
    return st.one_of(spares, st.recursive(st.one_of(leaves), branches, max_leaves=5), st.just(AllOf()))


lifelines = st.builds(
    Lifeline,
    st.just(LifelineId("")),
    st.sampled_from(["Monitoring", "Telephony"]),
    st.lists(st.sampled_from(ASSETS), max_size=1, unique=True).map(tuple),
    st.lists(st.sampled_from([AssetKind.PATIENT_MONITOR, AssetKind.CENTRAL_STATION]), max_size=1).map(tuple),
    st.lists(st.sampled_from(SERVICES), max_size=1).map(tuple),
    st.lists(links, max_size=1).map(tuple),
)
rows = st.tuples(
    st.sampled_from([*ASSETS, "10.1.0.9", "192.0.2.1"]), st.sampled_from([*ASSETS, "192.0.2.1"]), st.sampled_from(PORTS)
)


@st.composite
def hospitals(draw: st.DrawFn) -> Hospital:
    """A hospital with all that containment looks at; any part may be missing, but for assets."""
    zones = {
        zone: Zone(zone, draw(st.sampled_from(["inside", "VPN of the staff"])), draw(st.sampled_from(Purpose)))
        for zone in ZONES
    }
    assets = {
        each: Asset(
            each,
            draw(st.sampled_from(KINDS)),
            draw(st.none() | st.sampled_from(ZONES)),
            operating_system=draw(st.sampled_from(["", "Windows 10", "Red Hat Enterprise Linux 9", "its own"])),
            support=draw(st.sampled_from(Support)),
            ward=draw(st.none() | st.sampled_from(WARDS)),
        )
        for each in ASSETS
    }
    places = st.sampled_from([*ASSETS, *(f"zone:{zone}" for zone in ZONES), *(f"kind:{kind}" for kind in KINDS)])
    accounts = {
        each: Account(
            each,
            draw(st.sampled_from(AccountKind)),
            role=draw(st.sampled_from(["", "supplier of pumps"])),
            privileged=draw(st.booleans()),
            enabled=draw(st.booleans()),
            may_log_on_to=tuple(draw(st.lists(places, max_size=3))),
        )
        for each in ACCOUNTS
    }
    services = {
        each: Service(
            each,
            each,
            draw(st.sampled_from(Tier)),
            draw(_needs(SERVICES[:number])),
            draw(curves),
            wards=draw(st.sampled_from([(), (WARDS[0],), tuple(WARDS)])),
        )
        for number, each in enumerate(SERVICES)
    }
    wards = {
        each: Ward(
            each,
            each,
            draw(st.sampled_from(["intensive care", "geriatrics"])),
            tuple(BedId(f"{each}-{number}") for number in range(draw(st.integers(0, 3)))),
            tuple(draw(st.lists(st.sampled_from(ZONES), max_size=2))),
        )
        for each in WARDS
    }
    drawn = [LifelineId(f"L{number}") for number in range(draw(st.integers(0, 2)))]
    named = {each: _called(draw(lifelines), each) for each in drawn}
    seen = draw(st.lists(rows, max_size=10))
    return Hospital("h", "UTC", zones, assets, accounts, services, wards, named, _flows(seen))


def _called(lifeline: Lifeline, name: LifelineId) -> Lifeline:
    return Lifeline(name, lifeline.name, lifeline.assets, lifeline.kinds, lifeline.services, lifeline.links)


def _flows(seen: list[tuple[str, str, tuple[str, int]]]) -> Flows:
    return Flows(
        tuple(source for source, _, _ in seen),
        tuple(target for _, target, _ in seen),
        tuple(protocol for _, _, (protocol, _) in seen),
        tuple(port for _, _, (_, port) in seen),
        (1,) * len(seen),
        tuple(100 * number for number in range(len(seen))),
    )
