"""`codedark contain keep`: have stand what stands, warn of its end, end it in time."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from codedark.app.enforcing.alarming import deliver, tell
from codedark.app.enforcing.keeping import Keeper
from codedark.app.enforcing.reading import wall_clock_us
from codedark.app.interruption import hearing
from codedark.app.untrusted import one_line
from codedark.cli.options import DEFAULT_HOME, HomeOption
from codedark.errors import CodeDarkError


def keep(
    home: HomeOption = DEFAULT_HOME,
    once: Annotated[bool, typer.Option("--once", help="One heartbeat, then end.")] = False,
) -> None:
    """Keep what stands: renew leases, warn before the end, end in time. Runs until Ctrl-C; then leases run out.

    Where `codedark serve` runs with devices in [enforce], it does this itself.
    """
    keeper = Keeper(home)
    ending = threading.Event()
    if not once:
        sys.stderr.write(f"codedark: keeping, with a heartbeat every {keeper.pause_seconds:g} s; Ctrl-C ends it\n")
    with hearing(lambda *_: ending.set(), signal.SIGINT, signal.SIGTERM):
        while True:
            beat = keeper.beat()
            for sentence in (*beat.told, *told_loudly(home, beat.loud)):
                sys.stdout.write(f"{one_line(sentence)}\n")
            sys.stdout.flush()
            if once or ending.wait(keeper.pause_seconds):
                break
    if not once:
        sys.stderr.write(
            "codedark: stopped; what stands ends by itself when its leases run out, unless somebody keeps it\n"
        )


def told_loudly(home: Path, sentences: Sequence[str]) -> list[str]:
    """Make an alarm of sentences, and deliver what waits where no watch does; what could not be done."""
    wrong = []
    if sentences:
        try:
            tell(home, sentences, wall_clock_us())
        except (CodeDarkError, OSError) as error:
            wrong.append(f"no alarm could be made of it: {error}")
    return [*wrong, *filter(None, [deliver(home, wall_clock_us())])]
