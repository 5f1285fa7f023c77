"""One JSON document posted to one URL, signed, over TLS that is verified. Redirects are not followed."""

from __future__ import annotations

import hmac
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection, InvalidURL
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from codedark.errors import UsageError
from codedark.exchange.sender import NotDelivered

SIGNATURE: Final = "Codedark-Signature"
"""``t=SECONDS,v1=HEX``: HMAC-SHA256 (RFC 2104) with the shared secret over ``SECONDS.BODY``. The time is in it so that
an old request that somebody kept can be told from a new one.
"""
_MOST_ANSWER_BYTES: Final = 2_000
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where documents are posted. ``url`` and ``secret`` give what they name when it is needed: an URL can be a secret
    too, and is never shown beyond its host. ``headers`` go with each request.
    """

    url: Callable[[], str] = field(repr=False)
    secret: Callable[[], str] | None = field(default=None, repr=False)
    headers: Callable[[], Mapping[str, str]] = field(default=dict, repr=False)
    authorities: Path | None = None
    timeout_seconds: float = 10.0


class Webhook:
    """Posts documents to an endpoint, each over a connection of its own."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Post the JSON ``body``. Raises `NotDelivered` for any answer but 2xx."""
        url = usable_url(self._endpoint.url())
        signed = {} if self._endpoint.secret is None else {SIGNATURE: signature(self._endpoint.secret(), body)}
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        all_headers = {"Content-Type": "application/json", "User-Agent": "codedark"}
        all_headers |= {**self._endpoint.headers(), **headers, **signed}
        with self._connected(url) as connection:
            connection.request("POST", path, body, all_headers)
            answer = connection.getresponse()
            said = answer.read(_MOST_ANSWER_BYTES)
        if not 200 <= answer.status < 300:
            why = "a redirect, which is not followed" if 300 <= answer.status < 400 else _shown(said)
            raise NotDelivered(f"{url.hostname}: {answer.status} {answer.reason}: {why}")

    def probe(self) -> None:
        """Connect without a request. Raises `NotDelivered`."""
        with self._connected(usable_url(self._endpoint.url())) as connection:
            connection.connect()

    @contextmanager
    def _connected(self, url: SplitResult) -> Iterator[HTTPConnection]:
        host, port, seconds = url.hostname or "", url.port, self._endpoint.timeout_seconds
        connection: HTTPConnection
        try:
            if url.scheme == "https":
                trust = ssl.create_default_context(cafile=self._endpoint.authorities)
                connection = HTTPSConnection(host, port, timeout=seconds, context=trust)
            else:
                connection = HTTPConnection(host, port, timeout=seconds)
            try:
                yield connection
            finally:
                connection.close()
        except OSError as error:
            raise NotDelivered(f"{host}: {error or type(error).__name__}") from error
        except (InvalidURL, ValueError):
            # What these say has the URL or the header in it, which may be a secret.
            raise NotDelivered(f"{host}: the URL, or a secret for a header, has characters that HTTP refuses") from None
        except HTTPException as error:
            raise NotDelivered(f"{host}: {error or type(error).__name__}") from error


def usable_url(text: str) -> SplitResult:
    """The URL, when it is one that may be posted to: ``https``, or ``http`` on this machine. Raises `UsageError`."""
    try:
        url = urlsplit(text.strip())
        host = url.hostname or ""
        _ = url.port
    except ValueError as error:
        raise UsageError("the URL of a webhook cannot be read: write it as https://HOST/PATH") from error
    if url.scheme == "https" and host:
        return url
    if url.scheme == "http" and _is_here(host):
        return url
    raise UsageError(
        f"the URL of a webhook at {host or '(no host)'} is not https: only http://127.0.0.1 may go without"
    )


def signature(secret: str, body: bytes, at_seconds: int | None = None) -> str:
    """The value of `SIGNATURE` for ``body``, now or at ``at_seconds`` since 1970."""
    at = int(time.time()) if at_seconds is None else at_seconds
    return f"t={at},v1={hmac.new(secret.encode(), b'%d.%s' % (at, body), 'sha256').hexdigest()}"


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(answer: bytes) -> str:
    return " ".join(answer.decode("utf-8", "replace").split())[:_SHOWN] or "nothing was said about it"
