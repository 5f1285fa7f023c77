"""Back-entry into a FHIR server that is not ours (Medplum's router), over a network that drops and doubles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codedark.app.back_entry.running import confirm, proven, run
from codedark.app.back_entry.target import FhirTarget
from codedark.app.back_entry.whose import NEW
from codedark.continuity.entries.as_fhir import Systems, type_of
from codedark.continuity.entries.reconcile import State
from codedark.exchange.fhir_client import FhirClient
from codedark.exchange.sender import NotDelivered
from codedark.store.back_entry_book import Book
from tests.medplum_server import BadNetwork, bad_network, medplum
from tests.scenarios.test_back_entry import NOT_VOID, ROWS, SHIFT
from tests.small_fhir_server import Fault
from tests.ward_entries import MRN, NOON_US, PATIENT, observation

FAULTS = [Fault.LOST, Fault.UNANSWERED, Fault.DOUBLED, Fault.BUSY, Fault.DONE_AND_FAILED, Fault.NONE]


@pytest.fixture
def network() -> Iterator[BadNetwork]:
    with medplum() as port, bad_network(port) as network:
        made = FhirClient(network.base)
        made.transact(
            {"resourceType": "Bundle", "type": "transaction", "entry": [
                {"request": {"method": "POST", "url": "Patient"}, "resource": {
                    "resourceType": "Patient", "name": [{"family": "Peeters"}], "birthDate": "1951-07-23",
                    "identifier": [{"system": "urn:codedark:mrn", "value": PATIENT}]}}]}
        )  # fmt: skip
        yield network


def everything(client: FhirClient) -> list[dict[str, Any]]:
    kinds = {type_of(each.content) for each in SHIFT} - {None}
    return [each for kind in sorted(map(str, kinds)) for each in client.search(kind, [])]


def test_each_act_is_there_once_on_its_patient_with_one_provenance(network: BadNetwork, tmp_path: Path) -> None:
    client = FhirClient(network.base)
    target = FhirTarget(client, Systems())
    network.faults.extend(FAULTS * 4)
    with Book(tmp_path / "book.db") as book:
        confirm(book, MRN, NEW, "records office", NOON_US)
        for _ in range(20):
            try:
                done = run((SHIFT, []), book, target, lambda: NOON_US, pause=lambda _: None)
                break
            except NotDelivered:
                continue
        assert (done.is_finished, done.by_state[State.FILED], done.by_state[State.VOIDED]) == (True, 10, 2)
        assert proven(SHIFT, book, target) == []
    there = everything(client)
    assert Counter(each["identifier"][0]["value"] for each in there) == Counter(dict.fromkeys(NOT_VOID, 1))
    patients = {each["identifier"][0]["value"]: f"Patient/{each['id']}" for each in client.search("Patient", [])}
    assert set(patients) == {PATIENT, MRN}
    of = {each.id: patients[each.patient] for each in SHIFT}
    for each in there:
        assert (each.get("subject") or each["patient"])["reference"] == of[each["identifier"][0]["value"]]
    provenances = client.search("Provenance", [])
    assert Counter(each["meta"]["tag"][0]["code"] for each in provenances) == Counter(dict.fromkeys(NOT_VOID, 1))


def test_what_is_there_already_is_found_and_goes_to_a_person(network: BadNetwork, tmp_path: Path) -> None:
    target = FhirTarget(FhirClient(network.base), Systems())
    with Book(tmp_path / "book.db") as book:
        run(([observation(ROWS[0])], []), book, target, lambda: NOON_US)
        elsewhere = FhirTarget(FhirClient(network.base), Systems(entry="urn:another"))
        run(([observation(ROWS[1])], []), book, elsewhere, lambda: NOON_US)
        assert book.standing()[ROWS[0]].state is State.FILED
        assert book.standing()[ROWS[1]].state is State.REFUSED
        assert "body temperature 37.2 Cel" in book.standing()[ROWS[1]].why
