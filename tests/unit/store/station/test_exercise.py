"""A station of an exercise and one of care take nothing from each other, by whatever way."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from codedark.app.ward.meeting import Meeting
from codedark.continuity.entries.entry import Purpose
from codedark.errors import UsageError
from codedark.exchange.cable import Listener
from codedark.store.station.cable import Seal, links_of, said_to
from codedark.store.station.links import FILE, StationDamaged
from codedark.store.station.station import Station
from tests.ward_entries import note, rows

BOTH = [(Purpose.CARE, Purpose.EXERCISE), (Purpose.EXERCISE, Purpose.CARE)]
BOTH_WAYS = pytest.mark.parametrize(("own", "other"), BOTH, ids=["care", "exercise"])
ROWS = rows(4)


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


def begun(folder: Path, purpose: Purpose, text: str = "") -> Station:
    """A station called icu-1, in which one note stands if there is a ``text``."""
    station = Station(folder, "icu-1", purpose=purpose)
    if text:
        station.write(note(ROWS[0], text))
    return station


class Listening:
    """A station that answers at a port of this machine, for a while."""

    def __init__(self, meeting: Meeting) -> None:
        self._listener = Listener("127.0.0.1", 0, meeting.answer)

    def __enter__(self) -> int:
        return self._listener.port

    def __exit__(self, *_: object) -> None:
        self._listener.close()


@pytest.fixture
def two(tmp_path: Path, own: Purpose, other: Purpose) -> Iterator[tuple[Station, Station]]:
    """Two stations of one name and number: ours is empty, the other has a note."""
    with begun(tmp_path / "ours", own) as ours, begun(tmp_path / "theirs", other, "theirs") as theirs:
        yield ours, theirs


@BOTH_WAYS
def test_what_a_station_is_for_is_fixed_when_it_begins(tmp_path: Path, own: Purpose, other: Purpose) -> None:
    begun(tmp_path / "a", own, "ours").close()
    with pytest.raises(UsageError, match=f"was begun for {own}, and is never anything else"):
        begun(tmp_path / "a", other)
    with Station(tmp_path / "a") as station:
        assert station.purpose is own
        assert len(station.entries()) == 1
    with closing(sqlite3.connect(tmp_path / "a" / FILE, isolation_level=None)) as db:
        db.execute("UPDATE setting SET value = ? WHERE key = 'purpose'", (other.value,))
    with pytest.raises(StationDamaged, match="not as it was written"):
        Station(tmp_path / "a")


def test_a_station_from_before_there_were_exercises_is_of_care(tmp_path: Path) -> None:
    begun(tmp_path / "a", Purpose.CARE, "of last month").close()
    with closing(sqlite3.connect(tmp_path / "a" / FILE, isolation_level=None)) as db:
        db.execute("DELETE FROM setting WHERE key = 'purpose'")
    with Station(tmp_path / "a", "icu-1") as station:
        assert station.purpose is Purpose.CARE
        assert len(station.entries()) == 1


@BOTH_WAYS
def test_the_others_stick_is_refused_and_stays_as_it_was(
    two: tuple[Station, Station], stick: Path, own: Purpose
) -> None:
    ours, theirs = two
    theirs.add_mirror(stick)
    before = {path.name: path.read_bytes() for path in stick.iterdir()}
    why = "of an EXERCISE: nothing of it is taken in" if own is Purpose.CARE else "has CARE on it"
    with pytest.raises(UsageError, match=why):
        ours.add_mirror(stick)
    ours.copies.confirm(str(stick), "")  # it was ours, and now the other's is in its place
    written = ours.write(note(ROWS[1], "ours"))
    assert (written.mirrors, why in written.told[0]) == (0, True)
    assert {path.name: path.read_bytes() for path in stick.iterdir()} == before
    assert [each.id for each in ours.entries()] == [ROWS[1]]


@BOTH_WAYS
def test_a_file_that_was_copied_to_the_own_stick_is_set_aside_and_not_taken_back(
    two: tuple[Station, Station], stick: Path, tmp_path: Path
) -> None:
    ours, theirs = two
    ours.add_mirror(stick)
    (tmp_path / "pocket").mkdir()
    theirs.add_mirror(tmp_path / "pocket")
    shutil.copy(tmp_path / "pocket" / "icu-1.entries", stick)
    copies, told = ours.catch_up()
    assert (copies, ours.entries()) == (1, [])
    assert "set aside" in told[0]
    assert ours.join(stick).new == 0


@BOTH_WAYS
@pytest.mark.parametrize("way", ["folder", "stick", "file", "a folder whose purpose was erased"])
def test_nothing_of_the_other_is_joined(
    two: tuple[Station, Station], stick: Path, tmp_path: Path, way: str, other: Purpose
) -> None:
    ours, theirs = two
    theirs.add_mirror(stick)
    where = {"stick": stick, "file": stick / "icu-1.entries"}.get(way, tmp_path / "theirs")
    if "erased" in way:
        with closing(sqlite3.connect(tmp_path / "theirs" / FILE, isolation_level=None)) as db:
            db.execute("UPDATE setting SET value = ? WHERE key = 'purpose'", (ours.purpose.value,))
    if where.is_file() or where == stick:
        joined = ours.join(where)
        assert [(each.reason, joined.new) for each in joined.rejected] == [(other.refused, 0)]
    else:
        with pytest.raises(
            (UsageError, StationDamaged), match="not as it was written" if "erased" in way else other.refused
        ):
            ours.join(where)
    assert ours.entries() == []


@BOTH_WAYS
def test_nothing_of_the_other_comes_over_a_cable_and_it_is_told_why(
    two: tuple[Station, Station], own: Purpose, other: Purpose
) -> None:
    ours, theirs = two
    seal = Seal("the ward's")
    answering, calling = Meeting(theirs, seal), Meeting(ours, seal)
    with theirs.resting(), Listening(answering) as port:
        ours.copies.add_peer(f"127.0.0.1:{port}")
        with ours.resting():
            calling.meet()
        (told,) = calling.dated([], 0)
    assert f"{other.upper()}: nothing of it is taken in" in told
    assert (ours.entries(), len(theirs.entries())) == ([], 1)
    lie = said_to(theirs.identity._replace(purpose=own), theirs.union(), [])  # their links, said to be for our purpose
    assert links_of(lie, ours.union(), own) == []
