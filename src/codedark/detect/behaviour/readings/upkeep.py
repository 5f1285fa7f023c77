"""What is done to logs themselves: cleared, no longer written, told to write less.

Security 1102 and System 104 (a log was cleared), 1100 (the event log service shut down, which it also does whenever
Windows does), 4719 (the audit policy was changed), and auditd's ``CONFIG_CHANGE`` that switches auditing off.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from codedark.detect.behaviour.observation import LogCleared
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.events.record import ABSENT, Origin

AUDIT_POLICY: Final = "audit policy"
LOG_SERVICE: Final = "event log service"
"""What `LogCleared.log` says where no single log was cleared."""
_USER: Final = "SubjectUserName"
_FIELDS: Final = {
    ("security", "1102"): (_USER,),
    ("security", "1100"): (),
    ("security", "4719"): (_USER, "AuditPolicyChanges"),
    ("system", "104"): (_USER, "UserData.Channel", "Channel"),
    ("auditd", "CONFIG_CHANGE"): ("audit_enabled", "auid", "AUID", "msg"),
}
_TAKEN_AWAY: Final = ("%%8448", "%%8450", "success removed", "failure removed")
"""``AuditPolicyChanges`` of 4719: success or failure is no longer audited."""


class Upkeep:
    """Reads `LogCleared`."""

    def fields(self, origin: Origin) -> tuple[str, ...] | None:
        """As `Reading` has it."""
        if origin.service == "system" and "eventlog" not in origin.provider:
            return None  # 104 of other providers
        return _FIELDS.get((origin.service, origin.event))

    def read(self, seen: Seen, places: Places) -> Iterator[LogCleared]:
        """One for each record that says that a log was cleared, or that less is logged from now on."""
        for place, row in enumerate(seen.rows):
            fields = {name: _text(column[place]) for name, column in seen.columns.items()}
            if log := _log(seen.origin, fields):
                account = places.account(fields.get(_USER) or fields.get("AUID") or fields.get("auid") or "")
                yield LogCleared(seen.times_us[place], places.host(seen.hosts[place]), row, account, log)


def _log(origin: Origin, fields: dict[str, str]) -> str:
    if origin.service == "auditd":
        off = fields["audit_enabled"] == "0" or "audit_enabled=0" in fields["msg"]
        return AUDIT_POLICY if off else ""
    match origin.event:
        case "1102":
            return "Security"
        case "1100":
            return LOG_SERVICE
        case "104":
            return fields["UserData.Channel"] or fields["Channel"] or "System"
        case _:
            changes = fields["AuditPolicyChanges"].lower()
            return AUDIT_POLICY if any(change in changes for change in _TAKEN_AWAY) else ""


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(str(part) for part in value if part is not None)
    return "" if value is ABSENT or value is None else str(value)
