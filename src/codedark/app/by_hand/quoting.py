"""Names of the hospital in command lines: quoted so that they are nothing but a name, or refused.

Somebody copies the line at three in the morning, and an attacker may have chosen the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

_LONGEST: Final = 256
_QUOTES: Final = re.compile("['\u2018\u2019\u201a\u201b]")
"""What PowerShell takes for a single quote (Microsoft Learn, about_Quoting_Rules; the curly ones count too)."""
_MAC: Final = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", re.ASCII)


class UnquotableError(ValueError):
    """A name that cannot stand safely in a command line; the name is its text."""


def powershell(name: str) -> str:
    """A name as a PowerShell string in single quotes, in which nothing is expanded (about_Quoting_Rules).

    Raises `UnquotableError` for control characters, line ends, what hides or reorders text, and blanks that only look
    like one (`str.isprintable`): somebody may have to type it from paper.
    """
    if not (name.strip() and len(name) <= _LONGEST and name.isprintable()):
        raise UnquotableError(name)
    return "'" + _QUOTES.sub(lambda quote: quote[0] * 2, name) + "'"


def addresses(given: Iterable[str]) -> tuple[list[str], list[str]]:
    """IPv4 and IPv6 addresses in canonical text. Raises `UnquotableError` for what is none."""
    found: tuple[list[str], list[str]] = ([], [])
    for each in given:
        try:
            address = ip_address(each)
        except ValueError as error:
            raise UnquotableError(each) from error
        found[address.version == 6].append(str(address).partition("%")[0])
    return found


def cisco_mac(mac: str) -> str:
    """``02:05:13:00:00:00`` as Cisco writes it, ``0205.1300.0000``; "" where it is not known or is none."""
    if not _MAC.fullmatch(mac):
        return ""
    digits = mac.replace(":", "")
    return ".".join(digits[at : at + 4] for at in (0, 4, 8))
