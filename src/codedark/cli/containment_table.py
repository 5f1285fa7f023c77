"""The plans on a terminal of 80 columns: what to do, what it is for, and beside it what a person would do by hand.

The balanced plan is told in full, the others by what they do differently; the page has all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from codedark.app.untrusted import one_line
from codedark.contain.plans import BALANCED

Row = Mapping[str, Any]
_MOST_GROUPS: Final = 12
_OF_ALL_OFF: Final = 3
"""Of a plan that is all off: nobody goes through that action by action."""
_ALL_OFF: Final = "all off"
_MOST_REFUSED: Final = 3
_MOST_NAMED: Final = 4
_DIGITS: Final = 3
"""Of a harm: more would claim what nobody knows."""


def print_plans(console: Console, told: Row) -> None:
    """All plans, the comparison, and what has to be known."""
    plans = {each["plan"]: each for each in told["plans"]}
    balanced = plans.pop(BALANCED)
    nothing = next(each["harm"]["mean"] for each in told["policies"] if each["policy"] == "nothing")
    for note in told["notes"]:
        _say(console, f"Note: {note}")
    for sentence in _headline(balanced, nothing):
        _say(console, sentence, style="bold")
    console.print(_groups(balanced))
    for other in plans.values():
        if other["plan"] not in balanced["same_as"]:
            _say(console, _difference(other, balanced))
    console.print(_compared(told))
    for sentence in (_steady(told), _waiting(told["waiting"]), *_refused(told["refused"])):
        _say(console, sentence)
    _say(console, "Harm is a policy weight of this hospital, not a prediction about patients. Nothing was done.")


def _say(console: Console, sentence: str, style: str = "") -> None:
    """A sentence, wrapped, with its indentation and with nothing in it that a terminal obeys."""
    bare = sentence.lstrip()
    console.print(Padding(Text(one_line(bare), style=style), (0, 0, 0, len(sentence) - len(bare))))


def _headline(plan: Row, nothing: float) -> list[str]:
    names = " and ".join([plan["plan"], *plan["same_as"]])
    bound = plan["on_its_own_scenarios"]
    by_hand = [f"No computed plan was better than: {plan['by_hand']}."] if plan["by_hand"] else []
    return [
        (
            f"{names}: {_count(_size(plan))}, all in force after {plan['ready_minutes']:.0f} min,"
            f" {plan['staff_minutes']:,.0f} min of work"
        ),
        f"  Expected harm {_interval(plan['harm'])}; if nothing is done, {_number(nothing)}.",
        (
            f"  On the scenarios that chose it {_number(bound['harm'])}, and proven that nothing is below"
            f" {_number(bound['bound'])}."
        ),
        *(f"  {each}" for each in by_hand),
    ]


def _groups(plan: Row) -> Table:
    """A row for what is alike, with its reason below it."""
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", style="bold")
    table.add_column(overflow="fold")
    shown = plan["groups"][: _OF_ALL_OFF if plan["by_hand"] == _ALL_OFF else _MOST_GROUPS]
    for number, group in enumerate(shown, 1):
        table.add_row(f"{number:>3}", Text(one_line(_do(group)), style="bold"))
        for line in _reasons(group):
            table.add_row("", Text(one_line(line)))
    told = sum(len(group["actions"]) for group in shown)
    if _size(plan) > told:
        table.add_row("", f"and {_count(_size(plan) - told)} more: --page FILE.html prints them, with all reasons")
    if not plan["actions"]:
        table.add_row("", "nothing: no set of cuts is expected to do less harm than it does itself")
    return table


def _do(group: Row) -> str:
    applied = " (applied)" if group["applied"] else ""
    if len(group["actions"]) == 1:
        return f"{group['actions'][0]}{applied}"
    if group["zone"] is not None:
        of = f"machines of {group['zone']}"
    else:
        of = f"{group['account_kind'].replace('_', ' ')} accounts" if group["account_kind"] else "machines of no zone"
    names = [each.partition(":")[2] for each in group["actions"]]
    return f"{group['kind']} {len(names)} {of}: {', '.join(names)}{applied}"


def _reasons(group: Row) -> list[str]:
    approve = "security and clinical lead" if group["clinical_lead"] else "security lead"
    more, upto = group["if_left_out"], "up to " if len(group["actions"]) > 1 else ""
    missed = f"{upto}{_number(more['mean'])} more harm" if more["at_least"] > 0 else "no difference beyond chance"
    lines = [f"left out: {missed}" + (f"; closes {_way(group['closes'])}" if group["closes"] else "")]
    if group["services"]:
        lines.append(f"takes down: {_named(group['services'])}")
    return [
        *lines,
        f"holds after {group['apply_minutes']:.0f} min; {approve} approve{'' if ' and ' in approve else 's'}",
    ]


def _way(way: Row) -> str:
    """From where, what is cut, and where it would have led; what lies between is on the page."""
    shown, skipped = [way["from"]["name"]], False
    for place, step in enumerate(way["steps"]):
        if step["cut"] or place == len(way["steps"]) - 1:
            shown += [*(["…"] if skipped else []), f"{'✂ ' if step['cut'] else ''}{step['to']['name']}"]
            skipped = False
        else:
            skipped = True
    return f"{' → '.join(shown)} ({way['probability']:.0%})"


def _difference(plan: Row, balanced: Row) -> str:
    """What another plan does differently."""
    own, other = _actions(plan), _actions(balanced)
    more, less = [each for each in own if each not in set(other)], [each for each in other if each not in set(own)]
    parts = [f"{sign} {_named(names)}" for sign, names in (("with", more), ("without", less)) if names]
    return f"{plan['plan']}: {_count(len(own))}, harm {_interval(plan['harm'])}; {', '.join(parts)}"


def _actions(plan: Row) -> list[str]:
    return [*(each["action"] for each in plan["actions"]), *plan["not_explained"]]


def _compared(told: Row) -> Table:
    title = f"\nCompared on {told['scenarios']:,} scenarios that chose none of them (95 % interval)"
    table = Table(title=Text(title), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("plan", overflow="fold")
    table.add_column("actions", justify="right")
    table.add_column("expected harm", justify="right")
    table.add_column("of it tier 0", justify="right")
    rows = [(each["plan"], _size(each), each) for each in told["plans"]]
    rows += [(each["policy"], each["actions"], each) for each in told["policies"]]
    for name, actions, row in sorted(rows, key=lambda each: float(each[2]["harm"]["mean"])):
        table.add_row(
            Text(name, style="bold" if name == BALANCED else ""),
            f"{actions:,}",
            _interval(row["harm"]),
            _number(row["harm_of_tier_0"]),
        )
    return table


def _steady(told: Row) -> str:
    low, high = told["balanced_is_best_from"], told["balanced_is_best_to"]
    times = f"from {low:.2g} to {high:.2g} times" if low < high else "exactly as it is set"
    return f"What is lost in tier 0 counts first. So judged, balanced is the best while his harm counts {times}."


def _waiting(waiting: Row) -> str:
    cost, gain = _number(waiting["cost"]), waiting["gain_at_most"]
    if gain <= 0:
        return (
            f"Do not wait: on these scenarios ten minutes cost {cost}, and even knowing exactly who is taken by then "
            "would not bring it back."
        )
    return (
        f"Waiting ten minutes costs {cost} on these scenarios. Knowing exactly who is taken by then would bring about "
        f"{_number(gain)}; real evidence tells less."
    )


def _refused(refused: Sequence[Row]) -> list[str]:
    if not refused:
        return []
    lines = [f"Never cut, because a lifeline needs it: {len(refused):,} actions were left out, among them"]
    return lines + [f"  {each['action']}: {each['because']}" for each in refused[:_MOST_REFUSED]]


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (f" and {len(names) - _MOST_NAMED} more" if names[_MOST_NAMED:] else "")


def _size(plan: Row) -> int:
    return len(plan["actions"]) + len(plan["not_explained"])


def _count(actions: int) -> str:
    return "1 action" if actions == 1 else f"{actions:,} actions"


def _interval(interval: Mapping[str, float]) -> str:
    return f"{_number(interval['mean'])} ({_number(interval['at_least'])} to {_number(interval['at_most'])})"


def _number(value: float) -> str:
    """To three digits: ``36,300``."""
    step = 10.0 ** max(len(str(int(abs(value)))) - _DIGITS, 0)
    return f"{round(value / step) * step:,.0f}" if abs(value) >= 10 or value == 0 else f"{value:,.1f}"
