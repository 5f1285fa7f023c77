"""The benchmark of containment: its mistakes are of the size that it says, and its truth is the simulator's."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import pytest

from codedark.app.suspects import Suspects
from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId, AssetKind
from codedark.hospital.failure import Dependents, Down
from codedark.hospital.hospital import Hospital
from codedark.simulate.building import build
from codedark.simulate.habit import HOUR_US, MINUTE_US
from codedark.simulate.truth import Held, Step, Truth
from tests.house.repository import ROOT

NOBODY = AccountId("")


@pytest.fixture(scope="module")
def hospital() -> Hospital:
    return build(20, 3).hospital


def bench(monkeypatch: pytest.MonkeyPatch, name: str) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "bench")
    return importlib.import_module(f"yardsticks.{name}")


def of_kind(hospital: Hospital, kind: AssetKind) -> list[AssetId]:
    return [each.id for each in hospital.assets.values() if each.kind is kind]


def test_a_third_of_the_suspects_is_somebody_else_who_is_innocent(
    monkeypatch: pytest.MonkeyPatch, hospital: Hospital
) -> None:
    mistaken = bench(monkeypatch, "mistaken")
    machines = of_kind(hospital, AssetKind.WORKSTATION)
    suspects = Suspects({name: 0.9 - 0.1 * place for place, name in enumerate(machines[:6])})
    wrong = mistaken.wrong_beliefs(hospital, suspects, set(machines[:9]), "seed")
    assert sorted(wrong.assets.values()) == sorted(suspects.assets.values())
    assert len(wrong.assets.keys() & suspects.assets.keys()) == 4
    assert not (wrong.assets.keys() - suspects.assets.keys()) & set(machines[:9])


def test_a_fifth_of_needs_and_flows_is_missing_and_all_services_still_stand(
    monkeypatch: pytest.MonkeyPatch, hospital: Hospital
) -> None:
    less = bench(monkeypatch, "mistaken").missing_dependencies(hospital, "seed")
    assert 0.75 < len(less.flows) / len(hospital.flows) < 0.85
    assert less.services.keys() == hospital.services.keys()
    assert less.services != hospital.services
    assert not Dependents(less).fail(Down()).because


def _attack(machine: AssetId, controller: AssetId, hours: float) -> Truth:
    at_us = round(hours * HOUR_US)
    step = Step("gone", at_us + MINUTE_US, "T1486", "It is encrypted.", controller, NOBODY, irreversible=True)
    return Truth("a script", 0, (step,), (Held(machine, NOBODY, 0), Held(controller, NOBODY, at_us)))


def test_what_came_next_is_stopped_by_a_cut_that_holds_by_then(
    monkeypatch: pytest.MonkeyPatch, hospital: Hospital
) -> None:
    truly = bench(monkeypatch, "truly")
    flows = hospital.flows
    controllers = of_kind(hospital, AssetKind.DOMAIN_CONTROLLER)
    machine, controller = next(
        (AssetId(source), AssetId(target))
        for source, target in zip(flows.sources, flows.targets, strict=True)
        if source in of_kind(hospital, AssetKind.WORKSTATION) and target in controllers
    )
    for hours, done in ((2.0, "stopped"), (0.05, "done")):
        truth = truly.Truly(hospital, _attack(machine, controller, hours), MINUTE_US, Suspects())
        assert truth.taken.assets == (machine,)
        assert [told for *_, told in truth.came_next(())] == ["done", "done"]
        assert [told for *_, told in truth.came_next((f"isolate:{machine}",))] == [done, done]


def test_the_pace_is_that_at_which_he_really_went_on(monkeypatch: pytest.MonkeyPatch, hospital: Hospital) -> None:
    truly = bench(monkeypatch, "truly")
    machine, controller = of_kind(hospital, AssetKind.WORKSTATION)[0], of_kind(hospital, AssetKind.DOMAIN_CONTROLLER)[0]
    slow, fast = (
        truly.Truly(hospital, _attack(machine, controller, hours), MINUTE_US, Suspects()) for hours in (8.0, 0.5)
    )
    assert slow.hours == pytest.approx(8.0)
    assert fast.pace > 5 * slow.pace
    nothing, _ = slow.outcome(())
    cut, forbidden = slow.outcome((f"isolate:{machine}",))
    assert cut.mean < nothing.mean
    assert forbidden == ()


def _row(plan: list[int], by_hand: str = "", own: int = 0, believed: float = 0.0) -> dict[str, Any]:
    policies = {
        "plan": {"harm": plan, "own": own},
        "isolate what alarmed": {"harm": [100, 100], "own": 50},
        "all off": {"harm": [5000, 5000], "own": 5000},
    }
    return {"policies": policies, "by_hand": by_hand, "taken": ["WS-1"], "suspects": {"WS-1": believed}}


def test_a_failure_is_explained_by_what_the_figures_say_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = bench(monkeypatch, "verdicts")
    best = "isolate what alarmed"
    assert verdicts.why(_row([5000, 5000], "all off"), best) == "the planner thought all off best"
    assert verdicts.why(_row([2000, 2000], own=1900), best) == "cuts that this attacker made no use of"
    assert verdicts.why(_row([2000, 2000]), best) == "taken and not suspected"
    assert verdicts.why(_row([2000, 2000], believed=0.9), best) == "he went where the plan had left a way"
    good, bad = _row([90, 110]), _row([2000, 2100])
    assert [row for *_, row in verdicts.worse([good, bad])] == [bad]
    assert verdicts.best_plain([good, bad]) == best
    assert verdicts.ratios([good]) == [50.0]


def test_attacks_on_the_same_machines_are_one_case_for_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = bench(monkeypatch, "verdicts")
    named = {"house": 1, "attack": "wiper"}
    same = [{**_row([90, 110]), **named} for _ in range(10)]
    other = {**_row([300, 320]), **named, "taken": ["WS-2"]}
    assert [len(group) for group in verdicts.alike([*same, other])] == [10, 1]
    mean, low, high = verdicts.difference([*same, other], "isolate what alarmed")
    assert mean == pytest.approx(210 / 11)
    assert (
        high - mean
        == pytest.approx(mean - low)
        == pytest.approx(1.95996 * 2**0.5 * (10 * 210 / 11) * 2**0.5 / 11, rel=1e-4)
    )
