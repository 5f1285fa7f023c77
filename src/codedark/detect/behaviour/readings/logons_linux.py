"""Logons in Linux logs: sshd and sudo in syslog, USER_LOGIN in the audit log.

Source: OpenSSH `auth.c` (``Accepted METHOD for USER from ADDRESS port N ssh2``, ``Failed METHOD for [invalid user]
USER …``), sudoers(5) "Log format", audit record type 1112. What sshd and auditd say of the same logon is said twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from codedark.detect.behaviour.observation import Logon, LogonKind
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.detect.behaviour.readings.logons_columns import column, text
from codedark.events.record import Origin

_SSH: Final = re.compile(
    r"(Accepted|Failed|Invalid user|Disconnected from authenticating user)\b"
    r"(?: (?P<how>[\w/-]{1,40}) for(?: invalid user)?)? (?P<user>\S{0,256}) (?:from )?(?P<from>[0-9A-Fa-f.:]{2,45})\b"
)
_SUDO: Final = re.compile(r"(?P<by>\S{1,256}) : (?P<refused>[^;]{0,80}; )?TTY=.{0,300}?; USER=(?P<user>\S{1,256}) ;")
_SU: Final = re.compile(r"\(to (?P<user>\S{1,256})\) (?P<by>\S{1,256}) on ")


def fields(origin: Origin) -> tuple[str, ...] | None:
    """The message of sshd, sudo and su; the parts of a login that auditd saw."""
    if origin.service in {"sshd", "sudo", "auth"}:
        return ("message",)
    if origin.service == "auditd" and origin.event == "USER_LOGIN":
        return ("acct", "addr", "hostname", "res", "ses")
    return None


def read(seen: Seen, places: Places) -> Iterator[Logon]:
    """The logons of a group."""
    if seen.origin.service == "auditd":
        return _logins(seen, places)
    return _shells(seen, places) if seen.origin.service == "sshd" else _switches(seen, places)


def _shells(seen: Seen, places: Places) -> Iterator[Logon]:
    for at_us, spelt, row, message in zip(seen.times_us, seen.hosts, seen.rows, column(seen, "message"), strict=True):
        found = _SSH.match(message) if message.__class__ is str else None
        account = places.account(found["user"]) if found else ""
        if found and account:
            succeeded = found[1] == "Accepted"
            if found[1].startswith(("Invalid", "Disconnected")):
                continue  # the refusal is said again as "Failed"
            yield Logon(
                at_us, places.host(spelt), row, account, LogonKind.REMOTE, succeeded, places.host(found["from"]),
                found["from"], reason=(found["how"] or "").partition("/")[0],
            )  # fmt: skip


def _switches(seen: Seen, places: Places) -> Iterator[Logon]:
    """Other credentials on the same host, by sudo or su."""
    shape = _SUDO if seen.origin.service == "sudo" else _SU
    for at_us, spelt, row, message in zip(seen.times_us, seen.hosts, seen.rows, column(seen, "message"), strict=True):
        found = shape.match(message) if message.__class__ is str else None
        account = places.account(found["user"]) if found else ""
        if found and account:
            host = places.host(spelt)
            refused = shape is _SUDO and found["refused"] is not None
            by = places.account(found["by"])
            yield Logon(at_us, host, row, account, LogonKind.EXPLICIT, not refused, host, "", by)


def _logins(seen: Seen, places: Places) -> Iterator[Logon]:
    columns = [column(seen, name) for name in ("acct", "addr", "hostname", "res", "ses")]
    for at_us, spelt, row, acct, addr, hostname, res, session in zip(
        seen.times_us, seen.hosts, seen.rows, *columns, strict=True
    ):
        account = places.account(text(acct))
        if not account:
            continue
        told = text(addr) or text(hostname)
        origin = places.host(told)
        kind = LogonKind.REMOTE if origin else LogonKind.INTERACTIVE
        succeeded = text(res).lower() in {"success", "yes", "1"}
        yield Logon(at_us, places.host(spelt), row, account, kind, succeeded, origin, told, session=text(session))
