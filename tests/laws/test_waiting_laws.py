"""Laws of what people do by hand: whenever the program ends, nothing is in between, and waiting writes no log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.app.enforcing.books import Books
from codedark.app.enforcing.carrying_out import carry_out
from codedark.app.enforcing.entries import Approval, Plan
from codedark.app.enforcing.heartbeat import Heartbeat
from codedark.app.enforcing.holding import Stage
from codedark.app.enforcing.probing import TcpProbes
from codedark.app.enforcing.taking_up import stated, take_up
from codedark.app.enforcing.ticking import ticked
from codedark.app.enforcing.withdrawing import withdraw
from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.by_hand.runbook import Runbook
from codedark.enforce.by_hand.tasks import Asked, Done, Said, Task, TaskFile
from codedark.enforce.contract import Change, DeviceFailed, DeviceId, Foreseen, Keep, Order, OrderId, Reading, Standing
from codedark.hospital.service import Tier
from codedark.store.case_log.case_log import CaseLog

PEOPLE, BOX = DeviceId("people"), DeviceId("box")


class DiedError(BaseException):
    """The program was killed: nothing that it would still do is done."""


class Life:
    """Ends at the ``moments``-th step, and then for good."""

    def __init__(self, moments: int) -> None:
        self.left = moments

    def step(self) -> None:
        self.left -= 1
        if self.left <= 0:
            raise DiedError


class Box:
    """A device without people: addresses that it drops. ``is_there`` tells whether it answers."""

    device = BOX
    ends_by_itself = False

    def __init__(self, life: Life) -> None:
        self.dropped: set[str] = set()
        self.life = life
        self.is_there = True

    def check(self, orders: Sequence[Order]) -> tuple[Foreseen, ...]:
        return tuple(Foreseen(each.id, tuple(Change(a, "", "drop") for a in each.addresses)) for each in orders)

    def apply(self, orders: Sequence[Order], keep: Keep) -> tuple[Reading, ...]:
        foreseen = self.check(orders)
        keep(foreseen)
        self.life.step()
        changes = [change for each in foreseen for change in each.changes]
        self.dropped |= {change.thing for change in changes}
        self.life.step()
        return self.verify(changes)

    def verify(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        if not self.is_there:
            raise DeviceFailed(f"box: gone for {id(changes)}")
        return tuple(Reading(each.thing, "drop" if each.thing in self.dropped else "") for each in changes)

    def extend(self, changes: Sequence[Change], lease_seconds: int) -> tuple[Reading, ...]:  # noqa: ARG002
        return self.verify(changes)

    def revert(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        self.life.step()
        if self.is_there:
            self.dropped -= {each.thing for each in changes}
        return self.verify(changes)


class World:
    """A case log, a file of tasks and a box on a disk, and a program that may die in front of and behind each write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.life = Life(10**9)
        self.box = Box(self.life)
        self.now = 0

    def clock(self) -> int:
        self.now += 1_000
        return self.now

    @property
    def runbook(self) -> Runbook:
        return Runbook(PEOPLE, self.folder / "tasks.json", self.clock)

    @property
    def devices(self) -> dict[DeviceId, Any]:
        return {PEOPLE: self.runbook, BOX: self.box}

    @property
    def lines(self) -> int:
        return (self.folder / "log").read_bytes().count(b"\n")

    @contextmanager
    def books(self) -> Iterator[Books]:
        with CaseLog(self.folder / "log") as log:
            yield Books(log, self.clock)

    def dying(self, moments: int, work: Callable[[Books], object]) -> bool:
        """Whether the program died at one of its writes while it did some work."""
        life, append, write = self.life, CaseLog.append, TaskFile.write

        def step_append(log: CaseLog, text: bytes) -> object:
            life.step()
            line = append(log, text)
            life.step()
            return line

        def step_write(file: TaskFile, tasks: dict[str, Task]) -> None:
            life.step()
            write(file, tasks)
            life.step()

        life.left = moments
        CaseLog.append, TaskFile.write = step_append, step_write  # type: ignore[method-assign, assignment]
        try:
            with self.books() as books:
                work(books)
        except DiedError:
            return True
        finally:
            CaseLog.append, TaskFile.write = append, write  # type: ignore[method-assign]
            life.left = 10**9
        return False

    def agrees(self, books: Books) -> None:
        """What the log says is what the box and the people's file have."""
        held = books.holding.at(Stage.STANDS, Stage.WITHDRAWING)
        assert self.box.dropped == {c.thing for each in held for c in each.changes if each.order.device == BOX}
        assert not books.holding.at(Stage.INTENDED)
        waiting = {c.thing for each in held if each.waits for c in each.changes}
        assert waiting == {task.thing for task in self.runbook.waiting()}
        for each in books.holding.at(Stage.WITHDRAWING):
            assert each.waits, "only a person can keep an order from being taken back"
        asked = {task.thing: task.asked for task in self.runbook.tasks()}
        for each in held:
            if each.order.device == PEOPLE:
                wanted = Asked.TO_DO if each.stage is Stage.STANDS else Asked.TO_UNDO
                assert {asked[change.thing] for change in each.changes} <= {wanted, Asked.TO_DO}


@contextmanager
def worlds() -> Iterator[World]:
    with TemporaryDirectory() as folder:
        yield World(Path(folder))


def order(name: str, device: DeviceId, number: int) -> Order:
    action = ActionId(f"isolate:WS-{number}")
    return Order(OrderId(name), action, ActionKind.ISOLATE_HOST, device, 60, Tier.FIVE, addresses=(f"10.0.0.{number}",))


def plan(name: str, *waves: Sequence[tuple[DeviceId, int]]) -> Plan:
    numbered = [
        tuple(order(f"{name}.{at}.{place}", *each) for place, each in enumerate(wave)) for at, wave in enumerate(waves)
    ]
    return Plan(name, tuple(numbered), 86_400)


def carried_out(world: World, books: Books, given: Plan) -> None:
    approvals = [Approval(who, "", clinical=True, digest=given.digest) for who in ("An", "Bo")]
    carry_out(books, world.devices, TcpProbes(()), given, approvals)


WAVES = st.lists(
    st.lists(st.tuples(st.sampled_from([PEOPLE, BOX]), st.integers(1, 4)), min_size=1, max_size=3),
    min_size=1,
    max_size=2,
)


@settings(deadline=None, max_examples=40)
@given(WAVES, WAVES, st.integers(1, 40), st.data())
def test_whenever_the_program_ends_nothing_is_in_between(
    first: list[list[tuple[DeviceId, int]]],
    second: list[list[tuple[DeviceId, int]]],
    moments: int,
    data: st.DataObject,
) -> None:
    with worlds() as world:
        world.dying(10**9, lambda books: carried_out(world, books, plan("p", *first)))
        for task in world.runbook.waiting():
            said = data.draw(st.sampled_from([None, Said.DONE, Said.PARTLY, Said.COULD_NOT]))
            if said:
                with world.books() as books:
                    ticked(books, world.devices, world.runbook, task.name, "An", said, "why")

        def night(books: Books) -> None:
            carried_out(world, books, plan("q", *second))
            withdraw(books, world.devices, [each.order.id for each in books.holding.orders.values()], "all clear")

        world.dying(moments, night)
        with world.books() as books:
            take_up(books, world.devices)
            world.agrees(books)
            take_up(books, world.devices)
            world.agrees(books)
            withdraw(books, world.devices, list(books.holding.orders), "all clear")
            assert all(held.waits for held in books.holding.at(*set(Stage) - {Stage.GONE}))
            for task in world.runbook.waiting():
                ticked(books, world.devices, world.runbook, task.name, "Bo", Said.UNDONE)
            assert stated(books.holding) == ("nothing of Code Dark stands",)
        assert world.runbook.waiting() == ()
        assert world.box.dropped == set()
        assert {task.done for task in world.runbook.tasks()} <= {Done.NOT_DONE}


@settings(deadline=None, max_examples=25)
@given(WAVES, st.integers(1, 12), st.sampled_from([Said.DONE, Said.UNDONE, Said.PARTLY, Said.COULD_NOT]))
def test_a_tick_at_which_the_program_ends_is_heard_of_or_was_never_made(
    waves: list[list[tuple[DeviceId, int]]], moments: int, said: Said
) -> None:
    with worlds() as world:
        given = plan("p", [(PEOPLE, 9)], *waves)
        world.dying(10**9, lambda books: carried_out(world, books, given))
        world.dying(moments, lambda books: ticked(books, world.devices, world.runbook, "T1", "An", said, "why"))
        with world.books() as books:
            take_up(books, world.devices)
            world.agrees(books)
            (held,) = (each for each in books.holding.orders.values() if each.order.id == "p.0.0")
            made = world.runbook.tasks()[0].ticks != ()
            told = {
                Said.DONE: Standing.ALL,
                Said.PARTLY: Standing.PART,
                Said.UNDONE: Standing.NOTHING,
                Said.COULD_NOT: Standing.WAITING,
            }
            assert held.standing is (told[said] if made else Standing.WAITING)
            assert held.stage is (Stage.GONE if made and said is Said.UNDONE else Stage.STANDS)


@settings(deadline=None, max_examples=15)
@given(WAVES, st.booleans(), st.booleans())
def test_what_waits_or_is_stuck_writes_no_line_at_each_heartbeat_and_is_told_ever_more_seldom(
    waves: list[list[tuple[DeviceId, int]]], is_done: bool, is_taken_back: bool
) -> None:
    with worlds() as world:
        given = plan("p", [(PEOPLE, 8), (BOX, 8)], *waves)
        world.dying(10**9, lambda books: carried_out(world, books, given))
        with world.books() as books:
            for task in world.runbook.waiting() if is_done else ():
                ticked(books, world.devices, world.runbook, task.name, "An", Said.DONE)
            if is_taken_back:
                world.box.is_there = False
                withdraw(books, world.devices, list(books.holding.orders), "all clear")
            heartbeat = Heartbeat(books, world.devices, lambda: 0.0)
            heartbeat.beat()
            lines = world.lines
            for _ in range(5):
                assert heartbeat.beat() == ()
            assert world.lines == lines
            told: list[str] = []
            for _ in range(3 * 60):  # fifteen hours, less than the plan stands
                world.now += 300 * 1_000_000
                told += heartbeat.beat()
            waits = (not is_done and not is_taken_back) + (is_done and is_taken_back) + is_taken_back
            assert len(told) == 6 * waits
            assert world.lines == lines + 6 * waits
            assert all("(warning" in each for each in told)
