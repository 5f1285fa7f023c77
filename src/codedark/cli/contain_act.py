"""`codedark contain apply`, `done`, `prolong` and `rollback`: what touches devices, and takes back what it did."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.console import Console

from codedark.app.enforcing.acting import (
    begin,
    begun_plan,
    may_try,
    prolonged,
    say_yes,
    take_back,
    unfinished_taken_back,
    who_is_new,
)
from codedark.app.enforcing.answering import OVER, plan_answer
from codedark.app.enforcing.approvers import named, read_approvers
from codedark.app.enforcing.damaged_log import new_log, take_up_unseen
from codedark.app.enforcing.desk import ground_to_undo, opened_desk
from codedark.app.enforcing.heartbeat import prolonging
from codedark.app.enforcing.looking import kept
from codedark.app.enforcing.lost_tasks import lost_tasks
from codedark.app.enforcing.reading import read_holding, wall_clock_us
from codedark.app.enforcing.ticking import ticked, ticked_by_order
from codedark.app.outputs import to_json
from codedark.cli import exit_codes
from codedark.cli.contain_prepare import PassphraseOption, PersonOption, PlanArgument, passphrase_of
from codedark.cli.enforcement_text import print_plan, say
from codedark.cli.home_hint import with_home
from codedark.cli.options import DEFAULT_HOME, HomeOption, Output, OutputOption
from codedark.enforce.by_hand.tasks import Said
from codedark.errors import UsageError


def apply(plan_id: PlanArgument, home: HomeOption = DEFAULT_HOME, output_format: OutputOption = Output.TABLE) -> None:
    """Carry out a plan that two people approved, wave by wave; lifelines are asked before, between and after."""
    skipped: list[str] = []
    with opened_desk(home, skipped=skipped) as desk:
        warn([*skipped, *unfinished_taken_back(desk)])
        warn(who_is_new(desk.books.holding, plan_id))
        outcome = begin(desk, plan_id)
        name = begun_plan(desk.books.holding, plan_id).id
        told = plan_answer(desk.books.holding, name, desk.books.now_us()) | {"told": list(outcome.told)}
        unwatched = desk.lifelines.unwatched(outcome.answered)
        told["unwatched"] = unwatched
    whole = told["finished_waves"] == told["waves"] and not outcome.told
    if output_format is Output.JSON:
        sys.stdout.buffer.write(to_json(told) + b"\n")
    else:
        console = Console()
        print_plan(console, told)
        for sentence in outcome.told:
            say(console, f"! {sentence}", style="bold")
        if unwatched:
            say(console, f"! {unwatched}", style="bold")
        if told["finished_waves"] and not kept(home, wall_clock_us())["alive"]:
            say(
                console,
                "! NOBODY KEEPS it: firewalls end it by themselves when their leases run out, and nobody is warned."
                " Start in another window: codedark contain keep",
                style="bold",
            )
    if not whole:
        raise typer.Exit(exit_codes.INCOMPLETE)


def rollback(
    plan_id: PlanArgument,
    orders: Annotated[
        list[str] | None, typer.Argument(metavar="[ORDER]...", help="P1.3; all if none is named.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    why: Annotated[str, typer.Option("--why", help="For those who read it later.")] = "a person took it back",
    output_format: OutputOption = Output.TABLE,
) -> None:
    """Take a plan back, or some of its orders. What cannot be taken back now is tried again by the keeper.

    A damaged case log is set aside for a new one first: taking back never waits for that. Then it ends with 3.
    """
    damaged = new_log(home, "`contain rollback`")
    skipped = [damaged] if damaged else []
    with opened_desk(home, ground=ground_to_undo(home, skipped), skipped=skipped) as desk:
        warn([*skipped, *unfinished_taken_back(desk)])
        take_up_unseen(desk.books, desk.devices, plan_id)
        going, told = take_back(desk, plan_id, orders or [], why)
        name = begun_plan(desk.books.holding, plan_id).id
        answer = plan_answer(desk.books.holding, name, desk.books.now_us()) | {"told": list(told)}
    stuck = [each for each in answer["orders"] if each["order"] in going and each["stage"] != "gone"]
    if output_format is Output.JSON:
        sys.stdout.buffer.write(to_json(answer) + b"\n")
    else:
        console = Console()
        back = f"{len(going) - len(stuck)} of {len(going)} orders are taken back."
        over = "nothing of it stands any more, so there was nothing to take back."
        say(console, f"Plan {name}: {over if answer['state'] == OVER and not going else back}", style="bold")
        for each in stuck:
            say(console, f"! {each['order']} ({each['says']}) is not taken back yet: {each['why']}", style="bold")
        for sentence in told:
            say(console, sentence, indent=2)
    if stuck or damaged:
        raise typer.Exit(exit_codes.INCOMPLETE)


def done(
    task: Annotated[
        str,
        typer.Argument(metavar="TASK", help="As the list calls it: T3; or the order, P1.3, if the list has lost it."),
    ],
    by: Annotated[str, typer.Option("--by", help="Who did it, so that it can be asked later.")],
    home: HomeOption = DEFAULT_HOME,
    undone: Annotated[bool, typer.Option("--undone", help="It is as it was before.")] = False,
    partly: Annotated[bool, typer.Option("--partly", help="Only a part could be done; --why says which.")] = False,
    could_not: Annotated[bool, typer.Option("--could-not", help="It could not be done; --why says why.")] = False,
    why: Annotated[str, typer.Option("--why", help="What is missing, or why not.")] = "",
) -> None:
    """Tick off what people were asked to do by hand; with --undone, what they were asked to undo."""
    if undone + partly + could_not > 1:
        raise UsageError("say one of --undone, --partly and --could-not")
    said = Said.UNDONE if undone else Said.PARTLY if partly else Said.COULD_NOT if could_not else Said.DONE
    skipped: list[str] = []
    with opened_desk(home, ground=ground_to_undo(home, skipped), skipped=skipped) as desk:
        warn(skipped)
        tick = ticked if re.fullmatch(r"\s*[Tt]\d+\s*", task) else ticked_by_order
        told = tick(desk.books, desk.devices, desk.people, task.strip(), by, said, why)
        waiting = [each.name for each in desk.people.waiting()]
        lost = lost_tasks(desk.books.holding, {each.thing for each in desk.people.tasks()})
    console = Console()
    say(console, f"{task.strip().upper()}: {said}, says {by}.")
    for sentence in told:
        say(console, sentence)
    if lost:
        say(console, f"Nobody knows of {', '.join(lost)}: ask, and say it in the same way.", style="bold")
    if waiting or not lost:
        say(console, f"Still waiting: {', '.join(waiting)}." if waiting else "Nothing waits for people any more.")


def prolong(
    plan_id: PlanArgument,
    hours: Annotated[float, typer.Option("--hours", min=0.01, max=744, help="From when the second person says yes.")],
    person: PersonOption,
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Have a plan stand longer: two people say so, each with this command and the same hours."""
    holding = read_holding(home)
    entry = named(read_approvers(home), person)
    plan = prolonging(begun_plan(holding, plan_id), round(hours * 3600))
    may_try(holding, plan, entry, wall_clock_us())
    passphrase = passphrase_of(entry.name, passphrase_file)
    console = Console()
    with opened_desk(home, skipped=[]) as desk:
        begun = begun_plan(desk.books.holding, plan_id)
        plan = prolonging(begun, round(hours * 3600))
        say_yes(desk, plan, entry.name, passphrase)
        missing = prolonged(desk, plan)
        answer = plan_answer(desk.books.holding, begun.id, desk.books.now_us())
    if missing:
        say(console, f"{entry.name} has approved {hours:g} h more for plan {begun.id}. Not yet: {missing}.")
        say(console, f"Next: codedark contain prolong {begun.id} --hours {hours:g} --person NAME", style="bold")
    else:
        print_plan(console, answer)


def warn(told: Iterable[str]) -> None:
    """What had to be cleared up first."""
    for sentence in told:
        sys.stderr.write(f"codedark: {with_home(sentence)}\n")
