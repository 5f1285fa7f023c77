"""A record that ends the process itself, where no `except` hears of it, is found and set aside alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest

from codedark.app.archive.archivist import Archivist
from codedark.app.deaths import ENOUGH, Deaths, death_of
from codedark.app.watching.judge import Judge
from codedark.app.watching.wiring import watcher_of
from codedark.events.parcel import Parcel, Sequence
from codedark.events.record import Batch, SourceName, Wanted
from codedark.ingest.formats import READERS
from codedark.store.checkpoint import Checkpoints
from codedark.store.journal.follower import Follower
from codedark.store.journal.journal import Journal
from codedark.store.lake.lake import Lake
from codedark.store.state.state import State

AT_US = 1_768_212_000_000_000
GOOD = b'{"Channel":"Security","EventID":4624,"Computer":"WS-1","TargetUserName":"anna","LogonType":3}\n'
DEADLY = b'{"Channel":"Security","poison":"patient 4711"}\n'


def parcel(first: int, *lines: bytes) -> Parcel:
    return Parcel(Sequence(first), len(lines), AT_US, "tcp://10.0.0.1", "jsonl", b"".join(lines))


def dies_of(word: bytes) -> Callable[[object], None]:
    def work(parcels: object) -> None:
        assert isinstance(parcels, list)
        if word in b"".join(each.data for each in parcels):
            os.kill(os.getpid(), signal.SIGKILL)

    return work


def died(path: Path, times: int, place: int = 7) -> None:
    for _ in range(times):
        deaths = Deaths(path, 1)
        with deaths.working_at(place):
            path.with_suffix(".then").write_bytes(path.read_bytes())
        path.with_suffix(".then").replace(path)  # as it stood when the process died


def test_a_death_is_told_from_an_error_and_from_life() -> None:
    def fails() -> None:
        raise LookupError

    assert death_of(lambda: None) == ""
    assert "signal 9" in death_of(lambda: os.kill(os.getpid(), signal.SIGKILL))
    assert "error" in death_of(fails)


def test_who_asks_this_process_to_end_is_taken_for_no_death_by_its_copy() -> None:
    assert death_of(lambda: os.kill(os.getpid(), signal.SIGTERM)) == ""


def test_only_what_was_died_of_often_is_taken_apart(tmp_path: Path) -> None:
    parcels = [parcel(7, GOOD, GOOD), parcel(9, GOOD, DEADLY, GOOD), parcel(12, GOOD)]
    aside: list[tuple[int, str]] = []

    def spared() -> list[Parcel]:
        deaths = Deaths(tmp_path / "at", 1)
        return deaths.spared(7, parcels, dies_of(b"poison"), lambda each, why: aside.append((each.first, why)))

    died(tmp_path / "at", ENOUGH - 1)
    assert spared() == parcels
    assert not aside
    died(tmp_path / "at", 1)
    left = spared()
    assert [number for number, _ in aside] == [10]
    assert "signal 9" in aside[0][1]
    assert "4711" not in aside[0][1]
    assert b"".join(each.data for each in left) == GOOD * 5
    assert [(each.first, each.end) for each in left] == [(7, 9), (9, 10), (11, 12), (12, 13)]


def test_after_one_such_record_the_next_is_looked_for_after_one_death(tmp_path: Path) -> None:
    died(tmp_path / "at", ENOUGH)
    aside: list[Parcel] = []
    Deaths(tmp_path / "at", 1).spared(7, [parcel(7, DEADLY)], dies_of(b"poison"), lambda each, _: aside.append(each))
    died(tmp_path / "at", 1, place=20)
    later = [parcel(20, GOOD, DEADLY)]
    Deaths(tmp_path / "at", 8).spared(20, later, dies_of(b"poison"), lambda each, _: aside.append(each))
    assert [each.first for each in aside] == [7, 21]


def test_where_no_record_alone_is_deadly_all_of_them_are_set_aside(tmp_path: Path) -> None:
    def together(parcels: object) -> None:
        assert isinstance(parcels, list)
        if sum(each.count for each in parcels) > 1:
            os.kill(os.getpid(), signal.SIGKILL)

    died(tmp_path / "at", ENOUGH)
    aside: list[int] = []
    deaths = Deaths(tmp_path / "at", 1)
    assert deaths.spared(7, [parcel(7, GOOD, GOOD, GOOD)], together, lambda each, _: aside.append(each.first)) == []
    assert aside == [7, 8, 9]


def test_a_file_of_any_bytes_counts_no_death_too_many(tmp_path: Path) -> None:
    for content in (b"", b"x", b"\0" * 13, os.urandom(64)):
        (tmp_path / "at").write_bytes(content)
        assert Deaths(tmp_path / "at", 1).spared(7, [parcel(7, GOOD)], print, print) == [parcel(7, GOOD)]


def deadly(text: BinaryIO, source: SourceName, wanted: Wanted) -> Iterator[Batch]:
    """A reader that dies of a record."""
    said = text.read()
    if b"poison" in said:
        os.kill(os.getpid(), signal.SIGKILL)
    yield from _READ(BytesIO(said), source, wanted)


_READ = READERS["jsonl"]


def judged(home: Path) -> str:
    """Follow the journal to its end, as the judge does; what is said of it."""
    state = State(home / "state.sqlite")
    checkpoints = Checkpoints(home / "memory")
    judge = Judge(home / "journal", watcher_of(None, None, {}, {}), state, checkpoints, print, home / "judge.at")
    judge.step()
    judge.checkpoint()
    state.close()
    account = judge.account
    return f"{account.taken} {account.logs.total()} {account.rejected} {account.set_aside} {judge.problems()}"


def archived(home: Path) -> str:
    """The same as the archivist does it."""
    archivist = Archivist(Lake(home / "lake"), deaths=home / "archivist.at")
    archivist.take(Follower(home / "journal", archivist.position, print).read(1 << 20))
    archivist.flush()
    return f"{archivist.position} {archivist.set_aside} {archivist.problems()}"


@pytest.mark.parametrize(
    ("follow", "lives", "said"),
    [(judged, ENOUGH + 2, "300 298 2 2 "), (archived, ENOUGH + 1, "302 2 ")],
    ids=["judge", "archivist"],
)
def test_a_part_that_dies_of_records_goes_on_behind_them_after_a_few_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, follow: Callable[[Path], str], lives: int, said: str
) -> None:
    (tmp_path / "warm").mkdir()
    home = tmp_path / "home"
    for each in (tmp_path / "warm", home):
        with Journal(each / "journal", reserve_bytes=0) as journal:
            for second in range(6):
                lines = GOOD * 40 + (DEADLY if second in {1, 3} else GOOD) + GOOD * 9
                journal.append("tcp://10.0.0.1", "jsonl", lines, 50, AT_US + second * 1_000_000)
            journal.append("tcp://10.0.0.1", "jsonl", GOOD, 1, AT_US + 6_000_000)
    follow(tmp_path / "warm")  # what is made at the first use need not be made in each copy
    monkeypatch.setitem(READERS, "jsonl", deadly)
    ends: list[str] = []
    while len(ends) < 9 and "" not in ends:
        ends.append(death_of(lambda: (home / "said").write_text(follow(home), "utf-8")))
    assert len(ends) == lives
    assert all("signal 9" in end for end in ends[:-1])
    found = (home / "said").read_text("utf-8")
    assert found.startswith(said), found
    assert "signal 9" in found
    assert "4711" not in found


def test_what_is_done_is_forgotten_and_a_place_left_in_order_counts_nothing(tmp_path: Path) -> None:
    died(tmp_path / "at", ENOUGH, place=7)
    aside: list[Parcel] = []
    for follows in (8, 1):
        deaths = Deaths(tmp_path / "at", follows)
        with deaths.working_at(9):
            pass
        assert deaths.spared(7, [parcel(7, DEADLY)], dies_of(b"poison"), lambda each, _: aside.append(each))
    assert not aside
