"""Work without the collector of circular garbage: for what leaves none, and makes a million objects to walk through."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MUCH: Final = 100_000
"""Objects. With so many that are new, the collector would begin by walking through all of them."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Until the end of the block; within another one, until the end of that.

    Much that was made in it counts as old from then on: it is walked through when all is, and not at once.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > MUCH and not gc.get_freeze_count():  # what others froze must not thaw
            gc.freeze()
            gc.unfreeze()
        if was_enabled:
            gc.enable()
