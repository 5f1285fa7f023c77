"""A small FHIR R4 server of this project's own, for tests: transactions that roll back, conditional create, search.

It is no HAPI: it knows what back-entry uses and nothing else. It can do what networks and servers do wrong (`Fault`),
and what it holds is looked at directly, past everything that could be mistaken about it.
"""

from __future__ import annotations

import copy
import json
import threading
from collections import Counter, deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.programs import running

Resource = dict[str, Any]


class Fault(StrEnum):
    """What becomes of a transaction."""

    NONE = "none"
    LOST = "lost"  # never arrives
    UNANSWERED = "unanswered"  # is done, and nobody hears
    DOUBLED = "doubled"  # arrives twice
    ROLLED_BACK = "rolled back"  # fails half-way, and is undone
    BUSY = "busy"
    CUT = "cut"  # is done, and the connection ends in the middle of the answer
    DONE_AND_FAILED = "done and failed"  # is done, and a gateway answers 504


class Refused(Exception):
    """HTTP status and what is wrong."""


class SmallFhirServer(ThreadingHTTPServer):
    """``faults`` are taken one for each transaction; then there are none."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.resources: dict[str, Resource] = {}
        self.versions: list[Resource] = []
        """Every resource as each transaction that was done left it, in that order."""
        self.faults: deque[Fault] = deque()
        self.lock = threading.Lock()
        self.transactions = 0
        self.searches: list[str] = []
        self.failing_from: int | None = None
        """The search, counted from 0, from which on it answers 503."""
        self.refusing: tuple[int, int] | None = None
        """The search, counted from 0, from which on it does not allow us any, and with which status."""
        self.token = ""
        """Whom it knows; everybody where it is empty."""
        self.before_answer: Callable[[], object] = _at_once
        """What happens before a search is answered."""

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}/fhir"

    def put(self, resource: Resource) -> None:
        """As if somebody else had filed it."""
        self.resources[f"{resource['resourceType']}/{resource['id']}"] = resource

    def of(self, *kinds: str) -> list[Resource]:
        """All resources of these types."""
        return [each for each in self.resources.values() if each["resourceType"] in kinds]

    def numbers(self) -> Counter[str]:
        """How often each entry is there."""
        held = (identifier for each in self.resources.values() for identifier in each.get("identifier", []))
        return Counter(each["value"] for each in held if each["system"] == "urn:codedark:entry")

    def transact(self, bundle: Resource, stop_after: int | None = None) -> Resource:
        """All of it or nothing."""
        with self.lock:
            before = copy.deepcopy(self.resources)
            try:
                changed: list[str] = []
                done = self._transacted(bundle, stop_after, changed)
            except Refused:
                self.resources = before
                raise
            self.versions += [copy.deepcopy(self.resources[name]) for name in changed]
            return done

    def _transacted(self, bundle: Resource, stop_after: int | None, changed: list[str]) -> Resource:
        self.transactions += 1
        names: dict[str, str] = {}
        done = []
        for number, step in enumerate(bundle["entry"]):
            if number == stop_after:
                raise Refused(500, "the database went away")
            request, resource = step["request"], copy.deepcopy(step["resource"])
            name = self._name(request, resource)
            is_new = name not in self.resources
            version = 0 if is_new else int(self.resources[name].get("meta", {}).get("versionId", 1))
            if request.get("ifMatch", f'W/"{version}"') != f'W/"{version}"':
                raise Refused(412, f"{name} is version {version}")
            if is_new or request["method"] == "PUT":
                resource["id"] = name.split("/")[1]
                resource["meta"] = resource.get("meta", {}) | {"versionId": str(version + 1)}
                self.resources[name] = resource
                changed.append(name)
            names[step.get("fullUrl", name)] = name
            done.append(
                {"response": {"status": "201 Created" if is_new else "200 OK", "location": f"{name}/_history/1"}}
            )
        for name in names.values():
            self._resolve(self.resources[name], names)
        return {"resourceType": "Bundle", "type": "transaction-response", "entry": done}

    def _name(self, request: Resource, resource: Resource) -> str:
        if request["method"] == "PUT":
            return str(request["url"])
        kind = resource["resourceType"]
        if "ifNoneExist" in request:
            found = self.found(kind, parse_qsl(request["ifNoneExist"]))
            if len(found) > 1:
                raise Refused(412, "several match")
            if found:
                return f"{kind}/{found[0]['id']}"
        return f"{kind}/{len(self.resources) + 1}"

    def _resolve(self, part: Any, names: dict[str, str]) -> None:
        """References within a transaction become those of what was made."""
        for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            self._resolve(each, names)
        if isinstance(part, dict) and part.get("reference", "").startswith("urn:uuid:"):
            if part["reference"] not in names:
                raise Refused(400, f"{part['reference']} is not in the transaction")
            part["reference"] = names[part["reference"]]

    def found(self, kind: str, parameters: list[tuple[str, str]]) -> list[Resource]:
        """A search."""
        return [each for each in self.of(kind) if all(_matches(each, *parameter) for parameter in parameters)]


class _Handler(BaseHTTPRequestHandler):
    server: SmallFhirServer

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if self.server.token and self.headers["Authorization"] != f"Bearer {self.server.token}":
            self._answer(401, {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "who are you?"}]})
            return
        self.server.searches.append(self.path)
        self.server.before_answer()
        if self.server.failing_from is not None and len(self.server.searches) > self.server.failing_from:
            self._answer(503, {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "busy"}]})
            return
        if self.server.refusing is not None and len(self.server.searches) > self.server.refusing[0]:
            self._answer(self.server.refusing[1], {"resourceType": "OperationOutcome", "issue": []})
            return
        found = self.server.found(asked.path.rsplit("/", 1)[1], parse_qsl(asked.query))
        self._answer(200, {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": r} for r in found]})

    def do_POST(self) -> None:
        bundle = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fault = self.server.faults.popleft() if self.server.faults else Fault.NONE
        try:
            match fault:
                case Fault.LOST:
                    self.close_connection = True
                    return
                case Fault.BUSY:
                    raise Refused(503, "busy")
                case Fault.ROLLED_BACK:
                    self.server.transact(bundle, stop_after=len(bundle["entry"]) - 1)
                case Fault.DOUBLED | Fault.UNANSWERED | Fault.DONE_AND_FAILED:
                    self.server.transact(bundle)
            if fault is Fault.UNANSWERED:
                self.close_connection = True
                return
            if fault is Fault.DONE_AND_FAILED:
                raise Refused(504, "the gateway waited too long")
            self._answer(200, self.server.transact(bundle), is_cut=fault is Fault.CUT)
        except Refused as refused:
            status, why = refused.args
            self._answer(status, {"resourceType": "OperationOutcome", "issue": [{"diagnostics": why}]})

    def _answer(self, status: int, told: Resource, *, is_cut: bool = False) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if is_cut else body)
        self.close_connection |= is_cut

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


def _at_once() -> None:
    """Nothing happens."""


def _matches(resource: Resource, name: str, values: str) -> bool:
    """Whether any of the values between commas matches."""
    return any(_matches_one(resource, name, value) for value in values.split(","))


def _matches_one(resource: Resource, name: str, value: str) -> bool:
    told = (resource.get(each) for each in ("effectiveDateTime", "authoredOn", "date"))
    at = next(filter(None, told), resource.get("collection", {}).get("collectedDateTime", ""))
    match name:
        case "identifier":
            system, bar, number = value.rpartition("|")
            held = resource.get("identifier", [])
            return any(each["value"] == number and (not bar or each["system"] == system) for each in held)
        case "_id":
            return bool(resource["id"] == value)
        case "_lastUpdated":
            return bool(resource.get("meta", {}).get("lastUpdated", "") >= value.removeprefix("ge"))
        case "_tag":
            system, _, code = value.partition("|")
            return {"system": system, "code": code} in resource.get("meta", {}).get("tag", [])
        case "_id":
            return bool(resource["id"] == value)
        case "patient":
            return bool((resource.get("subject") or resource.get("patient", {})).get("reference") == value)
        case "effective-time" | "date" | "authored" | "collected":
            return bool(at >= value[2:] if value.startswith("ge") else at <= value[2:])
        case "status":
            return bool(resource.get("status") == value)
        case _:
            return True


def running_server() -> AbstractContextManager[SmallFhirServer]:
    """A server that runs."""
    return running(SmallFhirServer())
