"""`codedark doctor` looks at everything, and one failure hides no other."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from codedark.app.watching.configuration import FILE
from codedark.app.watching.doctor import Verdict, examine
from codedark.cli.doctor import app as doctor
from codedark.events.parcel import Sequence
from codedark.respond.decision import Acknowledged
from codedark.respond.incident import IncidentId
from codedark.store.checkpoint import Checkpoints
from codedark.store.journal.journal import Journal
from codedark.store.state.state import State
from tests.incident_maker import alarm, incident
from tests.serving import RULES

NOW_US = 1_768_290_000_000_000


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that has never run."""
    monkeypatch.setenv("CODEDARK_CACHE", str(tmp_path / "cache"))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "one.yml").write_text(RULES)
    (tmp_path / FILE).write_text('[rules]\nfolders = ["rules"]\n')
    tmp_path.chmod(0o750)
    return tmp_path


def found(home: Path) -> dict[str, tuple[Verdict, str]]:
    """The worst that was found of each thing."""
    order = [Verdict.WELL, Verdict.NOTE, Verdict.BAD]
    examined = sorted(examine(home, home / "cache", NOW_US), key=lambda each: order.index(each.verdict))
    return {each.what: (each.verdict, each.found) for each in examined}


def test_an_installation_that_never_ran_is_told_what_it_lacks(home: Path) -> None:
    looked = found(home)
    assert looked["hospital"][0] is Verdict.BAD
    assert "codedark init" in looked["hospital"][1]
    assert looked["judge"] == (Verdict.BAD, "does not run: start `codedark serve`")
    assert looked["archivist"][0] is Verdict.BAD
    assert looked["memory"][0] is Verdict.NOTE
    assert looked["alarms"][0] is Verdict.NOTE


def test_a_configuration_that_is_broken_hides_nothing_else(home: Path) -> None:
    (home / FILE).write_text("[limits]\nmost_conections = 5\n")
    looked = found(home)
    assert "most_conections" in looked["configuration"][1]
    assert looked["judge"][0] is Verdict.BAD
    assert looked["memory"][0] is Verdict.NOTE
    assert looked["alarms"][0] is Verdict.NOTE


def test_a_part_that_runs_and_one_that_has_fallen_behind(home: Path) -> None:
    (home / "run").mkdir()
    with Journal(home / "journal", reserve_bytes=0) as journal:
        journal.append("a", "jsonl", b"{}\n" * 9, 9, NOW_US)
        journal.sync()
    account = {"now_us": NOW_US - 1_000_000, "next": 10}
    judge = {"pid": os.getpid(), "account": account, "problems": ["2 rules cannot run"]}
    (home / "run" / "judge.json").write_text(json.dumps(judge))
    (home / "run" / "archivist.json").write_text(json.dumps({"pid": os.getpid(), "now_us": NOW_US - 600_000_000}))
    looked = found(home)
    assert looked["judge"] == (Verdict.NOTE, "2 rules cannot run")
    assert looked["archivist"][0] is Verdict.BAD
    assert looked["archivist"][1] == "is 600 s and 10 records behind the journal"


def test_what_waits_for_people_and_a_memory_that_is_damaged(home: Path) -> None:
    state = State(home / "state.sqlite")
    state.tell([], [incident()], [alarm()])
    state.decide(Acknowledged("1", "nurse", IncidentId("2026-0099")), NOW_US)
    state.close()
    checkpoints = Checkpoints(home / "checkpoints")
    checkpoints.save(Sequence(5), {"a": (1, b"memory")})
    checkpoints.save(Sequence(9), {"a": (1, b"memory")})
    newest = max((home / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:-1])
    home.chmod(0o755)
    looked = found(home)
    assert looked["alarms"] == (Verdict.BAD, "1 wait for somebody: `codedark incident list`")
    assert looked["decisions"][0] is Verdict.NOTE
    assert looked["memory"][0] is Verdict.BAD
    assert newest.name in looked["memory"][1]
    assert "chmod o-rwx" in looked["disk"][1] or looked["disk"][0] is Verdict.BAD


def test_what_we_have_cut_is_looked_at_too(home: Path) -> None:
    assert "acts" not in found(home)
    (home / "case.log").write_text("what is this\n")
    verdict, text = found(home)["acts"]
    assert (verdict, "THE CASE LOG IS DAMAGED" in text) == (Verdict.BAD, True)


def test_it_is_told_as_a_table_and_as_json_lines(home: Path) -> None:
    table = CliRunner().invoke(doctor, ["--home", str(home)])
    assert table.exit_code == 3
    assert "BAD" in table.stdout
    lines = CliRunner().invoke(doctor, ["--home", str(home), "--format", "jsonl"])
    assert lines.exit_code == 3
    assert {json.loads(line)["what"] for line in lines.stdout.splitlines()} >= {"hospital", "judge", "disk"}
