"""Back-entry into HAPI FHIR JPA: a FHIR server of another make, with a database, transactions and a validator.

Each act is there once, on its patient, with one Provenance, whatever happens to the network, to the run and to HAPI.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import time_ns
from typing import Any

import pytest
from msgspec.structs import replace

from codedark.app.back_entry.running import confirm, proven, run
from codedark.app.back_entry.target import FhirTarget
from codedark.app.back_entry.whose import NEW
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.entries.as_fhir import Systems, transaction, type_of
from codedark.continuity.entries.entry import Entry, EntryId, Stop
from codedark.continuity.entries.reconcile import Count, State
from codedark.exchange.fhir_client import FhirClient
from codedark.exchange.sender import NotAccepted, NotDelivered
from codedark.store.back_entry_book import Book
from codedark.store.station.station import Station
from tests.command_line import Command
from tests.cutting_network import Cut, CuttingNetwork, cutting_network
from tests.hapi_server import Hapi
from tests.house.repository import ROOT
from tests.programs import comes
from tests.scenarios.test_back_entry import ROWS, SHIFT
from tests.ward_entries import ADMISSION, MRN, NOON_US, PATIENT, admission, entry, note, observation, rows

IS_THOROUGH = os.environ.get("LAWS") == "thorough"
KINDS = sorted({kind for each in SHIFT if (kind := type_of(each.content))})
VOID = {ROWS[0], ROWS[4]}
_HOUR_US = 3_600_000_000
ANNA = {
    "resourceType": "Patient", "id": "anna", "name": [{"family": "Peeters"}], "birthDate": "1951-07-23",
    "identifier": [{"system": "urn:codedark:mrn", "value": PATIENT}],
}  # fmt: skip


@pytest.fixture
def server(hapi: Hapi) -> Hapi:
    """HAPI that knows one patient."""
    hapi.put(ANNA)
    return hapi


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with Book(tmp_path / "book.db") as book:
        confirm(book, MRN, NEW, "records office", NOON_US)
        yield book


def at(base: str) -> FhirTarget:
    return FhirTarget(FhirClient(base), Systems())


def do(base: str, book: Book, entries: list[Entry]) -> Count:
    return run((entries, []), book, at(base), lambda: NOON_US + 24 * _HOUR_US, pause=lambda _: None)


def do_until_done(base: str, book: Book, entries: list[Entry]) -> Count:
    """Begun again for as long as somebody does not answer."""
    for _ in range(400):
        try:
            done = do(base, book, entries)
        except NotDelivered:
            continue
        if not done.by_state[State.REFUSED]:
            return done
    raise AssertionError(book.standing())


def check_all_is_there_once(server: Hapi, charted: list[Entry] = SHIFT) -> None:
    """Every entry that was not voided, on its patient, with its Provenance; and one new patient."""
    patients = {each["identifier"][0]["value"]: f"Patient/{each['id']}" for each in server.of("Patient")}
    assert set(patients) == {PATIENT, MRN}
    of = {each.id: patients[each.patient] for each in charted}
    there = server.of(*KINDS)
    assert Counter(each["identifier"][0]["value"] for each in there) == Counter(of.keys() - VOID)
    for each in there:
        about = each.get("subject") or each["patient"]
        assert about["reference"] == of[each["identifier"][0]["value"]]
    places = {f"{each['resourceType']}/{each['id']}": each["identifier"][0]["value"] for each in there}
    for each in server.of("Provenance"):
        target = each["target"][0]["reference"].partition("/_history")[0]
        assert places.pop(target) == each["meta"]["tag"][0]["code"]
    assert not places


def test_a_ward_goes_back_by_command_and_the_counts_are_those_of_the_record(server: Hapi, tmp_path: Path) -> None:
    command = Command(tmp_path, tmp_path)
    command.env["CODEDARK_STATION"] = str(tmp_path / "one")
    with Station(tmp_path / "one", "icu-1") as station:
        for each in SHIFT:
            station.write(each)
    assert command.run("backentry", "run", "--fhir", server.base).code == 3
    assert server.numbers(KINDS).total() == 8
    command.run("backentry", "confirm", MRN, "--new", "--by", "records office")
    ran = command.run("backentry", "run", "--fhir", server.base)
    assert (ran.code, ran.err) == (0, "")
    check_all_is_there_once(server)
    counts = json.loads(command.run("backentry", "status", "--format", "json").out)
    assert (counts["entries"], counts["finished"]) == (len(SHIFT), True)
    assert counts["states"]["filed"] == server.numbers(KINDS).total() == 10
    assert counts["states"]["voided"] == 2
    again = command.run("backentry", "run", "--fhir", server.base)
    assert (again.code, again.out) == (0, ran.out)
    check_all_is_there_once(server)


def test_one_who_came_in_unknown_and_is_known_gets_what_was_done_for_him(server: Hapi, tmp_path: Path) -> None:
    with Book(tmp_path / "merge.db") as book:
        confirm(book, MRN, PATIENT, "records office", NOON_US)
        assert do(server.base, book, SHIFT).by_state[State.FILED] == 10
        assert proven(SHIFT, book, at(server.base)) == []
    assert [each["id"] for each in server.of("Patient")] == ["anna"]
    subjects = {(each.get("subject") or each["patient"])["reference"] for each in server.of(*KINDS)}
    assert (subjects, server.numbers(KINDS)) == ({"Patient/anna"}, Counter({each.id for each in SHIFT} - VOID))


def test_what_was_looked_for_a_moment_ago_and_is_there_now_is_found(server: Hapi) -> None:
    """HAPI keeps what a search found for a minute, and tells it again unless it is told not to."""
    target, entry = at(server.base), observation(ROWS[0])
    assert target.find(entry) == ""
    where = target.send(entry, "Patient/anna")
    assert target.find(entry) == where
    assert target.send(entry, "Patient/anna") == where


@pytest.mark.parametrize("seed", range(25 if IS_THOROUGH else 2))
def test_connections_cut_at_any_byte_and_doubled_requests_neither_lose_nor_double(
    server: Hapi, book: Book, seed: int
) -> None:
    with cutting_network(server.port, seed) as network:
        done = do_until_done(network.base, book, SHIFT)
        assert network.done.total() - network.done[Cut.NOT] > 2
    assert done.by_state[State.FILED] + done.by_state[State.PRESENT] == 10
    assert proven(SHIFT, book, at(server.base)) == []
    check_all_is_there_once(server)


def test_stations_that_send_the_same_at_once_file_it_once(server: Hapi, tmp_path: Path) -> None:
    """A conditional create loses against another of the same number with 409, and is looked for then."""
    entries = [observation(row, effective_us=NOON_US + n * _HOUR_US) for n, row in enumerate(rows(8))]

    def sent(number: int) -> Count:
        with Book(tmp_path / f"{number}.db") as book:
            return do(server.base, book, entries)

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(sent, range(4)))
    assert all(each.by_state[State.FILED] + each.by_state[State.PRESENT] == 8 for each in counts), counts
    assert server.numbers(["Observation"]) == Counter(dict.fromkeys(rows(8), 1))
    assert len(server.of("Provenance")) == 8


def test_nothing_of_a_transaction_is_there_where_its_last_entry_is_bad(server: Hapi) -> None:
    client = FhirClient(server.base)
    admitted = transaction(admission(), "", Systems())
    nobody = admitted | {"entry": [*admitted["entry"][:-1], _pointing(admitted["entry"][-1], "Patient/nobody")]}
    with pytest.raises(NotAccepted, match="Patient/nobody"):
        client.transact(nobody)
    without = admitted | {"entry": [*admitted["entry"][:-1], _pointing(admitted["entry"][-1], None)]}
    with pytest.raises(NotAccepted, match=r"Provenance\.target: minimum required = 1") as refused:
        client.transact(without)
    assert "narrative" not in str(refused.value)
    assert server.of("Encounter", "Provenance") == []
    assert [each["id"] for each in server.of("Patient")] == ["anna"]
    assert len(client.transact(admitted)) == 3


def _pointing(step: dict[str, Any], where: str | None) -> dict[str, Any]:
    target = {"target": [{"reference": where}]} if where else {}
    resource = {key: value for key, value in step["resource"].items() if key != "target"} | target
    return step | {"resource": resource}


def test_what_the_record_refuses_has_an_owner_and_a_reason_and_the_rest_is_filed(server: Hapi, book: Book) -> None:
    bad = admission(replace(ADMISSION, born="1951-99-99"), id=ROWS[1])
    later = rows(12, station=2)
    done = do(
        server.base, book, [bad, *(each for each in SHIFT if each.id not in {ROWS[1], ROWS[10]}), note(later[0], "a")]
    )
    assert (done.is_finished, done.by_state[State.REFUSED], done.by_state[State.FILED]) == (True, 1, 9)
    standing = book.standing()[ROWS[1]]
    assert standing.owner == "M. Claes"
    assert "1951-99-99" in standing.why
    assert [each["id"] for each in server.of("Patient")] == ["anna"]
    assert server.of("Encounter") == []
    server.put({**ANNA, "id": "twin"})
    assert do(server.base, book, [note(later[1], "b")]).by_state[State.REFUSED] == 1
    assert "2 patients have the number" in book.standing()[EntryId(later[1])].why


def test_numbers_and_their_systems_may_have_any_letters(server: Hapi) -> None:
    system, entry = "http://ehr.example/mrn?site=1&kind=a+b", admission()
    systems = Systems(patient=system)
    others = [{"system": system, "value": value} for value in ("47,11", "47", "11")]
    server.put(*(ANNA | {"id": f"p{n}", "identifier": [each]} for n, each in enumerate(others)))
    target = FhirTarget(FhirClient(server.base), systems)
    assert target.patient(PatientId("47,11"), ()) == "Patient/p0"
    for _ in range(2):
        target.send(entry, "")
    assert target.patient(MRN, ()).startswith("Patient/")
    assert len(server.of("Patient")) == 5


def test_two_resources_of_one_number_are_for_a_person(server: Hapi, book: Book) -> None:
    entry = observation(ROWS[0])
    resource = transaction(entry, "Patient/anna", Systems())["entry"][0]["resource"]
    server.put({**resource, "id": "one"}, {**resource, "id": "two"})
    assert do(server.base, book, [entry]).by_state[State.REFUSED] == 1
    assert "2 resources have the identifier" in book.standing()[ROWS[0]].why
    with pytest.raises(NotAccepted, match="matched 2 resources"):
        FhirClient(server.base).transact(transaction(entry, "Patient/anna", Systems()))


def test_what_a_device_filed_meanwhile_goes_to_a_person(server: Hapi, book: Book) -> None:
    measured = transaction(observation(ROWS[5]), "Patient/anna", Systems(entry="urn:device"))["entry"][0]["resource"]
    near, far = {"effectiveDateTime": "2026-01-12T13:05:00+01:00"}, {"effectiveDateTime": "2026-01-12T14:05:00+01:00"}
    server.put({**measured, **near, "id": "device-1"}, {**measured, **far, "id": "device-2"})
    assert do(server.base, book, [observation(ROWS[0])]).by_state[State.REFUSED] == 1
    why = book.standing()[ROWS[0]].why
    assert "Observation/device-1 body temperature 37.2 Cel" in why
    assert "device-2" not in why


def test_the_records_own_order_is_stopped_once_and_one_that_was_changed_since_is_a_persons(
    server: Hapi, tmp_path: Path
) -> None:
    order = {
        "resourceType": "MedicationRequest", "status": "active", "intent": "order",
        "subject": {"reference": "Patient/anna"}, "medicationCodeableConcept": {"text": "heparin"},
    }  # fmt: skip
    for id_ in ("m1", "m2"):
        server.put(order | {"id": id_, "identifier": [{"system": "urn:hospital:orders", "value": f"O-{id_}"}]})
    now_us = time_ns() // 1_000
    stops = [
        entry(Stop("Heparin", number), id=row, effective_us=now_us + ago_us, recorded_us=now_us)
        for number, row, ago_us in (("O-m1", ROWS[0], 0), ("m2", ROWS[2], 0), ("O-m2", ROWS[3], -_HOUR_US))
    ]
    for why in ("was changed in the record", "is stopped in the record already"):
        with Book(tmp_path / "stops.db") as book:
            run((stops, []), book, at(server.base), lambda: now_us + _HOUR_US, pause=lambda _: None)
            assert [book.of(each.id).state for each in stops] == [State.FILED, State.FILED, State.REFUSED]
            assert why in book.of(stops[2].id).why
            assert proven(stops, book, at(server.base)) == []
    assert [(each["status"], each["meta"]["versionId"]) for each in server.of("MedicationRequest")] == [
        ("stopped", "2"), ("stopped", "2"),
    ]  # fmt: skip
    assert len(server.of("Provenance")) == 2


@pytest.mark.parametrize("seed", range(6 if IS_THOROUGH else 1))
def test_back_entry_and_the_record_are_killed_in_the_middle(server: Hapi, tmp_path: Path, seed: int) -> None:
    """The runs again and again, then HAPI in the middle of one, then the runs again; over a bad network."""
    later = [observation(row, effective_us=NOON_US + n * _HOUR_US) for n, row in enumerate(rows(12, station=2))]
    charted = [*SHIFT, *later]
    with Station(tmp_path / "one", "icu-1") as station:
        for each in charted:
            station.write(each)
    path = tmp_path / "one" / "backentry.db"
    with Book(path) as book:
        confirm(book, MRN, NEW, "records office", NOON_US)
    with cutting_network(server.port, seed) as network:
        killed_again_and_again(path, network, seed)
        kill_in_the_middle(server, network, path, charted)
        killed_again_and_again(path, network, seed + 1)
    with Book(path) as book:
        done = do_until_done(server.base, book, charted)
        assert (done.is_finished, done.by_state[State.FILED] + done.by_state[State.PRESENT]) == (True, 22)
        assert proven(charted, book, at(server.base)) == []
    check_all_is_there_once(server, charted)


def killed_again_and_again(book: Path, network: CuttingNetwork, seed: int) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.killed_back_entry", book.parent, book, network.base, "6", str(seed), "0.4"],
        cwd=ROOT, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


def kill_in_the_middle(server: Hapi, network: CuttingNetwork, path: Path, charted: list[Entry]) -> None:
    """SIGKILL to HAPI while it takes entries; then it begins again on the same database."""
    harms, network.odds = network.odds, {Cut.NOT: 1}
    before = network.done.total()

    def send() -> None:
        with Book(path) as book, suppress(NotDelivered):
            do(network.base, book, charted)

    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send)
        assert comes(lambda: network.done.total() > before + 2 or sending.done())
        server.kill()
        sending.result()
    server.start()
    network.port, network.odds = server.port, harms
