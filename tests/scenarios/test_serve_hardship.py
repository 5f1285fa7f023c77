"""`codedark serve` where the disk is full, one source floods, and clocks of machines are wrong."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from codedark.app.search.searching import Search
from tests.serving import Serving, finding_names, record, until, wicked

SIZE_BYTES = 110 << 20
LONGEST_SECONDS = 2.0
"""In which what a quiet source says is to be judged, however loud another is."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rules are compiled once for all."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system just larger than the reserve of a journal."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "none", disk], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def fill(path: Path) -> None:
    """Take all space there is."""
    with path.open("ab", 0) as file:
        block = bytes(1 << 20)
        while True:
            try:
                file.write(block)
            except OSError:
                if len(block) == 1:
                    return
                block = block[: len(block) // 16 or 1]


class Repeating:
    """A client that sends the same until it was taken; ``taken`` are the records of which it was told so."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._ending = threading.Event()
        self.taken: list[str] = []
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def _send(self) -> None:
        for number in range(1_000_000):
            if self._ending.is_set():
                return
            names = [f"body-{number}-{each}" for each in range(100)]
            while not self._serving.post(b"".join(map(record, names))):
                time.sleep(0.1)
            self.taken += names
            time.sleep(0.02)

    def end(self) -> None:
        """Send the last body to its end."""
        self._ending.set()
        self._thread.join(60)
        assert not self._thread.is_alive()


@contextmanager
def kept_full(path: Path) -> Iterator[None]:
    """Take all space there is, again and again."""
    ending = threading.Event()

    def fill_again() -> None:
        while not ending.wait(0.05):
            fill(path)

    filling = threading.Thread(target=fill_again)
    filling.start()
    try:
        yield
    finally:
        ending.set()
        filling.join()
        path.unlink()


def is_full(serving: Serving) -> bool:
    return any("Nothing can be written" in problem for problem in serving.status()["problems"])


def test_a_full_disk_makes_senders_wait_and_loses_nothing(small_disk: Path, cache: Path) -> None:
    serving = Serving(small_disk / "home", cache)
    with serving.running():
        assert serving.post(wicked("before"))
        until(lambda: finding_names(serving.home)["before"] == 1)
        parts = serving.parts()
        repeating = Repeating(serving)
        with kept_full(small_disk / "others"):
            until(lambda: is_full(serving), what="the disk never was full")
            until(lambda: serving.ask("POST", "/ingest", record("refused"))[0] == 503)
            assert serving.ask("GET", "/health")[0] == 503
            assert serving.ask("GET", "/status")[0] == 200
            connection = socket.create_connection(("127.0.0.1", serving.tcp_port))
            connection.sendall(record("waits"))
            serving.command("incident", "ack", "2026-0001", "--by", "nurse")  # taken or not: it must not end the watch
            time.sleep(4)
            assert is_full(serving)
            assert serving.parts() == parts, "a part has ended because the disk was full"
        until(lambda: not is_full(serving))
        until(lambda: serving.post(wicked("after")))
        repeating.end()
        until(lambda: {"after", "waits", *repeating.taken} <= names(serving).keys())
        connection.close()
        until(lambda: finding_names(serving.home)["after"] == 1)
        assert serving.parts() == parts, "a part has ended because the disk was full"
        assert [name for name, times in names(serving).items() if times > 1] == []
        assert serving.stop() == 0
    assert "Traceback" not in serving.said()


def await_finding(serving: Serving, name: str) -> None:
    until(lambda: finding_names(serving.home)[name] == 1)


def names(serving: Serving) -> Counter[str]:
    """What the lake holds."""
    if not (serving.home / "lake").is_dir():
        return Counter()
    rows = Search(serving.home / "lake").sql("SELECT json_extract_string(record, '$.CommandLine') AS said FROM events")
    return Counter(str(row["said"]).split()[-1] for row in rows)


def test_one_that_floods_does_not_keep_others_from_being_judged(tmp_path: Path, cache: Path) -> None:
    serving = Serving(tmp_path / "home", cache)
    flood = record("flood", filler="x" * 400) * 2000
    ending = threading.Event()
    with serving.running():

        def pour() -> None:
            with socket.create_connection(("127.0.0.1", serving.tcp_port)) as connection:
                connection.settimeout(1)
                while not ending.is_set():
                    try:
                        connection.sendall(flood)
                    except TimeoutError:
                        continue

        pouring = threading.Thread(target=pour)
        pouring.start()
        waits = []
        try:
            time.sleep(2)
            with socket.create_connection(("127.0.0.1", serving.tcp_port), source_address=("127.0.0.3", 0)) as quiet:
                for number in range(5):
                    for each in range(9):
                        quiet.sendall(record(f"quiet-{number}-{each}"))
                    began = time.monotonic()
                    quiet.sendall(wicked(f"quiet-{number}"))
                    await_finding(serving, f"quiet-{number}")
                    waits.append(time.monotonic() - began)
                    time.sleep(0.2)
        finally:
            ending.set()
            pouring.join(20)
        sys.stdout.write(f"\nbehind a flood, findings after {', '.join(f'{each:.2f}' for each in waits)} s\n")
        calm = os.getloadavg()[0] < (os.cpu_count() or 1)
        assert sorted(waits)[2] < (LONGEST_SECONDS if calm else 5 * LONGEST_SECONDS)
        serving.stop()


def test_records_of_1970_and_2099_move_no_clock_and_a_decision_waits_until_there_is_a_watch(
    tmp_path: Path, cache: Path
) -> None:
    serving = Serving(tmp_path / "home", cache)
    with serving.running():
        for year in (1970, 2099, 9999):
            assert serving.post(
                wicked(f"year-{year}").replace(b"{", b'{"TimeCreated": "%d-01-01T00:00:00Z", ' % year, 1)
            )
        assert serving.post(wicked("today"))
        wanted = {"year-1970", "year-2099", "year-9999", "today"}
        until(lambda: finding_names(serving.home).keys() == wanted)
        until(lambda: wanted <= names(serving).keys())
        now_us = serving.status()["at_us"]
        assert abs(now_us / 1e6 - time.time()) < 5
        for incident in serving.status()["incidents"]:
            assert abs(incident["last_us"] - now_us) < 120e6
        (incident,) = [each["id"] for each in serving.status()["incidents"]]
        assert serving.stop() == 0
        assert serving.command("incident", "verdict", incident, "expected", "--by", "nurse").returncode == 0
        serving.start()
        until(lambda: serving.status()["incidents"][0]["status"] == "closed", what="decided while nobody watched")
        assert serving.stop() == 0
    assert "Traceback" not in serving.said()
