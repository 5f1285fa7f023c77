"""The benchmark of the watch: one peak of memory does not decide whether it is flat, and a rise is not overlooked."""

from __future__ import annotations

import importlib
import threading
from types import ModuleType

import pytest

from tests.house.repository import ROOT


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What looks at memory."""
    monkeypatch.syspath_prepend(ROOT / "bench")
    return importlib.import_module("yardsticks.memory")


def is_flat(memory: ModuleType, looks: list[list[float]]) -> bool:
    stretches = [
        memory.Stretch(number, [{"front": 100.0, "archivist": mib} for mib in mine])
        for number, mine in enumerate(looks, 1)
    ]
    flat, *_ = memory.claims_of(stretches)
    return bool(flat.row()["ok"])


def test_a_peak_at_one_moment_is_no_growth(memory: ModuleType) -> None:
    looks = [[300.0, 310.0, 500.0, 305.0, 300.0]] * 10
    assert is_flat(memory, [*looks[:9], [300.0, 310.0, 900.0, 305.0, 800.0]])
    assert is_flat(memory, [*looks[:9], [900.0] * 5])


def test_a_slow_rise_is_growth_although_it_goes_up_and_down(memory: ModuleType) -> None:
    assert not is_flat(memory, [[level, level + 150.0, level] for level in range(300, 500, 20)])


def test_looks_are_taken_all_the_while_and_at_the_end(memory: ModuleType) -> None:
    third = threading.Event()
    taken: list[float] = []

    def look() -> dict[str, float]:
        taken.append(1.0)
        if len(taken) >= 3:
            third.set()
        return {"front": float(len(taken))}

    with memory.looking(look, seconds=0.001) as seen:
        assert third.wait(60)
    assert [each["front"] for each in seen] == [*range(1, len(taken) + 1)]
