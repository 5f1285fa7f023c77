"""Plans on devices that speak OpenC2 and NETCONF: carried out, kept, ended, shared, and killed at every point."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from codedark.app.enforcing.books import Books
from codedark.app.enforcing.carrying_out import carry_out
from codedark.app.enforcing.heartbeat import Heartbeat
from codedark.app.enforcing.holding import Stage
from codedark.app.enforcing.taking_up import take_up
from codedark.app.enforcing.withdrawing import withdraw
from codedark.enforce.contract import Adapter, DeviceId, Order, OrderId, Standing
from codedark.enforce.netconf.session import Session
from codedark.enforce.openc2.transfer import Transfer
from codedark.store.case_log.case_log import CaseLog
from tests.enforcing_program import approved, now_us, plan
from tests.netconf_device import NetconfDevice, netconf_device, why_not
from tests.routed_hospital import host
from tests.small_openc2_consumer import SmallConsumer, small_consumer
from tests.unit.enforce.openc2.test_openc2 import closing, cut, isolate, refusing

EDGE = DeviceId("edge")


class Device(Protocol):
    """A device with an adapter, and all that it has, to compare."""

    def adapter(self) -> Adapter: ...

    def has(self) -> Any: ...


class OpenC2Device:
    def __init__(self, consumer: SmallConsumer) -> None:
        self.consumer = consumer

    def adapter(self) -> Adapter:
        return self.consumer.adapter()

    def has(self) -> Any:
        return dict(self.consumer.rules)


class NetconfedDevice:
    def __init__(self, device: NetconfDevice) -> None:
        self._device = device
        device.at_rest()

    def adapter(self) -> Adapter:
        return self._device.adapter()

    def has(self) -> Any:
        return self._device.running()


@pytest.fixture(scope="module")
def built() -> Iterator[NetconfDevice]:
    if why_not():
        pytest.skip(why_not())
    with netconf_device() as made:
        yield made


@pytest.fixture(params=["openc2", "netconf"])
def device(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Device]:
    if request.param == "netconf":
        yield NetconfedDevice(request.getfixturevalue("built"))
    else:
        with small_consumer(tmp_path) as made:
            yield OpenC2Device(made)


class NoLifelines:
    """No probe: what stands is asked of the device."""

    def answering(self) -> frozenset[str]:
        return frozenset()


@contextlib.contextmanager
def books_of(path: Path) -> Iterator[Books]:
    with CaseLog(path, patience_seconds=10) as log:
        yield Books(log, now_us)


def carried_out(books: Books, device: Device, name: str, *orders: Order) -> tuple[str, ...]:
    given = plan(name, orders, len(orders))
    outcome = carry_out(books, {EDGE: device.adapter()}, NoLifelines(), given, approved(given))
    return outcome.told


def test_a_plan_is_carried_out_kept_and_taken_back_to_what_was_before(device: Device, tmp_path: Path) -> None:
    before = device.has()
    with books_of(tmp_path / "log") as books:
        orders = (isolate(host("OFFICE", 3)), cut("OFFICE", "SERVERS", "rdp"))
        assert carried_out(books, device, "night", *orders) == ()
        beats = Heartbeat(books, {EDGE: device.adapter()}, lambda: 0.0)
        assert beats.beat() == ()
    with books_of(tmp_path / "log") as books:
        take_up(books, {EDGE: device.adapter()})
        assert Heartbeat(books, {EDGE: device.adapter()}, lambda: 0.0).beat() == ()
        assert {held.standing for held in books.holding.at(Stage.STANDS)} == {Standing.ALL}
        assert device.has() != before
        assert withdraw(books, {EDGE: device.adapter()}, [order.id for order in orders], "it is over") == ()
        assert not books.holding.at(Stage.STANDS, Stage.WITHDRAWING)
    assert device.has() == before


def test_two_plans_share_what_lets_a_lifeline_pass_until_the_last_of_them_ends(device: Device, tmp_path: Path) -> None:
    before = device.has()
    first, second = isolate(host("OFFICE", 3)), isolate(host("OFFICE", 4))
    with books_of(tmp_path / "log") as books:
        for name, order in (("one", first), ("two", second)):
            assert carried_out(books, device, name, order) == ()
        allowed = {change.thing for change in device.adapter().check([second])[0].changes if " allow " in change.thing}
        assert len(allowed) == 2
        assert withdraw(books, {EDGE: device.adapter()}, [first.id], "clean") == ()
        assert Heartbeat(books, {EDGE: device.adapter()}, lambda: 0.0).beat() == ()
        assert [held.standing for held in books.holding.at(Stage.STANDS)] == [Standing.ALL]
        assert withdraw(books, {EDGE: device.adapter()}, [second.id], "clean") == ()
    assert device.has() == before


def dying(moments: Iterator[int], at: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """The same, but who calls it is killed, with all that it started, after the call that is number ``at``."""

    def called(*given: Any, **named: Any) -> Any:
        done = function(*given, **named)
        if next(moments) == at:
            os.killpg(os.getpgrp(), signal.SIGKILL)
        return done

    return called


def killed(path: Path, device: Device, orders: tuple[Order, ...], at: int) -> bool:
    """Carry a plan out in a process that is killed after so many moments; whether it was before it came to its end."""
    child = os.fork()
    if not child:
        os.setpgrp()
        moments = itertools.count(1)
        CaseLog.append = dying(moments, at, CaseLog.append)  # type: ignore[method-assign]
        with books_of(path) as books:
            given = plan("night", orders, 1)
            adapter = device.adapter()
            _ = adapter.check(orders)
            Session.ask = dying(moments, at, Session.ask)  # type: ignore[method-assign]
            Transfer.ask = dying(moments, at, Transfer.ask)  # type: ignore[method-assign]
            carry_out(books, {EDGE: adapter}, NoLifelines(), given, approved(given))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in {0, -signal.SIGKILL}
    return os.WIFSIGNALED(status)


def test_killed_at_every_point_it_ends_as_before_or_as_the_log_says(device: Device, tmp_path: Path) -> None:
    before = device.has()
    orders = (replace(cut("OFFICE", "SERVERS", "rdp"), lease_seconds=600),)
    ended = []
    # A session takes long: of NETCONF only what matters, after the intent, the edit, the commit, the reading, the end.
    for moment in (9, 11, 12, 17, 20, 21) if isinstance(device, NetconfedDevice) else itertools.count(1):
        died = killed(tmp_path / f"log{moment}", device, orders, moment)
        with books_of(tmp_path / f"log{moment}") as books:
            devices = {EDGE: device.adapter()}
            take_up(books, devices)
            stands = [OrderId(held.order.id) for held in books.holding.at(Stage.STANDS)]
            assert bool(stands) is (device.has() != before)
            ended.append((died, bool(stands)))
            assert withdraw(books, devices, stands, "it is over") == ()
        assert device.has() == before
        if not died:
            break
    assert ended[-1] == (False, True)
    assert (True, False) in ended
    assert (True, True) in ended


@pytest.mark.parametrize("badly", [closing, refusing(503)], ids=["closing", "refusing"])
@pytest.mark.parametrize("well", range(7))
def test_a_consumer_that_fails_in_between_has_nothing_of_it_at_the_end(badly: Any, well: int, tmp_path: Path) -> None:
    with small_consumer(tmp_path) as consumer, books_of(tmp_path / "log") as books:
        device = OpenC2Device(consumer)
        consumer.badly = [*([None] * (4 + well)), badly, badly]
        with contextlib.suppress(Exception):
            carried_out(books, device, "night", isolate(host("OFFICE", 3)))
        consumer.badly = []
        Heartbeat(books, {EDGE: device.adapter()}, lambda: 0.0).beat()
        standing = bool(books.holding.at(Stage.STANDS))
        assert not books.holding.at(Stage.WITHDRAWING, Stage.INTENDED)
        assert bool(consumer.rules) is standing
        assert standing is (well >= 6)
