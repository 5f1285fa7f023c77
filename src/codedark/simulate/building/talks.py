"""Who talks to whom in a hospital: a table of conversations by the names of machines without their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codedark.simulate.building.names import SUPPLIERS

DESKTOPS = ("WS", "PC", "READ", "WOW", "LT")
IMAGING = ("CT", "MR", "XR", "US", "XA", "MG", "NM")
ANALYSERS = ("CHEM", "HAEM", "GROUP", "BGA")
ON_DHCP = (
    *DESKTOPS,
    "TAB",
    "PRN",
    "LBL",
    "TEL",
    "CAM",
    "AP",
    "PUMP",
    "MON",
    "TLM",
    "CS",
    "VENT",
    "DIAL",
    "CAB",
    "NC",
    "GLU",
    "SCALE",
    "TV",
    "DOOR",
)
WINDOWS_SERVERS = (
    "FS",
    "PRINT",
    "LIS",
    "PHARM",
    "BBANK",
    "RIS",
    "PUMPGW",
    "MONGW",
    "NURSECALL",
    "MAIL",
    "BKP",
    "WSUS",
    "AV",
    "JUMP",
    "BMSRV",
    "INTRA",
    "SQL",
    "ERP",
    "PDMS",
    "ANAES",
    "CTX",
    "CARDIO",
    "ENDO",
    "ONCO",
    "DICT",
    "HR",
    "PATH",
    "DIET",
    "STER",
    "CCTVREC",
    "DOORSRV",
    "TEST",
)
LINUX_SERVERS = (
    "DHCP",
    "EHRAPP",
    "EHRDB",
    "PACS",
    "MWL",
    "IENG",
    "PBX",
    "PROXY",
    "SCAN",
    "SENSOR",
    "NMS",
    "WEB",
    "PORTAL",
    "RTLS",
    "DWH",
    "RESEARCH",
    "LOG",
)
SERVERS = (*WINDOWS_SERVERS, *LINUX_SERVERS)


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that machines of some names have with servers of a name.

    ``month`` connections of one machine in a month and ``octets`` of each are means; ``peers`` is with how many servers
    of that name, 0 with all of them.
    """

    sources: Sequence[str]
    target: str
    protocol: str
    port: int
    month: int
    octets: int
    peers: int = 1


TALKS = (
    # Identity, names, time, addresses.
    Talk((*DESKTOPS, *SERVERS), "DC", "udp", 53, 9000, 260, 2),
    Talk((*DESKTOPS, *WINDOWS_SERVERS), "DC", "tcp", 88, 900, 3_600),
    Talk((*DESKTOPS, *SERVERS), "DC", "tcp", 389, 1200, 5_200),
    Talk((*DESKTOPS, *WINDOWS_SERVERS), "DC", "tcp", 445, 260, 42_000),
    Talk((*DESKTOPS, *WINDOWS_SERVERS), "DC", "tcp", 135, 130, 2_100),
    Talk(
        (*DESKTOPS, *SERVERS, *IMAGING, *ANALYSERS, "PUMP", "MON", "CS", "TEL", "CAM", "SW", "AP"),
        "DC",
        "udp",
        123,
        720,
        152,
    ),
    Talk(
        (*IMAGING, *ANALYSERS, "PUMP", "MON", "CS", "TLM", "VENT", "CAB", "GLU", "TAB", "PRN", "TV"),
        "DC",
        "udp",
        53,
        800,
        230,
    ),
    Talk(ON_DHCP, "DHCP", "udp", 67, 60, 684),
    Talk(("DC",), "DC", "tcp", 135, 8000, 18_000, 0),
    # Work at a desktop.
    Talk(("WS", "WOW", "LT", "READ", "CTX", "TAB"), "EHRAPP", "tcp", 443, 5200, 64_000, 2),
    Talk(DESKTOPS, "PROXY", "tcp", 3128, 7400, 58_000),
    Talk(DESKTOPS, "MAIL", "tcp", 443, 2600, 21_000),
    Talk(DESKTOPS, "FS", "tcp", 445, 700, 480_000, 2),
    Talk((*DESKTOPS, "CTX"), "PRINT", "tcp", 445, 160, 96_000),
    Talk(DESKTOPS, "INTRA", "tcp", 443, 420, 52_000),
    Talk((*DESKTOPS, *WINDOWS_SERVERS), "WSUS", "tcp", 8530, 90, 2_900_000),
    Talk((*DESKTOPS, *WINDOWS_SERVERS), "AV", "tcp", 443, 720, 14_000),
    Talk(("WS", "READ"), "PACS", "tcp", 443, 380, 5_400_000),
    Talk(("PC", "LT"), "ERP", "tcp", 443, 600, 38_000),
    Talk(("PC", "LT"), "CTX", "tcp", 3389, 44, 9_800_000),
    Talk(("WS",), "LIS", "tcp", 443, 260, 26_000),
    # Devices and their gateways.
    Talk(("PUMP",), "PUMPGW", "tcp", 8443, 8600, 900),
    Talk(("PUMP",), "PUMPGW", "udp", 5353, 1400, 180),
    Talk(("MON", "TLM"), "MONGW", "tcp", 24105, 4300, 96_000),
    Talk(("MON", "TLM"), "CS", "udp", 24005, 86_000, 1_400),
    Talk(("CS",), "MONGW", "tcp", 24105, 43_000, 12_000),
    Talk(("VENT", "DIAL"), "MONGW", "tcp", 24106, 1900, 5_200),
    Talk(("NC",), "NURSECALL", "tcp", 1883, 2200, 420),
    Talk(("CAB",), "PHARM", "tcp", 6550, 3100, 2_600),
    Talk((*ANALYSERS, "GLU", "SCALE"), "LIS", "tcp", 1394, 900, 1_900),
    Talk(IMAGING, "MWL", "tcp", 104, 2100, 7_400),
    Talk(IMAGING, "PACS", "tcp", 104, 640, 88_000_000),
    Talk(("READ",), "PACS", "tcp", 104, 900, 92_000_000, 2),
    Talk(("TEL",), "PBX", "udp", 5060, 4400, 1_100, 2),
    Talk(("TEL",), "PBX", "tcp", 6970, 31, 18_000),
    Talk(("TEL",), "DC", "tcp", 389, 40, 3_000),
    Talk(("CAM",), "CCTVREC", "tcp", 554, 62, 9_400_000_000),
    Talk(("DOOR",), "DOORSRV", "tcp", 4070, 1300, 640),
    Talk(("BMS",), "BMSRV", "udp", 47808, 44_000, 190),
    Talk(("TV", "TAB"), "PROXY", "tcp", 3128, 1900, 210_000),
    Talk(("AP",), "SW", "tcp", 22, 4, 6_000),
    # Servers among themselves.
    Talk(("EHRAPP",), "EHRDB", "tcp", 1521, 260_000, 18_000, 0),
    Talk(("EHRDB",), "EHRDB", "tcp", 1522, 90_000, 64_000, 0),
    Talk(("IENG",), "EHRAPP", "tcp", 2575, 120_000, 1_800, 0),
    Talk(("EHRAPP",), "IENG", "tcp", 2575, 110_000, 1_800, 0),
    Talk(("IENG",), "LIS", "tcp", 2575, 64_000, 2_200, 0),
    Talk(("LIS",), "IENG", "tcp", 2575, 58_000, 2_600, 0),
    Talk(("IENG",), "RIS", "tcp", 2575, 22_000, 1_700, 0),
    Talk(("RIS",), "MWL", "tcp", 2575, 18_000, 1_500, 0),
    Talk(("IENG",), "PHARM", "tcp", 2575, 40_000, 1_700, 0),
    Talk(("IENG",), "BBANK", "tcp", 2575, 9_000, 1_700, 0),
    Talk(("IENG",), "PUMPGW", "tcp", 2575, 21_000, 1_500, 0),
    Talk(("MONGW", "PUMPGW"), "IENG", "tcp", 2575, 88_000, 1_900),
    Talk(("BBANK",), "LIS", "tcp", 1433, 12_000, 4_200),
    Talk(("PACS",), "PACS", "tcp", 104, 9_000, 90_000_000, 0),
    Talk(("PACS",), "RIS", "tcp", 443, 9_000, 6_000),
    Talk(
        ("LIS", "RIS", "PHARM", "BBANK", "ERP", "HR", "PDMS", "ANAES", "CARDIO", "ONCO", "DIET", "STER"),
        "SQL",
        "tcp",
        1433,
        42_000,
        9_000,
    ),
    Talk(("BKP",), "ESX", "tcp", 902, 62, 90_000_000_000, 0),
    Talk(("BKP",), "EHRDB", "tcp", 22, 62, 420_000_000_000, 0),
    Talk(("ESX",), "SAN", "tcp", 3260, 310, 800_000_000_000, 0),
    Talk(SERVERS, "BKP", "tcp", 6160, 31, 64_000),
    Talk(SERVERS, "LOG", "tcp", 6514, 300, 3_100_000),
    Talk(("NMS",), "SW", "udp", 161, 8_600, 900, 0),
    Talk(("NMS",), "AP", "udp", 161, 8_600, 700, 0),
    Talk(("NMS",), "PRN", "udp", 161, 720, 500, 0),
    Talk(("NMS",), "ESX", "tcp", 443, 8_600, 4_000, 0),
    Talk(("PRINT",), "PRN", "tcp", 9100, 420, 310_000, 0),
    Talk(("PRINT",), "LBL", "tcp", 9100, 900, 6_000, 0),
    Talk(("JUMP",), "FS", "tcp", 3389, 22, 6_400_000, 0),
    Talk(("JUMP",), "SQL", "tcp", 3389, 18, 6_400_000, 0),
    Talk(("JUMP",), "EHRAPP", "tcp", 22, 44, 240_000, 0),
    Talk(("JUMP",), "PUMPGW", "tcp", 3389, 9, 5_200_000, 0),
    Talk(("JUMP",), "PACS", "tcp", 22, 20, 240_000, 0),
    Talk(("JUMP",), "LIS", "tcp", 3389, 14, 5_200_000, 0),
    Talk(("JUMP",), "ESX", "tcp", 443, 60, 2_100_000, 0),
    # The vulnerability scanner looks at everything but medical devices, once a week.
    *(
        Talk(("SCAN",), stem, "tcp", port, 4, 9_000, 0)
        for stem, port in (
            ("WS", 445),
            ("PC", 445),
            ("WOW", 445),
            ("PRN", 443),
            ("SW", 22),
            ("CAM", 443),
            ("BMS", 80),
            ("TEL", 443),
        )
    ),
)
OUTSIDE = (
    # Sources, addresses outside, protocol, port, connections in a month, octets of each.
    (("PROXY",), tuple(f"203.0.113.{last}" for last in range(10, 70)), "tcp", 443, 9_000, 92_000),
    (("MAIL",), ("203.0.113.80", "203.0.113.81", "203.0.113.82"), "tcp", 25, 5_200, 74_000),
    (("DC",), ("203.0.113.90",), "udp", 53, 60_000, 240),
    (
        ("PUMPGW", "MONGW", "PACS", "LIS", "BMSRV"),
        tuple(address for _, _, address in SUPPLIERS[:3]),
        "tcp",
        443,
        300,
        31_000,
    ),
)
