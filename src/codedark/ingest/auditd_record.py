"""Linux audit records: a line taken apart, and the lines of one event joined to one record.

A line is ``[node=N] type=T msg=audit(SECONDS:SERIAL): key=value ...``. Source: the specifications of the
Linux audit project (record format; "untrusted strings" in hexadecimal; enriched fields behind a separator).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from codedark.events.record import Origin, Record, Scalar
from codedark.ingest.auditd_syscalls import NAMES
from codedark.ingest.text import Unreadable, alias, decode, gather

Pair = tuple[str, Scalar]

_HEADER: Final = re.compile(
    r"\s*(?:node=(\S+) +)?type=(\S+) +(?:msg=)?"
    r"audit\(([^():]{1,40}(?::\d\d:\d\d\.\d{1,9})?):(\d{1,20})\)(?: :|:|)\s*"
)
_JOURNAL_HEADER: Final = re.compile(r"([A-Z][A-Z0-9_]{2,40}) (?=\w+=)")
_TOKEN: Final = re.compile(r"""([^ \t\x1d=]+)=("[^"]*"|'[^']*'|[^ \t\x1d]*)|([^ \t\x1d]+)""")
_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f]+")
_ARGUMENT: Final = re.compile(r"a(\d{1,6})(?:\[(\d{1,6})\])?")

_POINTERS: Final = frozenset(("a0", "a1", "a2", "a3"))

_SIGMA_NAMES: Final = (
    ("exe", "Image"),
    ("cmd", "CommandLine"),
    ("cwd", "CurrentDirectory"),
    ("UID", "User"),
    ("pid", "ProcessId"),
    ("ppid", "ParentProcessId"),
)
"""Audit fields that Sigma's Linux rules know under Sysmon's names."""

_ESCAPED_NAMES: Final = """
    acct apparmor cgroup cmd comm cwd data denied_mask device dir exe file grp info invalid_context key name
    new-chardev new-disk new-fs new-net new_group ocomm old-chardev old-disk old-fs old-net operation path
    proctitle profile requested_mask root_dir sw vm watch
"""
_ESCAPED: Final = frozenset(_ESCAPED_NAMES.split())
"""Fields that are in hexadecimal when they are not in quotes (auparse's AUPARSE_TYPE_ESCAPED)."""

_TYPES: Final = {
    "1006": "LOGIN",
    "1300": "SYSCALL",
    "1302": "PATH",
    "1305": "CONFIG_CHANGE",
    "1306": "SOCKADDR",
    "1307": "CWD",
    "1309": "EXECVE",
    "1319": "TTY",
    "1320": "EOE",
    "1325": "NETFILTER_CFG",
    "1326": "SECCOMP",
    "1327": "PROCTITLE",
    "1330": "KERN_MODULE",
    "1400": "AVC",
}
"""Record types as the kernel numbers them where no audit daemon has named them (linux/audit.h)."""


class Member(NamedTuple):
    """One line of an event. ``serial`` is "" where the line does not say which event it belongs to."""

    node: str
    type: str
    time: str
    serial: str
    pairs: list[Pair]


def member(line: str, node: str = "") -> Member:
    """Read one line; ``node`` is the host where the line does not name one. Raises `Unreadable`."""
    if found := _HEADER.match(line):
        said, kind, time, serial = found.groups()
    elif found := _JOURNAL_HEADER.match(line):
        said, kind, time, serial = None, found[1], "", ""
    else:
        raise Unreadable("no audit record: expected 'type=... msg=audit(time:serial): ...'")
    kind = _TYPES.get(kind.removeprefix("UNKNOWN[").removesuffix("]"), kind)
    # A time in words is the mark of `ausearch --interpret`, which has decoded the values already.
    return Member(said or node, kind, time, serial, _pairs(line[found.end() :], kind, raw="/" not in time))


def _pairs(text: str, kind: str, *, raw: bool) -> list[Pair]:
    """The fields of a line. Words without ``=`` belong to the value before them, or are its ``text``."""
    pairs: list[Pair] = []
    words: dict[int, list[str]] = {}
    for name, value, word in _TOKEN.findall(text):
        if value[:1] == '"':
            pairs.append((name, value[1:].removesuffix('"')))
        elif word:
            words.setdefault(len(pairs) - 1, []).append(word)
        elif name == "msg" and value[:1] == "'":
            pairs += _pairs(value[1:].removesuffix("'"), kind, raw=raw)
        else:
            read_value = _value(name, value, kind, raw=raw)
            # Several keys on one rule are one string, separated by the byte 1 (audit.h, AUDIT_KEY_SEPARATOR).
            if name == "key" and isinstance(read_value, str) and "\1" in read_value:
                pairs += [(name, key) for key in read_value.split("\1")]
            else:
                pairs.append((name, read_value))
    leading = words.pop(-1, [])
    for at, found in words.items():
        pairs[at] = (pairs[at][0], " ".join([str(pairs[at][1]), *found]))
    return [("text", " ".join(leading)), *pairs] if leading else pairs


def _value(name: str, value: str, kind: str, *, raw: bool) -> Scalar:
    if value == "(null)":
        return None
    if not raw or not (name in _ESCAPED or (kind == "EXECVE" and _ARGUMENT.fullmatch(name))):
        return value
    if len(value) % 2 or not _HEXADECIMAL.fullmatch(value):
        return value
    text = decode(bytes.fromhex(value))
    return text.rstrip("\0").replace("\0", " ") if name == "proctitle" else text


def record(members: list[Member]) -> tuple[Origin, Record]:
    """Join the lines of one event. A field that differs between them is a tuple, in the order of lines."""
    kinds = list(dict.fromkeys(one.type for one in members if one.type != "EOE")) or ["EOE"]
    main = next((kind for kind in ("EXECVE", "SYSCALL") if kind in kinds), kinds[0])
    pairs: list[Pair] = [("type", kind) for kind in kinds]
    arguments: list[Pair] = []
    for one in members:
        if one.type == "EXECVE":
            arguments += one.pairs
        elif one.type == "SYSCALL" and main == "EXECVE":
            # Where the arguments themselves are known, the pointers to them say nothing.
            pairs += [pair for pair in one.pairs if pair[0] not in _POINTERS]
        else:
            pairs += one.pairs
    command = _arguments(arguments)
    joined = gather([*pairs, *command])
    first = members[0]
    said = {"node": first.node, "timestamp": first.time, "serial": first.serial}
    joined.update({name: value for name, value in said.items() if value})
    _derive(joined, members, [str(value) for name, value in command if _ARGUMENT.fullmatch(name)])
    return Origin("linux", "auditd", main), joined


def _arguments(pairs: list[Pair]) -> list[Pair]:
    """The arguments of an EXECVE in their order, those that came in pieces (``a1[0]=``) put together."""
    pieces: dict[int, dict[int, str]] = {}
    others: list[Pair] = []
    for name, value in pairs:
        if found := _ARGUMENT.fullmatch(name):
            pieces.setdefault(int(found[1]), {})[int(found[2] or 0)] = str(value)
        else:
            others.append((name, value))
    return others + [
        (f"a{number}", "".join(text for _, text in sorted(parts.items()))) for number, parts in sorted(pieces.items())
    ]


def _derive(record: Record, members: list[Member], command: list[str]) -> None:
    """Add the names under which Sigma's process and file rules know what the event says."""
    number = record.get("syscall")
    if isinstance(number, str) and "SYSCALL" not in record:
        names = NAMES.get(str(record.get("arch")), {})
        record["SYSCALL"] = names.get(number, number)
    if command:
        record.setdefault("CommandLine", " ".join(command))
        record.setdefault("Image", record.get("exe") or command[0])
    elif record.get("SYSCALL") in ("execve", "execveat"):
        alias(record, [("proctitle", "CommandLine")])
    alias(record, _SIGMA_NAMES)
    paths = [dict(one.pairs) for one in members if one.type == "PATH"]
    created = [path.get("name") for path in paths if path.get("nametype") == "CREATE"]
    record.update(gather([("TargetFilename", name) for name in created]))
