"""What the front does again and again goes on whatever happens, and the page says what does not work."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from codedark.app.watching.clock import WallClock
from codedark.app.watching.configuration import Configuration
from codedark.app.watching.front import Front
from codedark.respond.decision import Acknowledged
from codedark.respond.incident import IncidentId
from codedark.store.state.state import State


def test_a_row_that_cannot_be_read_does_not_end_the_watch(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    state.decide(Acknowledged("k7mw3x9a", "anna", IncidentId("2026-0001")), 1)
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as newer:
        newer.execute("UPDATE decision SET kind = 'of a newer version'")
        newer.commit()
    front = Front(tmp_path, Configuration(), WallClock(), tmp_path / "cache")
    times = 0

    async def do() -> None:
        nonlocal times
        times += 1
        if times < 3:
            await asyncio.to_thread(state.decisions_waiting)

    async def main() -> None:
        running = asyncio.create_task(front._every("Taking decisions", 0.01, do))
        while times < 2:  # noqa: ASYNC110 - it is counted elsewhere
            await asyncio.sleep(0.001)
        assert "KeyError" in front.failing["Taking decisions"]
        while times < 4:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)
        assert not front.failing
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(asyncio.wait_for(main(), 10))
    state.close()
