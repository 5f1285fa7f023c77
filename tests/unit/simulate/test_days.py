"""Weird days fall where the calendar puts them, and by the seed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from codedark.simulate.days import ON_WORKDAYS, Weird, begins, weird

DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(1500)]


def test_the_calendar_decides_patches_month_ends_and_scans() -> None:
    assert Weird.PATCH_TUESDAY in weird(1, date(2026, 3, 10))
    assert Weird.PATCH_TUESDAY not in weird(1, date(2026, 3, 17))
    assert Weird.MONTH_END in weird(5, date(2028, 2, 29))
    assert Weird.VULNERABILITY_SCAN in weird(9, date(2026, 3, 8))


def test_most_days_are_ordinary_and_every_kind_comes() -> None:
    kinds = [weird(1, day) for day in DAYS]
    assert sum(not kind for kind in kinds) > 0.6 * len(DAYS)
    assert set().union(*kinds) == set(Weird)


def test_suppliers_and_service_desks_have_free_weekends() -> None:
    assert not any(weird(1, day) & ON_WORKDAYS for day in DAYS if day.weekday() >= 5)


@pytest.mark.parametrize("kind", Weird)
def test_what_begins_begins_on_its_day_and_always_at_the_same_minute(kind: Weird) -> None:
    minutes = [begins(1, day, kind) for day in DAYS[:50]]
    assert minutes == [begins(1, day, kind) for day in DAYS[:50]]
    assert all(0 <= minute < 24 * 60 for minute in minutes)
    assert len(set(minutes)) > 5
