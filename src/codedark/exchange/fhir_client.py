"""A FHIR R4 server over HTTP, as back-entry needs it: search, and transactions. Nothing is tried again here: whoever
sends has to look first whether it arrived.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

import orjson

from codedark.errors import UsageError
from codedark.exchange.sender import NotAccepted, NotDelivered

_JSON: Final = "application/fhir+json"
_TIMEOUT_SECONDS: Final = 60.0
_MOST_BYTES: Final = 64 << 20
_MOST_PAGES: Final = 1_000
_PAGE: Final = 200
_LATER: Final = {408, 425, 429, 500, 502, 503, 504}
"""The server may be there later, and may have done what was asked (RFC 9110, 15.6)."""


class FhirClient:
    """The server at ``base``, with a bearer ``token`` where it wants one. Every method raises `NotDelivered` where the
    server does not answer (what was asked may have happened), and `NotAccepted` where it says no (it has not).
    """

    def __init__(self, base: str, token: str = "", trust: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(base)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise UsageError(f"{base}: is no address of a FHIR server: write it as https://ehr.example/fhir")
        self.base: Final = base.rstrip("/") + "/"
        self._token, self._trust = token, trust
        self._parts = parts

    def search(self, kind: str, parameters: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        """All resources of a kind that match, page by page; no other kinds, no outcomes."""
        url = f"{kind}?{urlencode([*parameters, ('_count', str(_PAGE))])}"
        found = list[dict[str, Any]]()
        for page in self._pages(url):
            resources = (each.get("resource", {}) for each in page.get("entry", []))
            found += [each for each in resources if each.get("resourceType") == kind]
        return found

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
        headers = {"Accept": _JSON} | ({"Content-Type": f"{_JSON}; charset=utf-8"} if body else {})
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        connection = self._connection()
        try:
            path = (target.path or "/") + (f"?{target.query}" if target.query else "")
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            status, held = answer.status, answer.read(_MOST_BYTES + 1)
        except (OSError, HTTPException) as error:
            raise NotDelivered(f"{self.base}: does not answer ({error or type(error).__name__})") from error
        finally:
            connection.close()
        return self._understood(status, held)

    def _connection(self) -> HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            return HTTPSConnection(host, port, timeout=_TIMEOUT_SECONDS, context=self._trust)
        return HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)

    def _understood(self, status: int, held: bytes) -> dict[str, Any]:
        try:
            told = orjson.loads(held)
        except orjson.JSONDecodeError:
            told = None
        if status in _LATER or (200 <= status < 300 and not isinstance(told, dict)) or len(held) > _MOST_BYTES:
            raise NotDelivered(f"{self.base}: answered {status}; it may have done what was asked{_outcome(told)}")
        if not 200 <= status < 300:
            raise NotAccepted(f"{self.base}: answered {status}{_outcome(told)}")
        assert isinstance(told, dict)
        return told


def _outcome(told: Any) -> str:
    """What an OperationOutcome says."""
    issues = told.get("issue", []) if isinstance(told, dict) else []
    said = [each.get("diagnostics") or each.get("details", {}).get("text", "") for each in issues]
    return "".join(f": {each}" for each in said if each)
