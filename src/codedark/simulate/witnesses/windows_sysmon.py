"""The Sysmon log (Sysinternals Sysmon 15, schema 4.90): processes, connections, memory, files, registry, names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import md5, sha1, sha256
from typing import Final
from zlib import crc32

from codedark.simulate.acts import (
    Connected,
    FileWritten,
    NameAsked,
    ProcessAccessed,
    ProcessStarted,
    RegistrySet,
)
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses import windows_sysmon_events as events
from codedark.simulate.witnesses.clock import plain_milliseconds
from codedark.simulate.witnesses.escape import json_text
from codedark.simulate.witnesses.log import Writer
from codedark.simulate.witnesses.names import Names
from codedark.simulate.witnesses.windows_event import Slots, WindowsLog
from codedark.simulate.witnesses.windows_identity import Identities

NAME: Final = "windows/sysmon"

_QUERY_STATUS: Final = {"NOERROR": 0, "NXDOMAIN": 9003, "SERVFAIL": 9002}
"""DNS_ERROR_RCODE_* of Windows."""
_TRUE_NAMES: Final = {
    "cmd.exe": "Cmd.Exe",
    "powershell.exe": "PowerShell.EXE",
    "pwsh.exe": "pwsh.dll",
    "rundll32.exe": "RUNDLL32.EXE",
    "regsvr32.exe": "REGSVR32.EXE",
    "mshta.exe": "MSHTA.EXE",
    "explorer.exe": "EXPLORER.EXE",
    "vssadmin.exe": "VSSADMIN.EXE",
    "wbadmin.exe": "WBADMIN.EXE",
    "certutil.exe": "CertUtil.exe",
    "schtasks.exe": "schtasks.exe",
}
"""Original file names that differ from the names on disk."""


class SysmonLog(WindowsLog):
    """Writes 1, 3, 10, 11, 13 and 22. A process has the same guid wherever it is named, by host and process id."""

    def __init__(self, names: Names, identities: Identities, deleted: Sequence[Deleted]) -> None:
        writers: dict[type, Writer] = {
            ProcessStarted: self._process_started,
            Connected: self._connected,
            ProcessAccessed: self._process_accessed,
            FileWritten: self._file_written,
            RegistrySet: self._registry_set,
            NameAsked: self._name_asked,
        }
        super().__init__(NAME, names, names.with_sensor("sysmon"), deleted, writers)
        self._who = identities

    def _process(self, act: ProcessAccessed | FileWritten | RegistrySet) -> Slots:
        return {
            "utc": plain_milliseconds(act.at_us),
            "guid": process_guid(act.host, act.process_id),
            "process": act.process_id,
            "image": json_text(act.image),
            "user": self._who.account(act.account).user,
        }

    def _process_started(self, act: ProcessStarted) -> list[bytes]:
        out: list[bytes] = []
        if not self.sees(act.host):
            return out
        who = self._who.account(act.account)
        original, description, product, company, version = _file(act.image, act.original_file_name)
        slots: Slots = {
            "utc": plain_milliseconds(act.at_us),
            "guid": process_guid(act.host, act.process_id),
            "process": act.process_id,
            "image": json_text(act.image),
            "version": version,
            "description": description,
            "product": product,
            "company": company,
            "original": original,
            "command_line": json_text(act.command_line),
            "directory": json_text(act.current_directory) if act.current_directory else r"C:\\Windows\\system32\\",
            "user": who.user,
            "machine": _machine(act.host),
            "logon": who.logon_id or act.logon_id,
            "session": 0 if who.logon_id else 1,
            "integrity": json_text(act.integrity),
            "hashes": _hashes(act.image),
            "parent_guid": process_guid(act.host, act.parent_process_id),
            "parent": act.parent_process_id,
            "parent_image": json_text(act.parent_image),
            "parent_command_line": json_text(act.parent_command_line or act.parent_image),
        }
        self.add(out, events.PROCESS_CREATED, act.host, act.at_us, slots)
        return out

    def _connected(self, act: Connected) -> list[bytes]:
        out: list[bytes] = []
        if not act.image or act.protocol == "icmp" or not self.sees(act.source):
            return out
        target = self.names.host(act.target)
        slots: Slots = {
            "utc": plain_milliseconds(act.at_us),
            "guid": process_guid(act.source, act.process_id),
            "process": act.process_id,
            "image": json_text(act.image),
            "user": self._who.account(act.account).user,
            "protocol": act.protocol,
            "source": self.names.address(act.source),
            "source_port": act.source_port,
            "target": json_text(self.names.address(act.target)),
            "target_name": json_text(target.fqdn) if target else "-",
            "target_port": act.target_port,
        }
        self.add(out, events.CONNECTED, act.source, act.at_us, slots)
        return out

    def _process_accessed(self, act: ProcessAccessed) -> list[bytes]:
        out: list[bytes] = []
        if self.sees(act.host):
            target = 500 + crc32(act.target_image.lower().encode()) % 1000 * 4
            slots = self._process(act)
            slots |= {"thread": act.process_id + 12, "target": json_text(act.target_image), "target_process": target}
            slots |= {"target_guid": process_guid(act.host, target), "access": json_text(act.granted_access)}
            self.add(out, events.PROCESS_ACCESSED, act.host, act.at_us, slots)
        return out

    def _file_written(self, act: FileWritten) -> list[bytes]:
        out: list[bytes] = []
        if self.sees(act.host):
            slots = self._process(act)
            slots["path"] = json_text(act.path)
            self.add(out, events.FILE_CREATED, act.host, act.at_us, slots)
        return out

    def _registry_set(self, act: RegistrySet) -> list[bytes]:
        out: list[bytes] = []
        if self.sees(act.host):
            slots = self._process(act)
            slots |= {"key": json_text(act.key), "value": json_text(act.value)}
            self.add(out, events.VALUE_SET, act.host, act.at_us, slots)
        return out

    def _name_asked(self, act: NameAsked) -> list[bytes]:
        out: list[bytes] = []
        if act.image and self.sees(act.host):
            answers = "".join(f"::ffff:{answer};" if answer[:1].isdigit() else f"{answer};" for answer in act.answers)
            slots: Slots = {
                "utc": plain_milliseconds(act.at_us),
                "guid": process_guid(act.host, act.process_id),
                "process": act.process_id,
                "name": json_text(act.name),
                "status": _QUERY_STATUS.get(act.rcode, 9002),
                "results": json_text(answers) or "-",
                "image": json_text(act.image),
                "user": "-",
            }
            self.add(out, events.NAME_ASKED, act.host, act.at_us, slots)
        return out


@lru_cache(maxsize=1 << 13)
def _machine(host: str) -> str:
    return f"{crc32(host.encode()):08x}"


def process_guid(host: str, process_id: int) -> str:
    """Sysmon's ProcessGuid begins with the machine; here the process id makes up the rest."""
    return f"{{{_machine(host)}-{process_id >> 16:04x}-{process_id & 0xFFFF:04x}-0000-{process_id:012x}}}"


@lru_cache(maxsize=1 << 13)
def _hashes(image: str) -> str:
    """The hashes of a program file: the same for the same name wherever it lies."""
    name = image.rpartition("\\")[2].lower().encode()
    parts = [
        ("SHA1", sha1(name, usedforsecurity=False).hexdigest()),
        ("MD5", md5(name, usedforsecurity=False).hexdigest()),
        ("SHA256", sha256(name).hexdigest()),
        ("IMPHASH", md5(b"imports of " + name, usedforsecurity=False).hexdigest()),
    ]
    return ",".join(f"{kind}={value.upper()}" for kind, value in parts)


@lru_cache(maxsize=1 << 13)
def _file(image: str, original: str) -> tuple[str, str, str, str, str]:
    """Original name, description, product, company and version of a program file."""
    name = image.rpartition("\\")[2]
    known = json_text(original or _TRUE_NAMES.get(name.lower(), name) or "-")
    if image.lower().startswith("c:\\windows\\"):
        product = "Microsoft® Windows® Operating System"
        return (
            known,
            json_text(name.rpartition(".")[0]),
            product,
            "Microsoft Corporation",
            "10.0.19041.1 (WinBuild.160101.0800)",
        )
    return known, "-", "-", "-", "-"
