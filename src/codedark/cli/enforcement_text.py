"""Plans, orders and what stands on a terminal of 80 columns, for somebody who is tired: what to do next comes last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from codedark.app.enforcing.answering import BACK, IN_FORCE, OVER, READY, STANDS, UNDER_WAY, WAITS
from codedark.app.local_time import local_time
from codedark.app.untrusted import one_line
from codedark.cli.home_hint import with_home

Row = Mapping[str, Any]
_MOST_ORDERS: Final = 30
_MANY_BY_HAND: Final = 20
_MOST_LOSSES: Final = 10
_MOST_REASONS: Final = 3
_AS_ASKED: Final = frozenset({"all"})
_GROUPS: Final = {
    "isolate": "take off the network", "shut-down": "shut down", "restrict": "leave only what lifelines need",
    "disable": "disable accounts", "cut": "cut zones apart", "block": "block a protocol between zones",
    "close-vendor": "close suppliers' access", "close-remote-access": "close remote access",
    "close-internet": "cut the internet off",
}  # fmt: skip


def say(console: Console, sentence: str, indent: int = 0, style: str = "") -> None:
    """A sentence, wrapped, with nothing in it that a terminal obeys."""
    console.print(Padding(Text(one_line(with_home(sentence)), style=style), (0, 0, 0, indent)))


def print_prepared(console: Console, told: Row) -> None:
    """A plan before it is begun: what would be done where, what it costs, who has to say yes."""
    say(console, f"Plan {told['plan']} ({told['source']}): NOTHING HAS BEEN DONE YET.", style="bold")
    say(
        console,
        f"Once applied it stands for {_hours(told['stands_hours'])}, then it is taken back (by people, what they did).",
    )
    _orders(console, told["orders"], begun=False)
    _left(console, told["left"])
    _losses(console, told["losses"])
    for note in told["notes"]:
        say(console, f"Note: {note}")
    _who(console, told)


def print_plan(console: Console, told: Row) -> None:
    """A plan in full."""
    if told["state"] in {WAITS, READY}:
        print_prepared(console, told)
        return
    counts = f"{sum(each['standing'] in _AS_ASKED for each in told['orders'])} of {len(told['orders'])} orders in force"
    say(console, f"Plan {told['plan']} ({told['source']}): {told['state']}, {counts}.", style="bold")
    say(console, f"{told['finished_waves']} of {told['waves']} waves finished. {_until(told)}")
    _newcomers(console, told)
    _orders(console, told["orders"], begun=True)
    _left(console, told["left"])
    if told["state"] == STANDS:
        _losses(console, told["losses"])
        for note in told["notes"]:
            say(console, f"Note: {note}")


def print_standing(console: Console, told: Row) -> None:
    """A standing order: what the keeper may do without asking."""
    say(console, f"Standing order {told['standing']}: {told['state']}.", style="bold")
    kinds = " and ".join(_KINDS.get(each, each) for each in told["kinds"])
    say(
        console,
        f"Without asking, the keeper may {kinds} believed to be taken with {told['belief']:.0%} or more, at most"
        f" {told['at_most']} at once, for {_hours(told['stands_hours'])} each, until {local_time(told['until_us'])}.",
    )
    if told["never_tiers"]:
        say(console, f"Never where services of tier {', '.join(map(str, told['never_tiers']))} are touched.")
    for each in told["approvals"]:
        say(console, f"Approved by {each['person']}, {each['role']}{' (clinical)' if each['clinical'] else ''}.")
    _newcomers(console, told)
    if told["plans"]:
        say(console, f"Done by it so far: {', '.join(told['plans'])}.")
    if told["needs"]:
        say(console, f"Not yet: {told['needs']}.")
        say(console, f"To approve: codedark contain approve {told['standing']} --person NAME", style="bold")


_KINDS: Final = {"isolate": "isolate machines", "disable": "disable accounts of people"}


def print_status(console: Console, told: Row) -> None:
    """All plans in a line each, then what is wrong, then what can be done."""
    say(console, f"{local_time(told['at_us'])}. {_kept(told['kept'])}")
    if not told["plans"]:
        say(console, "By the case log of this folder no plan was ever prepared, and nothing of Code Dark stands.")
    table = Table(box=None, pad_edge=False)
    for name in ("plan", "made of", "state", "orders", "until"):
        table.add_column(name, overflow="fold")
    for plan in told["plans"]:
        counts = f"{sum(each['standing'] in _AS_ASKED for each in plan['orders'])} of {len(plan['orders'])}"
        until = local_time(plan["until_us"]) if plan["state"] == STANDS else ""
        table.add_row(*map(_text, (plan["plan"], plan["source"], plan["state"], counts, until)))
    if told["plans"]:
        console.print(table)
    if names := [each["standing"] for each in told["standing"] if each["state"] == IN_FORCE]:
        say(console, f"Standing orders in force: {', '.join(names)} (codedark contain standing list).")
    for problem in told["problems"]:
        say(console, f"! {problem}", style="bold")
    for plan in told["plans"]:
        if plan["state"] == WAITS:
            say(console, f"{plan['plan']}: {plan['needs']}")
        elif plan["state"] == READY:
            say(console, f"{plan['plan']}: approved. To begin: codedark contain apply {plan['plan']}")
    if any(plan["state"] in {STANDS, BACK, UNDER_WAY} for plan in told["plans"]):
        say(console, "One plan in full: codedark contain status P1. To take it back: codedark contain rollback P1.")


def _orders(console: Console, orders: Sequence[Row], *, begun: bool) -> None:
    """Every order under its wave; of very many, how many there are of each kind."""
    waves: dict[int, list[Row]] = {}
    for order in orders:
        waves.setdefault(order["wave"], []).append(order)
    for wave, rows in waves.items():
        table = Table(box=None, pad_edge=False, title=f"Wave {wave} of {max(waves)}", title_justify="left")
        many = len(orders) > _MOST_ORDERS
        for name in ("orders" if many else "order", "what", "by", "now" if begun else "tier"):
            table.add_column(name, overflow="fold")
        lines = _together(rows, begun=begun) if many else _each(rows, begun=begun)
        for line in lines:
            table.add_row(*map(_text, line))
        console.print(table)
    if len(orders) > _MOST_ORDERS:
        say(console, "Each order by itself: the same with --format json.")
    because: dict[str, None] = dict.fromkeys(why for row in orders for why in row["by_hand_because"])
    if because and not begun:
        say(
            console,
            f"By people, because no device does it, or not all of it: {'; '.join(list(because)[:_MOST_REASONS])}",
        )
    by_hand = sum(bool(row["by_hand_because"]) for row in orders)
    if by_hand > _MANY_BY_HAND and not begun:
        say(console, f"! People would have to do {by_hand} things by hand. Is there a smaller plan?", style="bold")
    if any(row["standing"] == "waiting" for row in orders):
        say(console, "What people have to do, step by step: codedark contain tasks", style="bold")
    if begun:
        _reasons(console, orders)


def _each(rows: Iterable[Row], *, begun: bool) -> Iterator[tuple[str, ...]]:
    for row in rows:
        task = f", {row['why'].split(':')[0]}" if row["standing"] == "waiting" and row["why"] else ""
        yield row["order"], row["says"], row["device"], f"{_now(row)}{task}" if begun else f"{row['tier']}"


def _together(rows: Iterable[Row], *, begun: bool) -> Iterator[tuple[str, ...]]:
    """How many there are of each kind, on each device, of each tier or state."""
    groups = Counter(
        (_GROUPS.get(row["kind"], str(row["kind"])), str(row["device"]), _now(row) if begun else f"{row['tier']}")
        for row in rows
    )
    for (what, device, last), count in groups.items():
        yield f"{count}", what, device, last


def _reasons(console: Console, orders: Sequence[Row]) -> None:
    """Why orders are not as they should be, of each reason the first orders."""
    found: dict[str, list[str]] = {}
    for row in orders:
        if row["why"] and row["stage"] != "gone" and row["standing"] not in {*_AS_ASKED, "waiting"}:
            found.setdefault(row["why"], []).append(row["order"])
    for why, names in found.items():
        more = f" and {len(names) - _MOST_REASONS} more" if len(names) > _MOST_REASONS else ""
        say(console, f"{', '.join(names[:_MOST_REASONS])}{more}: {why}", indent=2)


def _left(console: Console, left: Iterable[Row]) -> None:
    for row in left:
        what = "This must NOT be done, by nobody" if row["never"] else "NOBODY does this, do it by hand"
        say(console, f"! {what}: {row['says']} ({row['action']})", style="bold")
        for why in row["why"][:_MOST_REASONS]:
            say(console, f"because {why}", indent=4)


def _losses(console: Console, losses: Sequence[str]) -> None:
    if not losses:
        say(console, "No service of the model falls by it.")
        return
    say(console, "What the hospital goes without while it stands:", style="bold")
    for loss in losses[:_MOST_LOSSES]:
        say(console, f"- {loss}", indent=2)
    if len(losses) > _MOST_LOSSES:
        say(console, f"- and {len(losses) - _MOST_LOSSES} less urgent services (--format json has all)", indent=2)


def _newcomers(console: Console, told: Row) -> None:
    for sentence in told["newcomers"]:
        say(console, f"! {sentence}", style="bold")


def _who(console: Console, told: Row) -> None:
    _newcomers(console, told)
    for each in told["approvals"]:
        say(console, f"Approved by {each['person']}, {each['role']}{' (clinical)' if each['clinical'] else ''}.")
    if told["state"] == WAITS:
        say(console, f"Not yet: {told['needs']}.")
        say(console, f"To approve: codedark contain approve {told['plan']} --person NAME", style="bold")
    else:
        say(console, f"To begin: codedark contain apply {told['plan']}", style="bold")


def _now(row: Row) -> str:
    if row["stage"] == "gone":
        return "taken back or over"
    words = {
        "all": "stands",
        "nothing": "not there",
        "waiting": "waits for a person",
        "part": "PARTLY",
        "unknown": "UNKNOWN",
    }
    now = words.get(row["standing"], str(row["standing"]))
    stages = {"intended": f"under way ({now})", "withdrawing": f"being taken back ({now})"}
    return stages.get(row["stage"], now)


def _until(told: Row) -> str:
    if told["state"] == OVER:
        return "Nothing of it stands any more."
    if told["until_us"] is None or told["state"] != STANDS:
        return ""
    left = told["left_seconds"]
    how_long = f", {_left_words(left)} from now" if left is not None else ""
    return f"It ends at {local_time(told['until_us'])}{how_long}."


def _kept(kept: Row) -> str:
    if kept.get("alive"):
        return f"Kept by process {kept['pid']}, whose last heartbeat was {kept['ago_seconds']:.0f} s ago."
    return "No keeper runs."


def _left_words(seconds: int) -> str:
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _hours(hours: float) -> str:
    return f"{hours * 60:.0f} min" if hours < 1 else f"{hours:g} h"


def _text(text: str) -> Text:
    return Text(one_line(text))
