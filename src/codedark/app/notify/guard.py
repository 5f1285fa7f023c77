"""A channel held to a deadline, and what is known of its health. A channel that hangs must not hold up the others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from codedark.app.notify.message import Notice
from codedark.app.notify.schedule import BackOff
from codedark.errors import CodeDarkError
from codedark.exchange.sender import NotDelivered

_PROBE_SECONDS: Final = 5.0


class Channel(Protocol):
    """A way to tell people."""

    @property
    def name(self) -> str:
        """By which it is named in settings, deliveries and logs."""

    @property
    def always(self) -> bool:
        """Whether it gets every alarm, and not only those that no channel before it took."""

    def send(self, notice: Notice) -> str:
        """Deliver; what the other side remarked, "" for nothing. Raises `CodeDarkError`, mostly `NotDelivered`."""

    def probe(self) -> None:
        """Reach the other side without a message. Raises `CodeDarkError`, mostly `NotDelivered`."""


@dataclass(slots=True)
class Health:
    """Failures in a row, the reason of the last, and until when the channel is left alone. No failure is healthy.

    ``answers`` says that a probe reached it since: it is tried with the next alarm, and not probed again.
    """

    failures: int = 0
    not_before_us: int = 0
    said: str = ""
    answers: bool = False


class Guarded:
    """A channel with a deadline for everything it does, in seconds, whatever its own timeouts are."""

    def __init__(self, channel: Channel, deadline_seconds: float, back_off: BackOff) -> None:
        self.channel = channel
        self.health = Health()
        self._deadline_seconds = deadline_seconds
        self._back_off = back_off
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """The channel's name."""
        return self.channel.name

    def send(self, notice: Notice) -> str:
        """As `Channel.send`. Raises `NotDelivered`."""
        return self._within(self._deadline_seconds, partial(self.channel.send, notice))

    def probe(self) -> str:
        """As `Channel.probe`, and for a shorter time, because alarms may be waiting. Raises `NotDelivered`."""
        return self._within(min(_PROBE_SECONDS, self._deadline_seconds), self._probed)

    def _probed(self) -> str:
        self.channel.probe()
        return ""

    def worked(self) -> None:
        """Note that it works."""
        self.health = Health()

    def failed(self, now_us: int, said: str) -> None:
        """Note that it does not, and leave it alone for longer than the time before."""
        failures = self.health.failures + 1
        self.health = Health(failures, now_us + self._back_off.pause_us(failures), said)

    def _within(self, seconds: float, call: Callable[[], str]) -> str:
        # A thread that does not end cannot be stopped; being a daemon, it does not hold up the end of the process.
        if self._thread is not None and self._thread.is_alive():
            raise NotDelivered(f"{self.name}: still hangs in the attempt before")
        ends: list[str | CodeDarkError] = []

        def run() -> None:
            try:
                ends.append(call())
            except CodeDarkError as error:
                ends.append(error)

        self._thread = threading.Thread(target=run, name=f"channel {self.name}", daemon=True)
        self._thread.start()
        self._thread.join(seconds)
        if self._thread.is_alive():
            raise NotDelivered(f"{self.name}: no end after {seconds:g} s")
        match ends:
            case [str(said)]:
                return said
            case [CodeDarkError() as error]:
                raise NotDelivered(str(error)) from error
        raise NotDelivered(f"{self.name}: ended by an error of Code Dark itself: its traceback is on stderr")
