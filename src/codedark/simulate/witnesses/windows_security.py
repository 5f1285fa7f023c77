"""The Windows Security log: of hosts that forward it, and of domain controllers always."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from codedark.simulate.acts import (
    AccountChanged,
    LogCleared,
    ProcessStarted,
    ServiceInstalled,
    ShareTouched,
    Started,
    TaskRegistered,
)
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses import windows_security_events as events
from codedark.simulate.witnesses.escape import json_text
from codedark.simulate.witnesses.log import Writer
from codedark.simulate.witnesses.names import Names
from codedark.simulate.witnesses.task_xml import task_xml
from codedark.simulate.witnesses.windows_event import WindowsLog
from codedark.simulate.witnesses.windows_identity import Identities
from codedark.simulate.witnesses.windows_logons import Logons
from codedark.simulate.witnesses.windows_shares import Shares

NAME: Final = "windows/security"

_LABELS: Final = {"Low": 4096, "Medium": 8192, "High": 12288, "System": 16384}
_ELEVATIONS: Final = {"Low": "%%1938", "Medium": "%%1938", "High": "%%1937", "System": "%%1936"}


class SecurityLog(WindowsLog):
    """The channel as a whole; logons and shares are written by their own modules."""

    def __init__(self, names: Names, identities: Identities, deleted: Sequence[Deleted]) -> None:
        super().__init__(NAME, names, [*names.with_sensor("security"), *names.controllers], deleted)
        self._who = identities
        self._base = json_text(",".join(f"DC={part}" for part in names.site.dns_domain.split(".")))
        logons = Logons(self, identities)
        self._subject = logons.subject
        writers: dict[type, Writer] = {
            Started: self._started,
            ProcessStarted: self._process_started,
            ServiceInstalled: self._service_installed,
            TaskRegistered: self._task_registered,
            AccountChanged: self._account_changed,
            LogCleared: self._log_cleared,
            ShareTouched: Shares(self, logons).share_touched,
        }
        self.write_with(writers | dict(logons.writers))

    def _started(self, act: Started) -> list[bytes]:
        out: list[bytes] = []
        if self.sees(act.host):
            self.add(out, events.STARTING if act.up else events.LOGGING_STOPPED, act.host, act.at_us, {})
        return out

    def _process_started(self, act: ProcessStarted) -> list[bytes]:
        out: list[bytes] = []
        if self.sees(act.host):
            slots = self._subject(act.account, act.host, act.logon_id)
            slots |= {
                "process": act.process_id,
                "image": json_text(act.image),
                "elevation": _ELEVATIONS.get(act.integrity, "%%1938"),
                "parent": act.parent_process_id,
                "command_line": json_text(act.command_line),
                "parent_image": json_text(act.parent_image),
                "label": f"S-1-16-{_LABELS.get(act.integrity, 8192)}",
            }
            self.add(out, events.PROCESS_CREATED, act.host, act.at_us, slots)
        return out

    def _service_installed(self, act: ServiceInstalled) -> list[bytes]:
        out: list[bytes] = []
        if self.sees(act.host):
            slots = self._subject(act.account, act.host)
            slots |= {"service": json_text(act.name), "image": json_text(act.image)}
            slots["start"] = 2 if act.start == "auto start" else 3
            # 0 would mean that the caller is on another machine, which an act does not say.
            slots["client"] = 1000 + act.at_us % 15_000 * 4
            self.add(out, events.SERVICE_INSTALLED, act.host, act.at_us, slots)
        return out

    def _task_registered(self, act: TaskRegistered) -> list[bytes]:
        out: list[bytes] = []
        if self.sees(act.host):
            slots = self._subject(act.account, act.host)
            user = f"{self.names.site.domain}\\{act.account}"
            slots["task"] = json_text(act.name if act.name.startswith("\\") else f"\\{act.name}")
            slots["content"] = json_text(task_xml(act.name, user, act.command, act.arguments, act.at_us))
            self.add(out, events.TASK_REGISTERED, act.host, act.at_us, slots)
        return out

    def _account_changed(self, act: AccountChanged) -> list[bytes]:
        out: list[bytes] = []
        if not self.sees(act.host):
            return out
        who = self._who.account(act.target)
        slots = self._subject(act.actor, act.host) | who.as_target()
        change: str = act.change
        if change in ("group_added", "group_removed"):
            name, domain, sid, of_domain = self._who.group(act.group)
            slots |= {"member": who.name, "member_sid": who.sid, "base": self._base}
            slots |= {"target": name, "target_domain": domain, "target_sid": sid}
            change = change if of_domain else f"local_{change}"
        elif change == "locked_out":
            # The event has the machine that the wrong passwords came from where others have the domain.
            slots["target_domain"] = json_text(act.host)
        self.add(out, events.ACCOUNT_CHANGED[change], act.host, act.at_us, slots)
        return out

    def _log_cleared(self, act: LogCleared) -> list[bytes]:
        out: list[bytes] = []
        if act.channel == "Security" and self.sees(act.host):
            self.add(out, events.CLEARED, act.host, act.at_us, self._subject(act.account, act.host))
        return out
