"""Errors of our own that one thing's data meet: said in a sentence, and nothing else waits for that thing.

What came in is on disk, and whoever reads it meets the same error again after each start: without this, one record, one
patient or one ward would end the work for all others, for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from traceback import extract_tb


@contextmanager
def apart(tell: Callable[[str], None], ending: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Do what is about one thing alone; where that meets an error of ours, ``tell`` hears `own_error`.

    Raises MemoryError, and what is of a class in ``ending``: those say nothing about the one thing.
    """
    try:
        yield
    except MemoryError:
        raise
    except ending:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is would come again; it is told, and the others go on
        tell(own_error(error))


def own_error(error: Exception) -> str:
    """What kind of error, and where in our code; not its message, in which there may be what a record says."""
    frames = extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"an error of Code Dark itself: {type(error).__name__}{place}"
