"""A census that goes on from a checkpoint is the one that the whole journal makes, wherever the power failed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from codedark.app.continuing.census import checkpoint as census_checkpoint
from codedark.app.continuing.census.checkpoint import begun, checkpoints_of, newest, prune, save, set_aside
from codedark.app.continuing.census.formats import FHIR, HEARD, HL7
from codedark.app.continuing.census.state import CensusState, Following
from codedark.continuity.charts.chart import Chart
from codedark.continuity.charts.snapshot import FORM
from codedark.continuity.hl7v2.site import site
from codedark.events.parcel import Sequence
from codedark.hospital.hospital import Hospital
from codedark.store.checkpoint import Checkpoints
from codedark.store.journal.journal import Journal
from codedark.store.journal.segment import segments
from tests.served_census import admission

BEGIN_US = 1_768_200_000_000_000
AT_US = BEGIN_US + 3_600_000_000
MINUTE_US = 60_000_000


class Crash(BaseException):
    """The process is dead."""


def written(folder: Path, first: int, count: int) -> None:
    """Messages, resources and what was heard, one a minute, in small segments."""
    with Journal(folder, segment_bytes=1500, reserve_bytes=0, not_before=newest(folder)) as journal:
        for n in range(first, first + count):
            at_us = BEGIN_US + n * MINUTE_US
            journal.append("mllp://10.0.0.1", HL7, admission(n % 7, n % 2 + 1, f"2026011208{n:02}00") + b"\n", 1, at_us)
            patient = {"reference": f"Patient/{n % 5}"}
            allergy: dict[str, Any] = {"resourceType": "AllergyIntolerance", "id": str(n), "code": {"text": f"S{n}"}}
            journal.append("fhir+http://r", FHIR, orjson.dumps(allergy | {"patient": patient}) + b"\n", 1, at_us)
            journal.append("fhir+http://r", HEARD, b"FHIR\n", 1, at_us)
            journal.sync()


def follow(folder: Path, own: bytes = b"") -> tuple[CensusState, Following]:
    """The census as somebody makes it who starts now."""
    state = CensusState(Hospital("Test", "UTC"), site(own))
    following = Following(folder, state)
    following.catch_up()
    following.close()
    return state, following


def shown(folder: Path) -> tuple[dict[str, Chart], dict[str, int], int, int]:
    """Everything that a census tells, and its books."""
    state, _ = follow(folder)
    charts = {str(each): chart for each, chart in state.charts(AT_US).items()}
    return charts, dict(state.feeds.last_us()), state.books.taken, len(state.books.damaged)


def pruned(folder: Path) -> int:
    """Delete what no checkpoint needs, however young."""
    with Journal(folder, segment_bytes=1500, reserve_bytes=0) as journal:
        return prune(journal, folder, 0, time.time() + 10)


def test_what_lies_behind_two_checkpoints_is_deleted_and_nothing_else_changes(tmp_path: Path) -> None:
    folder, whole = tmp_path / "a" / "journal", tmp_path / "b" / "journal"
    for part in range(4):
        written(folder, part * 10, 10)
        written(whole, part * 10, 10)
        state, following = follow(folder)
        save(folder, state, following.next)
        gone = pruned(folder)
        assert bool(gone) is (part > 0)
        assert shown(folder) == shown(whole)
    assert len(segments(folder)) < len(segments(whole)) / 2
    assert len(list(checkpoints_of(folder).iterdir())) == 2


def test_nothing_is_deleted_that_is_young_or_that_no_checkpoint_has(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    written(folder, 0, 10)
    with Journal(folder, reserve_bytes=0) as journal:
        assert prune(journal, folder, 0, time.time() + 10) == 0
        state, following = follow(folder)
        save(folder, state, following.next)
        assert prune(journal, folder, 30, time.time() + 10) == 0


def torn(path: Path) -> None:
    """What a disk does."""
    path.write_bytes(path.read_bytes()[:-3])


def of_another_form(path: Path) -> None:
    """What a program of next year writes: whole, and of a form that nobody here knows."""
    held = Checkpoints(path.parent).load().checkpoint
    assert held is not None
    parts = {name: (form + 1, octets) for name, (form, octets) in held.parts.items()}
    Checkpoints(path.parent).save(held.next, parts)


def of_other_content(path: Path) -> None:
    """Whole and of our form, and yet no census: a fault of a program."""
    held = Checkpoints(path.parent).load().checkpoint
    assert held is not None
    Checkpoints(path.parent).save(held.next, {**held.parts, "charts": held.parts["books"]})


ANOTHER = f"of form {FORM + 1}, and this program reads form 1 or 2"
UNREADABLE = pytest.mark.parametrize(
    ("spoil", "why"),
    [(torn, "damaged"), (of_another_form, ANOTHER), (of_other_content, "no census")],
)


@UNREADABLE
def test_a_checkpoint_that_cannot_be_read_is_made_good_by_the_one_before_and_the_journal(
    tmp_path: Path, spoil: Callable[[Path], None], why: str
) -> None:
    folder, whole = tmp_path / "a" / "journal", tmp_path / "b" / "journal"
    for part in range(3):
        written(folder, part * 10, 10)
        written(whole, part * 10, 10)
        state, following = follow(folder)
        save(folder, state, following.next)
        pruned(folder)
    before, last = sorted(checkpoints_of(folder).iterdir())
    spoil(last)
    _, following = follow(folder)
    assert following.unread == (last,)
    assert why in following.reason
    assert f"goes on from {before.name}" in following.reason
    assert segments(folder)[0].first > 1
    assert shown(folder) == shown(whole)


@UNREADABLE
def test_one_that_cannot_be_read_never_drops_the_last_good_one(
    tmp_path: Path, spoil: Callable[[Path], None], why: str
) -> None:
    folder, whole = tmp_path / "a" / "journal", tmp_path / "b" / "journal"
    for part in range(4):
        written(folder, part * 10, 10)
        written(whole, part * 10, 10)
        state, following = follow(folder)
        assert (why in following.reason) is (part == 3)
        set_aside(folder, following.unread)
        save(folder, state, following.next)
        pruned(folder)
        if part >= 2:
            spoil(max(checkpoints_of(folder).glob("*.checkpoint")))
    assert shown(folder) == shown(whole)
    assert len(list(checkpoints_of(folder).glob("*.unreadable"))) == 1


def test_where_no_checkpoint_can_be_read_it_is_said_and_what_is_missing_too(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    for part in range(3):
        written(folder, part * 10, 10)
        state, following = follow(folder)
        assert following.reason == ""
        save(folder, state, following.next)
        if part == 0:
            torn(min(checkpoints_of(folder).iterdir()))
            assert "no checkpoint can be read" in (reason := follow(folder)[1].reason)
            assert "which has everything" in reason
            save(folder, state, following.next)
        pruned(folder)
    for checkpoint in checkpoints_of(folder).iterdir():
        checkpoint.write_bytes(b"torn")
    state, following = follow(folder)
    assert "WHAT WAS TOLD BEFORE 2026-01-12 0" in following.reason
    assert len(following.unread) == 2
    assert state.books.damaged


def test_a_checkpoint_says_of_which_form_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "journal"
    written(folder, 0, 10)
    state, following = follow(folder)
    monkeypatch.setattr(census_checkpoint, "FORM", 77)
    save(folder, state, following.next)
    held = Checkpoints(checkpoints_of(folder)).load().checkpoint
    assert held is not None
    assert {form for form, _ in held.parts.values()} == {77}
    assert "it is of form 77" in follow(folder)[1].reason


def test_one_of_the_form_before_is_read_and_not_read_again_from_the_journal(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    written(folder, 0, 10)
    state, following = follow(folder)
    before = shown(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(census_checkpoint, "FORM", 1)
        save(folder, state, following.next)
    assert begun(folder, CensusState(Hospital("Test", "UTC"), site(b""))) == (following.next, "", ())
    assert shown(folder) == before


@contextmanager
def dying(at: int) -> Iterator[list[int]]:
    """A process that dies before its ``at``-th effect on the disk; how many there were."""
    count = [0]
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in ((os, "fsync"), (Path, "replace"), (Path, "unlink"), (Path, "open")):
            known: Any = getattr(owner, name)

            def dies(*args: Any, _known: Any = known, **more: Any) -> Any:
                count[0] += 1
                if count[0] >= at:
                    raise Crash
                return _known(*args, **more)

            patch.setattr(owner, name, dies)
        yield count


def test_wherever_the_process_dies_while_it_saves_and_deletes_the_census_is_whole(tmp_path: Path) -> None:
    begin, whole = tmp_path / "begin" / "journal", tmp_path / "whole" / "journal"
    for part in range(2):
        written(begin, part * 10, 10)
        state, following = follow(begin)
        save(begin, state, following.next)
    written(begin, 20, 10)
    written(whole, 0, 30)
    wanted, at, is_over = shown(whole), 1, False
    while not is_over:
        folder = tmp_path / str(at) / "journal"
        shutil.copytree(tmp_path / "begin", folder.parent)
        state, following = follow(folder)
        journal = Journal(folder, segment_bytes=1500, reserve_bytes=0)
        with dying(at), suppress(Crash):
            save(folder, state, following.next)
            prune(journal, folder, 0, time.time() + 10)
            is_over = True
        journal.close()
        assert shown(folder) == wanted, at
        at += 1
    assert at > 10


def test_other_rules_of_reading_read_again_what_is_there_and_keep_what_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    for part in range(3):
        written(folder, part * 10, 10)
        state, following = follow(folder)
        save(folder, state, following.next)
        pruned(folder)
    assert segments(folder)[0].first > 1
    state, following = follow(folder, b'wards: {"W1": W9}')
    assert "read again" in following.reason
    charts = state.charts(AT_US)
    places = {visit.place.ward for chart in charts.values() for visit in chart.visits if visit.place}
    assert (places, len(charts)) == ({"W9"}, len(shown(folder)[0]))
    allergies = [each.substance for chart in charts.values() for each in chart.allergies]
    assert sorted(allergies) == sorted(f"S{n}" for n in range(30))


def test_a_journal_that_was_deleted_is_begun_anew_behind_what_is_known(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    written(folder, 0, 10)
    state, following = follow(folder)
    save(folder, state, following.next)
    shutil.rmtree(folder)
    assert len(follow(folder)[0].charts(AT_US)) > 0
    written(folder, 10, 3)
    assert segments(folder)[0].first == following.next
    charts = follow(folder)[0].charts(AT_US)
    assert sum(len(chart.allergies) for chart in charts.values()) == 13


def test_a_journal_that_was_brought_back_from_a_copy_is_read_whole(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    written(folder, 0, 5)
    shutil.copytree(folder, tmp_path / "copy")
    written(folder, 5, 5)
    state, following = follow(folder)
    save(folder, state, following.next)
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "copy", folder)
    other, following = follow(folder)
    assert "ends before" in following.reason
    assert following.next == Sequence(16)
    assert sum(len(chart.allergies) for chart in other.charts(AT_US).values()) == 10
