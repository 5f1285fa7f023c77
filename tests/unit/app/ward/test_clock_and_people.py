"""A clock that is wrong, a disk that is nearly full, and who may sit at the station."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from codedark.app.ward import clock, health
from codedark.app.ward.people import Sessions, enrol, forget, people
from codedark.errors import UsageError
from codedark.store.station.station import Station
from tests.ward_charts import pack
from tests.ward_entries import entry, note, rows

DAY_US = 86_400_000_000


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with Station(tmp_path / "a", "icu-1") as opened:
        yield opened


def test_a_clock_before_the_pack_or_the_last_entry_is_told_to_be_wrong(station: Station) -> None:
    made = pack(built_us=5 * DAY_US)
    assert "THE CLOCK IS WRONG" in clock.doubts(station, made, DAY_US)[0]
    assert clock.doubts(station, made, 5 * DAY_US) == []
    assert "4 days after" in clock.doubts(station, made, 9 * DAY_US)[0]
    station.write(entry(recorded_us=20 * DAY_US, effective_us=20 * DAY_US))
    assert "the last entry was written later" in clock.doubts(station, made, 19 * DAY_US)[0]


def test_a_clock_that_was_put_right_stays_right(station: Station) -> None:
    assert clock.ahead_us(station) == 0
    wanted_us = time.time_ns() // 1000 + 3 * DAY_US
    clock.put_right(station, time.strftime("%Y-%m-%d %H:%M", time.localtime(wanted_us / 1e6)))
    assert abs(clock.now_us(station) - wanted_us) < 120_000_000
    with pytest.raises(UsageError, match="write it as 06:30, or with the date"):
        clock.put_right(station, "half past six")


def test_a_disk_is_told_to_be_nearly_full_before_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=8 * 1024 * 1024))
    told = health.little_room(tmp_path)
    assert told is not None
    assert "room for about 2048 more entries" in told
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**12))
    assert health.little_room(tmp_path) is None


def test_a_pin_lets_in_a_wrong_one_does_not_and_five_make_wait(station: Station) -> None:
    enrol(station, "M. Claes", "2468", "2468")
    assert people(station) == ["M. Claes"]
    assert "2468" not in station.setting("people")
    with pytest.raises(UsageError, match="has a PIN here already"):
        enrol(station, "m. claes", "1111", "1111")
    sessions = Sessions()
    key, session = sessions.enter(station, "", " M.  Claes ", "2468", 0.0)
    assert (session.name, sessions.of(key, 1.0), sessions.of("other", 1.0)) == ("M. Claes", session, None)
    for _ in range(5):
        with pytest.raises(UsageError, match="not the PIN"):
            sessions.check(station, "M. Claes", "0000", 1.0)
    with pytest.raises(UsageError, match="wait a minute"):
        sessions.check(station, "M. Claes", "2468", 2.0)
    sessions.check(station, "M. Claes", "2468", 62.0)
    forget(station, "M. Claes")
    assert people(station) == []


def test_five_minutes_of_nothing_lock_and_the_same_session_goes_on(station: Station) -> None:
    enrol(station, "M. Claes", "2468", "2468")
    sessions = Sessions()
    key, session = sessions.enter(station, "", "M. Claes", "2468", 0.0)
    token = session.token
    assert sessions.of(key, 299.0) is not None
    locked = sessions.of(key, 900.0)
    assert locked is not None
    assert locked.is_locked
    again, opened = sessions.enter(station, key, "M. Claes", "2468", 901.0)
    assert (again, opened.token, opened.is_locked) == (key, token, False)


def test_a_write_costs_no_reading_of_what_is_there(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Station) -> None:
        raise AssertionError

    monkeypatch.setattr(Station, "links", refuse)
    for row in rows(5):
        assert station.write(note(row, "quiet")).is_new
