"""However often packs come, a ward can go back to one of an hour, six hours, a day and a week ago."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.continuity.packs.kept_packs import AGES_US, aged, kept
from codedark.continuity.packs.pack import Counter

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
BEGIN_US = 1_790_000_000_000_000
SLACK_US = dict(zip(AGES_US, (10 * MINUTE_US, HOUR_US, 6 * HOUR_US, 24 * HOUR_US), strict=True))


def lived(gaps_us: list[int]) -> dict[Counter, int]:
    """What a ward has after packs came with these gaps, each time thrown away what is not kept."""
    held: dict[Counter, int] = {}
    built_us = BEGIN_US
    for number, gap_us in enumerate(gaps_us, 1):
        built_us += gap_us
        held[Counter(number)] = built_us
        stays = kept(held)
        held = {counter: at for counter, at in held.items() if counter in stays}
    return held


@pytest.mark.parametrize(("every_us", "days"), [(5 * MINUTE_US, 9), (HOUR_US, 20), (7 * MINUTE_US + 1, 9)])
def test_steady_packs_leave_one_of_every_age_and_few_files(every_us: int, days: int) -> None:
    count = days * 24 * HOUR_US // every_us
    held = lived([every_us] * count)
    last_us = max(held.values())
    found = aged(held, last_us)
    assert set(found) == set(AGES_US)
    for age_us, counter in found.items():
        assert age_us <= last_us - held[counter] <= age_us + SLACK_US[age_us] + every_us
    assert len(held) <= 30


@given(st.lists(st.integers(MINUTE_US, 30 * HOUR_US), min_size=1, max_size=120))
def test_what_was_old_enough_and_near_enough_is_still_there(gaps_us: list[int]) -> None:
    held = lived(gaps_us)
    every, built_us = {}, BEGIN_US
    for number, gap_us in enumerate(gaps_us, 1):
        built_us += gap_us
        every[Counter(number)] = built_us
    assert max(held) == max(every)
    for age_us, counter in aged(every, built_us).items():
        best_us = built_us - every[counter]
        mine = aged(held, built_us).get(age_us)
        assert mine is not None
        slack_us = next((slack for age, slack in SLACK_US.items() if best_us <= age + slack), built_us)
        assert built_us - every[mine] <= best_us + slack_us


@given(st.lists(st.integers(MINUTE_US, 30 * HOUR_US), min_size=1, max_size=60))
def test_throwing_away_twice_throws_away_no_more(gaps_us: list[int]) -> None:
    held = lived(gaps_us)
    assert kept(held) == set(held)


def test_none_is_kept_of_none() -> None:
    assert kept({}) == frozenset()
