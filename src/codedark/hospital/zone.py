"""A network segment, and the links between segments that services run over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import NewType

ZoneId = NewType("ZoneId", str)


class Purpose(StrEnum):
    """What a zone is for. Decides its colour on the map and what may be expected to talk there."""

    CLINICAL = "clinical"
    DEVICES = "devices"
    SERVERS = "servers"
    OFFICE = "office"
    BUILDING = "building"
    MANAGEMENT = "management"
    VENDOR = "vendor"
    GUEST = "guest"
    INTERNET = "internet"


@dataclass(frozen=True, slots=True)
class Zone:
    """A segment with its VLANs and address ranges. ``id`` is unique in the hospital."""

    id: ZoneId
    name: str
    purpose: Purpose
    vlans: tuple[int, ...] = ()
    cidrs: tuple[IPv4Network | IPv6Network, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """The way between two zones, as a service needs it; ``source`` is where the connections start."""

    source: ZoneId
    target: ZoneId
