"""Devices from `[enforce]`: opened by their kind, and every slip of the pen said at its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codedark.app.enforcing.books import Books
from codedark.app.enforcing.devices import KINDS, OpenDevices, surroundings
from codedark.app.enforcing.entries import Begun, Entry, Intended, Plan
from codedark.app.enforcing.settings import enforce_settings
from codedark.app.watching.configuration import load
from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.contract import Adapter, DeviceId, Foreseen, Order, OrderId
from codedark.enforce.netconf.netconf import Netconf
from codedark.enforce.nftables.nftables import Nftables
from codedark.enforce.openc2.openc2 import OpenC2
from codedark.errors import CodeDarkError
from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.hospital import Hospital
from codedark.store.case_log.case_log import CaseLog

FIREWALL = {"name": "core", "kind": "nftables"}
DIRECTORY = {"name": "ad", "kind": "directory", "host": "dc1", "user": "codedark@x.example", "password_file": "secret"}
OPENC2 = {"name": "edge", "kind": "openc2", "host": "edge.example"}
NETCONF = {
    "name": "router",
    "kind": "netconf",
    "host": "router.example",
    "user": "codedark",
    "identity": "key",
    "known_hosts": "known",
    "list_v4": "codedark-in",
}
HOSPITAL = Hospital("H", accounts={AccountId("glass"): Account(AccountId("glass"), AccountKind.BREAK_GLASS)})


def devices(home: Path, *given: dict[str, Any]) -> Any:
    return OpenDevices(enforce_settings({"devices": list(given)}), surroundings(home, HOSPITAL)).opened()


def test_devices_are_opened_without_being_asked_anything(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("password\n")
    (tmp_path / "secret").chmod(0o600)
    found = devices(tmp_path, FIREWALL | {"command": ["ssh", "firewall"]}, DIRECTORY)
    assert list(found) == ["core", "ad"]
    assert isinstance(found["core"], Nftables)
    assert found["core"]._nft.command == ("ssh", "firewall")
    assert found["ad"]._protected >= {"glass", "codedark", "krbtgt"}


def test_a_firewall_with_openc2_and_a_router_with_netconf_are_opened_too(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    (tmp_path / "token").chmod(0o600)
    found = devices(tmp_path, OPENC2 | {"token_file": "token", "leaves_out": ["duration"]}, NETCONF)
    assert isinstance(found["edge"], OpenC2)
    assert not found["edge"].ends_by_itself
    assert isinstance(found["router"], Netconf)
    assert found["router"]._target.identity == tmp_path / "key"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([{"name": "x"}], r"number 1: it lacks kind: write one of nftables"),
        ([FIREWALL, {"name": "x", "kind": "magic"}], "number 2: there is no kind 'magic'"),
        ([FIREWALL | {"comand": []}], "comand: is it misspelt"),
        ([{"kind": "nftables"}], "it lacks name"),
        ([FIREWALL, FIREWALL], "a device core already"),
        ([OPENC2 | {"token_file": "token"}], "token cannot be read .*put the secret on its first line"),
        ([OPENC2 | {"authority": "missing.pem"}], "certificates cannot be read .*give files in PEM"),
        ([OPENC2 | {"rule_numbers": [1, 1000]}], "edge: needs 16777216 rule numbers of its own"),
        ([OPENC2 | {"leaves_out": ["insert_rule"]}], "edge: insert_rule cannot be left out"),
        ([NETCONF | {"list_v4": ""}], "device router: give list_v4 or list_v6"),
        ([NETCONF | {"list_v6": "two words"}], "device router: give list_v4 or list_v6"),
        ([NETCONF | {"host": "-oProxyCommand=x"}], "would be an option of ssh"),
        ([DIRECTORY], "secret cannot be read .*put the secret on its first line"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(tmp_path: Path, given: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(CodeDarkError, match=said):
        devices(tmp_path, *given)


def test_a_secret_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("password\n")
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(CodeDarkError, match="every user of this machine can read"):
        devices(tmp_path, DIRECTORY)


@pytest.mark.parametrize("given", [{"lease_minutes": 0}, {"stands_hours": -1}, {"lease": 3}, {"devices": 3}])
def test_times_that_cannot_be_and_unknown_names_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(CodeDarkError, match=r"\[enforce\]: "):
        enforce_settings(given)


def test_the_table_stands_in_codedark_toml(tmp_path: Path) -> None:
    (tmp_path / "codedark.toml").write_text(
        '[enforce]\nlease_minutes = 5\n[[enforce.devices]]\nname = "core"\nkind = "nftables"\n'
    )
    settings = enforce_settings(load(tmp_path).enforce)
    assert (settings.lease_seconds, settings.stands_seconds) == (300, 8 * 3600)
    assert list(OpenDevices(settings, surroundings(tmp_path, HOSPITAL)).opened()) == ["core"]


def test_every_kind_has_settings_that_refuse_unknown_names() -> None:
    assert all(kind.settings.__struct_config__.forbid_unknown_fields for kind in KINDS.values())


RADIUS = {"name": "access", "kind": "radius", "sessions": "accounting", "secrets_file": "secrets"}


def test_switches_are_opened_with_their_secrets_and_what_isolated_sessions_may_do(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("10.0.0.1 hidden\n")
    (tmp_path / "secrets").chmod(0o600)
    found = devices(tmp_path, RADIUS | {"quarantine": {"Filter-Id": "quarantine"}, "has_leases": False})["access"]
    assert not found.ends_by_itself
    assert set(found._switches) == {"10.0.0.1"}
    assert devices(tmp_path, RADIUS | {"ends_sessions": True})["access"].ends_by_itself
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, "write a quarantine, or ends_sessions = true"),
        ({"quarantine": {"Filter-Id": "x"}, "ends_sessions": True}, "write a quarantine, or ends_sessions = true"),
        ({"quarantine": {"Password": "x"}}, "write NAME=VALUE with one of Filter-Id"),
        ({"quarantine": {"Filter-Id": "x"}, "secrets_file": "nowhere"}, "cannot be read"),
    ]
    for more, said in wrong:
        with pytest.raises(CodeDarkError, match=said):
            devices(tmp_path, RADIUS | more)


def test_a_bridge_is_opened_with_its_command(tmp_path: Path) -> None:
    found = devices(tmp_path, {"name": "virtual", "kind": "openvswitch", "bridge": "br0", "command": ["ssh", "host"]})
    assert (found["virtual"]._bridge, found["virtual"]._ofctl.command) == ("br0", ("ssh", "host"))


def test_devices_stay_open_until_a_file_that_they_read_changes_or_another_program_acts(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("password\n")
    secret.chmod(0o600)
    settings = enforce_settings({"devices": [FIREWALL, DIRECTORY]})
    held = OpenDevices(settings, surroundings(tmp_path, HOSPITAL))

    def beat(*more: Entry) -> tuple[dict[DeviceId, Adapter], list[str]]:
        skipped: list[str] = []
        with CaseLog(tmp_path / "case.log") as log:
            books = Books(log, lambda: 1)
            for entry in more:
                books.write(entry)
            with held.under(log.lock, books, skipped) as found:
                assert found["core"]._nft.inherited() == (log.lock,)  # type: ignore[attr-defined,index]
        assert found["core"]._nft.inherited() == ()  # type: ignore[attr-defined,index]
        return found, skipped

    first, _ = beat()
    again, skipped = beat()
    assert (again, skipped) == (first, [])
    secret.write_text("another\n")
    changed, _ = beat()
    assert [changed[name] is first[name] for name in changed] == [True, False]
    assert changed[DeviceId("ad")]._password == "another"  # type: ignore[attr-defined]
    secret.unlink()
    missing, skipped = beat()
    assert missing == changed
    assert "what was before holds: device ad" in skipped[0]
    order = Order(OrderId("P1.1"), ActionId("a"), ActionKind.ISOLATE_HOST, DeviceId("core"), 60)
    foreseen = Foreseen(order.id, ())
    acted, _ = beat(
        Begun(at_us=1, plan=Plan("P1", ((order,),), 60), approvals=()),
        Intended(at_us=1, plan="P1", wave=0, device=order.device, foreseen=(foreseen,)),
    )
    assert [acted[name] is changed[name] for name in acted] == [False, True]
