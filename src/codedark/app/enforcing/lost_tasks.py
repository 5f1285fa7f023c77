"""What people were asked by the case log, and the file of tasks does not have: it is lost, or damaged. Pure.

Nobody but people can tell whether that was done. They say it by the order, which the log has.
"""

from __future__ import annotations

from collections.abc import Collection

from codedark.app.enforcing.holding import HeldOrder, Holding, Stage
from codedark.app.enforcing.naming import PEOPLE
from codedark.enforce.by_hand.runbook import number_told
from codedark.enforce.by_hand.tasks import Asked, Done, Task
from codedark.enforce.contract import OrderId


def highest_number(holding: Holding) -> int:
    """The highest number that a task ever had; by older logs, as many as there could be."""
    asked = [held for held in holding.orders.values() if held.order.device == PEOPLE]
    return max([number_told(held.says) or place for place, held in enumerate(asked, 1)], default=0)


def lost_tasks(holding: Holding, known: Collection[str]) -> dict[OrderId, Task]:
    """By order, the tasks of all that is not over and whose thing is not ``known`` to the file, with the number that
    they had. What is to be undone counts as done until somebody says otherwise, and what is to be done as not done.
    """
    highest = highest_number(holding)
    found: dict[OrderId, Task] = {}
    for held in holding.at(Stage.STANDS, Stage.WITHDRAWING):
        for change in held.changes if held.order.device == PEOPLE else ():
            if change.thing in known:
                continue
            number = number_told(held.says)
            if number is None:
                highest += 1
            found[held.order.id] = _task(held, change.thing, number or highest)
    return found


def _task(held: HeldOrder, thing: str, number: int) -> Task:
    if held.stage is Stage.WITHDRAWING:
        return Task(number, thing, held.order, Asked.TO_UNDO, held.since_us, Done.DONE)
    return Task(number, thing, held.order, Asked.TO_DO, held.since_us)
