"""What logs know and the model does not: machines that talk, machines that are silent, needs that nobody wrote down.

Everything is a question to a person, with its evidence; nothing here changes the model.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Final

from codedark.hospital.asset import Asset, AssetId
from codedark.hospital.hospital import Hospital
from codedark.hospital.ranges import Ranges
from codedark.hospital.sightings import OUTSIDE, Sighting, Sightings, Span
from codedark.hospital.zone import Purpose, ZoneId

MOST_PEERS: Final = 5
_FLOW_LOGS: Final = frozenset({"zeek/conn", "suricata/eve"})
SENSORS: Final[Mapping[str, tuple[str, ...]]] = {
    "security": ("windows/security",),
    "windows-security": ("windows/security",),
    "system": ("windows/system",),
    "windows-system": ("windows/system",),
    "sysmon": ("windows/microsoft-windows-sysmon/operational", "linux/sysmon"),
    "powershell": ("windows/microsoft-windows-powershell/operational", "windows/windows powershell"),
    "defender": ("windows/microsoft-windows-windows defender/operational",),
    "auditd": ("linux/auditd",),
    "auth": ("linux/sshd", "linux/sudo", "linux/auth", "linux/cron"),
    "syslog": ("linux/",),
}
"""Words for log sources in the model -> beginnings of the logs that count as that."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """A machine of the hospital that talks and is not in the model. ``serves`` are (protocol, port) that others use."""

    address: str
    names: tuple[str, ...]
    mac: str
    zone: ZoneId | None
    peers: tuple[str, ...]
    peers_in_all: int
    serves: tuple[tuple[str, int], ...]
    uses: tuple[tuple[str, int], ...]
    connections: int
    span: Span
    evidence: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Silent:
    """An asset that should be heard. ``missing`` are its log sources of which others send and it does not; empty where
    it was expected to talk since it did before (``talked_before`` connections). ``last_seen``: in any of these logs.
    """

    asset: AssetId
    missing: tuple[str, ...]
    talked_before: int
    last_seen: datetime | None


class Known:
    """The model by the ways in which logs name machines."""

    def __init__(self, hospital: Hospital) -> None:
        self.hospital = hospital
        self.by_address = {address: asset.id for asset in hospital.assets.values() for address in asset.addresses}
        self._by_name = {asset_id.casefold(): asset_id for asset_id in hospital.assets}
        self._by_mac = {asset.mac: asset.id for asset in hospital.assets.values() if asset.mac}
        self._ranges = Ranges(zone for zone in hospital.zones.values() if zone.purpose is not Purpose.INTERNET)
        self._zones: dict[str, ZoneId | None] = {}

    def named(self, name: str) -> AssetId | None:
        """The asset of that name, with its domain or without."""
        folded = name.casefold().removesuffix("$")
        return self._by_name.get(folded) or self._by_name.get(folded.partition(".")[0])

    def asset_of(self, address: str, sighting: Sighting) -> AssetId | None:
        """The asset that was seen: by address, then by MAC, then by a name."""
        found = self.by_address.get(address) or self._by_mac.get(sighting.mac)
        return found or next(filter(None, map(self.named, sighting.names)), None)

    def zone_of(self, address: str) -> ZoneId | None:
        """The zone with the narrowest range that holds an address."""
        if address not in self._zones:
            self._zones[address] = self._ranges.zone_of(address)
        return self._zones[address]

    def is_inside(self, address: str) -> bool:
        """Whether an address is the hospital's: in a zone's range, or private (RFC 1918, RFC 4193)."""
        parsed = ip_address(address)
        if parsed.is_multicast or parsed.is_unspecified or parsed.is_loopback or parsed.is_link_local:
            return False
        # Documentation ranges are private to Python, and stand for the internet wherever they are used.
        private = str(parsed).startswith(("10.", "172.", "192.168.", "fc", "fd")) and parsed.is_private
        return private or self.zone_of(address) is not None


def strangers(known: Known, sightings: Sightings) -> list[Stranger]:
    """What talks and is not in the model, the busiest first."""
    unknown = {
        address: sighting
        for address, sighting in sightings.by_address.items()
        if sighting.evidence and known.asset_of(address, sighting) is None and not _is_broadcast(known, address)
    }
    peers: defaultdict[str, Counter[str]] = defaultdict(Counter)
    serves: defaultdict[str, Counter[tuple[str, int]]] = defaultdict(Counter)
    uses: defaultdict[str, Counter[tuple[str, int]]] = defaultdict(Counter)
    for key, count in sightings.flows.items():
        for one, other, ports in ((key.source, key.target, uses), (key.target, key.source, serves)):
            if one in unknown:
                peers[one][known.by_address.get(other, other)] += count
                ports[one][key.protocol, key.port] += count
    found = [
        _stranger(known, address, sighting, peers[address], serves[address], uses[address])
        for address, sighting in unknown.items()
    ]
    taken = {name.casefold().partition(".")[0] for each in found for name in each.names}
    found += [
        _stranger(known, "", sighting, Counter(), Counter(), Counter())
        for name, sighting in sightings.by_name.items()
        if sighting.evidence and known.named(name) is None and name.partition(".")[0] not in taken
    ]
    return sorted(found, key=lambda each: (-each.connections, -sum(each.evidence.values()), each.address, each.names))


def silent(known: Known, sightings: Sightings) -> list[Silent]:
    """Assets that were not heard as they should be, those that were not heard at all first.

    Who has no log sources is expected only where a sensor saw somebody of the same zone talk.
    """
    heard = heard_assets(known, sightings)
    before = _talked_before(known.hospital) if _FLOW_LOGS & sightings.logs.keys() else {}
    flowing = (each for each, seen in heard.items() if _FLOW_LOGS & seen.evidence.keys())
    covered = {known.hospital.assets[each].zone for each in flowing}
    found = []
    for asset in known.hospital.assets.values():
        seen = heard.get(asset.id)
        missing = tuple(_missing(asset, seen, sightings.logs))
        talked = before.get(asset.id, 0) if seen is None and asset.zone in covered else 0
        if missing or talked:
            found.append(Silent(asset.id, missing, talked, seen.span.last if seen else None))
    return sorted(found, key=lambda each: (each.last_seen is not None, -each.talked_before, each.asset))


def zones_not_heard(known: Known, sightings: Sightings) -> list[ZoneId]:
    """Zones with assets of which none was heard: no sensor listens there, or its logs are not among these."""
    heard = {known.hospital.assets[each].zone for each in heard_assets(known, sightings)}
    return [zone for zone in dict.fromkeys(_zones_with_assets(known.hospital)) if zone not in heard]


def _zones_with_assets(hospital: Hospital) -> Iterator[ZoneId]:
    return (asset.zone for asset in hospital.assets.values() if asset.zone is not None)


def heard_assets(known: Known, sightings: Sightings) -> dict[AssetId, Sighting]:
    """What was heard of each asset, under all of its addresses and names."""
    heard: dict[AssetId, Sighting] = {}
    for address, sighting in (
        *sightings.by_address.items(),
        *(("", each) for each in sightings.by_name.values()),
    ):
        asset_id = known.asset_of(address, sighting)
        if asset_id is not None and sighting.evidence:
            whole = heard.setdefault(asset_id, Sighting())
            whole.evidence.update(sighting.evidence)
            whole.span.widen(sighting.span.first, sighting.span.last)
    return heard


def _missing(asset: Asset, seen: Sighting | None, logs: Iterable[str]) -> Iterator[str]:
    """Log sources that are expected, that some machine sends, and that this one does not."""
    read = list(logs)
    for expected in asset.log_sources:
        begins = SENSORS.get(expected.casefold(), (expected.casefold(),))
        sends = seen is not None and any(log.startswith(begins) for log in seen.evidence)
        if not sends and any(log.startswith(begins) for log in read):
            yield expected


def _talked_before(hospital: Hospital) -> Mapping[str, int]:
    """Connections of each asset in the flows of the model."""
    talked: Counter[str] = Counter()
    for name, count in zip(hospital.flows.sources, hospital.flows.connections, strict=True):
        talked[name] += count
    return talked


def _stranger(
    known: Known,
    address: str,
    sighting: Sighting,
    peers: Counter[str],
    serves: Counter[tuple[str, int]],
    uses: Counter[tuple[str, int]],
) -> Stranger:
    return Stranger(
        address,
        tuple(sighting.names),
        sighting.mac,
        known.zone_of(address) if address else None,
        tuple(peer for peer, _ in peers.most_common(MOST_PEERS)),
        len(peers),
        _busiest(serves),
        _busiest(uses),
        peers.total(),
        sighting.span,
        dict(sighting.evidence.most_common()),
    )


def _busiest(ports: Counter[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(port for port, _ in ports.most_common(MOST_PEERS))


def _is_broadcast(known: Known, address: str) -> bool:
    zone = known.hospital.zones.get(known.zone_of(address) or ZoneId(""))
    return zone is not None and any(str(cidr.broadcast_address) == address for cidr in zone.cidrs)


def talkers(known: Known, sightings: Sightings) -> Iterator[tuple[AssetId, AssetId, tuple[str, int], int]]:
    """(source, target, (protocol, port), connections) of each flow between two assets of the model."""
    asset_of: dict[str, AssetId | None] = {OUTSIDE: None}
    for address, sighting in sightings.by_address.items():
        asset_of[address] = known.asset_of(address, sighting)
    for key, count in sightings.flows.items():
        source, target = (asset_of.get(end) or known.by_address.get(end) for end in (key.source, key.target))
        if source and target and source != target:
            yield source, target, (key.protocol, key.port), count
