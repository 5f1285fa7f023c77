"""Machines that are switched off are dead for everybody, and nothing else is changed."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files

import pytest

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.simulate.acts import Act, Connected, LoggedOff, LogonType, NameAsked, PageFetched, Started
from codedark.simulate.attacks import script_of
from codedark.simulate.habit import DAY_US, SECOND_US
from codedark.simulate.outage import Outage
from codedark.simulate.world import Order, World, world_of

FIRST_US = int(datetime(2026, 1, 12, 17, tzinfo=UTC).timestamp()) * SECOND_US
ONE, OTHER = AssetId("ONE"), AssetId("OTHER")
ENDS = ("host", "server", "source", "client")


def world(attack: str) -> World:
    data = (files("codedark") / "content" / "attacks" / f"{attack}.yaml").read_bytes()
    return world_of(Order(20, 5, FIRST_US, FIRST_US + DAY_US, script_of(data), FIRST_US + DAY_US // 6))


def off(at_us: int, step: str = "", up: bool = False) -> Started:
    return Started(at_us, ONE, up, step)


def connected(at_us: int, source: AssetId, target: AssetId, step: str = "") -> Connected:
    return Connected(at_us, source, 50_000, target, 445, "tcp", "smb", 10, 20, 1.5, step=step)


def logged_off(at_us: int, step: str = "") -> LoggedOff:
    return LoggedOff(at_us, ONE, AccountId("a"), LogonType.NETWORK, 7, step)


@pytest.mark.parametrize("attack", ["wiper", "az-monica"])
def test_nothing_happens_on_a_machine_between_its_end_and_its_start(attack: str) -> None:
    lived = world(attack)
    down: dict[str, bool] = {}
    for acts in lived.live():
        for act in acts:
            if isinstance(act, Started):
                if act.up:
                    assert not down.pop(act.host, False)
                else:
                    down[act.host] = bool(act.step)
            elif down and (not act.step or any(down.values())):
                ends = {getattr(act, end) for end in ENDS if hasattr(act, end)} & down.keys()
                assert {end for end in ends if not act.step or down[end]} == set()
                if isinstance(act, Connected) and act.target in down and not act.step:
                    assert (act.state, act.received) == ("S0", 0)
    assert sum(down.values()) >= 2


def test_a_restart_on_an_ordinary_day_stops_ordinary_acts_only() -> None:
    acts: list[Act] = [off(1), logged_off(2), logged_off(3, "a-step"), off(4, up=True), logged_off(5)]
    assert Outage({}).left(acts) == [acts[0], acts[2], acts[3], acts[4]]


def test_what_an_attack_switched_off_does_not_come_back_by_itself() -> None:
    acts: list[Act] = [off(1, "a-step"), off(2, up=True), logged_off(3), logged_off(4, "a-step")]
    outage = Outage({})
    assert outage.left(acts) == acts[:1]
    assert outage.left([off(5, "a-step", up=True), logged_off(6)]) == [off(5, "a-step", up=True), logged_off(6)]


def test_a_dead_server_does_not_answer() -> None:
    (_, tried) = Outage({}).left([off(1, "a-step"), connected(2, OTHER, ONE)])
    assert isinstance(tried, Connected)
    assert (tried.state, tried.sent, tried.received, tried.seconds, tried.service) == ("S0", 0, 0, 0.0, "")


def test_services_end_with_the_last_of_their_servers() -> None:
    asked = NameAsked(3, OTHER, "a.example", "A", ())
    down = off(1, "a-step")
    assert Outage({NameAsked: (ONE, OTHER)}).left([down, asked]) == [down, asked]
    assert Outage({NameAsked: (ONE,), PageFetched: ()}).left([down, asked]) == [down]
