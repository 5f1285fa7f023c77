"""A device that falls silent between what was prepared and what is done: the others go on, and people do its part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from codedark.app.enforcing.books import Books
from codedark.app.enforcing.carrying_out import Outcome, carry_out
from codedark.app.enforcing.entries import Approval, Plan, Prepared
from codedark.app.enforcing.holding import Stage
from codedark.app.enforcing.probing import TcpProbes
from codedark.app.enforcing.taking_up import take_up
from codedark.app.enforcing.withdrawing import withdraw
from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.by_hand.runbook import Runbook
from codedark.enforce.contract import (
    Adapter,
    Change,
    DeviceFailed,
    DeviceId,
    Foreseen,
    Keep,
    Order,
    OrderId,
    Reading,
    Standing,
)
from codedark.errors import CodeDarkError, UsageError
from codedark.store.case_log.case_log import CaseLog

PEOPLE, CORE, EDGE = DeviceId("people"), DeviceId("core"), DeviceId("edge")


class Box:
    """A device that has what it was told, and falls silent after so many ``answers``; ``is_late``: only once it was
    asked to do something.
    """

    ends_by_itself = False

    def __init__(self, device: DeviceId, answers: int = 10**9, *, is_late: bool = False) -> None:
        self.device = device
        self.answers = answers
        self.is_late = is_late
        self.also: tuple[Change, ...] = ()
        self.has: set[str] = set()

    def asked(self) -> None:
        self.answers -= 1
        if self.answers < 0:
            raise DeviceFailed(f"{self.device}: no way there")

    def check(self, orders: Sequence[Order]) -> tuple[Foreseen, ...]:
        self.asked()
        return tuple(
            Foreseen(each.id, (*(Change(a, "", "drop") for a in each.addresses), *self.also)) for each in orders
        )

    def apply(self, orders: Sequence[Order], keep: Keep) -> tuple[Reading, ...]:
        foreseen = self.check(orders)
        keep(foreseen)
        if self.is_late:
            self.answers = 0
        self.asked()
        self.has |= {change.thing for each in foreseen for change in each.changes}
        return self.verify([change for each in foreseen for change in each.changes])

    def verify(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        self.asked()
        return tuple(Reading(each.thing, "drop" if each.thing in self.has else "") for each in changes)

    def extend(self, changes: Sequence[Change], lease_seconds: int) -> tuple[Reading, ...]:  # noqa: ARG002
        return self.verify(changes)

    def revert(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        self.has -= {each.thing for each in changes}
        return self.verify(changes)


def order(number: int, device: DeviceId) -> Order:
    action = ActionId(f"isolate:WS-{number}")
    return Order(OrderId(f"P1.{number}"), action, ActionKind.ISOLATE_HOST, device, 60, addresses=(f"10.0.0.{number}",))


PLAN = Plan("P1", ((order(1, CORE), order(2, EDGE)), (order(3, EDGE), order(4, CORE))), 3600)


@contextmanager
def books_in(folder: Path) -> Iterator[Books]:
    with CaseLog(folder / "case.log") as log:
        yield Books(log, lambda: 1_000_000)


def people(folder: Path) -> Runbook:
    return Runbook(PEOPLE, folder / "tasks.json", lambda: 1_000_000)


def done(books: Books, devices: dict[DeviceId, Adapter]) -> Outcome:
    approvals = [Approval(who, "", clinical=True, digest=PLAN.digest) for who in ("An", "Bo")]
    return carry_out(books, devices, TcpProbes(()), PLAN, approvals)


@pytest.mark.parametrize(
    ("answers", "by_hand"),
    [(0, ["P1.2", "P1.3"]), (1, ["P1.2", "P1.3"]), (4, ["P1.3"])],
    ids=["from the start", "after the dry run", "after the first wave"],
)
def test_a_device_that_falls_silent_before_it_was_asked_leaves_its_part_to_people(
    tmp_path: Path, answers: int, by_hand: list[str]
) -> None:
    core, edge = Box(CORE), Box(EDGE, answers)
    with books_in(tmp_path) as books:
        outcome = done(books, {CORE: core, EDGE: edge, PEOPLE: people(tmp_path)})
        assert outcome.finished_waves == 2
        (told,) = outcome.told
        assert f"edge DOES NOT ANSWER, so people have to do {len(by_hand)} order" in told
        assert core.has == {"10.0.0.1", "10.0.0.4"}
        assert [task.order.id for task in people(tmp_path).waiting()] == by_hand
        assert {held.order.id for held in books.holding.at(Stage.STANDS)} == {each.id for each in PLAN.orders}
    with books_in(tmp_path) as again:
        assert {each: again.holding.orders[OrderId(each)].order.device for each in by_hand} == dict.fromkeys(
            by_hand, PEOPLE
        )
        assert again.holding.handed_on.keys() == set(by_hand)


def test_one_that_fails_after_it_was_asked_may_have_any_of_it_so_its_wave_is_taken_back(tmp_path: Path) -> None:
    core, edge = Box(CORE), Box(EDGE, is_late=True)
    with books_in(tmp_path) as books:
        outcome = done(books, {CORE: core, EDGE: edge, PEOPLE: people(tmp_path)})
        assert outcome.finished_waves == 0
        assert "stopped at wave 1 of 2" in outcome.told[0]
        assert core.has == set()
        assert [held.order.id for held in books.holding.at(Stage.WITHDRAWING)] == ["P1.2"]


def test_where_there_are_no_people_nothing_is_done(tmp_path: Path) -> None:
    core = Box(CORE)
    with books_in(tmp_path) as books:
        with pytest.raises(DeviceFailed, match="no way there"):
            done(books, {CORE: core, EDGE: Box(EDGE, 0)})
        assert core.has == set()
        assert books.holding.plans == {}


def test_where_people_cannot_be_asked_either_the_wave_is_taken_back(tmp_path: Path) -> None:
    (tmp_path / "tasks.json").write_text("[")
    core = Box(CORE)
    with books_in(tmp_path) as books:
        outcome = done(books, {CORE: core, EDGE: Box(EDGE, 0), PEOPLE: people(tmp_path)})
        assert outcome.finished_waves == 0
        assert any("tasks.json cannot be read" in each for each in outcome.told)
        assert core.has == set()


class Killed(BaseException):
    """The program was killed."""


@pytest.mark.parametrize("line", range(1, 12))
def test_killed_at_any_line_of_the_log_what_was_handed_on_is_told_or_taken_back(tmp_path: Path, line: int) -> None:
    core = Box(CORE)
    devices: dict[DeviceId, Adapter] = {CORE: core, EDGE: Box(EDGE, 1), PEOPLE: people(tmp_path)}
    with books_in(tmp_path) as books:
        books.write = dying(books.write, line)  # type: ignore[method-assign]
        with suppress(Killed, CodeDarkError):
            done(books, devices)
    with books_in(tmp_path) as books:
        take_up(books, devices)
        assert not books.holding.at(Stage.INTENDED, Stage.WITHDRAWING)
        standing = books.holding.at(Stage.STANDS)
        assert core.has == {c.thing for held in standing if held.order.device == CORE for c in held.changes}
        assert {task.order.id for task in people(tmp_path).waiting()} == {
            held.order.id for held in standing if held.standing is Standing.WAITING
        }
        withdraw(books, devices, list(books.holding.orders), "all clear")
        assert not books.holding.at(*set(Stage) - {Stage.GONE})


def dying(write: Callable[..., None], line: int) -> Callable[..., None]:
    left = [line]

    def step(entry: object) -> None:
        left[0] -= 1
        if left[0] <= 0:
            raise Killed
        write(entry)

    return step


@pytest.mark.parametrize(
    ("moving", "resolved", "is_refused"), [((), "yes", True), ((CORE,), "yes", False), ((), "", False)],
    ids=["compared", "sessions move", "of an older version"],
)  # fmt: skip
def test_a_device_that_would_do_more_than_was_approved_does_nothing(
    tmp_path: Path, moving: tuple[DeviceId, ...], resolved: str, *, is_refused: bool
) -> None:
    core = Box(CORE)
    given = Plan("P1", ((order(1, CORE),),), 3600, resolved)
    approvals = [Approval(who, "", clinical=True, digest=given.digest) for who in ("An", "Bo")]
    with books_in(tmp_path) as books:
        foreseen = core.check(given.orders)
        books.write(Prepared(at_us=1, plan=given, source="night", says={}, foreseen=foreseen, moving=moving))
        core.also = (Change("10.0.0.99", "", "drop"),)
        if is_refused:
            with pytest.raises(UsageError, match=r"P1\.1 \(isolate:WS-1\) on core would also do: 10\.0\.0\.99"):
                carry_out(books, {CORE: core}, TcpProbes(()), given, approvals)
            assert (core.has, books.holding.plans) == (set(), {})
            core.also = ()
        assert carry_out(books, {CORE: core}, TcpProbes(()), given, approvals).finished_waves == 1
