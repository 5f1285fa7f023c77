"""Follows files by path or pattern, looking four times a second, and hands over their records as they come.

A pattern is looked at again and again for new files. Rotated and compressed files are part of the file that they were
(see `tail_path`), and so are not followed in their own right. Every file waits for itself alone: one that cannot be
read, or whose disk hangs, holds up no other.
"""

from __future__ import annotations

import asyncio
import glob
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from codedark.ingest.live.intake import MAX_RECORD_BYTES, Intake, deliver
from codedark.ingest.live.rotation import bases_of, is_compressed
from codedark.ingest.live.stats import Board
from codedark.ingest.live.tail_path import FollowedPath

POLL_SECONDS: Final = 0.25
_LAST_LOOK_SECONDS: Final = 5.0
_PATTERN_POLLS: Final = 4
"""Patterns are looked at in every fourth round: they cost a listing of their folders."""


class Tail:
    """Follows all files of some ``patterns``, from where their ``marks`` (by path, as `Cut.mark` gave them) say.

    ``from_end``: leave out what stands in a file that is there at the start and has no mark. ``board`` has the counts,
    and the problem, of every file; a pattern that names no file is a problem of the whole.
    """

    def __init__(
        self,
        intake: Intake,
        patterns: Sequence[str],
        marks: Mapping[str, bytes] | None = None,
        format: str | None = None,  # noqa: A002 - as configuration and `Cut` call it
        record_bytes: int = MAX_RECORD_BYTES,
        *,
        from_end: bool = False,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._intake = intake
        self._patterns = patterns
        self._marks = dict(marks or {})
        self._format = format
        self._limit = record_bytes
        self._from_end = from_end
        self._poll_seconds = poll_seconds
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._watching: asyncio.Task[None] | None = None
        self.board = Board()

    async def start(self) -> None:
        """Begin to follow."""
        await self._look(from_end=self._from_end)
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        """Follow no more. What was not handed over stays in its file, and the marks know."""
        tasks = [*self._tasks.values(), *([self._watching] if self._watching else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._poll_seconds * _PATTERN_POLLS)
            await self._look(from_end=False)

    async def _look(self, *, from_end: bool) -> None:
        """Begin to follow what is new."""
        try:
            found, self.board.total.problem = await asyncio.to_thread(files_of, self._patterns, tuple(self._tasks))
        except OSError as error:  # as when a network share has gone; the next look may find it again
            self.board.total.problem = f"files cannot be looked for: {error}"
            return
        for path in found:
            if path not in self._tasks:
                mark = self._marks.get(path, b"")
                followed = FollowedPath(Path(path), mark, self._format, self._limit, from_end=from_end)
                self._tasks[path] = asyncio.get_running_loop().create_task(self._follow(followed))

    async def _follow(self, followed: FollowedPath) -> None:
        stats = self.board.of(str(followed.path))
        loop = asyncio.get_running_loop()
        step: asyncio.Future[object] = loop.create_future()
        try:
            while True:
                looking = loop.run_in_executor(None, followed.next, time.monotonic())
                step = asyncio.ensure_future(looking)
                cut = await asyncio.shield(looking)
                stats.problem = followed.problem
                if cut is None:
                    await asyncio.sleep(self._poll_seconds)
                    continue
                await deliver(self._intake, cut, stats)
                followed.taken()
                self.board.count(cut.source, cut.count, len(cut.data), len(cut.rejected))
        finally:
            # A thread that still reads must not find its file closed, and another opened under the same number.
            await asyncio.wait([step], timeout=_LAST_LOOK_SECONDS)
            if step.done():
                followed.close()


def files_of(patterns: Sequence[str], known: Sequence[str] = ()) -> tuple[list[str], str]:
    """The files to follow, and what is wrong with the patterns.

    A path without wildcards is followed before it exists. ``known`` are the paths that are followed already.
    """
    named = [pattern for pattern in patterns if not glob.has_magic(pattern)]
    found: list[Path] = []
    missing: list[str] = []
    for pattern in patterns:
        if glob.has_magic(pattern):
            anchor = Path(pattern).anchor
            paths = sorted(path for path in Path(anchor).glob(pattern[len(anchor) :]) if path.is_file())
            found += [path for path in paths if not is_compressed(path.name)]
            if not paths:
                missing.append(pattern)
    names = {*map(str, found), *named, *known}
    own = [str(path) for path in found if not any(str(path.with_name(base)) in names for base in bases_of(path.name))]
    problem = f"no file is named by {', '.join(missing)}" if missing else ""
    return list(dict.fromkeys([*named, *own])), problem
