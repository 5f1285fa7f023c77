"""Where a ward gets its pack: a folder, a mounted share, a stick, or a web server. What comes is bytes to be checked.

Nothing that a source says is believed: neither its certificate nor its word that a pack is new; the pack is signed and
sealed. So HTTP without TLS is as good here, and an expired certificate keeps no ward from its pack.
"""

from __future__ import annotations

import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from codedark.errors import UsageError
from codedark.exchange.deadline import connected
from codedark.exchange.sender import NotDelivered

_TIMEOUT_SECONDS: Final = 20.0
_MOST_SECONDS: Final = 300.0


def fetched(source: str, name: str, most_bytes: int, most_seconds: float = _MOST_SECONDS) -> bytes:
    """The file ``name`` of a source, of at most ``most_bytes``; an address is asked for ``most_seconds`` at most.

    Raises `NotDelivered`, with what to do.
    """
    if "://" in source:
        return _over_http(source, name, most_bytes, most_seconds)
    path = Path(source) / name
    try:
        with path.open("rb") as file:
            held = file.read(most_bytes + 1)
    except OSError as error:
        raise NotDelivered(f"{path}: {error.strerror}: is the share or the stick there?") from error
    return _bounded(held, str(path), most_bytes)


def _over_http(source: str, name: str, most_bytes: int, most_seconds: float) -> bytes:
    url = urlsplit(source)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise UsageError(f"{source}: packs are pulled from a folder, or from an address with http:// or https://")
    where = f"{url.hostname}: {name}"
    try:
        if url.scheme == "https":
            trust = ssl.create_default_context()
            trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE  # the pack is what is checked
            connection: HTTPConnection = HTTPSConnection(
                url.hostname, url.port, timeout=_TIMEOUT_SECONDS, context=trust
            )
        else:
            connection = HTTPConnection(url.hostname, url.port, timeout=_TIMEOUT_SECONDS)
        with connected(connection, most_seconds):
            connection.request("GET", f"{url.path.rstrip('/')}/{quote(name)}")
            answer = connection.getresponse()
            held = answer.read(most_bytes + 1)
    except (OSError, HTTPException, ValueError) as error:
        raise NotDelivered(f"{where}: {error}: is the server there? The last good pack stays") from error
    if answer.status != 200:
        raise NotDelivered(f"{where}: the server answered {answer.status} {answer.reason}; the last good pack stays")
    return _bounded(held, where, most_bytes)


def _bounded(held: bytes, where: str, most_bytes: int) -> bytes:
    if len(held) > most_bytes:
        raise NotDelivered(f"{where}: larger than {most_bytes >> 20} MiB, which no pack is")
    return held
