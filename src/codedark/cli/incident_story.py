"""Incidents and findings on a terminal, for a person who is tired: the sentence first, then what to do, then why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from codedark.app.untrusted import clipped, one_line
from codedark.cli.findings_table import MARKS
from codedark.cli.home_hint import with_home
from codedark.detect.finding import Level
from codedark.respond.alarming import percent

_MOST_CELL: Final = 300
_MOST_SENTENCE: Final = 1_000
_MOST_BECAUSE: Final = 3
_MOST_TOLD: Final = 4

Answer = dict[str, Any]


def print_incidents(console: Console, rows: Sequence[Answer]) -> None:
    """One incident a row; below its sentence, where it is and how far it got."""
    table = _table("Incident", "Sure", "Last (UTC)", "What")
    for row in rows:
        status = row["status"] if row["verdict"] is None else f"{row['status']}, {row['verdict']}"
        what = Text(_sentence(row["sentence"]))
        if detail := "; ".join(filter(None, (_names(row["hosts"]), " > ".join(row["tactics"])))):
            what.append(f"\n{_cell(detail)}", "dim")
        first = Text(row["incident"], "bold")
        first.append(f"\n{status}", "bold red" if row["status"] == "open" else "dim")
        table.add_row(first, percent(row["confidence"]), _day(row["last"]), what)
    console.print(table)


def print_findings(console: Console, rows: Sequence[Answer]) -> None:
    """One finding a row."""
    table = _table("Level", "At (UTC)", "What, where", "Record", "Incident")
    for row in rows:
        mark, style = MARKS[Level[row["level"].upper()]]
        what = Text(_cell(row["says"] or row["title"]))
        where = " by ".join(filter(None, (_cell(row["host"]), _cell(row["user"]))))
        what.append(f"\n{where}{': ' if where else ''}{_cell(row['rule'])}", "dim")
        table.add_row(Text(mark, style), _day(row["at"]), what, str(row["record"]), row["incident"] or "–")
    console.print(table)


def print_suppressions(console: Console, rows: Sequence[Answer]) -> None:
    """One suppression a row."""
    table = _table("Suppression", "Of", "Until (UTC)", "By", "Reason")
    for row in rows:
        of = "\n".join(f"{name} {_cell(row[name])}" for name in ("rule", "host", "account") if row[name])
        name = row["suppression"] + ("\n(waits)" if row["waits"] else "")
        table.add_row(name, Text(of), _day(row["until"]), Text(_cell(row["by"])), Text(_cell(row["reason"])))
    console.print(table)


def print_story(console: Console, story: Answer) -> None:
    """Everything about one incident."""
    verdict = f", verdict {story['verdict']}" if story["verdict"] else ""
    sure = f"{percent(story['confidence'])} sure that this is an attack"
    when = f"Since {_day(story['began'])}, last seen {_day(story['last'])} UTC"
    console.print(Text(f"Incident {story['incident']}: {story['status']}{verdict}, {sure}. {when}."))
    _part(console, "What happened", [Text(_sentence(story["sentence"]), "bold red" if _burns(story) else "bold")])
    _part(console, "What to do first", [Text(_sentence(story["next_step"]), "bold")])
    so_far = " > ".join(f"{each['tactic']} {_short_day(each['since'], story['began'])}" for each in story["so_far"])
    _part(console, "How far it got (ATT&CK, first seen)", [Text(_cell(so_far))] if so_far else [])
    _part(console, "Step by step (UTC)", [_timeline(story["timeline"])] if story["timeline"] else [])
    _part(console, "Who is in the attacker's hands", _beliefs(story))
    _part(console, "At risk", _at_risk(story["at_risk"]))
    _part(console, "Alarms", [Text(each) for each in _alarms(story["alarms"])])
    _part(console, "Decisions", [Text(each) for each in _decisions(story["decisions"])])
    name = story["incident"]
    console.print()
    if story["status"] == "open" and not story["decisions"]:
        console.print(Text(with_home(f"Seen it?  codedark incident ack {name}"), "dim"))
    if story["verdict"] is None:
        console.print(
            Text(with_home(f"Clear?    codedark incident verdict {name} true|false|expected --reason WHY"), "dim")
        )
    console.print(Text(with_home("A record: codedark search seq:NUMBER"), "dim"))


def _burns(story: Answer) -> bool:
    return story["status"] == "open" and story["verdict"] is None


def _part(console: Console, title: str, lines: Sequence[Text | Table]) -> None:
    if not lines:
        return
    console.print()
    console.print(Text(title, "underline"))
    for each in lines:
        console.print(Padding(each, (0, 0, 0, 2)))


def _timeline(rows: Iterable[Answer]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    table.add_column(no_wrap=True, justify="right")
    day = ""
    for row in rows:
        if row["at"][:10] != day:
            day = row["at"][:10]
            table.add_row(Text(day, "dim"))
        mark, style = MARKS[Level[row["level"].upper()]]
        what = Text(_cell(row["says"] or row["title"]))
        if row["times"] > 1:
            what.append(f" ({row['times']:,} times)")
        where = " by ".join(filter(None, (_cell(row["host"]), _cell(row["account"]))))
        detail = ", ".join(filter(None, (row["tactic"], where, _cell(row["title"]) if row["says"] else "")))
        what.append(f"\n{detail}" if detail else "", "dim")
        table.add_row(_clock(row["at"], seconds=True), Text(mark.split()[-1], style), what, f"seq:{row['record']}")
    return table


def _beliefs(story: Answer) -> list[Table]:
    rows = [(kind, each) for kind in ("hosts", "accounts") for each in story[kind]]
    if not rows:
        return []
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for kind, each in rows:
        because = "; ".join(
            f"{_cell(row['title'])} {_clock(row['at'])} (seq:{row['record']})"
            for row in each["because"][:_MOST_BECAUSE]
        )
        more = len(each["because"]) - _MOST_BECAUSE
        because += f"; and {more} more" if more > 0 else ""
        why = Text(f"because of {because}" if because else "", "dim")
        table.add_row(kind[:-1], Text(_cell(each["name"]), "bold"), percent(each["probability"]), why)
    return [table]


def _at_risk(risk: dict[str, list[str]]) -> list[Text]:
    return [Text(f"{name.capitalize()}: {_sentence(', '.join(names))}") for name, names in risk.items() if names]


def _alarms(alarms: Iterable[Answer]) -> Iterable[str]:
    for alarm in alarms:
        yield f"{_day(alarm['at'])} {alarm['alarm']}: {_sentence(alarm['why_now'])}"
        told = alarm["told"]
        if len(told) > _MOST_TOLD:
            yield f"    {len(told) - _MOST_TOLD:,} earlier attempts"
        for each in told[-_MOST_TOLD:]:
            said = f": {_cell(each['said'])}" if each["said"] else ""
            yield f"    {_clock(each['at'])} {_cell(each['channel'])}: {each['outcome']}{said}"
        if not told:
            yield "    not told to anybody yet"


def _decisions(decisions: Iterable[Answer]) -> Iterable[str]:
    for each in decisions:
        reason = f" ({_cell(each['reason'])})" if each["reason"] else ""
        waits = "; waits for `codedark serve` to take it up" if each["waits"] else ""
        yield f"{_day(each['at'])} {each['what']} by {_cell(each['by'])}{reason}{waits}"


def _table(*names: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), expand=True)
    for name in names:
        wide = name in {"What", "What, where", "Reason", "Of"}
        table.add_column(name, overflow="fold", ratio=1 if wide else None, no_wrap=not wide)
    return table


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _day(stamped: str) -> str:
    return f"{stamped[:10]} {stamped[11:16]}"


def _short_day(stamped: str, began: str) -> str:
    """The time of the day, with the day before it where it is another than that of the beginning."""
    return _clock(stamped) if stamped[:10] == began[:10] else f"{stamped[5:10]} {_clock(stamped)}"


def _clock(stamped: str, *, seconds: bool = False) -> str:
    return stamped[11 : 19 if seconds else 16]


def _sentence(text: str) -> str:
    """What Code Dark says itself: whole, but for names that somebody made endless."""
    return clipped(one_line(text), _MOST_SENTENCE)


def _cell(text: str) -> str:
    return clipped(one_line(text), _MOST_CELL)
