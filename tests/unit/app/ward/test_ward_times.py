"""Times by the clock on the wall."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from codedark.app.ward.times import moment_said, shown
from codedark.errors import UsageError

ONE_AT_NIGHT_US = 1_768_176_000_000_000  # 2026-01-12 01:00 in Brussels


@pytest.fixture(autouse=True)
def in_brussels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("00:30", "2026-01-12 00:30 CET"),
        ("23:50", "2026-01-11 23:50 CET"),
        ("1:00", "2026-01-12 01:00 CET"),
        ("20m", "2026-01-12 00:40 CET"),
        ("2h", "2026-01-11 23:00 CET"),
        ("2026-01-11 22:15", "2026-01-11 22:15 CET"),
        ("2026-01-11T22:15Z", "2026-01-11 23:15 CET"),
        ("2025-07-01T22:15", "2025-07-01 22:15 CEST"),
    ],
)
def test_a_time_is_what_the_clock_here_said(said: str, means: str) -> None:
    assert shown(moment_said(said, ONE_AT_NIGHT_US)) == means


@pytest.mark.parametrize("said", ["", "25:00", "12:60", "soon", "99999999d", "12.30", "٠٦:٣٠"])
def test_what_is_no_time_is_said(said: str) -> None:
    with pytest.raises(UsageError, match="write it as 06:30"):
        moment_said(said, ONE_AT_NIGHT_US)
