"""Who an account is and where it comes from, as coarse as a habit needs it."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network

from codedark.detect.behaviour.observation import Logon, LogonKind
from codedark.detect.behaviour.places import Places
from codedark.hospital.account import Account, AccountKind


def is_movement(seen: Logon) -> bool:
    """Whether a logon leads onto a host. A VPN session does not yet, and who asks a domain controller for a ticket
    (of nothing yet, or for an account's service: ``reason``) has not reached the controller.
    """
    asked = seen.kind is LogonKind.TICKET and seen.reason != ""
    return seen.succeeded and seen.host != "" and seen.kind is not LogonKind.VPN and not asked


def kind_of(places: Places, account: str) -> AccountKind | None:
    """What the model says that an account is; None where it does not know it."""
    known = places.account_of(account)
    return known.kind if known else None


def is_powerful(account: Account | None) -> bool:
    """Whether somebody gains much by having this account: administrators, and whatever else is privileged."""
    return account is not None and (account.privileged or account.kind is AccountKind.ADMINISTRATOR)


def is_guarded(account: Account | None) -> bool:
    """Whether an account is not meant to be anybody's at all times: privileged ones and those of services."""
    return account is not None and (is_powerful(account) or account.kind is AccountKind.SERVICE)


def same_person(places: Places, one: str, other: str) -> bool:
    """Whether two accounts are one person's: an administrator's everyday account and the other one."""
    first, second = places.account_of(one), places.account_of(other)
    return bool(first and second and first.person and first.person == second.person)


def may_reach(places: Places, account: str, host: str) -> bool | None:
    """Whether the model lets an account log on to a host; None where it does not say, or does not know the host."""
    known, asset = places.account_of(account), places.asset(host)
    if known is None or asset is None or not known.may_log_on_to:
        return None
    names = {str(asset.id).lower(), f"zone:{asset.zone}".lower(), f"kind:{asset.kind}".lower()}
    return any(each.lower() in names for each in known.may_log_on_to)


def place_of(places: Places, host: str) -> str:
    """Where a logon came from: the machine; for addresses that are lent out, their zone, or else their network."""
    if not host or not (host[0].isdigit() or ":" in host):
        return host
    if not places.inside(host):
        return "outside"
    zone = places.zone(host)
    return f"zone {zone}" if zone is not None else network_of(host)


@lru_cache(maxsize=65_536)
def network_of(address: str) -> str:
    """The network of an address, as a provider hands them out: /24, or /48 of IPv6 (RFC 6177)."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))
