"""OpenC2 over HTTPS: one command out, one response back, within a limit of time and of size.

Source: OASIS Specification for Transfer of OpenC2 Messages via HTTPS 1.1 (3.2.2 the path, 3.2.3 TLS, 3.3.3 the id).
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec

from codedark.enforce.contract import DeviceFailed, DeviceId
from codedark.enforce.openc2.messages import Command, Response, understood, written
from codedark.errors import UnusableInput, UsageError

PATH: Final = "/.well-known/openc2"
CONTENT_TYPE: Final = "application/openc2+json;version=1.0"
_PATIENCE_SECONDS: Final = 10.0
_MOST_ANSWER_BYTES: Final = 1 << 20


class Unanswered(DeviceFailed):
    """A command may have arrived, and no whole answer came back."""


def trust(authority: Path | None = None, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    """Whom we believe (``authority``, or those that this machine believes), and who we are. Raises `UnusableInput`."""
    try:
        context = ssl.create_default_context(cafile=None if authority is None else str(authority))
        if certificate is not None:
            context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise UnusableInput(f"the certificates cannot be read ({error}); give files in PEM") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Transfer:
    """A way to the consumer ``device`` at ``host`` and ``port``. ``token`` is sent as a bearer token (RFC 6750) if it
    is not "", and stands in no message of ours. Raises `UsageError` for a token that cannot be sent.
    """

    def __init__(
        self,
        device: DeviceId,
        host: str,
        port: int,
        context: ssl.SSLContext,
        token: str = "",
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        if not (token.isascii() and (token.isprintable() or not token)):
            raise UsageError(f"{device}: its token has characters that HTTP refuses: look at the file of the token")
        self._device = device
        self._host, self._port, self._context = host, port, context
        self._token = token
        self._patience_seconds = patience_seconds

    def ask(self, command: Command) -> Response:
        """Give a command; one that remains without an answer is given once more, with the same id, so that a consumer
        that keeps ids does it once. Raises `DeviceFailed`.
        """
        request_id = str(uuid4())
        body = written(command, request_id, time.time_ns() // 1_000_000)
        try:
            return self._post(body, request_id)
        except Unanswered:
            return msgspec.structs.replace(self._post(body, request_id), repeated=True)

    def _post(self, body: bytes, request_id: str) -> Response:
        headers = {"Content-Type": CONTENT_TYPE, "Accept": CONTENT_TYPE, "X-Request-ID": request_id}
        headers |= {"Cache-Control": "no-cache", "User-Agent": "codedark"}
        headers |= {"Authorization": f"Bearer {self._token}"} if self._token else {}
        begun = time.monotonic()
        try:
            with self._connected() as connection:
                connection.request("POST", PATH, body, headers)
                with connection.getresponse() as answer:
                    said = answer.read(_MOST_ANSWER_BYTES + 1)
            if time.monotonic() - begun >= self._patience_seconds:
                raise TimeoutError("it is too slow")
        except (OSError, HTTPException) as error:
            raise Unanswered(
                f"{self._device}: no whole answer came within {self._patience_seconds:g} s"
                f" ({error or type(error).__name__}); what it has done is not known"
            ) from error
        if len(said) > _MOST_ANSWER_BYTES:
            raise DeviceFailed(f"{self._device}: answers with more than {_MOST_ANSWER_BYTES} bytes; that is no OpenC2")
        try:
            return understood(said, request_id, answer.headers.get("X-Request-ID", ""))
        except ValueError as error:
            if answer.status != 200:
                return Response(answer.status, f"by HTTP alone: {answer.reason}")
            raise DeviceFailed(f"{self._device}: what it answers {error}; what it has done is not known") from error

    @contextmanager
    def _connected(self) -> Iterator[HTTPSConnection]:
        """A connection whose certificate is good; it is shut when time is up, however slowly the other end sends."""
        connection = HTTPSConnection(self._host, self._port, timeout=self._patience_seconds, context=self._context)
        try:
            try:
                connection.connect()
            except ssl.SSLCertVerificationError as error:
                raise DeviceFailed(
                    f"{self._device}: {self._host} shows a certificate that is not to be believed"
                    f" ({error.verify_message}); nothing was sent"
                ) from error
            except OSError as error:
                raise DeviceFailed(
                    f"{self._device}: {self._host}:{self._port} cannot be reached ({error}); nothing was sent"
                ) from error
            alarm = threading.Timer(self._patience_seconds, _shut, (connection.sock,))
            alarm.daemon = True
            alarm.start()
            try:
                yield connection
            finally:
                alarm.cancel()
        finally:
            connection.close()


def _shut(connected: socket.socket) -> None:
    """End a connection under whoever waits on it."""
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
