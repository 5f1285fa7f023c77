"""An end to an exchange that never ends: a timeout of a socket begins anew with every byte that comes.

A server that sends a byte now and then would hold whoever asked for ever. Of a TLS handshake alone the timeout is for
all of it, so that is made no longer than the exchange may take; what is left behind it is watched by a timer.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from threading import Event, Timer


@contextmanager
def connected(connection: HTTPConnection, most_seconds: float) -> Iterator[HTTPConnection]:
    """The connection, open, for an exchange that may take so long at most, with its handshake; each address of a name
    is tried for so long. Raises OSError, `TimeoutError` where it took longer, and HTTPException; then it is closed.
    """
    is_over, ends = Event(), time.monotonic() + most_seconds
    connection.timeout = min(connection.timeout or most_seconds, most_seconds)

    def end(open_: socket.socket) -> None:
        is_over.set()
        with suppress(OSError):  # it has ended by itself
            open_.shutdown(socket.SHUT_RDWR)

    timer: Timer | None = None
    try:
        connection.connect()
        timer = Timer(max(0.0, ends - time.monotonic()), end, (connection.sock,))
        timer.daemon = True
        timer.start()
        yield connection
    except (OSError, HTTPException) as error:
        if is_over.is_set() or time.monotonic() >= ends:
            raise _late(most_seconds) from error
        raise
    finally:
        if timer is not None:
            timer.cancel()
        connection.close()
    if is_over.is_set():
        raise _late(most_seconds)


def _late(most_seconds: float) -> TimeoutError:
    return TimeoutError(f"took longer than {most_seconds:g} s")
