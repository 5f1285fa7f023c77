"""Whoever can write the folder could be two approvers: what hinders that, and what makes it loud."""

from __future__ import annotations

import os
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from codedark.app.enforcing.approvers import FILE, approver, read_approvers, write_approvers
from codedark.app.enforcing.enrolling import who_runs_this
from codedark.app.enforcing.looking import standing_acts
from codedark.app.enforcing.reading import read_holding
from codedark.app.incident_answers import FILE as STATE
from codedark.store.state.state import State
from tests.acting_hospital import installation, passphrase, secret
from tests.routed_hospital import MODEL
from tests.scenarios.test_contain_acts import approve, codedark_contain, prepared, said


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return installation(tmp_path / "home", MODEL)


def added(home: Path, name: str, *words: str) -> None:
    file = secret(home / f"{name}.txt", passphrase(name))
    code, text = codedark_contain(home, "approver", "add", name, "--role", "network", "--passphrase-file", file, *words)
    assert code == 0, text


def refusal(home: Path, plan: str, person: str, command: str = "approve", *words: str) -> str:
    code, text = codedark_contain(
        home, command, plan, "--person", person, "--passphrase-file", home / f"{person}.txt", *words
    )
    return text if code == 2 else ""


def test_who_was_made_an_approver_after_a_plan_was_prepared_may_not_approve_it_but_the_next(home: Path) -> None:
    prepared(home, "isolate:OFFICE-PC")
    added(home, "Eva New")
    added(home, "Bo Claes", "--replace")
    (eva, bo) = (f"{name} was made an approver at " for name in ("Eva New", "Bo Claes"))
    for name, made in (("Eva New", eva), ("Bo Claes", bo)):
        text = refusal(home, "P1", name)
        assert made in text
        assert f" by {who_runs_this()}, and plan P1 is older than that: prepare it anew, or ask somebody else" in text
    for words in (("status",), ("status", "P1")):
        text = " ".join(codedark_contain(home, *words)[1].split())
        assert f"! NEW: {eva}" in text
        assert f"! NEW: {bo}" in text
    assert approve(home, "P1", "Cem Aydin", "An Peeters") == [0, 0]
    _, text = codedark_contain(home, "apply", "P1")
    assert eva in text
    prepared(home, "disable:jan")
    assert approve(home, "P2", "Eva New", "Bo Claes") == [0, 0]
    told = said(home, "status", "P2")["newcomers"]
    assert [each.partition(" was made")[0] for each in told] == ["NEW: Eva New", "NEW: Bo Claes"]
    assert all(each.endswith("and approved plan P2. Does everybody know them?") for each in told)
    assert codedark_contain(home, "apply", "P2")[0] == 0


@pytest.mark.parametrize("what", ["clinical", "trace", "inserted", "renamed"])
def test_a_record_that_was_changed_or_put_in_past_the_log_may_not_approve(home: Path, what: str) -> None:
    prepared(home, "isolate:EHR")
    mine = approver("Bo Claes", "network", passphrase("Bo Claes"), clinical=False)
    an, bo, cem = read_approvers(home)
    changed: dict[str, Any] = {
        "clinical": [an, approver(bo.name, bo.role, passphrase(bo.name), clinical=True), cem],
        "trace": [an, mine, cem],
        "inserted": [an, cem, approver("Zoe", "nobody", passphrase("Zoe"), clinical=True)],
        "renamed": [approver("Bo Claes", an.role, passphrase("Bo Claes"), clinical=True), cem],
    }
    write_approvers(home, changed[what])
    person = "Zoe" if what == "inserted" else "Bo Claes"
    secret(home / f"{person}.txt", passphrase(person))
    for plan in ("P1", prepared(home, "disable:jan")["plan"]):
        assert f"the record of {person} was not written by `codedark contain approver`" in refusal(home, plan, person)
    assert "NOT AS LOGGED" in " ".join(codedark_contain(home, "approver", "list")[1].split())
    assert [each["as_logged"] for each in said(home, "approver", "list") if each["name"] == person] == [False]
    assert read_holding(home).tried_us == {}
    assert f"approver` did not write, of {person}: that approves nothing" in said(home, "status")["problems"][-1]
    assert f"did not write, of {person}" in standing_acts(home).problems[-1]
    if what != "inserted":
        added(home, person, "--replace")
        assert "older than that" in refusal(home, "P1", person)


def test_who_is_new_does_not_prolong_what_stands_until_others_have(home: Path) -> None:
    prepared(home, "isolate:OFFICE-PC")
    assert approve(home, "P1", "Bo Claes", "An Peeters") == [0, 0]
    assert codedark_contain(home, "apply", "P1")[0] == 0
    added(home, "Eva New")
    longer = ("prolong", "--hours", "20")
    assert "older than that" in refusal(home, "P1", "Eva New", *longer)
    assert refusal(home, "P1", "Bo Claes", *longer) == ""
    assert refusal(home, "P1", "Cem Aydin", *longer) == ""
    assert refusal(home, "P1", "Eva New", *longer) == ""


def test_a_standing_order_is_not_approved_by_who_is_newer_than_it(home: Path) -> None:
    assert codedark_contain(home, "standing", "add", "--kind", "isolate", "--until", "30d")[0] == 0
    added(home, "Eva New")
    assert "standing order S1 is older than that" in refusal(home, "S1", "Eva New")
    assert "NEW: Eva New" in codedark_contain(home, "standing", "list")[1]


def test_a_new_approver_is_an_alarm_while_anything_waits_or_stands_and_none_when_it_is_quiet(home: Path) -> None:
    added(home, "Eva New")
    assert not (home / STATE).exists()
    prepared(home, "isolate:OFFICE-PC")
    added(home, "Zoe New")
    with closing(State(home / STATE)) as state:
        (alarm,) = (each.sentence for each in state.alarms())
    assert f"Zoe New was made an approver by {who_runs_this()}, while plan P1 waits to be approved" in alarm


def test_an_approver_whom_the_disk_could_not_keep_may_not_approve(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log knew of them, and the file did not get that far."""
    real = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == FILE:
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", full)
    file = secret(home / "new.txt", "everybody sleeps but me")
    with pytest.raises(OSError, match="No space"):
        codedark_contain(home, "approver", "add", "Bo Claes", "--role", "x", "--replace", "--passphrase-file", file)
    monkeypatch.undo()
    prepared(home, "isolate:OFFICE-PC")
    assert "the case log has another one" in refusal(home, "P1", "Bo Claes")
    added(home, "Bo Claes", "--replace")


def test_the_file_of_approvers_is_on_disk_with_its_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, synced = os.fsync, []

    def seen(file: int) -> None:
        synced.append((stat.S_ISDIR(os.fstat(file).st_mode), (home / FILE).stat().st_ino))
        real(file)

    monkeypatch.setattr(os, "fsync", seen)
    before = (home / FILE).stat().st_ino
    write_approvers(home, read_approvers(home))
    after = (home / FILE).stat().st_ino
    assert synced == [(False, before), (True, after)]
