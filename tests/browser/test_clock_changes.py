"""Hours of the day on the page stay those of the ward's clocks, also in a night in which they are changed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from codedark.continuity.charts.times import Times

TIMES = Times("Europe/Brussels")


@pytest.mark.parametrize("day", ["20260112", "20260329", "20261025"])
@pytest.mark.parametrize("asked", ["000500", "120000", "233000"])
def test_hours_of_the_day_are_those_of_the_clock(shared_page: Page, day: str, asked: str) -> None:
    """``today`` is reckoned back from now, as the page does it: over the change of clocks it is an hour off."""
    now = TIMES.us(f"{day}{asked}") // 1_000_000
    midnight = shared_page.evaluate(f"{now} - ({now} % MINUTE) - minutesOfDay({now}) * MINUTE")
    for hour in (0, 1, 4, 8, 14, 22):
        at = shared_page.evaluate(f"byTheClock({midnight}, {hour * 60 + 30})")
        assert TIMES.local(at * 1_000_000).strftime("%H:%M") == f"{hour:02d}:30"
        later = shared_page.evaluate(f"byTheClock({midnight} + DAY, {hour * 60 + 30})")
        assert TIMES.local(later * 1_000_000).strftime("%H:%M") == f"{hour:02d}:30"
