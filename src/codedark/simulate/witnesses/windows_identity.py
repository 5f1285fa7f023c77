"""Who an account is to a Windows host: name, domain and SID, as events name them. All values are ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple
from zlib import crc32

from codedark.simulate.site import Site
from codedark.simulate.witnesses.escape import json_text
from codedark.simulate.witnesses.windows_event import Slots

_AUTHORITY: Final = "NT AUTHORITY"


class Identity(NamedTuple):
    r"""``user`` is ``DOMAIN\name``. ``logon_id`` is that of the sessions that always are, 0 for all others."""

    name: str
    domain: str
    sid: str
    user: str
    logon_id: int

    def as_subject(self, logon: int) -> Slots:
        """Slots for who acts, in the session ``logon`` unless the account's session is a fixed one."""
        return {
            "subject_sid": self.sid,
            "subject": self.name,
            "subject_domain": self.domain,
            "subject_logon": self.logon_id or logon,
        }

    def as_target(self) -> Slots:
        """Slots for whom something happens to."""
        return {"target": self.name, "target_domain": self.domain, "target_sid": self.sid}


_BUILT_IN: Final = {
    "SYSTEM": ("S-1-5-18", 0x3E7),
    "LOCAL SERVICE": ("S-1-5-19", 0x3E5),
    "NETWORK SERVICE": ("S-1-5-20", 0x3E4),
    "ANONYMOUS LOGON": ("S-1-5-7", 0),
}
"""Well-known accounts with their SIDs and logon sessions (Microsoft, "Well-known SIDs")."""
NOBODY: Final = Identity("-", "-", "S-1-0-0", "-", 0)

_DOMAIN_ACCOUNTS: Final = {"administrator": 500, "guest": 501, "krbtgt": 502}
_DOMAIN_GROUPS: Final = {
    "domain admins": 512,
    "domain users": 513,
    "domain guests": 514,
    "domain computers": 515,
    "domain controllers": 516,
    "cert publishers": 517,
    "schema admins": 518,
    "enterprise admins": 519,
    "group policy creator owners": 520,
    "protected users": 525,
    "key admins": 526,
}
_LOCAL_GROUPS: Final = {
    "administrators": 544,
    "users": 545,
    "guests": 546,
    "power users": 547,
    "account operators": 548,
    "server operators": 549,
    "print operators": 550,
    "backup operators": 551,
    "remote desktop users": 555,
    "remote management users": 580,
}
_FIRST_OWN_RID: Final = 200_000
"""Relative ids of accounts and groups that the inventory does not know lie above those that it does."""


class Identities:
    """Looks up accounts. ``realm`` is the Kerberos realm, ``domain`` the NetBIOS name, both ready for JSON."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._sids: Mapping[str, str] = dict(site.sids.items())
        self.domain = json_text(site.domain)
        self.realm = json_text(site.dns_domain.upper())
        known = next((sid for sid in site.sids.values() if sid.startswith("S-1-5-21-")), "S-1-5-21-1-2-3-1000")
        self._domain_sid = known.rpartition("-")[0]
        self._machines = {host.id.lower(): host.sid for host in site.hosts.values() if host.sid}
        self.account = lru_cache(maxsize=1 << 16)(self._account)
        self.subject = lru_cache(maxsize=1 << 16)(self._subject)
        self.group = lru_cache(maxsize=1 << 10)(self._group)

    def sid(self, account: str) -> str:
        """The SID of a domain account or machine account, also of one made after the beginning."""
        is_machine = account.endswith("$")
        known = self._machines.get(account[:-1].lower()) if is_machine else self._sids.get(account)
        rid = _DOMAIN_ACCOUNTS.get(account.lower())
        return known or (f"{self._domain_sid}-{rid}" if rid else self._own_sid(account))

    def _account(self, account: str) -> Identity:
        r"""An account as it is: ``name``, ``MACHINE$``, ``DOMAIN\name``, or a built-in one such as ``SYSTEM``."""
        given, _, name = account.rpartition("\\")
        if not name:
            return NOBODY
        built_in = _BUILT_IN.get(name.upper())
        if built_in:
            return _identity(name.upper(), _AUTHORITY, *built_in)
        return _identity(name, given or self._site.domain, self._own_sid(account) if given else self.sid(name), 0)

    def _subject(self, account: str, host: str) -> Identity:
        """The account as the subject of a Security event: what the system does is under the machine's name."""
        found = self._account(account)
        if not found.logon_id:
            return found
        return _identity(f"{host}$", self._site.domain, found.sid, found.logon_id)

    def _group(self, group: str) -> tuple[str, str, str, bool]:
        """A group's name, domain and SID, and whether it is a group of the domain (4728) or a built-in one (4732)."""
        if rid := _LOCAL_GROUPS.get(group.lower()):
            return json_text(group), "Builtin", f"S-1-5-32-{rid}", False
        rid = _DOMAIN_GROUPS.get(group.lower())
        sid = f"{self._domain_sid}-{rid}" if rid else self._own_sid(f"group {group}")
        return json_text(group), self.domain, sid, True

    def _own_sid(self, name: str) -> str:
        return f"{self._domain_sid}-{_FIRST_OWN_RID + crc32(name.lower().encode()) % 800_000}"


def _identity(name: str, domain: str, sid: str, logon_id: int) -> Identity:
    return Identity(json_text(name), json_text(domain), sid, json_text(f"{domain}\\{name}"), logon_id)
