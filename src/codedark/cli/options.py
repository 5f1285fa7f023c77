"""Options that several commands share, and what stands behind them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from codedark.app.rules import HOSPITAL_RULES, Loaded, load_rules, read_placeholders
from codedark.cli.home_hint import remember_home
from codedark.store.rule_cache import RuleCache

RulesOption = Annotated[
    list[str],
    typer.Option(
        "--rules",
        help=f"Folder or file of Sigma rules; may be repeated. '{HOSPITAL_RULES}' are the rules that come along.",
    ),
]
HospitalOption = Annotated[
    Path | None,
    typer.Option("--hospital", help="hospital.yaml with values for the placeholders of rules."),
]
HomeOption = Annotated[
    Path,
    typer.Option(
        "--home",
        envvar="CODEDARK_HOME",
        callback=remember_home,
        help="Folder of this installation; its hospital.yaml is used.",
    ),
]


class Output(StrEnum):
    """How something is told on standard output."""

    TABLE = "table"
    JSON = "json"


class Language(StrEnum):
    """Languages of printed pages."""

    EN = "en"
    NL = "nl"
    FR = "fr"
    DE = "de"


OutputOption = Annotated[Output, typer.Option("--format", help="Of standard output.")]
DEFAULT_HOME = Path("codedark-home")
DEFAULT_RULES = [HOSPITAL_RULES]


def placeholders_of(hospital: Path | None, home: Path) -> Mapping[str, Sequence[str]]:
    """The placeholder values of the named hospital.yaml, else of the one at home, else none."""
    path = hospital or home / "hospital.yaml"
    return read_placeholders(path) if hospital or path.exists() else {}


def rules_with_progress(sources: Sequence[str], placeholders: Mapping[str, Sequence[str]]) -> Loaded:
    """Load rules; the first time, while they are compiled, a bar on stderr says how far it is."""
    with progress_bar("compiling rules", MofNCompleteColumn()) as update:
        return load_rules(sources, placeholders, RuleCache(cache_folder()), update)


def cache_folder() -> Path:
    """``CODEDARK_CACHE``, else the user's cache folder."""
    named = os.environ.get("CODEDARK_CACHE")
    user = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(named) if named else Path(user) / "codedark"


@contextmanager
def progress_bar(title: str, *columns: MofNCompleteColumn | TextColumn) -> Iterator[_Update]:
    """A bar on stderr, when that is a terminal and there is something to show."""
    console = Console(stderr=True)
    bar = Progress(TextColumn(title), BarColumn(), *columns, TimeRemainingColumn(), console=console, transient=True)
    update = _Update(bar, shown=console.is_terminal)
    try:
        yield update
    finally:
        update.end()


class _Update:
    """Moves a bar; ``note`` stands beside it. The bar appears with the first move."""

    def __init__(self, bar: Progress, *, shown: bool) -> None:
        self._bar = bar
        self._shown = shown
        self._task = bar.add_task("", total=None, note="")

    def end(self) -> None:
        """Take the bar away; where none was shown that would leave an empty line."""
        if self._shown:
            self._bar.stop()

    def __call__(self, done: int, in_all: int, note: str = "") -> None:
        if self._shown:
            self._bar.start()
            self._bar.update(self._task, completed=done, total=in_all, note=note)
