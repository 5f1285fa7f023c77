"""A FHIR R4 server over HTTP, as census and back-entry need it: search, transactions, and single resources. Nothing is
tried again here, but for a token that has run out: whoever sends has to look first whether it arrived.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

import orjson

from codedark.errors import UsageError
from codedark.exchange.deadline import connected
from codedark.exchange.sender import Faltered, NotAccepted, NotAllowed, NotDelivered

_JSON: Final = "application/fhir+json"
_TIMEOUT_SECONDS: Final = 60.0
_MOST_SECONDS: Final = 300.0
_MOST_BYTES: Final = 64 << 20
_MOST_PAGES: Final = 1_000
_PAGE: Final = 200
_LATER: Final = {408, 425, 429, 500, 502, 503, 504}
"""The server may be there later, and may have done what was asked (RFC 9110, 15.6)."""
_FALTERED: Final = {409, 500}
"""Of a transaction: it was not done by this request, but another may be doing the same (hl7.org/fhir/R4/http.html,
3.1.0.11.2), or the server stumbled over it."""
_MOST_SAID: Final = 3
_NOT_KNOWN: Final = 401
_NOT_ALLOWED: Final = {_NOT_KNOWN, 403}
"""Nothing was done. Some servers answer 403 to a token that has run out."""

Bearer = Callable[[bool], str]
"""Gives the token to show; with True a new one, because the last was refused."""


class FhirClient:
    """The server at ``base``, with a bearer ``token`` where it wants one. Every method raises `NotDelivered` where the
    server does not answer (what was asked may have happened), and `NotAccepted` where it says no (it has not), as
    `NotAllowed` where a new token did not help either; a transaction also `Faltered`. What is not whole after
    ``most_seconds`` is no answer.
    """

    def __init__(
        self,
        base: str,
        token: str | Bearer = "",
        trust: ssl.SSLContext | None = None,
        most_seconds: float = _MOST_SECONDS,
    ) -> None:
        parts = urlsplit(base)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise UsageError(f"{base}: is no address of a FHIR server: write it as https://ehr.example/fhir")
        self.base: Final = base.rstrip("/") + "/"
        self._token, self._trust, self._most_seconds = token, trust, most_seconds
        self._parts = parts
        self._refused: Mapping[str, str] = {}
        """What was shown last for which a new token did not help: for no other 403 another one is asked for."""

    def search(self, kind: str, parameters: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        """All resources of a kind that match, page by page; no other kinds, no outcomes. Half an answer is none: what
        is no bundle, or says itself that something went wrong (FHIR R4, 3.1.1.4.5), raises `NotDelivered`.
        """
        url = f"{kind}?{urlencode([*parameters, ('_count', str(_PAGE))])}"
        found = list[dict[str, Any]]()
        for page in self._pages(url):
            resources = [each.get("resource") or {} for each in page.get("entry", [])]
            outcomes = [each for each in resources if each.get("resourceType") == "OperationOutcome"]
            wrong = [each for each in outcomes if _is_wrong(each)]
            if page.get("resourceType") != "Bundle" or wrong:
                raise NotDelivered(f"{self.base}: answered half a search{_outcome((wrong or [page])[0])}")
            found += [each for each in resources if each.get("resourceType") == kind]
        return found

    def read(self, place: str) -> dict[str, Any]:
        """One resource (``Patient/7``), or what the server says of itself (``metadata``)."""
        return self._ask("GET", place)

    def create(self, resource: Mapping[str, Any]) -> str:
        """File a new resource; returns the id that the server gave it."""
        told = self._ask("POST", str(resource["resourceType"]), orjson.dumps(resource)).get("id")
        if not isinstance(told, str) or not told:
            raise NotDelivered(f"{self.base}: does not say under which id it filed a resource")
        return told

    def update(self, resource: Mapping[str, Any]) -> None:
        """Replace a resource by one with the same id."""
        self._ask("PUT", f"{resource['resourceType']}/{resource['id']}", orjson.dumps(resource))

    def transact(self, bundle: Mapping[str, Any]) -> list[str]:
        """Have a transaction done, all of it or nothing; returns where each of its entries is."""
        answer = self._ask("POST", "", orjson.dumps(bundle))
        places = [each.get("response", {}).get("location", "") for each in answer.get("entry", [])]
        if answer.get("type") != "transaction-response" or len(places) != len(bundle["entry"]):
            raise NotDelivered(f"{self.base}: answered a transaction with something else; look what it did")
        return [place.split("/_history")[0].removeprefix(self.base) for place in places]

    def _pages(self, url: str) -> Iterator[dict[str, Any]]:
        for _ in range(_MOST_PAGES):
            page = self._ask("GET", url)
            yield page
            links = {each.get("relation"): each.get("url", "") for each in page.get("link", [])}
            if not links.get("next"):
                return
            url = links["next"]
        raise NotDelivered(f"{self.base}: a search has more than {_MOST_PAGES} pages: ask for less")

    def _ask(self, method: str, url: str, body: bytes | None = None) -> dict[str, Any]:
        target = urlsplit(urljoin(self.base, url))
        if (target.scheme, target.netloc) != (self._parts.scheme, self._parts.netloc):
            raise NotAccepted(
                f"{self.base}: sends on to {target.netloc}, which is not asked: name that server yourself"
            )
        path = (target.path or "/") + (f"?{target.query}" if target.query else "")
        headers = {"Accept": _JSON, "Cache-Control": "no-cache"}  # servers give out searches of a minute ago
        if body:
            headers["Content-Type"] = f"{_JSON}; charset=utf-8"
        if body and url:  # of one resource; a transaction tells where each is, which is enough
            headers["Prefer"] = "return=representation"
        shown = self._shown(anew=False)
        status, held = self._answered(method, path, body, headers | shown)
        is_useful = status == _NOT_KNOWN or shown != self._refused
        if status in _NOT_ALLOWED and callable(self._token) and is_useful:
            shown = self._shown(anew=True)
            status, held = self._answered(method, path, body, headers | shown)
            self._refused = shown if status in _NOT_ALLOWED else {}
        return self._understood(status, held, is_change=body is not None)

    def _shown(self, *, anew: bool) -> dict[str, str]:
        token = self._token(anew) if callable(self._token) else self._token
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _answered(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        try:
            with connected(self._connection(), self._most_seconds) as connection:
                connection.request(method, path, body, dict(headers))
                answer = connection.getresponse()
                status, held = answer.status, answer.read(_MOST_BYTES + 1)
        except (OSError, HTTPException) as error:
            raise NotDelivered(f"{self.base}: does not answer ({error or type(error).__name__})") from error
        return status, held

    def _connection(self) -> HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            return HTTPSConnection(host, port, timeout=_TIMEOUT_SECONDS, context=self._trust)
        return HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)

    def _understood(self, status: int, held: bytes, *, is_change: bool) -> dict[str, Any]:
        try:
            told = orjson.loads(held)
        except orjson.JSONDecodeError:
            told = None
        if is_change and status in _FALTERED:
            raise Faltered(f"{self.base}: answered {status}{_outcome(told)}")
        if status in _LATER or (200 <= status < 300 and not isinstance(told, dict)) or len(held) > _MOST_BYTES:
            raise NotDelivered(f"{self.base}: answered {status}; it may have done what was asked{_outcome(told)}")
        if status in _NOT_ALLOWED:
            raise NotAllowed(f"{self.base}: answered {status}{_outcome(told)}")
        if not 200 <= status < 300:
            raise NotAccepted(f"{self.base}: answered {status}{_outcome(told)}")
        assert isinstance(told, dict)
        return told


def _is_wrong(outcome: Mapping[str, Any]) -> bool:
    return any(each.get("severity") in {"error", "fatal"} for each in outcome.get("issue", []))


def _outcome(told: Any) -> str:
    """What an OperationOutcome says is wrong: errors without the warnings beside them, each once."""
    issues = told.get("issue", []) if isinstance(told, dict) else []
    wrong = [each for each in issues if each.get("severity") in {"error", "fatal"}] or issues
    texts = (each.get("diagnostics") or each.get("details", {}).get("text", "") for each in wrong)
    said = list(filter(None, dict.fromkeys(texts)))
    more = f"; and {len(said) - _MOST_SAID} more" if len(said) > _MOST_SAID else ""
    return "".join(f": {each}" for each in said[:_MOST_SAID]) + more
