"""`codedark contain plan` on a small simulated hospital: plans as JSON, as a table and as a page, and plain words for
what it cannot use.
"""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codedark.app.hospital_files import write_hospital
from codedark.hospital.hospital import Flows
from codedark.respond.incident import Belief
from codedark.simulate.building import build
from codedark.store.state.state import State
from tests.command_line import Command
from tests.incident_maker import incident

SITE = build(15, 5).hospital
FEW = ("--scenarios", "20", "--seconds", "12")
SUSPECT = next(each for each in SITE.assets if each.startswith("WS-"))
FLOWS = Flows(
    tuple(each for each in SITE.assets if each.startswith("WS-"))[:40],
    ("DC01",) * 40, ("tcp",) * 40, (445,) * 40, (10,) * 40, (10_000,) * 40,
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation whose watch suspects a workstation, and a laptop that the model does not have."""
    place = tmp_path_factory.mktemp("home")
    count = sum(each.startswith("WS-") for each in SITE.assets)
    flows = replace(FLOWS, **{name: getattr(FLOWS, name)[:count] for name in FLOWS.__slots__})
    write_hospital(replace(SITE, flows=flows), place)
    found = incident(1, hosts=(Belief(SUSPECT.lower(), 3.0, 0.9), Belief("laptop-of-a-guest", 1.0, 0.7)), accounts=())
    with closing(State(place / "state.sqlite")) as state:
        state.tell([], [found], [])
    return place


@pytest.fixture(scope="module")
def told(codedark: Command, home: Path) -> tuple[dict[str, Any], str]:
    """The answer of a watch's suspicions, and the page."""
    page = home / "plans.html"
    ran = codedark.run("contain", "plan", "--home", home, *FEW, "--page", page, "--format", "json",
                       "--certificate", home / "proof.json")  # fmt: skip
    assert ran.code == 0, ran.err
    return json.loads(ran.out), page.read_text()


def test_three_plans_stand_beside_what_a_person_would_do(told: tuple[dict[str, Any], str]) -> None:
    answer, _ = told
    assert [each["plan"] for each in answer["plans"]] == ["least", "balanced", "most"]
    policies = {each["policy"]: each["harm"]["mean"] for each in answer["policies"]}
    assert {"nothing", "isolate what alarmed", "quarantine its zones", "all off"} <= policies.keys()
    balanced = answer["plans"][1]
    assert balanced["harm_of_tier_0"] <= min(each["harm_of_tier_0"] for each in answer["policies"]) + 1e-6 or (
        balanced["harm"]["mean"] <= min(policies.values())
    )
    assert balanced["harm"]["mean"] < policies["nothing"]
    assert balanced["staff_minutes"] <= answer["staff_minutes"] or balanced["by_hand"] == "all off"
    assert balanced["on_its_own_scenarios"]["bound"] <= balanced["on_its_own_scenarios"]["harm"]


def test_the_suspicions_of_the_watch_are_taken_and_strangers_are_said(told: tuple[dict[str, Any], str]) -> None:
    answer, page = told
    assert [(each["name"], each["probability"]) for each in answer["suspects"]] == [(SUSPECT, 0.9)]
    assert answer["shown"] == ["T1558.003"]
    assert any("laptop-of-a-guest" in note for note in answer["notes"])
    assert "laptop-of-a-guest" in page


def test_every_action_says_what_it_is_for_who_approves_and_how_long_it_lasts(told: tuple[dict[str, Any], str]) -> None:
    answer, _ = told
    actions = [action for plan in answer["plans"] for action in plan["actions"]]
    assert actions
    assert all(each["time_to_live_hours"] == answer["stand_hours"] for each in actions)
    ways = [each["closes"] for each in actions if each["closes"]]
    assert ways
    for way in ways:
        assert way["from"]["name"] in {SUSPECT, *SITE.accounts}
        assert sum(step["cut"] for step in way["steps"]) == 1
        hours = [step["hours"] for step in way["steps"]]
        assert hours == sorted(hours)
        assert hours[-1] <= answer["horizon_hours"]


def test_no_plan_holds_what_a_lifeline_refuses(told: tuple[dict[str, Any], str]) -> None:
    answer, page = told
    refused = {each["action"] for each in answer["refused"]}
    assert refused
    assert refused.isdisjoint(action["action"] for plan in answer["plans"] for action in plan["actions"])
    assert f"{len(refused)} possible actions" in page


def test_the_proof_of_the_balanced_plan_holds_and_a_changed_one_is_refused(
    codedark: Command, home: Path, told: tuple[dict[str, Any], str]
) -> None:
    proof = home / "proof.json"
    ran = codedark.run("contain", "verify", proof)
    assert ran.code == 0, ran.err
    assert ran.out.startswith(b"it holds: ")
    document = json.loads(proof.read_text())
    balanced = told[0]["plans"][1]
    if balanced["by_hand"] != "all off":
        assert document["harm"] == pytest.approx(balanced["on_its_own_scenarios"]["harm"])
        assert document["held_out"]["harm"] == balanced["harm"]["mean"]
    changed = home / "changed.json"
    changed.write_text(json.dumps({**document, "harm": document["harm"] / 2}))
    ran = codedark.run("contain", "verify", changed, "--problem", home / "proof.json.problem.json")
    assert (ran.code, ran.out[:9]) == (2, b"refused: ")


def test_the_page_asks_nothing_of_the_network_and_runs_nothing(told: tuple[dict[str, Any], str]) -> None:
    _, page = told
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert re.findall(r"(?:src|href)=|url\((?!#)|<script|@import", page) == []
    assert page.count("<article") == len({str(each["actions"]) for each in told[0]["plans"]})
    assert "name, time, signature" in page


def test_names_of_the_hospital_cannot_become_markup_and_are_not_translated(codedark: Command, tmp_path: Path) -> None:
    services = {
        name: replace(each, name=f"<b>{each.name}</b>", downtime_procedure="{0.__class__} & <i>paper</i>")
        for name, each in SITE.services.items()
    }
    write_hospital(replace(SITE, services=services, name="<script>alert(1)</script>"), tmp_path)
    page = tmp_path / "plans.html"
    ran = codedark.run(
        "contain",
        "plan",
        "--hospital",
        tmp_path,
        "--suspect",
        f"{SUSPECT}=0.9",
        *FEW,
        "--page",
        page,
        "--language",
        "nl",
    )
    assert ran.code == 0, ran.err
    text = page.read_text()
    assert "<script" not in text
    assert "<b>Blood" not in text
    assert '<html lang="nl">' in text
    assert "Dit is het plan dat wij voorstellen." in text
    assert b"Do not wait" in ran.out or b"Waiting ten minutes" in ran.out


def test_what_is_applied_is_named_as_done_and_the_same_seed_says_the_same(codedark: Command, home: Path) -> None:
    asked = (
        "contain",
        "plan",
        "--home",
        home,
        "--scenarios",
        "10",
        "--seconds",
        "30",
        "--format",
        "json",
        "--applied",
        f"isolate:{SUSPECT}",
    )
    first, second = (json.loads(codedark.run(*asked).out) for _ in range(2))
    assert first == second
    row = next(each for each in first["plans"][1]["actions"] if each["action"] == f"isolate:{SUSPECT}")
    assert (row["applied"], row["apply_minutes"], row["staff_minutes"]) == (True, 0.0, 0.0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nobody is suspected"),
        (["--suspect", "WS-00001=0.5"], "did you mean WS-0001"),
        (["--suspect", "WS-0001=0.5", "--applied", "isolate:WS-00001"], "did you mean isolate:WS-0001"),
        (["--suspect", "WS-0001=0.5", "--pack", "nowhere"], "--pack nowhere: there is no such ward"),
        (["--suspect", "WS-0001=0.5", "--shown", "smb"], "--shown smb: write a technique of ATT&CK"),
    ],
)
def test_what_it_cannot_use_is_said_in_plain_words(
    codedark: Command, home: Path, arguments: list[str], said: str
) -> None:
    assert said in codedark.fails("contain", "plan", "--hospital", home, *arguments)


def test_all_suspected_is_refused(codedark: Command, home: Path, tmp_path: Path) -> None:
    beliefs = tmp_path / "all.yaml"
    beliefs.write_text("".join(f"'asset:{each}': 0.9\n" for each in SITE.assets))
    assert "no cut lies between" in codedark.fails("contain", "plan", "--hospital", home, "--beliefs", beliefs)


def test_without_flows_there_is_a_plan_and_it_says_what_it_assumed(codedark: Command, tmp_path: Path) -> None:
    write_hospital(replace(SITE, flows=Flows()), tmp_path)
    ran = codedark.run(
        "contain", "plan", "--hospital", tmp_path, "--suspect", f"{SUSPECT}=0.9", *FEW, "--format", "json"
    )
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["notes"]
