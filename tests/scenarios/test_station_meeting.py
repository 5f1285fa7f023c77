"""Two ward stations meet by themselves: a cable that is cut and joined, a stick that comes and goes."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import msgspec
import pytest

from codedark.app.ward.charting import begin
from codedark.app.ward.meeting import Meeting
from codedark.exchange.cable import CableSilent, ask
from codedark.hospital.ward import WardId
from codedark.store.packs.keys import make_keys
from codedark.store.station.cable import Seal, said_to
from codedark.store.station.station import Station
from tests.command_line import Command
from tests.ward_entries import note, rows

DEADLINE_SECONDS = 60.0
PATIENT = ["--patient", "4711", "--name", "Peeters", "--born", "1951-07-23", "--by", "M. Claes"]


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE_SECONDS
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def charted(station: Path) -> set[str]:
    with Station(station) as opened:
        return {each.id for each in opened.entries()}


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def cable() -> Iterator[tuple[str, str]]:
    """Two network namespaces with one cable between them: 10.99.0.1 and 10.99.0.2."""
    if not shutil.which("ip"):
        pytest.skip("iproute2 is not installed")
    one, two = names = [f"cdw{time.monotonic_ns() % 10**7}{end}" for end in "ab"]
    with ExitStack() as made:
        try:
            for name in names:
                ip("netns", "add", name)
                made.callback(subprocess.run, ["ip", "netns", "del", name], check=False, capture_output=True)
            ip("link", "add", "cable", "netns", one, "type", "veth", "peer", "name", "cable", "netns", two)
            for number, name in enumerate(names, start=1):
                ip("-n", name, "addr", "add", f"10.99.0.{number}/24", "dev", "cable")
                ip("-n", name, "link", "set", "lo", "up")
                ip("-n", name, "link", "set", "cable", "up")
        except subprocess.CalledProcessError:
            pytest.skip("network namespaces cannot be made here")
        yield one, two


@contextmanager
def served(command: Command, within: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    line = ["ip", "netns", "exec", within, sys.executable, "-m", "codedark", "ward", "serve", "--port", "0", *words]
    with subprocess.Popen(line, cwd=command.folder, env=command.env, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            told = process.stderr.readline().decode()
            assert re.search(r"http://127\.0\.0\.1:\d+/", told), told + process.stderr.read().decode()
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.stderr.close()


@pytest.fixture
def command(tmp_path: Path) -> Command:
    keys = make_keys("test", {WardId("icu"): "ICU"}, rounds=10)
    (tmp_path / "ward.json").write_bytes(msgspec.json.encode(next(iter(keys.stations.values()))))
    for number, name in enumerate(("one", "two"), start=1):
        begin(tmp_path / name, f"icu-{number}", 0, number).close()
    return Command(tmp_path, tmp_path)


def test_a_cable_that_is_cut_and_joined_needs_nobody(command: Command, cable: tuple[str, str], tmp_path: Path) -> None:
    def enter(station: str, text: str) -> str:
        ran = command.run("ward", "enter", "note", "title=night", f"text={text}", *PATIENT, "--station", station)
        return ran.out.decode().split()[1]

    one, two = cable
    at = ["--listen", "10.99.0.1:8412", "--peer", "10.99.0.2:8412"], ["--listen", "10.99.0.2:8412"]
    with (
        served(command, one, "--station", "one", "--keys", "ward.json", *at[0]),
        served(command, two, "--station", "two", "--keys", "ward.json", *at[1]),
    ):
        both = {enter("one", "first"), enter("two", "from next door")}
        until(lambda: charted(tmp_path / "one") == charted(tmp_path / "two") == both)
        ip("-n", one, "link", "set", "cable", "down")
        alone = {enter("one", "cut off"), enter("two", "cut off too")}
        assert charted(tmp_path / "two") != both | alone
        ip("-n", one, "link", "set", "cable", "up")
        until(lambda: charted(tmp_path / "one") == charted(tmp_path / "two") == both | alone)

        def is_mirrored() -> bool:
            with Station(tmp_path / "one") as station:
                return station.unmirrored() == 0

        until(is_mirrored)
        refused = command.fails("ward", "serve", "--station", "one", "--port", "0")
        assert "is open already" in refused


def test_a_stick_that_is_put_in_is_written_and_read_by_itself(tmp_path: Path) -> None:
    stick, pocket = tmp_path / "stick", tmp_path / "pocket"
    stick.mkdir()
    one, two = Station(tmp_path / "a", "icu-1"), Station(tmp_path / "b", "icu-2")
    with one, two, ExitStack() as over:
        for each in (one, two):
            each.add_mirror(stick)
            over.enter_context(each.resting())
            meeting = Meeting(each)
            meeting.begin()
            over.callback(meeting.end)
        stick.rename(pocket)
        stick.mkdir()  # where it was mounted
        with one.awake():
            assert one.write(note(rows(1)[0], "stick is out")).mirrors == 0
        stick.rmdir()
        pocket.rename(stick)

        def has_come() -> bool:
            with two.awake():
                return [each.id for each in two.entries()] == rows(1)

        until(has_come)
        with one.awake():
            assert one.unmirrored() == 0


def test_nobody_without_the_wards_key_is_answered_or_believed(tmp_path: Path) -> None:
    with Station(tmp_path / "a", "icu-1") as station, station.resting():
        meeting = Meeting(station, Seal("the ward's"))
        with Station(tmp_path / "b", "icu-9") as other:
            other.write(note(rows(1, station=9)[0], "a lie", station="icu-9"))
            lie = said_to(other.identity, other.union(), [])
        assert meeting.answer(Seal("another ward's").close(lie)) == b""
        assert meeting.answer(b"") == meeting.answer(b"x" * 500) == b""
        asked = Seal("the ward's").close(lie)
        answered = meeting.answer(asked)
        assert Seal("the ward's").open(answered, asked).station == "icu-1"
        assert meeting.answer(answered) == b""  # an answer is no question
        with station.awake():
            assert len(station.entries()) == 1


@contextmanager
def calling(one: Station, other: Station) -> Iterator[Meeting]:
    """The first station, which calls the second at a port of this machine."""
    seal = Seal("the ward's")
    with other.resting():
        called = Meeting(other, seal)
        port = called.begin(("127.0.0.1", 0))
        one.copies.add_peer(f"127.0.0.1:{port}")
        with one.resting():
            yield Meeting(one, seal)
        called.end()


def test_a_disk_that_was_put_back_meets_what_it_forgot_however_long_ago_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codedark.store.station.cable._MOST_LINKS", 5)
    named = rows(40)
    with Station(tmp_path / "a", "icu-1") as station:
        for row in named[:30]:
            station.write(note(row, "before"))
    shutil.copytree(tmp_path / "a", tmp_path / "old")
    with Station(tmp_path / "a") as station, Station(tmp_path / "b", "icu-2") as other:
        for row in named[30:33]:
            station.write(note(row, "forgotten"))
        other.join(tmp_path / "a")
    with Station(tmp_path / "old") as station, Station(tmp_path / "b") as other:
        for row in named[33:36]:
            station.write(note(row, "went on"))
        with calling(station, other) as meeting:
            meeting.meet()
            with station.awake(), other.awake():
                assert {each.id for each in station.entries()} == set(named[:36])
                assert {each.id for each in other.entries()} == set(named[:36])
                assert station.unmirrored() == 0


def test_a_station_is_no_second_copy_of_itself(tmp_path: Path) -> None:
    with Station(tmp_path / "a", "icu-1") as station, calling(station, station) as meeting:
        with station.awake():
            station.write(note(rows(1)[0], "on one disk"))
        meeting.meet()
        with station.awake():
            assert station.unmirrored() == 1


def test_whoever_drips_into_the_cable_holds_nobody(tmp_path: Path) -> None:
    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(b"\x00\x00\xff\xff")
            while True:
                connection.sendall(b"x")
                time.sleep(0.2)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=(listener,), daemon=True).start()
        with pytest.raises(CableSilent):
            ask("127.0.0.1", listener.getsockname()[1], b"question", 1.0, most_seconds=2.0)
