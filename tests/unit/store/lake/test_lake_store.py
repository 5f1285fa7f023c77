"""The lake's upkeep: merging, retention, holds, and what happens when its files are not as they should be."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from codedark.errors import UnusableInput, UsageError
from codedark.events.parcel import Sequence
from codedark.store.lake.files import DAY_US, LakeFile, LogType, files_in, log_type_of, split_superseded, start_of
from codedark.store.lake.holds import Hold, place_hold, read_holds, release_hold
from codedark.store.lake.lake import GRACE_US, POSITION, Lake, mergeable, readable_files
from codedark.store.lake.parquet import table_of
from codedark.store.lake.retention import Retention, judge

DAY = date(2026, 1, 12)
NOW_US = start_of(date(2026, 1, 20))
WINDOWS = LogType("windows_security")


def file(first: int, last: int, day: date = DAY, log_type: LogType = WINDOWS) -> LakeFile:
    return LakeFile(log_type, day, Sequence(first), Sequence(last))


def filled(folder: Path, files: int) -> Lake:
    lake = Lake(folder)
    for number in range(1, files + 1):
        row = {name: [""] for name in ("source", "product", "service", "event", "host", "user")}
        table = table_of(
            {**row, "seq": [number], "time": [start_of(DAY)], "arrived": [0], "record": [b"{}"], "raw": [None]}
        )
        lake.add({(WINDOWS, DAY): table}, Sequence(number + 1))
    return lake


def test_small_files_of_an_ended_day_become_one_and_go_after_the_grace(tmp_path: Path) -> None:
    lake = filled(tmp_path, 5)
    keep = Retention(days=None, free_bytes=0)
    lake.upkeep(NOW_US, keep)
    assert readable_files(tmp_path) == [file(1, 5)]
    assert len(files_in(tmp_path)) == 6
    lake.upkeep(NOW_US + GRACE_US, keep)
    assert files_in(tmp_path) == [file(1, 5)]


def test_a_file_within_another_is_superseded() -> None:
    files = [file(1, 4), file(1, 9), file(5, 9), file(10, 12), file(5, 9, date(2026, 1, 13))]
    current, superseded = split_superseded(files)
    assert superseded == [file(1, 4), file(5, 9)]
    assert current == [file(1, 9), file(10, 12), file(5, 9, date(2026, 1, 13))]


def test_while_a_day_goes_on_only_many_small_files_are_merged() -> None:
    small = [(file(number, number), 1_000) for number in range(20)]
    assert mergeable(small[:15], settled=False) == []
    assert mergeable(small, settled=False) == [[each for each, _ in small[:16]]]
    assert mergeable([(each, 100 << 20) for each, _ in small[:3]], settled=True) == []
    assert mergeable(small[:2], settled=True) == [[each for each, _ in small[:2]]]


def test_days_go_by_age_then_by_size_then_for_free_disk_and_holds_keep_theirs() -> None:
    days = [date(2026, 1, day) for day in (10, 11, 12, 13, 20)]
    sizes = {file(number, number, day): 100 for number, day in enumerate(days)}
    hold = Hold("2026-0001", start_of(days[1]), start_of(days[1]) + 5)

    def gone(retention: Retention, free: int = 10_000, now_us: int = NOW_US) -> list[int]:
        verdict = judge(sizes, retention, [hold], now_us, free)
        return [each.day.day for doomed in verdict.doomed for each in doomed.files]

    assert gone(Retention(days=None, free_bytes=0)) == []
    assert gone(Retention(days=8, free_bytes=0)) == [10]
    assert gone(Retention(days=7, free_bytes=0)) == [10, 12]
    assert gone(Retention(days=None, days_of={WINDOWS: 8}, free_bytes=0)) == [10]
    assert gone(Retention(days=None, most_bytes=350, free_bytes=0)) == [10, 12]
    assert gone(Retention(days=None, free_bytes=1_000), free=850) == [10, 12]
    verdict = judge(sizes, Retention(days=None, most_bytes=1, free_bytes=1 << 40), [hold], NOW_US + DAY_US - 1, 0)
    assert [doomed.files[0].day.day for doomed in verdict.doomed] == [10, 12, 13]
    assert ["the lake has 200" in verdict.warnings[0], "bytes free" in verdict.warnings[1]] == [True, True]


def test_a_hold_keeps_files_until_it_is_released(tmp_path: Path) -> None:
    lake = filled(tmp_path, 2)
    place_hold(tmp_path, Hold("2026-0007", start_of(DAY), start_of(DAY), (WINDOWS,), "court"))
    place_hold(tmp_path, Hold("other", start_of(DAY), start_of(DAY), (LogType("zeek_conn"),)))
    day = Retention(days=1, free_bytes=0)
    assert lake.upkeep(NOW_US, day) == []
    assert release_hold(tmp_path, "2026-0007")
    assert not release_hold(tmp_path, "2026-0007")
    (told,) = lake.upkeep(NOW_US + GRACE_US, day)
    assert told == "deleted windows_security of 2026-01-12: windows_security is kept for 1 d"
    assert readable_files(tmp_path) == []


def test_nothing_is_deleted_while_a_hold_cannot_be_read(tmp_path: Path) -> None:
    lake = filled(tmp_path, 1)
    place_hold(tmp_path, Hold("a", 0, 1))
    (tmp_path / "holds" / "a.json").write_text("{")
    (told,) = lake.upkeep(NOW_US, Retention(days=1, free_bytes=0))
    assert "nothing is deleted" in told
    assert readable_files(tmp_path) == [file(1, 1)]


@pytest.mark.parametrize("name", ["", "../a", "a/b", ".hidden", "x" * 200])
def test_a_hold_has_a_name_that_is_a_file_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        place_hold(tmp_path, Hold(name, 0, 1))
    assert read_holds(tmp_path) == []


def test_a_lake_without_its_position_is_not_written_to(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    (tmp_path / POSITION).unlink()
    with pytest.raises(UnusableInput, match="backup"):
        Lake(tmp_path)
    (tmp_path / POSITION).write_text("x\n")
    with pytest.raises(UnusableInput, match="number of a record"):
        Lake(tmp_path)


def test_what_is_behind_the_position_is_passed_over_and_deleted_on_start(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    (tmp_path / POSITION).write_text("3\n")
    assert readable_files(tmp_path) == [file(1, 1), file(2, 2)]
    assert Lake(tmp_path).position == 3
    assert files_in(tmp_path) == [file(1, 1), file(2, 2)]


@pytest.mark.parametrize(
    ("product", "service", "folder"),
    [
        ("windows", "security", "windows_security"),
        ("", "", "unknown"),
        ("windows", "Microsoft-Windows-Sysmon/Operational", "windows_microsoft-windows-sysmon-operational"),
        ("..", "/../x", "unknown_x"),
    ],
)
def test_a_log_type_is_a_folder_name(product: str, service: str, folder: str) -> None:
    assert log_type_of(product, service) == folder


@pytest.mark.parametrize("harm", ["cut off", "overwritten"])
def test_a_damaged_file_is_told_and_holds_up_nothing(tmp_path: Path, harm: str) -> None:
    lake = filled(tmp_path, 4)
    path = file(2, 2).path(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20] if harm == "cut off" else whole[:4] + b"\xff" * 200 + whole[204:])
    for _ in range(2):
        (told,) = lake.upkeep(NOW_US, Retention(days=None, free_bytes=0))
        assert told.startswith(f"{path}: is damaged")
    assert readable_files(tmp_path) == [file(1, 1), file(2, 2), file(3, 4)]
    assert not [*tmp_path.rglob("*.unfinished")]


def test_what_does_not_count_yet_is_not_merged(tmp_path: Path) -> None:
    lake = filled(tmp_path, 3)
    lake.position = Sequence(3)  # the disk was full between the file of record 3 and the position behind it
    (tmp_path / POSITION).write_text("3\n")
    lake.upkeep(NOW_US, Retention(days=None, free_bytes=0))
    assert files_in(tmp_path) == [file(1, 1), file(1, 2), file(2, 2), file(3, 3)]
