"""People as a device: tasks are handed out and ticked off by name. It never does anything to the network itself.

A thing of this device is ``task ACTION FINGERPRINT``, and its value `codedark.enforce.by_hand.tasks.Done`. Whoever
needs what a person has to type finds it in `codedark.app.by_hand`. Source: `docs/adr/0014-who-acts-on-what.md`,
point 3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from codedark.enforce.by_hand.tasks import Asked, Done, Said, Task, TaskFile, Tick
from codedark.enforce.contract import Change, DeviceId, Foreseen, Keep, Order, Reading
from codedark.errors import UsageError


class Runbook:
    """People, as ``device``, with what they are asked in the file at ``path``. ``clock`` tells microseconds since 1970
    UTC, ``given`` the highest number that a task ever had, also in a file that is lost: it is on somebody's paper.
    Methods raise `codedark.enforce.contract.DeviceFailed` where that file cannot be read or written.
    """

    ends_by_itself = False

    def __init__(
        self, device: DeviceId, path: Path, clock: Callable[[], int], given: Callable[[], int] = lambda: 0
    ) -> None:
        self.device: Final = device
        self._given: Final = given
        self._file: Final = TaskFile(device, path)
        self._now_us: Final = clock

    def check(self, orders: Sequence[Order]) -> tuple[Foreseen, ...]:
        """What people would be asked. They can do whatever an order names, so nothing is refused."""
        return tuple(
            Foreseen(
                order.id,
                (Change(_thing(order), Done.NOT_DONE, Done.DONE),),
                (f"{self.device}: people do {order.action} by hand, and tick it off",),
            )
            for order in orders
        )

    def apply(self, orders: Sequence[Order], keep: Keep) -> tuple[Reading, ...]:
        """Hand tasks out.

        1. Tasks are in the file before ``keep``, though nobody is asked yet: a thing that the file does not have is a
           thing of which nothing is known, and never one that was not done.
        2. What is kept has the names of the tasks, in case that file is lost.
        3. When ``keep`` has returned, people are asked.
        """
        foreseen = self.check(orders)
        tasks = self._file.read()
        highest = max([self._given(), *(task.number for task in tasks.values())])
        for order, each in zip(orders, foreseen, strict=True):
            for change in each.changes:
                if change.thing not in tasks:
                    highest += 1
                    tasks[change.thing] = Task(highest, change.thing, order)
        self._file.write(tasks)  # (1)
        keep([replace(each, says=(*_named(each, tasks), *each.says)) for each in foreseen])  # (2)
        wanted = [change.thing for each in foreseen for change in each.changes]
        tasks |= {thing: tasks[thing].asking(Asked.TO_DO, self._now_us()) for thing in wanted}
        self._file.write(tasks)  # (3)
        return _readings(tasks, wanted)

    def verify(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """What people say of each thing."""
        return _readings(self._file.read(), (change.thing for change in changes))

    def extend(self, changes: Sequence[Change], lease_seconds: int) -> tuple[Reading, ...]:  # noqa: ARG002 - the contract
        """People count nothing down: they are only asked."""
        return self.verify(changes)

    def revert(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """What was never done is not asked any more, and is as before at once; the rest people are asked to undo."""
        tasks = self._file.read()
        before = dict(tasks)
        for task in (tasks[change.thing] for change in changes if change.thing in tasks):
            asked = Asked.NOTHING if task.done is Done.NOT_DONE else Asked.TO_UNDO
            tasks[task.thing] = task.asking(asked, self._now_us())
        if tasks != before:
            self._file.write(tasks)
        return _readings(tasks, (change.thing for change in changes))

    def tick(self, name: str, person: str, said: Said, why: str = "") -> Task:
        """Somebody says of the task ``T12`` how it is now. Raises `UsageError` where nobody can have meant that."""
        tasks = self._file.read()
        found = next((task for task in tasks.values() if task.name.casefold() == name.strip().casefold()), None)
        if found is None:
            waiting = ", ".join(task.name for task in tasks.values() if task.waits)
            raise UsageError(f"there is no task {name}; those that wait: {waiting or 'none'}")
        self.refuse_tick(found.name, person, said, why)
        ticked = found.ticked(Tick(self._now_us(), _encodable(person), said, _encodable(why)))
        self._file.write(tasks | {ticked.thing: ticked})
        return ticked

    @staticmethod
    def refuse_tick(name: str, person: str, said: Said, why: str) -> None:
        """Raise `UsageError` for what says too little."""
        if not person.strip():
            raise UsageError(f"{name}: who says so? Give a name, so that it can be asked later")
        if said in {Said.PARTLY, Said.COULD_NOT} and not why.strip():
            raise UsageError(f"{name}: say what is missing, or why it could not be done")

    def take_up(self, task: Task) -> None:
        """Have a task again that the file has lost."""
        self._file.write(self._file.read() | {task.thing: task})

    def set_aside(self) -> Path | None:
        """Move a file that cannot be read out of the way, and say where to; None for one that can, or is not there."""
        return self._file.set_aside()

    def tasks(self) -> tuple[Task, ...]:
        """All tasks that there ever were, by their number."""
        return tuple(sorted(self._file.read().values(), key=lambda task: task.number))

    def waiting(self) -> tuple[Task, ...]:
        """What people have to do now, by its number."""
        return tuple(task for task in self.tasks() if task.waits)


def _named(foreseen: Foreseen, tasks: Mapping[str, Task]) -> list[str]:
    return [f"{tasks[change.thing].name}: handed out" for change in foreseen.changes]


def number_told(says: Iterable[str]) -> int | None:
    """The number of the task by what was kept of an order; None where that does not say it."""
    found = (re.fullmatch(r"T(\d{1,9}): handed out", each, re.ASCII) for each in says)
    return next((int(each[1]) for each in found if each), None)


def _encodable(text: str) -> str:
    """What somebody typed, with what is no text (undecodable bytes of a terminal) as escapes."""
    return text.strip().encode("utf-8", "backslashreplace").decode("utf-8")


def _thing(order: Order) -> str:
    """The same for all orders that want the same of people, and for no others."""
    wanted = (order.kind, order.action, order.addresses, order.ways, order.accounts, order.groups)
    return f"task {order.action} {sha256(msgspec.json.encode(wanted)).hexdigest()[:8]}"


def _readings(tasks: dict[str, Task], things: Iterable[str]) -> tuple[Reading, ...]:
    found = []
    for thing in dict.fromkeys(things):
        task = tasks.get(thing)
        if task is None:
            why = (
                f"the file of tasks does not have '{thing}': ask people, then `codedark contain done ORDER --by NAME`,"
                " or the same with --undone"
            )
            found.append(Reading(thing, None, why))
        else:
            why = ": ".join(filter(None, (f"task {task.name}", task.last)))
            found.append(Reading(thing, task.done, why, task.waits))
    return tuple(found)
