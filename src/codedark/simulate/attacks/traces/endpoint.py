"""Traces that sensors on a Windows or Linux machine see: programs, scripts, files, registry, services, tasks."""

from __future__ import annotations

from collections.abc import Iterator
from ntpath import basename
from typing import Literal

from codedark.hospital.account import AccountId
from codedark.simulate.acts import (
    Act,
    CommandElevated,
    FileWritten,
    LogCleared,
    MalwareSeen,
    ProcessAccessed,
    ProcessStarted,
    ProtectionChanged,
    RegistrySet,
    ScriptRun,
    ServiceChanged,
    ServiceInstalled,
    Started,
    TaskRegistered,
)
from codedark.simulate.attacks.scene import Moment, Program, located
from codedark.simulate.attacks.traces.kinds import trace
from codedark.simulate.habits.machines import SYSTEM, WELL_KNOWN_LOGONS
from codedark.simulate.site import Family

LSASS = "C:\\Windows\\System32\\lsass.exe"

Integrity = Literal["Low", "Medium", "High", "System"]


def started(
    m: Moment,
    at_us: int,
    image: str,
    command_line: str,
    parent: str,
    label: str = "",
    integrity: Integrity = "Medium",
    original: str = "",
    account: AccountId | None = None,
) -> ProcessStarted:
    """The start of a program; later traces find it as a parent under ``label`` and under its image."""
    path = located(image, m.host.family)
    above = m.scene.program(m.host, parent)
    program = Program(m.numbers.process_id(m.host.id), path, command_line or path)
    for name in filter(None, (label, image)):
        m.scene.programs[m.host.id, name] = program
    who = m.account if account is None else account
    return ProcessStarted(
        at_us=at_us,
        host=m.host.id,
        account=who,
        logon_id=WELL_KNOWN_LOGONS[who] if who in WELL_KNOWN_LOGONS else m.scene.session(m.host, who),
        process_id=program.process_id,
        image=path,
        command_line=program.command_line,
        parent_process_id=above.process_id,
        parent_image=above.image,
        parent_command_line=above.command_line,
        integrity=integrity,
        original_file_name=original,
        step=m.step,
    )


@trace("process")
def process(
    m: Moment,
    image: str,
    command_line: str = "",
    parent: str = "explorer.exe",
    label: str = "",
    integrity: Integrity = "Medium",
    original: str = "",
) -> Iterator[Act]:
    """A program starts. `parent` is the `label` of an earlier one, or an image; `original` its OriginalFileName if
    renamed.
    """
    who = SYSTEM if integrity == "System" else m.account
    yield started(m, m.at_us, image, command_line, parent, label, integrity, original, who)


@trace("powershell")
def powershell(
    m: Moment,
    text: str,
    command_line: str = "",
    parent: str = "explorer.exe",
    label: str = "",
    integrity: Integrity = "Medium",
) -> Iterator[Act]:
    """PowerShell starts and runs the script block `text`; `command_line` is how it was called."""
    line = command_line or f"powershell.exe -NoProfile -Command {text}"
    begun = started(m, m.at_us, "powershell.exe", line, parent, label, integrity)
    yield begun
    yield ScriptRun(m.later(0.4), m.host.id, m.account, begun.process_id, text, step=m.step)


@trace("discovery")
def discovery(m: Moment, commands: tuple[str, ...], parent: str = "cmd.exe") -> Iterator[Act]:
    """Commands that look around (`whoami /all`, `nltest /domain_trusts`), one after the other under `parent`."""
    for at_us, command in zip(m.one_by_one(len(commands), 4), commands, strict=True):
        first = command.split(maxsplit=1)[0]
        program = first if "." in basename(first) or m.host.family is not Family.WINDOWS else f"{first}.exe"
        yield started(m, at_us, program, command, parent)


@trace("lsass_access")
def lsass_access(m: Moment, by: str, access: str = "0x1010") -> Iterator[Act]:
    """A program (`by`, a label or an image) opens the memory of lsass, where Windows keeps secrets of logons."""
    program = m.scene.program(m.host, by)
    yield ProcessAccessed(m.at_us, m.host.id, m.account, program.process_id, program.image, LSASS, access, m.step)


@trace("file")
def file(m: Moment, path: str, by: str = "explorer.exe") -> Iterator[Act]:
    """A program (`by`) makes a file on the host's own disk."""
    program = m.scene.program(m.host, by)
    yield FileWritten(m.at_us, m.host.id, m.account, program.process_id, program.image, path, m.step)


@trace("registry")
def registry(m: Moment, key: str, value: str, by: str = "reg.exe") -> Iterator[Act]:
    """A program (`by`) sets a registry value; `key` ends with its name, `value` as Sysmon writes it."""
    program = m.scene.program(m.host, by)
    yield RegistrySet(m.at_us, m.host.id, m.account, program.process_id, program.image, key, value, m.step)


@trace("service_install")
def service_install(
    m: Moment, name: str, image: str, start: Literal["auto start", "demand start"] = "demand start"
) -> Iterator[Act]:
    """A Windows service is installed and its key written."""
    yield ServiceInstalled(m.at_us, m.host.id, m.account, name, image, start, m.step)
    manager = m.scene.program(m.host, "services.exe")
    key = f"HKLM\\System\\CurrentControlSet\\Services\\{name}\\ImagePath"
    yield RegistrySet(m.later(0.02), m.host.id, SYSTEM, manager.process_id, manager.image, key, image, m.step)


@trace("service_stop")
def service_stop(m: Moment, names: tuple[str, ...], disabled: bool = False, parent: str = "cmd.exe") -> Iterator[Act]:
    """Services are stopped by command, and `disabled` so that they do not start again."""
    seconds = 0.0
    for name in names:
        if m.host.family is Family.WINDOWS:
            yield started(m, m.later(seconds), "net.exe", f'net stop "{name}" /y', parent, integrity="High")
        else:
            yield started(m, m.later(seconds), "systemctl", f"systemctl stop {name}", "bash")
        yield ServiceChanged(m.later(seconds + 0.5), m.host.id, name, "stopped", m.account, m.step)
        if disabled and m.host.family is Family.WINDOWS:
            line = f'sc config "{name}" start= disabled'
            yield started(m, m.later(seconds + 0.8), "sc.exe", line, parent, integrity="High")
            yield ServiceChanged(m.later(seconds + 0.9), m.host.id, name, "disabled", m.account, m.step)
        seconds += m.about(1.5)


@trace("task")
def task(m: Moment, name: str, command: str, arguments: str = "", parent: str = "cmd.exe") -> Iterator[Act]:
    """A scheduled task is made; on Linux a line in a crontab."""
    if m.host.family is Family.WINDOWS:
        action = f"{command} {arguments}".strip()
        line = f'schtasks /create /tn "{name}" /tr "{action}" /sc onlogon /rl highest /f'
        yield started(m, m.at_us, "schtasks.exe", line, parent, integrity="High")
    yield TaskRegistered(m.later(0.3), m.host.id, m.account, name, command, arguments, m.step)


@trace("sudo")
def sudo(m: Moment, command: str) -> Iterator[Act]:
    """Sudo runs a command on a Linux host."""
    yield CommandElevated(m.at_us, m.host.id, m.account, command, m.step)


@trace("log_clear")
def log_clear(m: Moment, channels: tuple[str, ...] = ("Security", "System"), parent: str = "cmd.exe") -> Iterator[Act]:
    """Windows logs are cleared with wevtutil. What was in them is gone only where the step `deletes` it."""
    seconds = 0.0
    for channel in channels:
        yield started(m, m.later(seconds), "wevtutil.exe", f"wevtutil cl {channel}", parent, integrity="High")
        yield LogCleared(m.later(seconds + 0.2), m.host.id, m.account, channel, m.step)
        seconds += 0.6


@trace("malware_seen")
def malware_seen(
    m: Moment, threat: str, path: str, action: Literal["quarantined", "blocked", "none"] = "quarantined"
) -> Iterator[Act]:
    """The antivirus names something; `action: none` where it only watches."""
    yield MalwareSeen(m.at_us, m.host.id, m.account, threat, path, action, m.step)


@trace("disable_defender")
def disable_defender(m: Moment, parent: str = "cmd.exe") -> Iterator[Act]:
    """Defender's watch over the machine is switched off: by PowerShell, in the registry, and as Defender logs it."""
    text = "Set-MpPreference -DisableRealtimeMonitoring $true -DisableIOAVProtection $true"
    begun = started(m, m.at_us, "powershell.exe", f"powershell.exe {text}", parent, integrity="High")
    yield begun
    yield ScriptRun(m.later(0.3), m.host.id, m.account, begun.process_id, text, step=m.step)
    key = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\DisableAntiSpyware"
    line = f'reg add "{key.rpartition(chr(92))[0]}" /v DisableAntiSpyware /t REG_DWORD /d 1 /f'
    changed = started(m, m.later(1), "reg.exe", line, parent, integrity="High")
    yield changed
    yield RegistrySet(
        m.later(1.1), m.host.id, m.account, changed.process_id, changed.image, key, "DWORD (0x00000001)", m.step
    )
    yield ProtectionChanged(m.later(1.5), m.host.id, "off", m.account, m.step)


@trace("shadow_copy_delete")
def shadow_copy_delete(m: Moment, parent: str = "cmd.exe") -> Iterator[Act]:
    """Shadow copies are deleted and the boot recovery is switched off, by the commands that ransomware uses."""
    commands = (
        ("vssadmin.exe", "vssadmin delete shadows /all /quiet"),
        ("wmic.exe", "wmic shadowcopy delete"),
        ("bcdedit.exe", "bcdedit /set {default} recoveryenabled no"),
        ("bcdedit.exe", "bcdedit /set {default} bootstatuspolicy ignoreallfailures"),
        ("wbadmin.exe", "wbadmin delete catalog -quiet"),
    )
    for index, (image, line) in enumerate(commands):
        yield started(m, m.later(index * 1.2), image, line, parent, integrity="High")


@trace("shutdown")
def shutdown(m: Moment) -> Iterator[Act]:
    """The host goes down."""
    yield Started(m.at_us, m.host.id, up=False, step=m.step)
