"""What a hunt says on the terminal: findings by host and rule, the most serious first, then the books.

Everything that comes from a log is escaped (`codedark.app.untrusted`): it must not move the cursor of the
reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from codedark.app.account import blindness, headline, host_name, reasons, sentences, stamp
from codedark.app.amounts import amount
from codedark.app.attack import technique_ids
from codedark.app.ranking import ranked
from codedark.app.summary import Summary
from codedark.app.tally import Group, Tally
from codedark.app.untrusted import clipped, one_line
from codedark.detect.finding import Level

ROWS = 200
WIDE = 120
MAX_HOST = 40
MAX_WHERE = 90
MARKS = {
    Level.CRITICAL: ("!!! critical", "bold red"),
    Level.HIGH: ("!!  high", "red"),
    Level.MEDIUM: ("!   medium", "yellow"),
    Level.LOW: (".   low", "cyan"),
    Level.INFORMATIONAL: ("    info", "dim"),
}


def table_to(console: Console, rows: int = ROWS) -> Callable[[Tally, Summary], None]:
    """A renderer for `codedark.app.outputs.Tallied` that prints the findings, then the books, to
    ``console``.
    """

    def show(tally: Tally, summary: Summary) -> None:
        print_findings(console, tally, rows)
        print_summary(console, tally, summary)

    return show


def print_findings(console: Console, tally: Tally, rows: int = ROWS) -> None:
    """The ``rows`` most serious groups of host and rule as a table; the number of the others below it."""
    if not len(tally):
        return
    groups = ranked(tally)
    console.print(_table(groups[:rows], wide=console.width >= WIDE))
    if hidden := groups[rows:]:
        _say(
            console,
            f"{amount(len(hidden), 'more pair')} of host and rule, with "
            f"{amount(sum(group.count for group in hidden), 'finding')}, "
            f"{hidden[0].rule.level.name.lower()} or less serious, are not shown: "
            "--report FILE.html shows more, --format jsonl writes every finding.",
        )


def print_summary(console: Console, tally: Tally, summary: Summary) -> None:
    """What was found in one sentence, the books, and what could not be seen."""
    console.print()
    worst = max(tally.by_level, default=None)
    _say(console, headline(tally, summary), style="bold" if worst is None else MARKS[worst][1])
    for sentence in sentences(tally, summary):
        _say(console, sentence)
    _list(console, "Rules that could not run here", reasons(summary.not_runnable))
    _list(console, "Records and files that could not be read", reasons(summary.rejected))
    _say(console, blindness(tally, summary))


def _table(groups: Iterable[Group], *, wide: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), expand=True)
    table.add_column("Level", no_wrap=True)
    if wide:
        table.add_column("Host", overflow="fold", max_width=32)
    table.add_column(
        "Rule, ATT&CK, where it fired first" if wide else "Host, rule, ATT&CK, where",
        overflow="fold",
        ratio=1,
    )
    table.add_column("Count", justify="right", no_wrap=True)
    table.add_column("First (UTC)" if wide else "First, last (UTC)", no_wrap=True)
    if wide:
        table.add_column("Last (UTC)", no_wrap=True)
    for group in groups:
        table.add_row(*_cells(group, wide=wide))
    return table


def _cells(group: Group, *, wide: bool) -> list[Text]:
    mark, style = MARKS[group.rule.level]
    host = Text(clipped(host_name(group.host), MAX_HOST), "bold")
    rule = Text(one_line(group.rule.title))
    rule.append("\n" + "  ".join((*technique_ids(group.rule.tags), _where(group))), "dim")
    level, count = Text(mark, style), Text(f"{group.count:,}")
    first, last = Text(stamp(group.first)), Text(stamp(group.last))
    if wide:
        return [level, host, rule, count, first, last]
    return [
        level,
        Text("\n").join([host, rule]),
        count,
        first if first == last else Text("\n").join([first, last]),
    ]


def _where(group: Group) -> str:
    if not group.samples:
        return one_line(" ".join(group.sources.first))[-MAX_WHERE:]
    first = group.samples[0]
    where = f"{one_line(first.source)}#{first.record}"
    return where if len(where) <= MAX_WHERE else f"...{where[-MAX_WHERE:]}"


def _list(console: Console, title: str, rows: Sequence[tuple[str, int]]) -> None:
    if not rows:
        return
    _say(console, f"{title}:")
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", min_width=7, no_wrap=True)
    grid.add_column(overflow="fold")
    for reason, count in rows:
        grid.add_row(Text(f"{count:,}"), Text(reason))
    console.print(grid)


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style))
