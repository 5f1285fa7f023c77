"""What every filter of packets reads from an order, in whatever language it is told: which addresses, which ranges.

Everything here raises `ValueError` with the reason why an order is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from codedark.contain.action import ActionKind
from codedark.enforce.address_ranges import AddressRange
from codedark.enforce.contract import Order, Way
from codedark.hospital.zone import ZoneId

Ranges = Mapping[ZoneId, Sequence[AddressRange]]
"""The addresses of each zone."""

ADDRESS_KINDS: Final = frozenset({ActionKind.ISOLATE_HOST, ActionKind.RESTRICT_TO_LIFELINE})
WAY_KINDS: Final = frozenset(
    {
        ActionKind.CUT_ZONES,
        ActionKind.BLOCK_PROTOCOL,
        ActionKind.CLOSE_INTERNET,
        ActionKind.CLOSE_REMOTE_ACCESS,
        ActionKind.CLOSE_VENDOR,
    }
)


def addresses_of(order: Order, protected: Collection[AddressRange]) -> list[AddressRange]:
    """What is to be isolated or restricted; lifelines' addresses (``protected``) can only be restricted."""
    addresses = [AddressRange.parse(address) for address in order.addresses]
    if not addresses:
        raise ValueError("names no address to isolate")
    if order.kind is ActionKind.ISOLATE_HOST and (held := set(addresses).intersection(protected)):
        raise ValueError(f"{min(held)} is a lifeline's address: it can be restricted, never isolated")
    return addresses


def ways_of(order: Order) -> Sequence[Way]:
    """What is to be closed between zones."""
    if not order.ways:
        raise ValueError("names no way between zones")
    return order.ways


def ends_of(way: Way, ranges: Ranges) -> tuple[Sequence[AddressRange], Sequence[AddressRange]]:
    """The ranges of both zones of a way."""
    for zone in (way.source, way.target):
        if not ranges.get(zone):
            raise ValueError(f"zone {zone} has no address range: give it one in hospital.yaml")
    return ranges[way.source], ranges[way.target]
