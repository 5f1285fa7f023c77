"""From parcels to rows: numbers, times, text, whatever the format and however parcels are joined."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from codedark.app.archive.archivist import Archivist, Pace
from codedark.app.archive.rows import canonical
from codedark.events.parcel import NOTE, Parcel, Sequence
from codedark.ingest.formats import READERS
from codedark.store.lake.disk import Disk
from codedark.store.lake.lake import Lake, readable_files
from tests.unit.app.stumbling import stumbling

ARRIVED_US = 1_768_212_000_000_000  # 2026-01-12T10:00:00Z
TIME = "2026-01-12T09:59:58Z"


def parcel(first: int, lines: list[bytes], log_format: str = "jsonl", source: str = "a", header: bytes = b"") -> Parcel:
    data = b"".join(line + b"\n" for line in lines)
    return Parcel(Sequence(first), len(lines), ARRIVED_US + first, source, log_format, data, header)


def event(**fields: Any) -> bytes:
    return orjson.dumps({"Channel": "Security", "EventID": 4624, "Computer": "WS-1", "TimeCreated": TIME, **fields})


def archived(tmp_path: Path, parcels: list[Parcel]) -> list[dict[str, Any]]:
    archivist = Archivist(Lake(tmp_path / "lake"))
    archivist.take(parcels)
    archivist.flush()
    assert archivist.position == parcels[-1].end
    rows = [
        {**row, "folder": file.log_type}
        for file in readable_files(tmp_path / "lake")
        for row in pq.read_table(file.path(tmp_path / "lake")).to_pylist()
    ]
    return sorted(rows, key=lambda row: row["seq"])


def test_a_flat_windows_event_has_its_columns_and_its_own_line(tmp_path: Path) -> None:
    line = event(TargetDomainName="HOSP", TargetUserName="anna")
    (row,) = archived(tmp_path, [parcel(1, [line])])
    assert row["record"].rstrip().encode() == line
    assert (row["product"], row["service"], row["event"], row["host"]) == ("windows", "security", "4624", "WS-1")
    assert (row["user"], row["source"], row["raw"], row["folder"]) == ("HOSP\\anna", "a", None, "windows_security")
    assert row["time"].isoformat() == "2026-01-12T09:59:58+00:00"


def test_blank_and_broken_lines_keep_the_numbers_of_the_others_right(tmp_path: Path) -> None:
    parcels = [parcel(10, [event(n=10), b"", b"broken", event(n=13)]), parcel(14, [event(n=14), b"[1]"], source="b")]
    rows = archived(tmp_path, parcels)
    assert [row["seq"] for row in rows] == [10, 12, 13, 14, 15]
    assert [orjson.loads(row["record"]).get("n") for row in rows] == [10, None, 13, 14, None]
    rejected = [row for row in rows if row["folder"] == "codedark_rejected"]
    assert [(row["seq"], row["source"], row["raw"]) for row in rejected] == [(12, "a", "broken"), (15, "b", "[1]")]
    assert all(orjson.loads(row["record"])["reason"] for row in rejected)


def test_lines_behind_a_header_are_numbered_without_it(tmp_path: Path) -> None:
    header = b"#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\n#types\ttime\taddr\n"
    rows = archived(
        tmp_path,
        [
            parcel(1, [b"1768212000.0\t10.0.0.1", b"one cell"], "zeek", header=header),
            parcel(3, [b"1768212000.5\t10.0.0.2"], "zeek", "b", header),
        ],
    )
    assert [(row["seq"], row["folder"], row["host"]) for row in rows] == [
        (1, "zeek_conn", "10.0.0.1"),
        (2, "codedark_rejected", ""),
        (3, "zeek_conn", "10.0.0.2"),
    ]
    assert rows[0]["raw"] == "1768212000.0\t10.0.0.1"


def test_audit_records_of_two_sources_are_not_joined(tmp_path: Path) -> None:
    line = b"type=SYSCALL msg=audit(1768212000.1:7): arch=c000003e syscall=59 exe=/bin/sh"
    other = b"type=CWD msg=audit(1768212000.1:7): cwd=/root"
    assert len(archived(tmp_path / "one", [parcel(1, [line, other], "auditd")])) == 1
    rows = archived(tmp_path / "two", [parcel(1, [line], "auditd"), parcel(2, [other], "auditd", "b")])
    assert [(row["seq"], row["source"]) for row in rows] == [(1, "a"), (2, "b")]


def test_xml_events_are_numbered_by_their_line_and_not_by_their_record_id(tmp_path: Path) -> None:
    xml = (
        b"<Event><System><Provider Name='P'/><EventID>1</EventID><EventRecordID>900</EventRecordID>"
        b"<Channel>System</Channel><Computer>X</Computer></System></Event>"
    )
    rows = archived(tmp_path, [parcel(1, [xml, b"<Event>", xml], "xml"), parcel(4, [xml], "xml")])
    assert [(row["seq"], row["folder"]) for row in rows] == [
        (1, "windows_system"),
        (2, "codedark_rejected"),
        (3, "windows_system"),
        (4, "windows_system"),
    ]


def test_syslog_and_notes_and_days(tmp_path: Path) -> None:
    rows = archived(
        tmp_path,
        [
            parcel(1, [b"<34>1 2026-01-11T23:00:00Z host su - - - failed \xff"], "syslog"),
            parcel(2, [b"{}"], NOTE),
            parcel(3, [b"<34>1 2026-01-12T01:00:00Z host su - - - failed"], "syslog"),
        ],
    )
    assert [(row["seq"], row["time"].day, row["host"]) for row in rows] == [(1, 11, "host"), (3, 12, "host")]
    assert rows[0]["raw"].endswith("\\xff")


def test_needless_escapes_are_gone_so_that_a_search_finds_the_text(tmp_path: Path) -> None:
    assert canonical(rb'{"a":"\u006dimi\/x","b":"\ud800"}') == rb'{"a":"mimi/x","b":"\\ud800"}'
    line = rb'{"Channel":"Security","EventID":1,"Computer":"W","x":"C:\\users\\a","y":"\u003cz"}'
    (row,) = archived(tmp_path, [parcel(1, [line])])
    assert row["record"] == line.decode().replace(r"\u003c", "<")


def test_what_was_taken_is_written_when_it_is_much_or_old(tmp_path: Path) -> None:
    archivist = Archivist(Lake(tmp_path / "lake"), pace=Pace(most_bytes=10_000, most_us=5_000_000))
    archivist.take([parcel(1, [event()])])
    assert (archivist.position, archivist.following) == (1, 2)
    archivist.take([parcel(2, [event(pad="x" * 12_000)])])
    assert archivist.position == 3
    archivist.take([parcel(3, [event()]), Parcel(Sequence(4), 1, ARRIVED_US + 6_000_000, "", NOTE, b"{}\n")])
    assert archivist.position == 5


def test_parcels_that_were_taken_are_passed_over(tmp_path: Path) -> None:
    again = [parcel(1, [event(n=1)]), parcel(2, [event(n=2)])]
    assert [row["seq"] for row in archived(tmp_path, [*again, *again])] == [1, 2]


def test_a_sender_cannot_make_folders_without_end_or_outside(tmp_path: Path) -> None:
    lines = [event(Channel=f"../../{number}") for number in range(600)]
    rows = archived(tmp_path, [parcel(1, lines)])
    assert len(rows) == 600
    assert "other" in {row["folder"] for row in rows}
    assert len({row["folder"] for row in rows}) <= 513
    assert [path.name for path in tmp_path.iterdir()] == ["lake"]


class FullDisk(Disk):
    """A disk that has room for so many files more."""

    def __init__(self, room: int) -> None:
        self.room = room

    def put(self, path: Path, write: Callable[[Path], None]) -> None:
        def filled(unfinished: Path) -> None:
            if self.room <= 0:
                unfinished.write_bytes(b"half")
                raise OSError(errno.ENOSPC, "no space left on device")
            write(unfinished)

        super().put(path, filled)
        self.room -= 1


@pytest.mark.parametrize("room", [1, 2, 3, 4])
def test_a_full_disk_loses_and_doubles_nothing_of_what_was_taken(tmp_path: Path, room: int) -> None:
    disk = FullDisk(room)
    archivist = Archivist(Lake(tmp_path, disk), pace=Pace(most_bytes=300))
    parcels = [parcel(1 + 2 * k, [event(n=k), event(n=k, Channel="System")]) for k in range(9)]
    with pytest.raises(OSError, match="no space"):
        archivist.take(parcels[:6])
    assert (archivist.following, list(tmp_path.rglob("*.unfinished"))) == (13, [])
    with pytest.raises(OSError, match="no space"):
        archivist.take(parcels[6:])
    disk.room = 100
    archivist.flush()
    found = [pq.read_table(file.path(tmp_path)).column("seq").to_pylist() for file in readable_files(tmp_path)]
    assert sorted(number for numbers in found for number in numbers) == list(range(1, 19))
    assert archivist.position == 19


def test_the_name_of_a_file_may_be_any_bytes(tmp_path: Path) -> None:
    (row,) = archived(tmp_path, [parcel(1, [event()], source="/var/log/caf\udce9.log")])
    assert row["source"] == "/var/log/caf\\udce9.log"


def test_a_record_that_an_error_of_ours_cannot_get_past_is_kept_as_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(READERS, "jsonl", stumbling(READERS["jsonl"]))
    lines = [event(n=number) for number in range(1, 8)]
    lines[2] = b'{"poison": "patient 4711"}'
    rows = archived(tmp_path, [parcel(1, lines[:4]), parcel(5, lines[4:], source="b")])
    assert [row["seq"] for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert [row["raw"] for row in rows if row["folder"] == "codedark_rejected"] == [lines[2].decode()]
    reason = orjson.loads(rows[2]["record"])["reason"]
    assert "LookupError" in reason
    assert "4711" not in reason


def test_records_of_a_format_that_there_is_not_are_kept_too(tmp_path: Path) -> None:
    rows = archived(tmp_path, [parcel(1, [b"one", b"two"], "of-a-newer-version")])
    assert [(row["seq"], row["raw"]) for row in rows] == [(1, "one"), (2, "two")]
