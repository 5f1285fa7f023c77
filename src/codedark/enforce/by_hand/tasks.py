"""What people were asked to do by hand and what they say they did: kept in a file of its own. Values, and the file.

For the `codedark.enforce.by_hand.runbook` adapter this file is the device: what it says is all that is known of a
cable.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from codedark.enforce.contract import DeviceFailed, DeviceId, Order
from codedark.events.moments import moment_of


class Done(StrEnum):
    """How far a task is, by what people say: the values that its thing has."""

    NOT_DONE = "not done"
    PARTLY = "partly done"
    DONE = "done"


class Asked(StrEnum):
    """What people are asked for now."""

    NOTHING = "nothing"
    TO_DO = "to do it"
    TO_UNDO = "to undo it"


class Said(StrEnum):
    """What a person says when ticking a task off: of how it is now, whatever was asked."""

    DONE = "done"
    UNDONE = "undone"
    PARTLY = "partly done"
    COULD_NOT = "could not be done"


class Tick(msgspec.Struct, frozen=True):
    """Who said what, when (microseconds since 1970 UTC), and why."""

    at_us: int
    person: str
    said: Said
    why: str = ""

    def __str__(self) -> str:
        when = moment_of(self.at_us).strftime("%Y-%m-%d %H:%M UTC")
        return f"{self.said}, says {self.person}, {when}" + (f": {self.why}" if self.why else "")


class Task(msgspec.Struct, frozen=True):
    """One thing for people. ``number`` is what they call it by, ``asked_us`` since when it is asked."""

    number: int
    thing: str
    order: Order
    asked: Asked = Asked.NOTHING
    asked_us: int = 0
    done: Done = Done.NOT_DONE
    ticks: tuple[Tick, ...] = ()

    @property
    def name(self) -> str:
        """What it is called on paper and on the command line: ``T12``."""
        return f"T{self.number}"

    @property
    def waits(self) -> bool:
        """Whether a person has to do something. Who has said that it is done in part is not asked again."""
        match self.asked:
            case Asked.TO_UNDO:
                return self.done is not Done.NOT_DONE
            case Asked.TO_DO:
                is_partly = self.done is Done.PARTLY and bool(self.ticks) and self.ticks[-1].at_us >= self.asked_us
                return self.done is not Done.DONE and not is_partly
            case Asked.NOTHING:
                return False

    @property
    def last(self) -> str:
        """What was said last, "" if nobody has said anything since it was asked."""
        return str(self.ticks[-1]) if self.ticks and self.ticks[-1].at_us >= self.asked_us else ""

    def asking(self, asked: Asked, at_us: int) -> Task:
        """The same, asked for something; what is asked already is asked since then."""
        if asked is self.asked:
            return self
        return msgspec.structs.replace(self, asked=asked, asked_us=at_us)

    def ticked(self, tick: Tick) -> Task:
        """The same, after what somebody said.

        1. Done although nobody asks for it any more: then it has to be undone.
        2. Undone although it should stand: somebody wanted it so, and is not contradicted.
        """
        done = _SAYS.get(tick.said, self.done)
        asked, asked_us = self.asked, self.asked_us
        if done is not Done.NOT_DONE and asked is Asked.NOTHING:  # (1)
            asked, asked_us = Asked.TO_UNDO, tick.at_us
        elif tick.said is Said.UNDONE:  # (2)
            asked = Asked.NOTHING
        return msgspec.structs.replace(self, done=done, asked=asked, asked_us=asked_us, ticks=(*self.ticks, tick))


_SAYS: Final = {Said.DONE: Done.DONE, Said.UNDONE: Done.NOT_DONE, Said.PARTLY: Done.PARTLY}
_decoder: Final = msgspec.json.Decoder(list[Task])


class TaskFile:
    """The tasks at ``path``, all of them, done ones too. One writer: whoever holds the case log."""

    def __init__(self, device: DeviceId, path: Path) -> None:
        self._device = device
        self._path = path

    def read(self) -> dict[str, Task]:
        """All tasks by their thing. Raises `DeviceFailed` for a file that is not as it was written."""
        try:
            tasks = _decoder.decode(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            raise DeviceFailed(
                f"{self._device}: {self._path} cannot be read ({error}): bring it back from a copy. If there is none,"
                " `codedark contain tasks` lists by the case log what people were asked: ask them, and say it with"
                " `codedark contain done ORDER --by NAME`"
            ) from error
        return {task.thing: task for task in tasks}

    def set_aside(self) -> Path | None:
        """Move a damaged file out of the way, to a name that no other has; None where it is not damaged."""
        try:
            self.read()
        except DeviceFailed:
            number = 1
            while (beside := self._path.with_name(f"{self._path.name}.damaged-{number}")).exists():
                number += 1
            try:
                self._path.rename(beside)
            except OSError as error:
                raise DeviceFailed(f"{self._device}: {self._path} cannot be moved ({error.strerror})") from error
            return beside
        return None

    def write(self, tasks: dict[str, Task]) -> None:
        """Put all tasks on disk: the old file or the new one, never anything in between. Raises `DeviceFailed`."""
        beside = self._path.with_name(self._path.name + ".new")
        try:
            made = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
            with os.fdopen(made, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(list(tasks.values())), indent=1) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise DeviceFailed(
                f"{self._device}: {self._path} cannot be written ({error.strerror}); make room"
            ) from error
