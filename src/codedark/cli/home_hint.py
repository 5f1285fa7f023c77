"""Commands that are suggested carry the `--home` that was given: without it they would look at another folder.

Sentences are made far from the command line, so this is done where they are printed.
"""

from __future__ import annotations

import re
import shlex
from contextvars import ContextVar
from pathlib import Path
from typing import Final

import typer

_GIVEN: Final[ContextVar[Path | None]] = ContextVar("given", default=None)
_SUGGESTED: Final = re.compile(
    r"codedark (?:contain (?:approver |standing )?[a-z][a-z-]*|incident [a-z]+|serve|search|doctor)\b"
    r"(?![-\w])(?![^`;]*--home)"
)


def remember_home(context: typer.Context, parameter: typer.CallbackParam, home: Path) -> Path:
    """Callback of the option: whether the home was given with this command; the environment outlives it."""
    source = context.get_parameter_source(parameter.name or "")
    _GIVEN.set(home if source and source.name == "COMMANDLINE" else None)
    return home


def with_home(text: str) -> str:
    """A sentence whose suggested commands name the home, if this command was given one."""
    home = _GIVEN.get()
    if home is None:
        return text
    option = f" --home {shlex.quote(str(home))}"
    return _SUGGESTED.sub(lambda found: found[0] + option, text)
