"""What actions of a file of plans are asked of devices, what is refused, and what lifelines are left."""

from __future__ import annotations

import json
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from codedark.app.enforcing.devices import surroundings
from codedark.app.enforcing.guarding import touching
from codedark.app.enforcing.lifeline_passages import leaning
from codedark.app.enforcing.parts import parts_of
from codedark.app.enforcing.proposed import ProposedAction, chosen_actions, read_proposal
from codedark.contain.action import ActionKind
from codedark.enforce.contract import Way
from codedark.enforce.nftables.table import Passage
from codedark.errors import CodeDarkError
from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.hospital import Flows, Hospital
from codedark.hospital.lifeline import Lifeline, LifelineId
from codedark.hospital.service import AnyOf, OnAsset, Service, ServiceId, Tier
from codedark.hospital.zone import Link, Purpose, Zone, ZoneId

WARD, LAB, WORLD, BARE = (ZoneId(each) for each in ("WARD", "LAB", "WORLD", "BARE"))
PC, BLOOD, ONE, TWO = (AssetId(each) for each in ("PC", "BLOOD", "DB1", "DB2"))
FAMILIES = {"smb": ("tcp/445", "tcp/49152-65535")}


def asset(name: AssetId, zone: ZoneId, address: str, kind: AssetKind = AssetKind.SERVER) -> Asset:
    return Asset(name, kind, zone, (address,))


HOSPITAL = Hospital(
    "H",
    zones={
        WARD: Zone(WARD, "Ward", Purpose.CLINICAL, cidrs=(IPv4Network("10.1.0.0/24"),)),
        LAB: Zone(LAB, "Lab", Purpose.SERVERS, cidrs=(IPv4Network("10.2.0.0/24"),)),
        WORLD: Zone(WORLD, "World", Purpose.INTERNET),
        BARE: Zone(BARE, "No addresses", Purpose.OFFICE),
    },
    assets={
        PC: asset(PC, WARD, "10.1.0.5", AssetKind.WORKSTATION),
        BLOOD: asset(BLOOD, LAB, "10.2.0.9"),
        ONE: asset(ONE, LAB, "10.2.0.1"),
        TWO: asset(TWO, LAB, "10.2.0.2"),
    },
    accounts={
        AccountId(name): Account(AccountId(name), kind)
        for name, kind in (("an", AccountKind.PERSON), ("svc", AccountKind.SERVICE), ("sup", AccountKind.VENDOR))
    },
    services={
        ServiceId("tests"): Service(ServiceId("tests"), "Tests", Tier.ONE, AnyOf((OnAsset(ONE), OnAsset(TWO)))),
        ServiceId("mail"): Service(ServiceId("mail"), "Mail", Tier.THREE, OnAsset(PC)),
    },
    lifelines={
        LifelineId("blood"): Lifeline(
            LifelineId("blood"), "Blood bank", (BLOOD,), services=(ServiceId("tests"),), links=(Link(WARD, LAB),)
        )
    },
    flows=Flows(("PC", "PC"), ("BLOOD", "DB1"), ("tcp", "tcp"), (443, 1433), (9, 9), (9, 9)),
)
REACHES = leaning(HOSPITAL)


def action(kind: ActionKind, **more: Any) -> ProposedAction:
    return ProposedAction(f"{kind}:x", kind, **more)


def parts(*actions: ProposedAction) -> Any:
    return parts_of(HOSPITAL, actions, FAMILIES)


def test_a_cut_is_both_ways_and_a_block_one_way_by_every_port_of_its_family() -> None:
    (cut,) = parts(action(ActionKind.CUT_ZONES, from_zone="WARD", to_zone="WORLD"))
    assert cut.ways == (Way(WARD, WORLD), Way(WORLD, WARD))
    (block,) = parts(action(ActionKind.BLOCK_PROTOCOL, from_zone="WARD", to_zone="LAB", protocol="smb"))
    assert block.ways == (Way(WARD, LAB, "tcp/445"), Way(WARD, LAB, "tcp/49152-65535"))
    assert block.says == "block smb from WARD to LAB"


def test_a_zone_is_cut_from_all_that_have_addresses_and_from_the_internet() -> None:
    (whole,) = parts(action(ActionKind.CUT_ZONES, zone="WARD"))
    assert set(whole.ways) == {Way(WARD, LAB), Way(LAB, WARD), Way(WARD, WORLD), Way(WORLD, WARD)}
    (internet,) = parts(action(ActionKind.CLOSE_INTERNET))
    assert set(internet.ways) == {Way(WARD, WORLD), Way(WORLD, WARD), Way(LAB, WORLD), Way(WORLD, LAB)}


def test_a_supplier_is_two_parts_ways_and_accounts() -> None:
    ways, accounts = parts(action(ActionKind.CLOSE_VENDOR, zone="LAB", accounts=("sup",)))
    assert ways.ways
    assert (accounts.kind, accounts.accounts) == (ActionKind.DISABLE_ACCOUNT, ("sup",))


def test_what_cannot_be_told_is_still_a_part_so_that_it_is_not_lost() -> None:
    (other,) = parts(action(ActionKind.BLOCK_PROTOCOL, from_zone="WARD", to_zone="LAB", protocol="other"))
    assert not other.ways
    assert "its ports are not known" in other.says


def test_the_tier_is_of_what_falls_or_stands_on_its_last_alternative() -> None:
    tiers = [each.tier for each in parts(
        action(ActionKind.ISOLATE_HOST, asset="PC"),
        action(ActionKind.ISOLATE_HOST, asset="DB1"),
        action(ActionKind.DISABLE_ACCOUNT, account="an"),
        action(ActionKind.DISABLE_ACCOUNT, account="svc"),
    )]  # fmt: skip
    assert tiers == [Tier.THREE, Tier.ONE, Tier.FIVE, Tier.ONE]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (action(ActionKind.ISOLATE_HOST, asset="NONE"), "no asset NONE"),
        (action(ActionKind.DISABLE_ACCOUNT, account="nobody"), "no account nobody"),
        (action(ActionKind.CUT_ZONES, from_zone="WARD", to_zone="MOON"), "no zone MOON"),
    ],
)
def test_what_the_model_does_not_have_is_refused_by_name(wrong: ProposedAction, said: str) -> None:
    with pytest.raises(CodeDarkError, match=said):
        parts(wrong)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([action(ActionKind.ISOLATE_HOST, asset="BLOOD")], "takes Blood bank down"),
        ([action(ActionKind.CUT_ZONES, from_zone="LAB", to_zone="WARD")], "which is a lifeline"),
        (
            [action(ActionKind.BLOCK_PROTOCOL, from_zone="WARD", to_zone="LAB", protocol="smb")],
            "which Blood bank needs",
        ),
        ([action(ActionKind.ISOLATE_HOST, asset=each) for each in (ONE, TWO)], "together, and with what stands"),
    ],
)
def test_a_file_that_touches_a_lifeline_is_held_back(given: list[ProposedAction], said: str) -> None:
    assert any(said in each for each in touching(HOSPITAL, REACHES, parts(*given)))


def test_the_second_of_two_that_stand_in_for_each_other_is_held_back_while_the_first_stands() -> None:
    one, two = parts(*(action(ActionKind.ISOLATE_HOST, asset=each) for each in (ONE, TWO)))
    assert touching(HOSPITAL, REACHES, [two]) == ()
    assert touching(HOSPITAL, REACHES, [two], [one])
    assert touching(HOSPITAL, REACHES, parts(action(ActionKind.RESTRICT_TO_LIFELINE, asset="BLOOD")), [one]) == ()


def test_a_lifeline_is_left_what_its_clients_were_seen_to_use_and_everything_where_nothing_was_seen() -> None:
    around = surroundings(Path(), HOSPITAL)
    ward, (blood, one, two) = IPv4Network("10.1.0.0/24"), (IPv4Network(f"10.2.0.{each}/32") for each in (9, 1, 2))
    assert set(around.passages) == {
        Passage("Blood bank", ward, blood, "tcp", 443),
        Passage("Blood bank", ward, one, "tcp", 1433),
        Passage("Blood bank", ward, two),
    }
    assert around.protected_addresses == ("10.2.0.9",)


@pytest.mark.parametrize(("clients", "folded"), [(4, False), (5, True)])
def test_many_of_one_range_pass_as_that_range(clients: int, folded: bool) -> None:
    monitors = [AssetId(f"M{number}") for number in range(clients)]
    held = {each: asset(each, WARD, f"10.1.0.{10 + number}") for number, each in enumerate(monitors)}
    held[BLOOD] = asset(BLOOD, LAB, "10.2.0.9")
    flows = Flows(monitors, ["BLOOD"] * clients, ["tcp"] * clients, [2575] * clients, [1] * clients, [1] * clients)
    lifeline = Lifeline(LifelineId("m"), "Monitoring", tuple(held))
    hospital = Hospital("H", zones=HOSPITAL.zones, assets=held, lifelines={lifeline.id: lifeline}, flows=flows)
    sources = {each.sources for each in surroundings(Path(), hospital).passages}
    each_alone = {IPv4Network(f"10.1.0.{10 + number}/32") for number in range(clients)}
    assert sources == ({IPv4Network("10.1.0.0/24")} if folded else each_alone)


def test_plans_are_read_from_their_file_and_actions_left_out_by_name(tmp_path: Path) -> None:
    path = tmp_path / "plans.json"
    rows = [{"action": f"isolate:{each}", "kind": "isolate", "asset": each, "more": 1} for each in ("PC", "DB1")]
    path.write_text(json.dumps({"hospital": "H", "plans": [{"plan": "least", "actions": rows}]}))
    proposal = read_proposal(path)
    assert [each.asset for each in chosen_actions(proposal, HOSPITAL, "least", ["ISOLATE:pc"])] == ["DB1"]
    for name, without, said in (
        ("most", [], "there is no plan 'most': there are least"),
        ("least", ["isolate:PD"], "did you mean isolate:PC"),
    ):
        with pytest.raises(CodeDarkError, match=said):
            chosen_actions(proposal, HOSPITAL, name, without)
    with pytest.raises(CodeDarkError, match="these plans are of 'H', and this is 'other'"):
        chosen_actions(proposal, Hospital("other"), "least")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ('{"hospital": 3}', "has to be text in quotes"),
        ("[]", "is no file of plans"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_something_else_is_refused_in_plain_words(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "plans.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(CodeDarkError, match=said):
        read_proposal(path)
