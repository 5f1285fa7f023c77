"""The station's journal: appended, bound, mirrored, joined."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from codedark.continuity.entries.entry import bound, canonical, row_of
from codedark.errors import UsageError
from codedark.store.station.links import FILE, StationDamaged
from codedark.store.station.station import NumberTaken, Station, StationFailed
from tests.ward_entries import entry, note, rows

ROWS = rows(9)


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with Station(tmp_path / "a", "icu-1") as opened:
        yield opened


def copied(stick: Path, name: str = "icu-1") -> Path:
    return stick / f"{name}.entries"


def test_what_is_written_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    with Station(tmp_path, "icu-1") as station:
        station.write(entry())
        station.write(note(ROWS[1], "quiet night"))
    with Station(tmp_path) as station:
        assert station.entries() == [entry(), note(ROWS[1], "quiet night")]
        assert [link.number for link in station.chain()] == [1, 2]


def test_without_a_second_copy_it_is_written_and_said_loudly(station: Station) -> None:
    written = station.write(entry())
    assert (written.is_new, written.mirrors) == (True, 0)
    assert "UNMIRRORED entries, on this disk alone: 1" in written.told[-1]


def test_a_second_copy_holds_it_before_it_is_said_to_be_written(station: Station, stick: Path) -> None:
    station.add_mirror(stick)
    written = station.write(entry())
    assert (written.mirrors, written.told) == (1, ())
    assert canonical(entry()) in copied(stick).read_bytes()


def test_a_stick_that_was_out_catches_up_when_it_is_in_again(station: Station, stick: Path, tmp_path: Path) -> None:
    station.add_mirror(stick)
    station.write(entry())
    stick.rename(tmp_path / "pocket")
    stick.mkdir()  # where it was mounted: the folder is there, the stick is not
    written = station.write(note(ROWS[1], "stick is out"))
    assert written.mirrors == 0
    assert "the second copy is not there" in written.told[0]
    assert "UNMIRRORED entries, on this disk alone: 1" in written.told[-1]
    assert list(stick.iterdir()) == []
    stick.rmdir()
    (tmp_path / "pocket").rename(stick)
    assert station.catch_up() == (1, ())
    assert station.unmirrored() == 0
    assert len(copied(stick).read_bytes().splitlines()) == 2


def test_a_folder_of_the_station_itself_is_no_second_copy(station: Station, tmp_path: Path) -> None:
    (tmp_path / "a" / "copy").mkdir()
    with pytest.raises(UsageError, match="would be lost with it"):
        station.add_mirror(tmp_path / "a" / "copy")
    with pytest.raises(UsageError, match="is no folder"):
        station.add_mirror(tmp_path / "nowhere")


def test_the_same_disk_is_told(station: Station, stick: Path) -> None:
    assert any("same disk" in sentence for sentence in station.add_mirror(stick))


def test_the_same_entry_again_changes_nothing(station: Station) -> None:
    station.write(entry())
    assert not station.write(entry()).is_new
    assert len(station.links()) == 1


def test_another_act_under_the_same_row_is_refused(station: Station) -> None:
    station.write(entry())
    with pytest.raises(NumberTaken, match="use the next row"):
        station.write(note(entry().id, "other"))
    assert station.entries() == [entry()]


@pytest.mark.parametrize("statement", ["UPDATE link SET text = x'00'", "DELETE FROM link"])
def test_the_database_refuses_to_change_what_is_written(station: Station, statement: str) -> None:
    station.write(entry())
    with sqlite3.connect(station.folder / FILE) as db, pytest.raises(sqlite3.IntegrityError, match="never"):
        db.execute(statement)
    db.close()


def test_a_byte_that_was_changed_behind_its_back_is_found(station: Station) -> None:
    station.write(entry())
    with sqlite3.connect(station.folder / FILE) as db:
        db.execute("DROP TRIGGER link_never_changes")
        db.execute("UPDATE link SET text = CAST(replace(CAST(text AS TEXT), '500', '900') AS BLOB)")
    db.close()
    with pytest.raises(StationDamaged, match="not as it was written"):
        station.entries()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"ransom" * 1000)
    with pytest.raises(StationDamaged, match="join the second copy"):
        Station(tmp_path, "icu-1")


def test_two_programs_do_not_write_one_station(station: Station) -> None:
    with pytest.raises(UsageError, match="another program"):
        Station(station.folder, "icu-1", patience_seconds=0)


def test_a_station_keeps_its_name(tmp_path: Path) -> None:
    Station(tmp_path / "a", "icu-1").close()
    with pytest.raises(UsageError, match="of station icu-1"):
        Station(tmp_path / "a", "icu-2")
    with pytest.raises(UsageError, match="no station was begun"):
        Station(tmp_path / "b")
    with Station(tmp_path / "a", patience_seconds=0) as station:  # who was refused holds no lock
        assert station.name == "icu-1"


@pytest.mark.parametrize("by_stick", [True, False], ids=["by stick", "by folder"])
def test_two_stations_join_by_the_numbers_of_their_entries(
    station: Station, stick: Path, tmp_path: Path, by_stick: bool
) -> None:
    station.add_mirror(stick)
    station.write(entry())
    theirs = note(rows(1, station=2)[0], "from next door", station="icu-2")
    with Station(tmp_path / "b", "icu-2") as other:
        other.add_mirror(stick)
        other.write(theirs)
        assert other.join(stick if by_stick else tmp_path / "a").new == 1
        assert sorted(each.id for each in other.entries()) == sorted([entry().id, theirs.id])
    assert station.join(stick if by_stick else tmp_path / "b")[0] == 1
    assert station.join(stick if by_stick else tmp_path / "b")[0] == 0
    assert len(station.entries()) == 2
    assert station.write(note(ROWS[2], "goes on")).is_new
    assert [link.number for link in station.chain()] == [1, 2]


def test_one_number_for_two_acts_is_shown_and_never_merged(station: Station, tmp_path: Path) -> None:
    station.write(entry())
    station.write(note(ROWS[1], "sound"))
    with Station(tmp_path / "b", "icu-2") as other:
        other.write(note(entry().id, "another act", station="icu-2"))
    station.join(tmp_path / "b")
    assert station.conflicts() == [(entry(), note(entry().id, "another act", station="icu-2"))]
    assert [each.id for each in station.entries()] == [ROWS[1]]
    assert sorted({row_of(each.id) for each in station.acts()}) == [entry().id, ROWS[1]]
    assert len({each.id for each in station.acts()}) == 3


def test_a_disk_put_back_to_an_earlier_day_gets_back_what_the_stick_has(tmp_path: Path, stick: Path) -> None:
    with Station(tmp_path / "a", "icu-1") as station:
        station.add_mirror(stick)
        station.write(entry())
    shutil.copytree(tmp_path / "a", tmp_path / "old")
    with Station(tmp_path / "a", "icu-1") as station:
        station.write(note(ROWS[1], "later"))
    shutil.rmtree(tmp_path / "a")
    (tmp_path / "old").rename(tmp_path / "a")
    with Station(tmp_path / "a") as station:
        station.catch_up()
        assert station.entries() == [entry(), note(ROWS[1], "later")]
        station.write(note(ROWS[2], "goes on"))
        assert [link.number for link in station.chain()] == [1, 2, 3]


def test_a_station_that_forked_keeps_both_ends(tmp_path: Path, stick: Path) -> None:
    with Station(tmp_path / "a", "icu-1") as station:
        station.add_mirror(stick)
        station.write(entry())
    shutil.copytree(tmp_path / "a", tmp_path / "old")
    with Station(tmp_path / "a", "icu-1") as station:
        station.write(note(ROWS[1], "later"))
    shutil.rmtree(tmp_path / "a")
    (tmp_path / "old").rename(tmp_path / "a")
    stick.rename(tmp_path / "pocket")
    with Station(tmp_path / "a") as station:
        station.write(note(ROWS[2], "without the stick"))
        (tmp_path / "pocket").rename(stick)
        copies, told = station.catch_up()
        assert copies == 1
        assert "set aside" in told[0]
        assert {each.id for each in station.entries()} == set(ROWS[:3])
        assert station.conflicts() == []


@pytest.mark.parametrize("change", ["doubled", "reordered", "torn", "lost", "altered", "emptied"])
def test_a_second_copy_that_was_spoilt_is_copied_anew(station: Station, stick: Path, change: str) -> None:
    station.add_mirror(stick)
    for number, row in enumerate(ROWS):
        station.write(note(row, f"note {number}"))
    lines = copied(stick).read_bytes().splitlines(keepends=True)
    spoilt = {
        "doubled": [*lines, lines[-1]],
        "reordered": [lines[1], lines[0], *lines[2:]],
        "torn": [*lines[:-1], lines[-1][:-5]],
        "lost": [*lines[:3], *lines[4:]],
        "altered": [line.replace(b"note 4", b"note 5") for line in lines],
        "emptied": [],
    }
    copied(stick).write_bytes(b"".join(spoilt[change]))
    station.catch_up()
    assert copied(stick).read_bytes() == b"".join(lines)
    assert len(station.entries()) == len(ROWS)


def test_what_a_newer_version_wrote_is_neither_taken_in_nor_copied_without_what_is_not_known(
    tmp_path: Path, stick: Path
) -> None:
    with Station(tmp_path / "b", "icu-2") as newer:
        newer.add_mirror(stick)
        known = canonical(entry(station="icu-2"))
        newer.write(entry(station="icu-2"))
        text = canonical(note(ROWS[1], "b", station="icu-2"))[:-1] + b',"mark":"of tomorrow"}'
        links = [(bound(newer.links()[0].hash, text), newer.links()[0].hash, "icu-2", 2, ROWS[1], text)]
    with closing(sqlite3.connect(tmp_path / "b" / FILE)) as db:
        db.executemany("INSERT INTO link (hash, before, station, number, id, text) VALUES (?, ?, ?, ?, ?, ?)", links)
        db.commit()
    with Station(tmp_path / "a", "icu-1") as station:
        with pytest.raises(StationDamaged, match="entry 2 of station icu-2 was written by a newer version"):
            station.join(tmp_path / "b")
        station.write(entry())
    with pytest.raises(StationDamaged, match="newer version"), Station(tmp_path / "b") as opened:
        opened.links()
    assert copied(stick, "icu-2").read_bytes().split(b"\n")[1:] == [b""]
    assert known in copied(stick, "icu-2").read_bytes()
    with Station(tmp_path / "a") as again:  # which an entry without its mark would have made unreadable
        assert again.entries() == [entry()]


def test_nothing_is_joined_from_a_place_without_a_station(station: Station, stick: Path) -> None:
    with pytest.raises(UsageError, match="nothing of a ward station"):
        station.join(stick)
    (stick / "x.entries").write_bytes(b"no log\n")
    joined = station.join(stick)
    assert joined.new == 0
    assert len(joined.rejected) == 1


def test_a_copy_that_was_changed_between_two_writes_is_found_although_it_is_as_long(
    station: Station, stick: Path
) -> None:
    station.add_mirror(stick)
    for number, row in enumerate(ROWS[:3]):
        station.write(note(row, f"note {number}"))
    whole = copied(stick).read_bytes()
    copied(stick).write_bytes(whole.replace(b"note 1", b"note 7"))
    told = station.write(note(ROWS[3], "goes on")).told
    assert "set aside" in told[0]
    assert copied(stick).read_bytes().startswith(whole)


def test_what_another_program_wrote_meanwhile_is_seen(station: Station, tmp_path: Path) -> None:
    station.write(entry())
    with station.resting():
        with Station(tmp_path / "a") as other:
            other.write(note(ROWS[1], "by the command line"))
        with station.awake():
            assert [each.number for each in station.chain()] == [1, 2]
    station.write(note(ROWS[2], "goes on"))
    assert [each.number for each in station.chain()] == [1, 2, 3]


def test_what_another_station_lacks_is_told_by_the_ends_of_its_chains(station: Station, tmp_path: Path) -> None:
    for row in ROWS[:3]:
        station.write(note(row, "first"))
    with Station(tmp_path / "b", "icu-2") as other:
        other.join(tmp_path / "a")
        assert station.union().beyond(other.union().tips()) == []
        station.write(note(ROWS[3], "later"))
        other.write(note(rows(1, station=2)[0], "next door", station="icu-2"))
        lacking = station.union().beyond(other.union().tips())
        assert [each.entry.id for each in lacking] == [ROWS[3]]
        assert other.take(lacking) == 1
        assert station.take(other.union().beyond(station.union().tips())) == 1
        assert station.union().tips() == other.union().tips()


def test_entries_that_are_written_together_are_chained_and_a_second_time_change_nothing(
    station: Station, stick: Path
) -> None:
    station.add_mirror(stick)
    together = [note(row, f"value {row}") for row in ROWS[:3]]
    assert station.write(*together).is_new
    assert [(link.number, link.entry) for link in station.chain()] == list(enumerate(together, 1))
    assert not station.write(*together).is_new
    assert station.write(*together, note(ROWS[3], "one more")).is_new
    assert [link.number for link in station.chain()] == [1, 2, 3, 4]
    assert len(copied(stick).read_bytes().splitlines()) == 4
    assert len(station.links()) == 4  # read again, each bound to the one before it


def test_of_entries_that_are_written_together_one_number_that_is_taken_leaves_all_out(station: Station) -> None:
    station.write(note(ROWS[1], "first"))
    for together in ([ROWS[0], ROWS[1], ROWS[2]], [ROWS[3], ROWS[4], ROWS[3]]):
        with pytest.raises(NumberTaken):
            station.write(*(note(row, f"value {row}") for row in together))
    assert [link.entry.id for link in station.chain()] == [ROWS[1]]


def test_of_entries_that_are_written_together_none_is_there_where_the_disk_refuses_one(
    station: Station, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "a" / FILE) as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON link WHEN NEW.number = 3 BEGIN SELECT RAISE(FAIL, 'full'); END"
        )
    with pytest.raises(StationFailed, match="NOT WRITTEN"):
        station.write(*(note(row, f"value {row}") for row in ROWS[:4]))
    assert station.links() == station.chain() == []


def test_what_is_written_is_never_said_to_be_not_written_because_the_disk_refuses_later(
    station: Station, stick: Path
) -> None:
    station.add_mirror(stick)
    with closing(sqlite3.connect(station.folder / FILE)) as db:
        full = "SELECT RAISE(ABORT, 'database or disk is full')"
        db.execute(f"CREATE TRIGGER full BEFORE INSERT ON mirror BEGIN {full}; END")
    written = station.write(entry())
    assert (written.is_new, written.mirrors) == (True, 1)
    assert canonical(entry()) in copied(stick).read_bytes()
