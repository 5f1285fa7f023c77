"""Times of a hospital in Brussels on a PC that stands in UTC, as one does that was started from a stick."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from codedark.app.ward.times import live_in, moment_said, sayable, shown, wall_said, zone_told
from codedark.errors import UsageError


@pytest.fixture(autouse=True)
def on_a_stick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    live_in("Europe/Brussels")
    yield
    live_in("")
    monkeypatch.undo()
    time.tzset()


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("said", "now", "means"),
    [
        ("17:18", "2026-01-12 16:19", "2026-01-12 17:18 CET"),
        ("23:50", "2026-01-12 23:30", "2026-01-12 23:50 CET"),
        ("18:18", "2026-07-12 16:19", "2026-07-12 18:18 CEST"),
        ("2026-07-01 06:30", "2026-07-12 16:19", "2026-07-01 06:30 CEST"),
        ("02:30", "2026-10-25 00:40", "2026-10-25 02:30 CEST"),
        ("02:30", "2026-10-25 01:40", "2026-10-25 02:30 CET"),
        ("02:50", "2026-10-25 01:40", "2026-10-25 02:50 CEST"),
        ("01:30", "2026-10-25 05:00", "2026-10-25 01:30 CEST"),
        ("03:10", "2026-03-29 01:20", "2026-03-29 03:10 CEST"),
        ("01:50", "2026-03-29 01:20", "2026-03-29 01:50 CET"),
    ],
)
def test_a_time_is_one_of_the_hospital_also_when_its_clocks_change(said: str, now: str, means: str) -> None:
    assert shown(moment_said(said, at(now))) == means


@pytest.mark.parametrize(
    ("watch", "now", "means"),
    [
        ("17:18", "2026-01-12 16:19", "2026-01-12 17:18 CET"),
        ("7:05", "2026-01-12 16:19", "2026-01-12 07:05 CET"),
        ("23:58", "2026-01-12 23:03", "2026-01-12 23:58 CET"),
        ("00:02", "2026-01-12 22:57", "2026-01-13 00:02 CET"),
        ("2026-01-10 17:18", "2026-01-12 16:19", "2026-01-10 17:18 CET"),
        ("02:30", "2026-10-25 00:28", "2026-10-25 02:30 CEST"),
        ("02:30", "2026-10-25 01:28", "2026-10-25 02:30 CET"),
    ],
)
def test_a_watch_without_a_date_is_of_today(watch: str, now: str, means: str) -> None:
    assert shown(wall_said(watch, at(now))) == means


@pytest.mark.parametrize("watch", ["", "25:00", "12:60", "noon", "2026-01-12", "17"])
def test_what_no_watch_shows_is_said(watch: str) -> None:
    with pytest.raises(UsageError, match="write it as 06:30, or with the date"):
        wall_said(watch, at("2026-01-12 16:19"))


def test_a_time_that_is_corrected_is_the_same_moment_also_in_the_hour_that_comes_twice() -> None:
    for text in ("2026-10-25 00:30", "2026-10-25 01:30", "2026-03-29 01:30", "2026-07-12 16:19"):
        assert moment_said(sayable(at(text)), at("2026-12-01 00:00")) == at(text)
    assert sayable(at("2026-07-12 16:19")) == "2026-07-12 18:19"


def test_without_a_zone_it_is_that_of_the_pc_and_said() -> None:
    assert zone_told() == "Times here are those of Europe/Brussels, as the pack says."
    live_in("")
    assert shown(at("2026-01-12 16:19")) == "2026-01-12 16:19 UTC"
    assert "by this PC's own, UTC" in zone_told()
    with pytest.raises(UsageError, match="does not know it"):
        live_in("Europe/Nowhere")
