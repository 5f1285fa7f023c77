"""A machine, device or appliance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from codedark.hospital.ward import WardId
from codedark.hospital.zone import ZoneId

AssetId = NewType("AssetId", str)
"""The name of an asset, in the spelling of the inventory; compared without regard to case."""


class AssetKind(StrEnum):
    """What an asset is, in the words of hospital inventories."""

    WORKSTATION = "workstation"
    MOBILE_WORKSTATION = "mobile_workstation"  # workstation on wheels
    LAPTOP = "laptop"
    TABLET = "tablet"
    SERVER = "server"
    DOMAIN_CONTROLLER = "domain_controller"
    HYPERVISOR = "hypervisor"
    STORAGE = "storage"
    BACKUP = "backup"
    FIREWALL = "firewall"
    SWITCH = "switch"
    ACCESS_POINT = "access_point"
    PRINTER = "printer"
    LABEL_PRINTER = "label_printer"
    PHONE = "phone"
    CAMERA = "camera"
    BUILDING_CONTROL = "building_control"
    BADGE_READER = "badge_reader"
    PATIENT_MONITOR = "patient_monitor"
    CENTRAL_STATION = "central_station"
    TELEMETRY = "telemetry"
    INFUSION_PUMP = "infusion_pump"
    DEVICE_GATEWAY = "device_gateway"
    VENTILATOR = "ventilator"
    DIALYSIS = "dialysis"
    ANALYSER = "analyser"
    MODALITY = "modality"  # CT, MR, X-ray, ultrasound
    MEDICATION_CABINET = "medication_cabinet"
    NURSE_CALL = "nurse_call"
    OTHER = "other"


MEDICAL_DEVICES = frozenset(
    {
        AssetKind.PATIENT_MONITOR,
        AssetKind.CENTRAL_STATION,
        AssetKind.TELEMETRY,
        AssetKind.INFUSION_PUMP,
        AssetKind.DEVICE_GATEWAY,
        AssetKind.VENTILATOR,
        AssetKind.DIALYSIS,
        AssetKind.ANALYSER,
        AssetKind.MODALITY,
        AssetKind.MEDICATION_CABINET,
        AssetKind.NURSE_CALL,
    }
)
"""Kinds that treat, measure or dispense: nothing is scanned, patched or cut there without asking biomedical
engineering.
"""


class Support(StrEnum):
    """Whether the maker still mends the operating system. Unknown is not supported and not unsupported."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asset:
    """One asset. ``addresses`` are IP addresses in canonical text, ``mac`` lower case with colons or "".

    ``ward`` is the clinical place, ``place`` what else is known of where it stands ("OR 2", "rack B4").
    ``log_sources`` are the logs expected from it (``windows-security``, ``sysmon``, ``syslog``, ``zeek`` …).
    """

    id: AssetId
    kind: AssetKind
    zone: ZoneId | None = None
    addresses: tuple[str, ...] = ()
    mac: str = ""
    operating_system: str = ""
    support: Support = Support.UNKNOWN
    manufacturer: str = ""
    owner: str = ""
    ward: WardId | None = None
    place: str = ""
    log_sources: tuple[str, ...] = ()
