"""Programs that stand beside a test: waited for by what they do, never by the clock, and gone at its end."""

from __future__ import annotations

import random
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import cycle
from socketserver import BaseServer
from typing import Final, TypeVar

Server = TypeVar("Server", bound=BaseServer)

PATIENCE_SECONDS: Final = 60.0
"""For what is certain to come, on a machine however busy: who waits for it in vain has found a fault."""

_PORTS: Final = cycle(random.SystemRandom().sample(range(12_000, 32_000), 20_000))


def comes(is_so: Callable[[], object], seconds: float = PATIENCE_SECONDS, pause_seconds: float = 0.02) -> bool:
    """Whether something comes to be so in time."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(pause_seconds)
    return True


def free_port() -> int:
    """A port of this machine that nobody has, and that nobody gets by chance before it is used: it is below those that
    the kernel gives to connections (ip_local_port_range), and each is given once.
    """
    while True:
        port = next(_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def end(program: subprocess.Popen[bytes], seconds: float = 10.0) -> None:
    """Have it end in order, and where it does not, at once: whoever started us may ignore SIGTERM, and so does it."""
    program.terminate()
    try:
        program.wait(seconds)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """A server of Python's own that answers in a thread, and is gone at the end."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
