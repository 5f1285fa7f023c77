"""Logons, in every log that tells of them: one module for each family, and this one to choose among them.

Left out on purpose, because nobody stands behind them: logons of machine accounts (``PC-0026$``) and of the system
itself. Zeek's ssh and rdp logs name no account that can be relied on, and are left to those who look at flows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from codedark.detect.behaviour.observation import LoggedOff, Logon
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.detect.behaviour.readings import logons_cloud, logons_linux, logons_vpn, logons_windows, logons_zeek
from codedark.events.record import Origin

Read = Callable[[Seen, Places], Iterator[Logon | LoggedOff]]
Family = tuple[Callable[[Origin], tuple[str, ...] | None], Read]

_FAMILIES: Final[dict[str, Family]] = {
    "windows": (logons_windows.fields, logons_windows.read),
    "linux": (logons_linux.fields, logons_linux.read),
    "cef": (logons_vpn.fields, logons_vpn.read),
    "cisco": (logons_vpn.fields, logons_vpn.read),
    "zeek": (logons_zeek.fields, logons_zeek.read),
    "azure": (logons_cloud.fields, logons_cloud.read),
    "m365": (logons_cloud.fields, logons_cloud.read),
}


class Logons:
    """Reads `Logon`s and `LoggedOff`s, by the product of their origin."""

    def fields(self, origin: Origin) -> tuple[str, ...] | None:
        """As `Reading` has it."""
        family = _FAMILIES.get(origin.product)
        return family[0](origin) if family else None

    def read(self, seen: Seen, places: Places) -> Iterator[Logon | LoggedOff]:
        """As `Reading` has it."""
        return _FAMILIES[seen.origin.product][1](seen, places)
