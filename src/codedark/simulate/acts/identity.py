"""What accounts do and what becomes of them: logons, tickets, changes in the directory, the VPN."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal, NamedTuple

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId


class LogonType(IntEnum):
    """Windows logon types (event 4624)."""

    INTERACTIVE = 2
    NETWORK = 3
    BATCH = 4
    SERVICE = 5
    UNLOCK = 7
    REMOTE_INTERACTIVE = 10


class LoggedOn(NamedTuple):
    """Somebody logged on to a host, or tried. ``source``: the host or address it came from, "" where it is the host
    itself.
    """

    at_us: int
    host: AssetId
    account: AccountId
    logon_type: LogonType
    source: str
    logon_id: int
    package: Literal["Kerberos", "NTLM", "Negotiate", "password", "publickey"] = "Kerberos"
    outcome: Literal["success", "bad_password", "unknown_account", "locked_out", "disabled", "expired"] = "success"
    elevated: bool = False
    step: str = ""


class LoggedOff(NamedTuple):
    """A session ended."""

    at_us: int
    host: AssetId
    account: AccountId
    logon_type: LogonType
    logon_id: int
    step: str = ""


class TicketAsked(NamedTuple):
    """A Kerberos ticket was asked for: ``service`` is ``krbtgt`` for the first, else a service principal's account."""

    at_us: int
    source: AssetId
    account: AccountId
    service: str
    encryption: Literal["aes256", "aes128", "rc4"] = "aes256"
    granted: bool = True
    preauthenticated: bool = True
    step: str = ""


class AccountChanged(NamedTuple):
    """The directory changed an account. ``group`` for memberships; ``host`` is where the change was made, a domain
    controller.
    """

    at_us: int
    host: AssetId
    actor: AccountId
    target: AccountId
    change: Literal[
        "created",
        "enabled",
        "disabled",
        "deleted",
        "password_reset",
        "password_changed",
        "locked_out",
        "unlocked",
        "group_added",
        "group_removed",
    ]
    group: str = ""
    step: str = ""


class VpnUsed(NamedTuple):
    """A VPN session began, failed to begin, or ended. ``public`` and ``assigned`` are IP addresses."""

    at_us: int
    account: AccountId
    public: str
    assigned: str
    event: Literal["connected", "failed", "disconnected"]
    second_factor: bool = True
    seconds: int = 0
    octets: int = 0
    step: str = ""
