"""The event lake loses and doubles nothing, wherever its writer is killed between two steps on the disk."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from math import inf
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.app.archive.archivist import Archivist, Pace
from codedark.events.parcel import NOTE, Parcel, Sequence
from codedark.store.lake.disk import UNFINISHED, Disk
from codedark.store.lake.lake import GRACE_US, Lake, readable_files
from codedark.store.lake.retention import Retention

BEGIN_US = 1_767_225_600_000_000  # 2026-01-01
HOUR_US = 3_600_000_000
FOR_EVER = Retention(days=None, free_bytes=0)


class Killed(BaseException):
    """What `kill -9` is to a process, for code that runs within one."""


class DyingDisk(Disk):
    """A disk whose process is killed before so many steps; a `put` has three. What is not synced outlives a process."""

    def __init__(self, steps: float) -> None:
        self.left = steps

    def step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed

    def put(self, path: Path, write: Callable[[Path], None]) -> None:
        self.step()
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + UNFINISHED)
        unfinished.write_bytes(b"half")
        self.step()
        write(unfinished)
        unfinished.replace(path)
        self.step()

    def remove(self, path: Path) -> None:
        self.step()
        super().remove(path)


def journal(sizes: list[tuple[int, int, bool]]) -> list[Parcel]:
    parcels: list[Parcel] = []
    first, arrived_us = 1, BEGIN_US
    for count, wait_s, note in sizes:
        arrived_us += wait_s * 1_000_000
        lines = [
            {"Channel": ("Security", "System")[number % 2], "EventID": 4624, "n": number, "Computer": "A"}
            if number % 7
            else "no event"
            for number in range(first, first + count)
        ]
        data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        parcels.append(Parcel(Sequence(first), count, arrived_us, "tcp://a", NOTE if note else "jsonl", data))
        first += count
    return parcels


def seen(lake: Path) -> list[int]:
    return sorted(
        number
        for file in readable_files(lake)
        for number in pq.read_table(file.path(lake), columns=["seq"]).column("seq").to_pylist()
    )


PARCELS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 30_000), st.integers(0, 5).map(lambda one: one == 0)),
    min_size=1,
    max_size=25,
).map(journal)


def archive(lake: Path, parcels: list[Parcel], disk: Disk, most_bytes: int = 400) -> None:
    """Follow the journal to its end as `serve` does."""
    archivist = Archivist(Lake(lake, disk), FOR_EVER, Pace(most_bytes=most_bytes, most_us=HOUR_US))
    for parcel in parcels:
        if parcel.end > archivist.position:
            archivist.take([parcel])
            if parcel.first % 3 == 0:
                archivist.upkeep(parcel.arrived_us)
    archivist.flush()
    for hours in (48, 50):
        archivist.upkeep(parcels[-1].arrived_us + hours * HOUR_US + GRACE_US)


DEATHS = st.lists(st.tuples(st.integers(0, 60), st.sampled_from([200, 500, 900])), max_size=4)
"""After so many steps; and how much is written together, so that the files of each life are cut elsewhere."""


@settings(max_examples=25, deadline=None)
@given(parcels=PARCELS, deaths=DEATHS)
def test_whenever_it_is_killed_every_record_is_in_the_lake_once(
    parcels: list[Parcel], deaths: list[tuple[int, int]]
) -> None:
    taken = [number for each in parcels if each.format != NOTE for number in range(each.first, each.end)]
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder) / "lake"
        for steps, most_bytes in deaths:
            with suppress(Killed):
                archive(lake, parcels, DyingDisk(steps), most_bytes)
            found = seen(lake)
            assert found == taken[: len(found)]
        archive(lake, parcels, DyingDisk(inf))
        assert seen(lake) == taken
        assert not list(lake.rglob(f"*{UNFINISHED}"))


def test_at_each_single_step_of_a_run_a_kill_loses_and_doubles_nothing() -> None:
    parcels = journal([(5, 6_000, False)] * 20)
    taken = list(range(1, 101))
    steps = 0
    while True:
        with tempfile.TemporaryDirectory() as folder:
            lake = Path(folder) / "lake"
            try:
                archive(lake, parcels, DyingDisk(steps))
            except Killed:
                # A second life that cuts its files elsewhere, and dies too.
                with suppress(Killed):
                    archive(lake, parcels, DyingDisk(22), most_bytes=200)
                archive(lake, parcels, DyingDisk(inf), most_bytes=1_100)
                assert seen(lake) == taken, steps
                steps += 17
                continue
            assert seen(lake) == taken
            break
    assert steps > 60
