"""People act through the command line: handed out, ticked off, undone, and the paper plan; no device is needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from codedark.app.enforcing.holding import Stage
from codedark.app.enforcing.reading import TASKS, read_holding
from codedark.cli.contain import app
from codedark.errors import CodeDarkError
from tests.acting_hospital import installation, plans
from tests.routed_hospital import MODEL

ACTIONS = ("isolate:OFFICE-PC", "cut:CLINIC>SERVERS", "block:OFFICE>SERVERS:remote_desktop", "disable:jan")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An installation without any device, with a plan that was approved and begun."""
    made = installation(tmp_path / "home", MODEL)
    for words in (
        ("prepare", plans(made / "plans.json", *ACTIONS)),
        ("approve", "P1", "--person", "An Peeters", "--passphrase-file", made / "An Peeters.txt"),
        ("approve", "P1", "--person", "Bo Claes", "--passphrase-file", made / "Bo Claes.txt"),
        ("apply", "P1"),
    ):
        contain(made, *words)
    return made


def contain(home: Path, *words: object) -> str:
    ran = CliRunner().invoke(app, [*map(str, words), "--home", str(home)])
    if ran.exception and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran.output


def told(home: Path, *words: object) -> Any:
    text = contain(home, "tasks", *words, "--format", "json")
    return json.loads(text[text.index("{") :])["tasks"]


def standing(home: Path) -> list[str]:
    return sorted(f"{held.stage} {held.standing}" for held in read_holding(home).orders.values())


def test_what_no_device_does_is_handed_out_ticked_off_and_undone(home: Path) -> None:
    assert standing(home) == ["stands waiting"] * 4
    rows = told(home)
    assert [row["task"] for row in rows] == ["T1", "T2", "T3", "T4"]
    assert {row["action"] for row in rows} == set(ACTIONS)
    assert all(row["by_hand_because"] == "no device is configured" and row["waits_seconds"] < 60 for row in rows)
    (account,) = (row["task"] for row in rows if row["action"] == "disable:jan")
    assert "Disable-ADAccount -Identity 'jan'" in contain(home, "tasks", account)
    assert "Still waiting" in contain(home, "done", account, "--by", "An Peeters")
    (cut,) = (row["task"] for row in rows if row["action"] == "cut:CLINIC>SERVERS")
    contain(home, "done", cut, "--by", "Bo", "--could-not", "--why", "the cabinet is locked")
    assert standing(home) == ["stands all", "stands waiting", "stands waiting", "stands waiting"]
    assert "the cabinet is locked" in contain(home, "tasks")
    assert "the cabinet is locked" in contain(home, "status")
    contain(home, "rollback", "P1")
    assert standing(home) == ["gone nothing"] * 3 + ["withdrawing waiting"]
    (row,) = told(home)
    assert (row["task"], row["title"]) == (account, "Disable the account jan")
    assert "UNDO: Disable the account jan" in contain(home, "tasks")
    assert "Enable-ADAccount -Identity 'jan'" in contain(home, "tasks", account)
    contain(home, "keep", "--once")
    assert "Nothing waits for people any more" in contain(home, "done", account, "--by", "An Peeters", "--undone")
    assert standing(home) == ["gone nothing"] * 4
    assert "Nobody is asked to do anything now" in contain(home, "tasks")
    assert all(held.stage is Stage.GONE for held in read_holding(home).orders.values())


def test_the_tasks_are_printed_in_the_language_of_those_who_do_them(home: Path, tmp_path: Path) -> None:
    page = tmp_path / "tasks.html"
    contain(home, "tasks", "--page", page, "--language", "fr")
    text = page.read_text("utf-8")
    assert text.count('class="task"') == 4
    assert "Désactiver le compte jan" in text
    assert "no device is configured" in text


def test_the_paper_plan_names_who_approves_and_what_is_never_cut(home: Path, tmp_path: Path) -> None:
    page = tmp_path / "paper.html"
    contain(home, "paper", "--out", page, "--language", "nl")
    text = page.read_text("utf-8")
    for word in ("An Peeters", "chief nurse", "Blood bank", "nog niemand: laat tekenen", "NIET ALS GEHEEL: Blood bank"):
        assert word in text
    with pytest.raises(CodeDarkError, match="cannot be written"):
        contain(home, "paper", "--out", tmp_path / "none" / "paper.html")


def test_a_file_of_tasks_that_is_gone_or_damaged_is_never_taken_for_nothing_done(home: Path) -> None:
    contain(home, "done", "T1", "--by", "An")
    kept = (home / TASKS).read_bytes()
    (home / TASKS).write_bytes(kept[: len(kept) // 2])
    text = " ".join(contain(home, "tasks").split())
    assert "tasks.jsoncannotberead" in text.replace(" ", "")  # a long path is broken anywhere
    assert text.count("NOBODY KNOWS whether this was done") == 4
    (home / TASKS).unlink()
    contain(home, "keep", "--once")
    assert standing(home) == ["stands unknown"] * 4
    (home / TASKS).write_bytes(kept)
    contain(home, "keep", "--once")
    assert standing(home) == ["stands all"] + ["stands waiting"] * 3


@pytest.mark.parametrize("loss", ["gone", "damaged"])
def test_what_a_lost_list_had_is_said_by_the_order_and_stands_in_the_log(home: Path, loss: str) -> None:
    contain(home, "done", "T1", "--by", "An")
    by_number = {row["task"]: row["action"] for row in told(home)}
    kept = (home / TASKS).read_bytes()
    if loss == "gone":
        (home / TASKS).unlink()
    else:
        (home / TASKS).write_bytes(kept[: len(kept) // 2])
    contain(home, "keep", "--once")
    assert standing(home) == ["stands unknown"] * 4
    assert "Disable-ADAccount" in contain(home, "tasks", order_of(home, "disable:jan")), "also step by step"
    first = order_of(home, "isolate:OFFICE-PC")
    with pytest.raises(CodeDarkError, match="who says so"):
        contain(home, "done", first, "--by", " ")
    text = " ".join(contain(home, "done", first.lower(), "--by", "An Peeters", "--why", "I was there").split())
    assert ("could not be read, and is now" in text) is (loss == "damaged")
    contain(home, "done", order_of(home, "disable:jan"), "--by", "Bo", "--undone")
    assert standing(home) == ["gone nothing", "stands all", "stands unknown", "stands unknown"]
    sentences = {sentence for _, sentence in read_holding(home).said}
    assert f"the file of tasks had lost {first}; that it is done says An Peeters: I was there" in sentences
    for action in ("cut:CLINIC>SERVERS", "block:OFFICE>SERVERS:remote_desktop"):
        contain(home, "done", order_of(home, action), "--by", "Bo", "--could-not", "--why", "locked")
    assert standing(home) == ["gone nothing", "stands all", "stands waiting", "stands waiting"]
    rows = {row["task"]: row["action"] for row in told(home)}
    assert rows.items() <= by_number.items(), "each has the number that is on the paper"
    contain(home, "rollback", "P1")
    assert standing(home) == ["gone nothing"] * 3 + ["withdrawing waiting"]
    (home / TASKS).unlink()
    contain(home, "done", first, "--by", "An Peeters", "--undone")
    assert standing(home) == ["gone nothing"] * 4
    with pytest.raises(CodeDarkError, match=r"no order P1\.1 that stands"):
        contain(home, "done", "P1.1", "--by", "An")


def test_new_tasks_never_have_a_number_that_is_on_paper_of_a_lost_list(home: Path) -> None:
    (home / TASKS).unlink()
    for words in (
        ("prepare", plans(home / "plans.json", "isolate:EHR")),
        ("approve", "P2", "--person", "An Peeters", "--passphrase-file", home / "An Peeters.txt"),
        ("approve", "P2", "--person", "Bo Claes", "--passphrase-file", home / "Bo Claes.txt"),
        ("apply", "P2"),
    ):
        contain(home, *words)
    assert [row["task"] for row in told(home)] == ["T5"]


def order_of(home: Path, action: str) -> str:
    return next(held.order.id for held in read_holding(home).orders.values() if held.order.action == action)


@pytest.mark.parametrize("model", ["hospital: [", None], ids=["broken", "gone"])
def test_what_people_did_is_undone_without_a_model(home: Path, model: str | None) -> None:
    account = next(row["task"] for row in told(home) if row["action"] == "disable:jan")
    contain(home, "done", account, "--by", "An Peeters")
    if model is None:
        (home / "hospital.yaml").unlink()
    else:
        (home / "hospital.yaml").write_text(model)
    assert "the model cannot be used, and nothing can be ordered with it" in contain(home, "rollback", "P1")
    assert standing(home) == ["gone nothing"] * 3 + ["withdrawing waiting"]
    assert "Enable-ADAccount -Identity 'jan'" in contain(home, "tasks", account)
    assert "Nothing waits" in contain(home, "done", account, "--by", "An Peeters", "--undone")
    assert standing(home) == ["gone nothing"] * 4
    with pytest.raises(CodeDarkError):
        contain(home, "prepare", plans(home / "plans.json", *ACTIONS))
