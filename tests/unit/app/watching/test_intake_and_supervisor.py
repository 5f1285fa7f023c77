"""What is acknowledged is on disk; and a part that ends is started again, ever more slowly."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from codedark.app.watching import supervisor as supervising
from codedark.app.watching.clock import WallClock
from codedark.app.watching.intake import JournalIntake
from codedark.app.watching.notes import SOURCE
from codedark.app.watching.supervisor import Supervisor
from codedark.events.parcel import Parcel, Sequence
from codedark.events.record import Rejected, SourceName
from codedark.ingest.live.intake import Cut
from codedark.store.journal.follower import Follower
from codedark.store.journal.journal import Journal
from tests.live_intake import until


def cut(number: int, count: int = 1) -> Cut:
    return Cut("tcp://a", "jsonl", b"".join(b'{"n": %d}\n' % (number + each) for each in range(count)), count)


def kept(folder: Path) -> list[Parcel]:
    """All parcels of records in the journal."""
    return [each for each in Follower(folder, Sequence(1), print).read(1 << 30) if each.source != SOURCE]


def taking(folder: Path, do: Callable[[JournalIntake], Awaitable[None]], most: int = 1 << 20) -> None:
    """Do something with an intake over a journal in ``folder``."""

    async def main() -> None:
        with Journal(folder, reserve_bytes=0) as journal:
            intake = JournalIntake(journal, WallClock(), most)
            try:
                await asyncio.wait_for(do(intake), 30)
            finally:
                await intake.close()

    asyncio.run(main())


def test_what_was_taken_is_on_disk_before_its_sender_is_told(tmp_path: Path) -> None:
    async def do(intake: JournalIntake) -> None:
        for number in range(20):
            await intake.take(cut(number))
            assert kept(tmp_path)[-1].data == cut(number).data

    taking(tmp_path, do)


def test_many_that_wait_are_all_taken_once_and_no_more_is_in_flight_than_is_allowed(tmp_path: Path) -> None:
    async def do(intake: JournalIntake) -> None:
        await asyncio.gather(*(intake.take(cut(number * 10, 10)) for number in range(100)))
        assert intake.records == 1000  # notes that serve writes to itself are none

    taking(tmp_path, do, most=200)  # less than two cuts
    assert sorted(each.data for each in kept(tmp_path)) == sorted(cut(number * 10, 10).data for number in range(100))


def test_a_cut_larger_than_all_that_may_wait_is_taken_by_itself(tmp_path: Path) -> None:
    taking(tmp_path, lambda intake: intake.take(cut(0, 50)), most=10)
    assert [each.count for each in kept(tmp_path)] == [50]


def test_a_sender_that_has_gone_leaves_its_room_to_others(tmp_path: Path) -> None:
    async def do(intake: JournalIntake) -> None:
        waiting = [asyncio.create_task(intake.take(cut(number, 10))) for number in range(20)]
        await asyncio.sleep(0)
        for each in waiting[::2]:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await intake.take(cut(1000))

    taking(tmp_path, do, most=200)
    assert kept(tmp_path)[-1].data == cut(1000).data


def test_what_could_not_be_cut_is_a_note_in_the_journal(tmp_path: Path) -> None:
    rejected = Rejected(SourceName("tcp://a"), 7, "too long")
    taking(tmp_path, lambda intake: intake.take(Cut("tcp://a", "jsonl", b"", 0, rejected=(rejected,))))
    notes = b"".join(each.data for each in Follower(tmp_path, Sequence(1), print).read())
    assert b'{"rejected":{"source":"tcp://a","offset":7,"reason":"too long"}}\n' in notes
    assert kept(tmp_path) == []


def test_time_is_told_soon_after_records(tmp_path: Path) -> None:
    async def do(intake: JournalIntake) -> None:
        await intake.take(cut(0))
        await until(
            lambda: any(
                each.source == SOURCE and each.first > 2 for each in Follower(tmp_path, Sequence(1), print).read()
            )
        )

    taking(tmp_path, do)


def test_a_part_that_ends_is_started_again_and_more_slowly_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ends"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(supervising, "_FIRST_SECONDS", 0.01)
    told: list[str] = []
    pauses: list[float] = []
    wait = asyncio.sleep

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await wait(0)

    async def main() -> None:
        supervisor = Supervisor(tmp_path, ["judge"], told.append)
        monkeypatch.setattr(asyncio, "sleep", sleep)
        running = asyncio.create_task(supervisor.run())
        while len(pauses) < 14:
            await wait(0.01)
        await supervisor.stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        (child,) = supervisor.children
        assert child.starts >= 14
        assert child.ended == "exit code 3"

    asyncio.run(main())
    assert pauses == sorted(pauses)
    assert pauses[0] < 0.1
    assert pauses[13] == 60
    assert "judge ended (exit code 3)" in told[0]


def test_a_part_that_cannot_be_started_now_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "not-there"))
    monkeypatch.setattr(supervising, "_FIRST_SECONDS", 0.01)
    told: list[str] = []

    async def main() -> None:
        supervisor = Supervisor(tmp_path, ["judge"], told.append)
        running = asyncio.create_task(supervisor.run())
        await until(lambda: len(told) >= 3)
        assert not running.done()
        await supervisor.stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(main())
    assert "it cannot be started: No such file" in told[0]


def test_a_part_that_runs_is_ended_with_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "runs"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))

    async def main() -> None:
        supervisor = Supervisor(tmp_path, ["judge", "archivist"], print)
        running = asyncio.create_task(supervisor.run())
        await until(lambda: all(child.running for child in supervisor.children))
        await supervisor.stop()
        await running
        assert not any(child.running for child in supervisor.children)
        assert [child.starts for child in supervisor.children] == [1, 1]

    asyncio.run(main())
