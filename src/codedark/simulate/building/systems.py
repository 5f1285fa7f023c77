"""Operating systems and how many machines of a kind still run the old ones.

State of 2026: Windows 10 went out of support on 14 October 2025 and lives on where extended updates are paid for (ESU)
or the long-term channel runs. Shares of unsupported systems follow what studies report, see `calibration` beside this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

from codedark.hospital.asset import AssetKind, Support
from codedark.simulate.building.apportion import apportion
from codedark.simulate.site import Family

OLD, MENDED, UNSAID = Support.UNSUPPORTED, Support.SUPPORTED, Support.UNKNOWN
WINDOWS, LINUX, APPLIANCE = Family.WINDOWS, Family.LINUX, Family.APPLIANCE


class System(NamedTuple):
    """An operating system with its weight among machines of a kind."""

    weight: float
    name: str
    support: Support
    family: Family


DESKTOP = (
    System(76, "Windows 11 Enterprise 24H2", MENDED, WINDOWS),
    System(13, "Windows 10 Enterprise 22H2 (ESU)", MENDED, WINDOWS),
    System(4, "Windows 10 Enterprise LTSC 2021", MENDED, WINDOWS),
    System(6, "Windows 10 Enterprise 22H2", OLD, WINDOWS),
    System(1, "Windows 7 Professional SP1", OLD, WINDOWS),
)
WINDOWS_SERVER = (
    System(34, "Windows Server 2022", MENDED, WINDOWS),
    System(34, "Windows Server 2019", MENDED, WINDOWS),
    System(14, "Windows Server 2025", MENDED, WINDOWS),
    System(12, "Windows Server 2016", MENDED, WINDOWS),
    System(6, "Windows Server 2012 R2", OLD, WINDOWS),
)
LINUX_SERVER = (
    System(45, "Red Hat Enterprise Linux 9", MENDED, LINUX),
    System(25, "Red Hat Enterprise Linux 8", MENDED, LINUX),
    System(24, "Debian 12", MENDED, LINUX),
    System(6, "CentOS 7", OLD, LINUX),
)
ESXI = (System(80, "VMware ESXi 8.0", MENDED, LINUX), System(20, "VMware ESXi 7.0", OLD, LINUX))
FIRMWARE = (
    System(60, "firmware", UNSAID, APPLIANCE),
    System(30, "firmware, current", MENDED, APPLIANCE),
    System(10, "firmware, end of life", OLD, APPLIANCE),
)
NETWORK = (
    System(88, "network operating system", MENDED, APPLIANCE),
    System(12, "network operating system, end of life", OLD, APPLIANCE),
)

BY_KIND: Mapping[AssetKind, Sequence[System]] = {
    AssetKind.WORKSTATION: DESKTOP,
    AssetKind.MOBILE_WORKSTATION: DESKTOP,
    AssetKind.LAPTOP: DESKTOP[:4],
    AssetKind.TABLET: (
        System(70, "iPadOS 18", MENDED, APPLIANCE),
        System(22, "Android 14", MENDED, APPLIANCE),
        System(8, "Android 10", OLD, APPLIANCE),
    ),
    AssetKind.SWITCH: NETWORK,
    AssetKind.ACCESS_POINT: NETWORK,
    AssetKind.FIREWALL: (System(1, "firewall operating system", MENDED, APPLIANCE),),
    AssetKind.STORAGE: (System(1, "storage operating system", MENDED, APPLIANCE),),
    AssetKind.CENTRAL_STATION: (
        System(55, "Windows 10 IoT Enterprise LTSC 2021", MENDED, WINDOWS),
        System(45, "Windows 7 Embedded", OLD, WINDOWS),
    ),
    AssetKind.PATIENT_MONITOR: (
        System(60, "VxWorks 7", MENDED, APPLIANCE),
        System(19, "embedded Linux", UNSAID, APPLIANCE),
        System(21, "VxWorks 5.5", OLD, APPLIANCE),
    ),
    AssetKind.TELEMETRY: (System(85, "ThreadX", UNSAID, APPLIANCE), System(15, "VxWorks 5.5", OLD, APPLIANCE)),
    AssetKind.INFUSION_PUMP: (
        System(48, "embedded Linux 5.10", MENDED, APPLIANCE),
        System(42, "Nucleus RTOS", UNSAID, APPLIANCE),
        System(10, "Windows CE 6.0", OLD, APPLIANCE),
    ),
    AssetKind.VENTILATOR: (
        System(60, "QNX 7", MENDED, APPLIANCE),
        System(28, "embedded Linux", UNSAID, APPLIANCE),
        System(12, "QNX 6.5", OLD, APPLIANCE),
    ),
    AssetKind.DIALYSIS: (
        System(75, "embedded Linux", UNSAID, APPLIANCE),
        System(25, "Windows XP Embedded", OLD, APPLIANCE),
    ),
    AssetKind.ANALYSER: (
        System(45, "Windows 10 IoT Enterprise LTSC 2021", MENDED, WINDOWS),
        System(43, "Windows 7 Professional SP1", OLD, WINDOWS),
        System(12, "Windows XP SP3", OLD, WINDOWS),
    ),
    AssetKind.MODALITY: (
        System(17, "Windows 10 IoT Enterprise LTSC 2021", MENDED, WINDOWS),
        System(51, "Windows 7 Professional SP1", OLD, WINDOWS),
        System(20, "Windows 10 Enterprise 1809", OLD, WINDOWS),
        System(12, "Windows XP SP3", OLD, WINDOWS),
    ),
    AssetKind.MEDICATION_CABINET: (
        System(68, "Windows 10 IoT Enterprise LTSC 2021", MENDED, WINDOWS),
        System(32, "Windows 7 Embedded", OLD, WINDOWS),
    ),
    AssetKind.NURSE_CALL: (
        System(55, "embedded Linux", UNSAID, APPLIANCE),
        System(25, "embedded Linux 5.15", MENDED, APPLIANCE),
        System(20, "embedded Linux 2.6", OLD, APPLIANCE),
    ),
    AssetKind.OTHER: (
        System(62, "embedded Linux", UNSAID, APPLIANCE),
        System(22, "Android 13", MENDED, APPLIANCE),
        System(16, "Android 7", OLD, APPLIANCE),
    ),
}


def systems_of(kind: AssetKind, count: int, chance: Random) -> list[System]:
    """Operating systems for ``count`` machines of a kind, in exact shares and in an order that chance decides."""
    table = BY_KIND.get(kind, FIRMWARE)
    parts = apportion(count, [system.weight for system in table])
    dealt = [system for system, part in zip(table, parts, strict=True) for _ in range(part)]
    chance.shuffle(dealt)
    return dealt


def oldest(kind: AssetKind) -> System:
    """What the oldest machines of a kind run: the last unsupported system of the table."""
    table = BY_KIND.get(kind, FIRMWARE)
    return [system for system in table if system.support is OLD][-1]
