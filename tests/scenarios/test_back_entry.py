"""Back-entry into a FHIR server: every entry once, on the right patient, in one state, whatever goes wrong on the way.

The server is this project's own (`tests/small_fhir_server.py`), which rolls back, drops and doubles.
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import count as counting
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codedark.app.back_entry.running import confirm, meant, proven, run, settle
from codedark.app.back_entry.target import FhirTarget
from codedark.app.back_entry.whose import NEW
from codedark.app.ward.times import shown
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.entries.as_fhir import Systems, transaction
from codedark.continuity.entries.entry import (
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
from codedark.continuity.entries.reconcile import ENDS, Count, Standing, State
from codedark.continuity.packs.numbers import Kind
from codedark.errors import UsageError
from codedark.exchange.fhir_client import FhirClient
from codedark.exchange.sender import NotDelivered
from codedark.store.back_entry_book import Book
from tests.crashing_disk import Crash, Spoils, crashing
from tests.small_fhir_server import Fault, SmallFhirServer, running_server
from tests.ward_entries import ADMISSION, DOSE, MRN, NOON_US, PATIENT, admission, entry, note, observation, rows, void

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
    entry(
        msgspec.structs.replace(DOSE, is_high_alert=True),
        id=ROWS[11],
        effective_us=NOON_US - 3_600_000_000,
        alone="nobody else on the ward",
    ),
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


def test_what_was_done_for_somebody_else_than_came_in_under_a_number_goes_to_a_person(
    server: SmallFhirServer, book: Book
) -> None:
    named = admission(
        msgspec.structs.replace(ADMISSION, name="Maes Piet", born="1960-01-02"),
        id=ROWS[2],
        replaces=UNKNOWN.id,
        why="found",
    )
    before = observation(ROWS[3], **OF_UNKNOWN)  # under the name that the ward gave
    after = observation(ROWS[4], patient=MRN, checked=(Checked(Identifier.BORN, "1960-01-02"),))
    other = observation(ROWS[5], patient=MRN, checked=(Checked(Identifier.NAME, "Janssens Els"), after.checked[0]))
    confirm(book, MRN, PATIENT, "records office", NOON_US, born="23/07/1951")
    do(server, book, [UNKNOWN, named, before, after, other])
    assert [book.standing()[row].state for row in (ROWS[2], ROWS[3], ROWS[5])] == [
        State.FILED,
        State.FILED,
        State.REFUSED,
    ]
    assert "came in as Maes Piet, born 1960-01-02, and the name at the bedside was Janssens Els" in book.of(ROWS[5]).why
    assert "is this the same?" in book.of(ROWS[4]).why  # whom it is about is sure


def test_what_is_of_a_number_that_two_people_came_in_under_goes_to_a_person(
    server: SmallFhirServer, book: Book
) -> None:
    bob = admission(msgspec.structs.replace(ADMISSION, name="Unknown Oak"), id=UNKNOWN.id, station="icu-1")
    of_bob = observation(ROWS[4], patient=MRN, checked=(Checked(Identifier.NAME, "Unknown Oak"),))
    confirm(book, MRN, PATIENT, "records office", NOON_US, born="1951-07-23")  # who was Unknown Birch
    do(server, book, [of_bob], [(UNKNOWN, bob)])
    assert book.of(ROWS[4]).state is State.REFUSED
    assert "was given to Unknown Birch, born not known and Unknown Oak" in book.of(ROWS[4]).why
    assert server.of("Observation") == []
    undone = void(ROWS[5], apart(bob), patient=MRN)
    of_birch = observation(ROWS[6], **OF_UNKNOWN)
    do(server, book, [of_birch, of_bob, undone], [(UNKNOWN, bob)])
    assert [book.of(row).state for row in (ROWS[6], ROWS[4])] == [State.FILED, State.REFUSED]


def test_an_act_of_a_time_to_come_goes_to_a_person_and_waiting_does_not_settle_it(
    server: SmallFhirServer, book: Book
) -> None:
    soon = note(ROWS[1], "a clock that is a little fast", effective_us=NOON_US + 4 * 60_000_000)
    later = note(ROWS[2], "a clock that is fast", effective_us=NOON_US + 2 * 3_600_000_000)
    do(server, book, [soon, later])
    assert server.numbers() == Counter([soon.id])
    standing = book.of(later.id)
    assert (standing.state, standing.owner) == (State.REFUSED, "M. Claes")
    assert "is its time right? It was charted as done at 2026-01-12" in standing.why
    target = FhirTarget(FhirClient(server.base), Systems())
    run(([soon, later], []), book, target, lambda: NOON_US + 86_400_000_000)
    assert book.of(later.id).state is State.REFUSED
    settle(book, later.id, "send", "J. Maes", NOON_US)
    assert do(server, book, [soon, later]).by_state[State.FILED] == 2


def test_a_number_of_the_record_that_is_mistyped_is_not_believed(server: SmallFhirServer, book: Book) -> None:
    confirm(book, MRN, PATIENT, "records office", NOON_US, born="1960-01-02")
    assert do(server, book, [UNKNOWN]).by_state[State.REFUSED] == 1
    assert "another person in the record" in book.of(UNKNOWN.id).why
    assert "another date of birth than you typed" in book.of(UNKNOWN.id).why
    with pytest.raises(UsageError, match="cannot be read as a date of birth"):
        confirm(book, MRN, PATIENT, "records office", NOON_US, born="soon")


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


@pytest.mark.parametrize("has_both_numbers", [False, True])
def test_what_was_done_for_somebody_merged_since_is_filed_for_whom_he_is_now(
    server: SmallFhirServer, book: Book, has_both_numbers: bool
) -> None:
    kept = server.resources["Patient/anna"] | {"id": "kept"}
    server.put(kept if has_both_numbers else kept | {"identifier": []})
    link = {"other": {"reference": "Patient/kept"}, "type": "replaced-by"}
    server.resources["Patient/anna"] |= {"active": False, "link": [link]}
    assert do(server, book, [SHIFT[0]]).by_state[State.FILED] == 1
    assert {each["subject"]["reference"] for each in server.of("DocumentReference")} == {"Patient/kept"}
    server.resources["Patient/kept"] |= {"birthDate": "1951-07-24"}
    do(server, book, [SHIFT[1]])
    assert "another person" in book.standing()[SHIFT[1].id].why
    server.resources["Patient/kept"] |= {"link": [link | {"other": {"reference": "Patient/anna"}}]}
    do(server, book, [SHIFT[5]])
    assert "was merged into" in book.standing()[SHIFT[5].id].why


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
        assert f"Observation/device-1 37.3 Cel of {shown(NOON_US + 300_000_000)}." in standing.why
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


def test_who_settles_that_a_row_stands_for_two_acts_has_not_compared_them_with_the_record(
    server: SmallFhirServer, book: Book
) -> None:
    pair = (observation(ROWS[0]), note(ROWS[0], "b", station="icu-2"))
    device = observation(ROWS[1])
    do(server, book, [device], [pair])
    number = apart(pair[0]).id
    for why in ("stands for 2 acts", "is this the same?"):
        assert why in book.of(number).why
        assert number not in server.numbers()
        settle(book, number, "send", "J. Maes", NOON_US)
        do(server, book, [device], [pair])
    assert server.numbers() == {ROWS[1]: 1, number: 1}


def test_an_act_that_was_filed_before_its_row_was_doubled_is_filed_and_never_again(
    server: SmallFhirServer, book: Book
) -> None:
    first, second = note(ROWS[0], "a"), note(ROWS[0], "b", station="icu-2")
    do(server, book, [first])
    for _ in range(2):
        do(server, book, [], [(first, second)])
        standing = book.standing()
        assert [standing[apart(act).id].state for act in (first, second)] == [State.FILED, State.REFUSED]
    assert proven(map(apart, (first, second)), book, FhirTarget(FhirClient(server.base), Systems())) == []
    settle(book, apart(second).id, "send", "J. Maes", NOON_US)
    do(server, book, [], [(first, second)])
    assert server.numbers() == {ROWS[0]: 1, apart(second).id: 1}


@pytest.mark.parametrize("arrives", [False, True])
def test_an_act_on_its_way_when_its_row_is_doubled_goes_under_the_number_it_had(
    server: SmallFhirServer, book: Book, arrives: bool
) -> None:
    first, second = note(ROWS[0], "a"), note(ROWS[0], "b", station="icu-2")
    server.faults.extend([Fault.LOST] * 3 + [Fault.UNANSWERED if arrives else Fault.LOST])
    target = FhirTarget(FhirClient(server.base), Systems())
    with nullcontext() if arrives else pytest.raises(NotDelivered):
        run(([first], []), book, target, clock(), pause=lambda _: None)
    do(server, book, [], [(first, second)])
    if not arrives:
        assert book.standing()[apart(first).id].state is State.REFUSED
        settle(book, apart(first).id, "send", "J. Maes", NOON_US)
        do(server, book, [], [(first, second)])
    assert book.standing()[apart(first).id].state is State.FILED
    assert server.numbers() == {ROWS[0]: 1}


def test_what_was_voided_while_it_was_on_its_way_is_not_sent_again(server: SmallFhirServer, book: Book) -> None:
    dose = entry(id=ROWS[0])
    server.faults.extend([Fault.LOST] * 4)
    with pytest.raises(NotDelivered):
        do(server, book, [dose])
    shift = [dose, void(ROWS[1], dose)]
    assert do(server, book, shift).by_state[State.VOIDED] == 2
    assert server.numbers() == Counter()
    late = FhirClient(server.base)
    late.transact(transaction(dose, "Patient/anna", Systems()))
    assert "is voided, and the target has it" in proven(shift, book, FhirTarget(late, Systems()))[0]


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


def test_what_the_server_stumbles_over_four_times_is_refused_and_holds_nobody_up(
    server: SmallFhirServer, book: Book
) -> None:
    server.faults.extend([Fault.ROLLED_BACK] * 4)
    first, second = note(ROWS[0], "a"), note(ROWS[1], "b", effective_us=NOON_US + 1_000_000)
    done = do(server, book, [first, second])
    assert (done.is_finished, server.numbers()) == (True, {ROWS[1]: 1})
    assert book.standing()[ROWS[0]].state is State.REFUSED
    assert "answered 500: the database went away" in book.standing()[ROWS[0]].why
    assert do(server, book, [first, second]).by_state[State.FILED] == 2
    assert server.numbers() == Counter(ROWS[:2])


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


def test_a_book_of_an_older_version_goes_on(server: SmallFhirServer, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "book.db") as old:
        old.execute(
            "CREATE TABLE standing (line INTEGER PRIMARY KEY, entry TEXT NOT NULL, state TEXT NOT NULL,"
            " place TEXT NOT NULL, why TEXT NOT NULL, owner TEXT NOT NULL, at_us INTEGER NOT NULL)"
        )
        old.execute("INSERT INTO standing VALUES (1, ?, 'sending', '', '', '', 7)", (ROWS[0],))
    old.close()
    with Book(tmp_path / "book.db") as book:
        assert book.standing()[ROWS[0]] == Standing(ROWS[0], State.SENDING, at_us=7)
        assert do(server, book, [note(ROWS[0], "a")]).by_state[State.FILED] == 1


def test_a_name_on_the_wristband_is_checked_against_the_record(server: SmallFhirServer, book: Book) -> None:
    typed = (Checked(Identifier.NAME, "PEETERS, A."), Checked(Identifier.NUMBER, PatientId(PATIENT)))
    assert do(server, book, [note(ROWS[0], "sound", checked=typed)]).by_state[State.FILED] == 1
