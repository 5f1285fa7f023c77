"""Who may reach whom in a hospital: the whole network, and what has to be known to draw it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from codedark.contain.drawing import Drawing
from codedark.contain.network import Network
from codedark.contain.rates import Rates
from codedark.contain.sessions import draw_sessions
from codedark.contain.ways import draw_ways
from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.hospital.failure import leaves
from codedark.hospital.hospital import Hospital
from codedark.hospital.service import OnAsset, ServiceId
from codedark.hospital.zone import Purpose, ZoneId

_PEOPLE: Final = frozenset({Purpose.OFFICE, Purpose.CLINICAL})


def network_of(
    hospital: Hospital,
    rates: Rates,
    dial_in: Collection[ZoneId] = (),
    holders: Collection[AssetId] = (),
    suspected: Sequence[AccountId] = (),
    suspected_machines: Sequence[AssetId] = (),
) -> Network:
    """The network of a hospital. ``dial_in`` are the zones where people and suppliers come in from outside, ``holders``
    the assets that hold records, ``suspected`` the accounts that are believed to be stolen and ``suspected_machines``
    those that are believed to be taken, likeliest first.

    Raises `UsageError` where the model names no asset.
    """
    drawing = Drawing(hospital, tuple(rates.families))
    draw_ways(drawing, rates, dial_in)
    draw_sessions(drawing, rates, dial_in, holders, suspected, suspected_machines)
    return drawing.done(rates.hands_per_hour)


def dial_in_zones(hospital: Hospital, words: Iterable[str]) -> tuple[ZoneId, ...]:
    """Zones of suppliers, and those with one of ``words`` in their id or name that are none of servers or machines."""
    known = tuple(words)
    return tuple(
        zone.id
        for zone in hospital.zones.values()
        if zone.purpose is Purpose.VENDOR
        or (
            zone.purpose in _PEOPLE
            and any(word in text for word in known for text in (zone.id.lower(), zone.name.lower()))
        )
    )


def needed_by_name(hospital: Hospital, services: Iterable[str]) -> tuple[AssetId, ...]:
    """The assets that these services name among their needs, each once; services that are not there name none."""
    found = (hospital.services[ServiceId(each)] for each in services if each in hospital.services)
    return tuple(
        dict.fromkeys(leaf.asset for each in found for leaf in leaves(each.needs) if isinstance(leaf, OnAsset))
    )
