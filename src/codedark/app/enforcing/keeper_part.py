"""The keeper as a part of `codedark serve`, in a process of its own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from codedark.app.enforcing.alarming import tell
from codedark.app.enforcing.keeping import Keeper
from codedark.app.enforcing.naming import KEEPER
from codedark.app.enforcing.reading import wall_clock_us
from codedark.app.watching.log import log
from codedark.app.watching.part import Part
from codedark.errors import CodeDarkError

_LOOK_SECONDS: Final = 0.2


def keep(home: Path, parent: int) -> None:
    """Keep what stands until asked to stop. What people have to hear becomes an alarm; one that could not be written
    is told with the next heartbeat.
    """
    part = Part(home, KEEPER, parent)
    keeper = Keeper(home)
    untold: list[str] = []
    while not part.stopped():
        beat = keeper.beat()
        for sentence in beat.told:
            log().info("keeper", said=sentence)
        untold += beat.loud
        if untold:
            try:
                tell(home, untold, wall_clock_us())
                untold = []
            except (CodeDarkError, OSError) as error:
                log().error("an alarm has to wait", reason=str(error))
        until = time.monotonic() + keeper.pause_seconds
        while not part.stopped() and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
