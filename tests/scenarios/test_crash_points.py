"""A sample of the crash points of `bench/crash_points.py`, and whether the failing disk and the oracle can be believed.

``LAWS=thorough`` tries twenty times as many.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import count, islice
from pathlib import Path

import pytest

from codedark.app.ward.charting import begin
from codedark.errors import CodeDarkError, UnusableInput
from codedark.store.back_entry_book import Book, BookFailed
from codedark.store.station.station import Station
from tests.crashes import oracle, stopped
from tests.crashes.acts import ANNA, Act
from tests.crashes.calls import failing
from tests.crashes.chain import Said
from tests.crashes.disk import Crash, Fails, Plan
from tests.crashes.drawing import night
from tests.crashes.killed import killed_mornings, killed_nights
from tests.crashes.orders import is_drug_order, life_of, lives_of
from tests.crashes.peers import peers
from tests.crashes.points import crash_points
from tests.crashes.receiving import receiving_points
from tests.crashes.stopped import GOES_ON, STOPPED, TAKEN_BACK, Hand, There
from tests.crashes.tally import Tally
from tests.ward_entries import note, rows

ROWS = rows(2)
TIMES = 20 if os.environ.get("LAWS") == "thorough" else 1
ACT = Act("word", "given", ANNA, {"drug": "word", "dose": "5", "unit": "mg"}, "EBB100000H", 1_768_219_200_000_000)
FILED = oracle.Filed("Patient/4711", '"text": "word" "value": 5, "unit": "mg"', "2026-01-12T12:00:00Z")


@pytest.fixture
def place() -> Iterator[Path]:
    """Memory where there is some: these disks fail by themselves."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
        yield Path(made)


def nothing_wrong(ran: Iterator[None], points: int, tally: Tally) -> None:
    assert sum(1 for _ in islice(ran, points)) == points
    assert (tally.lost, tally.doubled, tally.wrong) == ([], [], [])


def test_nights_that_fail_anywhere_lose_nothing_and_double_nothing(place: Path) -> None:
    tally = Tally()
    with peers() as there:
        nothing_wrong(crash_points(place, count(40_001), 6, there, tally), 54 * TIMES, tally)
    assert {part for part, _ in tally.points} == {"station", "mirror", "back-entry"}


def test_mornings_of_the_census_that_fail_anywhere_hold_what_was_acknowledged(place: Path) -> None:
    tally = Tally()
    nothing_wrong(receiving_points(place, count(40_001), 6, tally), 48 * TIMES, tally)


def test_processes_that_are_killed_lose_nothing_and_double_nothing(place: Path) -> None:
    tally = Tally()
    with peers() as there:
        nothing_wrong(killed_nights(place, count(40_001), there, tally), 6 * TIMES, tally)
    nothing_wrong(killed_mornings(place, count(40_001), tally), 3 * TIMES, tally)
    assert tally.points.total() > 6


def test_a_station_that_found_no_room_is_begun_when_there_is(place: Path) -> None:
    for at in range(1, 60):
        folder = place / f"station {at}"
        with failing(place, Plan(at, Fails.FULL, at, 5)), suppress(CodeDarkError, OSError):
            begin(folder, "icu-1", 4, 1).close()
        with begin(folder, "icu-1", 4, 1) as station:
            assert station.setting("numbers") == "4/1"


def test_a_station_that_died_in_the_middle_of_a_write_is_joined_and_left_as_it_is(place: Path) -> None:
    in_the_middle = 0
    for at in range(1, 60):
        other, here = place / f"other {at}", place / f"here {at}"
        with Station(other, "icu-2") as station:
            station.write(note(ROWS[0], "one", station="icu-2"))
        with failing(other, Plan(at, Fails.KILLED)), suppress(Crash, CodeDarkError), Station(other) as station:
            station.write(note(ROWS[1], "two", station="icu-2"))
        before = {path.name: path.read_bytes() for path in other.iterdir()}
        in_the_middle += "station.db-journal" in before
        with Station(here, "icu-1") as station:
            station.join(other)
            assert {each.id for each in station.entries()} in ({ROWS[0]}, set(ROWS))
        assert {path.name: path.read_bytes() for path in other.iterdir()} == before
    assert in_the_middle > 3


def test_a_book_for_which_there_is_no_room_is_not_to_be_moved_away(place: Path) -> None:
    with failing(place, Plan(1, Fails.FULL, 1, 10**6)), pytest.raises(BookFailed, match="leave the book"):
        Book(place / "book.db")
    (place / "none.db").write_bytes(b"x" * 5000)
    with pytest.raises(UnusableInput, match="is no book"):
        Book(place / "none.db")


@pytest.mark.parametrize("how", [Fails.KILLED, Fails.TORN, Fails.LOST, Fails.FULL, Fails.REFUSED])
def test_what_is_synced_stays_on_the_disk_and_what_is_not_can_go(place: Path, how: Fails) -> None:
    assert lost_rows(place, how, "EXTRA") == 0
    assert how is not Fails.LOST or lost_rows(place, how, "FULL") > 0, "a journal that is deleted, and comes back"


def lost_rows(place: Path, how: Fails, synchronous: str) -> int:
    """At how many effects a failing loses a row that SQLite said to be committed."""
    lost = 0
    for at in count(1):
        folder = place / f"{how} {synchronous} {at}"
        folder.mkdir()
        said: list[int] = []
        with failing(folder, Plan(at, how, at, 2)) as disk, suppress(Crash, sqlite3.Error):
            committed(folder, synchronous, said)
        with closing(sqlite3.connect(folder / "rows.db")) as db, suppress(sqlite3.OperationalError):
            there = Counter(int(row[0]) for row in db.execute("SELECT n FROM rows"))
            lost += set(said) > set(there) or any(number > 1 for number in there.values())
        if disk.effects < at:
            return lost
    raise AssertionError


def committed(folder: Path, synchronous: str, said: list[int]) -> None:
    with closing(sqlite3.connect(folder / "rows.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        db.execute(f"PRAGMA synchronous={synchronous}")
        db.execute("CREATE TABLE rows (n INTEGER, filling TEXT)")
        for number in range(3):
            db.execute("INSERT INTO rows VALUES (?, ?)", (number, "x" * 2_000))
            said.append(number)


@pytest.mark.parametrize(
    ("filed", "wrong"),
    [
        ([FILED], (0, 0, 0)),
        ([], (1, 0, 0)),
        ([FILED, FILED], (0, 1, 0)),
        ([FILED._replace(patient="Patient/4712")], (0, 0, 1)),
        ([FILED._replace(text='"text": "word" "value": 55, "unit": "mg"')], (0, 0, 1)),
        ([FILED._replace(at="2026-01-12T12:00:01Z")], (0, 0, 1)),
        ([FILED, FILED._replace(text="something")], (0, 0, 1)),
    ],
)
def test_the_oracle_sees_what_is_wrong_in_a_target(filed: list[oracle.Filed], wrong: tuple[int, int, int]) -> None:
    found = oracle.in_target([ACT], frozenset(), filed, {"4711": "Patient/4711"})
    assert tuple(map(len, found)) == wrong
    assert not filed or oracle.in_target([ACT], frozenset({ACT.row}), filed, {"4711": "Patient/4711"}).wrong


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (list, (0, 0, 0)),
        (lambda _: [], (1, 0, 0)),
        (lambda entries: entries * 2, (0, 2, 0)),
        (lambda entries: [entries[0] | {"patient": "4712"}], (0, 0, 1)),
    ],
)
def test_the_oracle_sees_what_is_wrong_at_a_station(
    change: Callable[[list[dict[str, object]]], list[dict[str, object]]], wrong: tuple[int, int, int]
) -> None:
    entry = {
        "id": ACT.row,
        "station": "icu-1",
        "patient": "4711",
        "effective_us": ACT.at_us,
        "content": dict(ACT.fields),
    }
    said = [Said(ACT, 0, 1, 0)]
    assert tuple(map(len, oracle.at_stations(said, "", {0: change([entry])}))) == wrong
    assert bool(oracle.on_sticks(said, 0, {0: change([entry])}).lost) == (wrong[0] > 0)


SIGNED = oracle.Signed(ACT.row, "2026-01-12T12:00:00Z", ("An Wouters (NOBODY VOUCHED that this is a second person)",))


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ([SIGNED], (0, 0, 0)),
        ([], (1, 0, 0)),
        ([SIGNED, SIGNED], (0, 1, 0)),
        ([SIGNED._replace(witnesses=("An Wouters",))], (0, 0, 1)),
        ([SIGNED._replace(witnesses=())], (0, 0, 1)),
        ([SIGNED._replace(at="2026-01-12T12:00:01Z")], (0, 0, 1)),
    ],
)
def test_the_oracle_sees_who_signed_and_that_nobody_vouched(
    told: list[oracle.Signed], wrong: tuple[int, int, int]
) -> None:
    act = ACT._replace(witness="An Wouters", is_unvouched=True)
    assert tuple(map(len, oracle.signed([act], told))) == wrong


def test_the_oracle_sees_a_set_that_is_half_written() -> None:
    acts = [ACT._replace(row="EBB100000H", together=1), ACT._replace(row="EBB100001F", together=1)]
    for there, wrong in ((["EBB100000H", "EBB100001F"], 0), ([], 0), (["EBB100001F"], 1)):
        assert len(oracle.are_whole(acts, [[{"id": row} for row in there]]).wrong) == wrong


ORDER = Act("ward1", "order", ANNA, {"asked": "medication", "name": "drug ward1"}, "EBB100002D", ACT.at_us)
STOP = Act("fell1", "stop", ANNA, {"order": ORDER.row, "drug": "drug", "reason": "fell1"}, "EBB100003B", ACT.at_us)
AGAIN = ORDER._replace(marker="ward2", row="EBB1000049", replaces=ORDER.row)
ENDED = There(ORDER.row, "Patient/4711", STOPPED, "fell1", ((GOES_ON, ""), (STOPPED, "fell1")))


def judged(acts: list[Act], there: list[There], by_hand: set[str]) -> tuple[int, int, int]:
    """How much is wrong with these orders of a target, and with those of the record, which all go on."""
    gone = frozenset(act.replaces for act in acts if act.replaces)
    untouched = stopped.orders_of_receiver([], [])
    patients = {"4711": "Patient/4711", "4712": "4712", "4713": "4713"}
    there = [*there, *(each._replace(patient=patients[each.number[2:6]]) for each in untouched)]
    found = stopped.judged(lives_of(acts, gone), there, patients, by_hand)
    return len(found.lost), len(found.doubled), len(found.wrong)


@pytest.mark.parametrize(
    ("there", "wrong"),
    [
        ([ENDED], (0, 0, 0)),
        ([], (2, 0, 0)),
        ([ENDED._replace(status=GOES_ON, why="", told=((GOES_ON, ""),))], (2, 0, 0)),
        ([ENDED, ENDED._replace(told=((GOES_ON, ""),))], (0, 1, 0)),
        ([ENDED._replace(told=((GOES_ON, ""), (STOPPED, "fell1"), (STOPPED, "fell1")))], (0, 1, 0)),
        ([ENDED._replace(told=((STOPPED, "fell1"),))], (0, 0, 1)),
        ([ENDED._replace(patient="Patient/4712")], (0, 0, 1)),
        ([ENDED._replace(why="something")], (0, 0, 1)),
        ([ENDED, There("EBB9", "Patient/4711", STOPPED, "fell1", ((GOES_ON, ""), (STOPPED, "fell1")))], (0, 1, 1)),
    ],
)
def test_the_oracle_sees_what_is_wrong_with_a_stop(there: list[There], wrong: tuple[int, int, int]) -> None:
    assert judged([ORDER, STOP], there, set()) == wrong


def test_the_oracle_wants_stopped_what_a_stopped_order_was_corrected_to_and_going_on_what_was_undone() -> None:
    taken = ENDED._replace(status=TAKEN_BACK)
    goes_on = There(AGAIN.row, "Patient/4711", GOES_ON, "", ((GOES_ON, ""),))
    assert judged([ORDER, STOP, AGAIN], [taken, goes_on], set())[0] == 1
    assert judged([ORDER, STOP, AGAIN], [taken, goes_on._replace(status=STOPPED, why="fell1")], set()) == (0, 0, 0)
    void = Act("", "void", ANNA, {}, "EBB1000057", ACT.at_us, STOP.row)
    assert judged([ORDER, STOP, void], [ENDED], set())[2] == 1
    assert judged([ORDER, STOP, void], [ENDED._replace(status=GOES_ON, why="")], set()) == (0, 0, 0)
    nothing = Act("", "void", ANNA, {}, "EBB1000057", ACT.at_us, ORDER.row)
    assert judged([ORDER, STOP, nothing], [goes_on._replace(number=ORDER.row)], {STOP.row})[2] == 1


def test_the_oracle_reads_what_a_receiver_was_told_in_its_order() -> None:
    def message(orc: str) -> bytes:
        return f"MSH|^~\\&|X|||||||C1|P\rPID|1||4711^^^H^MR\rORC|{orc}\rRXO|^drug\r".encode()

    ordered, ended = message(f"NW|{ORDER.row}"), message(f"DC|{ORDER.row}{'|' * 14}^fell1")
    own = ENDED._replace(patient="4711")
    assert stopped.orders_of_receiver([ordered, ended], [])[-1] == own
    assert stopped.orders_of_receiver([ended], [])[-1].told == ((STOPPED, "fell1"),)
    hands = [Hand(2, ORDER.row, GOES_ON, "")]
    assert stopped.orders_of_receiver([ordered, ended], hands)[-1].status == GOES_ON
    assert stopped.orders_of_receiver([ordered, ended, message(f"DC|{ORDER.row}{'|' * 14}^x")], hands)[-1].why == "x"


def test_a_stick_that_is_pulled_out_is_gone_until_it_is_put_back(place: Path) -> None:
    stick = place / "stick"
    stick.mkdir()
    with Station(place / "one", "icu-1") as station:
        station.add_mirror(stick)
        assert station.write(note(ROWS[0], "one")).mirrors == 1
    with failing(place, Plan(1, Fails.PULLED, 1, 1, stick)), Station(place / "one") as station:
        assert station.write(note(ROWS[1], "two")).mirrors == 0
        assert not stick.exists()
    assert [each["id"] for each in oracle.copy_of(stick, "icu-1")] == [ROWS[0]]
    with Station(place / "one") as station:
        assert station.write(note(ROWS[1], "two")).mirrors == 1


def test_a_join_from_a_stick_that_is_pulled_out_takes_in_nothing_and_all_the_next_time(place: Path) -> None:
    stick = place / "stick"
    stick.mkdir()
    with Station(place / "one", "icu-1") as station:
        station.add_mirror(stick)
        station.write(*(note(row, "one") for row in ROWS))
    with Station(place / "two", "icu-2") as station:
        for at in (1, 2):
            with failing(place, Plan(at, Fails.PULLED, 1, 1, stick)), pytest.raises(OSError, match="Errno"):
                station.join(stick)
            assert station.entries() == []
        assert station.join(stick).new == len(ROWS)


def test_nights_have_twins_corrections_unknown_patients_sets_and_orders_that_are_stopped() -> None:
    nights = [night(seed) for seed in range(60)]
    kinds = {act.kind for each in nights for _, act in each.acts}
    assert kinds == {"given", "observation", "order", "allergy", "phone-result", "note", "void", "admission", "stop"}
    assert sum(bool(each.twins) for each in nights) > 10
    assert sum(bool(each.voided()) for each in nights) > 10
    acts = [[act for _, act in each.acts] for each in nights]
    assert sum(any(act.together for act in each) for each in acts) > 10
    assert {act.is_unvouched for each in acts for act in each if act.witness} == {True, False}
    lives = [lives_of(each, own.voided()) for each, own in zip(acts, nights, strict=True)]
    stops = [(act, life_of(act.fields["order"], there)) for each, there in zip(acts, lives, strict=True)
             for act in each if act.kind == "stop"]  # fmt: skip
    of_ward = [(act, life) for act, life in stops if act.fields["order"].startswith("E")]
    assert 20 < len(of_ward) < len(stops) - 20
    assert sum(act in life.undone for act, life in stops) > 10
    assert sum(life.holds not in {"", act.fields["order"]} for act, life in of_ward) > 10
    assert sum(is_drug_order(act) and bool(act.replaces) for each in acts for act in each) > 10
