"""A small FHIR server that also has subscriptions as R4 describes them (2.46): rest-hook, with and without payload."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from tests.programs import running
from tests.small_fhir_server import Resource, SmallFhirServer, _Handler


class SubscribingServer(SmallFhirServer):
    """``offers``: whether its CapabilityStatement names them. ``puts``: how often each was asked for again."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = _Subscribing
        self.offers = True
        self.puts = 0

    def subscription(self, kind: str) -> Resource:
        """The one for a kind of resource."""
        return next(each for each in self.of("Subscription") if each["criteria"] == f"{kind}?")

    def tell(self, kind: str, body: Resource | None, *, secret: str | None = None) -> int:
        """Notify of something; returns the status of the answer. A resource is put under its name, as HAPI does."""
        channel = self.subscription(kind)["channel"]
        to = urlsplit(channel["endpoint"])
        headers = dict(line.split(": ", 1) for line in channel["header"])
        if secret is not None:
            headers["Authorization"] = f"Bearer {secret}"
        is_resource = body is not None and body["resourceType"] != "Bundle"
        path = f"{to.path}/{body['resourceType']}/{body['id']}" if body and is_resource else to.path
        connection = HTTPConnection(str(to.hostname), to.port or 80, timeout=60)
        try:
            told = json.dumps(body) if body is not None else b""
            connection.request("PUT" if is_resource else "POST", path, told, headers)
            return connection.getresponse().status
        finally:
            connection.close()


class _Subscribing(_Handler):
    server: SubscribingServer

    def do_GET(self) -> None:  # noqa: N802 - the name of the base class
        *_, kind, number = ["", *urlsplit(self.path).path.split("/")]
        if number == "metadata":
            interaction = [{"code": code} for code in ("create", "read", "update")]
            offered = [{"type": "Subscription", "interaction": interaction}] if self.server.offers else []
            rest = [{"mode": "server", "resource": offered}]
            self._answer(200, {"resourceType": "CapabilityStatement", "rest": rest})
        elif kind == "Subscription":
            found = self.server.resources.get(f"Subscription/{number}")
            self._answer(*((200, found) if found else (404, {"resourceType": "OperationOutcome", "issue": []})))
        else:
            super().do_GET()

    def do_POST(self) -> None:  # noqa: N802 - the name of the base class
        if self.path.endswith("/Subscription"):
            self._file(str(len(self.server.resources) + 1), 201)
        else:
            super().do_POST()

    def do_PUT(self) -> None:  # noqa: N802 - the name of the base class
        self.server.puts += 1
        self._file(self.path.rpartition("/")[2], 200)

    def _file(self, number: str, status: int) -> None:
        told: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert (told["status"], told["channel"]["type"]) == ("requested", "rest-hook")
        self.server.put({**told, "id": number, "status": "active"})
        self._answer(status, self.server.resources[f"Subscription/{number}"])


def running_subscribing_server() -> AbstractContextManager[SubscribingServer]:
    """A server that runs."""
    return running(SubscribingServer())
