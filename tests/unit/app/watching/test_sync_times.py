"""How long syncs take is told of the last five minutes."""

from __future__ import annotations

from codedark.app.watching.sync_times import SyncTimes


def test_the_usual_and_the_slowest_of_the_last_five_minutes() -> None:
    times = SyncTimes()
    assert (times.median, times.p99) == (0.0, 0.0)
    times.add(0.0, 9.0)
    for number in range(1, 201):
        times.add(300.0 + number / 100, number / 1000)
    assert times.median == 0.101
    assert times.p99 == 0.199


def test_however_many_there_are_few_are_kept() -> None:
    times = SyncTimes()
    for number in range(10_000):
        times.add(number / 1000, 0.001)
    assert len(times._taken) <= 2_000
