"""`codedark contain tasks` and `paper`: what people are asked to do by hand, and the plan without any screen."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from codedark.app.by_hand.filling import Filler
from codedark.app.by_hand.paper import paper
from codedark.app.by_hand.sheets import Sheet, sheet_of, title_of
from codedark.app.by_hand.tasks_page import FOLDER, clock, tasks_page
from codedark.app.containment_page.words import Words
from codedark.app.enforcing.approvers import read_approvers
from codedark.app.enforcing.damaged_log import read_what_is_left
from codedark.app.enforcing.lost_tasks import lost_tasks
from codedark.app.enforcing.naming import PEOPLE
from codedark.app.enforcing.reading import TASKS, settings_and_model_or_none, wall_clock_us
from codedark.app.hospital_files import usable_hospital
from codedark.app.outputs import to_json
from codedark.app.untrusted import printable
from codedark.cli.enforcement_text import say
from codedark.cli.options import DEFAULT_HOME, HomeOption, Language, Output, OutputOption
from codedark.enforce.by_hand.runbook import Runbook
from codedark.enforce.by_hand.tasks import Task
from codedark.enforce.contract import DeviceFailed, OrderId
from codedark.errors import UnusableInput, UsageError
from codedark.events.moments import moment_of

LanguageOption = Annotated[Language, typer.Option("--language", help="Of the page and of the steps.")]


def tasks(
    task: Annotated[str | None, typer.Argument(metavar="[TASK]", help="One task in full, step by step: T3.")] = None,
    home: HomeOption = DEFAULT_HOME,
    page_file: Annotated[
        Path | None, typer.Option("--page", metavar="FILE.html", help="The tasks that wait, to print and sign.")
    ] = None,
    language: LanguageOption = Language.EN,
    output_format: OutputOption = Output.TABLE,
) -> None:
    """List what people have to do by hand, or undo, and since when; with exact commands, which nobody runs but they."""
    wrong: list[str] = []
    _, hospital = settings_and_model_or_none(home, wrong)
    for sentence in wrong:
        sys.stderr.write(f"codedark: {sentence}\n")
    people = Runbook(PEOPLE, home / TASKS, wall_clock_us)
    now_us = wall_clock_us()
    known, damage = _known(people)
    lost = lost_tasks(read_what_is_left(home)[0], {each.thing for each in known})
    chosen = [_named(known, lost, task)] if task else [each for each in known if each.waits]
    why = _why(home, chosen)
    filler, words = Filler(hospital), Words(language.value, FOLDER)
    if page_file:
        made = datetime.now().astimezone()
        _written(page_file, tasks_page(hospital, chosen, language.value, made, why, known))
    if output_format is Output.JSON:
        rows = [_row(filler, words, each, known, why.get(each.name, ""), now_us) for each in chosen]
        unknown = [{"order": name, "title": title_of(filler, words, each.order)} for name, each in lost.items()]
        answer = {"at_us": now_us, "tasks": rows, "unknown": unknown, "damage": damage}
        sys.stdout.buffer.write(to_json(answer) + b"\n")
        return
    console = Console()
    if task:
        sheet = sheet_of(filler, words, chosen[0], known)
        _print_sheet(console, words, chosen[0], sheet, why.get(chosen[0].name, ""))
        return
    for each in chosen:
        sheet = sheet_of(filler, words, each, known)
        say(console, f"{each.name}  {sheet.title}", style="bold")
        said = f"; {words('page.said')}: {each.last}" if each.last else ""
        say(console, f"{words('page.asked', when=_since(each))} ({_age(each, now_us)}){said}", indent=5)
    if damage:
        say(console, f"! {damage}", style="bold")
    for name, each in lost.items():
        say(console, f"{name}  {title_of(filler, words, each.order)}", style="bold")
        say(
            console,
            f"NOBODY KNOWS whether this was done: the list has lost it. Ask, then: codedark contain done {name} --by"
            " NAME, or the same with --undone",
            indent=5,
        )
    if not chosen and not lost:
        say(console, words("page.none"))
    elif chosen:
        say(console, f"Step by step: codedark contain tasks {chosen[0].name}. To print: --page FILE.html")
        say(console, f"Done? codedark contain done {chosen[0].name} --by NAME")


def paper_(
    out: Annotated[Path, typer.Option("--out", metavar="FILE.html", help="Where it is written; print it from there.")],
    home: HomeOption = DEFAULT_HOME,
    hospital: Annotated[
        Path | None, typer.Option("--hospital", help="hospital.yaml or its folder. [default: the one at home]")
    ] = None,
    language: LanguageOption = Language.EN,
) -> None:
    """Write the paper plan: what is never cut, how each zone is cut by hand, and forms to sign. Print it before."""
    model = usable_hospital(hospital or home)
    approvers = [] if hospital else read_approvers(home)
    _written(out, paper(model, language.value, datetime.now().astimezone(), approvers))
    sys.stderr.write("codedark: print it, and keep it where nobody needs a password to read it\n")


def _known(people: Runbook) -> tuple[tuple[Task, ...], str]:
    """The tasks of the file, and what is wrong with it."""
    try:
        return people.tasks(), ""
    except DeviceFailed as error:
        return (), str(error)


def _named(known: tuple[Task, ...], lost: Mapping[OrderId, Task], name: str) -> Task:
    wanted = name.strip().casefold()
    by_order = (each for order, each in lost.items() if order.casefold() == wanted)
    found = next((each for each in known if each.name.casefold() == wanted), None) or next(by_order, None)
    if found is None:
        raise UsageError(f"there is no task {name}; those that wait: `codedark contain tasks`")
    return found


def _why(home: Path, chosen: list[Task]) -> dict[str, str]:
    """By task, why no device does it, where its plan says so."""
    holding, _ = read_what_is_left(home)
    reasons = {order: "; ".join(why) for each in holding.prepared.values() for order, why in each.by_hand.items()}
    reasons |= holding.handed_on
    return {each.name: reasons[each.order.id] for each in chosen if each.order.id in reasons}


def _row(filler: Filler, words: Words, task: Task, known: Sequence[Task], why: str, now_us: int) -> dict[str, object]:
    sheet = sheet_of(filler, words, task, known)
    return {
        "task": task.name,
        "action": task.order.action,
        "title": title_of(filler, words, task.order),
        "asked": task.asked.value,
        "asked_us": task.asked_us,
        "waits_seconds": max(0, now_us - task.asked_us) // 1_000_000 if task.waits else None,
        "done": task.done.value,
        "last": task.last,
        "by_hand_because": why,
        "sections": [
            {"moment": each.moment, "sentences": list(each.sentences), "commands": [list(box) for box in each.boxes]}
            for each in sheet.sections
        ],
    }


def _print_sheet(console: Console, words: Words, task: Task, sheet: Sheet, why: str) -> None:
    """One task on a terminal. Commands are printed as they are, unwrapped, so that they can be copied."""
    say(console, f"{task.name}  {sheet.title}", style="bold")
    say(console, " · ".join(sheet.facts))
    if why:
        say(console, f"{words('page.because')}: {why}")
    for section in sheet.sections:
        say(console, section.title.upper(), style="bold")
        for number, sentence in enumerate(section.sentences, 1):
            say(console, f"{number}. {sentence}", indent=2)
        for product, text in section.boxes:
            say(console, f"[{product}]", indent=4)
            for line in text.splitlines():
                console.print(f"      {printable(line)}", markup=False, highlight=False, soft_wrap=True)
    say(console, words("page.tell", task=task.name))


def _since(task: Task) -> str:
    return clock(moment_of(task.asked_us).astimezone())


def _age(task: Task, now_us: int) -> str:
    minutes = max(0, now_us - task.asked_us) // 60_000_000
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _written(path: Path, page: str) -> None:
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UnusableInput(f"{path}: cannot be written ({error.strerror}): name a file in a folder that is") from error
    sys.stderr.write(f"codedark: written to {path}\n")
