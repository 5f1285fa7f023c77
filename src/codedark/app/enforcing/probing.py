"""Whether lifelines answer, seen from this machine: a TCP connection to each, all at once."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, Protocol

_AT_ONCE: Final = 32
_TRIES: Final = 2
_MOST_NAMED: Final = 6


class Probe(NamedTuple):
    """A lifeline, and where it accepts connections."""

    name: str
    address: str
    port: int


class Lifelines(Protocol):
    """Who knows whether lifelines answer."""

    def answering(self) -> frozenset[str]:
        """The names of those that answer now."""
        ...


class TcpProbes:
    """Lifelines that accept TCP connections within ``patience_seconds``; one is asked twice before it is called silent,
    because a network loses packets also without us.
    """

    def __init__(self, probes: Iterable[Probe], patience_seconds: float = 1.5) -> None:
        self._probes = tuple(probes)
        self._patience_seconds = patience_seconds

    @property
    def names(self) -> frozenset[str]:
        """All that are asked."""
        return frozenset(each.name for each in self._probes)

    def unwatched(self, answered: frozenset[str]) -> str:
        """Whom nobody watches over while something is done, because it did not answer before; "" where all did."""
        if not self._probes:
            return "no lifeline is asked whether it answers: look at each of them yourselves, now"
        if not (silent := sorted(self.names - answered)):
            return ""
        names = ", ".join(silent[:_MOST_NAMED]) + (
            f" and {len(silent) - _MOST_NAMED} more" * (len(silent) > _MOST_NAMED)
        )
        return (
            f"lifelines did not answer from here before it began, so nothing would have noticed if they"
            f" were cut: look at each of them yourselves, now: {names}"
        )

    def answering(self) -> frozenset[str]:
        """The names of those that accept a connection now."""
        if not self._probes:
            return frozenset()
        with ThreadPoolExecutor(min(_AT_ONCE, len(self._probes))) as pool:
            answers = list(pool.map(self._answers, self._probes))
        return frozenset(probe.name for probe, answers_now in zip(self._probes, answers, strict=True) if answers_now)

    def _answers(self, probe: Probe) -> bool:
        for _ in range(_TRIES):
            try:
                socket.create_connection((probe.address, probe.port), self._patience_seconds).close()
            except OSError:
                continue
            return True
        return False
