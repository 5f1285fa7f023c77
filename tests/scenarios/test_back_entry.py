"""Back-entry into a FHIR server: every entry once, on the right patient, in one state, whatever goes wrong on the way.

The server is this project's own (`tests/small_fhir_server.py`), which rolls back, drops and doubles.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count as counting
from pathlib import Path
from typing import Any

import pytest

from codedark.app.back_entry.running import NEW, confirm, meant, proven, run, settle
from codedark.app.back_entry.target import FhirTarget
from codedark.continuity.chart import PatientId
from codedark.continuity.entry import (
    Administration,
    Allergy,
    Checked,
    DoseStatus,
    Entry,
    EntryId,
    Identifier,
    Observation,
    Order,
    OrderKind,
    PhoneResult,
    Specimen,
    Transfer,
    apart,
)
from codedark.continuity.entry_fhir import Systems
from codedark.continuity.numbers import Kind
from codedark.continuity.reconcile import ENDS, Count, State
from codedark.errors import UsageError
from codedark.exchange.fhir_client import FhirClient
from codedark.exchange.sender import NotDelivered
from codedark.store.back_entry_book import Book
from tests.crashing_disk import Crash, Spoils, crashing
from tests.small_fhir_server import Fault, SmallFhirServer, running_server
from tests.ward_entries import DOSE, MRN, NOON_US, PATIENT, admission, entry, note, observation, rows, void

POINTS = int(os.environ.get("CODEDARK_CRASH_POINTS", "36"))
ROWS = [EntryId(row) for row in rows(16)]
FIRST = entry(id=ROWS[0])
UNKNOWN = admission(id=ROWS[1])
OF_UNKNOWN: dict[str, Any] = {"patient": MRN, "checked": UNKNOWN.checked}
SHIFT = [
    note(ROWS[2], "quiet night"),
    entry(PhoneResult("potassium", "5.9", "J. Maes", is_read_back=True, unit="mmol/L", code="2823-3"), id=ROWS[3]),
    FIRST,
    void(ROWS[4], FIRST),
    entry(Order(OrderKind.MEDICATION, "amoxicillin", "1000", "mg", "intravenous", "every 8 hours"), id=ROWS[5]),
    entry(Administration(DoseStatus.HELD, "digoxin", reason="pulse 48"), id=ROWS[6], witness="J. Maes"),
    entry(Allergy("penicillin", "rash"), id=ROWS[7]),
    entry(Observation("weight", "71.4", "kg", "29463-7"), id=ROWS[8]),
    entry(Specimen("blood culture", "blood", rows(1, kind=Kind.ACCESSION)[0]), id=ROWS[9]),
    UNKNOWN,
    observation(ROWS[10], **OF_UNKNOWN),
    entry(id=ROWS[11], effective_us=NOON_US - 3_600_000_000),
]
NOT_VOID = {each.id for each in SHIFT} - {ROWS[0], ROWS[4]}


@pytest.fixture
def server() -> Iterator[SmallFhirServer]:
    with running_server() as server:
        anna = {"family": "Peeters", "given": ["Anna"]}
        identifier = {"system": "urn:codedark:mrn", "value": PATIENT}
        server.put({"resourceType": "Patient", "id": "anna", "identifier": [identifier], "name": [anna],
                    "birthDate": "1951-07-23"})  # fmt: skip
        yield server


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with Book(tmp_path / "book.db") as book:
        yield book


def clock() -> Callable[[], int]:
    ticks = counting(NOON_US, 1_000_000)
    return lambda: next(ticks)


def do(
    server: SmallFhirServer, book: Book, entries: list[Entry], conflicts: list[tuple[Entry, ...]] | None = None
) -> Count:
    target = FhirTarget(FhirClient(server.base), Systems())
    return run((entries, conflicts or []), book, target, clock(), pause=lambda _: None)


def check_all_is_there_once(server: SmallFhirServer) -> None:
    """Every entry that was not voided is there once, on its patient, and so are its Provenance and the new patient."""
    assert server.numbers() == Counter(dict.fromkeys(NOT_VOID, 1))
    unknown = [each["id"] for each in server.of("Patient") if each["id"] != "anna"]
    assert len(unknown) == 1
    of = {each.id: "anna" if each.patient == PATIENT else unknown[0] for each in SHIFT}
    for each in server.resources.values():
        for identifier in each.get("identifier", []):
            if identifier["system"] == "urn:codedark:entry":
                about = each.get("subject") or each["patient"]
                assert about["reference"] == f"Patient/{of[identifier['value']]}"
    provenances = server.of("Provenance")
    assert Counter(each["meta"]["tag"][0]["code"] for each in provenances) == Counter(dict.fromkeys(NOT_VOID, 1))
    assert all(each["target"][0]["reference"] in server.resources for each in provenances)


def test_a_shift_goes_back_in_order_and_once(server: SmallFhirServer, book: Book) -> None:
    confirm(book, MRN, NEW, "records office", NOON_US)
    assert do(server, book, SHIFT) == do(server, book, SHIFT)
    done = do(server, book, SHIFT)
    assert done.is_finished
    assert done.by_state == dict.fromkeys(State, 0) | {State.FILED: 10, State.VOIDED: 2}
    check_all_is_there_once(server)
    assert proven(SHIFT, book, FhirTarget(FhirClient(server.base), Systems())) == []
    kinds = [each["resourceType"] for each in server.resources.values() if each["resourceType"] != "Provenance"]
    assert (
        kinds.index("AllergyIntolerance") < kinds.index("MedicationRequest") < kinds.index("MedicationAdministration")
    )
    assert kinds[-1] == "DocumentReference"
    held = next(each for each in server.of("MedicationAdministration") if each["status"] == "not-done")
    assert held["statusReason"] == [{"text": "held: pulse 48"}]


def test_what_was_filed_and_is_gone_is_found_by_the_proof(server: SmallFhirServer, book: Book) -> None:
    do(server, book, [SHIFT[0]])
    server.resources.pop(book.standing()[SHIFT[0].id].where)
    wrong = proven(SHIFT, book, FhirTarget(FhirClient(server.base), Systems()))
    assert len(wrong) == 1
    assert "does not have it" in wrong[0]


def test_an_unknown_patient_waits_for_a_person_and_so_does_what_was_done_for_him(
    server: SmallFhirServer, book: Book
) -> None:
    done = do(server, book, SHIFT)
    assert done.is_finished
    refused = {each.entry for each in book.standing().values() if each.state is State.REFUSED}
    assert refused == {UNKNOWN.id, ROWS[10]}
    assert f"who is {MRN}?" in book.standing()[UNKNOWN.id].why
    confirm(book, MRN, PATIENT, "records office", NOON_US)
    assert do(server, book, SHIFT).by_state[State.FILED] == 10
    assert [each["id"] for each in server.of("Patient")] == ["anna"]
    assert {each["subject"]["reference"] for each in server.of("Observation")} == {"Patient/anna"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"birthDate": "1951-07-24"}, "another person"),
        ({"name": [{"family": "Janssens"}]}, "another person"),
        ({"identifier": []}, "0 patients have the number"),
    ],
)
def test_nothing_is_filed_for_somebody_who_is_not_who_was_treated(
    server: SmallFhirServer, book: Book, change: dict[str, object], why: str
) -> None:
    server.resources["Patient/anna"] |= change
    assert do(server, book, [SHIFT[0]]).by_state[State.REFUSED] == 1
    assert why in book.standing()[SHIFT[0].id].why
    assert book.standing()[SHIFT[0].id].owner == "M. Claes"
    assert not server.numbers()


def test_what_a_device_filed_is_compared_by_a_person(server: SmallFhirServer, book: Book) -> None:
    filed = {
        "resourceType": "Observation", "id": "device-1", "subject": {"reference": "Patient/anna"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "8310-5"}]},
        "effectiveDateTime": "2026-01-12T12:05:00Z",
        "valueQuantity": {"value": 37.3, "unit": "Cel"},
    }  # fmt: skip
    server.put(filed)
    for row, said, state in ((ROWS[0], "present", State.PRESENT), (ROWS[1], "send", State.FILED)):
        temperature = observation(row)
        do(server, book, [temperature])
        standing = book.standing()[row]
        assert standing.state is State.REFUSED
        assert "Observation/device-1 37.3 Cel of 2026-01-12T12:05:00Z" in standing.why
        settle(book, row, said, "J. Maes", NOON_US)
        do(server, book, [temperature])
        assert book.standing()[row].state is state
    assert server.numbers() == {ROWS[1]: 1}


def test_what_somebody_typed_in_from_paper_is_already_present(server: SmallFhirServer, book: Book) -> None:
    do(server, book, [SHIFT[0]])
    with Book(book.path.with_name("another.db")) as another:
        do(server, another, [SHIFT[0]])
        assert another.standing()[SHIFT[0].id].state is State.PRESENT
    assert server.numbers() == {SHIFT[0].id: 1}


def test_conflicts_transfers_and_late_corrections_have_an_owner(server: SmallFhirServer, book: Book) -> None:
    first, second = note(ROWS[0], "a"), note(ROWS[0], "b", author="J. Maes")
    moved = entry(Transfer("ward 3"), id=ROWS[1])
    dose = entry(id=ROWS[2])
    done = do(server, book, [moved, dose], [(first, second)])
    assert (done.entries, done.by_state[State.REFUSED]) == (4, 3)
    correction = entry(DOSE, id=ROWS[3], replaces=dose.id, why="250 mg")
    done = do(server, book, [moved, dose, correction], [(first, second)])
    assert done.is_finished
    standing = book.standing()
    assert [standing[row].state for row in ROWS[1:4]] == [State.REFUSED, State.FILED, State.REFUSED]
    assert all(standing[row].owner == "M. Claes" for row in (ROWS[1], ROWS[3]))
    assert [(standing[each.id].state, standing[each.id].owner) for each in map(apart, (first, second))] == [
        (State.REFUSED, "M. Claes"), (State.REFUSED, "J. Maes"),
    ]  # fmt: skip
    assert "take it back there" in standing[ROWS[3]].why
    server.resources = {name: each for name, each in server.resources.items() if "MedicationAdministration" not in name}
    settle(book, ROWS[3], "send", "J. Maes", NOON_US)
    for _ in range(2):
        do(server, book, [moved, dose, correction], [(first, second)])
        assert book.standing()[ROWS[3]].state is State.FILED
    assert len(server.of("MedicationAdministration")) == 1
    twice = [entry(id=ROWS[4]), *(entry(id=row, replaces=ROWS[4], why="typing") for row in ROWS[5:7])]
    do(server, book, twice)
    assert [book.standing()[row].state for row in ROWS[4:7]] == [State.VOIDED, State.REFUSED, State.REFUSED]


def test_acts_of_one_row_are_sent_each_under_a_number_of_its_own(server: SmallFhirServer, book: Book) -> None:
    pair = (note(ROWS[0], "a"), note(ROWS[0], "b", station="icu-2"))
    fix = entry(DOSE, id=ROWS[1], replaces=ROWS[0], why="typing")
    done = do(server, book, [fix], [pair])
    assert (done.by_state[State.REFUSED], server.numbers()) == (3, Counter())
    numbers = [apart(act).id for act in pair]
    assert f"{fix.id} corrects one of them" in book.standing()[numbers[0]].why
    assert "say which is meant" in book.standing()[fix.id].why
    with pytest.raises(UsageError, match="stands for 2 acts: say which"):
        meant([pair], ROWS[0])
    for number in (*numbers, fix.id):
        settle(book, meant([pair], number), "send", "J. Maes", NOON_US)
    done = do(server, book, [fix], [pair])
    assert (done.by_state[State.FILED], server.numbers()) == (3, Counter([*numbers, fix.id]))
    assert do(server, book, [fix], [pair]) == done
    assert server.numbers() == Counter([*numbers, fix.id])


def test_what_an_act_of_a_doubled_row_corrects_is_not_sent_unseen(server: SmallFhirServer, book: Book) -> None:
    dose = entry(id=ROWS[2])
    pair = (void(ROWS[0], dose), note(ROWS[0], "b", station="icu-2"))
    assert do(server, book, [dose], [pair]).by_state[State.REFUSED] == 3
    assert "stands for several acts" in book.standing()[dose.id].why


def test_only_what_was_refused_is_settled_and_only_reserved_numbers_are_confirmed(
    server: SmallFhirServer, book: Book
) -> None:
    do(server, book, [SHIFT[0]])
    with pytest.raises(UsageError, match="is filed"):
        settle(book, SHIFT[0].id, "void", "J. Maes", NOON_US)
    with pytest.raises(UsageError, match="no reserved patient number"):
        confirm(book, "4711", NEW, "J. Maes", NOON_US)
    with pytest.raises(UsageError, match="say --by"):
        confirm(book, MRN, NEW, " ", NOON_US)


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_on_the_way_neither_loses_nor_doubles(server: SmallFhirServer, book: Book, fault: Fault) -> None:
    confirm(book, MRN, NEW, "records office", NOON_US)
    server.faults.extend([fault] * 3 * len(SHIFT))
    for _ in range(3 * len(SHIFT)):
        try:
            do(server, book, SHIFT)
            break
        except NotDelivered:
            continue
    assert do(server, book, SHIFT).by_state[State.FILED] == 10
    check_all_is_there_once(server)


@pytest.mark.parametrize("seed", range(6))
def test_crashes_and_faults_at_every_point_neither_lose_nor_double(tmp_path: Path, seed: int) -> None:
    """The run is ended at effect n of the book, for every n, while the server does what servers do."""
    chance = random.Random(seed)
    for point in range(POINTS // 6):
        with running_server() as server:
            server.put({"resourceType": "Patient", "id": "anna", "name": [{"family": "Peeters"}],
                        "identifier": [{"system": "urn:codedark:mrn", "value": PATIENT}]})  # fmt: skip
            server.faults.extend(chance.choices(list(Fault), k=20))
            path = tmp_path / f"{point}.db"
            with Book(path) as book:
                confirm(book, MRN, NEW, "records office", NOON_US)
            ended = 0
            while not ended:
                ended = begun_again(server, path, chance.randrange(1, 24))
            with Book(path) as book:
                done = do(server, book, SHIFT)
                assert done.is_finished
                assert sum(done.by_state[state] for state in ENDS) == len(SHIFT)
                assert done.by_state[State.FILED] == 10, book.standing()
            check_all_is_there_once(server)


def begun_again(server: SmallFhirServer, path: Path, at: int) -> bool:
    """One run that is killed at effect ``at`` of its book, or ends because nobody answers, or is done."""
    with crashing(at, Spoils.KILLED):
        book = Book(path)
        try:
            do(server, book, SHIFT)
        except (Crash, NotDelivered):
            return False
        finally:
            book.close()
    return True


def test_a_name_on_the_wristband_is_checked_against_the_record(server: SmallFhirServer, book: Book) -> None:
    typed = (Checked(Identifier.NAME, "PEETERS, A."), Checked(Identifier.NUMBER, PatientId(PATIENT)))
    assert do(server, book, [note(ROWS[0], "sound", checked=typed)]).by_state[State.FILED] == 1
