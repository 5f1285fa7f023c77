"""Rates, budgets and doors: one sender's flood is not another's drought."""

from __future__ import annotations

import asyncio

from codedark.ingest.live.limits import Budget, Doorkeeper, Rates, TokenBucket
from codedark.ingest.live.stats import Board


def test_a_bucket_lets_a_burst_pass_and_then_its_rate() -> None:
    bucket = TokenBucket(100, 200)
    assert bucket.take(200, 10.0) == 0
    assert bucket.take(50, 10.0) == 0.5
    assert not bucket.take_if_there(1, 10.5)
    assert bucket.take_if_there(100, 11.5)
    assert bucket.take(0, 1000.0) == 0
    assert not bucket.take_if_there(201, 1000.0)


def test_each_sender_has_a_rate_of_its_own_and_two_seconds_of_it_at_once() -> None:
    rates = Rates(100)
    assert rates.of("a").take_if_there(200, 10.0)
    assert not rates.of("a").take_if_there(1, 10.0)
    assert rates.of("b").take_if_there(200, 10.0)


def test_of_too_many_senders_the_first_is_forgotten() -> None:
    rates = Rates(100)
    first, second = rates.of("0"), rates.of("1")
    for number in range(2, 4097):
        rates.of(str(number))
    assert rates.of("1") is second
    assert rates.of("0") is not first


def test_a_rate_of_zero_is_no_limit() -> None:
    bucket = TokenBucket(0, 0)
    assert bucket.take(1e12, 1.0) == 0
    assert bucket.take_if_there(1e12, 1.0)


def test_a_budget_makes_others_wait_and_lets_one_that_is_too_large_in_alone() -> None:
    async def run() -> None:
        budget, order = Budget(100), list[str]()

        async def hold(name: str, size: int) -> None:
            async with budget.hold(size):
                order.append(f"{name} in")
                await asyncio.sleep(0.01)
            order.append(f"{name} out")

        await asyncio.gather(hold("a", 60), hold("b", 60), hold("huge", 500))
        assert order == ["a in", "a out", "b in", "b out", "huge in", "huge out"]
        assert budget.used == 0

    asyncio.run(run())


def test_a_door_closes_for_one_address_and_for_all() -> None:
    door = Doorkeeper(3, 2)
    for address in ("a", "a", "b"):
        assert door.refusal(address) == ""
        door.enter(address)
    assert "3 connections are open" in door.refusal("c")
    door.leave("b")
    assert "from one address" in door.refusal("a")
    assert door.refusal("b") == ""


def test_senders_are_forgotten_before_they_are_too_many() -> None:
    board = Board()
    for number in range(5000):
        board.count(f"udp://10.0.{number >> 8}.{number & 255}", 1, 10, 0)
    assert board.total.records == 5000
    assert len(board.senders) == 4096
    assert "udp://10.0.19.135" in board.senders
