"""The web side of `serve`: records over HTTP, the page of the watch, and metrics, on one address."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from codedark.app.watching.configuration import Configuration, Http
from codedark.app.watching.listening import address_of, context_of
from codedark.app.watching.metrics import CONTENT_TYPE, exposition
from codedark.app.watching.status import Status
from codedark.app.watching.status_page import as_json, as_page
from codedark.errors import UsageError
from codedark.ingest.live.credentials import Tokens
from codedark.ingest.live.http import HttpLimits, HttpSource, application
from codedark.ingest.live.http_server import ConnectionLimits, HttpListener
from codedark.ingest.live.intake import Intake

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def web(
    home: Path,
    told: Configuration,
    http: Http,
    intake: Intake,
    known: Iterable[tuple[str, str, float]],
    status: Callable[[], Status],
) -> HttpListener:
    """The listener for ``http``, not begun. ``known`` are the bodies that were taken lately: client, digest, seconds
    ago.

    The page names hosts and accounts: it is shown to who has a token (as the password, in a browser) or shows a
    certificate; where there are no tokens, on this machine. Raises `UsageError` for a file that cannot be used.
    """
    limits = told.limits
    tokens = tokens_of(home / http.tokens) if http.tokens else Tokens({})
    source = HttpSource(
        intake,
        tokens,
        HttpLimits(
            record_bytes=limits.most_record_bytes,
            body_bytes=http.most_body_bytes,
            unpacked_bytes=2 * http.most_body_bytes,
            bytes_per_second=float(limits.most_bytes_a_second),
        ),
        known,
        anonymous=not tokens and not (http.tls and http.tls.client_ca),
    )

    async def page(_: Request) -> Response:
        return HTMLResponse(as_page(await asyncio.to_thread(status)), headers=_HEADERS)

    async def for_machines(_: Request) -> Response:
        return Response(as_json(await asyncio.to_thread(status)), media_type="application/json", headers=_HEADERS)

    async def metrics(_: Request) -> Response:
        return Response(await asyncio.to_thread(exposition, status), media_type=CONTENT_TYPE)

    last = (0.0, 0)

    async def alive(_: Request) -> Response:
        """503 while something needs a person, so that another watch can watch this one. It is asked without a token, so
        it is looked at once a second at most.
        """
        nonlocal last
        if time.monotonic() - last[0] >= 1:
            last = (time.monotonic(), len((await asyncio.to_thread(status)).problems))
        problems = last[1]
        return Response(f"{problems} problems: see /status\n" if problems else "well\n", 503 if problems else 200)

    def shown(answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            # Behind a proxy everybody seems to be here: where there are tokens, one is asked of everybody.
            here = not tokens and request.client is not None and ip_address(request.client.host).is_loopback
            named = getattr(request.state, "certificate_name", "")
            if here or named or tokens.name_of(request.headers.get("authorization", "")):
                return await answer(request)
            return Response("a token is needed\n", 401, {"WWW-Authenticate": 'Basic realm="codedark"'})

        return guarded

    routes = [
        Route("/status", shown(page)),
        Route("/status.json", shown(for_machines)),
        Route("/metrics", shown(metrics)),
        Route("/health", alive),
    ]
    host, port = address_of(http.listen)
    context = context_of(home, http.tls, source.board.refuse) if http.tls else None
    allowed = ConnectionLimits(limits.most_connections, limits.most_connections_per_address)
    return HttpListener(application(source, routes), source.board, host, port, context, allowed)


def tokens_of(path: Path) -> Tokens:
    """The tokens in a file: ``name:token``, one a line; blank lines and those that begin with ``#`` are passed over.

    Raises `UsageError` for a file that cannot be read, is everybody's, or says something else.
    """
    try:
        if path.stat().st_mode & 0o004:
            raise UsageError(f"{path}: every user of this machine can read it: chmod 640 {path}")
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}): [http] tokens names it") from error
    found = {}
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            name, colon, token = line.strip().partition(":")
            if not (name and colon and len(token) >= 16):
                raise UsageError(f"{path}: line {number} is not name:token with a token of 16 characters or more")
            found[name] = token
    if not found:
        raise UsageError(f"{path}: names no token, and so nobody could send anything")
    return Tokens(found)
