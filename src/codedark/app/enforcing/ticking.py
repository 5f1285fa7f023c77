"""A person says what was done by hand: into the file of tasks, then at once into the log."""

from __future__ import annotations

from codedark.app.enforcing.books import Books, Devices
from codedark.app.enforcing.entries import Said as ToldPeople
from codedark.app.enforcing.heartbeat import listened
from codedark.app.enforcing.holding import Stage
from codedark.app.enforcing.lost_tasks import lost_tasks
from codedark.app.enforcing.withdrawing import withdraw
from codedark.enforce.by_hand.runbook import Runbook
from codedark.enforce.by_hand.tasks import Asked, Said
from codedark.errors import UsageError


def ticked_by_order(
    books: Books, devices: Devices, runbook: Runbook, order: str, person: str, said: Said, why: str = ""
) -> tuple[str, ...]:
    """Tick off what people were asked by an order, called ``P1.3``: also where the file of tasks has lost it.

    Raises `UsageError` for an order that is over, or is no matter of people, and `DeviceFailed`.

    1. A file that cannot be read is moved out of the way, and said.
    2. What it has lost is taken up again from the log, and that somebody said so is written there.
    """
    held = next((each for name, each in books.holding.orders.items() if name.casefold() == order.casefold()), None)
    if held is None or held.stage is Stage.GONE:
        raise UsageError(f"there is no order {order} that stands: `codedark contain status` has those that do")
    if held.order.device != runbook.device:
        raise UsageError(f"order {held.order.id} is done by {held.order.device}, which tells itself how it is")
    runbook.refuse_tick(held.order.id, person, said, why)
    beside = runbook.set_aside()  # (1)
    sentences = (f"the file of tasks could not be read, and is now {beside}",) if beside else ()
    tasks = {task.thing: task for task in runbook.tasks()}
    lost = lost_tasks(books.holding, tasks).get(held.order.id)  # (2)
    name = (lost or tasks[held.changes[0].thing]).name
    if lost:
        runbook.take_up(lost)
        sentence = f"the file of tasks had lost {held.order.id}; that it is {said} says {person}" + f": {why}" * bool(
            why
        )
        books.write(ToldPeople(at_us=books.now_us(), plan=held.plan, sentence=sentence))
    return (*sentences, *ticked(books, devices, runbook, name, person, said, why))


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
