"""The folder of a simulation: new, and marked as incomplete until all of it is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from codedark.errors import CodeDarkError, UsageError

INCOMPLETE = "INCOMPLETE"
"""Name of the file that marks a folder in which a simulation has begun and not ended."""
_WORDS = "A simulation began to write this folder. While this file is here it has not ended: it runs, or was stopped.\n"


def refuse_unless_empty(out: Path) -> None:
    """Raise `UsageError` where ``out`` holds anything, or is no folder."""
    if (out / INCOMPLETE).exists():
        raise UsageError(f"{out}: was left by a simulation that was stopped: delete it, or name another")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out}: is not an empty folder; a simulation never writes over anything: name another")


@contextmanager
def new_folder(out: Path) -> Iterator[None]:
    """Make ``out``; it is marked as incomplete until what is done in here ends well.

    Raises `CodeDarkError` where something cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / INCOMPLETE).write_text(_WORDS)
        yield
        (out / INCOMPLETE).unlink()
    except OSError as error:
        where = error.filename or out
        raise CodeDarkError(f"{where}: {error.strerror or error}; {out} is incomplete: delete it") from error
