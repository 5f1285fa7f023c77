"""The clock of arrivals never goes back and never stands still, whatever is done to the machine's."""

from __future__ import annotations

from itertools import pairwise

from codedark.app.watching.clock import ReplayClock, WallClock

SECOND_US = 1_000_000
HOUR_US = 3_600 * SECOND_US
NOW_US = 1_768_212_000_000_000  # 2026-01-12T10:00:00Z


class Machine:
    """A machine with a clock that can be set, and one that cannot."""

    def __init__(self) -> None:
        self.wall_us, self.steady_us = NOW_US, 0
        self.clock = WallClock(lambda: self.wall_us, lambda: self.steady_us)

    def after(self, seconds: float) -> int:
        """What the clock says so much later."""
        self.wall_us += int(seconds * SECOND_US)
        self.steady_us += int(seconds * SECOND_US)
        return self.clock()


def test_a_jump_is_followed_only_when_it_lasts() -> None:
    machine = Machine()
    machine.wall_us += 2 * HOUR_US
    assert machine.after(1) == NOW_US + SECOND_US
    assert "jumped by 7,200 s" in machine.clock.problem
    assert machine.after(601) == NOW_US + 602 * SECOND_US + 2 * HOUR_US
    assert not machine.clock.problem


def test_time_goes_on_also_when_the_clock_was_set_back() -> None:
    machine = Machine()
    machine.wall_us -= HOUR_US
    told = [machine.after(1), machine.after(601)]
    told += [machine.after(1) for _ in range(10)]
    steps = [later - earlier for earlier, later in pairwise(told[1:])]
    assert all(0.8 * SECOND_US < step < SECOND_US for step in steps)
    assert "behind records" in machine.clock.problem
    assert machine.after(11 * 3_600) == machine.wall_us
    machine.after(1)
    assert not machine.clock.problem


def test_time_goes_on_behind_what_arrived_under_another_clock() -> None:
    machine = Machine()
    machine.clock.not_before(NOW_US + 73 * 365 * 24 * HOUR_US)
    first, second = machine.after(1), machine.after(1)
    assert NOW_US + 73 * 365 * 24 * HOUR_US < first < second
    assert "behind records" in machine.clock.problem


def test_a_replay_goes_on_where_the_one_before_ended() -> None:
    clock = ReplayClock(NOW_US, 600)
    clock.not_before(NOW_US + HOUR_US)
    assert clock() == NOW_US + HOUR_US
