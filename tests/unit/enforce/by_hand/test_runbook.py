"""People as a device: what is asked of them, what they say, and what a file that is gone or damaged makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pytest

from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.by_hand.runbook import Runbook
from codedark.enforce.by_hand.tasks import Done, Said
from codedark.enforce.contract import Change, DeviceFailed, DeviceId, Foreseen, Order, OrderId, Standing, standing
from codedark.errors import UsageError

PEOPLE = DeviceId("people")


def order(name: str, address: str = "10.1.0.5") -> Order:
    return Order(OrderId(name), ActionId("isolate:WS-1"), ActionKind.ISOLATE_HOST, PEOPLE, 60, addresses=(address,))


@pytest.fixture
def runbook(tmp_path: Path) -> Runbook:
    ticks = count(1_000_000, 1_000_000)
    return Runbook(PEOPLE, tmp_path / "tasks.json", lambda: next(ticks))


def handed_out(runbook: Runbook, *orders: Order) -> list[Change]:
    kept: list[Foreseen] = []
    runbook.apply(orders, kept.extend)
    return [change for each in kept for change in each.changes]


def stands(runbook: Runbook, changes: Sequence[Change]) -> Standing:
    return standing(changes, runbook.verify(changes))


def test_a_task_waits_until_a_person_says_that_it_is_done_and_again_until_it_is_undone(runbook: Runbook) -> None:
    changes = handed_out(runbook, order("a"))
    assert stands(runbook, changes) is Standing.WAITING
    assert [task.name for task in runbook.waiting()] == ["T1"]
    runbook.tick("t1", "An Peeters", Said.DONE)
    assert stands(runbook, changes) is Standing.ALL
    assert runbook.waiting() == ()
    (reading,) = runbook.revert(changes)
    assert (reading.value, reading.waits) == (Done.DONE, True)
    runbook.tick("T1", "An Peeters", Said.UNDONE)
    assert stands(runbook, changes) is Standing.NOTHING
    assert runbook.waiting() == ()
    assert "undone, says An Peeters, 1970-01-01 00:00 UTC" in runbook.verify(changes)[0].why


def test_the_file_of_tasks_is_not_for_everybody(runbook: Runbook, tmp_path: Path) -> None:
    handed_out(runbook, order("a"))
    assert (tmp_path / "tasks.json").stat().st_mode & 0o007 == 0


def test_a_disk_that_is_full_leaves_the_tasks_as_they_were(
    runbook: Runbook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_out(runbook, order("a"))
    before = runbook.tasks()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("codedark.enforce.by_hand.tasks.os.fsync", full)
    with pytest.raises(DeviceFailed, match=r"tasks\.json cannot be written \(No space left on device\); make room"):
        runbook.tick("T1", "An", Said.DONE)
    assert runbook.tasks() == before


def test_what_was_never_done_is_as_before_as_soon_as_it_is_taken_back(runbook: Runbook) -> None:
    changes = handed_out(runbook, order("a"))
    (reading,) = runbook.revert(changes)
    assert (reading.value, reading.waits) == (Done.NOT_DONE, False)
    assert runbook.waiting() == ()


def test_what_was_done_in_part_is_told_as_part_and_has_to_be_undone(runbook: Runbook) -> None:
    changes = handed_out(runbook, order("a"))
    runbook.tick("T1", "An", Said.PARTLY, "one of two cables")
    assert stands(runbook, changes) is Standing.PART
    (reading,) = runbook.revert(changes)
    assert (reading.value, reading.waits) == (Done.PARTLY, True)


def test_what_could_not_be_done_goes_on_waiting_with_the_reason(runbook: Runbook) -> None:
    changes = handed_out(runbook, order("a"))
    runbook.tick("T1", "An", Said.COULD_NOT, "the cabinet is locked")
    assert stands(runbook, changes) is Standing.WAITING
    assert "could not be done, says An" in runbook.verify(changes)[0].why
    assert "the cabinet is locked" in runbook.verify(changes)[0].why


def test_who_does_what_was_taken_back_meanwhile_is_asked_to_undo_it(runbook: Runbook) -> None:
    changes = handed_out(runbook, order("a"))
    runbook.revert(changes)
    task = runbook.tick("T1", "An", Said.DONE)
    assert task.waits
    assert runbook.waiting() == (task,)


def test_a_thing_that_was_undone_by_hand_is_not_there_and_is_not_asked_again(runbook: Runbook) -> None:
    changes = handed_out(runbook, order("a"))
    runbook.tick("T1", "An", Said.DONE)
    runbook.tick("T1", "An", Said.UNDONE)
    assert stands(runbook, changes) is Standing.NOTHING
    assert runbook.waiting() == ()


def test_orders_that_want_the_same_share_a_task_and_others_do_not(runbook: Runbook) -> None:
    first, second, other = handed_out(runbook, order("a"), order("b"), order("c", "10.1.0.6"))
    assert first == second != other
    assert [task.name for task in runbook.tasks()] == ["T1", "T2"]


def test_nobody_is_asked_if_it_could_not_be_stored_what_they_are_asked(runbook: Runbook) -> None:
    def full(_: Sequence[Foreseen]) -> None:
        raise OSError(28, "no space")

    with pytest.raises(OSError, match="no space"):
        runbook.apply([order("a")], full)
    assert runbook.waiting() == ()
    (change,) = runbook.check([order("a")])[0].changes
    assert runbook.revert([change])[0].value == Done.NOT_DONE


def test_of_a_file_that_is_gone_nothing_is_known(runbook: Runbook, tmp_path: Path) -> None:
    changes = handed_out(runbook, order("a"))
    (tmp_path / "tasks.json").unlink()
    assert stands(runbook, changes) is Standing.UNKNOWN
    assert runbook.revert(changes)[0].value is None


@pytest.mark.parametrize("content", [b"", b"{", b'[{"number": 1}]', b"\xff"])
def test_a_damaged_file_is_said_to_be_damaged(runbook: Runbook, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tasks.json").write_bytes(content)
    with pytest.raises(DeviceFailed, match=r"tasks\.json cannot be read"):
        runbook.waiting()


@pytest.mark.parametrize(
    ("name", "person", "said", "why", "told"),
    [
        ("T2", "An", Said.DONE, "", "there is no task T2; those that wait: T1"),
        ("T1", " ", Said.DONE, "", "who says so"),
        ("T1", "An", Said.COULD_NOT, "", "why it could not be done"),
        ("T1", "An", Said.PARTLY, " ", "what is missing"),
    ],
)
def test_what_nobody_can_have_meant_is_refused(
    runbook: Runbook, name: str, person: str, said: Said, why: str, told: str
) -> None:
    handed_out(runbook, order("a"))
    with pytest.raises(UsageError, match=told):
        runbook.tick(name, person, said, why)


@pytest.mark.parametrize("person", ["An\nPeeters", "\u202enA", "A" * 300, "An \udcff"])
def test_a_name_of_any_kind_is_kept_and_read_again(runbook: Runbook, person: str) -> None:
    handed_out(runbook, order("a"))
    runbook.tick("T1", person, Said.DONE)
    assert runbook.tasks()[0].ticks[0].person == person.replace("\udcff", "\\udcff")
