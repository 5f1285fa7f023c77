"""What the habits need to know of each Windows computer, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId, AssetKind
from codedark.simulate.site import Family, Function, Host, Site

SYSTEM = AccountId("SYSTEM")
LOCAL_SERVICE = AccountId("LOCAL SERVICE")
NETWORK_SERVICE = AccountId("NETWORK SERVICE")
WELL_KNOWN_LOGONS = {SYSTEM: 0x3E7, LOCAL_SERVICE: 0x3E5, NETWORK_SERVICE: 0x3E4}
"""Logon ids that are the same on every Windows computer."""

PERSONAL = (AssetKind.WORKSTATION, AssetKind.MOBILE_WORKSTATION, AssetKind.LAPTOP)
"""Kinds of computer that people sit at."""


def computer_account(host: AssetId) -> AccountId:
    """The account that a computer has in the directory."""
    return AccountId(f"{host}$")


@dataclass(frozen=True, slots=True)
class Machine:
    """A Windows computer: its account, the domain controller it asks, and the process ids given at its last start.

    ``watched``: some log of it tells of programs that start. On others none are made, because nobody would ever know.
    """

    id: AssetId
    host: Host
    account: AccountId
    controller: AssetId
    personal: bool
    watched: bool
    in_domain: bool
    services_id: int
    winlogon_id: int
    dcom_id: int
    netsvcs_id: int


def machine_of(site: Site, host: Host) -> Machine:
    """The machine of a Windows host."""
    controllers = site.by_function[Function.DOMAIN_CONTROLLER]
    number = crc32(host.id.encode())
    first = 560 + 4 * (number % 60)
    return Machine(
        id=host.id,
        host=host,
        account=computer_account(host.id),
        controller=controllers[number % len(controllers)],
        personal=host.kind in PERSONAL,
        watched=bool(host.logs & {"security", "sysmon"}),
        in_domain=bool(host.sid),
        services_id=first,
        winlogon_id=first + 12,
        dcom_id=first + 148,
        netsvcs_id=first + 420,
    )


def machines(site: Site) -> Mapping[AssetId, Machine]:
    """All Windows computers of the site, in the order of its inventory."""
    return {host.id: machine_of(site, host) for host in site.hosts.values() if host.family is Family.WINDOWS}
