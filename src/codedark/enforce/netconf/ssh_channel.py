"""A subsystem of a device over SSH, carried by the OpenSSH client: bytes out, bytes in, within a limit of time.

OpenSSH knows every key exchange that devices speak and is kept up by every distribution. Only keys let us in, only a
host key that stands in the file of known hosts is believed, and no file of the user who runs this has a say.
"""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from codedark.enforce.contract import DeviceFailed, DeviceId

SSH: Final = shutil.which("ssh") or "/usr/bin/ssh"
_READ_BYTES: Final = 1 << 16
_MOST_COMPLAINT_BYTES: Final = 4096
_GOODBYE_SECONDS: Final = 0.5


class Unanswered(DeviceFailed):
    """Time is up, and the channel still stands."""


@dataclass(frozen=True, slots=True)
class SshTarget:
    """Where and as whom: ``identity`` is the file of our private key, ``known_hosts`` one with the key of the host."""

    host: str
    user: str
    identity: Path
    known_hosts: Path
    port: int = 830

    def command(self, subsystem: str, patience_seconds: float) -> list[str]:
        """The client's command line. No word of it comes from a device."""
        options = {
            "BatchMode": "yes",
            "StrictHostKeyChecking": "yes",
            "UserKnownHostsFile": str(self.known_hosts),
            "GlobalKnownHostsFile": "none",
            "UpdateHostKeys": "no",
            "IdentitiesOnly": "yes",
            "PreferredAuthentications": "publickey",
            "ForwardAgent": "no",
            "ClearAllForwardings": "yes",
            "LogLevel": "ERROR",
            "ConnectTimeout": str(max(1, round(patience_seconds))),
        }
        named = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
        where = ["-p", str(self.port), "-i", str(self.identity), "-l", self.user, "-s"]
        return [SSH, "-F", "none", "-T", *named, *where, "--", self.host, subsystem]


class SshChannel:
    """One running client; ended at the end of the `with`. ``inherited`` are open files that it keeps open.

    Every method raises `Unanswered` when time is up, and `DeviceFailed` when the channel has ended.
    """

    def __init__(
        self,
        device: DeviceId,
        target: SshTarget,
        subsystem: str,
        patience_seconds: float,
        inherited: tuple[int, ...] = (),
    ) -> None:
        self._device = device
        self._host = target.host
        self._command = target.command(subsystem, patience_seconds)
        self._patience_seconds = patience_seconds
        self._inherited = inherited
        self._complaint = b""

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        try:
            self._client = subprocess.Popen(  # noqa: S603 - a fixed program without a shell
                self._command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, pass_fds=self._inherited
            )
        except OSError as error:
            raise DeviceFailed(f"{self._device}: the ssh client does not start ({error}); install OpenSSH") from error
        assert self._client.stdin is not None
        assert self._client.stdout is not None
        assert self._client.stderr is not None
        self._stdin, self._stdout, self._stderr = self._client.stdin, self._client.stdout, self._client.stderr
        for stream in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(stream.fileno(), False)
        return self

    def __exit__(self, *_: object) -> None:
        self._stdin.close()
        try:
            self._client.wait(_GOODBYE_SECONDS)
        except subprocess.TimeoutExpired:
            self._client.kill()
            self._client.wait()
        self._stdout.close()
        self._stderr.close()

    def deadline(self, share: float = 1.0) -> float:
        """By when an exchange that begins now has to be over, in some ``share`` of our patience."""
        return time.monotonic() + share * self._patience_seconds

    def send(self, message: bytes, deadline: float) -> None:
        """Have all of it on its way."""
        rest = memoryview(message)
        while rest:
            self._ready(self._stdin.fileno(), selectors.EVENT_WRITE, deadline)
            try:
                rest = rest[os.write(self._stdin.fileno(), rest[:_READ_BYTES]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._ended() from error

    def receive(self, deadline: float) -> bytes:
        """What comes next, at least one byte."""
        self._ready(self._stdout.fileno(), selectors.EVENT_READ, deadline)
        if not (said := os.read(self._stdout.fileno(), _READ_BYTES)):
            raise self._ended()
        return said

    def _ready(self, descriptor: int, event: int, deadline: float) -> None:
        """Wait until one end is ready, and hear what the client complains of meanwhile."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(descriptor, event)
            waiting.register(self._stderr, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0:
                ready = [key.fd for key, _ in waiting.select(left)]
                if self._stderr.fileno() in ready and not self._hear():
                    waiting.unregister(self._stderr)
                if descriptor in ready:
                    return
        raise Unanswered(
            f"{self._device}: {self._host} did not answer within {self._patience_seconds:g} s; what it has done is not"
            " known"
        )

    def _hear(self) -> bool:
        """Keep the end of what the client complains of; whether there may be more."""
        said = os.read(self._stderr.fileno(), _READ_BYTES)
        self._complaint = (self._complaint + said)[-_MOST_COMPLAINT_BYTES:]
        return bool(said)

    def _ended(self) -> DeviceFailed:
        try:
            self._client.wait(_GOODBYE_SECONDS)
            while self._hear():
                pass
        except (subprocess.TimeoutExpired, BlockingIOError):
            pass
        lines = self._complaint.decode("utf-8", "replace").split("\n")
        said = " ".join(" ".join(lines).split())[-300:] or "nothing was said about it"
        return DeviceFailed(f"{self._device}: {self._host} ended the connection, or there was none: {said}")
