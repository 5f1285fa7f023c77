"""`codedark hospital check` and `codedark init` as a person runs them, above all on input that is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codedark.hospital.load.structure import schema_text
from tests.command_line import Command, Ran
from tests.house.repository import ROOT

ROWS, SOME_ROWS = 100_000, 20_000
HEAD = "schema: 1\nname: St Elders\n"
SOUND = """\
zones:
  servers: {purpose: servers, cidrs: [10.10.0.0/16]}
services:
  dns: {tier: 0, needs: {asset: ns1}}
lifelines:
  crash-call: {kinds: [phone], attested_by: Head of anaesthesia, attested_until: 9999-12-31}
"""
NS1 = "id,kind,zone,addresses\nns1,server,servers,10.10.0.1\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write(tmp_path, SOUND, assets=NS1)
    return tmp_path


def write(folder: Path, yaml: str, **tables: str | bytes) -> None:
    (folder / "hospital.yaml").write_text(HEAD + yaml)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())


def problems(ran: Ran) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found


def check(codedark: Command, folder: Path, *more: str) -> Ran:
    return codedark.run("hospital", "check", folder, "--format", "json", *more)


def test_sound_model(codedark: Command, home: Path) -> None:
    ran = check(codedark, home, "--strict")
    assert (ran.code, problems(ran)) == (0, [])
    assert "St Elders: 1 zones, 1 assets" in ran.err


def test_home_is_looked_at_when_nothing_is_named(codedark: Command, home: Path) -> None:
    assert codedark.run("hospital", "check", "--home", home).code == 0


def test_warnings_count_only_when_they_are_asked_for(codedark: Command, home: Path) -> None:
    write(home, SOUND.replace("9999-12-31", "2001-12-31"), assets=NS1)
    assert check(codedark, home).code == 0
    ran = check(codedark, home, "--strict")
    assert ran.code == 3
    (problem,) = problems(ran)
    assert (problem["severity"], problem["line"]) == ("warning", 8)
    assert "ended on 2001-12-31" in problem["what"]


def test_everything_that_is_wrong_is_said_at_once(codedark: Command, home: Path) -> None:
    write(
        home,
        "zones:\n"
        "  a: {purpose: servers, cidrs: [10.1.0.0/16]}\n"
        "  b: {purpose: guest, cidrs: [10.1.2.0/24]}\n"  # 5
        "services:\n"
        "  ehr: {tier: 2, needs: {all: [{service: ad}, {service: dn}]}}\n"  # 7
        "  ad: {tier: 0, needs: {service: dns}}\n"
        "  dns: {tier: 0, needs: {service: ad}}\n"
        "lifelines:\n"
        "  monitors: {kinds: [patient_monitor]}\n"  # 11
        "  calls: {kinds: [nurse_call], attested_by: Head nurse, attested_until: 2001-01-01}\n",  # 12
        assets="id,kind,zone,addresses\nA,server,a,10.1.0.1\nB,server,c,10.1.0.1\nb,printer,a,\n",
    )
    ran = check(codedark, home)
    assert ran.code == 2
    assert [(each["file"], each["line"], each["severity"]) for each in problems(ran)] == [
        ("hospital.yaml", 5, "error"),
        ("hospital.yaml", 7, "error"),
        ("hospital.yaml", 8, "error"),
        ("hospital.yaml", 11, "warning"),
        ("hospital.yaml", 12, "warning"),
        ("assets.csv", 3, "error"),
        ("assets.csv", 3, "error"),
        ("assets.csv", 4, "error"),
    ]
    told = codedark.run("hospital", "check", home)
    assert b"hospital.yaml:8: error: services need each other in a circle: ad needs dns needs ad" in told.out
    assert b"did you mean `dns`?" in told.out


def test_broken_lines_in_a_large_table_are_all_named_in_seconds(codedark: Command, home: Path) -> None:
    lines = [b"m%06d,server,servers,10.10.%d.%d" % (n, n // 250 % 250, n % 250 + 1) for n in range(ROWS)]
    lines = [line if n < 50_000 else line.rpartition(b",")[0] + b"," for n, line in enumerate(lines)]
    broken = {
        7: b"m7,server",
        99: b'"m99,server,servers,',
        1_000: b"m1000,ser\0ver,servers,",
        30_000: b"m\xff,server,servers,",
        59_999: b"m000001,server,servers,",
        60_000: b"m60000,server,severs,",
        70_000: b"m70000,toaster,servers,",
        80_000: b"m80000,server,servers,10.10.300.1",
        99_999: b"m000000,server,servers,10.10.0.1,",
    }
    for row, line in broken.items():
        lines[row] = line
    write(home, SOUND, assets=b"id,kind,zone,addresses\n" + b"\n".join([*lines, b"ns1,server,servers,"]) + b"\n")
    ran = check(codedark, home)
    assert ran.code == 2
    assert sorted(each["line"] for each in problems(ran)) == [row + 2 for row in broken]
    assert ran.seconds < 10


def test_every_line_broken(codedark: Command, home: Path) -> None:
    rows = "".join(f"m{n},servr,nowhere{n},10.10.0.999\n" for n in range(SOME_ROWS))
    write(home, SOUND, assets=f"id,kind,zone,addresses\n{rows}")
    ran = check(codedark, home)
    assert len(problems(ran)) == 3 * SOME_ROWS + 1
    assert ran.seconds < 20
    told = codedark.run("hospital", "check", home)
    assert b"and 19,980 more lines" in told.out


def test_flows_of_unknown_machines(codedark: Command, home: Path) -> None:
    rows = "".join(f"m{n},ns2,tcp,53\n" for n in range(SOME_ROWS))
    write(home, SOUND, assets=NS1, flows=f"source,target,protocol,port\n{rows}")
    ran = check(codedark, home)
    assert len(problems(ran)) == 2 * SOME_ROWS
    assert "did you mean `ns1`?" in {each["mend"] for each in problems(ran)}
    assert ran.seconds < 20


@pytest.mark.parametrize(
    "yaml", ["[" * 1_000_000, "a: " * 100_000, "&a [*a]", "x: !!binary abc", "\ud7ff", "? " * 5000]
)
def test_yaml_that_is_made_to_do_harm(codedark: Command, tmp_path: Path, yaml: str) -> None:
    (tmp_path / "hospital.yaml").write_text(yaml)
    ran = check(codedark, tmp_path)
    assert ran.code == 2
    assert len(problems(ran)) >= 1
    assert ran.seconds < 10


def test_alias_bomb_is_not_unfolded(codedark: Command, tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20)
    )
    (tmp_path / "hospital.yaml").write_text(bomb)
    ran = check(codedark, tmp_path)
    assert (ran.code, problems(ran)[0]["line"]) == (2, 2)
    assert ran.seconds < 5


def test_table_outside_the_folder_is_not_read(
    codedark: Command, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "assets.csv"
    elsewhere.write_text("secret")
    write(home, f"tables: {{assets: '{elsewhere}', beds: ../beds.csv}}\n")
    ran = check(codedark, home)
    assert ran.code == 2
    assert b"secret" not in ran.out


def test_nothing_there(codedark: Command, tmp_path: Path) -> None:
    assert "codedark init" in codedark.fails("hospital", "check", tmp_path)


def test_names_cannot_obey_the_terminal(codedark: Command, home: Path) -> None:
    write(home, SOUND, assets=b"id,kind\n\xe2\x80\xaens1,\x1b[2J\n")
    ran = codedark.run("hospital", "check", home)
    assert b"\x1b" not in ran.out
    assert b"\xe2\x80\xae" not in ran.out


def test_problems_name_the_file_that_was_named(codedark: Command, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(HEAD + "zonse: {}\n")
    assert problems(check(codedark, tmp_path / "other.yaml"))[0]["file"] == "other.yaml"


def test_schema_is_printed(codedark: Command) -> None:
    assert codedark.run("hospital", "schema").out.decode() == schema_text()


def test_example_is_sound(codedark: Command) -> None:
    assert check(codedark, ROOT / "examples", "--strict").code == 0


def test_init_writes_a_hospital_that_loads(codedark: Command, tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    asked = [
        "--name",
        "Sint-Elders",
        "--time-zone",
        "Europe/Brussels",
        "--beds",
        "120",
        "--without",
        "research",
        "--hosted",
    ]
    assert codedark.run("init", "--home", home, *asked).code == 0
    ran = check(codedark, home)
    assert ran.code == 0
    assert {each["severity"] for each in problems(ran)} == {"warning"}
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    assert sorted(before) == ["accounts.csv", "assets.csv", "beds.csv", "flows.csv", "hospital.yaml"]
    assert "not overwritten" in codedark.fails("init", "--home", home, "--name", "Other")
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


def test_init_does_not_take_over_tables_that_are_there(codedark: Command, tmp_path: Path) -> None:
    (tmp_path / "assets.csv").write_text("mine")
    assert "assets.csv" in codedark.fails("init", "--home", tmp_path, "--name", "H")
    assert [path.name for path in tmp_path.iterdir()] == ["assets.csv"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ([], "--name is missing"),
        (["--name", "H", "--time-zone", "Mars"], "`Mars` is not known"),
        (["--name", "H", "--without", "kitchen"], "without kitchen"),
        (["--name", "H", "--beds", "5", "--intensive-care-beds", "6"], "6 beds in intensive care"),
        (["--name", "H", "--beds", "0"], "--beds"),
    ],
)
def test_init_says_what_it_cannot_do(codedark: Command, tmp_path: Path, options: list[str], why: str) -> None:
    assert why in codedark.fails("init", "--home", tmp_path / "home", *options)
    assert not (tmp_path / "home").exists()
