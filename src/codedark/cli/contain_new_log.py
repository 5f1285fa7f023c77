"""`codedark contain new-log`: a new case log in the place of one that is damaged."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from codedark.app.enforcing.damaged_log import new_log
from codedark.app.untrusted import one_line
from codedark.cli.options import DEFAULT_HOME, HomeOption
from codedark.errors import UsageError


def new_log_(
    by: Annotated[str, typer.Option("--by", help="Who does it, so that it can be asked later.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Begin a new case log where the old one is damaged, with what can still be read of it; the old one is kept.

    What it tells of is kept and taken back as before. Whatever people approved and is not begun is approved anew.
    """
    if not (told := new_log(home, by)):
        raise UsageError(f"{home}: the case log is whole, and goes on")
    sys.stdout.write(f"{one_line(told[:1].upper() + told[1:])}.\n")
