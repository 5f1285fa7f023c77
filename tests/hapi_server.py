"""HAPI FHIR JPA, a whole FHIR R4 server of another make: resources in a database, transactions that roll back.

`tests/peers/hapi` pins it and sets it up; `.ci/run` puts it in place. Where it is not, tests that need it are skipped.
Its database is a file whose every commit is written at once (`WRITE_DELAY=0`): HAPI may be killed, and what it said it
has done must be there afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import pytest

PLACE: Final = Path(os.environ.get("CODEDARK_PEERS", Path.home() / ".cache" / "codedark-peers")) / "hapi"
_QUICK: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx1g")
_PAGE: Final = 500
Resource = dict[str, Any]


class Hapi:
    """HAPI on the database in ``folder``, and what it is asked past everything that is tried."""

    def __init__(self, java: str, folder: Path) -> None:
        database = f"jdbc:h2:file:{folder / 'fhir'};WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE"
        classes = f"{PLACE / 'classes'}:{PLACE / 'lib'}/*"
        self._command = [java, *_QUICK, "-cp", classes, "FhirServer", database, "validate"]
        self.port = 0
        self.start()

    def start(self) -> None:
        """Begin, and return when it listens; on another port than before."""
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.communicate()

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/fhir"

    def ask(self, method: str, path: str, body: Resource | None = None) -> tuple[int, Resource]:
        """Status and answer of one request; never from a search that was kept, and not looked at by the validator."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Content-Type": "application/fhir+json", "Cache-Control": "no-cache", "X-Validate": "no"}
        connection.request(method, f"/fhir/{path}" if path else "/fhir", json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        told = answer.status, json.loads(answer.read())
        connection.close()
        return told

    def put(self, *resources: Resource) -> None:
        """As if somebody else had filed them."""
        names = [f"{each['resourceType']}/{each['id']}" for each in resources]
        steps = [
            {"fullUrl": f"{self.base}/{name}", "resource": each, "request": {"method": "PUT", "url": name}}
            for name, each in zip(names, resources, strict=True)
        ]
        status, told = self.ask("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": steps})
        assert status == 200, [each for each in told["issue"] if each["severity"] != "warning"]

    def of(self, *kinds: str) -> list[Resource]:
        """All resources of these types."""
        found: list[Resource] = []
        for kind in kinds:
            status, page = self.ask("GET", f"{kind}?_count={_PAGE}")
            assert status == 200, page
            entries = page.get("entry", [])
            assert len(entries) < _PAGE, "more than a page"
            found += [each["resource"] for each in entries]
        return found

    def numbers(self, kinds: Iterable[str]) -> Counter[str]:
        """How often each entry is there."""
        held = (identifier for each in self.of(*kinds) for identifier in each.get("identifier", []))
        return Counter(each["value"] for each in held if each["system"] == "urn:codedark:entry")

    def forget(self) -> None:
        """Everything."""
        asked = {"resourceType": "Parameters", "parameter": [{"name": "expungeEverything", "valueBoolean": True}]}
        status, told = self.ask("POST", "$expunge", asked)
        assert status == 200, told


@contextmanager
def running_hapi(folder: Path) -> Iterator[Hapi]:
    """HAPI for as long as this lasts; it ends with whoever runs the tests, too (`FhirServer.main`)."""
    java = shutil.which("java")
    if java is None or not (PLACE / "classes").is_dir():
        pytest.skip("HAPI FHIR is not installed: see .ci/run")
    hapi = Hapi(java, folder)
    try:
        yield hapi
    finally:
        hapi.kill()
