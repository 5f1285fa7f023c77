"""Logons in the Security log: on the host itself, and what the domain controller writes of them and of tickets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from codedark.simulate.acts import LoggedOff, LoggedOn, LogonType, TicketAsked
from codedark.simulate.witnesses import windows_logon_events as events
from codedark.simulate.witnesses.escape import json_text
from codedark.simulate.witnesses.log import Writer
from codedark.simulate.witnesses.windows_event import Slots, WindowsLog, ephemeral_port
from codedark.simulate.witnesses.windows_identity import Identities, Identity


class _Manner(NamedTuple):
    """How a logon of some type comes about: by which process, and whether the machine itself asks for it."""

    logon_process: str
    process: str
    process_name: str
    by_machine: bool


_SERVICES = r"C:\\Windows\\System32\\services.exe"
_HOST_PROCESS = r"C:\\Windows\\System32\\svchost.exe"
_MANNERS: Final = {
    LogonType.INTERACTIVE: _Manner("User32 ", "0x4f4", _HOST_PROCESS, True),
    LogonType.NETWORK: _Manner("Kerberos", "0x0", "-", False),
    LogonType.BATCH: _Manner("Advapi  ", "0x5d8", _HOST_PROCESS, True),
    LogonType.SERVICE: _Manner("Advapi  ", "0x254", _SERVICES, True),
    LogonType.UNLOCK: _Manner("User32 ", "0x4f4", _HOST_PROCESS, True),
    LogonType.REMOTE_INTERACTIVE: _Manner("User32 ", "0x4f4", _HOST_PROCESS, True),
}
_BY_PERSON: Final = frozenset({LogonType.INTERACTIVE, LogonType.REMOTE_INTERACTIVE})


class _Failure(NamedTuple):
    """What a refused logon says: on the host (4625), from Kerberos (4771 or 4768) and from NTLM (4776)."""

    status: str
    sub_status: str
    reason: str
    kerberos: str
    ntlm: str


_FAILURES: Final = {
    "bad_password": _Failure("0xc000006d", "0xc000006a", "%%2313", "0x18", "0xc000006a"),
    "unknown_account": _Failure("0xc000006d", "0xc0000064", "%%2313", "0x6", "0xc0000064"),
    "locked_out": _Failure("0xc0000234", "0x0", "%%2307", "0x12", "0xc0000234"),
    "disabled": _Failure("0xc000006e", "0xc0000072", "%%2310", "0x12", "0xc0000072"),
    "expired": _Failure("0xc0000224", "0x0", "%%2309", "0x17", "0xc0000071"),
}
"""NTSTATUS and Kerberos error codes (MS-ERREF 2.3; RFC 4120, 7.5.9) by `LoggedOn.outcome`."""

_ENCRYPTIONS: Final = {"aes256": "0x12", "aes128": "0x11", "rc4": "0x17"}
"""Encryption types (RFC 3961, 8; RFC 4757) by `TicketAsked.encryption`."""
_NO_ENCRYPTION: Final = "0xffffffff"


class Logons:
    """Writes 4624, 4625, 4634, 4647, 4648, 4672, 4768, 4769, 4771 and 4776 into ``log``.

    It remembers the last logon of an account on a host, whose id later events name.
    """

    def __init__(self, log: WindowsLog, identities: Identities) -> None:
        self._log = log
        self._names = log.names
        self._who = identities
        self._last: dict[tuple[str, str], int] = {}
        self.writers: Mapping[type, Writer] = {
            LoggedOn: self._logged_on,
            LoggedOff: self._logged_off,
            TicketAsked: self._ticket_asked,
        }

    def subject(self, account: str, host: str, logon: int = 0) -> Slots:
        """Who does something on a host, in the session ``logon`` or else the last that the account began there."""
        return self._who.subject(account, host).as_subject(logon or self._last.get((host, account), 0))

    def _logged_on(self, act: LoggedOn) -> list[bytes]:
        out: list[bytes] = []
        if not self._names.is_windows(act.host):
            return out
        who = self._who.account(act.account)
        if self._log.sees(act.host):
            self._log_on(out, act, who)
        if act.source and act.logon_type is LogonType.REMOTE_INTERACTIVE and self._log.sees(act.source):
            slots = self.subject(act.account, act.source) | who.as_target()
            slots["server"] = json_text(self._names.site.hosts[act.host].fqdn)
            self._log.add(out, events.EXPLICIT_CREDENTIALS, act.source, act.at_us, slots)
        if "\\" not in act.account and not who.logon_id:
            self._authenticated(out, act, who)
        return out

    def _log_on(self, out: list[bytes], act: LoggedOn, who: Identity) -> None:
        manner = _MANNERS[act.logon_type]
        ntlm = act.package == "NTLM"
        from_network = act.logon_type in (LogonType.NETWORK, LogonType.REMOTE_INTERACTIVE)
        asker = self.subject("SYSTEM" if manner.by_machine else "", act.host)
        logon_process, workstation, package = manner.logon_process, act.host if manner.by_machine else "-", "Negotiate"
        if act.logon_type is LogonType.NETWORK:
            package = "NTLM" if ntlm else "Kerberos"
            if ntlm:
                logon_process, workstation = "NtLmSsp ", self._workstation(act.source)
        slots: Slots = asker | who.as_target()
        slots |= {
            "logon": who.logon_id or act.logon_id,
            "type": act.logon_type.value,
            "logon_process": logon_process,
            "package": package,
            "workstation": workstation,
            "lm_package": "NTLM V2" if ntlm and not manner.by_machine else "-",
            "key_length": 128 if ntlm and not manner.by_machine else 0,
            "process": manner.process,
            "process_name": manner.process_name,
            "address": json_text(self._names.address(act.source)) if act.source else self._own_address(act.logon_type),
            "port": ephemeral_port(act.at_us) if from_network and act.source else 0 if manner.by_machine else "-",
            "elevated": "%%1842" if act.elevated else "%%1843",
        }
        if act.outcome != "success":
            failure = _FAILURES[act.outcome]
            slots |= {"status": failure.status, "sub_status": failure.sub_status, "reason": failure.reason}
            self._log.add(out, events.LOG_ON_FAILED, act.host, act.at_us, slots)
            return
        self._last[act.host, act.account] = act.logon_id
        self._log.add(out, events.LOGGED_ON, act.host, act.at_us, slots)
        if act.elevated:
            self._log.add(out, events.PRIVILEGES, act.host, act.at_us, slots)

    @staticmethod
    def _own_address(logon_type: LogonType) -> str:
        return "127.0.0.1" if logon_type in (LogonType.INTERACTIVE, LogonType.UNLOCK) else "-"

    def _workstation(self, source: str) -> str:
        host = self._names.host(source) if source else None
        return json_text(host.id) if host else "-"

    def _authenticated(self, out: list[bytes], act: LoggedOn, who: Identity) -> None:
        """What the domain controller writes of a logon elsewhere: NTLM always, Kerberos where it refuses."""
        failure = _FAILURES.get(act.outcome)
        source = act.source or act.host
        controller = self._names.controller(act.host)
        if controller is None or (failure is None and act.package != "NTLM"):
            return
        slots: Slots = {
            "target": who.name,
            "target_sid": "S-1-0-0" if act.outcome == "unknown_account" else who.sid,
            "workstation": self._workstation(source),
            "status": failure.ntlm if failure else "0x0",
        }
        if act.package == "NTLM":
            event = events.CREDENTIALS_REFUSED if failure else events.CREDENTIALS_VALIDATED
            self._log.add(out, event, controller.id, act.at_us, slots)
        elif failure:
            slots |= self._ticket(act.at_us, source)
            slots |= {"status": failure.kerberos, "encryption": _NO_ENCRYPTION, "preauthentication": "-"}
            slots |= {"service_sid": "S-1-0-0", "domain": self._who.realm}
            is_bad_password = act.outcome == "bad_password"
            event = events.PREAUTHENTICATION_FAILED if is_bad_password else events.TICKET_GRANTING_REFUSED
            self._log.add(out, event, controller.id, act.at_us, slots)

    def _ticket(self, at_us: int, source: str) -> Slots:
        address = json_text(self._names.address(source))
        return {"realm": self._who.realm, "address": address, "port": ephemeral_port(at_us)}

    def _logged_off(self, act: LoggedOff) -> list[bytes]:
        out: list[bytes] = []
        if self._log.sees(act.host):
            who = self._who.account(act.account)
            slots = who.as_target() | {"logon": who.logon_id or act.logon_id, "type": act.logon_type.value}
            if act.logon_type in _BY_PERSON:
                self._log.add(out, events.LOG_OFF_ASKED, act.host, act.at_us, slots)
            self._log.add(out, events.LOGGED_OFF, act.host, act.at_us, slots)
        return out

    def _ticket_asked(self, act: TicketAsked) -> list[bytes]:
        out: list[bytes] = []
        controller = self._names.controller(act.source)
        if controller is None:
            return out
        who = self._who.account(act.account)
        slots = self._ticket(act.at_us, act.source)
        slots |= {"target": who.name, "target_sid": who.sid, "service_sid": self._who.sid(act.service)}
        slots |= {"encryption": _ENCRYPTIONS[act.encryption], "status": "0x0", "domain": self._who.realm}
        slots |= {"service": json_text(act.service), "preauthentication": 2 if act.preauthenticated else 0}
        if act.service == "krbtgt":
            event = events.TICKET_GRANTING
            if not act.granted:
                slots["status"], event = "0x18", events.PREAUTHENTICATION_FAILED
        else:
            event = events.SERVICE_TICKET
            if not act.granted:
                slots |= {"status": "0x7", "encryption": _NO_ENCRYPTION}
                event = events.SERVICE_TICKET_REFUSED
        self._log.add(out, event, controller.id, act.at_us, slots)
        return out
