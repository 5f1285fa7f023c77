"""A person says what was done by hand: into the file of tasks, then at once into the log."""

from __future__ import annotations

from codedark.app.enforcing.books import Books, Devices
from codedark.app.enforcing.heartbeat import listened
from codedark.app.enforcing.holding import Stage
from codedark.app.enforcing.withdrawing import withdraw
from codedark.enforce.runbook import Runbook
from codedark.enforce.tasks import Asked, Said


def ticked(
    books: Books, devices: Devices, runbook: Runbook, task: str, person: str, said: Said, why: str = ""
) -> tuple[str, ...]:
    """Tick off the task called ``task`` (``T12``); the sentences that people have to hear.

    Whoever calls it holds the case log. If the program ends between the file and the log, the next heartbeat hears of
    it. Raises `UsageError` for a task that there is not, and `DeviceFailed`.

    1. Orders that should stand are asked for anew.
    2. Those that are taken back are gone, if what was said makes them so.
    3. What nobody asks for any more, and somebody did all the same, has to be undone.
    """
    told = runbook.tick(task, person, said, why)
    holders = [
        held
        for held in books.holding.at(Stage.STANDS, Stage.WITHDRAWING)
        if held.order.device == runbook.device and any(change.thing == told.thing for change in held.changes)
    ]
    standing = [held for held in holders if held.stage is Stage.STANDS]
    readings = runbook.verify([change for held in standing for change in held.changes])
    sentences = listened(books, standing, readings)  # (1)
    going = [held.order.id for held in holders if held.stage is Stage.WITHDRAWING]
    sentences += withdraw(books, devices, going, "a person said how it is")  # (2)
    if not holders and told.asked is Asked.TO_UNDO:  # (3)
        sentences.append(f"{told.name} is not asked any more: it was taken back meanwhile, so please undo it")
    return tuple(sentences)
