"""The Windows System log: start and stop of hosts, and their services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from codedark.simulate.acts import (
    LogCleared,
    ServiceChanged,
    ServiceInstalled,
    Started,
)
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses.escape import json_text
from codedark.simulate.witnesses.log import Writer
from codedark.simulate.witnesses.names import Names
from codedark.simulate.witnesses.windows_event import CLASSIC, Slots, Source, WindowsLog, template
from codedark.simulate.witnesses.windows_identity import Identities

_KEYWORDS = "0x8000000000000000"
_SCM = Source("Service Control Manager", "555908d1-a6d7-4695-8e1e-26931d2012f4", "System", 4, "0x8080000000000000")
_EVENT_LOG = Source("EventLog", "00000000-0000-0000-0000-000000000000", "System", 4, CLASSIC)
_CLEARER = Source("Microsoft-Windows-Eventlog", "fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148", "System", 4, _KEYWORDS)
_USER32 = Source("User32", "b0aa8734-56f7-41cc-b2f4-de228e98b946", "System", 4, "0x8080000000000000")

_SERVICE_STATE: Final = template(
    _SCM, 7036, 0, "The <service> service entered the <state> state.", "param1 <service>\nparam2 <state>"
)
_START_TYPE: Final = template(
    _SCM,
    7040,
    0,
    "The start type of the <service> service was changed from <before> to disabled.",
    "param1 <service>\nparam2 <before>\nparam3 disabled\nparam4 <service>",
)
_SERVICE_MADE: Final = template(
    _SCM,
    7045,
    0,
    "A service was installed in the system.",
    r"""
    ServiceName <service>
    ImagePath <image>
    ServiceType user mode service
    StartType <start>
    AccountName LocalSystem
    UserID <sid>
    """,
)
_LOG_STARTED: Final = template(_EVENT_LOG, 6005, 0, "The Event log service was started.", "")
_LOG_STOPPED: Final = template(_EVENT_LOG, 6006, 0, "The Event log service was stopped.", "")
_SHUT_DOWN: Final = template(
    _USER32,
    1074,
    0,
    "The process has initiated the shutdown of computer <host>.",
    r"""
    param1 C:\\Windows\\system32\\svchost.exe (<host>)
    param2 <host>
    param3 Other (Planned)
    param4 0x80000000
    param5 restart
    param6
    param7 NT AUTHORITY\\SYSTEM
    """,
)
_CLEARED: Final = template(
    _CLEARER,
    104,
    104,
    "The <channel> log file was cleared.",
    r"""
    SubjectUserName <user>
    SubjectDomainName <domain>
    UserData.Channel <channel>
    BackupPath
    """,
)


class SystemLog(WindowsLog):
    """System: 104, 1074, 6005, 6006, 7036, 7040 and 7045."""

    def __init__(self, names: Names, identities: Identities, deleted: Sequence[Deleted]) -> None:
        writers: dict[type, Writer] = {
            Started: self._started,
            ServiceInstalled: self._service_installed,
            ServiceChanged: self._service_changed,
            LogCleared: self._log_cleared,
        }
        super().__init__("windows/system", names, names.with_sensor("system"), deleted, writers)
        self._who = identities

    def _started(self, act: Started) -> list[bytes]:
        out: list[bytes] = []
        if self.sees(act.host):
            if not act.up:
                self.add(out, _SHUT_DOWN, act.host, act.at_us, {"host": json_text(act.host)})
            self.add(out, _LOG_STARTED if act.up else _LOG_STOPPED, act.host, act.at_us, {})
        return out

    def _service_installed(self, act: ServiceInstalled) -> list[bytes]:
        out: list[bytes] = []
        if self.sees(act.host):
            slots: Slots = {"service": json_text(act.name), "image": json_text(act.image), "start": act.start}
            slots["sid"] = self._who.account(act.account).sid
            self.add(out, _SERVICE_MADE, act.host, act.at_us, slots)
        return out

    def _service_changed(self, act: ServiceChanged) -> list[bytes]:
        out: list[bytes] = []
        if self.sees(act.host):
            slots: Slots = {"service": json_text(act.name), "state": act.state, "before": "auto start"}
            event = _START_TYPE if act.state == "disabled" else _SERVICE_STATE
            self.add(out, event, act.host, act.at_us, slots)
        return out

    def _log_cleared(self, act: LogCleared) -> list[bytes]:
        out: list[bytes] = []
        if act.channel != "Security" and self.sees(act.host):
            who = self._who.account(act.account)
            slots: Slots = {"user": who.name, "domain": who.domain, "channel": json_text(act.channel)}
            self.add(out, _CLEARED, act.host, act.at_us, slots)
        return out
