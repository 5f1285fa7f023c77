"""Acts on a routed hospital in network namespaces: mixed, probed, killed at every point, ended by the kernel.

It needs root, network namespaces and nft; where they are missing, all of it is skipped, and says so.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from codedark.app.enforcing.books import Books
from codedark.app.enforcing.carrying_out import Outcome, carry_out
from codedark.app.enforcing.dry_run import check
from codedark.app.enforcing.entries import Approval, Plan
from codedark.app.enforcing.heartbeat import Heartbeat, prolonging
from codedark.app.enforcing.holding import Stage
from codedark.app.enforcing.taking_up import stated, take_up
from codedark.app.enforcing.withdrawing import withdraw
from codedark.contain.action import ActionKind
from codedark.enforce.contract import Adapter, DeviceId, Order, Standing
from codedark.enforce.nftables.nftables import Nftables
from codedark.errors import UsageError
from codedark.store.case_log.case_log import CaseLog
from tests.conftest import REPO_ROOT
from tests.enforcing_program import approved, now_us, orders, plan
from tests.patients import Patients
from tests.programs import comes
from tests.routed_hospital import (
    LIFELINES,
    MODEL,
    SURELY_SECONDS,
    ZONES,
    RoutedHospital,
    firewall,
    host,
    routed_hospital,
    why_not,
)

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

CORE = DeviceId("core")
WAVES = 2


@pytest.fixture(scope="module")
def built() -> Iterator[RoutedHospital]:
    with routed_hospital("s") as made:
        yield made


@pytest.fixture
def hospital(built: RoutedHospital) -> Iterator[RoutedHospital]:
    built.firewall().lay()
    yield built
    built.firewall().clear()


class Answering:
    """Lifelines as a host of the office sees them."""

    def __init__(self, hospital: RoutedHospital, *targets: str) -> None:
        self._hospital = hospital
        self._targets = targets or (host("LIFELINE"),)

    def answering(self) -> frozenset[str]:
        return frozenset(
            each for each in self._targets if self._hospital.connects(host("OFFICE", 9), each, patience_seconds=2.0)
        )


@contextmanager
def books_of(path: Path) -> Iterator[Books]:
    with CaseLog(path, patience_seconds=10) as log:
        yield Books(log, now_us)


def devices_of(hospital: RoutedHospital) -> dict[DeviceId, Adapter]:
    return {CORE: hospital.firewall()}


def in_the_kernel(hospital: RoutedHospital) -> set[str]:
    return set(hospital.firewall()._read().left_seconds)


def by_the_log(books: Books) -> set[str]:
    return {change.thing for held in books.holding.at(Stage.STANDS) for change in held.changes}


def done(books: Books, hospital: RoutedHospital, given: Plan, *approvals: Approval) -> Outcome:
    return carry_out(books, devices_of(hospital), Answering(hospital), given, approvals or approved(given))


@contextmanager
def program(hospital: RoutedHospital, log: Path, *options: object) -> Iterator[subprocess.Popen[str]]:
    """The program in the namespace of the servers, with all that it starts killed at the end."""
    words = [sys.executable, "-m", "tests.enforcing_program", str(log), hospital.router, *map(str, options)]
    process = subprocess.Popen(
        [*hospital.inside("SERVERS"), *words],
        cwd=REPO_ROOT,
        env=os.environ | {"PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def reachable(given: Sequence[Order], source: str, target: str, port: int) -> bool:
    """What the orders leave, told anew from their words."""
    zones = {f"10.{at}.0": zone for at, zone in enumerate(ZONES, start=1)}
    way = tuple(zones[end.rpartition(".")[0]] for end in (source, target))
    if (target, port) == (host("LIFELINE"), 443) or way[0] == way[1]:
        return True
    ports = {"": {443, 445, 3389}, "smb": {445}, "rdp": {3389}}
    for order in given:
        if {source, target} & set(order.addresses):
            return False
        if any((each.source, each.target) == way and port in ports.get(each.protocol, ()) for each in order.ways):
            return False
    return True


def test_two_hundred_mixed_actions_hold_within_seconds_and_no_lifeline_is_lost(
    hospital: RoutedHospital, tmp_path: Path
) -> None:
    given = orders(200)
    assert len({order.kind for order in given}) == 3
    with Patients(hospital) as patients:
        time.sleep(0.2)
        with program(hospital, tmp_path / "log", 200, 4, 60) as process:
            assert process.stdout
            took_seconds, finished, told = json.loads(process.stdout.readline())
            assert (finished, told) == (4, [])
            assert took_seconds < 5
            chance = random.Random(5)
            everybody = [host(zone, number) for zone in ZONES for number in range(10)]
            pairs = list(zip(chance.choices(everybody, k=100), chance.choices(everybody, k=100), strict=True))
            tries = [(source, target, chance.choice((443, 445, 3389))) for source, target in pairs if source != target]
            with ThreadPoolExecutor(20) as pool:
                expected = [reachable(given, source, target, port) for source, target, port in tries]
                patience = [SURELY_SECONDS if each else 1.0 for each in expected]
                connected = list(pool.map(hospital.connects, *zip(*tries, strict=True), patience))
            assert connected == expected
            assert set(connected) == {True, False}
        with books_of(tmp_path / "log") as books:
            assert take_up(books, devices_of(hospital)) == (
                "plan night: 4 of 4 waves finished; orders: 200 stands, as the device says all",
            )
            assert withdraw(books, devices_of(hospital), list(books.holding.orders), "all clear") == ()
            assert stated(books.holding) == ("nothing of Code Dark stands",)
        time.sleep(0.1)
    assert in_the_kernel(hospital) == set()
    assert patients.asked > 50
    assert patients.lost == []


def test_killed_at_any_point_all_is_rolled_back_or_stands_as_it_is_stated(
    hospital: RoutedHospital, tmp_path: Path
) -> None:
    ends = []
    with program(hospital, tmp_path / "log", 20, WAVES, 60, "dying") as process:
        assert process.stdout
        assert process.stdin
        for moment in itertools.count(1):
            end = process.stdout.readline().strip()
            with books_of(tmp_path / f"log{moment}") as books:
                told = take_up(books, devices_of(hospital))
                assert in_the_kernel(hospital) == by_the_log(books), moment
                assert not books.holding.at(Stage.INTENDED, Stage.WITHDRAWING)
                waves = books.holding.finished_waves.get("night", 0)
                assert len(books.holding.at(Stage.STANDS)) == waves * 10
                said = f"plan night: {waves} of 2 waves finished" if waves else "nothing of Code Dark stands"
                assert told[-1].startswith(said)
                ends.append(waves)
                withdraw(books, devices_of(hospital), list(books.holding.orders), "next")
            assert in_the_kernel(hospital) == set()
            if end != "died":
                break
            process.stdin.write("\n")
            process.stdin.flush()
    assert end == "done"
    assert ends == sorted(ends)
    assert set(ends) == {0, 1, 2}
    assert len(ends) > 16


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_time_the_same_holds(hospital: RoutedHospital, tmp_path: Path, seed: int) -> None:
    with program(hospital, tmp_path / "log", 120, 8, 60) as process:
        until = time.monotonic() + 20
        while not (tmp_path / "log").exists() and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(random.Random(seed).uniform(0, 0.6))
        os.killpg(process.pid, signal.SIGKILL)
    with books_of(tmp_path / "log") as books:
        take_up(books, devices_of(hospital))
        assert in_the_kernel(hospital) == by_the_log(books)
        assert len(books.holding.at(Stage.STANDS)) == 15 * books.holding.finished_waves.get("night", 0)


def test_if_the_program_is_gone_for_good_the_kernel_ends_it_all(hospital: RoutedHospital, tmp_path: Path) -> None:
    with program(hospital, tmp_path / "log", 20, WAVES, 6) as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())[1] == WAVES
        assert in_the_kernel(hospital)
    assert comes(lambda: in_the_kernel(hospital) == set())
    with books_of(tmp_path / "log") as books:
        told = take_up(books, devices_of(hospital))
    assert sum("does not stand any more: the device does not have it any more" in each for each in told) == 20
    assert told[-1] == "nothing of Code Dark stands"


def test_nothing_is_done_without_two_people_one_of_them_clinical(hospital: RoutedHospital, tmp_path: Path) -> None:
    given = plan("p", orders(5), 1)
    nurse, network = approved(given)
    with books_of(tmp_path / "log") as books:
        for approvals in ((nurse,), (nurse, nurse), approved(plan("q", orders(5), 1))):
            with pytest.raises(UsageError):
                done(books, hospital, given, *approvals)
        assert (tmp_path / "log").stat().st_size == 0
        assert in_the_kernel(hospital) == set()
        assert done(books, hospital, given, nurse, network) == Outcome(1)
        with pytest.raises(UsageError, match="was given before"):
            done(books, hospital, given, nurse, network)
        foreseen = check(books, devices_of(hospital), plan("r", orders(5, prefix="again "), 1))
        assert all(each.says[-1].endswith("of these stand already") for each in foreseen)


def test_a_wave_that_takes_a_lifeline_is_taken_back_and_the_one_before_stands(
    hospital: RoutedHospital, tmp_path: Path
) -> None:
    isolations = [order for order in orders(40) if order.kind is ActionKind.ISOLATE_HOST]
    cuts = [order for order in orders(300) if order.kind is ActionKind.CUT_ZONES]
    blind: dict[DeviceId, Adapter] = {CORE: firewall(hospital.router, lifelines=())}
    given = Plan("p", (tuple(isolations), tuple(cuts), tuple(orders(3, prefix="never "))), 60)
    with books_of(tmp_path / "log") as books:
        outcome = carry_out(books, blind, Answering(hospital, host("LIFELINE"), "10.5.0.99"), given, approved(given))
        assert outcome.finished_waves == 1
        assert outcome.told == (f"plan p stopped at wave 2 of 3: lifelines do not answer any more: {host('LIFELINE')}",)
        assert in_the_kernel(hospital) == by_the_log(books)
        assert {held.order.id for held in books.holding.at(Stage.STANDS)} == {order.id for order in isolations}
    assert hospital.reaches(host("OFFICE", 9), host("LIFELINE"))


@pytest.mark.parametrize(
    ("answer", "why"),
    [("exit 0", "stands nothing"), ("echo no >&2; exit 1", "vendor: nft refuses"), ("sleep 60", "nft did not answer")],
    ids=["lies", "refuses", "hangs"],
)
def test_a_wave_that_one_device_did_not_do_is_taken_back_on_all(
    hospital: RoutedHospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, why: str
) -> None:
    monkeypatch.setattr("codedark.enforce.device_program._PATIENCE_SECONDS", 1.0)
    real = " ".join(hospital.command)
    bad = tmp_path / "bad"
    bad.write_text(
        f"""case "$*" in *-c*) exec {real} "$@";; esac
        input=$(cat)
        case "$input" in *'"list"'*) printf %s "$input" | {real} "$@";; *) {answer};; esac
        """
    )
    vendor = DeviceId("vendor")
    devices = devices_of(hospital) | {vendor: Nftables(vendor, MODEL, LIFELINES, command=("sh", str(bad)))}
    first, second = orders(10)[0], orders(10)[1]
    other = Order(second.id, second.action, second.kind, vendor, 60, second.tier, second.addresses, second.ways)
    given = Plan("p", ((first, other),), 60)
    with books_of(tmp_path / "log") as books:
        outcome = carry_out(books, devices, Answering(hospital), given, approved(given))
        assert outcome.finished_waves == 0
        assert why in outcome.told[0]
        assert in_the_kernel(hospital) == set()
        stuck = [held.order.id for held in books.holding.at(Stage.WITHDRAWING)]
        assert stuck == ([] if answer == "exit 0" else [other.id])
        assert any("not taken back: vendor" in each for each in outcome.told) == bool(stuck)
        # The device answers again: the next heartbeat takes back what is left.
        bad.write_text(f'exec {real} "$@"\n')
        Heartbeat(books, devices, time.monotonic).beat()
        assert stated(books.holding) == ("nothing of Code Dark stands",)


class Ticks:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_heartbeat_renews_warns_and_ends_and_people_may_prolong(hospital: RoutedHospital, tmp_path: Path) -> None:
    ticks = Ticks()
    devices = devices_of(hospital)
    given = plan("p", orders(10, lease_seconds=6), 1, stands_seconds=1000)
    with books_of(tmp_path / "log") as books:
        done(books, hospital, given)
        heartbeat = Heartbeat(books, devices, ticks)
        longer_than_a_lease = time.monotonic() + 7
        while time.monotonic() < longer_than_a_lease:
            assert heartbeat.beat() == ()
            time.sleep(1)
        assert in_the_kernel(hospital) == by_the_log(books) != set()
        said = []
        for ticks.seconds in (740, 760, 900, 930, 990):
            said.append(heartbeat.beat())
        assert [len(each) for each in said] == [0, 1, 0, 1, 0]
        assert "the attacker may come back in; prolong it" in said[1][0]
        with pytest.raises(UsageError):
            heartbeat.prolong("p", 500, approved(given))
        heartbeat.prolong("p", 500, approved(prolonging(given, 500)))
        ticks.seconds = 1001
        assert heartbeat.beat() == ()
        ticks.seconds = 1491
        (over,) = heartbeat.beat()[:1]
        assert over.startswith("plan p is over")
        assert in_the_kernel(hospital) == set()
        assert heartbeat.beat() == ()


def test_what_somebody_took_away_by_hand_is_told_once_and_not_put_back(
    hospital: RoutedHospital, tmp_path: Path
) -> None:
    given = plan("p", orders(10), 1)
    with books_of(tmp_path / "log") as books:
        done(books, hospital, given)
        isolated = next(order for order in given.orders if order.addresses)
        hospital.nft("delete", "element", "inet", "codedark", "isolated4", f"{{ {isolated.addresses[0]} }}")
        heartbeat = Heartbeat(books, devices_of(hospital), time.monotonic)
        (told,) = heartbeat.beat()
        assert told.startswith(f"{isolated.id} does not stand any more")
        assert heartbeat.beat() == ()
        assert f"isolated4 {isolated.addresses[0]}" not in in_the_kernel(hospital)
        hospital.nft("insert", "rule", "inet", "codedark", "judged", "accept")
        altered = heartbeat.beat()
        assert len(altered) == 9
        assert all(
            "stands unknown: core: the rules of chain judged are not those of Code Dark" in each for each in altered
        )


@pytest.mark.parametrize("jump_seconds", [-40_000_000, 40_000_000], ids=["back", "forward"])
def test_a_clock_that_jumps_gives_nothing_more_time_and_takes_none_away_in_a_running_program(
    hospital: RoutedHospital, tmp_path: Path, jump_seconds: int
) -> None:
    ticks = Ticks()
    jumped = 0
    given = plan("p", orders(5), 1, stands_seconds=1000)
    with CaseLog(tmp_path / "log") as log:
        books = Books(log, lambda: now_us() + jumped)
        done(books, hospital, given)
        heartbeat = Heartbeat(books, devices_of(hospital), ticks)
        heartbeat.beat()
        jumped = jump_seconds * 1_000_000
        ticks.seconds = 500
        assert heartbeat.beat() == ()
        restarted = Heartbeat(books, devices_of(hospital), ticks)
        is_over = any("is over" in each for each in restarted.beat())
        assert is_over == (jump_seconds > 0)
        ticks.seconds = 1501
        restarted.beat()
        assert in_the_kernel(hospital) == set()


def test_an_order_of_two_plans_stands_until_both_are_withdrawn(hospital: RoutedHospital, tmp_path: Path) -> None:
    first, second = plan("p", orders(5), 1), plan("q", orders(5, prefix="too "), 1)
    with books_of(tmp_path / "log") as books:
        done(books, hospital, first)
        done(books, hospital, second)
        things = in_the_kernel(hospital)
        withdraw(books, devices_of(hospital), [order.id for order in first.orders], "not needed")
        assert in_the_kernel(hospital) == things
        assert {held.standing for held in books.holding.at(Stage.STANDS)} == {Standing.ALL}
        withdraw(books, devices_of(hospital), [order.id for order in second.orders], "not needed")
        assert in_the_kernel(hospital) == set()
