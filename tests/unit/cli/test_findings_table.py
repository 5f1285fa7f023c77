"""The terminal table: readable at 80 and 160 columns, in a pipe, and safe to show."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from codedark.app.summary import Summary
from codedark.app.tally import Tally
from codedark.cli.findings_table import table_to
from codedark.detect.finding import Level
from tests.finding_maker import EVIL, finding, rule, summary, tally


def shown(found: Tally, books: Summary | None = None, *, width: int = 80, tty: bool = False, rows: int = 200) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=tty, color_system="standard" if tty else None)
    table_to(console, rows)(found, books or summary(found))
    return out.getvalue()


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("width", [80, 120, 160])
def test_it_fits_and_says_everything(width: int) -> None:
    title = "Suspicious Execution of a Very Long Rule Title That Does Not Fit on a Line of a Terminal"
    text = shown(tally(finding(rule(title=title)), finding(rule(title=title), seconds=90, record=2)), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text
    for part in (
        "!!  high",
        "DC-01",
        "T1003.001",
        "2026-01-13 06:32:07",
        "2026-01-13 06:33:37",
        "Security.evtx#1",
    ):
        assert part in text
    rule_cells = re.findall(r"Suspicious|Terminal|Very Long", text)
    assert rule_cells == ["Suspicious", "Very Long", "Terminal"]


def test_the_most_serious_comes_first_whatever_its_number() -> None:
    rows = [finding(rule(int(level), level), record=number) for number, level in enumerate(Level) for _ in range(9)]
    text = shown(tally(*rows))
    marks = re.findall(r"critical|high|medium|low|info", text.partition("finding")[0])
    assert marks[:5] == ["critical", "high", "medium", "low", "info"]


def test_the_books_are_printed_and_balance() -> None:
    text = words(shown(tally(finding()), summary(1, jobs=2)))
    assert "1,000 read = 990 judged + 10 rejected, from 3 files in 2.0 s (500 a second, 2 jobs)" in text
    assert "120 loaded = 100 run + 20 that could not run here" in text
    assert "15 needs look-around 5 no such log source" in text
    assert "10 truncated JSON" in text


def test_many_reasons_are_cut_to_the_most_frequent_with_the_rest_counted() -> None:
    text = words(shown(tally(), summary(rules_not_runnable=45, not_runnable={f"r{n}": n for n in range(10)})))
    assert "9 r9 8 r8 7 r7 6 r6 5 r5 10 5 other reasons" in text


def test_nothing_found_is_not_called_safe() -> None:
    text = words(shown(tally()))
    assert "No rule fired on 990 records." in text
    assert "not proof that nobody is in: 20 rules could not run here and 10 records could not be read" in text


def test_an_interrupted_hunt_says_so() -> None:
    assert "stopped before the end" in shown(tally(finding()), summary(1, interrupted=True))


def test_rows_and_groups_left_out_are_counted() -> None:
    rows = [finding(rule(number, Level.LOW), record=number) for number in range(10)]
    text = words(shown(tally(*rows, max_groups=8), rows=5))
    assert "3 more pairs of host and rule, with 3 findings, low or less serious, are not shown" in text
    assert "not listed: 2 findings (2 low)" in text


@pytest.mark.parametrize("tty", [True, False])
def test_hostile_text_cannot_move_the_cursor_or_use_markup(tty: bool) -> None:
    hostile = finding(rule(title=f"[red]{EVIL}[/red]"), host=f"[bold]{EVIL}", source=EVIL)
    books = summary(1, rejected={EVIL: 10}, not_runnable={EVIL: 20})
    text = shown(tally(hostile), books, tty=tty, width=160)
    assert "\x00" not in text
    assert "\u202e" not in text
    assert set(re.findall(r"\x1b\[[\d;]*(.)", text)) <= {"m"}
    assert "\x1b[31m\\u202e" not in text
    assert "[red]" in text
    text.encode()
