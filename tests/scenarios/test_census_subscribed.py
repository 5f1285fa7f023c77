"""The record tells of changes by itself, with what changed or only that something did; when it stops, it is asked."""

from __future__ import annotations

import json
import re
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from codedark.app.continuing.record.notified import Notified, notified
from codedark.app.continuing.record.subscribing import KINDS
from tests.programs import PATIENCE_SECONDS, comes, free_port
from tests.scenarios.test_census_record import LATEX, file_patient
from tests.served_census import Served, admission, furnished, serving
from tests.subscribing_server import SubscribingServer, running_subscribing_server


def substances(census: Served) -> list[str]:
    """The allergies of patient 1."""
    return [each.substance for each in census.charts()["1"].allergies]


def options(server: SubscribingServer, *more: object) -> list[object]:
    """A census beside this record, which it may tell of changes."""
    port = free_port()
    return ["--fhir", server.base, "--system", "urn:mrn", "--repair", "--notify", f"http://127.0.0.1:{port}/fhir",
            "--notify-listen", f"127.0.0.1:{port}", *more]  # fmt: skip


def hook_port(census: Served) -> int:
    """Where it listens for what the record tells."""
    found = re.findall(r"tell of changes at port (\d+)", census.log.read_text())
    return int(found[0])


def tell(port: int, secret: str) -> int:
    """Have it know that something changed; the status of the answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/fhir", b"", {"Authorization": f"Bearer {secret.strip()}"})
    status = connection.getresponse().status
    connection.close()
    return status


def subscribed(census: Served) -> str:
    """How changes are heard of."""
    return str(census.record().get("subscribed", ""))


def test_what_the_record_tells_by_itself_is_taken_in_and_a_broken_subscription_is_made_again(tmp_path: Path) -> None:
    with running_subscribing_server() as server:
        file_patient(server, 1)
        with serving(furnished(tmp_path / "home"), *options(server, "--changes-every", "1s")) as census:
            census.send(admission(1))
            assert comes(lambda: subscribed(census) == f"notified: {len(KINDS)} subscriptions are active")
            assert len(server.of("Subscription")) == len(KINDS)

            assert server.tell("AllergyIntolerance", LATEX, secret="guessed") == 401
            assert server.tell("AllergyIntolerance", LATEX) == 200  # the resource itself
            assert comes(lambda: substances(census) == ["Latex"])
            server.put({**LATEX, "id": "a2", "code": {"text": "Nuts"}, "meta": {"lastUpdated": "2199-01-01T00:00:00Z"}})
            assert server.tell("AllergyIntolerance", None) == 200  # only that something changed
            assert comes(lambda: sorted(substances(census)) == ["Latex", "Nuts"])
            stranger = {**LATEX, "id": "a3", "patient": {"reference": "Patient/elsewhere"}}
            assert server.tell("AllergyIntolerance", stranger) == 200
            assert server.tell("Flag", {"resourceType": "Bundle", "id": "b", "entry": "nothing"}) == 200

            server.subscription("Observation").update({"status": "error", "error": "no route to host"})
            broken = server.subscription("Observation")["id"]
            del server.resources[f"Subscription/{server.subscription('Flag')['id']}"]
            assert server.tell("Condition", None) == 200
            assert comes(lambda: census.says("asked for: Observation is error (no route to host)"))
            assert comes(lambda: subscribed(census).startswith("notified"))
            assert server.subscription("Observation")["id"] == broken
            assert (len(server.of("Subscription")), server.puts) == (len(KINDS), 1)


def test_what_is_told_while_changes_are_asked_for_is_asked_for_again(tmp_path: Path) -> None:
    asked_for_last, told_meanwhile = Event(), Event()

    def waits() -> None:
        if "/Appointment?_lastUpdated" in server.searches[-1]:
            asked_for_last.set()
            told_meanwhile.wait(PATIENCE_SECONDS)

    with running_subscribing_server() as server:
        file_patient(server, 1)
        with serving(furnished(tmp_path / "home"), *options(server, "--changes-every", "10h")) as census:
            census.send(admission(1))
            assert comes(lambda: census.record().get("compared"))
            server.before_answer = waits
            secret = (tmp_path / "home" / "continuity" / "notify.secret").read_text()
            at = hook_port(census)
            assert tell(at, secret) == 200
            assert asked_for_last.wait(PATIENCE_SECONDS)
            server.put({**LATEX, "meta": {"lastUpdated": "2199-01-01T00:00:00Z"}})
            assert tell(at, secret) == 200
            told_meanwhile.set()
            assert comes(lambda: substances(census) == ["Latex"])


def test_a_record_without_subscriptions_is_asked(tmp_path: Path) -> None:
    with running_subscribing_server() as server:
        server.offers = False
        file_patient(server, 1)
        with serving(furnished(tmp_path / "home"), *options(server, "--changes-every", "1s")) as census:
            census.send(admission(1))
            assert comes(lambda: subscribed(census) == "asked for: the server offers no subscriptions")
            server.put({**LATEX, "meta": {"lastUpdated": "2199-01-01T00:00:00Z"}})
            assert comes(lambda: substances(census) == ["Latex"])
            assert server.of("Subscription") == []


def parameters(kind: str) -> dict[str, Any]:
    """The status with which a notification of the R5 backport begins."""
    return {"resourceType": "Parameters", "parameter": [{"name": "type", "valueCode": kind}]}


def bundle(*resources: dict[str, Any]) -> bytes:
    """A notification of the R5 backport."""
    return json.dumps({"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}).encode()


@pytest.mark.parametrize(
    ("body", "count", "is_to_be_asked"),
    [
        (b"", 0, True),
        (bundle(parameters("handshake")), 0, False),
        (bundle({"resourceType": "SubscriptionStatus", "type": "heartbeat"}), 0, False),
        (bundle(parameters("event-notification")), 0, True),
        (bundle(parameters("event-notification"), LATEX), 1, False),
        (bundle(LATEX, {"resourceType": "Encounter", "id": "9", "status": "in-progress",
                        "subject": {"reference": "Patient/new"}}), 1, True),
        (bundle({**LATEX, "resourceType": "MedicationRequest", "medicationReference": {}}), 0, True),
        (bundle({**LATEX, "meta": {}}), 0, True),
        (bundle({**LATEX, "patient": {"reference": "Patient/new"}}), 0, False),
    ],
)  # fmt: skip
def test_each_kind_of_notification_says_what_is_to_be_done(body: bytes, count: int, is_to_be_asked: bool) -> None:
    found = notified(body, {"Patient/p1"})
    assert (len(found.lines), found.is_to_be_asked) == (count, is_to_be_asked)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b'{"resourceType": 5}', b"\xff"])
def test_what_is_no_notification_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"no JSON|no FHIR"):
        notified(body, ())
    assert notified(b'{"resourceType": "Bundle", "entry": [null, 7, {"resource": 3}]}', ()) == Notified((), True)
