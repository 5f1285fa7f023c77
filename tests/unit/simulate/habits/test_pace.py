"""Counts and local times that habits are paced by."""

from __future__ import annotations

from collections import Counter

import pytest

from codedark.simulate.chance import poisson, stream
from codedark.simulate.habit import SLICE_US
from codedark.simulate.habits.pace import MACHINE_DAY, Clockwork, Weighted, local_time


@pytest.mark.parametrize("mean", [0.2, 3.0, 29.0, 31.0, 400.0])
def test_poisson_has_its_mean_and_its_variance(mean: float) -> None:
    chance = stream(1, "poisson", mean)
    drawn = [poisson(chance, mean) for _ in range(4000)]
    found = sum(drawn) / len(drawn)
    variance = sum((count - found) ** 2 for count in drawn) / len(drawn)
    assert found == pytest.approx(mean, rel=0.08)
    assert variance == pytest.approx(mean, rel=0.15)


def test_nothing_is_expected_of_a_mean_of_zero_or_less() -> None:
    chance = stream(1)
    assert [poisson(chance, mean) for mean in (0.0, -1.0)] == [0, 0]


def test_a_clockwork_lets_everything_act_once_in_a_period_and_never_before_its_slice() -> None:
    period, things = 7, range(500)
    clockwork = Clockwork(stream(1, "clockwork"), things, period)
    start_us = 1000 * SLICE_US
    seen: Counter[int] = Counter()
    for number in range(2 * period):
        begin_us = start_us + number * SLICE_US
        for thing, at_us in clockwork.due(stream(1, begin_us), begin_us):
            assert begin_us <= at_us < begin_us + SLICE_US + 10_000_000
            seen[thing] += 1
    assert seen == dict.fromkeys(things, 2)


def test_a_weighted_table_is_drawn_from_by_weight() -> None:
    drawn = Counter(Weighted([(9, "often"), (1, "seldom")]).draw(stream(1), 5000))
    assert drawn["often"] / 5000 == pytest.approx(0.9, abs=0.02)


def test_an_empty_table_gives_nothing() -> None:
    empty: list[tuple[float, str]] = []
    assert Weighted(empty).draw(stream(1), 3) == []


def test_the_day_of_machines_has_a_mean_of_one() -> None:
    assert sum(MACHINE_DAY) / 24 == pytest.approx(1, abs=0.05)


def test_local_time_knows_summer() -> None:
    winter, summer = 1_768_471_200_000_000, 1_784_109_600_000_000
    assert [local_time("Europe/Brussels", at_us).hour for at_us in (winter, summer)] == [11, 12]
