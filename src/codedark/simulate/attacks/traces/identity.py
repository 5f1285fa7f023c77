"""Traces of logons, tickets and accounts, as domain controllers, hosts and the VPN see them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.simulate.acts import (
    AccountChanged,
    Act,
    LoggedOff,
    LoggedOn,
    LogonType,
    TicketAsked,
    VpnUsed,
)
from codedark.simulate.attacks.scene import ITSELF, Moment, Peer
from codedark.simulate.attacks.script import ONCE, Count
from codedark.simulate.attacks.traces.kinds import trace
from codedark.simulate.habit import SECOND_US
from codedark.simulate.site import Family, Function

_TYPES = {
    "interactive": LogonType.INTERACTIVE,
    "network": LogonType.NETWORK,
    "batch": LogonType.BATCH,
    "service": LogonType.SERVICE,
    "unlock": LogonType.UNLOCK,
    "remote": LogonType.REMOTE_INTERACTIVE,
}
MANY_ACCOUNTS = Count(30, 120)
NOTHING = Count(0, 0)
_SOME_OCTETS = Count(4_000_000, 90_000_000)
_TICKET_US = 100
"""How long a domain controller needs for a ticket."""
Outcome = Literal["success", "bad_password", "unknown_account", "locked_out", "disabled", "expired"]
Package = Literal["Kerberos", "NTLM", "Negotiate", "password", "publickey"]


def logged_on(
    m: Moment,
    at_us: int,
    kind: LogonType,
    source: str,
    package: Package,
    outcome: Outcome = "success",
    elevated: bool = False,
) -> LoggedOn:
    """A logon of the moment's account to its host; a good one opens the session of the acts that follow."""
    logon_id = m.numbers.logon_id(m.host.id) if outcome == "success" else 0
    if outcome == "success":
        m.scene.sessions[m.host.id, m.account] = logon_id
    return LoggedOn(at_us, m.host.id, m.account, kind, source, logon_id, package, outcome, elevated, m.step)


@trace("logon")
def logon(
    m: Moment,
    source: Peer = ITSELF,
    type: Literal["interactive", "network", "batch", "service", "unlock", "remote"] = "network",  # noqa: A002
    package: Package = "Kerberos",
    outcome: Outcome = "success",
    elevated: bool = False,
    tries: Count = ONCE,
) -> Iterator[Act]:
    """The step's account logs on to its host from `source`, or tries to, `tries` times."""
    for at_us in m.one_by_one(m.chance.randint(*tries), 3):
        logon_us = at_us
        if package == "Kerberos" and (asker := m.site.hosts.get(AssetId(source))):
            yield TicketAsked(at_us, asker.id, m.account, f"{m.host.id}$", step=m.step)
            logon_us += _TICKET_US
        yield logged_on(m, logon_us, _TYPES[type], source, package, outcome, elevated)


@trace("logoff")
def logoff(
    m: Moment,
    type: Literal["interactive", "network", "unlock", "remote"] = "network",  # noqa: A002
) -> Iterator[Act]:
    """The session of the step's account on its host ends."""
    logon_id = m.scene.session(m.host, m.account)
    m.scene.ends.pop((m.host.id, logon_id), None)
    del m.scene.sessions[m.host.id, m.account]
    yield LoggedOff(m.at_us, m.host.id, m.account, _TYPES[type], logon_id, m.step)


@trace("password_spray")
def password_spray(m: Moment, source: Peer, accounts: Count = MANY_ACCOUNTS) -> Iterator[Act]:
    """One password is tried on many accounts against the step's host, until the end of the step."""
    everybody = sorted(person.account for person in m.site.people)
    tried = m.chance.sample(everybody, min(len(everybody), m.chance.randint(*accounts)))
    pause_us = (m.until_us - m.at_us) // (len(tried) + 1)
    for index, account in enumerate(tried):
        at_us = m.at_us + index * pause_us
        yield LoggedOn(at_us, m.host.id, account, LogonType.NETWORK, source, 0, "NTLM", "bad_password", step=m.step)


@trace("kerberoast")
def kerberoast(m: Moment, encryption: Literal["aes256", "aes128", "rc4"] = "rc4") -> Iterator[Act]:
    """A service ticket is asked for every service account, in a weak cipher whose password can be guessed at
    leisure.
    """
    for index, account in enumerate(m.site.service_accounts.values()):
        yield TicketAsked(m.later(index * 0.15), m.host.id, m.account, account, encryption, step=m.step)


@trace("account_change")
def account_change(
    m: Moment,
    target: AccountId,
    change: Literal["created", "enabled", "disabled", "deleted", "password_reset", "unlocked"],
) -> Iterator[Act]:
    """The directory changes the account `target`; it happens on a domain controller whatever the step's host is."""
    controller = m.site.server(Function.DOMAIN_CONTROLLER).id
    yield AccountChanged(m.at_us, controller, m.account, target, change, step=m.step)


@trace("group_add")
def group_add(m: Moment, target: AccountId, group: str) -> Iterator[Act]:
    """The account `target` is added to a group of the directory."""
    controller = m.site.server(Function.DOMAIN_CONTROLLER).id
    yield AccountChanged(m.at_us, controller, m.account, target, "group_added", group, m.step)


@trace("vpn")
def vpn(
    m: Moment,
    public: Peer,
    assigned: Peer,
    event: Literal["connected", "failed", "disconnected"] = "connected",
    second_factor: bool = True,
    tries: Count = ONCE,
    octets: Count = NOTHING,
) -> Iterator[Act]:
    """The VPN lets the step's account in from `public` and gives it the address `assigned`; or refuses it, or lets it
    go.
    """
    key = ("vpn", m.account)
    given = "" if event == "failed" else assigned
    for at_us in m.one_by_one(m.chance.randint(*tries), 9):
        seconds, taken = 0, m.chance.randint(*octets)
        if event == "connected":
            length = max(0, m.last_us - 1 - at_us)
            m.scene.ends[key] = VpnUsed(
                at_us + length, m.account, public, given, "disconnected", second_factor, length // SECOND_US,
                m.chance.randint(*_SOME_OCTETS), m.step,
            )  # fmt: skip
        elif event == "disconnected" and isinstance(ending := m.scene.ends.pop(key, None), VpnUsed):
            seconds = max(0, ending.seconds - (ending.at_us - at_us) // SECOND_US)
        yield VpnUsed(at_us, m.account, public, given, event, second_factor, seconds, taken, m.step)


def machine_package(m: Moment) -> Package:
    """How a logon is proved on the moment's host."""
    return "Negotiate" if m.host.family is Family.WINDOWS else "password"
