"""Switches through the command line: each command is a program that opens them anew, and knows only what is on disk.

FreeRADIUS is the switches of the wards, Open vSwitch that of the servers; where they are missing, it is skipped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from codedark.cli.contain import app
from codedark.enforce.radius.sessions import Sessions
from codedark.errors import CodeDarkError
from tests.acting_hospital import installation, plans
from tests.free_radius import QUARANTINE, SECRET, SWITCHES, Switches, switches
from tests.free_radius import why_not as no_radius
from tests.routed_hospital import MODEL, host
from tests.virtual_switch import BRIDGE, VirtualSwitch, virtual_switch
from tests.virtual_switch import why_not as no_switch

_WHY = no_radius() or no_switch()
pytestmark = pytest.mark.skipif(bool(_WHY), reason=_WHY)
PC = host("OFFICE", 3)


@pytest.fixture(scope="module")
def access(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switches]:
    with switches(tmp_path_factory.mktemp("radius")) as made:
        yield made


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualSwitch]:
    with virtual_switch(tmp_path_factory.mktemp("ovs")) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, access: Switches, bridge: VirtualSwitch) -> Path:
    devices = f"""
[[enforce.devices]]
name = "access"
kind = "radius"
sessions = "{access.folder}/accounting"
secrets_file = "secrets"
quarantine = {{ Filter-Id = "quarantine" }}

[[enforce.devices]]
name = "virtual"
kind = "openvswitch"
bridge = "{BRIDGE}"
command = {json.dumps(list(bridge.command))}
"""
    made = installation(tmp_path / "home", MODEL, devices, lease_minutes=1, stands_hours=8)
    (made / "secrets").write_text("".join(f"{each} {SECRET.decode()}\n" for each in SWITCHES))
    (made / "secrets").chmod(0o600)
    return made


def contain(home: Path, *words: object) -> tuple[int, str]:
    """Exit code and what is said."""
    ran = CliRunner().invoke(app, [*map(str, words), "--home", str(home)])
    if isinstance(ran.exception, CodeDarkError):
        return 2, str(ran.exception)
    if ran.exception and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran.exit_code, ran.output


def prepared(home: Path, *actions: str) -> Any:
    """The plan as JSON, approved."""
    _, text = contain(home, "prepare", plans(home / "plans.json", *actions), "--format", "json")
    for person in ("Bo Claes", "An Peeters"):
        approved = contain(home, "approve", "P1", "--person", person, "--passphrase-file", home / f"{person}.txt")
        assert approved[0] == 0, approved
    return json.loads(text)


def status(home: Path) -> dict[str, str]:
    """How each order stands."""
    _, text = contain(home, "status", "P1", "--format", "json")
    return {f"{each['device']} {each['action']}": each["standing"] for each in json.loads(text)["orders"]}


def may(access: Switches) -> str:
    """What the session of the machine may do, by the log."""
    log = Sessions(access.folder / "accounting")
    log.refresh()
    session = log.of(PC)
    return session.authorised if session else ""


def ours(bridge: VirtualSwitch) -> int:
    return bridge.ofctl("dump-flows", BRIDGE).count("cookie=0xc0deda4b")


def test_a_plan_goes_to_the_switches_that_have_the_machine_and_back(
    home: Path, access: Switches, bridge: VirtualSwitch
) -> None:
    access.begin(["some-1"], addresses=[PC])
    made = prepared(home, "isolate:OFFICE-PC", "isolate:EHR", "cut:CLINIC>SERVERS")
    assert made["left"] == []
    ordered = {f"{each['device']} {each['action']}" for each in made["orders"]}
    both = {f"virtual {each}" for each in ("isolate:OFFICE-PC", "isolate:EHR", "cut:CLINIC>SERVERS")}
    assert ordered == both | {"access isolate:OFFICE-PC"}, "the record's server is in no session"
    code, text = contain(home, "apply", "P1")
    assert code == 0, text
    assert (may(access), ours(bridge) > 0) == (QUARANTINE, True)
    contain(home, "keep", "--once")
    assert set(status(home).values()) == {"all"}
    assert [each.get("Session-Timeout") for each in access.heard()] == ["60", "60"], "the act, and its renewal"
    code, text = contain(home, "rollback", "P1")
    assert code == 0, text
    assert (may(access), ours(bridge)) == ("Filter-Id=staff", 0)


def test_a_machine_that_leaves_after_the_approval_stops_nothing(
    home: Path, access: Switches, bridge: VirtualSwitch
) -> None:
    access.begin(["some-2"], addresses=[PC])
    made = prepared(home, "isolate:OFFICE-PC")
    assert {each["device"] for each in made["orders"]} == {"access", "virtual"}
    access.end("some-2")
    code, text = contain(home, "apply", "P1")
    assert code == 0, text
    assert set(status(home).values()) == {"all"}
    access.begin(["again-2"], addresses=[PC])
    assert "came back, and is in a session on" in " ".join(contain(home, "keep", "--once")[1].split())
    assert status(home)["access isolate:OFFICE-PC"] == "part"
    code, text = contain(home, "rollback", "P1")
    assert code == 0, text
    assert ours(bridge) == 0


def test_a_switch_that_is_silent_gets_no_order_and_says_why(
    home: Path, access: Switches, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = {"has_leases": True, "asks_first": True, "try_seconds": (0.2,)}
    monkeypatch.setattr("codedark.enforce.radius.radius.Radius.__init__.__kwdefaults__", defaults)
    access.begin(["mute-3"], addresses=[PC])
    toml = home / "codedark.toml"
    toml.write_text(toml.read_text().partition('[[enforce.devices]]\nname = "virtual"')[0])
    made = prepared(home, "isolate:OFFICE-PC")
    (by_hand,) = made["orders"]
    assert by_hand["device"] == "people"
    assert "session mute-3: it does not answer: is it on" in by_hand["by_hand_because"][0]
