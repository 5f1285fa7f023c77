"""Which machine talks to which by the clock, on which port, how often and how much: one table for the whole house.

Ports are those registered or published: DICOM 104 and 11112, HL7 2575 and the engine's own from 6661, BACnet 47808,
Modbus 502, SIP 5060, CAPWAP 5246, Philips data export 24105, NTP 123, SNMP 161, syslog 514, RTSP 554, iSCSI 3260,
WSUS 8530. Periods are longer than in life where life has seconds (a monitor's waveforms are one long connection here),
so that a day stays small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codedark.hospital.asset import AssetKind
from codedark.simulate.site import Function

K, F = AssetKind, Function

Where = AssetKind | Function | str
"""Machines of a kind, of a function, or whose names begin with a text."""


@dataclass(frozen=True, slots=True)
class Flow:
    """``source`` connects to ``target`` every ``minutes``; octets and seconds are means.

    With ``nearest`` a source talks to a target of its own ward where there is one. ``by_day`` flows rest at night.
    """

    source: Where
    target: Where
    port: int
    protocol: Literal["tcp", "udp"]
    service: str
    minutes: int
    sent: int
    received: int
    seconds: float
    nearest: bool = False
    by_day: bool = False


FLOWS = (
    # Patients' devices.
    Flow(K.PATIENT_MONITOR, K.CENTRAL_STATION, 24105, "udp", "", 120, 14_000_000, 600_000, 7100, nearest=True),
    Flow(K.TELEMETRY, K.CENTRAL_STATION, 24105, "udp", "", 120, 5_000_000, 200_000, 7100, nearest=True),
    Flow(K.CENTRAL_STATION, F.MONITOR_GATEWAY, 2575, "tcp", "", 15, 220_000, 9_000, 860),
    Flow(F.MONITOR_GATEWAY, F.INTERFACE_ENGINE, 6664, "tcp", "", 15, 900_000, 40_000, 880),
    Flow(K.INFUSION_PUMP, F.PUMP_GATEWAY, 3613, "tcp", "", 180, 42_000, 18_000, 14),
    Flow(F.PUMP_GATEWAY, F.INTERFACE_ENGINE, 6665, "tcp", "", 15, 300_000, 24_000, 880),
    Flow(F.PUMP_GATEWAY, F.PHARMACY, 443, "tcp", "ssl", 60, 9_000, 120_000, 4),
    Flow(K.VENTILATOR, F.MONITOR_GATEWAY, 4601, "tcp", "", 60, 900_000, 20_000, 3500),
    Flow(K.DIALYSIS, F.INTERFACE_ENGINE, 6666, "tcp", "", 60, 80_000, 4_000, 30),
    Flow(K.ANALYSER, F.LABORATORY, 4001, "tcp", "", 15, 45_000, 12_000, 600),
    Flow(K.MODALITY, F.WORKLIST, 104, "tcp", "dicom", 30, 2_200, 26_000, 1.2),
    Flow(K.MODALITY, F.PACS, 11112, "tcp", "dicom", 120, 1_400, 900, 0.3),
    Flow(F.PACS, F.RIS, 443, "tcp", "ssl", 15, 20_000, 60_000, 2),
    Flow(K.MEDICATION_CABINET, F.PHARMACY, 443, "tcp", "ssl", 30, 8_000, 22_000, 2),
    Flow(K.NURSE_CALL, F.NURSE_CALL, 5000, "udp", "", 240, 1_800, 1_200, 0),
    Flow(F.NURSE_CALL, F.TELEPHONY, 5060, "udp", "sip", 15, 30_000, 28_000, 0),
    Flow("GLU", F.LABORATORY, 4010, "tcp", "", 360, 9_000, 2_000, 3, by_day=True),
    Flow("SCALE", F.INTERFACE_ENGINE, 6667, "tcp", "", 720, 900, 300, 1),
    Flow(K.TABLET, F.EHR_APPLICATION, 443, "tcp", "ssl", 60, 9_000, 90_000, 20, by_day=True),
    # The house.
    Flow(K.PHONE, F.TELEPHONY, 5060, "udp", "sip", 240, 1_400, 1_100, 0.1),
    Flow(K.CAMERA, "CCTVREC", 554, "tcp", "", 480, 4_000, 900_000_000, 28_000),
    Flow(F.BUILDING, K.BUILDING_CONTROL, 47808, "udp", "", 120, 700, 900, 0.2),
    Flow(F.BUILDING, K.BUILDING_CONTROL, 502, "tcp", "modbus", 360, 500, 600, 1),
    Flow(K.BADGE_READER, "DOORSRV", 4050, "tcp", "", 240, 1_100, 700, 0.5),
    Flow(K.BADGE_READER, "DOORSRV", 4050, "tcp", "", 120, 500, 300, 0.2, by_day=True),
    Flow("TV", F.PROXY, 3128, "tcp", "http", 360, 4_000, 900_000, 60, by_day=True),
    Flow(F.PRINT, K.PRINTER, 161, "udp", "snmp", 120, 300, 420, 0),
    Flow(F.PRINT, K.LABEL_PRINTER, 161, "udp", "snmp", 240, 300, 420, 0),
    Flow("NMS", K.SWITCH, 161, "udp", "snmp", 30, 4_000, 9_000, 0.2),
    Flow("NMS", K.ACCESS_POINT, 161, "udp", "snmp", 120, 2_000, 4_000, 0.2),
    Flow(K.ACCESS_POINT, K.SWITCH, 5246, "udp", "", 240, 60_000, 50_000, 0, nearest=True),
    Flow(K.SWITCH, "LOG", 514, "udp", "syslog", 60, 900, 0, 0),
    Flow(F.FIREWALL, "LOG", 514, "udp", "syslog", 15, 900_000, 0, 880),
    # Time: every machine that keeps its own clock asks the domain controllers.
    *(
        Flow(kind, F.DOMAIN_CONTROLLER, 123, "udp", "ntp", 1440, 48, 48, 0)
        for kind in (K.PATIENT_MONITOR, K.INFUSION_PUMP, K.PHONE, K.CAMERA, K.ACCESS_POINT, K.PRINTER, K.BADGE_READER)
    ),
    *(
        Flow(kind, F.DOMAIN_CONTROLLER, 123, "udp", "ntp", 240, 48, 48, 0)
        for kind in (K.MODALITY, K.SWITCH, K.SERVER, K.HYPERVISOR, K.ANALYSER, K.WORKSTATION, K.CENTRAL_STATION)
    ),
    # Servers.
    Flow(F.EHR_APPLICATION, F.EHR_DATABASE, 1521, "tcp", "", 15, 60_000_000, 300_000_000, 890),
    Flow(F.EHR_APPLICATION, F.INTERFACE_ENGINE, 6661, "tcp", "", 15, 1_800_000, 200_000, 890),
    Flow(F.LABORATORY, F.INTERFACE_ENGINE, 6662, "tcp", "", 15, 1_400_000, 90_000, 890),
    Flow(F.RIS, F.INTERFACE_ENGINE, 6663, "tcp", "", 15, 500_000, 90_000, 890),
    Flow(F.INTERFACE_ENGINE, F.PHARMACY, 2575, "tcp", "", 15, 700_000, 30_000, 890),
    Flow(F.BLOOD_BANK, F.LABORATORY, 1433, "tcp", "", 30, 90_000, 400_000, 300),
    Flow(F.DOMAIN_CONTROLLER, F.DOMAIN_CONTROLLER, 49667, "tcp", "dce_rpc", 15, 60_000, 90_000, 12),
    Flow(K.HYPERVISOR, K.STORAGE, 3260, "tcp", "", 60, 900_000_000, 2_000_000_000, 3590),
    Flow(K.SERVER, F.ANTIVIRUS, 443, "tcp", "ssl", 120, 4_000, 9_000, 1),
    Flow(K.SERVER, F.UPDATES, 8530, "tcp", "http", 720, 12_000, 90_000, 9),
    Flow("NMS", K.SERVER, 161, "udp", "snmp", 30, 900, 1_600, 0.1),
    Flow("NMS", K.SERVER, 0, "udp", "", 60, 64, 64, 0),
    Flow(K.SERVER, "LOG", 6514, "tcp", "ssl", 120, 800_000, 9_000, 7100),
    Flow(K.WORKSTATION, F.ANTIVIRUS, 443, "tcp", "ssl", 240, 3_000, 7_000, 1),
    Flow(K.WORKSTATION, F.UPDATES, 8530, "tcp", "http", 720, 9_000, 60_000, 9),
    Flow(K.LAPTOP, F.UPDATES, 8530, "tcp", "http", 720, 9_000, 60_000, 9, by_day=True),
    Flow(F.MAIL, "198.51.100.25", 25, "tcp", "smtp", 15, 2_000_000, 60_000, 40),
    Flow("198.51.100.25", F.MAIL, 25, "tcp", "smtp", 15, 3_000_000, 50_000, 40),
)  # fmt: skip
