"""A stop goes back as a stop: of the record's own order, once, with who stopped it; doubts go to a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hl7
import pytest
from msgspec.structs import replace

from codedark.app.back_entry.hl7_target import Hl7Target
from codedark.app.back_entry.running import proven, run, settle
from codedark.app.back_entry.target import Doubt, FhirTarget
from codedark.continuity.entries.as_fhir import Systems
from codedark.continuity.entries.as_hl7 import message
from codedark.continuity.entries.entry import Entry, EntryId, Order, OrderKind, Stop
from codedark.continuity.entries.reconcile import State
from codedark.continuity.hl7v2.orders import orders
from codedark.continuity.hl7v2.syntax import message as read_message
from codedark.exchange.fhir_client import FhirClient
from codedark.store.back_entry_book import Book
from tests.dropping_hl7_receiver import running_receiver
from tests.small_fhir_server import Fault, SmallFhirServer, running_server
from tests.ward_entries import NOON_US, PATIENT, entry, rows, void

ROWS = [EntryId(row) for row in rows(9)]
HEPARIN = Stop("Heparin", "O-77", "5000", "units", "platelets 40")
STOP = entry(HEPARIN, id=ROWS[0], author="Dr Maes", witness="An Wouters")
ORDER = entry(Order(OrderKind.MEDICATION, "Amoxicillin", "1000", "mg", "oral", "every 8 hours"), id=ROWS[1])
STOP_OF_WARD = entry(Stop("Amoxicillin", ORDER.id, "1000", "mg"), id=ROWS[2], effective_us=NOON_US + 3_600_000_000,
                     recorded_us=NOON_US + 3_660_000_000)  # fmt: skip
BEFORE = {"lastUpdated": "2026-01-11T08:00:00Z"}


def ordered(**changes: Any) -> dict[str, Any]:
    """The record's order; ``changes`` are elements."""
    return {
        "resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order",
        "identifier": [{"system": "urn:hospital:orders", "value": "O-77"}], "subject": {"reference": "Patient/anna"},
        "medicationCodeableConcept": {"text": "heparin"}, "meta": BEFORE | {"versionId": "3"},
        "dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 5000, "unit": "units"}}]}],
    } | changes  # fmt: skip


@pytest.fixture
def server() -> Iterator[SmallFhirServer]:
    with running_server() as server:
        for id_, number in (("anna", PATIENT), ("anne", "4712")):
            number_of = {"system": "urn:codedark:mrn", "value": number}
            server.put({"resourceType": "Patient", "id": id_, "identifier": [number_of], "birthDate": "1951-07-23"})
        server.put(ordered())
        yield server


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with Book(tmp_path / "book.db") as book:
        yield book


def target(server: SmallFhirServer) -> FhirTarget:
    return FhirTarget(FhirClient(server.base), Systems())


def do(server: SmallFhirServer, book: Book, *entries: Entry) -> dict[EntryId, State]:
    run((list(entries), []), book, target(server), lambda: NOON_US + 9 * 3_600_000_000, pause=lambda _: None)
    return {each.entry: each.state for each in book.standing().values()}


def order_of(server: SmallFhirServer) -> dict[str, Any]:
    return server.resources["MedicationRequest/m1"]


def test_the_records_own_order_is_stopped_once_with_who_stopped_it(server: SmallFhirServer, book: Book) -> None:
    assert do(server, book, STOP) == do(server, book, STOP) == {STOP.id: State.FILED}
    assert book.of(STOP.id).where == "MedicationRequest/m1"
    assert order_of(server) == ordered(
        status="stopped", statusReason={"text": "platelets 40"},
        meta=BEFORE | {"versionId": "4"},
    )  # fmt: skip
    told = server.of("Provenance")
    assert [each["target"] for each in told] == [[{"reference": "MedicationRequest/m1"}]]
    assert [agent["who"]["display"] for agent in told[0]["agent"]] == ["Dr Maes", "An Wouters"]
    assert told[0]["occurredDateTime"] == "2026-01-12T12:00:00Z"
    assert proven([STOP], book, target(server)) == []


def test_an_order_that_a_pack_has_by_its_resource_is_found_by_that(server: SmallFhirServer, book: Book) -> None:
    server.put(ordered(identifier=[]))
    by_id = entry(Stop("Heparin", "m1", "5000"), id=ROWS[0])
    assert do(server, book, by_id) == {by_id.id: State.FILED}
    assert order_of(server)["status"] == "stopped"


def test_an_order_of_the_ward_is_filed_and_then_stopped(server: SmallFhirServer, book: Book) -> None:
    assert do(server, book, STOP_OF_WARD, ORDER) == {ORDER.id: State.FILED, STOP_OF_WARD.id: State.FILED}
    own = next(each for each in server.of("MedicationRequest") if each["id"] != "m1")
    assert (own["status"], own["identifier"][0]["value"]) == ("stopped", ORDER.id)


def test_a_stop_waits_while_a_person_looks_at_its_order(server: SmallFhirServer, book: Book) -> None:
    like_it = ordered(
        id="m2", identifier=[], medicationCodeableConcept={"text": "amoxicillin"}, authoredOn="2026-01-12T12:00:00Z"
    )
    server.put(like_it)
    assert do(server, book, STOP_OF_WARD, ORDER) == {ORDER.id: State.REFUSED}
    assert "is this the same?" in book.of(ORDER.id).why
    settle(book, ORDER.id, "send", "J. Maes", NOON_US)
    assert do(server, book, STOP_OF_WARD, ORDER) == {ORDER.id: State.FILED, STOP_OF_WARD.id: State.FILED}


def test_another_dose_of_the_same_drug_asks_nobody_when_the_old_order_is_stopped_first(
    server: SmallFhirServer, book: Book
) -> None:
    new = entry(Order(OrderKind.MEDICATION, "Heparin", "2500", "units"), id=ROWS[3], effective_us=NOON_US + 60_000_000)
    assert do(server, book, new, STOP) == {STOP.id: State.FILED, new.id: State.FILED}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"identifier": [{"system": "x", "value": "O-78"}]}, "0 orders O-77 are in the record"),
        ({"subject": {"reference": "Patient/anne"}}, "another patient's"),
        ({"status": "stopped"}, "is stopped in the record already"),
        ({"status": "completed"}, "is completed in the record already"),
        ({"medicationCodeableConcept": {"text": "enoxaparin"}}, "another drug or dose"),
        ({"medicationCodeableConcept": None, "medicationReference": {"reference": "Medication/7"}}, "drug or dose"),
        ({"dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 2500}}]}]}, "another drug or dose"),
        ({"meta": {"versionId": "4", "lastUpdated": "2026-01-12T18:00:00Z"}}, "was changed in the record"),
        ({"meta": {}}, "which version"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)  # fmt: skip
def test_what_is_not_the_order_that_was_stopped_goes_to_a_person_and_nothing_is_changed(
    server: SmallFhirServer, book: Book, changes: dict[str, Any], why: str
) -> None:
    server.put(ordered(**changes))
    assert do(server, book, STOP) == {STOP.id: State.REFUSED}
    standing = book.of(STOP.id)
    assert (why in standing.why, standing.owner) == (True, "Dr Maes")
    assert order_of(server) == ordered(**changes)
    assert server.of("Provenance") == []


def test_two_orders_with_the_number_and_a_stop_without_one_go_to_a_person(server: SmallFhirServer, book: Book) -> None:
    server.put(ordered(id="m2"))
    nameless = entry(Stop("Heparin"), id=ROWS[4])
    assert do(server, book, STOP, nameless) == {STOP.id: State.REFUSED, nameless.id: State.REFUSED}
    assert "2 orders O-77" in book.of(STOP.id).why
    assert [each["status"] for each in server.of("MedicationRequest")] == ["active", "active"]
    settle(book, STOP.id, "present", "J. Maes", NOON_US)
    assert do(server, book, STOP, nameless)[STOP.id] is State.PRESENT


def test_a_stop_of_a_station_whose_clock_is_behind_is_sent_behind_its_order(
    server: SmallFhirServer, book: Book, tmp_path: Path
) -> None:
    early = replace(STOP_OF_WARD, effective_us=NOON_US - 3_600_000_000)
    assert do(server, book, early, ORDER) == {ORDER.id: State.FILED, early.id: State.FILED}
    with running_receiver() as receiver, Book(tmp_path / "other.db") as other:
        run(([early, ORDER], []), other, Hl7Target("127.0.0.1", receiver.port), lambda: NOON_US, pause=lambda _: None)
        assert list(receiver.filed) == [ORDER.id, early.id]


def test_a_stop_of_an_order_that_was_never_sent_is_no_message(book: Book, tmp_path: Path) -> None:
    corrected = replace(ORDER, id=ROWS[6], replaces=ORDER.id, why="dose")
    acts = [ORDER, STOP_OF_WARD, corrected, STOP]
    with running_receiver() as receiver:
        run((acts, []), book, Hl7Target("127.0.0.1", receiver.port), lambda: NOON_US + 9 * 3_600_000_000)
    assert {each.entry: each.state for each in book.standing().values()} == {
        ORDER.id: State.VOIDED, corrected.id: State.REFUSED, STOP.id: State.FILED, STOP_OF_WARD.id: State.REFUSED,
    }  # fmt: skip
    assert "of the ward is voided: see that it does not go on" in book.of(STOP_OF_WARD.id).why


@pytest.mark.parametrize("speaks", ["fhir", "hl7"])
def test_an_order_that_was_stopped_and_then_corrected_is_not_sent_again_as_one_that_goes_on(
    server: SmallFhirServer, book: Book, speaks: str
) -> None:
    corrected = replace(ORDER, id=ROWS[6], replaces=ORDER.id, why="hours")
    undone = void(ROWS[7], STOP_OF_WARD)
    with running_receiver() as receiver:
        to = target(server) if speaks == "fhir" else Hl7Target("127.0.0.1", receiver.port)

        def brought(*entries: Entry) -> dict[EntryId, State]:
            run((list(entries), []), book, to, lambda: NOON_US + 9 * 3_600_000_000, pause=lambda _: None)
            return {each.entry: each.state for each in book.standing().values()}

        acts = [ORDER, STOP_OF_WARD, corrected]
        assert brought(*acts[:2]) == {ORDER.id: State.FILED, STOP_OF_WARD.id: State.FILED}
        assert brought(*acts)[corrected.id] is State.REFUSED
        for each in [own for own in server.of("MedicationRequest") if own["id"] != "m1"]:
            server.put(each | {"status": "entered-in-error"})
        settle(book, corrected.id, "send", "J. Maes", NOON_US)
        assert brought(*acts)[corrected.id] is State.REFUSED
        assert f"the ward stopped this order ({STOP_OF_WARD.id})" in book.of(corrected.id).why
        assert corrected.id not in {*server.numbers(), *receiver.filed}
        assert brought(*acts, undone)[corrected.id] is State.FILED
        assert corrected.id in {*server.numbers(), *receiver.filed}


def test_another_station_that_brings_everything_in_sees_that_the_stop_of_a_corrected_order_is_there(
    server: SmallFhirServer, book: Book, tmp_path: Path
) -> None:
    corrected = replace(ORDER, id=ROWS[6], replaces=ORDER.id, why="hours")
    do(server, book, ORDER, STOP_OF_WARD)
    with Book(tmp_path / "other.db") as other:
        assert do(server, other, ORDER, STOP_OF_WARD, corrected) == {
            ORDER.id: State.VOIDED, STOP_OF_WARD.id: State.PRESENT, corrected.id: State.REFUSED
        }  # fmt: skip
    assert corrected.id not in server.numbers()


@pytest.mark.parametrize("is_filed", [True, False])
def test_an_order_that_was_corrected_twice_does_not_go_on_when_its_stop_names_the_first(
    server: SmallFhirServer, book: Book, *, is_filed: bool
) -> None:
    once = replace(ORDER, id=ROWS[6], replaces=ORDER.id, why="hours")
    twice = replace(ORDER, id=ROWS[7], replaces=once.id, why="dose")
    if is_filed:
        do(server, book, ORDER)
    assert do(server, book, ORDER, once, twice, STOP_OF_WARD)[twice.id] is State.REFUSED
    active = [each["id"] for each in server.of("MedicationRequest") if each["status"] == "active"]
    assert (active, book.of(STOP_OF_WARD.id).state) == (["m1"], State.FILED if is_filed else State.REFUSED)
    named = replace(STOP_OF_WARD, id=ROWS[8], content=Stop("Amoxicillin", twice.id, "1000", "mg"))
    assert do(server, book, ORDER, once, twice, STOP_OF_WARD, named)[named.id] is State.FILED


@pytest.mark.parametrize("fault", list(Fault), ids=str)
def test_whatever_the_network_does_it_is_stopped_once(server: SmallFhirServer, book: Book, fault: Fault) -> None:
    server.faults.append(fault)
    assert do(server, book, STOP) == {STOP.id: State.FILED}
    assert (order_of(server)["status"], order_of(server)["meta"]["versionId"]) == ("stopped", "4")
    assert len(server.of("Provenance")) == 1


def test_an_order_that_is_changed_while_it_is_looked_at_is_not_stopped(server: SmallFhirServer, book: Book) -> None:
    before = server.transact

    def changed_first(bundle: dict[str, Any], stop_after: int | None = None) -> dict[str, Any]:
        server.put(ordered(meta={"versionId": "4"}))
        return before(bundle, stop_after)

    server.transact = changed_first  # type: ignore[method-assign]
    assert do(server, book, STOP) == {STOP.id: State.REFUSED}
    assert order_of(server) == ordered(meta={"versionId": "4"})


def test_a_stop_that_was_made_void_stops_nothing(server: SmallFhirServer, book: Book) -> None:
    taken_back = void(ROWS[5], STOP)
    assert do(server, book, STOP, taken_back) == {STOP.id: State.VOIDED, taken_back.id: State.VOIDED}
    assert order_of(server) == ordered()


def test_as_a_message_it_discontinues_the_order_and_is_read_as_that() -> None:
    text = message(STOP, "HOSPITAL").decode()
    read = hl7.parse(text)
    assert str(read.segment("MSH")[9]) == "OMP^O09^OMP_O09"
    orc = read.segment("ORC")
    assert [str(orc[at]) for at in (1, 2, 9, 15, 16)] == ["DC", "O-77", "20260112120000+0000", "20260112120000+0000",
                                                          "^platelets 40"]  # fmt: skip
    segments = list(read_message(text.encode()).segments)
    assert [(each.number(), each.status()) for each in orders(segments) if "ORC" in each.first] == [("O-77", "stopped")]


def test_a_dose_as_the_record_wrote_it_shifts_no_field_of_a_message() -> None:
    text = message(replace(STOP, content=Stop("Heparin", "O-77", "1|2^3", "units"))).decode()
    assert "RXO|^Heparin|1\\F\\2\\S\\3||units" in text


def test_a_message_that_would_not_say_which_order_is_not_sent() -> None:
    with pytest.raises(Doubt, match="names no order"):
        Hl7Target("127.0.0.1", 9).send(entry(Stop("Heparin"), id=ROWS[0]), PATIENT)
