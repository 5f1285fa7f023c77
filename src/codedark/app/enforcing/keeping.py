"""The keeper: renews leases, warns before the end, ends, and takes up after a crash (decision 14, 6).

It opens the log for each beat and lets go of it, so that people can work in between. How long a plan has left is
remembered from beat to beat, and counted by a clock that never jumps.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from codedark.app.enforcing.desk import Desk, Ground, ground_of, opened_desk, wall_clock_us
from codedark.app.enforcing.heartbeat import Heartbeat
from codedark.app.enforcing.holding import Stage
from codedark.app.enforcing.taking_up import take_up
from codedark.app.watching.part import said, say_in
from codedark.enforce.contract import DeviceFailed, DeviceId
from codedark.enforce.nftables import Nftables
from codedark.errors import CodeDarkError

NAME: Final = "keeper"
_MOST_SECONDS: Final = 60.0
_LEAST_SECONDS: Final = 1.0
_BEATS_A_LEASE: Final = 4
_MOST_SAID: Final = 20


class Keeper:
    """Keeps what stands at ``home``. What it reads of configuration and model at the start holds until it ends.

    Raises `UsageError` and `UnusableInput` where they cannot be used.
    """

    def __init__(self, home: Path, ticks: Callable[[], float] = time.monotonic) -> None:
        self._home = home
        self._ground: Final[Ground] = ground_of(home)
        self._ticks = ticks
        self._ends: dict[tuple[str, int], float] = {}
        self._laid: set[DeviceId] = set()
        self._taken_up = False
        self._said: list[str] = []
        self._wrong: tuple[str, ...] = ()

    @property
    def pause_seconds(self) -> float:
        """How long to wait between beats: four in a lease."""
        return min(max(self._ground.settings.lease_seconds / _BEATS_A_LEASE, _LEAST_SECONDS), _MOST_SECONDS)

    def beat(self) -> tuple[str, ...]:
        """One beat; the sentences that people have to hear now. Nothing that goes wrong ends it.

        1. The tables of firewalls are laid, before anything has to be dropped.
        2. At the start, and after a program that was killed, what was left half done is taken back.
        3. The heartbeat of `codedark.app.enforcing.heartbeat`.
        """
        skipped: list[str] = []
        try:
            with opened_desk(self._home, ground=self._ground, skipped=skipped) as desk:
                told = [*self._lay(desk), *self._take_up(desk)]  # (1), (2)
                told += Heartbeat(desk.books, desk.devices, self._ticks, self._ends).beat()  # (3)
        except (CodeDarkError, OSError) as error:
            skipped.append(f"what stands could not be kept: {error}")
            told = []
        told += [each for each in skipped if each not in self._wrong]
        self._wrong = tuple(skipped)
        self._say(told)
        return tuple(told)

    def _lay(self, desk: Desk) -> list[str]:
        told = []
        for name, adapter in desk.devices.items():
            if name not in self._laid and isinstance(adapter, Nftables):
                try:
                    adapter.lay()
                    self._laid.add(name)
                except DeviceFailed as error:
                    if (sentence := f"the table could not be laid: {error}") not in self._said:
                        told.append(sentence)
        return told

    def _take_up(self, desk: Desk) -> list[str]:
        """At the start nothing is said where nothing stands."""
        first, self._taken_up = not self._taken_up, True
        if not first and not desk.books.holding.at(Stage.INTENDED):
            return []
        had = bool(desk.books.holding.at(Stage.INTENDED, Stage.STANDS, Stage.WITHDRAWING))
        told = take_up(desk.books, desk.devices)
        return list(told) if had else []

    def _say(self, told: list[str]) -> None:
        self._said = [*self._said, *told][-_MOST_SAID:]
        say_in(
            self._home,
            NAME,
            at_us=wall_clock_us(),
            every_seconds=self.pause_seconds,
            told=self._said,
            problems=self._wrong,
        )


def kept(home: Path, now_us: int) -> dict[str, Any]:
    """Whether a keeper lives, as far as its last word tells: it runs, and has not missed two beats."""
    found = said(home, NAME)
    try:
        pid, ago = int(found["pid"]), (now_us - int(found["at_us"])) / 1_000_000
        alive = -1 <= ago <= 3 * float(found["every_seconds"]) + 5 and _runs(pid)
    except (KeyError, TypeError, ValueError):
        return {"alive": False, "told": []}
    return {"alive": alive, "pid": pid, "ago_seconds": ago, "told": list(found.get("told", ()))}


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
