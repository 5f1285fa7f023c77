"""What sources hand over is on disk when they go on; nothing that they are called or that the disk does ends that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from codedark.app.watching.clock import WallClock
from codedark.app.watching.intake import JournalIntake
from codedark.app.watching.notes import decisions_in, note_of
from codedark.events.parcel import NOTE, Parcel, Sequence
from codedark.events.record import Rejected, SourceName
from codedark.ingest.live.intake import Cut
from codedark.respond.decision import Suppressed
from codedark.store.journal import reserve as journal_reserve
from codedark.store.journal.errors import JournalFailed, JournalFull
from codedark.store.journal.journal import Journal
from codedark.store.journal.segment import LARGEST_BYTES
from tests.unit.store.whole_journal import whole

NOT_UTF8 = "/var/log/caf\udce9.log"


def with_intake(folder: Path, do: Callable[[JournalIntake], Awaitable[Any]]) -> None:
    async def run() -> None:
        with Journal(folder, reserve_bytes=0) as journal:
            intake = JournalIntake(journal, WallClock(), 1 << 30)
            try:
                await asyncio.wait_for(do(intake), 10)
            finally:
                await intake.close()

    asyncio.run(run())


def test_what_is_rejected_of_a_file_with_any_name_is_noted(tmp_path: Path) -> None:
    bad = Rejected(SourceName(NOT_UTF8), 7, "a line that is too long")
    with_intake(tmp_path, lambda intake: intake.take(Cut(NOT_UTF8, "jsonl", b"{}\n", 1, rejected=(bad,))))
    records, note = [each for each in whole(tmp_path) if each.data != b"{}\n" or each.format != NOTE]
    assert records.source == NOT_UTF8
    assert orjson.loads(note.data)["rejected"] == {
        "source": "/var/log/caf\\udce9.log",
        "offset": 7,
        "reason": "a line that is too long",
    }


def test_a_decision_may_have_been_typed_on_any_terminal() -> None:
    decision = Suppressed("k7mw3x9a", "anna", "caf\udce9", 10, "rule")
    line = note_of(decision)
    (read,) = decisions_in(Parcel(Sequence(1), 1, 0, "codedark", NOTE, line))
    assert isinstance(read, Suppressed)
    assert (read.id, read.reason) == ("k7mw3x9a", "caf\\udce9")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_of_our_own_in_the_writing_thread_is_told_and_not_slept_through(tmp_path: Path) -> None:
    async def too_large(intake: JournalIntake) -> None:
        taking = asyncio.create_task(intake.take(Cut("a", "jsonl", b"x" * (LARGEST_BYTES + 1), 1)))
        with pytest.raises(JournalFailed, match="not written any more"):
            await intake.guard()
        taking.cancel()

    with_intake(tmp_path, too_large)


def test_a_reserve_on_a_disk_that_became_read_only_is_no_error(tmp_path: Path) -> None:
    reserve = journal_reserve.Reserve(tmp_path / "reserve", 1 << 20)
    reserve.release()
    (tmp_path / "reserve").mkdir()  # what is there cannot be unlinked or written: as much of EROFS as root can see
    reserve.release()
    assert not reserve.hold()


def test_a_large_body_is_known_again_only_by_its_last_parcel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codedark.app.watching.intake._PARCEL_BYTES", 8)
    cut = Cut("http://a", "jsonl", b'{"a":1}\n' * 3, 3, mark=b"{}")
    with_intake(tmp_path, lambda intake: intake.take(cut))
    marks = [each.mark for each in whole(tmp_path) if each.format != NOTE]
    assert marks == [b"", b"", b"{}"]


def test_a_full_disk_does_not_hold_up_the_end(tmp_path: Path) -> None:
    class Full(Journal):
        def append(self, *_: Any, **__: Any) -> Sequence:
            raise JournalFull("no space left")

    async def run() -> None:
        with Full(tmp_path, reserve_bytes=0) as journal:
            intake = JournalIntake(journal, WallClock(), 1 << 20)
            waiting = asyncio.create_task(intake.take(Cut("a", "jsonl", b"{}\n", 1)))
            while not intake.failure:  # noqa: ASYNC110 - a thread says it
                await asyncio.sleep(0.01)
            await asyncio.wait_for(intake.close(), 10)
            assert not waiting.done(), "what is not on disk is not acknowledged"
            waiting.cancel()

    asyncio.run(run())
