"""What happens on machines: starts, programs, files, settings, services, protection."""

from __future__ import annotations

from typing import Literal, NamedTuple

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId


class Started(NamedTuple):
    """A host has started (``up``) or is shutting down."""

    at_us: int
    host: AssetId
    up: bool
    step: str = ""


class ProcessStarted(NamedTuple):
    """A program started. ``integrity``: ``Low``, ``Medium``, ``High`` or ``System``. Paths are of the host's family."""

    at_us: int
    host: AssetId
    account: AccountId
    logon_id: int
    process_id: int
    image: str
    command_line: str
    parent_process_id: int
    parent_image: str
    parent_command_line: str = ""
    integrity: str = "Medium"
    original_file_name: str = ""
    current_directory: str = ""
    step: str = ""


class ProcessAccessed(NamedTuple):
    """A program opened another one's memory, with ``granted_access`` (``0x1010``)."""

    at_us: int
    host: AssetId
    account: AccountId
    process_id: int
    image: str
    target_image: str
    granted_access: str
    step: str = ""


class FileWritten(NamedTuple):
    """A file was made on the host's own disk."""

    at_us: int
    host: AssetId
    account: AccountId
    process_id: int
    image: str
    path: str
    step: str = ""


class RegistrySet(NamedTuple):
    """A registry value was set; ``key`` ends with the value's name, ``value`` as Sysmon writes it (``DWORD
    (0x00000001)``).
    """

    at_us: int
    host: AssetId
    account: AccountId
    process_id: int
    image: str
    key: str
    value: str
    step: str = ""


class ScriptRun(NamedTuple):
    """PowerShell ran a script block of ``text``; ``path`` is its file, "" at the prompt."""

    at_us: int
    host: AssetId
    account: AccountId
    process_id: int
    text: str
    path: str = ""
    step: str = ""


class ServiceInstalled(NamedTuple):
    """A Windows service was installed."""

    at_us: int
    host: AssetId
    account: AccountId
    name: str
    image: str
    start: Literal["auto start", "demand start"] = "demand start"
    step: str = ""


class ServiceChanged(NamedTuple):
    """A Windows service entered a state, or ``disabled``: its start type was changed to that."""

    at_us: int
    host: AssetId
    name: str
    state: Literal["running", "stopped", "disabled"]
    account: AccountId = AccountId("")
    step: str = ""


class TaskRegistered(NamedTuple):
    """A scheduled task was made; on Linux a line of a crontab."""

    at_us: int
    host: AssetId
    account: AccountId
    name: str
    command: str
    arguments: str = ""
    step: str = ""


class LogCleared(NamedTuple):
    """A Windows log was cleared: ``Security``, ``System``, ``Microsoft-Windows-Sysmon/Operational`` …"""

    at_us: int
    host: AssetId
    account: AccountId
    channel: str
    step: str = ""


class MalwareSeen(NamedTuple):
    """The antivirus named something; ``action`` ``quarantined``, ``blocked`` or ``none``."""

    at_us: int
    host: AssetId
    account: AccountId
    threat: str
    path: str
    action: Literal["quarantined", "blocked", "none"]
    step: str = ""


class ProtectionChanged(NamedTuple):
    """The antivirus on a host was switched (``on``), or updated its signatures (``updated``)."""

    at_us: int
    host: AssetId
    event: Literal["on", "off", "updated", "scan_finished"]
    account: AccountId = AccountId("")
    step: str = ""


class CommandElevated(NamedTuple):
    """sudo ran a command on a Linux host."""

    at_us: int
    host: AssetId
    account: AccountId
    command: str
    step: str = ""


class BackupRan(NamedTuple):
    """A backup job ended, or its restore points were ``deleted``."""

    at_us: int
    server: AssetId
    job: str
    outcome: Literal["success", "warning", "failed", "deleted"]
    octets: int
    seconds: int
    account: AccountId = AccountId("")
    step: str = ""
