"""How a part ends that was asked to: what is nearly done it finishes first, for some seconds, and says how far it is.

What is not finished is in the journal, and taken up when `serve` is started once more; so nothing is lost either way.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from codedark.app.watching.part import Part

_SAY_SECONDS: Final = 5.0


class Ending:
    """The end of ``part``, put off by at most ``seconds`` while something waits; ``tell`` hears how much that is.

    It is not put off where the watch begins anew at once, nor where the parent is gone: another part may run soon.
    """

    def __init__(self, part: Part, seconds: float, tell: Callable[[int], None]) -> None:
        self._part, self._seconds, self._tell = part, seconds, tell
        self._since: float | None = None
        self._told = 0.0

    def has_come(self, waiting: Callable[[], int]) -> bool:
        """Whether to end now; ``waiting`` says how many records wait, and is asked only when the end was asked for."""
        if not self._part.stopped():
            return False
        now = time.monotonic()
        if self._since is None:
            self._since, self._told = now, now - _SAY_SECONDS
        left = 0 if self._part.hurried() else waiting()
        if left <= 0 or now - self._since >= self._seconds:
            return True
        if now - self._told >= _SAY_SECONDS:
            self._told = now
            self._tell(left)
        return False
