"""Files on shares, and on machines whose sensor tells of files.

Samba's vfs_full_audit (manual page vfs_full_audit(8), prefix ``%u|%I|%m|%S`` or part of it), Windows Security 5145 and
4663, Zeek's smb_files.log, Sysmon 11, 23 and 26. Names come out alike: relative to the share, in lower case, with
backslashes. A local file has no ``share`` and its own host as ``client``.

Windows asks for the right to delete also where a file is renamed; such an act is a ``delete`` here (5145 does not tell
the new name).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from codedark.detect.behaviour.observation import FileAct
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.events.record import ABSENT, Origin

_WRITE_DATA: Final = 0x2 | 0x4  # WriteData and AppendData
_DELETE: Final = 0x10000
_SYSTEM_PROCESS: Final = 0x4
"""Behind 4663, the server itself: somebody uses a share, which 5145 tells with the client."""
_SAMBA: Final = {
    "open": "", "openat": "", "create_file": "", "pread": "read", "read": "read", "pwrite": "write", "write": "write",
    "rename": "rename", "renameat": "rename", "unlink": "delete", "unlinkat": "delete",
}  # fmt: skip
"""Operations of vfs_full_audit; how a file was opened stands before its name."""
_ZEEK: Final = {
    "SMB::FILE_OPEN": "read", "SMB::FILE_READ": "read", "SMB::FILE_WRITE": "write", "SMB::FILE_RENAME": "rename",
    "SMB::FILE_DELETE": "delete",
}  # fmt: skip
_SYSMON: Final = {"11": "write", "23": "delete", "26": "delete"}
_SYSMON_LOG: Final = "microsoft-windows-sysmon/operational"

_OF_SAMBA: Final = ("appname", "message")
_OF_5145: Final = ("SubjectUserName", "IpAddress", "ShareName", "RelativeTargetName", "AccessMask")
_OF_4663: Final = ("SubjectUserName", "ObjectType", "ObjectName", "AccessMask", "ProcessId")
_OF_ZEEK: Final = ("id.orig_h", "id.resp_h", "action", "path", "name", "prev_name")
_OF_SYSMON: Final = ("User", "TargetFilename")


class Files:
    """Reads `FileAct`s."""

    def fields(self, origin: Origin) -> tuple[str, ...] | None:
        """As `Reading` has it."""
        way = _way(origin)
        return way[0] if way else None

    def read(self, seen: Seen, places: Places) -> Iterator[FileAct]:
        """One for each record of a file that was opened, written, renamed or deleted."""
        way = _way(seen.origin)
        if way is None:
            return
        names, reader = way
        columns = [seen.columns[name] for name in names]
        for at_us, host, row, *values in zip(seen.times_us, seen.hosts, seen.rows, *columns, strict=True):
            found = reader(at_us, host, row, values, seen.origin, places)
            if found is not None:
                yield found


_Reader = Callable[[int, str, int, Sequence[Any], Origin, Places], FileAct | None]


def _way(origin: Origin) -> tuple[tuple[str, ...], _Reader] | None:
    match origin:
        case ("linux", "syslog", _, _):
            return _OF_SAMBA, _samba
        case ("windows", "security", "5145", _):
            return _OF_5145, _share_access
        case ("windows", "security", "4663", _):
            return _OF_4663, _object_access
        case ("zeek", "smb_files", _, _):
            return _OF_ZEEK, _zeek
        case ("windows", service, event, _) if service == _SYSMON_LOG and event in _SYSMON:
            return _OF_SYSMON, _sysmon
        case _:
            return None


def _samba(at_us: int, host: str, row: int, values: Sequence[Any], _: Origin, places: Places) -> FileAct | None:
    program, message = values
    if program.__class__ is not str or not program.startswith("smbd") or message.__class__ is not str:
        return None
    parts = message.split("|")
    # 1. The operation stands before "ok" or "fail (why)"; what precedes it is the prefix.
    place = next((at for at, part in enumerate(parts[1:]) if part == "ok" or part.startswith("fail")), -1)
    if place < 0 or parts[place] not in _SAMBA or parts[place + 1] != "ok":
        return None
    prefix, arguments = parts[:place], parts[place + 2 :]
    # 2. Opening says before the name whether to read or to write.
    act = _SAMBA[parts[place]]
    if not act:
        act = "write" if arguments[:1] == ["w"] else "read"
        arguments = arguments[-1:] if len(arguments) > 1 else arguments
    if not arguments:
        return None
    client = next((part for part in prefix[1:] if part[:1].isdigit() or ":" in part), "")
    return FileAct(
        at_us, places.host(host), row, places.account(prefix[0]) if prefix else "", places.host(client),
        prefix[-1].lower() if len(prefix) > 1 else "", act, _name(arguments[0]),
        _name(arguments[1]) if act == "rename" and len(arguments) > 1 else "",
    )  # fmt: skip


def _share_access(at_us: int, host: str, row: int, values: Sequence[Any], _: Origin, places: Places) -> FileAct | None:
    user, address, share, name, mask = map(_text, values)
    share = share.rpartition("\\")[2].lower()
    if share == "ipc$" or not name or name == "\\":
        return None
    return FileAct(
        at_us, places.host(host), row, places.account(user), places.host(address), share, _act_of(mask), _name(name)
    )


def _object_access(at_us: int, host: str, row: int, values: Sequence[Any], _: Origin, places: Places) -> FileAct | None:
    user, kind, name, mask, process = map(_text, values)
    if kind != "File" or not name or _hexadecimal(process) == _SYSTEM_PROCESS:
        return None
    own = places.host(host)
    return FileAct(at_us, own, row, places.account(user), own, "", _act_of(mask), _name(name))


def _zeek(at_us: int, _: str, row: int, values: Sequence[Any], __: Origin, places: Places) -> FileAct | None:
    client, server, action, share, name, before = map(_text, values)
    act = _ZEEK.get(action)
    if act is None or not name:
        return None
    share = share.rpartition("\\")[2].lower()
    first, second = (before or name, name) if act == "rename" else (name, "")
    return FileAct(at_us, places.host(server), row, "", places.host(client), share, act, _name(first), _name(second))


def _sysmon(at_us: int, host: str, row: int, values: Sequence[Any], origin: Origin, places: Places) -> FileAct | None:
    user, name = map(_text, values)
    own = places.host(host)
    return FileAct(at_us, own, row, places.account(user), own, "", _SYSMON[origin.event], _name(name)) if name else None


def _act_of(mask: str) -> str:
    """What was asked for: to write counts before to delete, as programs that save files ask for both."""
    rights = _hexadecimal(mask)
    return "write" if rights & _WRITE_DATA else "delete" if rights & _DELETE else "read"


def _hexadecimal(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        return 0


def _name(name: str) -> str:
    return name.replace("/", "\\").lower().strip("\\")


def _text(value: Any) -> str:
    return "" if value is ABSENT or value is None or isinstance(value, tuple) else str(value)
