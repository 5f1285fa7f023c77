"""audit.log of the Linux servers, collected with ``node=`` before each record (auditd.conf, ``name_format``)
and names behind numbers (``log_format = ENRICHED``).

An event is one or more records with the same time and serial: SYSCALL, EXECVE and PROCTITLE of a program that started,
SYSCALL and PATH of a file that was made, USER_* of sessions. Source: the record types of linux/audit.h and of
auditd's audit-records.h.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from codedark.simulate.acts import CommandElevated, FileWritten, LoggedOff, LoggedOn, ProcessStarted
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses.clock import unix_milliseconds
from codedark.simulate.witnesses.escape import audit_string
from codedark.simulate.witnesses.log import Gaps, Log, RecordNumbers, Writer
from codedark.simulate.witnesses.names import Names, uid_of

NAME: Final = "linux/audit"

_HEAD: Final = "node=%s type=%s msg=audit(%s:%d): %s\n"
_EXECVE: Final = (
    "arch=c000003e syscall=59 success=yes exit=0 a0=55d0 a1=55d1 a2=55d2 a3=8 items=2 ppid=%d pid=%d auid=%d uid=%d"
    " gid=%d euid=%d suid=%d fsuid=%d egid=%d sgid=%d fsgid=%d tty=(none) ses=%d comm=%s exe=%s"
    ' subj=unconfined key="exec"\x1dARCH=x86_64 SYSCALL=execve AUID=%s UID=%s'
)
_OPENAT: Final = (
    "arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7ffd a2=241 a3=1b6 items=2 ppid=1 pid=%d auid=%d"
    " uid=%d gid=%d euid=%d suid=%d fsuid=%d egid=%d sgid=%d fsgid=%d tty=(none) ses=1 comm=%s exe=%s"
    ' subj=unconfined key="files"\x1dARCH=x86_64 SYSCALL=openat AUID=%s UID=%s'
)
_PATH: Final = "item=1 name=%s inode=%d dev=fd:00 mode=0100644 ouid=%d ogid=%d rdev=00:00 nametype=CREATE"
_SESSION: Final = (
    'pid=%d uid=0 auid=%d ses=%d subj=unconfined msg=\'op=%s acct=%s exe="/usr/sbin/sshd" hostname=%s addr=%s'
    " terminal=ssh res=%s'"
)
_COMMAND: Final = (
    "pid=%d uid=%d auid=%d ses=1 subj=unconfined"
    ' msg=\'cwd="/home" cmd=%s exe="/usr/bin/sudo" terminal=pts/0 res=success\''
)
_COMM_OCTETS: Final = 15
"""The kernel keeps so much of a program's name (TASK_COMM_LEN)."""
_UNSET: Final = 4294967295


class AuditLog(Log):
    """Hosts with the sensor ``auditd``. Serials count on over what was deleted."""

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        writers: dict[type, Writer] = {
            ProcessStarted: self._process_started,
            FileWritten: self._file_written,
            LoggedOn: self._logged_on,
            LoggedOff: self._logged_off,
            CommandElevated: self._command_elevated,
        }
        super().__init__(NAME, ".log", writers)
        self._names = names
        self._gaps = Gaps(deleted, NAME)
        self._serials = RecordNumbers(NAME)
        self._nodes: dict[str, str] = {host.id: host.id.lower() for host in names.with_sensor("auditd")}

    def _event(self, host: str, at_us: int, *records: tuple[str, str]) -> list[bytes]:
        serial = self._serials.next(host)
        if self._gaps.hide(host, at_us):
            return []
        node, time = self._nodes[host], unix_milliseconds(at_us)
        return [(_HEAD % (node, kind, time, serial, text)).encode() for kind, text in records]

    def _process_started(self, act: ProcessStarted) -> list[bytes]:
        if act.host not in self._nodes:
            return []
        uid, name = uid_of(act.account), audit_string(act.account)
        arguments = act.command_line.split(" ")
        execve = " ".join(f"a{at}={audit_string(argument)}" for at, argument in enumerate(arguments))
        title = act.command_line.replace(" ", "\0").encode().hex().upper()
        comm = audit_string(act.image.rpartition("/")[2].encode()[:_COMM_OCTETS].decode(errors="ignore"))
        numbers = (act.parent_process_id, act.process_id, *(uid,) * 9, act.logon_id % 10_000)
        return self._event(
            act.host,
            act.at_us,
            ("SYSCALL", _EXECVE % (*numbers, comm, audit_string(act.image), name, name)),
            ("EXECVE", f"argc={len(arguments)} {execve}"),
            ("PROCTITLE", f"proctitle={title or '(null)'}"),
        )

    def _file_written(self, act: FileWritten) -> list[bytes]:
        if act.host not in self._nodes:
            return []
        uid, name = uid_of(act.account), audit_string(act.account)
        comm = audit_string(act.image.rpartition("/")[2].encode()[:_COMM_OCTETS].decode(errors="ignore"))
        return self._event(
            act.host,
            act.at_us,
            ("SYSCALL", _OPENAT % (act.process_id, *(uid,) * 9, comm, audit_string(act.image), name, name)),
            ("PATH", _PATH % (audit_string(act.path), 100_000 + act.at_us % 900_000, uid, uid)),
        )

    def _logged_on(self, act: LoggedOn) -> list[bytes]:
        if act.host not in self._nodes:
            return []
        succeeded = act.outcome == "success"
        auid = uid_of(act.account) if succeeded else _UNSET
        return self._event(
            act.host, act.at_us, ("USER_LOGIN", self._session(act, "login", auid, act.source, succeeded))
        )

    def _logged_off(self, act: LoggedOff) -> list[bytes]:
        if act.host not in self._nodes:
            return []
        text = self._session(act, "PAM:session_close", uid_of(act.account), "", succeeded=True)
        return self._event(act.host, act.at_us, ("USER_END", text))

    def _session(self, act: LoggedOn | LoggedOff, operation: str, auid: int, source: str, succeeded: bool) -> str:
        address = self._names.address(source) if source else "?"
        result = "success" if succeeded else "failed"
        pid, session = 1000 + act.logon_id % 31_000, act.logon_id % 10_000
        return _SESSION % (pid, auid, session, operation, audit_string(act.account), address, address, result)

    def _command_elevated(self, act: CommandElevated) -> list[bytes]:
        if act.host not in self._nodes:
            return []
        uid = uid_of(act.account)
        # sudo writes the command in hexadecimal, always.
        command = act.command.encode().hex().upper()
        text = _COMMAND % (1000 + act.at_us % 31_000, uid, uid, command or '""')
        return self._event(act.host, act.at_us, ("USER_CMD", text))
