"""The event lake on disk: Parquet files by log type and day, of which every record is in exactly one.

One process writes; any number read meanwhile (`readable_files`). Killed at any moment, nothing is lost or doubled:

1. `Lake.add` writes a file for each log type and day, then the number of the next record into ``position``. Only that
   makes the files count: what begins at or behind the position is passed over by readers and deleted when the lake is
   opened again, and its records come again from the journal.
2. A merged file replaces those in it at the moment at which it gets its name (`lake_files`). They are deleted only
   `GRACE_US` later, as somebody may be reading them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from codedark.errors import UnusableInput
from codedark.events.parcel import Sequence
from codedark.store.lake.disk import UNFINISHED, Disk
from codedark.store.lake.files import LakeFile, LogType, files_in, split_superseded
from codedark.store.lake.holds import read_holds
from codedark.store.lake.parquet import damage, merge_files, write_table
from codedark.store.lake.retention import Retention, judge

POSITION: Final = "position"
GRACE_US: Final = 3_600_000_000
"""How long a superseded file stays: longer than any search may take."""
_MERGED_AT: Final = 16
"""So many small files of a day are merged while the day still goes on."""
_SMALL_BYTES: Final = 8 << 20
_LARGE_BYTES: Final = 128 << 20
"""Files are merged up to about this size, while they are smaller than `_SMALL_BYTES`, or the day has ended."""
_SETTLED_US: Final = 3_600_000_000
"""A day has ended when it is over for so long: most of what happened in it has arrived."""

Tables = Mapping[tuple[LogType, date], pa.Table]


class Lake:
    """The lake in ``folder``, open for writing. Raises `UnusableInput` where its position is lost."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder
        self._disk = disk or Disk()
        self._superseded_us: dict[LakeFile, int] = {}
        self._damaged: dict[LakeFile, str] = {}
        folder.mkdir(parents=True, exist_ok=True)
        position = read_position(folder)
        if position is None:
            if files_in(folder):
                raise UnusableInput(
                    f"{folder / POSITION}: not there, so it cannot be told up to which record the lake is whole. "
                    "Put it back from a backup, or move the lake away: a new one is begun."
                )
            position = Sequence(1)
            self._commit(position)
        self.position = position
        self._clear()

    def add(self, tables: Tables, following: Sequence) -> None:
        """Take in rows of the records up to ``following``, which is the next position; see (1)."""
        for (log_type, day), table in sorted(tables.items(), key=lambda item: item[0]):
            numbers = pc.min_max(table.column("seq")).as_py()
            file = LakeFile(log_type, day, Sequence(numbers["min"]), Sequence(numbers["max"]))
            if file.first < self.position or file.last >= following:
                raise ValueError(f"{file}: not between {self.position} and {following}")

            def write(path: Path, rows: pa.Table = table) -> None:
                write_table(rows, path)

            self._disk.put(file.path(self.folder), write)
        self._commit(following)
        self.position = following

    def upkeep(self, now_us: int, retention: Retention) -> list[str]:
        """Merge small files, delete what is superseded and what is past its time; what a person should know of it."""
        told = self._merge(now_us)
        self._delete_superseded(now_us)
        return [*told, *self._retain(now_us, retention)]

    def _merge(self, now_us: int) -> list[str]:
        # What begins at or behind the position does not count yet: a merged file would make it count.
        files = [file for file in files_in(self.folder) if file.first < self.position]
        current, _ = split_superseded(files)
        for _, group in groupby(current, key=lambda file: (file.log_type, file.day)):
            sized = [(file, file.path(self.folder).stat().st_size) for file in group]
            for run in mergeable(sized, settled=sized[0][0].ends_us + _SETTLED_US <= now_us):
                # A damaged file stays as it is: one that spans its numbers would stand for it.
                for is_damaged, part in groupby(run, key=self._damaged.__contains__):
                    if not is_damaged:
                        self._merge_run([*part])
        return [
            f"{file.path(self.folder)}: is damaged, {why}: put it back from a backup"
            for file, why in self._damaged.items()
            if file in files
        ]

    def _merge_run(self, run: list[LakeFile]) -> None:
        """One file out of some; where one of them turns out to be damaged, that is remembered, and nothing is done."""
        if len(run) < 2:
            return
        merged = LakeFile(run[0].log_type, run[0].day, run[0].first, run[-1].last)
        paths = [file.path(self.folder) for file in run]
        try:
            self._disk.put(merged.path(self.folder), lambda path: merge_files(paths, path))
        except (OSError, pa.ArrowInvalid):
            damaged = {file: why for file in run if (why := damage(file.path(self.folder)))}
            if not damaged:
                raise
            self._damaged |= damaged

    def _delete_superseded(self, now_us: int) -> None:
        _, superseded = split_superseded(files_in(self.folder))
        for file in superseded:
            # After a restart nobody knows since when: then the grace begins anew.
            if now_us - self._superseded_us.setdefault(file, now_us) >= GRACE_US:
                self._disk.remove(file.path(self.folder))
                del self._superseded_us[file]

    def _retain(self, now_us: int, retention: Retention) -> list[str]:
        sizes = {file: file.path(self.folder).stat().st_size for file in files_in(self.folder)}
        try:
            holds = read_holds(self.folder)
        except UnusableInput as error:
            return [f"nothing is deleted from the lake: {error}"]
        verdict = judge(sizes, retention, holds, now_us, self._disk.free_bytes(self.folder))
        told: list[str] = []
        for doomed in verdict.doomed:
            for file in sorted(doomed.files, key=lambda each: (each.first, each.last)):
                # The narrower of two first: while one that supersedes it is there, it counts for nobody.
                self._disk.remove(file.path(self.folder))
            for file in doomed.files:
                self._disk.remove_if_empty(file.path(self.folder).parent)
            kinds = sorted({f"{file.log_type} of {file.day}" for file in doomed.files})
            told.append(f"deleted {', '.join(kinds)}: {doomed.why}")
        return [*dict.fromkeys(told), *verdict.warnings]

    def _commit(self, following: Sequence) -> None:
        self._disk.put(self.folder / POSITION, lambda path: _write_text(path, f"{following}\n"))

    def _clear(self) -> None:
        """Delete what was being written when the lake was left."""
        for path in self.folder.rglob(f"*{UNFINISHED}"):
            self._disk.remove(path)
        for file in files_in(self.folder):
            if file.first >= self.position:
                self._disk.remove(file.path(self.folder))


def mergeable(sized: list[tuple[LakeFile, int]], *, settled: bool) -> list[list[LakeFile]]:
    """Which neighbours of one log type and day become one file, by their sizes in bytes.

    While the day goes on, `_MERGED_AT` small files at a time, so that a record is written again once and not at every
    merge; when it has ended, all that together make no more than a large file.
    """
    runs: list[list[LakeFile]] = []
    run: list[LakeFile] = []
    total = 0
    for file, size in [*sized, (None, 0)]:
        ends = file is None or total + size > _LARGE_BYTES or (not settled and size >= _SMALL_BYTES)
        if ends or (not settled and len(run) == _MERGED_AT):
            if len(run) >= (2 if settled else _MERGED_AT):
                runs.append(run)
            run, total = [], 0
        if file is not None and (settled or size < _SMALL_BYTES):
            run.append(file)
            total += size
    return runs


def read_position(folder: Path) -> Sequence | None:
    """The number of the first record that is not in the lake; None where that is not written."""
    try:
        text = (folder / POSITION).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    if not text.isdecimal():
        raise UnusableInput(f"{folder / POSITION}: {text[:40]!r} where the number of a record was expected")
    return Sequence(int(text))


def readable_files(folder: Path) -> list[LakeFile]:
    """The files that count at this moment, also while they are written: each record is in one of them."""
    position = read_position(folder)
    files = [file for file in files_in(folder) if position is None or file.first < position]
    return split_superseded(files)[0]


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="ascii")
