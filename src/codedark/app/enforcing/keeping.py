"""The keeper: renews leases, warns before the end, ends, and takes up after a crash (decision 14, 6).

It opens the log for each beat and lets go of it, so that people can work in between. How long a plan has left is
remembered from beat to beat, and counted by a clock that never jumps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from codedark.app.enforcing.at_once import asked_at_once
from codedark.app.enforcing.desk import Desk, ground_of, opened_desk
from codedark.app.enforcing.guarded import Guarded
from codedark.app.enforcing.heartbeat import Heartbeat
from codedark.app.enforcing.holding import Stage
from codedark.app.enforcing.lifeline_watch import LifelineWatch
from codedark.app.enforcing.naming import KEEPER
from codedark.app.enforcing.reading import stamp, wall_clock_us
from codedark.app.enforcing.standing_acts import Memory, act
from codedark.app.enforcing.standing_orders import in_force
from codedark.app.enforcing.taking_up import cleared_up, never_done, stated
from codedark.app.enforcing.trying_again import TryingAgain
from codedark.app.watching.part import say_in
from codedark.enforce.contract import Adapter, DeviceFailed, DeviceId
from codedark.enforce.nftables.nftables import Nftables
from codedark.errors import CodeDarkError

_MOST_SECONDS: Final = 60.0
_LEAST_SECONDS: Final = 1.0
_STANDING_SECONDS: Final = 5.0
_BEATS_A_LEASE: Final = 4
_MOST_SAID: Final = 20
_STANDING: Final = "what standing orders ask for"


@dataclass(frozen=True, slots=True)
class Beat:
    """What one heartbeat has to say; ``loud`` is of it what people have to hear wherever they are."""

    told: tuple[str, ...] = ()
    loud: tuple[str, ...] = ()


def since_boot_seconds() -> float:
    """A clock that never jumps, and that goes on while a laptop sleeps (clock_gettime(2), CLOCK_BOOTTIME)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Keeper:
    """Keeps what stands at ``home``. Raises `UsageError` and `UnusableInput` where that cannot be used at its start.

    A configuration or a model that is changed later is taken up with the next heartbeat if it is in order; else what
    was before holds.
    """

    def __init__(self, home: Path, ticks: Callable[[], float] = since_boot_seconds) -> None:
        self._home = home
        self._read = stamp(home)
        self._ground = ground_of(home)
        self._ticks = ticks
        self._ends: dict[tuple[str, int], float] = {}
        self._laid: set[DeviceId] = set()
        self._tables = TryingAgain()
        self._taken_up = False
        self._said: list[str] = []
        self._standing = Memory(ticks)
        self._has_standing = False
        self._lifelines = LifelineWatch()
        self._wrong: tuple[str, ...] = ()

    @property
    def pause_seconds(self) -> float:
        """How long to wait between beats: four in a lease, and more where a standing order may ask for something."""
        most = _STANDING_SECONDS if self._has_standing else _MOST_SECONDS
        return min(max(self._ground.settings.lease_seconds / _BEATS_A_LEASE, _LEAST_SECONDS), most)

    def beat(self) -> Beat:
        """One beat. Nothing that goes wrong ends it.

        1. A changed configuration or model is taken up.
        2. What stands gets its lease again, before anything that may take long: an end can let the attacker back in.
           The tables of firewalls are laid that were never tried, before anything has to be dropped there.
        3. At the start, and after a program that was killed, what was left half done is taken back; what stands is
           said, but wakes nobody.
        4. The rest of the heartbeat of `codedark.app.enforcing.heartbeat`, and tables that could not be laid before.
        5. What standing orders ask for.
        6. Whether lifelines that answered since something stands do so still.
        """
        wrong: list[str] = []
        stands: tuple[str, ...] = ()
        loud = self._read_again()  # (1)
        try:
            with opened_desk(self._home, ground=self._ground, skipped=wrong) as desk:
                heartbeat = Heartbeat(desk.books, desk.devices, self._ticks, self._ends)
                failed = self._tables.names
                loud += self._renew(desk, heartbeat)  # (2)
                stands = self._take_up(desk, loud)  # (3)
                loud += heartbeat.go_on(again=not stands)  # (4)
                loud += self._lay_again(desk, failed)  # (4)
                loud += self._act(desk)  # (5)
                loud += self._lifelines.look(desk.lifelines, desk.books.holding)  # (6)
                self._has_standing = any(in_force(desk.books.holding, desk.books.now_us()))
        except (CodeDarkError, OSError) as error:
            wrong.append(f"what stands could not be kept: {error}")
        loud += [each for each in wrong if each not in self._wrong]
        self._wrong = tuple(wrong)
        beat = Beat((*stands, *loud), tuple(loud))
        self._say(beat.told)
        return beat

    def _read_again(self) -> list[str]:
        """Take up what was changed since; why it was not."""
        now = stamp(self._home)
        if now == self._read:
            return []
        self._read = now
        try:
            self._ground = ground_of(self._home)
        except (CodeDarkError, OSError) as error:
            return [f"what was changed is not taken up, and what was before holds: {error}"]
        self._laid.clear()
        return []

    def _act(self, desk: Desk) -> tuple[str, ...]:
        tries, now = self._standing.tries, self._ticks()
        if _STANDING in tries.waiting(now):
            return ()
        try:
            told = act(desk, self._standing)
        except Exception as error:  # noqa: BLE001 - leases are renewed whatever goes wrong beside them
            return tuple(self._standing.failed(_STANDING, error, "standing orders could not be followed"))
        tries.well(_STANDING)
        return told

    def _renew(self, desk: Desk, heartbeat: Heartbeat) -> tuple[str, ...]:
        """Leases, and tables that were never tried: each before the lease of its firewall, whose rules are read."""
        self._tables.asked(desk.devices)
        new = {name for name, each in desk.devices.items() if _firewall(each)} - self._laid - self._tables.names
        laid: dict[DeviceId, DeviceFailed | None] = {}

        def lay(device: Adapter) -> None:
            if device.device in new:
                laid.update(asked_at_once(desk.devices, {device.device: _lay}))

        told = heartbeat.renew(lay)
        laid.update(asked_at_once(desk.devices, dict.fromkeys(sorted(new - laid.keys()), _lay)))
        return (*self._heard(laid), *told)

    def _lay_again(self, desk: Desk, failed: frozenset[str]) -> list[str]:
        """The tables that could not be laid before this beat and are to be tried now."""
        due = failed - self._tables.waiting(self._ticks())
        return self._heard(asked_at_once(desk.devices, {name: _lay for name in desk.devices if name in due}))

    def _heard(self, laid: Mapping[DeviceId, DeviceFailed | None]) -> list[str]:
        """Remember which tables were laid; what could not be done is said once."""
        told = []
        for name, failed in laid.items():
            if failed is None:
                self._laid.add(name)
                self._tables.well(name)
            elif self._tables.failed(name, str(failed), self._ticks()):
                told.append(f"the table could not be laid: {failed}")
        return told

    def _take_up(self, desk: Desk, loud: list[str]) -> tuple[str, ...]:
        """What stands, where that is to be said; what had to be cleared up is added to ``loud``."""
        first, self._taken_up = not self._taken_up, True
        holding = desk.books.holding
        half_done = holding.at(Stage.INTENDED) or never_done(holding)
        if not half_done and not (first and holding.at(Stage.STANDS, Stage.WITHDRAWING)):
            return ()
        loud += cleared_up(desk.books, desk.devices)  # what stands was asked for when it was renewed
        return stated(holding)

    def _say(self, told: tuple[str, ...]) -> None:
        self._said = [*self._said, *told][-_MOST_SAID:]
        now_us, every = wall_clock_us(), self.pause_seconds
        tables = tuple(f"the table of {each}" for each in self._tables.stuck)
        problems = (*self._wrong, *tables, *self._standing.tries.stuck)
        say_in(self._home, KEEPER, at_us=now_us, every_seconds=every, told=self._said, problems=problems)


def _firewall(device: Adapter) -> Nftables | None:
    """The firewall that a device is, whose table has to be laid before anything is dropped."""
    inner = device.inner if isinstance(device, Guarded) else device
    return inner if isinstance(inner, Nftables) else None


def _lay(device: Adapter) -> None:
    if firewall := _firewall(device):
        firewall.lay()
