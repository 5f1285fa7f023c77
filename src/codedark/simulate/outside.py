"""The internet as the hospital sees it: every name outside has one address, in the ranges kept for documentation."""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from zlib import crc32

NETWORKS: Final = ("192.0.2", "198.51.100", "203.0.113")
"""The first three numbers of the /24 networks kept for documentation (RFC 5737)."""


@lru_cache(maxsize=1 << 14)
def outside_address(name: str) -> str:
    """The address that a name on the internet has, as long as nobody asked a name server."""
    number = crc32(name.encode())
    return f"{NETWORKS[number % 3]}.{number // 3 % 254 + 1}"
