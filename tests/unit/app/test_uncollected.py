"""Without the collector of circular garbage: nothing is walked through at the end, nothing is lost to it for ever."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from codedark.app.uncollected import MUCH, uncollected


class Node:
    """Something that can refer to itself."""

    def __init__(self) -> None:
        self.own: Any = None


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    """The collector as a process begins with it: tests that ran here before may have frozen what they made."""
    gc.unfreeze()
    gc.enable()
    yield
    gc.enable()


@pytest.fixture
def walks() -> Iterator[list[int]]:
    """The generations that were collected."""
    seen: list[int] = []

    def told(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            seen.append(info["generation"])

    gc.collect()
    gc.callbacks.append(told)
    yield seen
    gc.callbacks.remove(told)


def test_the_collector_rests_until_the_outermost_block_ends() -> None:
    assert gc.isenabled()
    with uncollected():
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_is_back_after_an_error() -> None:
    with pytest.raises(ValueError, match="no"), uncollected():
        raise ValueError("no")
    assert gc.isenabled()


def test_much_that_was_made_is_not_walked_through_when_it_ends(walks: list[int]) -> None:
    with uncollected():
        walks.clear()
        made = [[n] for n in range(2 * MUCH)]
    after = [[n] for n in range(2)]
    assert (len(made), len(after), walks) == (2 * MUCH, 2, [])
    assert gc.get_count()[0] < MUCH


def test_a_cycle_that_was_made_in_it_is_found_when_all_is_walked_through() -> None:
    with uncollected():
        node = Node()
        node.own = node
        gone = weakref.ref(node)
        made = [[n] for n in range(2 * MUCH)]
        del node
    del made
    assert gone() is not None
    gc.collect()
    assert gone() is None


def test_what_others_froze_stays_frozen() -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with uncollected():
            made = [[n] for n in range(2 * MUCH)]
        assert gc.get_freeze_count() >= frozen - 1000 > 0
        del made
    finally:
        gc.unfreeze()
