"""Who is on which port: sessions, as the accounting log of the hospital's RADIUS server tells them (RFC 2866).

Two forms are read. The ``detail`` file of FreeRADIUS: a date, then indented lines ``Name = value``, then an empty line.
And a table with commas whose first line has the names of RADIUS attributes; whoever has another server writes that.
Needed are ``Acct-Session-Id``, ``NAS-IP-Address`` and ``Calling-Station-Id``, and either ``Framed-IP-Address`` or the
MAC addresses of the hospital's inventory.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from codedark.enforce.contract import DeviceFailed

AUTHORISATIONS: Final = ("Filter-Id", "Tunnel-Private-Group-Id", "Aruba-User-Role", "Cisco-AVPair")
"""What tells of a session what it may do: a filter, a VLAN (RFC 3580 3.31), a role."""
_WANTED: Final = (
    *("Acct-Session-Id", "Acct-Status-Type", "Calling-Station-Id", "Framed-IP-Address", "Framed-IPv6-Address"),
    *("NAS-IP-Address", "NAS-IPv6-Address", "Timestamp", *AUTHORISATIONS),
)
_PAIR: Final = re.compile(rf"^[ \t]+({'|'.join(_WANTED)})(?::\d+)? = (.*?)[ \t\r]*$", re.MULTILINE)
"""A line of a detail file; a tag may stand behind the name."""
_NAS_RESTARTED: Final = {"Accounting-On", "Accounting-Off"}
_MOST_BYTES: Final = 64 * 2**20
"""Of a log that was never read, its end: sessions that have told nothing for longer than that are not known."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session. ``nas`` is the switch's or access point's address, ``station`` what it calls the machine, as it
    writes it; ``authorised`` as `authorisation` has it, "" where the log does not say.

    ``authorised_seconds`` since 1970 is when it said so. ``again`` counts how often it began again after its end: some
    switches give a machine that comes back its old session.
    """

    nas: str
    id: str
    station: str
    address: str = ""
    authorised: str = ""
    authorised_seconds: int = 0
    is_over: bool = False
    again: int = 0

    @property
    def machine(self) -> str:
        """Which machine it is of."""
        return machine_of(self.nas, self.id, self.station)


class Sessions:
    """The sessions that the log at ``path`` tells of. ``macs`` are the inventory's, by IP address.

    The log may grow, and be replaced by an empty one at night. ``rejected`` counts records that make no sense.
    """

    def __init__(self, path: Path, macs: Mapping[str, str] | None = None) -> None:
        self.path: Final = path
        self.rejected = 0
        self._macs = {address: mac_of(mac) for address, mac in (macs or {}).items()}
        self._known: dict[tuple[str, str], Session] = {}
        self._by_address: dict[str, str] = {}
        self._by_machine: dict[str, tuple[str, str]] = {}
        self._file_id, self._at, self._rest = 0, 0, ""
        self._names: list[str] = []

    def refresh(self) -> None:
        """Read what was written since. Raises `DeviceFailed`."""
        try:
            with self.path.open("rb") as file:
                self._take_up(os.fstat(file.fileno()))
                file.seek(self._at)
                fresh = file.read()
        except OSError as error:
            raise DeviceFailed(
                f"{self.path}: the log of RADIUS sessions cannot be read ({error.strerror}); who is on which port is"
                " not known without it"
            ) from error
        self._at += len(fresh)
        text = self._rest + fresh.decode("utf-8", "replace")
        whole, self._rest = _whole_records(text)
        for record in self._records(whole):
            self._take(record)

    def of(self, address: str) -> Session | None:
        """The last session that an address is known in, which may be over: the newest one of the machine that had it
        last, because a new session begins before anybody knows its address. None where that has another address by now.
        """
        newest = self.newest(self._by_address.get(address) or mac_of(self._macs.get(address, "")))
        return None if newest is None or newest.address not in {"", address} else newest

    def now(self, nas: str, session_id: str) -> Session | None:
        """What is known of a session."""
        return self._known.get((nas, session_id))

    def newest(self, machine: str) -> Session | None:
        """The session of a machine of which the log spoke last."""
        return self._known.get(self._by_machine.get(machine, ("", "")))

    def close(self, nas: str, session_id: str) -> None:
        """A switch says that it has no such session: its end was not logged."""
        if session := self.now(nas, session_id):
            self._known[nas, session_id] = replace(session, is_over=True)

    def _take_up(self, status: os.stat_result) -> None:
        """Begin at the end of what was read, or anew where it is another file."""
        if status.st_ino == self._file_id and status.st_size >= self._at:
            return
        self._at = max(0, status.st_size - _MOST_BYTES) if not self._file_id else 0
        self._file_id, self._rest, self._names = status.st_ino, "", []

    def _records(self, whole: str) -> Iterator[Mapping[str, str]]:
        if not self._names and not _is_table(whole):
            yield from _details(whole)
            return
        for line in whole.splitlines():
            try:
                row = next(csv.reader([line]), [])
            except csv.Error:
                row = ["unreadable"]
            if not self._names:
                self._names = [name.strip() for name in row]
            elif row:
                yield dict(zip(self._names, row, strict=False))

    def _take(self, record: Mapping[str, str]) -> None:
        nas = record.get("NAS-IP-Address") or record.get("NAS-IPv6-Address", "")
        status = record.get("Acct-Status-Type", "")
        if nas and status in _NAS_RESTARTED:
            for key, each in self._known.items():
                self._known[key] = replace(each, is_over=True) if each.nas == nas else each
            return
        name, station = record.get("Acct-Session-Id", ""), record.get("Calling-Station-Id", "")
        address = record.get("Framed-IP-Address") or record.get("Framed-IPv6-Address", "")
        try:
            told_seconds = int(record.get("Timestamp") or 0)
            nas, address = _address(nas), address and _address(address)
        except ValueError:
            name = ""
        if not name or not station:
            self.rejected += 1
            return
        before = self._known.get((nas, name)) or Session(nas, name, station)
        is_again = before.is_over and status == "Start"
        kept = ("", 0) if is_again else (before.authorised, before.authorised_seconds)
        may = authorisation(record)
        authorised, at_seconds = (may, told_seconds) if may else kept
        address = address or before.address
        again = before.again + is_again
        now = Session(nas, name, station, address, authorised, at_seconds, is_over=status == "Stop", again=again)
        self._follow(now)

    def _follow(self, now: Session) -> None:
        """Of a machine's sessions that are over only the last is kept, as long as there is no other."""
        key = (now.nas, now.id)
        self._known[key] = now
        newest = self.newest(now.machine)
        if newest is not None and (newest.nas, newest.id) != key:
            if now.is_over and not newest.is_over:  # it went on elsewhere before its end was told
                del self._known[key]
                return
            if newest.is_over:
                del self._known[newest.nas, newest.id]
        self._by_machine[now.machine] = key
        if now.address:
            self._by_address[now.address] = now.machine


def authorisation(record: Mapping[str, str]) -> str:
    """What a session may do, as text: ``Filter-Id=staff; Tunnel-Private-Group-Id=120``; "" where nothing says so, or it
    could not be said again from this text.
    """
    found = [(name, record[name]) for name in AUTHORISATIONS if record.get(name)]
    return "" if any(";" in value for _, value in found) else "; ".join(f"{name}={value}" for name, value in found)


def machine_of(nas: str, session_id: str, station: str) -> str:
    """Which machine a session is of: its MAC address; where a switch calls it otherwise, the session stands alone."""
    return mac_of(station) or f"{nas} {session_id}"


@cache
def mac_of(station: str) -> str:
    """A MAC address in lower case with colons (RFC 3580 3.21 has it in capitals with hyphens, and a network behind it);
    "" for what is none, as the IP address of somebody who dials in.
    """
    digits = station.replace("-", "").replace(":", "").replace(".", "").lower()[:12]
    if len(digits) < 12 or set(digits) - set("0123456789abcdef"):
        return ""
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def _is_table(text: str) -> bool:
    return "," in text.partition("\n")[0] and "Acct-Session-Id" in text.partition("\n")[0]


def _whole_records(text: str) -> tuple[str, str]:
    """What is complete, and the rest: a table by lines, everything else by empty lines."""
    is_detail = text.startswith(("\t", " ")) or "\n\t" in text
    end = text.rfind("\n\n") + 2 if is_detail else text.rfind("\n") + 1
    return (text[:end], text[end:]) if end > 1 else ("", text)


def _details(text: str) -> Iterator[Mapping[str, str]]:
    for block in text.split("\n\n"):
        if found := dict(_PAIR.findall(block)):
            yield {name: _unquoted(value) for name, value in found.items()}
        elif block.strip():
            yield {}


def _unquoted(value: str) -> str:
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        value = value[1:-1]
        return value.replace('\\"', '"').replace("\\\\", "\\") if "\\" in value else value
    return value


@cache
def _address(written: str) -> str:
    return str(ip_address(written))
