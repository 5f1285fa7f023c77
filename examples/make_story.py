"""Writes the story of logs: ``python examples/make_story.py [FOLDER]``, beside this file without FOLDER.

`story.scene` is the hospital, `story.noise` its ordinary night, `story.evening` and `story.night` what the
intruder did. Here the entries of all are put in order and written. Same bytes every time.
"""

from __future__ import annotations

import gzip
import sys
from collections import defaultdict
from pathlib import Path
from random import Random

from story import evening, formats, night, noise
from story.scene import Entry, at

SEED = 17
FILES: dict[str, tuple[str, formats.Write]] = {
    "windows": ("windows/forwarded.jsonl.gz", formats.forwarded),
    "dc01": ("windows/dc01-security.json", formats.exported),
    "connections": ("network/conn.log", formats.zeek("conn", formats.CONN, broken=True)),
    "dns": ("network/dns.log", formats.zeek("dns", formats.DNS)),
    "auth": ("linux/auth.log", formats.syslog),
    "audit": ("linux/audit.log", formats.audit),
    "hypervisors": ("linux/hypervisors.log", formats.syslog_5424),
    "vpn": ("firewall/vpn.log", formats.cef),
    "sign-ins": ("cloud/entra-signins.json", formats.array("createdDateTime")),
    "mailboxes": ("cloud/m365-audit.jsonl", formats.objects("CreationTime")),
    "records": (
        "ehr/audit-events.jsonl",
        formats.objects("recorded", "<html><body>502 Bad Gateway</body></html>"),
    ),
}
"""The file of each log, and how it is written."""


def story() -> dict[str, list[Entry]]:
    """The entries of every log in order of time, until two in the morning."""
    logs: dict[str, list[Entry]] = defaultdict(list, noise.ordinary_night(Random(SEED)))
    for act in (*evening.ACTS, *night.ACTS):
        for log, time, body in act():
            logs[log].append((time, body))
    end = at("02:00:00")
    return {log: sorted((e for e in logs[log] if e[0] <= end), key=lambda entry: entry[0]) for log in FILES}


def write(folder: Path) -> None:
    """Write all logs of the story under ``folder``."""
    for log, entries in story().items():
        name, written = FILES[log]
        data = written(entries).encode()
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(data, 9, mtime=0) if name.endswith(".gz") else data)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "logs")
