"""What may be done in a hospital of a dozen machines, and what is refused, told case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from codedark.contain.action import Action, ActionKind
from codedark.contain.assemble import Assembled, Beliefs, Figures, assemble
from codedark.contain.network import EdgeKind
from codedark.errors import UsageError
from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import Asset, AssetId, AssetKind, Support
from codedark.hospital.hospital import Flows, Hospital
from codedark.hospital.lifeline import Lifeline, LifelineId
from codedark.hospital.service import AllOf, AnyOf, LossPoint, OnAsset, OnLink, OnService, Service, ServiceId, Tier
from codedark.hospital.ward import BedId, Ward, WardId
from codedark.hospital.zone import Link, Purpose, Zone, ZoneId
from tests.unit.contain.contained import action_settings, plan_settings, rates

WARDS_WAY = Link(ZoneId("WARD"), ZoneId("SRV"))
OTHER_WAY = Link(ZoneId("ICU"), ZoneId("SRV"))
CURVE = (LossPoint(0, 20, "charts are closed"), LossPoint(6, 60, "paper"))
ROWS = [
    ("WS1", "DB1", "tcp", 1433, 900),
    ("WS1", "FS1", "tcp", 445, 50),
    ("WS1", "FS1", "tcp", 443, 950),
    ("WS2", "FS1", "tcp", 445, 100),
    ("MON1", "MGW", "tcp", 9999, 700),
    ("MON1", "DC1", "udp", 53, 10),
    ("MGW", "IENG", "tcp", 2575, 30),
    ("WS1", "192.0.2.9", "tcp", 443, 5),
    ("FS1", "BK1", "tcp", 445, 5),
]


def zone(name: str, purpose: Purpose, called: str = "") -> Zone:
    return Zone(ZoneId(name), called or name, purpose)


def asset(name: str, kind: AssetKind, where: str, ward: str = "") -> Asset:
    system = "Windows 10" if kind in {AssetKind.WORKSTATION, AssetKind.SERVER} else ""
    return Asset(
        AssetId(name), kind, ZoneId(where), operating_system=system, support=Support.SUPPORTED,
        ward=WardId(ward) if ward else None,
    )  # fmt: skip


def flows(rows: list[tuple[str, str, str, int, int]]) -> Flows:
    sources, targets, protocols, ports, octets = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return Flows(sources, targets, protocols, ports, (1,) * len(rows), octets)


def hospital(lifeline: Lifeline | None = None, rows: list[tuple[str, str, str, int, int]] | None = None) -> Hospital:
    zones = [
        zone("WARD", Purpose.CLINICAL), zone("ICU", Purpose.CLINICAL), zone("SRV", Purpose.SERVERS),
        zone("MON", Purpose.DEVICES), zone("GW", Purpose.SERVERS), zone("HOME", Purpose.OFFICE, "Staff by VPN"),
        zone("SUP", Purpose.VENDOR), zone("NET", Purpose.INTERNET),
    ]  # fmt: skip
    assets = [
        asset("WS1", AssetKind.WORKSTATION, "WARD", "W1"), asset("WS2", AssetKind.WORKSTATION, "ICU", "W2"),
        asset("DB1", AssetKind.SERVER, "SRV"), asset("DB2", AssetKind.SERVER, "SRV"),
        asset("FS1", AssetKind.SERVER, "SRV"), asset("DC1", AssetKind.DOMAIN_CONTROLLER, "SRV"),
        asset("BK1", AssetKind.BACKUP, "SRV"), asset("IENG", AssetKind.SERVER, "SRV"),
        asset("MON1", AssetKind.PATIENT_MONITOR, "MON"), asset("MGW", AssetKind.SERVER, "GW"),
    ]  # fmt: skip
    accounts = [
        Account(AccountId("nurse"), AccountKind.PERSON, may_log_on_to=("kind:workstation",)),
        Account(AccountId("adm"), AccountKind.ADMINISTRATOR, privileged=True, may_log_on_to=("kind:server",)),
        Account(AccountId("svc"), AccountKind.SERVICE, may_log_on_to=("DB1", "DB2")),
        Account(AccountId("ext"), AccountKind.VENDOR, role="supplier of pumps", may_log_on_to=("MGW",)),
        Account(AccountId("gone"), AccountKind.PERSON, enabled=False, may_log_on_to=("kind:workstation",)),
    ]
    services = [
        Service(
            ServiceId("ehr"), "Record", Tier.TWO,
            AllOf((
                AnyOf((OnAsset(AssetId("DB1")), OnAsset(AssetId("DB2")))),
                AnyOf((OnLink(WARDS_WAY), OnLink(OTHER_WAY))),
            )),
            CURVE,
        ),
        Service(ServiceId("monitoring"), "Monitoring", Tier.ZERO, AllOf((OnAsset(AssetId("MGW")),)), CURVE),
        Service(ServiceId("board"), "Board", Tier.TWO, OnService(ServiceId("ehr")), ()),
    ]  # fmt: skip
    wards = [
        Ward(WardId("W1"), "Ward", "geriatrics", (BedId("1"), BedId("2"), BedId("3")), ("WARD",)),
        Ward(WardId("W2"), "ICU", "intensive care", (BedId("4"),), ("ICU",)),
    ]
    return Hospital(
        "h", "UTC",
        {each.id: each for each in zones}, {each.id: each for each in assets}, {each.id: each for each in accounts},
        {each.id: each for each in services}, {each.id: each for each in wards},
        {lifeline.id: lifeline} if lifeline else {}, flows(ROWS if rows is None else rows),
    )  # fmt: skip


def monitoring(**more: object) -> Lifeline:
    return replace(
        Lifeline(
            LifelineId("mon"), "Bedside monitoring", kinds=(AssetKind.PATIENT_MONITOR,),
            services=(ServiceId("monitoring"),),
        ),
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def made(model: Hospital, believed: Beliefs | None = None, fresh: tuple[WardId, ...] = ()) -> Assembled:
    figures = Figures(rates(), action_settings(), plan_settings())
    return assemble(model, believed or Beliefs(), figures, fresh=fresh)


def ids(whole: Assembled) -> set[str]:
    return {action.id for action in whole.choices.actions}


def number(whole: Assembled, name: str) -> int:
    return next(place for place, action in enumerate(whole.choices.actions) if action.id == name)


def action(whole: Assembled, name: str) -> Action:
    return whole.choices.actions[number(whole, name)]


def because(whole: Assembled, name: str) -> str:
    return next(refusal.because for refusal in whole.choices.refused if refusal.action == name)


def told(whole: Assembled, name: str) -> set[str]:
    return {whole.network.tell(edge) for edge in whole.choices.cuts[number(whole, name)].tolist()}


def lost(whole: Assembled, name: str) -> list[str]:
    names = [*whole.network.names, *(f"{link.source}>{link.target}" for link in whole.choices.links)]
    return [names[thing] for thing in whole.choices.down[number(whole, name)].tolist()]


def test_isolating_a_machine_cuts_all_its_edges_and_takes_it_down() -> None:
    whole = made(hospital())
    assert "WS1 to DB1 by database" in told(whole, "isolate:WS1")
    assert "WS1 to out of WARD" in told(whole, "isolate:WS1")
    assert lost(whole, "isolate:WS1") == ["WS1"]
    assert all("WS1" in each for each in told(whole, "isolate:WS1"))


def test_cutting_two_zones_cuts_both_directions_and_the_way_that_a_service_needs() -> None:
    whole = made(hospital())
    cut = told(whole, "cut:WARD>SRV")
    assert {"WS1 to DB1 by database", "out of WARD to into SRV by smb by smb"} <= cut
    assert {"FS1 to WS1 by smb"} <= cut
    assert "WS2 to FS1 by smb" not in cut
    assert lost(whole, "cut:WARD>SRV") == ["WARD>SRV"]


def test_a_whole_zone_is_cut_off_from_accounts_too() -> None:
    whole = made(hospital())
    cut = told(whole, "cut:WARD")
    assert "ordinary accounts of kind:workstation to WS1" in cut
    assert "ordinary accounts of kind:workstation to WS2" not in cut
    assert lost(whole, "cut:WARD") == ["WARD>SRV"]


def test_a_protocol_that_carries_much_takes_the_way_down_and_another_does_not() -> None:
    whole = made(hospital())
    assert lost(whole, "block:WARD>SRV:smb") == []
    assert lost(whole, "block:WARD>SRV:web") == ["WARD>SRV"]
    assert lost(whole, "block:WARD>SRV:database") == ["WARD>SRV"]
    assert all(" by smb" in each for each in told(whole, "block:WARD>SRV:smb"))


def test_a_ward_that_loses_its_way_loses_its_share_although_the_service_stands() -> None:
    whole = made(hospital())
    plain = action(whole, "cut:WARD>SRV").harm_per_hour * plan_settings().stand_hours
    loss = 6 * 20 + 18 * 60  # a day, of which three of four beds are cut off
    assert whole.problem.cuts.harm[number(whole, "cut:WARD>SRV")] == pytest.approx(plain + 0.75 * loss)
    eased = made(hospital(), fresh=(WardId("W1"),))
    left = plan_settings().fresh_pack
    assert eased.problem.cuts.harm[number(eased, "cut:WARD>SRV")] == pytest.approx(plain + left * 0.75 * loss)


def test_disabling_stops_an_account_and_says_what_only_people_may_do() -> None:
    whole = made(hospital())
    assert told(whole, "disable:svc") == {"svc to DB1", "svc to DB2"}
    assert action(whole, "disable:svc").wants_person
    assert not action(whole, "disable:nurse").wants_person
    assert "disable:gone" not in ids(whole)


def test_break_glass_accounts_stay_whoever_is_suspected() -> None:
    glass = Account(AccountId("glass"), AccountKind.BREAK_GLASS, privileged=True)
    house = hospital()
    house = replace(house, accounts={**house.accounts, glass.id: glass})
    whole = made(house, Beliefs(accounts={AccountId("glass"): 0.9}))
    assert "glass" in {str(each) for each in whole.network.accounts}
    assert not [each for each in whole.choices.actions if each.account == "glass"]


def test_doors_to_the_outside_can_be_closed() -> None:
    whole = made(hospital())
    assert {"close-remote-access:HOME", "close-vendor:SUP", "close-vendor:supplier of pumps"} <= ids(whole)
    assert "ext to MGW" in told(whole, "close-vendor:supplier of pumps")
    assert told(whole, "close-internet:internet") == {"DB1 to outside", "DB2 to outside"}
    assert whole.choices.accounts[action(whole, "close-vendor:SUP").id] == ("ext",)


def test_a_suspected_account_goes_to_each_machine_by_itself() -> None:
    whole = made(hospital(), Beliefs(accounts={AccountId("ADM"): 0.8}))
    assert {"adm to DB1", "adm to FS1"} <= told(whole, "disable:adm")
    assert "adm to privileged accounts of kind:server" in told(made(hospital()), "disable:adm")


def test_a_suspected_machine_gives_away_each_account_by_itself() -> None:
    whole = made(hospital(), Beliefs({AssetId("WS1"): 0.8}))
    assert "WS1 to nurse" in told(whole, "isolate:WS1")
    assert "WS2 to who is logged on in kind:workstation" in told(whole, "isolate:WS2")
    assert "WS1 to who is logged on in kind:workstation" not in told(whole, "isolate:WS1")


def test_a_device_of_a_lifeline_can_be_restricted_by_a_person_and_nothing_else() -> None:
    whole = made(hospital(monitoring()))
    assert because(whole, "isolate:MON1") == "takes down MON1, and with it Bedside monitoring"
    assert because(whole, "shut-down:MGW") == "takes down MGW, and with it Bedside monitoring"
    assert action(whole, "restrict:MON1").wants_person
    assert "MON1 to DC1 by plumbing" in told(whole, "restrict:MON1")
    assert "MON1 to MGW by other" not in told(whole, "restrict:MON1")
    assert "MGW to IENG by hl7" in told(whole, "restrict:MGW")
    assert lost(whole, "restrict:MGW") == []


@pytest.mark.parametrize("name", ["cut:MON>GW", "cut:MON", "cut:GW"])
def test_what_joins_the_things_of_a_lifeline_is_not_cut(name: str) -> None:
    assert because(made(hospital(monitoring())), name) == "cuts MON1 to MGW by other, which Bedside monitoring needs"
    assert name in ids(made(hospital()))


def test_a_lifeline_that_nobody_attested_or_no_longer_is_protected_all_the_same() -> None:
    ended = monitoring(attested_by="Head of intensive care", attested_until=date(2020, 1, 1))
    attested = monitoring(attested_by="Head of intensive care", attested_until=date(2199, 1, 1))
    assert ids(made(hospital(monitoring()))) == ids(made(hospital(ended))) == ids(made(hospital(attested)))


def spares() -> Lifeline:
    return Lifeline(LifelineId("rec"), "The record", services=(ServiceId("ehr"),))


def test_of_two_that_stand_in_for_each_other_one_may_be_taken_down() -> None:
    whole = made(hospital(spares()))
    assert "isolate:DB1" in ids(whole)
    assert because(whole, "isolate:DB2") == "DB2 must stay for The record, because DB1 may be taken down already"
    assert "restrict:DB2" in ids(whole)


def test_the_more_suspected_of_two_is_the_one() -> None:
    whole = made(hospital(spares()), Beliefs({AssetId("DB1"): 0.1, AssetId("db2"): 0.6}))
    assert "isolate:DB2" in ids(whole)
    assert because(whole, "isolate:DB1").startswith("DB1 must stay")


def test_a_way_named_by_a_lifeline_is_neither_cut_nor_narrowed() -> None:
    whole = made(hospital(Lifeline(LifelineId("way"), "Crash call", links=(WARDS_WAY,))))
    refused = {str(refusal.action) for refusal in whole.choices.refused}
    assert {"cut:WARD>SRV", "cut:WARD", "cut:SRV", "block:WARD>SRV:smb"} <= refused
    assert "cut:ICU>SRV" in ids(whole)


def test_without_flows_everything_reaches_everything_and_lifelines_hold() -> None:
    whole = made(hospital(monitoring(), rows=[]))
    assert whole.notes[0].startswith("no flow is known")
    assert "out of WARD to into SRV by smb by smb" in told(whole, "cut:WARD>SRV")
    assert "MON>GW" in {str(refusal.action).partition(":")[2] for refusal in whole.choices.refused}


def test_without_beliefs_there_is_a_problem_and_it_says_so() -> None:
    whole = made(hospital())
    assert not whole.problem.spread.beliefs.any()
    assert whole.notes == ("nothing is believed to be taken: no plan is better than none",)


def test_all_hosts_suspected_is_a_problem_like_any_other() -> None:
    everyone = Beliefs(dict.fromkeys(hospital().assets, 1.0), dict.fromkeys(hospital().accounts, 1.0))
    whole = made(hospital(monitoring()), everyone)
    assert whole.problem.spread.beliefs.sum() == len(hospital().assets) + len(hospital().accounts)
    assert whole.notes == whole.unknown == ()


def test_a_name_that_the_model_does_not_have_is_reported() -> None:
    assert made(hospital(), Beliefs({AssetId("laptop of the director"): 0.9})).unknown == ("laptop of the director",)


@pytest.mark.parametrize("belief", [-0.1, 1.1, float("nan")])
def test_a_belief_that_is_no_probability_is_refused(belief: float) -> None:
    with pytest.raises(UsageError, match="the belief in WS1 is"):
        made(hospital(), Beliefs({AssetId("WS1"): belief}))


def test_a_hospital_without_assets_is_refused() -> None:
    with pytest.raises(UsageError, match=r"fill assets\.csv first"):
        made(Hospital("empty"))


def test_a_service_that_nobody_needs_and_that_costs_nothing_is_a_row_like_any_other() -> None:
    services = made(hospital()).problem.services
    assert len(services) == 3
    assert services.while_cut[2] == services.while_taken[2] == 0
    assert services.urgent.tolist() == [False, True, False]


def test_records_backups_and_what_has_left_are_worth_something() -> None:
    whole = made(hospital())
    worth = dict(zip(whole.network.names, whole.problem.reached.tolist(), strict=True))
    table = plan_settings().reached
    assert worth["BK1"] == table.assets[AssetKind.BACKUP]
    assert worth["DB1"] == table.assets[AssetKind.SERVER] + table.services["ehr"]
    assert worth["outside"] == table.data_left
    assert worth["nurse"] == worth["out of WARD"] == 0


def test_what_he_has_shown_makes_his_ways_faster() -> None:
    unhurried = replace(rates(), hands_per_hour=1000.0)
    figures = Figures(unhurried, action_settings(), plan_settings())
    usual, faster = (assemble(hospital(), Beliefs(), figures, shown=each) for each in ([], ["T1021.002"]))
    smb = usual.network.edge_families == usual.network.families.index("smb")
    ways = smb & (usual.network.edge_kinds != EdgeKind.CROSSES)
    assert np.allclose(faster.problem.spread.rates[ways], 10 * usual.problem.spread.rates[ways])
    assert np.array_equal(faster.problem.spread.rates[~smb], usual.problem.spread.rates[~smb])


def test_nobody_goes_more_ways_in_an_hour_than_his_hands_allow() -> None:
    few = replace(rates(), hands_per_hour=0.01)
    figures = Figures(few, action_settings(), plan_settings())
    slow, program = (assemble(hospital(), Beliefs(), figures, shown=each) for each in ([], ["T1486"]))
    for each, hands in ((slow, 0.01), (program, 0.1)):
        spread, people = each.problem.spread, len(each.network.assets) + len(each.network.accounts)
        leaving = np.bincount(spread.sources, spread.rates, spread.nodes)[:people]
        assert leaving[np.isfinite(leaving)].max() == pytest.approx(hands)


def test_what_a_person_would_do_by_hand_is_laid_out() -> None:
    whole = made(hospital(monitoring()))
    layout, actions = whole.layout, whole.choices.actions
    assert actions[layout.isolates[whole.network.assets[AssetId("WS1")]]].id == "isolate:WS1"
    assert actions[layout.isolates[whole.network.accounts[AccountId("adm")]]].id == "disable:adm"
    assert layout.isolates[whole.network.assets[AssetId("MON1")]] == -1
    by_zone = {
        name: {actions[each].id for each in row.tolist()}
        for name, row in zip(whole.network.zones, layout.zone_cuts, strict=True)
    }
    assert by_zone[ZoneId("WARD")] == {"cut:WARD"}
    assert by_zone[ZoneId("HOME")] == {"close-remote-access:HOME"}
    assert by_zone[ZoneId("GW")] == {"cut:SRV>GW", "cut:GW>HOME", "cut:GW>SUP"}
    everything = {actions[each].kind for each in layout.everything.tolist()}
    assert ActionKind.RESTRICT_TO_LIFELINE not in everything
    assert {ActionKind.SHUT_DOWN, ActionKind.CUT_ZONES, ActionKind.CLOSE_INTERNET} <= everything
