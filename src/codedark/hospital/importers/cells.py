"""What a cell or attribute of another system's export means: names, addresses, hardware addresses, plain text.

People write "n/a", "DHCP" or "-" where they know nothing: these say nothing. Anything else that does not mean what its
place holds is an `Unread`, so that its record is named and nothing of it is half imported.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from codedark.hospital.importers.gathering import Unread
from codedark.hospital.load import columns
from codedark.hospital.load.columns import Wrong

LONGEST_TEXT: Final = 300
LONGEST_NAME: Final = 120
_UNSAID: Final = frozenset(
    {
        "", "-", "--", "?", ".", "n/a", "na", "n.a.", "none", "null", "nil", "unknown", "tbd", "dhcp", "dynamic",
        "(none)", "onbekend", "geen", "nvt", "n.v.t.", "dynamisch", "inconnu", "inconnue", "aucun", "aucune",
        "dynamique", "s.o.", "unbekannt", "keine", "keiner", "k.a.", "entf.",
    }
)  # fmt: skip
_BETWEEN_ADDRESSES: Final = re.compile(r"[\s,;|]+")
_LEGAL_PREFIX: Final = re.compile(r"/\d{1,3}$|%[^\s/]*$")
_HEX: Final = re.compile(r"[0-9A-Fa-f]")
_NO_MACHINE: Final = frozenset({"", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"})
_LIST: Final = re.compile(r"[;,|\n]+")
_SHOWN: Final = 60


def plain(text: str) -> str:
    """``text`` on one line, at most `LONGEST_TEXT` characters of it; "" for the ways in which people say nothing."""
    if not text.isprintable() or "  " in text:
        text = "".join(each if each.isprintable() else " " for each in text)
    text = " ".join(text.split())[:LONGEST_TEXT]
    return "" if text.casefold() in _UNSAID else text


def name(text: str, what: str = "name") -> str:
    """The name of a thing, as the model takes them. Raises `Unread`."""
    found = plain(text)
    if found and (len(found) > LONGEST_NAME or isinstance(columns.name(found), Wrong)):
        raise Unread(
            f"{what} `{found[:_SHOWN]}` is no name", "names are short and hold no `;`: correct it at its source"
        )
    return found


def host_name(text: str) -> str:
    """As `name`; an address is not a name, and a dot at the end of a DNS name is left out."""
    found = name(text).rstrip(".").strip()
    if _as_address(found) is not None or found.casefold() == "localhost":
        return ""
    return found


def addresses(text: str) -> tuple[str, ...]:
    """The IP addresses in a cell, canonical, each once, without prefix lengths and zones. Raises `Unread`.

    Addresses that name no machine to others (loopback, link-local, multicast, 0.0.0.0) are left out.
    """
    found: dict[str, None] = {}
    for word in _BETWEEN_ADDRESSES.split(text.strip()):
        if word.casefold() in _UNSAID:
            continue
        parsed = _as_address(_LEGAL_PREFIX.sub("", word.strip("[]")))
        if parsed is None:
            raise Unread(f"`{word[:_SHOWN]}` is no IP address", "write it as 10.20.5.10 or 2001:db8::10")
        if not (parsed.is_loopback or parsed.is_link_local or parsed.is_multicast or parsed.is_unspecified):
            found[str(parsed)] = None
    return tuple(found)


def mac(text: str) -> str:
    """The first hardware address in a cell, lower case with colons; "" for none. Raises `Unread`."""
    word = plain(text)
    if not word:
        return ""
    first = word if len(_HEX.findall(word)) <= 12 else re.split(r"[\s,;|]+", word)[0]
    found = columns.mac(first.replace(" ", ""))
    if isinstance(found, Wrong):
        raise Unread(f"`{first[:_SHOWN]}` is no MAC address", "write it as 00:00:5e:00:53:10")
    return "" if found in _NO_MACHINE else found


def cidr(text: str) -> str:
    """An address range in canonical text. Raises `Unread`."""
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError as error:
        raise Unread(f"`{text[:_SHOWN]}` is no address range", "write it as 10.20.4.0/24") from error


def words(text: str) -> tuple[str, ...]:
    """The parts of a list, each once."""
    return tuple(dict.fromkeys(filter(None, map(plain, _LIST.split(text)))))


def _as_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
