"""`codedark hospital import` as a person runs it: the difference, the writing, the refusal, the copy of what stood."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.command_line import Command

YAML = """\
schema: 1
name: St. Test
tables: {assets: assets.csv}
zones:
  wards: {name: Wards, purpose: clinical, cidrs: [10.20.0.0/16]}  # what the network team said
wards:
  INT1: {name: Intensive care 1, specialty: intensive care}
"""
ASSETS = "id,kind,zone,addresses,owner\nWS-1,workstation,wards,10.20.0.1,IT\n"
CMDB = "Name,Type,IP,Owner\nWS-1,Desktop,10.20.0.1,Facilities\nPUMP-1,Infusion pump,10.20.0.7,Biomed\nX,,10.20.0.999,\n"
PREFIX = {
    "count": 1,
    "results": [{"url": "https://n.example/api/ipam/prefixes/1/", "prefix": "10.30.0.0/24", "description": "Servers"}],
}
CONN = """\
{"_path":"conn","id.orig_h":"10.20.0.1","id.orig_p":5,"id.resp_h":"10.20.0.9","id.resp_p":443,"proto":"tcp","conn_state":"SF"}
"""


@pytest.fixture
def command(tmp_path: Path) -> Command:
    home = tmp_path / "home"
    home.mkdir()
    (home / "hospital.yaml").write_text(YAML)
    (home / "assets.csv").write_text(ASSETS)
    (tmp_path / "cmdb.csv").write_text(CMDB)
    (tmp_path / "prefixes.json").write_text(json.dumps(PREFIX))
    return Command(tmp_path, tmp_path)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_nothing_is_written_unless_asked(command: Command) -> None:
    home = command.folder / "home"
    before = files(home)
    ran = command.run("hospital", "import", "auto", "cmdb.csv", "--home", "home", "--format", "json")
    assert ran.code == 0
    told = json.loads(ran.out)
    assert [(each["effect"], each["id"], each["field"]) for each in told["changes"]] == [
        ("conflict", "WS-1", "owner"),
        ("added", "PUMP-1", None),
    ]
    assert told["counts"]["records_read"] == 3
    assert [each["line"] for each in told["rejected"]] == [4]
    assert "cmdb.csv:4" in ran.err
    assert "--write" in ran.err
    assert files(home) == before


def test_tables_are_written_and_say_where_from(command: Command) -> None:
    home = command.folder / "home"
    ran = command.run("hospital", "import", "cmdb", "cmdb.csv", "--home", "home", "--write")
    assert ran.code == 0, ran.err
    assert [(each["id"], each["kind"], each["zone"], each["owner"]) for each in rows(home / "assets.csv")] == [
        ("WS-1", "workstation", "wards", "IT"),
        ("PUMP-1", "infusion_pump", "wards", "Biomed"),
    ]
    assert (home / "hospital.yaml").read_text() == YAML
    assert not (home / "hospital.yaml.bak").exists()
    [fact] = rows(home / "provenance.csv")
    assert (fact["what"], fact["id"], fact["file"], fact["record"]) == ("asset", "PUMP-1", "cmdb.csv", "line 3")
    assert command.run("hospital", "check", "home").code == 0
    again = command.run("hospital", "import", "cmdb", "cmdb.csv", "--home", "home", "--write")
    assert "the model would stay as it is" in again.err
    replaced = command.run("hospital", "import", "cmdb", "cmdb.csv", "--home", "home", "--replace", "--write")
    assert replaced.code == 0
    assert [each["owner"] for each in rows(home / "assets.csv")] == ["Facilities", "Biomed"]
    assert [(each["field"], each["value"]) for each in rows(home / "provenance.csv")][1:] == [("owner", "Facilities")]


def test_the_yaml_that_stood_is_kept(command: Command) -> None:
    home = command.folder / "home"
    ran = command.run("hospital", "import", "netbox", "prefixes.json", "--home", "home", "--write")
    assert ran.code == 0, ran.err
    assert "hospital.yaml.bak" in ran.err
    assert (home / "hospital.yaml.bak").read_text() == YAML
    assert "10.30.0.0/24" in (home / "hospital.yaml").read_text()
    assert command.run("hospital", "check", "home").code == 0
    assert not [path for path in home.iterdir() if path.name.endswith(".new")]


def test_no_copy_of_an_older_model_is_lost(command: Command) -> None:
    home = command.folder / "home"
    (home / "hospital.yaml.bak").write_text("older")
    ran = command.run("hospital", "import", "netbox", "prefixes.json", "--home", "home", "--write")
    assert ran.code == 0, ran.err
    assert (home / "hospital.yaml.bak").read_text() == "older"
    assert (home / "hospital.yaml.bak.2").read_text() == YAML


@pytest.mark.parametrize("export", ["cmdb.csv", "prefixes.json"])
def test_tables_keep_the_names_that_the_model_has(command: Command, export: str) -> None:
    home = command.folder / "home"
    (home / "hospital.yaml").write_text(YAML.replace("assets.csv", "inventory.csv"))
    (home / "assets.csv").rename(home / "inventory.csv")
    (home / "assets.csv").write_text("of someone else\n")
    ran = command.run("hospital", "import", "auto", export, "--home", "home", "--write")
    assert ran.code == 0, ran.err
    assert (home / "assets.csv").read_text() == "of someone else\n"
    assert rows(home / "inventory.csv")[0]["id"] == "WS-1"
    assert "assets: inventory.csv" in (home / "hospital.yaml").read_text()
    assert command.run("hospital", "check", "home").code == 0


def test_a_provenance_of_someone_else_is_not_written_over(command: Command) -> None:
    home = command.folder / "home"
    (home / "provenance.csv").write_text("painting,owner\n")
    before = files(home)
    assert "rename it" in command.fails("hospital", "import", "cmdb", "cmdb.csv", "--home", "home", "--write")
    assert files(home) == before


def test_the_same_flows_count_once(command: Command) -> None:
    (command.folder / "conn.log").write_text(CONN)
    imported = ("hospital", "import", "zeek", "conn.log", "--home", "home", "--write")
    assert command.run(*imported).code == 0
    again = command.run(*imported)
    assert "in the model already" in again.err
    assert "would stay as it is" in again.err
    both = command.run("hospital", "import", "zeek", "conn.log", "conn.log", "--home", "home", "--write")
    assert "would stay as it is" in both.err
    assert [each["connections"] for each in rows(command.folder / "home" / "flows.csv")] == ["1"]


def test_strict_says_that_records_were_rejected(command: Command) -> None:
    arguments = ("hospital", "import", "cmdb", "cmdb.csv", "--home", "home", "--write", "--strict")
    assert command.run(*arguments).code == 3
    assert command.run(*arguments).code == 3  # also where nothing changes
    (command.folder / "whole.csv").write_text(CMDB.replace("10.20.0.999", "10.20.0.9"))
    assert command.run("hospital", "import", "cmdb", "whole.csv", "--home", "home", "--strict").code == 0


def test_assets_inside_the_yaml_move_to_the_table(command: Command) -> None:
    home = command.folder / "home"
    (home / "assets.csv").unlink()
    inline = YAML.replace(
        "tables: {assets: assets.csv}\n", "assets:\n  WS-1: {kind: workstation, addresses: [10.20.0.1]}\n"
    )
    (home / "hospital.yaml").write_text(inline)
    ran = command.run("hospital", "import", "cmdb", "cmdb.csv", "--home", "home", "--write")
    assert ran.code == 0, ran.err
    assert [each["id"] for each in rows(home / "assets.csv")] == ["WS-1", "PUMP-1"]
    assert command.run("hospital", "check", "home").code == 0


def test_a_model_with_errors_is_not_touched(command: Command) -> None:
    home = command.folder / "home"
    (home / "assets.csv").write_text(ASSETS + "WS-1,workstation,wards,10.20.0.9,\n")
    before = files(home)
    assert "stands here" in command.fails("hospital", "import", "cmdb", "cmdb.csv", "--home", "home", "--write")
    assert files(home) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("teapot", "missing.csv", "--home", "nowhere"), "no such format"),
        (("auto", "missing.csv"), "missing.csv"),
        (("auto", "home/hospital.yaml"), "fits no format"),
        (("cmdb", "cmdb.csv", "--map", "name"), "FIELD=COLUMN"),
        (("cmdb", "cmdb.csv", "--map", "name=Hostname"), "'Hostname'"),
        (("cmdb", "cmdb.csv", "--home", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_done_is_said(command: Command, arguments: tuple[str, ...], said: str) -> None:
    home = () if "--home" in arguments else ("--home", "home")
    assert said in command.fails("hospital", "import", *arguments, *home)


def test_terminals_obey_nothing_in_an_export(command: Command) -> None:
    (command.folder / "evil.csv").write_text("Name,IP,Owner\nA\x1b[2J,10.20.0.8,\x1b]0;x\x07=cmd()\n")
    ran = command.run("hospital", "import", "cmdb", "evil.csv", "--home", "home", "--write")
    assert b"\x1b[2J" not in ran.out
    assert "\x1b" not in ran.err
    assert command.run("hospital", "check", "home").code == 0
