"""Ctrl-C while modules load: the program ends at once, because not all libraries bear an exception then."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def loading() -> Iterator[None]:
    """Import in here. A SIGINT that is ignored, or that somebody listens to, stays so."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    yield
    signal.signal(signal.SIGINT, before)


def _stop(_number: int, _frame: FrameType | None) -> None:
    os.write(2, b"codedark: stopped\n")
    os._exit(130)  # as any command that is stopped
