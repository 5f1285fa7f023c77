"""How we show a FHIR server who we are: a bearer token, or a client's own secret, which gets one (RFC 6749, 4.4).

A file holds either: the token on its first line, or JSON with ``token_url``, ``client_id``, ``client_secret`` and,
where wanted, ``scope``. It may be replaced while the program runs: it is read again when the server no longer knows us.
"""

from __future__ import annotations

import ssl
import time
from base64 import b64encode
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from codedark.errors import UsageError
from codedark.exchange.deadline import connected
from codedark.exchange.sender import NotAccepted, NotDelivered

_TIMEOUT_SECONDS: Final = 30.0
_MOST_BYTES: Final = 1 << 20
_EARLY_SECONDS: Final = 30.0


class _Client(msgspec.Struct, forbid_unknown_fields=True):
    token_url: str
    client_id: str
    client_secret: str
    scope: str = ""


def trusting(authorities: Path | None) -> ssl.SSLContext:
    """Whom to trust: the site's authorities in PEM, else those of this machine. Raises `UsageError`."""
    try:
        context = ssl.create_default_context(cafile=None if authorities is None else str(authorities))
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"{authorities}: no certificates of authorities in PEM: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Access:
    """Gives the token to show (`codedark.exchange.fhir_client.Bearer`). Raises `UsageError` for a file that cannot be
    read, is everybody's, or says something else; and `NotDelivered` and `NotAccepted` where no token is given out.
    """

    def __init__(self, file: Path, trust: ssl.SSLContext | None = None) -> None:
        self._file, self._trust = file, trust
        self._token, self._until = "", 0.0
        self._read()

    def __call__(self, anew: bool) -> str:
        """The token; ``anew``: the last one was refused."""
        told = self._read()
        if isinstance(told, str):
            return told
        if anew or time.monotonic() >= self._until:
            self._token, seconds = self._given(told)
            self._until = time.monotonic() + seconds - _EARLY_SECONDS
        return self._token

    def _read(self) -> str | _Client:
        try:
            if self._file.stat().st_mode & 0o007:
                raise UsageError(f"{self._file}: every user of this machine can get at it: chmod 640 {self._file}")
            text = self._file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{self._file}: it cannot be read: {error}") from error
        if not text.startswith("{"):
            if not text.isascii() or len(text.split()) != 1:
                raise UsageError(f"{self._file}: holds no token: one line is wanted, or JSON with a client's secret")
            return text
        try:
            client = msgspec.json.decode(text.encode(), type=_Client)
        except msgspec.MsgspecError as error:
            raise UsageError(
                f"{self._file}: token_url, client_id, client_secret and scope are wanted: {error}"
            ) from error
        if urlsplit(client.token_url).scheme not in {"http", "https"}:
            raise UsageError(f"{self._file}: token_url {client.token_url}: write it as https://...")
        return client

    def _given(self, client: _Client) -> tuple[str, float]:
        """A new token, and for how many seconds it is good."""
        parts = urlsplit(client.token_url)
        form = {"grant_type": "client_credentials"} | ({"scope": client.scope} if client.scope else {})
        pair = f"{quote(client.client_id, safe='')}:{quote(client.client_secret, safe='')}"
        headers = {
            "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        host, port = parts.hostname or "", parts.port
        connection = (
            HTTPSConnection(host, port, timeout=_TIMEOUT_SECONDS, context=self._trust)
            if parts.scheme == "https"
            else HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
        )
        try:
            with connected(connection, _TIMEOUT_SECONDS) as open_:
                open_.request("POST", parts.path or "/", urlencode(form), headers)
                answer = open_.getresponse()
                status, held = answer.status, answer.read(_MOST_BYTES)
        except (OSError, HTTPException) as error:
            raise NotDelivered(f"{client.token_url}: gives no token ({error or type(error).__name__})") from error
        return _token_in(client.token_url, status, held)


def _token_in(url: str, status: int, held: bytes) -> tuple[str, float]:
    try:
        told: Any = msgspec.json.decode(held)
    except msgspec.MsgspecError:
        told = None
    if status != 200 or not isinstance(told, dict) or not isinstance(told.get("access_token"), str):
        why = told.get("error", "") if isinstance(told, dict) else ""
        raise NotAccepted(f"{url}: answered {status} and no token{f': {why}' if why else ''}")
    seconds = told.get("expires_in")
    return told["access_token"], float(seconds) if isinstance(seconds, int | float) else 300.0
