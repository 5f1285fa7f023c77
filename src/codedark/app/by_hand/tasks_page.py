"""The tasks that wait, to print: one after the other, with boxes to tick and a line to sign. It loads nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from codedark.app.by_hand.filling import Filler
from codedark.app.by_hand.sheets import sheet_of
from codedark.app.containment_page.words import Words
from codedark.app.templates import environment
from codedark.enforce.by_hand.tasks import Task
from codedark.events.moments import moment_of
from codedark.hospital.hospital import Hospital

FOLDER = "by_hand"


def tasks_page(
    hospital: Hospital,
    tasks: Sequence[Task],
    language: str,
    made: datetime,
    why: Mapping[str, str] | None = None,
    others: Sequence[Task] = (),
) -> str:
    """Some tasks as HTML. ``made`` (aware) is the time of making, whose zone all times are told in; ``why`` says by the
    name of a task why no device does it; ``others`` are all that there are.
    """
    words, filler = Words(language, FOLDER), Filler(hospital)
    zone = made.tzinfo
    return (
        environment(FOLDER, {})
        .get_template("tasks.html")
        .render(
            w=words,
            language=language,
            hospital=hospital.name,
            made=clock(made),
            tasks=[
                {
                    "task": task,
                    "sheet": sheet_of(filler, words, task, others or tasks),
                    "asked": clock(moment_of(task.asked_us).astimezone(zone)),
                    "why": (why or {}).get(task.name, ""),
                }
                for task in tasks
            ],
        )
    )


def clock(moment: datetime) -> str:
    """A moment as people write it, in its own zone."""
    return moment.strftime("%Y-%m-%d %H:%M %Z").strip()
