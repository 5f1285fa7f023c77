"""A ward station loses nothing and doubles nothing: killed anywhere, torn, powered off, on a full disk, out of order.

Every crash point is one run: a morning's work is begun, the power fails at effect n, and somebody begins again. What
was said to be written before is there once; what was not said may be there once. ``CODEDARK_CRASH_POINTS`` asks for
more of them than a test run has time for.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import ANY

import pytest

from codedark.continuity.entries.entry import Entry, canonical
from codedark.store.station.mirror import lines_of
from codedark.store.station.station import Station, StationFailed
from tests.crashing_disk import Crash, Spoils, crashing
from tests.house.repository import ROOT
from tests.ward_entries import entry, note, rows, void

POINTS = int(os.environ.get("CODEDARK_CRASH_POINTS", "450"))
KILLS = int(os.environ.get("CODEDARK_KILLS", "120"))
ROWS = rows(12)
MORNING = [entry(id=ROWS[0]), note(ROWS[1], "breakfast"), void(ROWS[2], entry(id=ROWS[0])), note(ROWS[3], "visit")]
NEXT_DOOR = [note(row, "from next door", station="icu-2") for row in rows(2, station=2)]


@pytest.fixture
def place() -> Iterator[Path]:
    """Memory where there is some: these runs make effects fail, and need no real disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
        yield Path(made)


def work(place: Path, chance: random.Random, said: list[Entry]) -> None:
    """A morning: two sticks, one that comes and goes and is spoilt, the station next door, and what was said twice."""
    sticks = [place / "stick", place / "other"]
    with Station(place / "a", "icu-1") as station:
        for stick in sticks:
            stick.mkdir(exist_ok=True)
            station.add_mirror(stick)
        for each in MORNING:
            spoil(sticks[chance.randrange(2)] / "icu-1.entries", chance)
            station.write(each)
            said.append(each)
            if chance.random() < 0.3:
                station.write(chance.choice(said))
            if chance.random() < 0.3:
                station.join(place / "b")


def spoil(copy: Path, chance: random.Random) -> None:
    """Lose, double, reorder or tear a second copy; mostly not."""
    if not copy.exists():
        return
    lines = copy.read_bytes().splitlines(keepends=True)
    match chance.randrange(10):
        case 0:
            copy.unlink()
        case 1:
            lines += lines[-1:]
        case 2:
            chance.shuffle(lines)
        case 3:
            lines = lines[:-1]
        case _:
            return
    if copy.exists():
        copy.write_bytes(b"".join(lines))


def begin_again(place: Path, said: list[Entry]) -> None:
    """After the crash: what was said is there once, and on a stick (at most one of the two was spoilt since). All of it
    is written again and still there once, mirrored too.
    """
    copies = [place / stick / "icu-1.entries" for stick in ("stick", "other")]
    mirrored = {text for copy in copies if copy.exists() for text in lines_of(copy).texts}
    assert {canonical(each) for each in said} <= mirrored
    with Station(place / "a", "icu-1") as station:
        there = station.entries()
        assert [each for each in said if there.count(each) != 1] == []
        assert set(there) <= {*MORNING, *NEXT_DOOR}
        for stick in (place / "stick", place / "other"):
            stick.mkdir(exist_ok=True)
            station.add_mirror(stick)
        station.join(place / "b")
        for each in MORNING:
            station.write(each)
        assert station.conflicts() == []
        assert by_id(station.entries()) == by_id([*MORNING, *NEXT_DOOR])
        assert station.unmirrored() == 0
        chain = [canonical(link.entry) for link in station.chain()]
    for name in ("stick", "other"):
        assert lines_of(place / name / "icu-1.entries") == (chain, ANY, True)


def by_id(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda each: each.id)


def next_door(place: Path) -> None:
    with Station(place / "b", "icu-2") as other:
        for each in NEXT_DOOR:
            other.write(each)


@pytest.mark.parametrize("how", Spoils)
def test_a_crash_at_any_effect_loses_nothing_and_doubles_nothing(place: Path, how: Spoils) -> None:
    next_door(place)
    wanted, done, seed = POINTS // len(Spoils), 0, 0
    while done < wanted:
        seed += 1
        with crashing(10**9, how) as disk:
            work(place, random.Random(seed), [])
        clear(place)
        step = max(1, disk.effects // 40)
        for at in range(1 + seed % step, disk.effects + 1, step):
            said: list[Entry] = []
            with crashing(at, how), pytest.raises(Crash):
                work(place, random.Random(seed), said)
            begin_again(place, said)
            clear(place)
            done += 1
    assert done >= wanted


def clear(place: Path) -> None:
    for folder in ("a", "stick", "other"):
        shutil.rmtree(place / folder)


def test_a_station_that_is_killed_loses_nothing_that_it_said(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    ran = subprocess.run(
        [sys.executable, "-m", "tests.killed_station", str(tmp_path / "a"), str(stick), str(KILLS), "7"],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    *said, last = ran.stdout.splitlines() or [""]
    assert (last, ran.returncode) == (f"kills {KILLS}", 0), ran.stderr
    assert len(said) > KILLS // 4
    with Station(tmp_path / "a") as station:
        station.catch_up()
        there = [each.id for each in station.entries()]
        assert len(there) == len(set(there))
        assert set(said) <= set(there)
        chain = [canonical(link.entry) for link in station.chain()]
    assert lines_of(stick / "icu-1.entries") == (chain, ANY, True)


def full(folder: Path) -> bool:
    """Mount a disk of 160 KB on the folder, for this test alone; whether that can be done here."""
    folder.mkdir()
    ran = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    return ran.returncode == 0


@pytest.mark.parametrize("which", ["station", "second copy"])
def test_a_full_disk_is_said_and_what_was_written_stays(tmp_path: Path, which: str) -> None:
    small, wide = tmp_path / "small", tmp_path / "wide"
    if not full(small):
        pytest.skip("mounting a small disk needs root")
    try:
        wide.mkdir()
        fill(tmp_path, *((small / "a", wide) if which == "station" else (wide / "a", small)), which)
    finally:
        subprocess.run(["umount", str(small)], check=True)


def fill(tmp_path: Path, home: Path, stick: Path, which: str) -> None:
    """Write until the disk is full, and go on when there is room."""
    said, failed, alone = [], 0, 0
    with Station(home, "icu-1") as station:
        station.add_mirror(stick)
        for row in rows(60):
            each = note(row, "x" * 4000)
            try:
                written = station.write(each)
            except StationFailed as error:
                failed += "NOT WRITTEN" in str(error)
            else:
                said.append(each)
                alone += not written.mirrors
    assert said
    assert (failed > 0, alone > 0) == ((True, False) if which == "station" else (False, True))
    with Station(home) as station:
        assert by_id(station.entries()) == by_id(said)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        mirrored = station.add_mirror(elsewhere) if which == "second copy" else ()
        assert station.unmirrored() == 0, mirrored
