"""What stands, told of logs of every kind: begun and never done, in part, under way, with and without a keeper."""

from __future__ import annotations

from pathlib import Path

from codedark.app.enforcing.answering import plan_answer, status_answer
from codedark.app.enforcing.books import Books
from codedark.app.enforcing.entries import Begun, Entry, Finished, Intended, Plan, Stood
from codedark.app.enforcing.holding import Holding, folded
from codedark.app.enforcing.taking_up import take_up
from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.contract import Change, DeviceId, Foreseen, Order, OrderId, Standing
from codedark.store.case_log.case_log import CaseLog

CORE = DeviceId("core")
ALIVE = {"alive": True, "pid": 1, "ago_seconds": 1.0}


def order(number: int) -> Order:
    return Order(OrderId(f"P1.{number}"), ActionId(f"isolate:A{number}"), ActionKind.ISOLATE_HOST, CORE, 60)


PLAN = Plan("P1", ((order(1),), (order(2),)), 3600)
BEGUN = Begun(at_us=1, plan=PLAN, approvals=())


def wave(number: int) -> list[Entry]:
    name = OrderId(f"P1.{number + 1}")
    foreseen = Foreseen(name, (Change(f"thing {number}", "", "there"),))
    return [
        Intended(at_us=1, plan="P1", wave=number, device=CORE, foreseen=(foreseen,)),
        Stood(at_us=1, standing={name: Standing.ALL}),
        Finished(at_us=1, plan="P1", wave=number, until_us=10**12),
    ]


def told(*entries: Entry, alive: bool = True) -> tuple[str, list[str]]:
    holding: Holding = folded(entries)
    answer = status_answer(holding, 10**6, ALIVE if alive else {"alive": False})
    return plan_answer(holding, "P1", 10**6)["state"], answer["problems"]


def test_a_plan_that_stands_as_a_whole_and_is_kept_has_no_problem() -> None:
    assert told(BEGUN, *wave(0), *wave(1)) == ("stands", [])
    state, problems = told(BEGUN, *wave(0), *wave(1), alive=False)
    assert (state, len(problems), problems[0].startswith("NOBODY KEEPS")) == ("stands", 1, True)


def test_a_plan_of_which_a_wave_is_missing_stands_in_part() -> None:
    state, problems = told(BEGUN, *wave(0))
    assert state == "stands"
    assert any("stands in part, 1 of 2 waves" in each for each in problems)


def test_a_plan_whose_wave_was_not_finished_is_under_way() -> None:
    state, problems = told(BEGUN, wave(0)[0])
    assert state == "under way"
    assert "the program was killed" in problems[0]


def test_a_plan_that_was_begun_and_of_which_nothing_was_done_is_over_once_that_was_said(tmp_path: Path) -> None:
    assert told(BEGUN)[0] == "under way"
    with CaseLog(tmp_path / "log") as log:
        books = Books(log, lambda: 5)
        books.write(BEGUN)
        sentences = take_up(books, {})
        assert "plan P1 was begun, and the program ended before anything of it was done" in sentences
        assert plan_answer(books.holding, "P1", 6)["state"] == "over"
        assert len(take_up(books, {})) == 1  # said once


def test_many_that_wait_are_told_in_one_sentence() -> None:
    orders = tuple(order(number) for number in range(1, 9))
    foreseen = tuple(Foreseen(each.id, (Change(f"thing {each.id}", "", "there"),)) for each in orders)
    entries: list[Entry] = [
        Begun(at_us=1, plan=Plan("P1", (orders,), 3600), approvals=()),
        Intended(at_us=1, plan="P1", wave=0, device=CORE, foreseen=foreseen),
        *(Stood(at_us=1, standing={each.id: Standing.WAITING}, why=f"task T{each.id}") for each in orders[:7]),
        Stood(at_us=1, standing={orders[7].id: Standing.PART}, why="a cable"),
        Finished(at_us=1, plan="P1", wave=0, until_us=10**12),
    ]
    _, problems = told(*entries)
    assert len(problems) == 2
    assert problems[0].startswith("7 orders, among them P1.1 (isolate:A1): people have not done it for 0 min")
    assert problems[1] == "P1.8 (isolate:A8) stands part: a cable"
