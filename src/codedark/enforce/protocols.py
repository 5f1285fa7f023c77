"""The ports of protocols that attackers cross a hospital with, by name (IANA's registry of service names and ports)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

PORTS: Final[Mapping[str, tuple[tuple[str, int], ...]]] = {
    "smb": (("tcp", 139), ("tcp", 445), ("udp", 137), ("udp", 138)),
    "rdp": (("tcp", 3389), ("udp", 3389)),
    "winrm": (("tcp", 5985), ("tcp", 5986)),
    "rpc": (("tcp", 135), ("udp", 135)),
    "ssh": (("tcp", 22),),
    "telnet": (("tcp", 23),),
    "ftp": (("tcp", 21),),
    "vnc": (("tcp", 5900),),
    "http": (("tcp", 80),),
    "https": (("tcp", 443), ("udp", 443)),
    "dicom": (("tcp", 104), ("tcp", 11112)),
    "mllp": (("tcp", 2575),),
}
"""Single ports only. The ports that RPC hands out afterwards are not among those of ``rpc``."""
_PORT: Final = re.compile(r"(tcp|udp)/(\d{1,5})")
_PORTS: Final = re.compile(r"(tcp|udp)/(\d{1,5})(?:-(\d{1,5}))?")


def ports_of(protocol: str) -> tuple[tuple[str, int], ...]:
    """The ports of ``smb`` or of ``tcp/445``. Raises `ValueError` where that is neither."""
    name = protocol.strip().lower()
    if name in PORTS:
        return PORTS[name]
    written = _PORT.fullmatch(name)
    if written is None or not 0 < int(written[2]) < 65_536:
        raise ValueError(
            f"{protocol}: no protocol with known ports: write tcp/NUMBER, udp/NUMBER, or {', '.join(PORTS)}"
        )
    return ((written[1], int(written[2])),)


def port_ranges_of(protocol: str) -> tuple[tuple[str, str], ...]:
    """The same for devices that know ranges: ``tcp/49152-65535`` too, ports as text. Raises `ValueError`."""
    written = _PORTS.fullmatch(protocol.strip().lower())
    if written is None or written[3] is None:
        return tuple((name, str(port)) for name, port in ports_of(protocol))
    first, last = int(written[2]), int(written[3])
    if not 0 < first < last < 65_536:
        raise ValueError(f"{protocol}: is no range of ports: write the first, -, and the last, from 1 to 65535")
    return ((written[1], f"{first}-{last}"),)
