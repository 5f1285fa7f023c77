"""Back-entry by HL7 v2: each entry a message with a control id of its own, acknowledged, and filed once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import hl7
import pytest

from codedark.app.back_entry.hl7_target import Hl7Target
from codedark.app.back_entry.running import confirm, run
from codedark.app.back_entry.whose import NEW
from codedark.continuity.entries.as_hl7 import message
from codedark.continuity.entries.entry import (
    Administration,
    Allergy,
    DoseStatus,
    Entry,
    EntryId,
    Order,
    OrderKind,
    PhoneResult,
    Specimen,
    Transfer,
)
from codedark.continuity.entries.reconcile import Count, State
from codedark.continuity.packs.numbers import Kind
from codedark.exchange.sender import NotDelivered
from codedark.store.back_entry_book import Book
from tests.crashing_disk import Crash, Spoils, crashing
from tests.dropping_hl7_receiver import Receiver, Trouble, running_receiver
from tests.ward_entries import MRN, NOON_US, admission, entry, note, observation, rows, void

ROWS = [EntryId(row) for row in rows(14)]
ACTS = [
    entry(id=ROWS[0], witness="J. Maes"),
    entry(Administration(DoseStatus.REFUSED, "digoxin", reason="feels sick"), id=ROWS[1]),
    observation(ROWS[2]),
    entry(PhoneResult("potassium", "5.9", "J. Maes", is_read_back=True, unit="mmol/L", code="2823-3"), id=ROWS[3]),
    entry(Order(OrderKind.MEDICATION, "amoxicillin", "1000", "mg", "oral", "every 8 hours"), id=ROWS[4]),
    entry(Order(OrderKind.LABORATORY, "potassium"), id=ROWS[5]),
    entry(Order(OrderKind.IMAGING, "chest X-ray", details="at the bed"), id=ROWS[6]),
    entry(Specimen("blood culture", "blood", rows(1, kind=Kind.ACCESSION)[0]), id=ROWS[7]),
    entry(Allergy("penicillin", "rash"), id=ROWS[8]),
    note(ROWS[9], "line one\nline two | with ^ all & ~ of \\ them, Zoë"),
    entry(Transfer("ward 3", "12", "B"), id=ROWS[10]),
    admission(id=ROWS[11]),
]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


def do(receiver: Receiver, path: Path, entries: list[Entry] = ACTS) -> Count:
    with Book(path) as book:
        confirm(book, MRN, NEW, "records office", NOON_US)
        return run((entries, []), book, Hl7Target("127.0.0.1", receiver.port), lambda: NOON_US, pause=lambda _: None)


def parsed(each: Entry) -> hl7.Message:
    return hl7.parse(message(each, "HOSPITAL").decode())


@pytest.mark.parametrize("each", ACTS, ids=lambda each: each.kind)
def test_a_message_is_the_same_whenever_it_is_made_and_can_be_read(each: Entry) -> None:
    assert message(each) == message(each)
    read = parsed(each)
    assert str(read.segment("MSH")[10]) == each.id
    assert str(read.segment("PID")[3]) == f"{each.patient}^^^HOSPITAL^MR"
    assert str(read.segment("MSH")[12]) == "2.5.1"


def test_what_was_given_is_where_the_standard_has_it() -> None:
    given, refused = parsed(ACTS[0]), parsed(ACTS[1])
    assert [str(given.segment("RXA")[at]) for at in (3, 5, 6, 7, 10, 20)] == [
        "20260112120000+0000", "^paracetamol", "500", "mg", "^M. Claes", "CP",
    ]  # fmt: skip
    assert [str(refused.segment("RXA")[at]) for at in (6, 18, 20)] == ["0", "feels sick", "RE"]
    assert [str(parsed(ACTS[2]).segment("OBX")[at]) for at in (2, 3, 5, 6, 11)] == [
        "NM", "8310-5^body temperature^LN", "37.2", "Cel", "F",
    ]  # fmt: skip
    assert str(parsed(ACTS[3]).segment("OBX")[11]) == "P"
    assert str(parsed(ACTS[10]).segment("PV1")[3]) == "ward 3^12^B"
    assert str(parsed(ACTS[11]).segment("PV1")[19]) == ACTS[11].content.encounter  # type: ignore[union-attr]
    assert str(parsed(ACTS[11]).segment("PV1")[44]) == "20260112120000+0000"


def test_what_people_wrote_cannot_break_a_message() -> None:
    text = parsed(ACTS[9]).segment("OBX")[5]
    assert str(text) == "line one\\.br\\line two \\F\\ with \\S\\ all \\T\\ \\R\\ of \\E\\ them, Zoë"
    assert len(parsed(entry(id=ROWS[0], author="x\rPID|9")).segments("PID")) == 1


def test_all_are_acknowledged_and_filed_once(receiver: Receiver, tmp_path: Path) -> None:
    assert do(receiver, tmp_path / "book.db").by_state[State.FILED] == len(ACTS)
    assert do(receiver, tmp_path / "book.db").is_finished
    assert next(hl7.parse(each.decode()).segment("MSH")[10][0] for each in receiver.came) == ROWS[11]
    assert len(receiver.came) == len(receiver.filed) == len(ACTS)


def test_what_is_answered_with_an_error_has_an_owner(receiver: Receiver, tmp_path: Path) -> None:
    receiver.troubles.append(Trouble.REFUSED)
    done = do(receiver, tmp_path / "book.db", [ACTS[0], void(ROWS[12], ACTS[1]), ACTS[1]])
    assert (done.by_state[State.REFUSED], done.by_state[State.VOIDED], done.is_finished) == (1, 2, True)
    with Book(tmp_path / "book.db") as book:
        assert "was answered AE" in book.standing()[ROWS[0]].why
        assert book.standing()[ROWS[0]].owner == "M. Claes"


@pytest.mark.parametrize("seed", range(5))
def test_drops_doubles_and_crashes_file_each_once(receiver: Receiver, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    troubles = [Trouble.NONE, Trouble.NONE, Trouble.NONE, Trouble.DROPPED, Trouble.UNANSWERED, Trouble.DOUBLED]
    receiver.troubles.extend(chance.choices(troubles, k=12))
    is_done = False
    while not is_done:
        with crashing(chance.randrange(4, 30), Spoils.KILLED):
            try:
                is_done = do(receiver, tmp_path / "book.db").is_finished
            except (Crash, NotDelivered):
                is_done = False
    assert receiver.filed == {each.id: message(each) for each in ACTS}
    assert {hl7.parse(each.decode()).segment("MSH")[10][0] for each in receiver.came} == set(receiver.filed)
