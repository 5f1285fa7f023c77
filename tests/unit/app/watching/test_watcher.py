"""The watch goes on behind whatever an error of ours cannot get past, and says so."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from codedark.app.notify.message import trial
from codedark.app.watching.judge import Judge, Judged
from codedark.app.watching.told import Told
from codedark.app.watching.watcher import Watcher
from codedark.app.watching.wiring import watcher_of
from codedark.events.parcel import Parcel, Sequence
from codedark.ingest.formats import READERS
from codedark.store.checkpoint import Checkpoints
from codedark.store.journal.journal import Journal
from codedark.store.state.state import State
from codedark.store.state.tables import StateUnavailable
from tests.unit.app.stumbling import stumbling

ARRIVED_US = 1_768_212_000_000_000


def parcel(first: int, lines: list[bytes], log_format: str = "jsonl") -> Parcel:
    data = b"".join(line + b"\n" for line in lines)
    return Parcel(Sequence(first), len(lines), ARRIVED_US, "tcp://10.0.0.1", log_format, data)


def watch() -> Watcher:
    return watcher_of(None, None, {}, {})


LOGON = b'{"Channel":"Security","EventID":4624,"Computer":"WS-1","TargetUserName":"anna","LogonType":3}'


def test_a_record_that_an_error_of_ours_cannot_get_past_is_set_aside_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(READERS, "jsonl", stumbling(READERS["jsonl"]))
    told = watch().fold([parcel(1, [LOGON, LOGON]), parcel(3, [LOGON, b'{"poison": "patient 4711"}', LOGON])])
    assert (told.next, told.taken) == (6, 5)
    assert told.judged == {"windows/security": 4}
    (aside,) = told.aside
    assert (aside.source, aside.offset) == ("tcp://10.0.0.1", 4)
    assert "LookupError at stumbling.py" in aside.reason
    assert "4711" not in aside.reason


def test_a_format_that_there_is_not_does_not_end_the_watch() -> None:
    told = watch().fold([parcel(1, [b"one", b"two"], "of-a-newer-version"), parcel(3, [LOGON])])
    assert [each.offset for each in told.aside] == [1, 2]
    assert told.judged == {"windows/security": 1}


def test_a_behaviour_with_an_error_in_it_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    watcher = watch()
    first = next(iter(watcher._memory.watched.values()))
    monkeypatch.setattr(type(first.behaviour), "tick", broken)
    told = watcher.fold([parcel(1, [LOGON])])
    assert told.judged == {"windows/security": 1}
    assert [str(each.source) for each in told.aside] == [first.behaviour.id]
    assert not told.rejected


def test_the_account_of_logs_does_not_grow_with_what_a_sender_calls_them() -> None:
    account = Judged()
    for number in range(2_000):
        told = Told(number + 1, ARRIVED_US)
        told.judged[f"vendor/{number}"] = 1
        account.add(told)
    assert len(account.logs) < 1_000
    assert account.logs.total() == 2_000


def test_a_judge_that_cannot_tell_says_so_and_ends_when_it_is_asked_to(tmp_path: Path) -> None:
    class OneAlarm(Watcher):
        def fold(self, slot: list[Parcel]) -> Told:  # type: ignore[override]
            return Told(slot[-1].end, ARRIVED_US, alarms=[trial(ARRIVED_US)])

    with Journal(tmp_path / "journal", reserve_bytes=0) as journal:
        journal.append("a", "jsonl", b"{}\n", 1, ARRIVED_US)
        journal.append("a", "jsonl", b"{}\n", 1, ARRIVED_US + 1_000_000)
    watcher = watch()
    watcher.__class__ = OneAlarm
    state = State(tmp_path / "state.sqlite")
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as other:
        other.execute("DROP TABLE alarm")
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    judge = Judge(tmp_path / "journal", watcher, state, checkpoints, lambda _: None)
    said: list[str] = []
    with pytest.raises(StateUnavailable):
        judge.run(lambda: bool(said), lambda _: said.extend(judge.problems()))
    state.close()
    assert "cannot be written" in said[0]
    saved = checkpoints.load().checkpoint
    assert saved is None or saved.next == 1, "what was not told would be passed over"


def test_a_judge_that_has_judged_all_says_so_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codedark.app.watching.judge._SAY_SECONDS", 3600)  # after which it speaks in any case
    with Journal(tmp_path / "journal", reserve_bytes=0) as journal:
        for number in range(3):
            journal.append("a", "jsonl", b"{}\n", 1, ARRIVED_US + number * 1_000_000)
    state = State(tmp_path / "state.sqlite")
    judge = Judge(tmp_path / "journal", watch(), state, Checkpoints(tmp_path / "checkpoints"), lambda _: None)
    said: list[int] = []
    until = time.monotonic() + 20
    judge.run(lambda: bool(said) or time.monotonic() > until, lambda account: said.append(account.next))
    state.close()
    assert time.monotonic() < until, "it only spoke when it was ended"
    assert said[0] == 3, "the last record waits for its slot to be over"


def test_what_the_checkpoint_before_the_last_would_need_stays_needed(tmp_path: Path) -> None:
    state, checkpoints = State(tmp_path / "state.sqlite"), Checkpoints(tmp_path / "checkpoints")
    needed = []
    with Journal(tmp_path / "journal", reserve_bytes=0) as journal:
        judge = Judge(tmp_path / "journal", watch(), state, checkpoints, lambda _: None)
        for number in range(4):
            journal.append("a", "jsonl", b"{}\n", 1, ARRIVED_US + number * 1_000_000)
            journal.sync()
            judge.step()
            judge.checkpoint()
            needed.append((judge.needed, judge.saved_next))
    state.close()
    assert needed == [(1, 1), (1, 2), (2, 3), (3, 4)]
