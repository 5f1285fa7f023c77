"""Ctrl-C that stops a command at once, but never between two things that belong together."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ctrl-C waits, and a process that is forked meanwhile never hears it: the parent does, and ends its workers."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def hearing(handler: Callable[[int, FrameType | None], Any], *numbers: int) -> Iterator[None]:
    """Have ``handler`` hear signals in here, and after it whoever heard them before."""
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, heard in before.items():
            signal.signal(number, heard)


class Interruption:
    """Raises KeyboardInterrupt on SIGINT, except within `held`: there it waits for the end of it."""

    def __init__(self) -> None:
        self._held = False
        self._waits = False

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen to SIGINT in here, where this thread is the one that hears signals."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._hear)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    @contextmanager
    def held(self) -> Iterator[None]:
        """What is done in here is done to its end before an interruption is raised."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._waits:
            self._waits = False
            raise KeyboardInterrupt

    def _hear(self, _signal: int, _frame: FrameType | None) -> None:
        if not self._held:
            raise KeyboardInterrupt
        self._waits = True
