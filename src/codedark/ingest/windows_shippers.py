"""Windows events that a shipper has renamed: Winlogbeat and Elastic Agent (ECS), and Wazuh.

Both are undone by name: the document is flattened, and each field gets back the name that Windows gave it.
What has no Windows name (``agent.name``, ``rule.level``, ``process.hash.md5``) stays under its own.

Elastic's Sysmon pipeline takes fields out of ``winlog.event_data`` and leaves them only in ECS
(elastic/integrations, windows/sysmon_operational): these are put back, per event id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from codedark.events.record import Record, Value
from codedark.ingest.flatten import flatten, join
from codedark.ingest.windows_shapes import Shape, finished, make_number

_ECS_NAMES: Final[Mapping[str, str]] = {
    "winlog.channel": "Channel",
    "winlog.event_id": "EventID",
    "winlog.provider_name": "Provider_Name",
    "winlog.provider_guid": "Provider_Guid",
    "winlog.computer_name": "Computer",
    "winlog.record_id": "EventRecordID",
    "winlog.time_created": "TimeCreated",
    "winlog.process.pid": "Execution_ProcessID",
    "winlog.process.thread.id": "Execution_ThreadID",
    "winlog.user.identifier": "Security_UserID",
    "winlog.activity_id": "Correlation_ActivityID",
    "winlog.version": "Version",
    "winlog.task": "Task",
    "winlog.opcode": "Opcode",
    "winlog.keywords": "Keywords",
    "message": "Message",
    "log_name": "Channel",
    "event_id": "EventID",
    "source_name": "Provider_Name",
    "computer_name": "Computer",
    "record_number": "EventRecordID",
}
"""The last five are Winlogbeat's before version 7."""
_ECS_DATA: Final = ("winlog.event_data.", "winlog.user_data.", "event_data.", "user_data.")
_ECS_FALLBACKS: Final = {"EventID": "event.code", "Provider_Name": "event.provider", "Computer": "host.name"}
_LEVELS: Final = {"critical": 1, "error": 2, "warning": 3, "information": 4, "verbose": 5}

_SYSMON_ECS: Final[Mapping[str, str]] = {
    "ProcessGuid": "process.entity_id",
    "ProcessId": "process.pid",
    "Image": "process.executable",
    "CommandLine": "process.command_line",
    "CurrentDirectory": "process.working_directory",
    "OriginalFileName": "process.pe.original_file_name",
    "ParentProcessGuid": "process.parent.entity_id",
    "ParentProcessId": "process.parent.pid",
    "ParentImage": "process.parent.executable",
    "ParentCommandLine": "process.parent.command_line",
    "RuleName": "rule.name",
    "Protocol": "network.transport",
    "SourceIp": "source.ip",
    "SourceHostname": "source.domain",
    "SourcePort": "source.port",
    "DestinationIp": "destination.ip",
    "DestinationHostname": "destination.domain",
    "DestinationPort": "destination.port",
    "QueryName": "dns.question.name",
    "QueryStatus": "sysmon.dns.status",
    "QueryResults": "dns.answers.data",
    "TargetObject": "registry.path",
    "Signed": "file.code_signature.signed",
    "SignatureStatus": "file.code_signature.status",
    "Archived": "sysmon.file.archived",
    "IsExecutable": "sysmon.file.is_executable",
}
_SYSMON_ECS_BY_EVENT: Final[Mapping[int, Mapping[str, str]]] = {
    2: {"TargetFilename": "file.path"},
    6: {"ImageLoaded": "file.path", "Signature": "file.code_signature.subject_name"},
    7: {
        "ImageLoaded": "file.path",
        "Signature": "file.code_signature.subject_name",
        "OriginalFileName": "file.pe.original_file_name",
    },
    8: {"SourceImage": "process.executable", "SourceProcessId": "process.pid"},
    9: {"Device": "file.path"},
    10: {
        "SourceImage": "process.executable",
        "SourceProcessId": "process.pid",
        "SourceThreadId": "process.thread.id",
    },
    11: {"TargetFilename": "file.path"},
    15: {"TargetFilename": "file.path"},
    17: {"PipeName": "file.name"},
    18: {"PipeName": "file.name"},
    20: {"Destination": "process.executable"},
    23: {"TargetFilename": "file.path"},
    26: {"TargetFilename": "file.path"},
    27: {"TargetFilename": "file.path"},
    28: {"TargetFilename": "file.path"},
    29: {"TargetFilename": "file.path"},
}
_HASH_FIELDS: Final = ("process.hash.", "file.hash.", "dll.hash.", "process.pe.", "file.pe.")
_HASHES: Final = frozenset({"md5", "sha1", "sha256", "imphash"})
_DWORD_DIGITS: Final = 10
_DIRECTIONS: Final = {"egress": "true", "ingress": "false"}

_WAZUH: Final = "data.win."
_WAZUH_NAMES: Final[Mapping[str, str]] = {
    "system.providerName": "Provider_Name",
    "system.providerGuid": "Provider_Guid",
    "system.eventSourceName": "EventSourceName",
    "system.systemTime": "TimeCreated",
    "system.processID": "Execution_ProcessID",
    "system.threadID": "Execution_ThreadID",
    "system.security UserID": "Security_UserID",
}
_LOWER_CASE_CHANNELS: Final = (
    "openssh/",
    "microsoft-windows-bits-client/",
    "microsoft-windows-appxpackaging",
)
"""Channels that have data names in lower case, which Wazuh's spelling does not tell from the others."""


def ecs(obj: Mapping[str, Any]) -> Shape | None:
    """An event of Winlogbeat or Elastic Agent, nested or with dotted names; None for anything else."""
    if "winlog" not in obj and "winlog.channel" not in obj and not ("log_name" in obj and "event_id" in obj):
        return None
    record: Record = {}
    data: list[tuple[str, Value]] = []
    for name, found in flatten(obj).items():
        # Kibana exports every value as a list
        value = found[0] if isinstance(found, tuple) and len(found) == 1 else found
        section = next((prefix for prefix in _ECS_DATA if name.startswith(prefix)), "")
        if section:
            data.append((name[len(section) :], value))
        else:
            record[_ECS_NAMES.get(name, name)] = value
    _add_data(record, data)
    for name, other in _ECS_FALLBACKS.items():
        if name not in record and other in record:
            record[name] = record[other]
    level = record.get("log.level")
    if type(level) is str and level.lower() in _LEVELS:
        record.setdefault("Level", _LEVELS[level.lower()])
    make_number(record, "EventID")
    make_number(record, "EventRecordID")
    if "sysmon" in str(record.get("Provider_Name")).lower():
        _restore_sysmon(record)
    return finished(record)


def wazuh(obj: Mapping[str, Any]) -> Shape | None:
    """A Wazuh alert or archive of a Windows event (``data.win``); None for anything else."""
    data = obj.get("data")
    if not (type(data) is dict and "win" in data) and "data.win.system.eventID" not in obj:
        return None
    record: Record = {}
    fields: list[tuple[str, Value]] = []
    for path, raw in flatten(obj).items():
        if not path.startswith(_WAZUH):
            record[path] = raw
            continue
        name = path.removeprefix(_WAZUH)
        section, _, leaf = name.partition(".")
        value = _unescaped(raw)
        if section.lower() != "system":
            fields.append((_capitalised(leaf or section), value))
        elif leaf == "message":
            record["Message"] = value.strip('"') if type(value) is str else value
        else:
            record[_WAZUH_NAMES.get(name) or _capitalised(leaf)] = value
    _add_data(record, fields)
    if str(record.get("Channel")).lower().startswith(_LOWER_CASE_CHANNELS):
        for name, value in fields:
            record.setdefault(name[:1].lower() + name[1:], value)
    make_number(record, "EventID")
    make_number(record, "EventRecordID")
    return finished(record)


def _add_data(record: Record, data: list[tuple[str, Value]]) -> None:
    """Fields of EventData or UserData; ``param1`` and so on are also the elements of the field ``Data``."""
    for name, value in data:
        join(record, f"EventData.{name}" if name in record else name, value)
    if "Data" not in record:
        unnamed = [(name, value) for name, value in data if name != "Binary"]
        numbered = [value for name, value in unnamed if name[:5].lower() == "param" and name[5:].isdigit()]
        if numbered and len(numbered) == len(unnamed):
            record["Data"] = tuple(
                part for value in numbered for part in (value if isinstance(value, tuple) else (value,))
            )


def _restore_sysmon(record: Record) -> None:
    event = record.get("EventID")
    by_event = _SYSMON_ECS_BY_EVENT.get(event, {}) if type(event) is int else {}
    for name, other in {**_SYSMON_ECS, **by_event}.items():
        if name not in record and other in record:
            record[name] = record[other]
    if "User" not in record and "user.name" in record:
        domain = record.get("user.domain")
        record["User"] = f"{domain}\\{record['user.name']}" if domain else record["user.name"]
    if "Initiated" not in record and record.get("network.direction") in _DIRECTIONS:
        record["Initiated"] = _DIRECTIONS[str(record["network.direction"])]
    if "Hashes" not in record:
        hashes = {
            name[len(prefix) :]: value
            for prefix in _HASH_FIELDS
            for name, value in record.items()
            if name.startswith(prefix) and name[len(prefix) :] in _HASHES
        }
        if hashes:
            record["Hashes"] = ",".join(f"{kind.upper()}={value}" for kind, value in hashes.items())
    details = record.get("registry.data.strings")
    if "Details" not in record and details is not None:
        is_dword = record.get("registry.data.type") == "SZ_DWORD" and type(details) is str
        record["Details"] = _dword(str(details)) if is_dword else details


def _dword(decimal: str) -> str:
    """The number as Sysmon writes a DWORD."""
    is_number = decimal.isascii() and decimal.isdigit() and len(decimal) <= _DWORD_DIGITS
    return f"DWORD (0x{int(decimal):08x})" if is_number else decimal


def _capitalised(name: str) -> str:
    """Wazuh lowers the first letter of every name; ``param1`` is the one that Windows has so."""
    return name if name[:5] == "param" and name[5:].isdigit() else name[:1].upper() + name[1:]


def _unescaped(value: Value) -> Value:
    """Wazuh 4 writes values with their JSON escapes escaped once more; older versions do not.

    Taken back only where every backslash is part of such an escape.
    """
    if type(value) is not str or "\\" not in value:
        return value
    if "\\" in value.replace("\\\\", "").replace('\\"', ""):
        return value
    return value.replace('\\"', '"').replace("\\\\", "\\")
