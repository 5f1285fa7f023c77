"""The body of a request: read within limits of size and time, unpacked within limits, known again when sent again."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import orjson
import zstandard
from starlette.requests import ClientDisconnect, Request

REMEMBERED_SECONDS: Final = 600.0
"""For how long a body is known again: clients try again within seconds to minutes."""
_MOST_REMEMBERED: Final = 100_000
_WINDOW_BYTES: Final = 1 << 27
_ZSTD_STEP_BYTES: Final = 1 << 10
_THREAD_BYTES: Final = 1 << 16
"""Unpacking more than this is done beside the event loop."""


class Refused(Exception):
    """A request that is not taken: HTTP ``status``, and why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


async def read_body(request: Request, most_bytes: int, most_seconds: float) -> bytes:
    """The body as it was sent. Raises `Refused`: 413 for one that is too large, 408 for one that takes too long."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most_bytes:
        raise Refused(413, f"a body of {int(declared):,} bytes: at most {most_bytes:,} are taken")
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(most_seconds):
            async for part in request.stream():
                size += len(part)
                if size > most_bytes:
                    raise Refused(413, f"a body of more than {most_bytes:,} bytes")
                parts.append(part)
    except TimeoutError as error:
        raise Refused(408, f"the body had not come after {most_seconds:g} seconds") from error
    except ClientDisconnect as error:
        raise Refused(400, "the connection ended within the body") from error
    return b"".join(parts)


async def unpacked(body: bytes, encoding: str, most_bytes: int) -> bytes:
    """``body`` without its Content-Encoding. Raises `Refused`: 400, 413 where it grows too large, 415."""
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return body
    unpack = {"gzip": _gunzip, "x-gzip": _gunzip, "deflate": _gunzip, "zstd": _unzstd}.get(name)
    if unpack is None:
        raise Refused(415, f"Content-Encoding {name[:40]}: gzip, deflate and zstd are known")
    if len(body) < _THREAD_BYTES:
        return unpack(body, most_bytes)
    return await asyncio.to_thread(unpack, body, most_bytes)


def _gunzip(body: bytes, most_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while body:
        # 32 added to the window bits means: zlib or gzip, by the header.
        decoder = zlib.decompressobj(zlib.MAX_WBITS | 32)
        try:
            part = decoder.decompress(body, most_bytes - size + 1)
        except zlib.error as error:
            raise Refused(400, f"the compressed body is damaged: {error}") from error
        size += len(part)
        if size > most_bytes:
            raise Refused(413, f"the body unpacks to more than {most_bytes:,} bytes")
        if not decoder.eof:
            raise Refused(400, "the compressed body breaks off")
        parts.append(part)
        body = decoder.unused_data
    return b"".join(parts)


def _unzstd(body: bytes, most_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while body:
        decoder = zstandard.ZstdDecompressor(max_window_size=_WINDOW_BYTES).decompressobj()
        # A block of four bytes may unpack to 128 KiB (RFC 8878, 3.1.1.2), so little is given at a time.
        for start in range(0, len(body), _ZSTD_STEP_BYTES):
            try:
                part = decoder.decompress(body[start : start + _ZSTD_STEP_BYTES])
            except zstandard.ZstdError as error:
                raise Refused(400, f"the compressed body is damaged: {error}") from error
            size += len(part)
            if size > most_bytes:
                raise Refused(413, f"the body unpacks to more than {most_bytes:,} bytes")
            parts.append(part)
            if decoder.eof:
                body = decoder.unused_data + body[start + _ZSTD_STEP_BYTES :]
                break
        else:
            raise Refused(400, "the compressed body breaks off")
    return b"".join(parts)


def digest(body: bytes) -> str:
    """What a body is known again by."""
    return hashlib.sha256(body).hexdigest()


class Recent:
    """Bodies that were taken within the last ten minutes, by client and digest.

    A client that had no answer sends again what is on disk already; it is answered and not taken twice. While the
    first is still being written, the second waits for it. ``known``: (client, digest, seconds ago) of before the start.
    """

    def __init__(self, clock: Callable[[], float], known: Iterable[tuple[str, str, float]] = ()) -> None:
        self._clock = clock
        self._taken: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._under_way: dict[tuple[str, str], asyncio.Future[None]] = {}
        for client, sha256, ago_seconds in sorted(known, key=lambda each: -each[2]):
            self._taken[client, sha256] = clock() - ago_seconds

    async def once(self, client: str, sha256: str, take: Callable[[], Awaitable[None]]) -> bool:
        """Run ``take`` unless the same was taken already; whether it was run. Raises what ``take`` raises."""
        key = (client, sha256)
        while (other := self._under_way.get(key)) is not None:
            await asyncio.wait([other])
        self._forget()
        if key in self._taken:
            return False
        done = self._under_way[key] = asyncio.get_running_loop().create_future()
        try:
            await take()
            self._taken[key] = self._clock()
        finally:
            del self._under_way[key]
            done.set_result(None)
        return True

    def _forget(self) -> None:
        """Let go of what is too old, or too much."""
        oldest = self._clock() - REMEMBERED_SECONDS
        while self._taken:
            key, at = next(iter(self._taken.items()))
            if at >= oldest and len(self._taken) <= _MOST_REMEMBERED:
                return
            del self._taken[key]


def identity_mark(client: str, sha256: str) -> bytes:
    """The identity of a body as `Cut.mark` carries it."""
    return orjson.dumps({"client": client, "sha256": sha256})


def identity_in(mark: bytes) -> tuple[str, str] | None:
    """The client and digest in a mark, for `Recent` after a restart; None where it is no mark of a body."""
    try:
        said = orjson.loads(mark)
        return str(said["client"]), str(said["sha256"])
    except (orjson.JSONDecodeError, TypeError, KeyError):
        return None
