"""Laws of the watch: what it tells follows from the slots alone, whenever it was ended and taken up again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codedark.app.watching.slots import MOST_BYTES, SLOT_US, Slots
from codedark.app.watching.told import Told
from codedark.app.watching.watcher import Watcher
from codedark.events.parcel import Parcel
from codedark.events.parcel import Sequence as Number
from tests.watched_hour import make_hour, watch_over

STRETCH = 120
"""How many slots are folded again in one example; the memory before them is taken from the whole run."""


class Hour:
    """The slots of an hour, what an undisturbed watch tells of each, and what it remembers before every 40th."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slots = [slot for slot in Slots().take(make_hour(folder)) if slot]
        watcher = watch_over(folder)
        self.told: list[Told] = []
        self.before: dict[int, dict[str, tuple[int, bytes]]] = {}
        for number, slot in enumerate(self.slots):
            if number % 40 == 0:
                self.before[number] = watcher.parts()
            self.told.append(watcher.fold(slot))

    def watcher(self, parts: dict[str, tuple[int, bytes]]) -> Watcher:
        """One that has taken up what was remembered."""
        watcher = watch_over(self.folder)
        assert watcher.restore(parts) == []
        return watcher


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Hour:
    """An hour of a hospital under attack."""
    return Hour(tmp_path_factory.mktemp("hour"))


def test_the_hour_has_something_of_everything_in_it(hour: Hour) -> None:
    findings = [finding for told in hour.told for finding in told.findings]
    assert any(finding.window for finding in findings)
    assert any(finding.says for finding in findings)
    assert any(told.incidents for told in hour.told)
    assert any(told.alarms for told in hour.told)
    assert len({finding.id for finding in findings}) == len(findings), "two findings have one identity"
    alarms = [alarm.id for told in hour.told for alarm in told.alarms]
    assert len(set(alarms)) == len(alarms)


@given(st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_ended_and_taken_up_again_at_any_slots_a_watch_tells_the_same(hour: Hour, data: st.DataObject) -> None:
    starts = sorted(hour.before)
    eventful = [start for start in starts if any(told.findings for told in hour.told[start : start + STRETCH])]
    start = data.draw(st.sampled_from(eventful), "start")
    end = min(start + STRETCH, len(hour.slots))
    ends = data.draw(st.sets(st.integers(start + 1, end - 1), min_size=1, max_size=4), "ended before")
    watcher = hour.watcher(hour.before[start])
    for number in range(start, end):
        if number in ends:
            watcher = hour.watcher(watcher.parts())
        assert watcher.fold(hour.slots[number]) == hour.told[number], f"slot {number}"


def test_saving_changes_nothing(hour: Hour) -> None:
    watcher = watch_over(hour.folder)
    for number, slot in enumerate(hour.slots):
        if number % 7 == 0:
            watcher.parts()
        assert watcher.fold(slot) == hour.told[number], f"slot {number}"


@st.composite
def parcels(draw: st.DrawFn) -> list[Parcel]:
    """Parcels as a journal gives them: numbered without gaps, their times never falling."""
    found: list[Parcel] = []
    number, at_us = 1, draw(st.integers(0, 1 << 50))
    steps = st.sampled_from([0, 0, 1, SLOT_US // 2, SLOT_US - 1, SLOT_US, SLOT_US * 9])
    sizes = st.sampled_from([0, 10, MOST_BYTES // 3, MOST_BYTES])
    blocks = {size: bytes(size) for size in (0, 10, MOST_BYTES // 3, MOST_BYTES)}
    for _ in range(draw(st.integers(1, 25))):
        at_us += draw(steps)
        count = draw(st.integers(1, 3))
        found.append(Parcel(Number(number), count, at_us, "s", "jsonl", blocks[draw(sizes)]))
        number += count
    return found


def cut(parcels: Sequence[Parcel], sizes: Iterator[int]) -> Iterator[list[Parcel]]:
    at = 0
    for size in sizes:
        if at >= len(parcels):
            return
        yield list(parcels[at : at + size])
        at += size


@given(parcels(), st.lists(st.integers(1, 6), min_size=25, max_size=25), st.data())
def test_slots_do_not_depend_on_how_many_parcels_are_read_at_once_nor_on_where_reading_begins(
    all_: list[Parcel], sizes: list[int], data: st.DataObject
) -> None:
    whole = list(Slots().take(all_))
    slots = Slots()
    pieced = [slot for some in cut(all_, iter(sizes)) for slot in slots.take(some)]
    assert pieced == whole
    assert all(len({parcel.arrived_us // SLOT_US for parcel in slot}) == 1 for slot in whole)
    if whole:
        done = data.draw(st.integers(0, len(whole) - 1))
        ahead = sum(map(len, whole[:done]))
        assert list(Slots().take(all_[ahead:])) == whole[done:]
