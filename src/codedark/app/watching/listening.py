"""The ears of `serve`: every source that the configuration names, made, begun and ended together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from ssl import SSLContext
from typing import Final, Protocol
from urllib.parse import urlsplit

from codedark.app.watching.configuration import Configuration, Limits, Syslog, Tls
from codedark.errors import UsageError
from codedark.ingest.live.http_body import identity_in
from codedark.ingest.live.intake import Intake
from codedark.ingest.live.stats import Board
from codedark.ingest.live.tail import Tail
from codedark.ingest.live.tcp import TcpLimits, TcpListener
from codedark.ingest.live.tls import server_context
from codedark.ingest.live.udp import UdpLimits, UdpListener
from codedark.store.journal.follower import Follower
from codedark.store.journal.segment import segments

SYSLOG_PORTS: Final = {"udp": 514, "tcp": 514, "tls": 6514}
"""RFC 5426, 3.3; RFC 6587 names none, and 514 is usual; RFC 5425, 4.1."""

_LAST_SEGMENTS: Final = 2
"""Ten minutes at 3,000 records a second are more than one segment only where records are large."""


class Ear(Protocol):
    """One source."""

    @property
    def board(self) -> Board:
        """Its counts."""

    async def start(self) -> None:
        """Begin. Raises `UsageError` where that is not possible."""

    async def stop(self) -> None:
        """End, when what was read has been handed over."""


class Listening:
    """All ears by name."""

    def __init__(self, ears: Mapping[str, Ear]) -> None:
        self._ears = dict(ears)
        self._begun: list[Ear] = []

    def add(self, name: str, ear: Ear) -> None:
        """One more ear, not begun."""
        self._ears[name] = ear

    def boards(self) -> Iterator[tuple[str, Board]]:
        """What each has heard."""
        return ((name, ear.board) for name, ear in self._ears.items())

    async def start(self) -> None:
        """Begin all; raises `UsageError` for the first that cannot."""
        for ear in self._ears.values():
            await ear.start()
            self._begun.append(ear)

    async def stop(self) -> None:
        """End all that were begun."""
        await asyncio.gather(*(ear.stop() for ear in self._begun))
        self._begun.clear()


def listening(home: Path, told: Configuration, intake: Intake, marks: Mapping[str, bytes]) -> Listening:
    """The ears that a configuration names, not begun. ``marks`` say where files were left. Raises `UsageError`."""
    ears: dict[str, Ear] = {each.listen: _syslog(home, each, told.limits, intake) for each in told.syslog}
    for number, follow in enumerate(told.files, 1):
        patterns = [str(home / path) for path in follow.paths]
        ears[f"files {number}: {', '.join(follow.paths)}"] = Tail(
            intake,
            patterns,
            marks,
            follow.format,
            told.limits.most_record_bytes,
            from_end=not follow.from_start and not marks,
        )
    return Listening(ears)


def context_of(home: Path, tls: Tls, refused: Callable[[str], None] | None = None) -> SSLContext:
    """The TLS context of a table of the configuration; ``refused`` hears why a handshake failed. Raises
    `UsageError`.
    """
    authorities = home / tls.client_ca if tls.client_ca else None
    return server_context(home / tls.certificate, home / tls.key, authorities, refused)


def address_of(listen: str, usual_port: int = 0) -> tuple[str, int]:
    """Host and port of ``udp://0.0.0.0:514`` or ``127.0.0.1:8440``. Raises `UsageError`."""
    parts = urlsplit(listen if "://" in listen else f"//{listen}")
    try:
        port = parts.port or usual_port
    except ValueError as error:
        raise UsageError(f"{listen}: the port is no number from 1 to 65535") from error
    if not parts.hostname or not port:
        raise UsageError(f"{listen}: write an address and a port, as in udp://0.0.0.0:514")
    return parts.hostname, port


def _syslog(home: Path, told: Syslog, limits: Limits, intake: Intake) -> Ear:
    scheme = told.listen.partition("://")[0]
    host, port = address_of(told.listen, SYSLOG_PORTS[scheme])
    if scheme == "udp":
        return UdpListener(
            intake, host, port, told.format, UdpLimits(bytes_per_second=float(limits.most_bytes_a_second))
        )
    context = context_of(home, told.tls) if told.tls else None
    allowed = TcpLimits(
        record_bytes=limits.most_record_bytes,
        connections=limits.most_connections,
        connections_per_address=limits.most_connections_per_address,
        bytes_per_second=float(limits.most_bytes_a_second),
        in_flight_bytes=limits.most_waiting_bytes,
        idle_seconds=limits.idle_seconds,
    )
    return TcpListener(intake, host, port, told.format, context, allowed)


def bodies_in(journal: Path, now_us: int) -> list[tuple[str, str, float]]:
    """The HTTP bodies in the end of a journal: client, digest, and how many seconds ago they came.

    A client that heard nothing before a crash sends again, and must not be taken twice.
    """
    ends = segments(journal)[-_LAST_SEGMENTS:]
    if not ends:
        return []
    follower = Follower(journal, ends[0].first, lambda _damage: None)
    found = []
    while parcels := follower.read():
        for parcel in parcels:
            identity = identity_in(parcel.mark) if parcel.mark and parcel.source.startswith("http") else None
            if identity:
                found.append((*identity, max(now_us - parcel.arrived_us, 0) / 1e6))
    follower.close()
    return found
