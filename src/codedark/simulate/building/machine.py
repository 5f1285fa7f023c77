"""A machine while the hospital is being furnished: it stands somewhere, and has no address yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from codedark.hospital.asset import AssetId, AssetKind, Support
from codedark.hospital.ward import WardId
from codedark.hospital.zone import ZoneId
from codedark.simulate.site import Family, Function


@dataclass(frozen=True, slots=True)
class Machine:
    """What is known of a machine before it is connected; ``function`` is set for servers that the site names by it."""

    id: AssetId
    kind: AssetKind
    zone: ZoneId
    family: Family
    operating_system: str
    support: Support
    manufacturer: str
    owner: str
    ward: WardId | None = None
    place: str = ""
    function: Function | None = None

    @property
    def stem(self) -> str:
        """The name without its number: ``WS`` of ``WS-0417``, ``DC`` of ``DC01``."""
        return self.id.rstrip("0123456789").rstrip("-")


def by_stem(machines: Iterable[Machine]) -> dict[str, list[Machine]]:
    """Machines by the stem of their names, in their order."""
    groups: defaultdict[str, list[Machine]] = defaultdict(list)
    for machine in machines:
        groups[machine.stem].append(machine)
    return dict(groups)
