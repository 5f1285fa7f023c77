"""The replayed AZ Monica morning: the page says what was measured, and the arithmetic behind it holds."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from codedark.hospital.defaults import default_services
from tests.house.repository import ROOT

RESULTS = ROOT / "bench" / "results" / "az_monica.json"
READINGS = (0, 1, 2)
LIST = np.array([1.5, 3.0, 8.0, 26.0, 30.0, 200.0, 700.0])
"""Hours after 06:32 at which operations begin; three of them on the day."""


@pytest.fixture
def morning(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What a hospital loses while services are down."""
    monkeypatch.syspath_prepend(ROOT / "bench")
    return importlib.import_module("yardsticks.morning")


@pytest.fixture
def telling(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The table and the picture."""
    monkeypatch.syspath_prepend(ROOT / "bench")
    return importlib.import_module("yardsticks.morning_told")


def _down(morning: ModuleType, hours: Mapping[str, Sequence[float]], scenarios: int = 1) -> object:
    every = dict.fromkeys(("ehr", "ward-workstations"), np.zeros(scenarios))
    named = {name: np.array(values, dtype=np.float64) for name, values in hours.items()}
    return morning.Down({**every, **named}, np.zeros(scenarios))


def test_the_page_and_the_picture_say_what_was_measured(telling: ModuleType) -> None:
    rows = telling.rows_of(json.loads(RESULTS.read_text())["claims"])
    page = Path(telling.PAGE).read_text("utf-8")
    between = re.search(r"(?s)<!-- table -->\n(.*?)<!-- end -->", page)
    assert between
    assert between[1].splitlines() == telling.table(rows)
    assert Path(telling.PICTURE).read_text("utf-8") == telling.drawn(rows)
    assert next(iter(rows)) == "all off, as it was"
    assert all(set(telling.MEASURES) <= set(figures) for figures in rows.values())


def test_what_is_assumed_speaks_of_services_that_there_are_and_grows_from_kind_to_harsh(morning: ModuleType) -> None:
    told = morning.assumptions().told
    known = {service.id for service in default_services()}
    for name in ("operations", "critical_care"):
        assert set(told[name]) <= known
        assert all(0 <= kind <= stated <= harsh <= 1 for kind, stated, harsh in told[name].values())
    assert set(told["record"]) <= known
    assert all(kind <= stated <= harsh for kind, stated, harsh in told["hours"].values())


@pytest.mark.parametrize("reading", READINGS)
def test_everything_off_is_what_is_public(morning: ModuleType, reading: int) -> None:
    assumed = morning.assumptions()
    lost = assumed.as_it_was(LIST, morning.Reading(reading))
    assert lost.day.tolist() == pytest.approx([70.0])
    assert lost.moved.tolist() == pytest.approx([7.0])
    assert 22 * 24 - 6 <= lost.record[0] <= 24 * 24
    assert lost.day[0] <= lost.weeks[0]


@pytest.mark.parametrize("reading", READINGS)
def test_nothing_down_loses_nothing(morning: ModuleType, reading: int) -> None:
    lost = morning.assumptions().lost(_down(morning, {}), LIST, morning.Reading(reading))
    assert [values.tolist() for values in lost.items().values()] == [[0.0]] * 4


def test_without_the_record_for_a_day_the_operations_of_that_day_are_lost_and_later_ones_are_not(
    morning: ModuleType,
) -> None:
    lost = morning.assumptions().lost(_down(morning, {"ehr": [24.0]}), LIST, morning.Reading.STATED)
    assert (lost.day[0], lost.weeks[0], lost.record[0]) == pytest.approx((70.0, 70.0, 24.0))


@pytest.mark.parametrize("reading", READINGS)
def test_more_down_for_longer_never_loses_less_and_never_more_than_all_off(morning: ModuleType, reading: int) -> None:
    assumed, read = morning.assumptions(), morning.Reading(reading)
    every = assumed.as_it_was(LIST, read)
    before = np.zeros(4)
    for hours in (
        {"pacs": [10.0]},
        {"pacs": [30.0]},
        {"pacs": [30.0], "ehr": [30.0]},
        {"pacs": [900.0], "ehr": [900.0]},
    ):
        lost = assumed.lost(_down(morning, hours), LIST, read)
        now = np.array([values[0] for values in lost.items().values()])
        assert (now >= before - 1e-9).all()
        assert lost.weeks[0] <= every.weeks[0] + 1e-9
        before = now


def test_scenarios_are_told_apart(morning: ModuleType) -> None:
    lost = morning.assumptions().lost(_down(morning, {"ehr": [0.0, 24.0]}, 2), LIST, morning.Reading.STATED)
    assert lost.day.tolist() == pytest.approx([0.0, 70.0])
    assert lost.record.tolist() == [0.0, 24.0]


def test_a_ward_that_is_cut_off_has_no_record_although_it_stands(morning: ModuleType) -> None:
    nothing = np.zeros(1)
    down = morning.Down({"ehr": nothing, "ward-workstations": nothing}, np.array([6.0]))
    assert morning.assumptions().lost(down, LIST, morning.Reading.STATED).record.tolist() == [6.0]


def test_a_decision_in_the_night_is_over_earlier(morning: ModuleType) -> None:
    down = _down(morning, {"ehr": [12.0]})
    lost = morning.assumptions().lost(down, LIST, morning.Reading.STATED, since=5.0)
    assert lost.day[0] == pytest.approx(70 * 2 / 3)  # that at 8 hours begins 13 hours after the decision


def test_nights_weigh_the_same_and_the_bad_twentieth_is_the_mean_of_the_worst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "bench")
    bench = importlib.import_module("az_monica")
    assert bench.worst([float(value) for value in range(1, 101)]) == pytest.approx(98.0)
    assert bench.worst([3.0]) == 3.0
    figures = {measure: [[1.0, 3.0]] * 3 for measure in bench.MEASURES}
    public = {measure: [[7.0]] * 3 for measure in bench.MEASURES}
    samples = bench.gathered([{"costs": {"all off": public, "plan": figures}}] * 2)
    assert samples["plan"]["day"][0] == [1.0, 3.0, 1.0, 3.0]
    assert samples["all off"]["day"][2] == [7.0] * 4
