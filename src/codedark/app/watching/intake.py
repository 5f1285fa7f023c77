"""What sources hand their records to: one journal, one thread that writes it, many who wait for the same sync.

1. A cut waits until there is room among the bytes in flight; that is the back-pressure of every source.
2. The thread takes all that wait, appends them, and syncs once.
3. Only then do those who wait go on: what they acknowledge is on disk.
4. If the disk refuses, nothing of the batch is in the journal; it is tried again every second, and who waits, waits on.
   Who comes meanwhile is refused at once, and comes again.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from codedark.app.watching.clock import Clock
from codedark.app.watching.notes import PASSED, SOURCE, note_of_rejected
from codedark.app.watching.sync_times import SyncTimes
from codedark.events.parcel import NOTE
from codedark.ingest.live.intake import Cut, Unavailable
from codedark.store.journal.errors import JournalFailed
from codedark.store.journal.journal import Journal

_RETRY_SECONDS: Final = 1.0
_BATCH_BYTES: Final = 16 << 20
_PARCEL_BYTES: Final = 32 << 20
_BEAT_SECONDS: Final = 0.25
_QUIET_SECONDS: Final = 5.0


@dataclass(slots=True)
class _Waiting:
    cut: Cut
    done: asyncio.Future[None] | None


class JournalIntake:
    """Takes cuts into ``journal``. ``clock_us`` says when they arrive; ``most_waiting_bytes`` bounds what is in flight.

    To be made and used in one event loop; `close` writes what waits and ends the thread.
    """

    def __init__(self, journal: Journal, clock_us: Clock, most_waiting_bytes: int) -> None:
        self._journal = journal
        self._clock_us = clock_us
        self._most = most_waiting_bytes
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._room = asyncio.Condition()
        self._in_flight = 0
        self._noted_us = 0
        self._news = False
        self._closing = False
        self.failure = ""
        """Why the journal takes nothing now; "" while it does."""
        self.records = 0
        self.octets = 0
        self.syncs = SyncTimes()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    async def take(self, cut: Cut) -> None:
        """Returns when the records of ``cut`` are on disk. Raises `Unavailable` where the disk refuses now."""
        if self.failure:
            raise Unavailable(self.failure)
        size = len(cut.data)
        async with self._room:
            await self._room.wait_for(lambda: self._in_flight == 0 or self._in_flight + size <= self._most)
            self._in_flight += size
        if cut.source != SOURCE:
            self._clock_us.begin()
        done: asyncio.Future[None] = self._loop.create_future()
        self._queue.put(_Waiting(cut, done))
        try:
            await asyncio.shield(done)
        finally:
            if done.done():
                await self._leave(size)
            else:  # whoever waited has gone; the records are written all the same
                done.add_done_callback(lambda _: self._loop.create_task(self._leave(size)))

    async def note(self, lines: bytes, count: int) -> None:
        """Journal notes of Code Dark itself."""
        await self.take(Cut(SOURCE, NOTE, lines, count))

    @property
    def durable(self) -> int:
        """The number up to which everything is on disk."""
        return self._journal.durable

    async def guard(self) -> None:
        """Wait for as long as records are written. Raises `JournalFailed` when an error of Code Dark itself ended that:
        who waits for a record would wait for ever, and nobody would be told.
        """
        await self._ended.wait()
        raise JournalFailed("the journal is not written any more: the traceback of the error is on stderr")

    async def close(self) -> None:
        """Write what waits, then end; what the disk refuses now is not waited for."""
        self._closing = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    async def _leave(self, size: int) -> None:
        async with self._room:
            self._in_flight -= size
            self._room.notify_all()

    def _run(self) -> None:
        try:
            self._write()
        finally:
            self._loop.call_soon_threadsafe(self._ended.set)

    def _write(self) -> None:
        ended = False
        while not ended:
            batch: list[_Waiting] = []
            size = 0
            try:
                waiting = self._queue.get(timeout=_BEAT_SECONDS)
                while True:
                    if waiting is None:
                        ended = True
                        break
                    batch.append(waiting)
                    size += len(waiting.cut.data)
                    if size >= _BATCH_BYTES:
                        break
                    waiting = self._queue.get_nowait()
            except queue.Empty:
                pass
            self._beat(batch)
            if batch:
                self._commit(batch)

    def _beat(self, batch: list[_Waiting]) -> None:
        """A note that time has passed: soon after records, so that their slot is whole; seldom where all is quiet."""
        now_us = self._clock_us()
        if now_us - self._noted_us >= (_BEAT_SECONDS if self._news else _QUIET_SECONDS) * 1e6:
            batch.append(_Waiting(Cut(SOURCE, NOTE, PASSED, 1), None))
            self._noted_us = now_us
            self._news = False
        self._news = self._news or any(waiting.cut.source != SOURCE for waiting in batch)

    def _commit(self, batch: list[_Waiting]) -> None:
        while True:
            try:
                for waiting in batch:
                    self._append(waiting.cut)
                began = time.monotonic()
                self._journal.sync()
                ended = time.monotonic()
                self.syncs.add(ended, ended - began)
                break
            except JournalFailed as error:
                if not self.failure:
                    self._journal.release_reserve()
                self.failure = str(error)
                if self._closing:
                    return  # nothing of it was acknowledged
                time.sleep(_RETRY_SECONDS)
        if self.failure:
            self.failure = ""
            self._journal.hold_reserve()
        self.records += sum(waiting.cut.count for waiting in batch if waiting.cut.format != NOTE)
        self.octets += sum(len(waiting.cut.data) for waiting in batch)
        self._loop.call_soon_threadsafe(_release, [waiting.done for waiting in batch if waiting.done])

    def _append(self, cut: Cut) -> None:
        now_us = self._clock_us()
        pieces = list(_pieces(cut))
        for number, (data, count) in enumerate(pieces, 1):
            mark = cut.mark if number == len(pieces) else b""  # a crash between two must not pass over the others
            self._journal.append(cut.source, cut.format, data, count, now_us, cut.header, mark)
        for each in cut.rejected:
            self._journal.append(SOURCE, NOTE, note_of_rejected(each), 1, now_us)


def _pieces(cut: Cut) -> Iterator[tuple[bytes, int]]:
    """The records of a cut in parcels of a size that the journal takes. One of the format whose records have several
    lines is never so large.
    """
    if len(cut.data) <= _PARCEL_BYTES:
        if cut.count:
            yield cut.data, cut.count
        return
    start = 0
    while start < len(cut.data):
        end = cut.data.rfind(b"\n", start, start + _PARCEL_BYTES) + 1 or len(cut.data)
        yield cut.data[start:end], cut.data.count(b"\n", start, end)
        start = end


def _release(waiting: list[asyncio.Future[None]]) -> None:
    for done in waiting:
        if not done.done():
            done.set_result(None)
