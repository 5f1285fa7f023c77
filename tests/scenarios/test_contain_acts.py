"""Acts through the command line: prepared, approved by two, carried out on a real firewall, kept, taken back.

It needs root, network namespaces and nft; where they are missing, what needs them is skipped, and says so.
"""

from __future__ import annotations

import contextlib
import json
import os
import pty
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from codedark.app.enforcing.approvers import read_approvers
from codedark.app.enforcing.books import Books
from codedark.app.enforcing.entries import Entry, Finished, Withdrawing
from codedark.app.enforcing.holding import Stage
from codedark.app.enforcing.reading import CASE_LOG, read_holding
from codedark.cli.contain import app
from codedark.errors import CodeDarkError
from tests import samba_directory
from tests.acting_hospital import firewall_table, installation, passphrase, plans
from tests.command_line import Command
from tests.programs import comes
from tests.routed_hospital import MODEL, RoutedHospital, host, routed_hospital, why_not

needs_network = pytest.mark.skipif(bool(why_not()), reason=why_not())
ALL = ("isolate:OFFICE-PC", "isolate:EHR", "cut:CLINIC>SERVERS", "block:OFFICE>SERVERS:remote_desktop", "disable:jan")


@pytest.fixture(scope="module")
def built() -> Iterator[RoutedHospital]:
    with routed_hospital("a") as made:
        yield made


@pytest.fixture
def hospital(built: RoutedHospital) -> Iterator[RoutedHospital]:
    built.firewall().clear()
    yield built
    built.firewall().clear()


@pytest.fixture
def home(hospital: RoutedHospital, tmp_path: Path) -> Path:
    return installation(tmp_path / "home", MODEL, firewall_table(hospital.command), lease_minutes=1, stands_hours=8)


def codedark_contain(home: Path, *words: object) -> tuple[int, str]:
    """Exit code and what is said, errors as `codedark` itself tells them."""
    ran = CliRunner().invoke(app, [*map(str, words), "--home", str(home)])
    if isinstance(ran.exception, CodeDarkError):
        return 2, str(ran.exception)
    if ran.exception and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran.exit_code, ran.output


def said(home: Path, *words: object) -> Any:
    """What a command says as JSON."""
    _, text = codedark_contain(home, *words, "--format", "json")
    return json.loads(text)


def prepared(home: Path, *actions: str) -> Any:
    return said(home, "prepare", plans(home / "plans.json", *actions))


def approve(home: Path, plan: str, *people: str) -> list[int]:
    return [
        codedark_contain(home, "approve", plan, "--person", each, "--passphrase-file", home / f"{each}.txt")[0]
        for each in people
    ]


def in_the_kernel(hospital: RoutedHospital) -> set[str]:
    return set(hospital.firewall()._read().left_seconds)


@needs_network
def test_a_plan_goes_from_its_file_to_the_firewall_and_back(hospital: RoutedHospital, home: Path) -> None:
    made = prepared(home, *ALL)
    assert made["state"] == "waits for approval"
    assert made["left"] == []
    assert {each["action"] for each in made["orders"]} == set(ALL)
    (by_hand,) = (each for each in made["orders"] if each["device"] == "people")
    assert by_hand["action"] == "disable:jan"
    assert (by_hand["wave"], by_hand["by_hand_because"]) == (1, ["core is a firewall and cannot do 'disable'"])
    assert "Patient record (tier 1), everywhere: wards on paper; instead: paper charts" in made["losses"]
    assert in_the_kernel(hospital) == set()
    assert codedark_contain(home, "apply", "P1")[0] == 2
    assert approve(home, "P1", "Bo Claes", "An Peeters") == [0, 0]
    code, text = codedark_contain(home, "apply", "p1")
    assert code == 0, text
    assert "NOBODY KEEPS it" in text
    assert not hospital.connects(host("OFFICE", 3), host("DEVICES"))
    assert not hospital.connects(host("OFFICE", 5), host("SERVERS"), 3389)
    assert hospital.reaches(host("OFFICE", 3), host("LIFELINE"))
    standing = said(home, "status", "P1")
    assert standing["state"] == "stands"
    assert {each["standing"] for each in standing["orders"]} == {"all", "waiting"}
    assert "waits for a person" in codedark_contain(home, "status", "P1")[1]
    assert "there is no task T9; those that wait: T1" in codedark_contain(home, "done", "T9", "--by", "Bo")[1]
    code, text = codedark_contain(home, "done", "t1", "--by", "Bo Claes")
    assert (code, "Nothing waits for people any more" in text) == (0, True)
    assert {each["standing"] for each in said(home, "status", "P1")["orders"]} == {"all"}
    assert 7 * 3600 < standing["left_seconds"] <= 8 * 3600
    one = next(each["order"] for each in standing["orders"] if each["device"] == "core")
    assert codedark_contain(home, "rollback", "P1", one.lower())[0] == 0
    assert {each["stage"] for each in said(home, "status", "P1")["orders"] if each["order"] == one} == {"gone"}
    code, text = codedark_contain(home, "rollback", "P1")
    assert (code, "is not taken back yet: " in text) == (3, True)  # a person has to enable the account again
    assert in_the_kernel(hospital) == set()
    assert said(home, "status")["plans"][0]["state"] == "being taken back"
    assert codedark_contain(home, "done", "T1", "--by", "Bo Claes", "--undone")[0] == 0
    assert said(home, "status")["plans"][0]["state"] == "over"
    assert "was begun before" in codedark_contain(home, "apply", "P1")[1]


@needs_network
def test_two_different_people_have_to_say_yes_and_somebody_clinical_where_it_is_urgent(home: Path) -> None:
    assert prepared(home, "isolate:EHR")["urgent"]
    assert approve(home, "P1", "Bo Claes", "Bo Claes", "Cem Aydin") == [0, 2, 0]
    code, text = codedark_contain(home, "apply", "P1")
    assert (code, "somebody who answers for patients" in text) == (2, True)
    assert "somebody clinical" in codedark_contain(home, "status")[1]
    assert approve(home, "P1", "an  PEETERS".title()) == [2]  # no file of that name: no passphrase
    assert approve(home, "P1", "An Peeters") == [0]
    assert codedark_contain(home, "apply", "P1")[0] == 0
    assert not prepared(home, "isolate:OFFICE-PC")["urgent"]


@needs_network
def test_an_approval_is_for_one_plan_and_wrong_passphrases_make_an_entry_wait_across_restarts(home: Path) -> None:
    prepared(home, "isolate:OFFICE-PC")
    prepared(home, "isolate:EHR")
    assert approve(home, "P1", "Bo Claes", "An Peeters") == [0, 0]
    assert codedark_contain(home, "apply", "P2")[0] == 2
    for _ in range(10):
        code, text = codedark_contain(
            home, "approve", "P2", "--person", "Bo Claes", "--passphrase-file", home / "Cem Aydin.txt"
        )
        assert (code, "not the passphrase of Bo Claes" in text) == (2, True)
    right = codedark_contain(home, "approve", "P2", "--person", "Bo Claes", "--passphrase-file", home / "Bo Claes.txt")
    assert right[0] == 2
    assert "10 wrong passphrases were given for Bo Claes: wait 15 min" in right[1]
    assert approve(home, "P2", "Cem Aydin", "An Peeters") == [0, 0]  # others are not held up
    assert "is no approver: there are An Peeters" in codedark_contain(home, "approve", "P2", "--person", "Zoe")[1]


@needs_network
def test_what_touches_a_lifeline_is_refused_before_and_after_the_model_changes(home: Path) -> None:
    code, text = codedark_contain(home, "prepare", plans(home / "plans.json", "isolate:OFFICE-PC", "isolate:BLOODBANK"))
    assert (code, "takes Blood bank down, which is a lifeline" in text) == (2, True)
    assert read_holding(home).prepared == {}
    prepared(home, "isolate:EHR")
    assert approve(home, "P1", "Bo Claes", "An Peeters") == [0, 0]
    model = home / "hospital.yaml"
    model.write_text(model.read_text().replace("assets: [BLOODBANK]", "assets: [EHR]"))
    code, text = codedark_contain(home, "apply", "P1")
    assert (code, "that must never be done" in text) == (2, True)


@needs_network
def test_a_device_that_does_not_answer_is_told_and_its_orders_are_not_lost(
    hospital: RoutedHospital, tmp_path: Path
) -> None:
    devices = firewall_table(["false"], "dead") + firewall_table(hospital.command)
    home = installation(tmp_path / "home", MODEL, devices, lease_minutes=1)
    made = prepared(home, "isolate:OFFICE-PC", "disable:jan")
    by = sorted((each["action"], each["device"]) for each in made["orders"])
    assert by == [("disable:jan", "people"), ("isolate:OFFICE-PC", "core"), ("isolate:OFFICE-PC", "people")]
    assert any(each.startswith("NOTHING IS ORDERED OF dead") for each in made["notes"])
    alone = installation(tmp_path / "alone", MODEL, firewall_table(["false"], "dead"))
    made = prepared(alone, "isolate:OFFICE-PC")
    assert [each["device"] for each in made["orders"]] == ["people"]
    assert "dead: nft" in made["orders"][0]["by_hand_because"][0]


@needs_network
def test_one_of_two_firewalls_falls_silent_after_the_plan_was_prepared_and_the_other_goes_on(
    hospital: RoutedHospital, tmp_path: Path
) -> None:
    edge = tmp_path / "edge"
    edge.write_text(f'exec {" ".join(hospital.command)} "$@"\n')
    devices = firewall_table(hospital.command) + firewall_table(["sh", str(edge)], "edge")
    home = installation(tmp_path / "home", MODEL, devices, lease_minutes=1)
    made = prepared(home, "isolate:OFFICE-PC", "cut:CLINIC>SERVERS")
    assert [each["device"] for each in made["orders"]] == ["core", "edge"] * 2
    assert approve(home, "P1", "Bo Claes", "An Peeters") == [0, 0]
    edge.write_text("echo no way there >&2; exit 255\n")
    code, text = codedark_contain(home, "apply", "P1")
    assert code == 3, text
    assert "edge DOES NOT ANSWER, so people have to do 2 orders of plan P1 by hand" in " ".join(text.split())
    assert not hospital.connects(host("OFFICE", 3), host("DEVICES"))
    told = said(home, "status", "P1")
    assert (told["state"], told["finished_waves"]) == ("stands", 2)
    assert [(each["device"], each["standing"]) for each in told["orders"]] == [
        ("core", "all"),
        ("people", "waiting"),
    ] * 2
    tasks = said(home, "tasks")["tasks"]
    assert {each["action"] for each in tasks} == {"isolate:OFFICE-PC", "cut:CLINIC>SERVERS"}
    assert all("no way there" in each["by_hand_because"] for each in tasks)
    assert codedark_contain(home, "keep", "--once")[0] == 0
    assert codedark_contain(home, "rollback", "P1")[0] == 0
    assert in_the_kernel(hospital) == set()


@needs_network
@pytest.mark.parametrize("model", ["hospital: [", None], ids=["broken", "gone"])
@pytest.mark.parametrize("unfinished", [False, True], ids=["stands", "half done"])
def test_what_stands_is_taken_back_without_a_model(
    hospital: RoutedHospital,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    model: str | None,
    *,
    unfinished: bool,
) -> None:
    prepared(home, "isolate:OFFICE-PC", "cut:CLINIC>SERVERS")
    approve(home, "P1", "Bo Claes", "An Peeters")
    write = Books.write

    def killed(books: Books, entry: Entry) -> None:
        if unfinished and isinstance(entry, Finished | Withdrawing):
            raise SystemExit
        write(books, entry)

    with monkeypatch.context() as patched:
        patched.setattr(Books, "write", killed)
        assert codedark_contain(home, "apply", "P1")[0] == 0
    assert in_the_kernel(hospital)
    assert bool(read_holding(home).at(Stage.INTENDED)) is unfinished
    if model is None:
        (home / "hospital.yaml").unlink()
    else:
        (home / "hospital.yaml").write_text(model)
    code, text = codedark_contain(home, "rollback", "P1")
    assert (code, "the model cannot be used" in text) == (0, True), text
    assert in_the_kernel(hospital) == set()
    assert read_holding(home).at(Stage.INTENDED, Stage.STANDS, Stage.WITHDRAWING) == []


@needs_network
def test_a_lease_is_kept_by_the_keeper_and_runs_out_without_it(hospital: RoutedHospital, tmp_path: Path) -> None:
    home = installation(tmp_path / "home", MODEL, firewall_table(hospital.command), lease_minutes=0.1)
    prepared(home, "isolate:OFFICE-PC")
    approve(home, "P1", "Bo Claes", "An Peeters")
    assert codedark_contain(home, "apply", "P1")[0] == 0
    longer_than_a_lease = time.monotonic() + 7
    while time.monotonic() < longer_than_a_lease:
        time.sleep(1)
        codedark_contain(home, "keep", "--once")
    assert in_the_kernel(hospital)
    assert comes(lambda: not in_the_kernel(hospital))
    assert in_the_kernel(hospital) == set()
    assert "does not stand any more: " in codedark_contain(home, "keep", "--once")[1]
    assert said(home, "status")["plans"][0]["state"] == "over"


@needs_network
@pytest.mark.parametrize("after_seconds", [0.02, 0.1, 0.2])
def test_apply_killed_at_any_time_leaves_nothing_that_is_not_told(
    hospital: RoutedHospital, home: Path, codedark: Command, after_seconds: float
) -> None:
    prepared(home, *ALL)
    approve(home, "P1", "Bo Claes", "An Peeters")
    before = (home / CASE_LOG).stat().st_size
    with codedark.start(
        "contain", "apply", "P1", "--home", home, stdout=subprocess.DEVNULL, start_new_session=True
    ) as run:
        until = time.monotonic() + 30
        while (home / CASE_LOG).stat().st_size == before and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(after_seconds)
        run.send_signal(signal.SIGKILL)
    codedark_contain(home, "keep", "--once")
    holding = read_holding(home)
    assert not holding.at(Stage.INTENDED, Stage.WITHDRAWING)
    standing = holding.at(Stage.STANDS)
    assert in_the_kernel(hospital) == {
        change.thing for held in standing if held.order.device == "core" for change in held.changes
    }
    assert len(standing) == {0: 0, 1: 1, 2: 3, 3: 5}[holding.finished_waves.get("P1", 0)]


@needs_network
def test_a_keeper_that_is_killed_and_started_again_goes_on_where_it_was(
    hospital: RoutedHospital, home: Path, codedark: Command
) -> None:
    prepared(home, "isolate:OFFICE-PC")
    approve(home, "P1", "Bo Claes", "An Peeters")
    assert codedark_contain(home, "apply", "P1")[0] == 0
    for _ in range(2):
        with codedark.start(
            "contain", "keep", "--home", home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as run:
            until = time.monotonic() + 30
            while not said(home, "status")["kept"]["alive"] and time.monotonic() < until:
                time.sleep(0.1)
            assert said(home, "status")["kept"]["alive"]
            assert said(home, "status")["problems"] == []
            run.kill()
        assert not said(home, "status")["kept"]["alive"]
        assert in_the_kernel(hospital)
    assert "NOBODY KEEPS what stands" in codedark_contain(home, "status")[1]


@needs_network
def test_prolonging_needs_two_people_each_time(home: Path) -> None:
    prepared(home, "isolate:OFFICE-PC")
    approve(home, "P1", "Bo Claes", "An Peeters")

    def longer(who: str) -> int:
        file = home / f"{who}.txt"
        return codedark_contain(home, "prolong", "P1", "--hours", 20, "--person", who, "--passphrase-file", file)[0]

    assert longer("Bo Claes") == 2  # nothing stands yet
    codedark_contain(home, "apply", "P1")
    before = said(home, "status", "P1")["until_us"]
    assert [longer("Bo Claes"), longer("Bo Claes")] == [0, 2]
    assert said(home, "status", "P1")["until_us"] == before
    assert longer("Cem Aydin") == 0
    after = said(home, "status", "P1")["until_us"]
    assert after - before == pytest.approx(12 * 3600e6, abs=120e6)
    assert longer("Bo Claes") == 0  # a second time is approved anew
    assert said(home, "status", "P1")["until_us"] == after


def test_what_cannot_be_used_is_said_in_a_line(tmp_path: Path) -> None:
    home = installation(tmp_path / "home", MODEL)
    file = plans(tmp_path / "plans.json", "isolate:OFFICE-PC")
    for words, expected in (
        (("prepare", tmp_path / "none.json"), "cannot be read"),
        (("prepare", file, "--plan", "best"), "there is no plan 'best': there are balanced"),
        (("prepare", file, "--without", "isolate:OFFICE-PC"), "nothing is prepared"),
        (
            ("prepare", plans(tmp_path / "other.json", "isolate:EHR", hospital="Elsewhere")),
            "these plans are of 'Elsewhere'",
        ),
        (("approve", "P7", "--person", "An Peeters"), "there is no plan P7; none waits"),
        (("apply", "P7"), "there is no plan P7"),
        (("rollback", "P7"), "there is no plan P7"),
        (("status", "P7"), "there is no plan P7"),
    ):
        code, text = codedark_contain(home, *words)
        assert (code, expected in text) == (2, True), text
    (home / "codedark.toml").write_text("[enforce]\nlease_minuts = 3\n")
    assert "there is no setting lease_minuts: is it misspelt?" in codedark_contain(home, "prepare", file)[1]
    (home / "codedark.toml").write_text("")
    (home / "hospital.yaml").write_text("hospital: [")
    assert codedark_contain(home, "keep", "--once")[0] == 2


def test_a_log_that_was_changed_is_told_and_nothing_new_is_done(tmp_path: Path) -> None:
    home = installation(tmp_path / "home", MODEL)
    codedark_contain(home, "prepare", plans(tmp_path / "plans.json", "isolate:OFFICE-PC"))
    log = home / CASE_LOG
    log.write_bytes(log.read_bytes().replace(b"OFFICE-PC", b"OFFICE-PD", 1))
    for words, refused in ((("status",), 3), (("apply", "P1"), 2), (("approve", "P1", "--person", "An Peeters"), 2)):
        code, text = codedark_contain(home, *words)
        assert (code, "was changed since it was written" in " ".join(text.split())) == (refused, True)
    assert "was changed since it was written" in codedark_contain(home, "keep", "--once")[1]


def test_approvers_are_added_listed_and_removed_and_their_passphrases_are_in_no_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    secret = tmp_path / "secret"
    secret.write_text("five words that nobody guesses\n")
    secret.chmod(0o644)
    readable = ("approver", "add", "Dr Ines", "--role", "chief physician", "--passphrase-file", secret)
    assert "every user of this machine can read this passphrase" in codedark_contain(home, *readable)[1]
    secret.chmod(0o600)
    add = ("approver", "add", "Dr Ines", "--role", "chief physician", "--clinical", "--passphrase-file", secret)
    assert codedark_contain(home, *add)[0] == 0
    assert "is an approver already" in codedark_contain(home, *add)[1]
    assert codedark_contain(home, *add, "--replace")[0] == 0
    (one,) = said(home, "approver", "list")
    assert {name: one[name] for name in ("name", "role", "clinical", "as_logged")} == {
        "name": "Dr Ines", "role": "chief physician", "clinical": True, "as_logged": True,
    }  # fmt: skip
    assert "Not enough" in codedark_contain(home, "approver", "list")[1]
    file = home / "approvers.yaml"
    assert b"five words" not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    (found,) = read_approvers(home)
    assert found.has("five words that nobody guesses")
    assert not found.has("five words that nobody guesses ")
    secret.write_text("short\n")
    assert "shorter than 12 letters" in codedark_contain(home, *add, "--replace")[1]
    assert codedark_contain(home, "approver", "remove", "dr ines")[0] == 0
    assert said(home, "approver", "list") == []
    file.write_text("approvers: [{name: x}]")
    assert "it lacks role" in codedark_contain(home, "approver", "list")[1]


def test_standing_orders_are_added_approved_like_a_plan_and_revoked(tmp_path: Path) -> None:
    home = installation(tmp_path / "home", MODEL)
    add = ("standing", "add", "--kind", "isolate", "--until", "30d")
    assert (
        "all else is weighed by a plan"
        in codedark_contain(home, "standing", "add", "--kind", "cut", "--until", "3d")[1]
    )
    assert "is no day of the year to come" in codedark_contain(home, *add[:-1], "9999-01-01")[1]
    code, text = codedark_contain(home, *add)
    assert (code, "2 people have to approve, one of them clinical" in text) == (0, True)
    assert approve(home, "S1", "Bo Claes", "Cem Aydin") == [0, 0]
    assert said(home, "standing", "list")[0]["state"] == "waits for approval"
    assert approve(home, "s1", "An Peeters") == [0]
    assert said(home, "standing", "list")[0]["state"] == "in force"
    assert codedark_contain(home, "standing", "revoke", "S1", "--why", "false alarms")[0] == 0
    assert said(home, "standing", "list")[0]["state"] == "revoked: false alarms"
    assert "was revoked" in codedark_contain(home, "approve", "S1", "--person", "An Peeters")[1]
    assert "there is no standing order S1 to revoke" in codedark_contain(home, "standing", "revoke", "S1")[1]


def test_who_decides_anew_finds_what_stands_counted_as_done(tmp_path: Path) -> None:
    home = installation(tmp_path / "home", MODEL)
    prepared(home, "isolate:OFFICE-PC")
    approve(home, "P1", "Bo Claes", "An Peeters")
    assert codedark_contain(home, "apply", "P1")[0] == 0
    words = ("plan", "--suspect", "OFFICE-PC=0.9", "--scenarios", "10", "--seconds", "1")
    told = said(home, *words)
    assert told["applied"] == ["isolate:OFFICE-PC"]
    for plan in told["plans"]:
        rows = {each["action"]: each["applied"] for each in plan["actions"]}
        assert rows.get("isolate:OFFICE-PC", True)
    assert codedark_contain(home, "rollback", "P1")[0] == 0
    assert said(home, *words)["applied"] == []


@needs_network
@pytest.mark.skipif(bool(samba_directory.why_not()), reason=samba_directory.why_not())
def test_an_account_goes_to_the_directory_and_comes_back(hospital: RoutedHospital, tmp_path: Path) -> None:
    (tmp_path / "dc").mkdir()
    with samba_directory.domain_controller(tmp_path / "dc") as domain:
        domain.tool("user", "create", "jan", samba_directory.PASSWORD)
        devices = firewall_table(hospital.command) + (
            f'[[enforce.devices]]\nname = "ad"\nkind = "directory"\nhost = "{samba_directory.ADDRESS}"\n'
            f'user = "{samba_directory.ADMINISTRATOR}"\npassword_file = "secret"\nauthority = "{domain.authority}"\n'
        )
        home = installation(tmp_path / "home", MODEL, devices, lease_minutes=1)
        (home / "secret").write_text(f"{samba_directory.PASSWORD}\n")
        (home / "secret").chmod(0o600)
        made = prepared(home, *ALL)
        assert {each["action"]: each["device"] for each in made["orders"]}["disable:jan"] == "ad"
        assert approve(home, "P1", "Bo Claes", "An Peeters") == [0, 0]
        assert domain.binds("jan")
        assert codedark_contain(home, "apply", "P1")[0] == 0
        assert not domain.binds("jan")
        assert {each["standing"] for each in said(home, "status", "P1")["orders"]} == {"all"}
        assert codedark_contain(home, "keep", "--once")[0] == 0
        assert codedark_contain(home, "rollback", "P1")[0] == 0
        assert domain.binds("jan")
        assert in_the_kernel(hospital) == set()


def test_on_a_terminal_the_plan_is_shown_once_more_and_the_passphrase_is_not(tmp_path: Path) -> None:
    home = installation(tmp_path / "home", MODEL)
    prepared(home, "isolate:EHR")
    command = [
        sys.executable,
        "-m",
        "codedark",
        "contain",
        "approve",
        "P1",
        "--person",
        "An Peeters",
        "--home",
        str(home),
    ]
    child, terminal = pty.fork()
    if not child:
        os.execv(command[0], command)
    shown = b""
    while b"Passphrase of An Peeters: " not in shown:
        shown += os.read(terminal, 4096)
    os.write(terminal, passphrase("An Peeters").encode() + b"\n")
    with contextlib.suppress(OSError):  # the other end of a terminal that is gone
        while more := os.read(terminal, 4096):
            shown += more
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, shown
    os.close(terminal)
    assert b"NOTHING HAS BEEN DONE YET" in shown
    assert b"Patient record (tier 1)" in shown
    assert b"An Peeters has approved plan P1" in shown
    assert b"umbrella" not in shown
    code, text = codedark_contain(home, "approve", "P1", "--person", "Bo Claes")
    assert (code, "there is no terminal to ask for a passphrase on" in text) == (2, True)


@needs_network
def test_only_the_user_to_whom_the_folder_belongs_writes_in_it_and_may_change_a_firewall_with_one_right(
    hospital: RoutedHospital, tmp_path: Path
) -> None:
    home = installation(tmp_path / "home", MODEL, firewall_table(["env"]), lease_minutes=1)
    file = plans(home / "plans.json", "isolate:OFFICE-PC")
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    for words in (("prepare", file), ("approver", "remove", "An Peeters")):
        code, text = codedark_contain(home, *words)
        assert (code, "belongs to nobody" in text) == (2, True)
    tried = [*hospital.command, "setpriv", "--reuid", "nobody", "--clear-groups", "--inh-caps", "+net_admin"]
    tried += ["--ambient-caps", "+net_admin", "nft", "list", "ruleset"]
    assert subprocess.run(tried, check=False, capture_output=True).returncode == 0
