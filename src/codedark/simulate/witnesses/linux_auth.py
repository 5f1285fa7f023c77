"""/var/log/auth.log of the Linux servers, collected: sshd, sudo, cron, login, as rsyslog's file format writes them.

The timestamp is that of RSYSLOG_FileFormat, the default of current distributions: it has the year and the zone, which
RFC 3164 leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from codedark.simulate.acts import AccountChanged, CommandElevated, LoggedOff, LoggedOn, LogonType, TaskRegistered
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses.clock import iso_offset
from codedark.simulate.witnesses.escape import syslog_text
from codedark.simulate.witnesses.log import Gaps, Log, Writer
from codedark.simulate.witnesses.names import Names, uid_of

NAME: Final = "linux/auth"

_ACCEPTED: Final = "Accepted %s for %s from %s port %d ssh2"
_REFUSED: Final = {
    "bad_password": "Failed password for %s from %s port %d ssh2",
    "unknown_account": "Failed password for invalid user %s from %s port %d ssh2",
    "locked_out": "Failed password for %s from %s port %d ssh2",
    "disabled": "User %s from %s port %d not allowed because account is locked",
    "expired": "User %s from %s port %d not allowed because account has expired",
}
_ACCOUNT_LINES: Final = {
    "created": ("useradd", "new user: name=%s, UID=1100, GID=1100, home=/home/%s, shell=/bin/bash, from=none"),
    "deleted": ("userdel", "delete user '%s'"),
    "password_changed": ("passwd", "pam_unix(passwd:chauthtok): password changed for %s"),
    "password_reset": ("passwd", "pam_unix(passwd:chauthtok): password changed for %s"),
    "group_added": ("usermod", "add '%s' to group '%s'"),
}
"""What shadow's programs say of local accounts."""


class AuthLog(Log):
    """Hosts with the sensor ``auth``."""

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        writers: dict[type, Writer] = {
            LoggedOn: self._logged_on,
            LoggedOff: self._logged_off,
            CommandElevated: self._command_elevated,
            TaskRegistered: self._task_registered,
            AccountChanged: self._account_changed,
        }
        super().__init__(NAME, ".log", writers)
        self._names = names
        self._gaps = Gaps(deleted, NAME)
        self._hosts: dict[str, str] = {host.id: host.id.lower() for host in names.with_sensor("auth")}

    def _line(self, host: str, at_us: int, tag: str, text: str) -> bytes:
        return f"{iso_offset(at_us)} {self._hosts[host]} {tag}: {text}\n".encode()

    def _sees(self, host: str, at_us: int) -> bool:
        return host in self._hosts and not self._gaps.hide(host, at_us)

    def _logged_on(self, act: LoggedOn) -> list[bytes]:
        if not self._sees(act.host, act.at_us):
            return []
        account = syslog_text(act.account)
        if not act.source:
            batch = act.logon_type in (LogonType.BATCH, LogonType.SERVICE)
            tag = f"CRON[{_process(act.logon_id)}]" if batch else f"login[{_process(act.logon_id)}]"
            service = "cron" if batch else "login"
            if act.outcome != "success":
                text = f"pam_unix({service}:auth): authentication failure; logname= uid=0 euid=0 user={account}"
                return [self._line(act.host, act.at_us, tag, text)]
            text = f"pam_unix({service}:session): session opened for user {account}(uid={uid_of(account)}) by (uid=0)"
            return [self._line(act.host, act.at_us, tag, text)]
        tag = f"sshd[{_process(act.logon_id)}]"
        address, port = syslog_text(self._names.address(act.source)), 49152 + act.at_us % 16384
        if act.outcome != "success":
            text = _REFUSED[act.outcome] % (account, address, port)
            return [self._line(act.host, act.at_us, tag, text)]
        method = "publickey" if act.package == "publickey" else "password"
        opened = f"pam_unix(sshd:session): session opened for user {account}(uid={uid_of(account)}) by (uid=0)"
        return [
            self._line(act.host, act.at_us, tag, _ACCEPTED % (method, account, address, port)),
            self._line(act.host, act.at_us + 4_000, tag, opened),
        ]

    def _logged_off(self, act: LoggedOff) -> list[bytes]:
        if not self._sees(act.host, act.at_us):
            return []
        batch = act.logon_type in (LogonType.BATCH, LogonType.SERVICE)
        program, service = ("CRON", "cron") if batch else ("sshd", "sshd")
        text = f"pam_unix({service}:session): session closed for user {syslog_text(act.account)}"
        return [self._line(act.host, act.at_us, f"{program}[{_process(act.logon_id)}]", text)]

    def _command_elevated(self, act: CommandElevated) -> list[bytes]:
        if not self._sees(act.host, act.at_us):
            return []
        account = syslog_text(act.account)
        command = f"{account:>8} : TTY=pts/0 ; PWD=/home/{account} ; USER=root ; COMMAND={syslog_text(act.command)}"
        opened = f"pam_unix(sudo:session): session opened for user root(uid=0) by {account}(uid={uid_of(account)})"
        return [
            self._line(act.host, act.at_us, "sudo", command),
            self._line(act.host, act.at_us + 1_000, "sudo", opened),
        ]

    def _task_registered(self, act: TaskRegistered) -> list[bytes]:
        if not self._sees(act.host, act.at_us):
            return []
        account = syslog_text(act.account)
        return [self._line(act.host, act.at_us, f"crontab[{_process(act.at_us)}]", f"({account}) REPLACE ({account})")]

    def _account_changed(self, act: AccountChanged) -> list[bytes]:
        if act.change not in _ACCOUNT_LINES or not self._sees(act.host, act.at_us):
            return []
        program, text = _ACCOUNT_LINES[act.change]
        values = [syslog_text(act.target), syslog_text(act.group or act.target)][: text.count("%s")]
        return [self._line(act.host, act.at_us, f"{program}[{_process(act.at_us)}]", text % tuple(values))]


def _process(number: int) -> int:
    """A process id that follows from a number; sessions keep theirs."""
    return 1000 + number % 31_000
