"""Subscriptions to the record, where it offers them: one for each kind of resource, made, renewed and looked after.

FHIR R4, 2.46: ``Subscription`` with the channel rest-hook; their numbers stand in
``HOME/continuity/subscriptions.json``. One that the server calls in error, or that it lost, is told and made again;
until all are active, changes are asked for as often as without.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import orjson

from codedark.app.continuing.record.asking import PER_PATIENT
from codedark.events.moments import moment_of
from codedark.exchange.sender import NotAccepted, NotAllowed
from codedark.store.durable import put

KINDS: Final = ("Patient", *PER_PATIENT)
_LASTS_US: Final = 86_400 * 1_000_000
_RENEWED_US: Final = _LASTS_US // 2
_REASON: Final = "Charts for the wards when systems are off"


class Server(Protocol):
    """What is asked of the record (`codedark.exchange.fhir_client.FhirClient`). All raise `NotDelivered`, and
    `NotAccepted` where the server says no.
    """

    def read(self, place: str) -> dict[str, Any]:
        """One resource, or ``metadata``."""

    def create(self, resource: Mapping[str, Any]) -> str:
        """File a new resource; returns its id."""

    def update(self, resource: Mapping[str, Any]) -> None:
        """Replace a resource."""


class Subscribed(NamedTuple):
    """Whether all that is told comes by itself, and how it stands, in words."""

    is_whole: bool
    how: str


def secret_of(home: Path) -> str:
    """What the server has to show when it tells: made once, for nobody else to read. Raises OSError."""
    file = home / "continuity" / "notify.secret"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        put(file, secrets.token_urlsafe(32).encode(), 0o600)
    return file.read_text("ascii").strip()


class Subscribing:
    """Keeps the subscriptions of ``home`` at a server, which is to tell ``endpoint``."""

    def __init__(self, home: Path, server: Server, base: str, endpoint: str, secret: str) -> None:
        self._file = home / "continuity" / "subscriptions.json"
        self._server, self._base, self._endpoint, self._secret = server, base, endpoint, secret
        self._ids = self._known()
        self._ends_us: dict[str, int] = {}

    def look(self, now_us: int) -> Subscribed:
        """Make what is missing, renew what ends, and say how they stand. Raises `NotDelivered`.

        1. A server that offers none is asked for changes.
        2. One that it does not know any more is made again.
        3. One that is in error or off is told, and asked for again: the server tries it from then on.
        4. One that ends within half a day is renewed.
        """
        if not self._is_offered():  # (1)
            return Subscribed(False, "asked for: the server offers no subscriptions")
        problems, waiting = [], 0
        for kind in KINDS:
            try:
                state, told = self._state(kind)
                if state in {"error", "off"}:  # (3)
                    problems.append(f"{kind} is {state}{f' ({told})' if told else ''}")
                if state in {"", "error", "off"} or now_us > self._ends_us.get(kind, 0) - _RENEWED_US:  # (2) (4)
                    self._ask(kind, now_us)
                waiting += state != "active"
            except NotAccepted as error:
                problems.append(f"{kind}: {error}")
        if problems:
            return Subscribed(False, f"asked for: {'; '.join(problems)}")
        if waiting:
            return Subscribed(False, f"asked for: {waiting} of {len(KINDS)} subscriptions are not active yet")
        return Subscribed(True, f"notified: {len(KINDS)} subscriptions are active")

    def _is_offered(self) -> bool:
        told = self._server.read("metadata")
        resources = (each for rest in told.get("rest", []) for each in rest.get("resource", []))
        offered = [each for each in resources if each.get("type") == "Subscription"]
        codes = {each.get("code") for resource in offered for each in resource.get("interaction", [])}
        return bool(offered) and (not codes or {"create", "read"} <= codes)

    def _state(self, kind: str) -> tuple[str, str]:
        """How the server says that a subscription stands, and why; empty where it has none."""
        known = self._ids.get(kind)
        if not known:
            return "", ""
        try:
            told = self._server.read(f"Subscription/{known}")
        except NotAllowed:  # it may be there all the same
            raise
        except NotAccepted:  # it was deleted, with the server's database perhaps
            self._ids.pop(kind)
            return "", ""
        return str(told.get("status", "")), str(told.get("error", ""))

    def _ask(self, kind: str, now_us: int) -> None:
        wanted: dict[str, Any] = {
            "resourceType": "Subscription",
            "status": "requested",
            "reason": _REASON,
            "criteria": f"{kind}?",
            "end": f"{moment_of(now_us + _LASTS_US):%Y-%m-%dT%H:%M:%SZ}",
            "channel": {
                "type": "rest-hook",
                "endpoint": self._endpoint,
                "payload": "application/fhir+json",
                "header": [f"Authorization: Bearer {self._secret}"],
            },
        }
        if known := self._ids.get(kind):
            self._server.update({**wanted, "id": known})
        else:
            self._ids[kind] = self._server.create(wanted)
            put(self._file, orjson.dumps({"record": self._base, "endpoint": self._endpoint, "ids": self._ids}))
        self._ends_us[kind] = now_us + _LASTS_US

    def _known(self) -> dict[str, str]:
        """The subscriptions that we made there before, for the same endpoint."""
        with suppress(OSError, orjson.JSONDecodeError, AttributeError):
            told = orjson.loads(self._file.read_bytes())
            if (told.get("record"), told.get("endpoint")) == (self._base, self._endpoint):
                return dict(told["ids"])
        return {}
