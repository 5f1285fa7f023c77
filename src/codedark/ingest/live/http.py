"""Records over HTTP: NDJSON and JSON arrays, Elastic's bulk API, FHIR AuditEvents. A Starlette application.

This is the way in without a gap: 2xx is answered once the records are on disk, and a client that heard nothing sends
again and is not taken twice (`Recent`). What cannot be taken now is answered 429 or 503 with Retry-After, as these
clients expect.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from codedark.events.record import Rejected, SourceName
from codedark.ingest.live import elastic, fhir
from codedark.ingest.live.address import host_of, source_name
from codedark.ingest.live.credentials import Tokens
from codedark.ingest.live.framing import Framed
from codedark.ingest.live.http_body import Recent, Refused, digest, identity_mark, read_body, unpacked
from codedark.ingest.live.http_records import AuditEvents, audit_event_of, bulk_of, bundle_of, lines_of
from codedark.ingest.live.intake import MAX_RECORD_BYTES, Cut, Intake, NotTaken, Overloaded
from codedark.ingest.live.limits import Budget, Rates
from codedark.ingest.live.stats import Board

_THREAD_BYTES: Final = 1 << 20
"""Taking more than this apart is done beside the event loop."""
_ELASTIC_PATHS: Final = ("_xpack", "_license", "_cluster", "_cat", "_ilm", "_index_template", "_template",
                         "_component_template", "_data_stream", "_ingest")  # fmt: skip
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What is allowed: the size of one body as sent and unpacked, of all together, its time, a rate for each client."""

    record_bytes: int = MAX_RECORD_BYTES
    body_bytes: int = 64 << 20
    unpacked_bytes: int = 128 << 20
    in_flight_bytes: int = 256 << 20
    body_seconds: float = 30.0
    bytes_per_second: float = 0.0


class Body:
    """A body that has come whole, and who sent it."""

    def __init__(self, request: Request, source: str, packed: bytes, plain: bytes) -> None:
        self.request = request
        self.source = source
        self.sha256 = digest(packed)
        self.data = plain
        self.content_type = request.headers.get("content-type", "").lower()


Handler = Callable[[Body], Awaitable[Response]]
Problem = Callable[[int, str], Response]


class HttpSource:
    """The handlers, and what they share. ``tokens`` empty and ``anonymous``: whoever gets through may post."""

    def __init__(
        self,
        intake: Intake,
        tokens: Tokens,
        limits: HttpLimits | None = None,
        known: Iterable[tuple[str, str, float]] = (),
        elastic_version: str = "8.17.0",
        *,
        anonymous: bool = False,
    ) -> None:
        self._intake = intake
        self._tokens = tokens
        self._anonymous = anonymous
        self._limits = limits or HttpLimits()
        self._recent = Recent(time.monotonic, known)
        self._budget = Budget(self._limits.in_flight_bytes)
        self._rates = Rates(self._limits.bytes_per_second)
        self._elastic_version = elastic_version
        self.board = Board()

    def routes(self) -> list[BaseRoute]:
        """All that this source answers."""
        post, plain, other = (
            ["POST"],
            self._guarded(self._lines, _plain_problem),
            ["GET", "HEAD", "PUT", "POST", "DELETE"],
        )
        bulk = self._guarded(self._bulk, _elastic_problem)
        asked = self._guarded(self._elastic, _elastic_problem)
        return [
            Route("/", self._guarded(self._welcome, _elastic_problem), methods=["GET", "HEAD"]),
            Route("/", plain, methods=post),
            Route("/ingest", plain, methods=post),
            Route("/_bulk", bulk, methods=["POST", "PUT"]),
            Route("/{index}/_bulk", bulk, methods=["POST", "PUT"]),
            *(Route(f"/{path}", asked, methods=other) for path in _ELASTIC_PATHS),
            *(Route(f"/{path}/{{rest:path}}", asked, methods=other) for path in _ELASTIC_PATHS),
            Route("/fhir/metadata", self._guarded(self._metadata, fhir.problem), methods=["GET"]),
            Route("/fhir/AuditEvent", self._guarded(self._audit_event, fhir.problem), methods=post),
            Route("/fhir", self._guarded(self._bundle, fhir.problem), methods=post),
            Route("/fhir/", self._guarded(self._bundle, fhir.problem), methods=post),
        ]

    def _guarded(self, handle: Handler, problem: Problem) -> Callable[[Request], Awaitable[Response]]:
        """``handle`` behind what holds for every request; what goes wrong is told in the client's own terms."""

        async def answer(request: Request) -> Response:
            source = ""
            try:
                source = self._source_of(request)
                return await handle(await self._body(request, source))
            except Refused as refusal:
                self.board.refuse(f"{refusal.status} {_kind(refusal)}", source)
                said = problem(refusal.status, refusal.reason)
                if refusal.status == 401:
                    said.headers["WWW-Authenticate"] = 'Basic realm="codedark", charset="UTF-8"'
                elif refusal.status in {408, 413}:
                    # The rest of the body is not read, so nothing can follow it.
                    said.headers["Connection"] = "close"
            except NotTaken as reason:
                status = 429 if isinstance(reason, Overloaded) else 503
                self.board.refuse(f"{status} {'overloaded' if status == 429 else 'unavailable'}", source)
                self.board.total.problem = str(reason)
                said = problem(status, str(reason))
                said.headers["Retry-After"] = str(max(1, math.ceil(reason.retry_after_seconds)))
            return said

        return answer

    def _source_of(self, request: Request) -> str:
        """Who asks. Raises `Refused` 401."""
        name = getattr(request.state, "certificate_name", "")
        if self._tokens:
            found = self._tokens.name_of(request.headers.get("authorization", ""))
            if found is None:
                raise Refused(401, "a valid token is needed: Authorization: Bearer <token>")
            name = found
        elif not name and not self._anonymous:
            raise Refused(401, "a client certificate or a token is needed")
        client = request.scope.get("client")
        return source_name(request.url.scheme, host_of(tuple(client) if client else None), name)

    async def _body(self, request: Request, source: str) -> Body:
        """Read what is posted. Raises `Refused` and `Overloaded`."""
        limits = self._limits
        if request.method in {"GET", "HEAD", "DELETE"}:
            return Body(request, source, b"", b"")
        declared = request.headers.get("content-length", "")
        size = min(int(declared), limits.body_bytes) if declared.isdigit() else limits.record_bytes
        if not self._budget.has_room(size):
            raise Overloaded("more is being posted than can be held; send again later")
        rate, now = self._rates.of(source), time.monotonic()
        if wait := rate.take(0, now):
            raise Overloaded("this client sends faster than it may; send again later", wait)
        rate.take(size, now)
        async with self._budget.hold(size):
            packed = await read_body(request, limits.body_bytes, limits.body_seconds)
            plain = await unpacked(packed, request.headers.get("content-encoding", ""), limits.unpacked_bytes)
        return Body(request, source, packed, plain)

    async def _take(self, body: Body, kind: str, framed: Framed) -> None:
        """Return when the records are on disk, now or since an earlier try. Raises `NotTaken`."""
        if not framed.data and not framed.bad:
            return
        source = SourceName(body.source)
        rejected = tuple(Rejected(source, bad.offset, bad.reason) for bad in framed.bad)
        mark = identity_mark(body.source, body.sha256)
        cut = Cut(body.source, kind, framed.data, framed.records, mark=mark, rejected=rejected)

        async def take() -> None:
            async with self._budget.hold(len(cut.data)):
                await self._intake.take(cut)
            self.board.total.problem = ""
            self.board.count(body.source, cut.count, len(cut.data), len(rejected))

        await self._recent.once(body.source, body.sha256, take)

    async def _lines(self, body: Body) -> Response:
        kind, framed = await _apart(lines_of, body.data, body.content_type, self._limits.record_bytes)
        await self._take(body, kind, framed)
        return _json(200, {"taken": framed.records, "rejected": len(framed.bad)})

    async def _bulk(self, body: Body) -> Response:
        begun = time.monotonic()
        bulk = await _apart(bulk_of, body.data, self._limits.record_bytes)
        await self._take(body, "jsonl", bulk.framed)
        took_ms = round((time.monotonic() - begun) * 1000)
        brief = "filter_path" in body.request.query_params
        return _json(200, elastic.bulk_answer(bulk, took_ms, brief=brief), elastic.HEADERS)

    async def _welcome(self, body: Body) -> Response:  # noqa: ARG002 - as all handlers
        return _json(200, elastic.welcome(self._elastic_version), elastic.HEADERS)

    async def _elastic(self, body: Body) -> Response:
        request = body.request
        return _json(200, elastic.answer(request.method, request.url.path), elastic.HEADERS)

    async def _metadata(self, body: Body) -> Response:  # noqa: ARG002 - as all handlers
        return fhir.metadata()

    async def _audit_event(self, body: Body) -> Response:
        return await self._fhir(body, audit_event_of(body.data, self._limits.record_bytes))

    async def _bundle(self, body: Body) -> Response:
        return await self._fhir(body, await _apart(bundle_of, body.data, self._limits.record_bytes))

    async def _fhir(self, body: Body, events: AuditEvents) -> Response:
        framed = fhir.framed(events)
        await self._take(body, "jsonl", framed)
        return fhir.answer(events)


def application(source: HttpSource, more: Sequence[BaseRoute] = ()) -> Starlette:
    """The application that answers for ``source``, and for ``more`` routes, such as ``/metrics``, before it."""
    return Starlette(routes=[*more, *source.routes()])


async def _apart(take_apart: Callable[..., T], body: bytes, *rest: Any) -> T:
    if len(body) < _THREAD_BYTES:
        return take_apart(body, *rest)
    return await asyncio.to_thread(take_apart, body, *rest)


def _json(status: int, content: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, media_type="application/json")


def _plain_problem(status: int, reason: str) -> Response:
    return _json(status, {"error": reason})


def _elastic_problem(status: int, reason: str) -> Response:
    return _json(status, elastic.error(status, reason), elastic.HEADERS)


def _kind(refusal: Refused) -> str:
    """A reason to count by: of a bounded number, whatever clients send."""
    kinds = {400: "malformed", 401: "no valid token", 408: "too slow", 413: "too large", 415: "unknown encoding"}
    return kinds.get(refusal.status, "refused")
