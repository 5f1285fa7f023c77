"""The entries of each log as text in its format, with a few broken records as real collections have."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from story.scene import Entry, iso

Write = Callable[[list[Entry]], str]

HEAD_FIELDS = ("SourceName", "EventID", "Channel", "Hostname")
FLOW = {
    "ts": "time",
    "uid": "string",
    "id.orig_h": "addr",
    "id.orig_p": "port",
    "id.resp_h": "addr",
    "id.resp_p": "port",
    "proto": "enum",
}
CONN = {
    **FLOW,
    "service": "string",
    "duration": "interval",
    "orig_bytes": "count",
    "resp_bytes": "count",
    "conn_state": "string",
}
DNS = {**FLOW, "query": "string", "qtype_name": "string", "rcode_name": "string", "answers": "vector[string]"}
"""Zeek's columns and their types."""


def compact(value: Any) -> str:
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def forwarded(entries: list[Entry]) -> str:
    """Windows events as NXLog forwards them; one line in the middle and the last one are cut off."""
    lines = []
    for number, (time, event) in enumerate(entries):
        head = {"EventTime": f"{time:%Y-%m-%d %H:%M:%S}", "RecordNumber": 880_000 + number}
        lines.append(compact({**head, "SourceModuleType": "im_msvistalog", **event}))
    lines.insert(700, lines[699][:210])
    lines.append(lines[-1][:120])
    return "\n".join(lines)


def exported(entries: list[Entry]) -> str:
    """One machine's log as a JSON array of nested events, as EVTX exporters write it."""
    events = []
    for number, (time, event) in enumerate(entries):
        data = {name: value for name, value in event.items() if name not in HEAD_FIELDS}
        head = {
            "Provider": {"#attributes": {"Name": event["SourceName"]}},
            "EventID": event["EventID"],
            "TimeCreated": {"#attributes": {"SystemTime": iso(time)}},
            "EventRecordID": 41_000 + number,
            "Channel": event["Channel"],
            "Computer": event["Hostname"],
        }
        body = {"UserData": {"LogFileCleared": data}} if event["EventID"] == 1102 else {"EventData": data}
        events.append({"Event": {"System": head, **body}})
    return "[\n" + ",\n".join(map(compact, events)) + "\n]\n"


def zeek(log: str, columns: dict[str, str], *, broken: bool = False) -> Write:
    """Zeek's tab-separated form; if ``broken``, one line is cut."""

    def write(entries: list[Entry]) -> str:
        fields, types = "\t".join(columns), "\t".join(columns.values())
        lines = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-"]
        lines += [f"#path\t{log}", "#open\t2026-11-17-16-00-00", f"#fields\t{fields}", f"#types\t{types}"]
        for number, (time, row) in enumerate(entries):
            lines.append("\t".join(map(str, [f"{time.timestamp():.6f}", f"C{log[0]}{number:08x}", *row])))
        if broken:
            lines.insert(300, lines[299][:40])
        return "\n".join([*lines, "#close\t2026-11-18-02-00-00", ""])

    return write


def syslog(entries: list[Entry]) -> str:
    """As rsyslog writes files: ISO 8601 time, host, program."""
    return "".join(f"{iso(time)} {line}\n" for time, line in entries)


def syslog_5424(entries: list[Entry]) -> str:
    """RFC 5424, as hypervisors send it."""
    return "".join(f"<166>1 {iso(time)} {line}\n" for time, line in entries)


def audit(entries: list[Entry]) -> str:
    """Three audit records for each program start."""
    lines = []
    for number, (time, event) in enumerate(entries):
        stamp = f"msg=audit({time.timestamp():.3f}:{9000 + number}):"
        command, user, program = event["command"], event["user"], event["command"][0]
        ids = f"ppid=2200 pid={3000 + number} auid={user} uid={user} gid=0 tty=pts1"
        names = f'comm="{program.split("/")[-1]}" exe="{program}" key="{event["key"]}"'
        lines.append(f"type=SYSCALL {stamp} arch=c000003e syscall=59 success=yes exit=0 {ids} {names}")
        arguments = " ".join(f'a{place}="{part}"' for place, part in enumerate(command))
        lines.append(f"type=EXECVE {stamp} argc={len(command)} {arguments}")
        lines.append(f"type=PROCTITLE {stamp} proctitle={chr(0).join(command).encode().hex().upper()}")
    return "\n".join([*lines, ""])


def cef(entries: list[Entry]) -> str:
    """The firewall's lines behind a syslog header; one line ends in its CEF header."""
    lines = [f"<134>{time:%b %d %H:%M:%S} fw01 {line}" for time, line in entries]
    lines.insert(9, lines[8][: lines[8].index("|v7")])
    return "\n".join([*lines, ""])


def objects(time_field: str, broken: str = "") -> Write:
    """JSON lines with the time under ``time_field``; ``broken`` is a line that is no JSON."""

    def write(entries: list[Entry]) -> str:
        lines = [compact({time_field: iso(time), **body}) for time, body in entries]
        if broken:
            lines.insert(100, broken)
        return "\n".join([*lines, ""])

    return write


def array(time_field: str) -> Write:
    """One JSON array, as a download from a portal is."""
    return lambda entries: json.dumps([{time_field: iso(t), **body} for t, body in entries], indent=1) + "\n"
