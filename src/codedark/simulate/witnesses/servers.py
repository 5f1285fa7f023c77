"""Three servers' own logs: shares of the file servers, jobs of the backup server, channels of the interface engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import NAMESPACE_DNS, uuid5

from codedark.hospital.asset import AssetKind
from codedark.simulate.acts import BackupRan, EngineChanged, ShareTouched
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses.clock import iso_milliseconds, iso_offset
from codedark.simulate.witnesses.escape import json_text, syslog_text
from codedark.simulate.witnesses.log import Gaps, Log
from codedark.simulate.witnesses.names import Names
from codedark.simulate.witnesses.windows_event import CLASSIC, Slots, Source, WindowsLog, template

_ADMINISTRATIVE: Final = frozenset({"admin$", "c$", "ipc$", "sysvol", "netlogon"})
_OPERATIONS: Final = {"read": "openat|ok|r", "write": "openat|ok|w", "rename": "renameat|ok", "delete": "unlinkat|ok"}


class FilesAuditLog(Log):
    """Departmental shares, in the words of Samba's vfs_full_audit (prefix ``%u|%I|%m|%S``).

    Administrative shares are not audited.
    """

    NAME: Final = "files/audit"

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        super().__init__(self.NAME, ".log", {ShareTouched: self._share_touched})
        self._names = names
        self._gaps = Gaps(deleted, self.NAME)
        self._domain = names.site.domain

    def _share_touched(self, act: ShareTouched) -> tuple[bytes, ...]:
        if act.share.lower() in _ADMINISTRATIVE or self._gaps.hide(act.server, act.at_us):
            return ()
        host = self._names.host(act.source)
        path = act.path.replace("\\", "/")
        if act.operation == "rename":
            path += "|" + act.new_path.replace("\\", "/")
        client = host.id.lower() if host else act.source
        text = f"{self._domain}\\{act.account}|{self._names.address(act.source)}|{client}|{act.share}"
        said = syslog_text(f"{text}|{_OPERATIONS[act.operation]}|{path}")
        return (f"{iso_offset(act.at_us)} {act.server.lower()} smbd_audit: {said}\n".encode(),)


_VEEAM: Final = Source("Veeam MP", "00000000-0000-0000-0000-000000000000", "Veeam Backup", 4, CLASSIC)
_JOB = "JobId <job_id>\nJobName <job>"
_FINISHED: Final = template(
    _VEEAM,
    190,
    0,
    "Backup job '<job>' finished with <result>.",
    _JOB
    + "\nResult <code>\nTransferredBytes <octets>\nDurationSeconds <seconds>"
    + "\nDescription Backup job '<job>' finished with <result>.",
)
_POINT_REMOVED: Final = template(
    _VEEAM,
    10090,
    0,
    "Restore points of backup job '<job>' have been removed.",
    _JOB + "\nUserName <user>\nDescription Restore points of backup job '<job>' have been removed by user <user>.",
)
_JOB_REMOVED: Final = template(
    _VEEAM,
    23090,
    0,
    "Backup job '<job>' has been deleted.",
    _JOB + "\nUserName <user>\nDescription Backup job '<job>' has been deleted by user <user>.",
)
_RESULTS: Final = {"success": ("Success", 0, 4), "warning": ("Warning", 1, 3), "failed": ("Failed", 2, 2)}


class BackupLog(WindowsLog):
    """The channel ``Veeam Backup``: jobs that ended (190), restore points and jobs removed (10090, 23090)."""

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        hosts = [host for host in names.site.hosts.values() if host.kind is AssetKind.BACKUP]
        super().__init__("backup/jobs", names, hosts, deleted, {BackupRan: self._backup_ran})

    def _backup_ran(self, act: BackupRan) -> list[bytes]:
        out: list[bytes] = []
        if not self.sees(act.server):
            return out
        job_id = str(uuid5(NAMESPACE_DNS, act.job))
        slots: Slots = {"job": json_text(act.job), "job_id": job_id}
        if act.outcome == "deleted":
            slots["user"] = json_text(f"{self.names.site.domain}\\{act.account}")
            self.add(out, _POINT_REMOVED, act.server, act.at_us, slots)
            self.add(out, _JOB_REMOVED, act.server, act.at_us, slots)
            return out
        result, code, _ = _RESULTS[act.outcome]
        slots |= {"result": result, "code": code, "octets": act.octets, "seconds": act.seconds}
        self.add(out, _FINISHED, act.server, act.at_us, slots)
        return out


_OPERATION_NAMES: Final = {
    "saved": "Update channel",
    "deployed": "Deploy channels",
    "started": "Start channels",
    "stopped": "Stop channels",
    "script_changed": "Update code template",
    "destination_changed": "Update channel",
}
"""Operations as Mirth Connect displays them, by `EngineChanged.event`."""
_ENGINE_EVENT: Final = (
    '{"id":%d,"timestamp":"%s","level":"INFORMATION","name":"%s","outcome":"SUCCESS","username":"%s","ipAddress":"%s",'
    '"serverId":"%s","channel":"%s"%s}\n'
)
_MLLP_PORT: Final = 6661


class InterfaceEngineLog(Log):
    """The engine's events as Mirth Connect exports them, with the destination where one was changed."""

    NAME: Final = "interface/engine"

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        super().__init__(self.NAME, ".jsonl", {EngineChanged: self._engine_changed})
        self._names = names
        self._gaps = Gaps(deleted, self.NAME)
        self._last = 0

    def _engine_changed(self, act: EngineChanged) -> tuple[bytes, ...]:
        self._last += 1
        if self._gaps.hide(act.host, act.at_us):
            return ()
        more = f',"detail":"{json_text(act.detail)}"' if act.detail else ""
        if act.event == "destination_changed" and act.detail:
            host, port = _destination(act.detail)
            more = f',"destination":{{"host":"{json_text(self._names.address(host))}","port":{port}}}'
        values = (
            self._last, iso_milliseconds(act.at_us), _OPERATION_NAMES[act.event], json_text(act.account),
            json_text(self._names.address(act.host)), uuid5(NAMESPACE_DNS, act.host), json_text(act.channel), more,
        )  # fmt: skip
        return ((_ENGINE_EVENT % values).encode(),)


def _destination(detail: str) -> tuple[str, int]:
    """Host and port of ``host:port``; without a port the usual one of MLLP."""
    host, _, port = detail.rpartition(":")
    return (host, int(port)) if host and port.isascii() and port.isdigit() else (detail, _MLLP_PORT)
