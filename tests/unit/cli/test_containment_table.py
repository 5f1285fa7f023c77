"""The plans on a terminal: nothing wider than it, alike actions on one row, and names that a terminal does not obey."""

from __future__ import annotations

from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from rich.console import Console

from codedark.app.containment_groups import grouped
from codedark.cli.containment_table import print_plans
from codedark.simulate.building import build

HOSPITAL = build(15, 5).hospital
STATIONS = sorted(each for each in HOSPITAL.assets if each.startswith("WS-"))
ALIKE = next(
    [one, other] for one, other in pairwise(STATIONS) if len({HOSPITAL.assets[each].zone for each in (one, other)}) == 1
)
PEOPLE = sorted(each for each in HOSPITAL.accounts if HOSPITAL.accounts[each].kind == "person")[:2]
HARM = {"mean": 123_456.0, "at_least": 100_000.0, "at_most": 150_000.0}
LONG = "A service with a name that is much longer than anybody would ever want to read on a screen at six o'clock"


def _row(kind: str, name: str, **more: Any) -> dict[str, Any]:
    asset, account = (None, name) if kind == "disable" else (name, None)
    plain: dict[str, Any] = {
        "action": f"{kind}:{name}", "kind": kind, "asset": asset, "account": account, "applied": False,
        "apply_minutes": 10.0, "staff_minutes": 15.0, "if_left_out": HARM, "closes": None, "losses": [],
        "clinical_lead": False, "wants_person": False,
    }  # fmt: skip
    return plain | more


def _plan(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "plan": name, "same_as": [], "by_hand": None, "harm": HARM, "harm_of_tier_0": 7.0, "staff_minutes": 15.0,
        "on_its_own_scenarios": {"harm": 5.0, "bound": 0.0}, "ready_minutes": 10.0, "actions": rows,
        "groups": grouped(HOSPITAL, rows), "not_explained": [],
    }  # fmt: skip


def _told(*plans: dict[str, Any]) -> dict[str, Any]:
    policies = [
        {"policy": name, "harm": HARM, "harm_of_tier_0": 0.0, "actions": 9}
        for name in ("nothing", "quarantine its zones")
    ]
    return {
        "notes": ["a note \x1b[31mthat would be red"], "plans": plans, "policies": policies, "scenarios": 60,
        "balanced_is_best_from": 0.1, "balanced_is_best_to": 10.0, "waiting": {"cost": 9.0, "gain_at_most": 1.0},
        "refused": [{"action": "isolate:BBANK01", "because": f"takes down {LONG}"}],
    }  # fmt: skip


def _printed(told: dict[str, Any], width: int) -> str:
    out = StringIO()
    print_plans(Console(file=out, width=width), told)
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_wider_than_the_terminal_and_no_word_is_lost(width: int) -> None:
    rows = [_row("isolate", STATIONS[0], losses=[{"service": "long", "name": LONG}], clinical_lead=True)]
    said = _printed(_told(_plan("balanced", rows), _plan("least", [])), width)
    assert max(map(len, said.splitlines())) <= width
    assert "…" not in said
    assert " ".join(said.split()).count(LONG) == 2


def test_alike_machines_and_accounts_are_one_row_each_and_all_are_named() -> None:
    rows = [*(_row("isolate", each) for each in ALIKE), *(_row("disable", each) for each in PEOPLE)]
    groups = grouped(HOSPITAL, [*rows, _row("isolate", "DC01", clinical_lead=True)])
    assert [each["numbers"] for each in groups] == [[1, 2], [3, 4], [5]]
    assert groups[0]["staff_minutes"] == 30.0
    assert (groups[1]["account_kind"], groups[2]["zone"]) == ("person", None)
    said = " ".join(_printed(_told(_plan("balanced", rows)), 80).split())
    assert f"isolate 2 machines of {HOSPITAL.assets[ALIKE[0]].zone}: {', '.join(ALIKE)}" in said
    assert f"disable 2 person accounts: {', '.join(PEOPLE)}" in said


@pytest.mark.parametrize("field", ["clinical_lead", "wants_person", "applied"])
def test_what_is_approved_otherwise_or_stands_already_is_a_row_of_its_own(field: str) -> None:
    assert len(grouped(HOSPITAL, [_row("isolate", ALIKE[0]), _row("isolate", ALIKE[1], **{field: True})])) == 2


def test_what_a_terminal_would_obey_is_shown_and_not_obeyed() -> None:
    assert "\x1b" not in _printed(_told(_plan("balanced", [])), 80)


def test_a_plan_of_nothing_says_so_and_another_plan_says_what_it_does_more() -> None:
    said = " ".join(_printed(_told(_plan("balanced", []), _plan("most", [_row("isolate", STATIONS[0])])), 80).split())
    assert "nothing: no set of cuts is expected to do less harm" in said
    assert f"most: 1 action, harm 123,000 (100,000 to 150,000); with isolate:{STATIONS[0]}" in said


@pytest.mark.parametrize(("by_hand", "shown"), [(None, 12), ("all off", 3)])
def test_a_long_plan_is_told_in_twelve_rows_and_all_off_in_three(by_hand: str | None, shown: int) -> None:
    rows = [_row("isolate", each, clinical_lead=bool(place % 2)) for place, each in enumerate(HOSPITAL.assets)]
    plan = _plan("balanced", rows) | {"by_hand": by_hand}
    plan["groups"] = [grouped(HOSPITAL, [row])[0] for row in rows]
    said = _printed(_told(plan), 80)
    assert said.count("left out:") == shown
    assert f"and {len(rows) - shown} actions more" in " ".join(said.split())
