"""The three plans on a terminal: what to do, what it is for, and beside it what a person would do by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from codedark.app.containment_answer import services_lost
from codedark.app.untrusted import one_line
from codedark.contain.plans import BALANCED

_MOST_REFUSED = 3
_MOST_NAMED = 4


def print_plans(console: Console, told: dict[str, Any]) -> None:
    """All plans, the comparison, and what has to be known."""
    for note in told["notes"]:
        console.print(Text(one_line(f"Note: {note}")))
    shown: set[str] = set()
    for plan in sorted(told["plans"], key=lambda each: each["plan"] != BALANCED):
        if plan["plan"] not in shown:
            console.print(_actions(plan))
        shown |= {plan["plan"], *plan["same_as"]}
    console.print(_compared(told))
    for sentence in (_steady(told), _waiting(told["waiting"]), *_refused(told["refused"])):
        console.print(Text(one_line(sentence)))
    console.print(Text("Harm is a policy weight of this hospital, not a prediction about patients. Nothing was done."))


def _actions(plan: dict[str, Any]) -> Table:
    names = " and ".join([plan["plan"], *plan["same_as"]])
    by_hand = f"; no computed plan was better than: {plan['by_hand']}" if plan["by_hand"] else ""
    bound = plan["on_its_own_scenarios"]
    title = (
        f"{names}: harm {_interval(plan['harm'])}; all in force after {plan['ready_minutes']:.0f} min,"
        f" {plan['staff_minutes']:.0f} min of work; on the scenarios that chose it {_number(bound['harm'])}, and proven"
        f" that nothing is below {_number(bound['bound'])}{by_hand}"
    )
    table = Table(title=Text(title), title_justify="left", expand=False)
    table.add_column("action", overflow="fold", style="bold")
    table.add_column("more harm without it", justify="right")
    table.add_column("closes the way", overflow="fold")
    table.add_column("takes down", overflow="fold")
    table.add_column("approve")
    for row in plan["actions"]:
        approve = "security, clinical" if row["clinical_lead"] else "security"
        table.add_row(
            Text(one_line(row["action"] + (" (applied)" if row["applied"] else ""))),
            _number(row["if_left_out"]["mean"]),
            Text(one_line(_way(row["closes"]))),
            Text(one_line(_named(services_lost(row["losses"])))),
            approve,
        )
    if plan["not_explained"]:
        table.add_row(f"and {len(plan['not_explained']):,} more", "", "", "", "")
    if not plan["actions"]:
        table.add_row("nothing", "", "", "", "")
    return table


def _way(way: dict[str, Any] | None) -> str:
    if way is None:
        return "–"
    names = [way["from"]["name"]]
    names += [f"{'✂ ' if step['cut'] else ''}{step['to']['name']}" for step in way["steps"]]
    return f"{' → '.join(names)} ({way['probability']:.0%})"


def _compared(told: dict[str, Any]) -> Table:
    table = Table(title=f"Compared on {told['scenarios']:,} scenarios that chose none of them", title_justify="left")
    table.add_column("plan")
    table.add_column("actions", justify="right")
    table.add_column("expected harm", justify="right")
    table.add_column("of which tier 0", justify="right")
    rows = [(each["plan"], len(each["actions"]) + len(each["not_explained"]), each) for each in told["plans"]]
    rows += [(each["policy"], each["actions"], each) for each in told["policies"]]
    for name, actions, row in rows:
        table.add_row(name, str(actions), _interval(row["harm"]), _number(row["harm_of_tier_0"]))
    return table


def _steady(told: dict[str, Any]) -> str:
    low, high = told["balanced_is_best_from"], told["balanced_is_best_to"]
    return f"Balanced stays the best of all while the attacker's harm counts from {low:.2g} to {high:.2g} times."


def _waiting(waiting: dict[str, Any]) -> str:
    cost, gain = _number(waiting["cost"]), waiting["gain_at_most"]
    if gain <= 0:
        return (
            f"Do not wait: ten minutes cost {cost}, and knowing exactly who is taken by then would not bring it back."
        )
    return (
        f"Waiting ten minutes costs {cost}; knowing exactly who is taken by then would bring at most {_number(gain)}."
    )


def _refused(refused: Sequence[dict[str, Any]]) -> list[str]:
    if not refused:
        return []
    lines = [f"Never cut, because a lifeline needs it: {len(refused):,} actions were left out, among them"]
    return lines + [f"  {each['action']}: {each['because']}" for each in refused[:_MOST_REFUSED]]


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more or "–"


def _interval(interval: dict[str, float]) -> str:
    return f"{_number(interval['mean'])} ({_number(interval['at_least'])} to {_number(interval['at_most'])})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:,.1f}"
