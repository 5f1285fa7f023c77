"""File shares in the Security log of the server: connections to a share, and the files used on it."""

from __future__ import annotations

from typing import Final

from codedark.simulate.acts import ShareTouched
from codedark.simulate.habit import MINUTE_US
from codedark.simulate.witnesses import windows_security_events as events
from codedark.simulate.witnesses.escape import json_text
from codedark.simulate.witnesses.windows_event import WindowsLog, ephemeral_port
from codedark.simulate.witnesses.windows_logons import Logons


def _rights(mask: str, *rights: int) -> tuple[str, str]:
    """An access mask, and its rights as Windows lists them (``%%4416`` is ReadData), ready for JSON."""
    return mask, "".join(rf"%%{right}\n\t\t\t\t" for right in rights)


_ACCESSES: Final = {
    "read": _rights("0x120089", 1538, 1541, 4416, 4419, 4423),
    "write": _rights("0x12019f", 1538, 1541, 4416, 4417, 4418, 4424),
    "rename": _rights("0x110080", 1537, 1541, 4423),
    "delete": _rights("0x110080", 1537, 1541, 4423),
    "renamed": _rights("0x80", 4423),
}
"""What a client asks for, by `ShareTouched.operation`; ``renamed`` is for the new name."""
_OBJECT_ACCESSES: Final = {
    "write": _rights("0x2", 4417),
    "rename": _rights("0x10000", 1537),
    "delete": _rights("0x10000", 1537),
}
_SHARE_ROOTS: Final = {
    "sysvol": r"C:\\Windows\\SYSVOL\\sysvol",
    "netlogon": r"C:\\Windows\\SYSVOL\\sysvol\\scripts",
    "admin$": r"C:\\Windows",
    "c$": r"C:\\",
    "ipc$": "",
}
_SHARE_SESSION_US: Final = 15 * MINUTE_US
"""A share is connected to anew after so long without use (autodisconnect of Windows servers)."""


class Shares:
    """Writes 5140, 5145 and 4663 into ``log``. A share is connected to at its first use, and again after a pause."""

    def __init__(self, log: WindowsLog, logons: Logons) -> None:
        self._log = log
        self._logons = logons
        self._used: dict[tuple[str, str, str, str], int] = {}

    def share_touched(self, act: ShareTouched) -> list[bytes]:
        """The records of a file that was used."""
        out: list[bytes] = []
        if not self._log.sees(act.server):
            return out
        slots = self._logons.subject(act.account, act.server)
        share = json_text(act.share)
        slots |= {"share": share, "address": json_text(self._log.names.address(act.source))}
        slots |= {"port": ephemeral_port(act.at_us // _SHARE_SESSION_US), "root": _root(act.share)}
        used = self._used.get((act.server, act.share, act.account, act.source), -_SHARE_SESSION_US)
        self._used[act.server, act.share, act.account, act.source] = act.at_us
        if act.at_us - used >= _SHARE_SESSION_US:
            self._log.add(out, events.SHARE_ACCESSED, act.server, act.at_us, slots)
        slots["path"] = json_text(act.path)
        slots["mask"], slots["accesses"] = _ACCESSES[act.operation]
        self._log.add(out, events.SHARE_FILE_CHECKED, act.server, act.at_us, slots)
        if act.operation in _OBJECT_ACCESSES:
            slots["mask"], slots["accesses"] = _OBJECT_ACCESSES[act.operation]
            self._log.add(out, events.OBJECT_ACCESSED, act.server, act.at_us, slots)
        if act.operation == "rename":
            slots["path"] = json_text(act.new_path)
            slots["mask"], slots["accesses"] = _ACCESSES["renamed"]
            self._log.add(out, events.SHARE_FILE_CHECKED, act.server, act.at_us, slots)
        return out


def _root(share: str) -> str:
    """Where a share lies on its server's disk, ready for JSON."""
    return _SHARE_ROOTS.get(share.lower(), r"D:\\Shares\\" + json_text(share))
