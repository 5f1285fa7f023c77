"""Which logs a machine should send, and which it sends: no hospital sees all of its machines."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from codedark.hospital.asset import AssetKind, Support
from codedark.simulate.building.machine import Machine
from codedark.simulate.building.segments import LEGACY
from codedark.simulate.site import Family

WINDOWS_LOGS = ("security", "system", "powershell", "defender")
LINUX_LOGS = ("auth", "auditd")
DESKTOPS = frozenset({AssetKind.WORKSTATION, AssetKind.MOBILE_WORKSTATION, AssetKind.LAPTOP})
SERVERS = frozenset(
    {
        AssetKind.SERVER,
        AssetKind.DOMAIN_CONTROLLER,
        AssetKind.BACKUP,
        AssetKind.DEVICE_GATEWAY,
        AssetKind.NURSE_CALL,
        AssetKind.HYPERVISOR,
    }
)
GAP = 0.04
"""Share of the logs that the inventory expects and that do not come: agents that broke, subscriptions that ran out."""


class Cover(NamedTuple):
    """Shares of machines: from which logs are forwarded at all, and on how many of those Sysmon runs."""

    forwarded: float
    sysmon: float


SERVER_COVER = Cover(0.95, 0.85)
DESKTOP_COVER = Cover(0.55, 0.35)
NOTHING = Cover(0.0, 0.0)


def sensors(machine: Machine, chance: Random) -> tuple[tuple[str, ...], frozenset[str]]:
    """The logs expected from a machine, and those of them that come.

    Devices and the old network are seen from outside only.
    """
    cover = _cover(machine)
    certain = machine.function is not None
    if not certain and chance.random() >= cover.forwarded:
        return (), frozenset()
    expected: tuple[str, ...]
    if machine.family is Family.LINUX:
        expected = LINUX_LOGS
    elif machine.kind is AssetKind.DOMAIN_CONTROLLER or chance.random() < cover.sysmon:
        expected = (*WINDOWS_LOGS, "sysmon")
    else:
        expected = WINDOWS_LOGS
    sent = expected if certain else tuple(log for log in expected if chance.random() >= GAP)
    return expected, frozenset(sent)


def _cover(machine: Machine) -> Cover:
    old = machine.support is Support.UNSUPPORTED
    if machine.family is Family.APPLIANCE or machine.zone == LEGACY:
        return NOTHING
    if machine.kind in SERVERS:
        return SERVER_COVER
    return DESKTOP_COVER if machine.kind in DESKTOPS and not old else NOTHING
