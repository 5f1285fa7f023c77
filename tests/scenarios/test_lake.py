"""The event lake as people meet it: searched while a real process writes, merges and is killed; SQL that is held."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import orjson
import pytest

from codedark.app.archive.archivist import Archivist
from codedark.app.search.confined import Limits
from codedark.app.search.searching import Asked, Search
from codedark.errors import UnusableInput, UsageError
from codedark.events.parcel import Parcel, Sequence
from codedark.store.lake.lake import Lake, readable_files
from tests.command_line import Command, Ran

BEGIN_US = 1_768_212_000_000_000  # 2026-01-12T10:00:00Z
NOW_US = BEGIN_US + 86_400_000_000

WRITER = """
import sys
from pathlib import Path
from codedark.app.archive.archivist import Archivist
from codedark.store.lake.lake import Lake, GRACE_US
from codedark.store.lake.retention import Retention
from tests.scenarios.test_lake import BEGIN_US, parcel
archivist = Archivist(Lake(Path(sys.argv[1])), Retention(days=None, free_bytes=0))
now_us = BEGIN_US + 3 * 86_400_000_000
while archivist.position <= int(sys.argv[2]):
    archivist.take([parcel(archivist.position, 10)])
    archivist.flush()
    if archivist.position % 50 == 1:
        archivist.upkeep(now_us)
        now_us += GRACE_US // 20
"""


def parcel(first: int, count: int) -> Parcel:
    lines = [
        {"Channel": "Security", "EventID": 4624, "Computer": f"WS-{number % 3}", "n": number, "IpAddress": "10.0.0.1"}
        for number in range(first, first + count)
    ]
    return Parcel(
        Sequence(first), count, BEGIN_US + first, "tcp://a", "jsonl", b"".join(orjson.dumps(x) + b"\n" for x in lines)
    )


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    archivist = Archivist(Lake(tmp_path / "lake"))
    archivist.take([parcel(1, 30)])
    archivist.flush()
    return tmp_path / "lake"


def begin_writer(lake: Path, most: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(lake), str(most)], cwd=Path(__file__).parents[2])


def numbers(search: Search) -> list[int]:
    return [row["n"] for row in search.sql("SELECT seq AS n FROM events ORDER BY seq")]


def test_a_search_sees_every_record_once_while_a_process_writes_merges_and_is_killed(lake: Path) -> None:
    search = Search(lake)
    searches = most = 0
    for goal in (200, 400):
        writer = begin_writer(lake, 100_000)
        until = time.monotonic() + 60
        while most < goal and time.monotonic() < until:
            found = numbers(search)
            assert found == list(range(1, len(found) + 1))
            assert len(found) >= most
            searches, most = searches + 1, len(found)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert (most >= 400, searches > 5) == (True, True)
    merged = [file for file in readable_files(lake) if file.last - file.first >= 50]
    assert merged, "nothing was merged meanwhile: the test shows nothing"
    assert Archivist(Lake(lake)).position == len(numbers(search)) + 1


REFUSED = [
    "COPY events TO '{out}'",
    "COPY (SELECT 1) TO '{out}'",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM read_parquet('{lake}/../other.parquet')",
    "SELECT * FROM read_csv('http://127.0.0.1:9/x')",
    "ATTACH '{out}'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '100GB'",
    "PRAGMA enable_external_access",
    "CALL pragma_version()",
    "SELECT 1; SET threads = 1",
    "CREATE TABLE events2 AS SELECT 1",
    "DROP VIEW events",
    "EXPORT DATABASE '{out}'",
    "SELECT * FROM query('COPY events TO ''{out}''')",
    "SELECT * FROM duckdb_secrets()",
    "EXPLAIN ANALYZE COPY events TO '{out}'",
    "not SQL",
    "",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_sql_can_read_the_lake_and_nothing_else(lake: Path, tmp_path: Path, statement: str) -> None:
    out = tmp_path / "out"
    (tmp_path / "other.parquet").write_bytes(next(lake.rglob("*.parquet")).read_bytes())
    with pytest.raises(UsageError):
        Search(lake).sql(statement.format(out=out, lake=lake))
    assert not out.exists()


def test_sql_reads_the_view_of_all_and_that_of_each_log(lake: Path) -> None:
    rows = Search(lake).sql(
        "SELECT host, count(*) AS n, max(time) AS t FROM windows_security GROUP BY host ORDER BY host"
    )
    assert [(row["host"], row["n"]) for row in rows] == [("WS-0", 10), ("WS-1", 10), ("WS-2", 10)]
    assert rows[0]["t"].isoformat() == "2026-01-12T10:00:00.000001+00:00"


def test_a_search_that_takes_too_long_or_too_much_is_ended_and_says_so(lake: Path) -> None:
    endless = "SELECT count(*) FROM range(1000000) a, range(1000000) b"
    with pytest.raises(UsageError, match="stopped after"):
        Search(lake, Limits(seconds=0.5)).sql(endless)
    with pytest.raises(UsageError, match="memory"):
        Search(lake, Limits(memory_bytes=32 << 20)).sql("SELECT list(range) FROM range(100000000)")


def test_ctrl_c_ends_a_search(lake: Path) -> None:
    statement = "SELECT count(*) FROM range(1000000) a, range(1000000) b"
    process = subprocess.Popen(
        [sys.executable, "-m", "codedark", "search", "--lake", str(lake), "--sql", statement], stderr=subprocess.PIPE
    )
    threading.Timer(4, process.send_signal, [signal.SIGINT]).start()
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, b"codedark: stopped\n")


def test_the_command_finds_counts_holds_and_explains(lake: Path, tmp_path: Path) -> None:
    command = Command(tmp_path, tmp_path)

    def ask(*arguments: str) -> Ran:
        return command.run("search", "--lake", lake, *arguments)

    found = ask("host:ws-1 IpAddress:10.0.0.0/8 n>=27", "--format", "jsonl", "--fields", "seq,host,n")
    assert found.out == b'{"seq":28,"host":"WS-1","n":28}\n'
    counted = orjson.loads(ask("--count-by", "host", "--format", "json", "--limit", "1").out)
    assert counted["rows"] == [{"host": "WS-0", "count": 10}]
    assert counted["lake"]["record"] == 30
    refused = ask("host:ws-1 AND (event:4624")
    assert (refused.code, refused.out) == (2, b"")
    assert "this bracket is not closed\n  host:ws-1 AND (event:4624\n                ^\n" in refused.err
    assert ask("--hold", "2026-0001", "--from", "2026-01-12", "--until", "2026-01-12").code == 0
    assert b"2026-0001" in ask("--holds", "--format", "json").out
    assert "there is no such hold" in ask("--release", "2026-0002").err


def test_an_empty_lake_is_searched_and_a_missing_one_is_told(tmp_path: Path) -> None:
    Lake(tmp_path / "lake")
    search = Search(tmp_path / "lake")
    assert search.records(Asked("a"), NOW_US, 10) == []
    assert search.counts(Asked(), NOW_US, "host") == []
    assert search.sql("SELECT * FROM events") == []
    with pytest.raises(UnusableInput, match="no event lake"):
        Search(tmp_path / "none")


def test_a_field_that_no_record_has_is_refused_and_what_was_meant_is_named(lake: Path, tmp_path: Path) -> None:
    command = Command(tmp_path, tmp_path)
    for query, meant in (("hst:ws-1*", "host"), ("ipaddress:10.0.0.1", "IpAddress"), ("NOT hst:ws-1", "host")):
        ran = command.run("search", "--lake", lake, query)
        assert (ran.code, ran.out) == (2, b"")
        assert f"Did you mean {meant}" in ran.err
    ran = command.run("search", "--lake", lake, "hst:x OR host:ws-1")
    assert (ran.code, "field 'hst'" in ran.err) == (2, True)


def test_a_field_that_another_day_or_log_has_is_no_mistake(lake: Path, tmp_path: Path) -> None:
    command = Command(tmp_path, tmp_path)
    archivist = Archivist(Lake(lake))
    line = orjson.dumps({"other": {"deep": None}, "UtcTime": "2026-01-12 10:00:00"}) + b"\n"
    archivist.take([Parcel(Sequence(31), 1, BEGIN_US + 5 * 86_400_000_000, "tcp://b", "jsonl", line)])
    archivist.flush()
    for query in ("IpAddress:9.9.9.9", "other.deep:x", "UtcTime:x", "n:3 --until 2026-01-01"):
        words = query.split()
        ran = command.run("search", "--lake", lake, *words)
        assert (ran.code, "0 rows" in ran.err) == (0, True)
