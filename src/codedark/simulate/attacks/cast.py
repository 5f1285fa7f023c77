"""What a member of the cast of a script can be, and what may be wished for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from codedark.hospital.asset import AssetKind
from codedark.hospital.zone import Purpose
from codedark.simulate.attacks.script import Member
from codedark.simulate.site import Family, Function, Role


class Form(StrEnum):
    """How a wish is written when it is neither a choice nor a name."""

    TEXT = "text"
    FLAG = "flag"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Choice:
    """One or several of these words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Another:
    """One or several members of the cast that stand above and are of one of these kinds."""

    kinds: tuple[str, ...]


Wish = Form | Choice | Another

PATIENTS = {"inpatient": "inpatients", "celebrity": "celebrities", "anybody": "all"}
"""What a patient of the cast may be, and the pool that it is chosen from."""
VPN_ZONES = {"vendor_vpn": Purpose.VENDOR, "staff_vpn": Purpose.OFFICE}
_PEOPLE = Another(("person", "vendor"))


def _words(enumeration: type[StrEnum]) -> Choice:
    return Choice(tuple(member.value for member in enumeration))


_HOST: Mapping[str, Wish] = {
    "function": _words(Function),
    "kind": _words(AssetKind),
    "of": Another(("person", "vendor", "hosts")),
    "family": _words(Family),
    "purpose": _words(Purpose),
    "zone": Form.TEXT,
    "zone_of": Another(("host",)),
    "specialty": Form.TEXT,
    "not": Another(("host", "hosts")),
    "watched": Form.FLAG,
}
CAST_KINDS: Mapping[str, Mapping[str, Wish]] = {
    "person": {
        "role": _words(Role),
        "on_duty": Form.FLAG,
        "specialty": Form.TEXT,
        "not": _PEOPLE,
        "watched": Form.FLAG,
    },
    "vendor": {"not": _PEOPLE},
    "account": {"service": Form.TEXT, "of": _PEOPLE, "admin_of": _PEOPLE},
    "host": _HOST,
    "hosts": {**_HOST, "number": Form.COUNT},
    "address": {"in": Choice(("internet", *VPN_ZONES)), "of": Another(("domain",))},
    "domain": {"words": Form.TEXT},
    "choice": {"of": Form.TEXT},
    "patient": {"of": Choice(tuple(PATIENTS))},
}
"""Every kind with its wishes. Kinds with ``NEEDED`` wishes cannot do without one of them."""
NEEDED: Mapping[str, tuple[str, ...]] = {
    "account": ("service", "of", "admin_of"),
    "host": ("function", "kind", "of", "zone", "zone_of"),
    "hosts": ("function", "kind", "of", "zone", "zone_of"),
    "address": ("in", "of"),
    "domain": ("words",),
    "choice": ("of",),
    "patient": ("of",),
}


def hosts_of(cast: Mapping[str, Member]) -> list[str]:
    """The names that stand for one host."""
    return _of_kinds(cast, "host")


def groups_of(cast: Mapping[str, Member]) -> list[str]:
    """The names that stand for a group of hosts."""
    return _of_kinds(cast, "hosts")


def accounts_of(cast: Mapping[str, Member]) -> list[str]:
    """The names that stand for an account, or for a person with one."""
    return _of_kinds(cast, "account", "person", "vendor")


def peers_of(cast: Mapping[str, Member]) -> list[str]:
    """The names that can be the end of a connection."""
    return _of_kinds(cast, "host", "address")


def _of_kinds(cast: Mapping[str, Member], *kinds: str) -> list[str]:
    return [name for name, member in cast.items() if member.kind in kinds]
