"""Acts at the worst moment: people who disagree, a folder that is another one, files that are lost, plans of others.

People are the only device here, so nothing of it needs root.
"""

from __future__ import annotations

import json
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs
from typer.testing import CliRunner

from codedark.app.enforcing.desk import opened_desk
from codedark.app.enforcing.enrolling import who_runs_this
from codedark.app.enforcing.entries import Approval, Approved, Said, decoded
from codedark.app.enforcing.heartbeat import prolonging
from codedark.app.enforcing.keeping import Keeper
from codedark.app.enforcing.naming import KEEPER
from codedark.app.enforcing.own_entries import ApproverRemoved
from codedark.app.enforcing.preparing import prepare
from codedark.app.enforcing.proposed import ProposedAction
from codedark.app.enforcing.reading import CASE_LOG, read_holding
from codedark.app.hospital_files import write_hospital
from codedark.app.watching.part import said
from codedark.cli.contain import app
from codedark.contain.action import ActionKind
from codedark.errors import CodeDarkError
from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.lifeline import Lifeline, LifelineId
from codedark.hospital.service import AnyOf, OnAsset, Service, ServiceId, Tier
from codedark.hospital.zone import ZoneId
from codedark.store.case_log.case_log import read_case_log
from tests.acting_hospital import firewall_table, installation, model, plans, secret
from tests.routed_hospital import MODEL
from tests.scenarios.test_keeper import believed, ordered_beforehand


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return installation(tmp_path / "home", MODEL, stands_hours=8)


def contain(home: Path, *words: object) -> tuple[int, str]:
    """Exit code and what is said, unwrapped, errors as `codedark` itself tells them."""
    ran = CliRunner().invoke(app, [*map(str, words), "--home", str(home)])
    if isinstance(ran.exception, CodeDarkError):
        return 2, str(ran.exception)
    if ran.exception and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran.exit_code, " ".join(ran.output.split())


def signed(home: Path, person: str, *words: object) -> tuple[int, str]:
    return contain(home, *words, "--person", person, "--passphrase-file", home / f"{person}.txt")


def begun(home: Path, *actions: str) -> None:
    assert contain(home, "prepare", plans(home / "plans.json", *actions))[0] == 0
    for person in ("Bo Claes", "An Peeters"):
        assert signed(home, person, "approve", "P1")[0] == 0
    assert contain(home, "apply", "P1")[0] == 0


def test_who_said_other_hours_can_agree_on_some_so_that_a_plan_does_not_end_by_a_misunderstanding(home: Path) -> None:
    begun(home, "isolate:OFFICE-PC")
    assert signed(home, "Bo Claes", "prolong", "P1", "--hours", 4)[0] == 0
    code, text = signed(home, "An Peeters", "prolong", "P1", "--hours", 12)
    assert (code, "1 more person has to approve" in text) == (0, True), text
    code, text = signed(home, "Bo Claes", "prolong", "P1", "--hours", 12)
    assert (code, "12.0 h from now" in text) == (0, True), text


def test_a_folder_that_is_not_there_is_never_told_as_one_where_nothing_stands(home: Path) -> None:
    code, text = contain(home.parent / "elsewhere", "status")
    assert (code, "there is no such folder" in text) == (2, True), text


def test_a_device_whose_files_are_lost_does_not_keep_the_others_from_being_taken_back(home: Path) -> None:
    begun(home, "isolate:OFFICE-PC")
    table = '[[enforce.devices]]\nname = "ad"\nkind = "directory"\nhost = "dc"\nuser = "u@d"\npassword_file = "lost"\n'
    with (home / "codedark.toml").open("a") as file:
        file.write(table)
    assert contain(home, "apply", "P1")[0] == 2, "what begins something needs all devices"
    code, text = contain(home, "done", "T1", "--by", "Bo")
    assert code == 0, text
    code, text = contain(home, "rollback", "P1")
    assert (code, "people did this and have to undo it" in text) == (3, True), text


def test_a_break_glass_account_is_disabled_by_nobody_whoever_wrote_the_plan(home: Path) -> None:
    known = model(MODEL)
    kinds = {AccountId("glass"): AccountKind.BREAK_GLASS, AccountId("krbtgt"): AccountKind.PERSON}
    write_hospital(replace(known, accounts={name: Account(name, kind) for name, kind in kinds.items()}), home)
    for name in ("glass", "krbtgt"):
        rows = [{"action": f"disable:{name}", "kind": "disable", "account": name}]
        plan = {"hospital": known.name, "plans": [{"plan": "balanced", "actions": rows}]}
        (home / "plans.json").write_text(json.dumps(plan))
        code, text = contain(home, "prepare", home / "plans.json")
        assert (code, f"{name} is never disabled" in text) == (2, True), text


def test_the_second_of_two_spares_stays_although_nobody_knows_the_address_of_the_first(home: Path) -> None:
    known = model(MODEL)
    spares = [Asset(AssetId(name), AssetKind.SERVER, ZoneId("SERVERS")) for name in ("ONE", "TWO")]
    either = Service(ServiceId("labels"), "Labels", Tier.ONE, AnyOf((OnAsset(AssetId("ONE")), OnAsset(AssetId("TWO")))))
    lifeline = Lifeline(LifelineId("labels"), "Blood labels", services=(either.id,))
    assets = {**known.assets, **{each.id: each for each in spares}}
    write_hospital(
        replace(
            known,
            assets=assets,
            services={**known.services, either.id: either},
            lifelines={**known.lifelines, lifeline.id: lifeline},
        ),
        home,
    )

    def plan(name: str) -> Path:
        rows = [{"action": f"isolate:{name}", "kind": "isolate", "asset": name}]
        (home / "plans.json").write_text(
            json.dumps({"hospital": known.name, "plans": [{"plan": "balanced", "actions": rows}]})
        )
        return home / "plans.json"

    assert contain(home, "prepare", plan("ONE"))[0] == 0
    for person in ("Bo Claes", "An Peeters"):
        assert signed(home, person, "approve", "P1")[0] == 0
    assert contain(home, "apply", "P1")[0] == 0
    code, text = contain(home, "prepare", plan("TWO"))
    assert (code, "would take Blood labels down" in text) == (2, True), text


def test_a_lifeline_that_could_not_be_watched_is_said_and_named(home: Path) -> None:
    with (home / "codedark.toml").open("a") as file:
        file.write('[[enforce.probes]]\nname = "Crash call"\naddress = "127.0.0.1"\nport = 1\n')
    assert contain(home, "prepare", plans(home / "plans.json", "isolate:OFFICE-PC"))[0] == 0
    for person in ("Bo Claes", "An Peeters"):
        assert signed(home, person, "approve", "P1")[0] == 0
    code, text = contain(home, "apply", "P1")
    assert code == 0, text
    assert "lifelines did not answer from here before it began" in text
    assert "Crash call" in text


def test_what_nobody_keeps_and_what_is_past_its_end_is_said_and_that_nothing_is_in_force_yet(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert contain(home, "prepare", plans(home / "plans.json", "isolate:OFFICE-PC"), "--hours", 0.01)[0] == 0
    for person in ("Bo Claes", "An Peeters"):
        assert signed(home, person, "approve", "P1")[0] == 0
    assert "stands, 0 of 1 orders in force" in contain(home, "apply", "P1")[1]
    assert contain(home, "done", "T1", "--by", "Bo")[0] == 0
    assert "stands, 1 of 1 orders in force" in contain(home, "status", "P1")[1]
    real = time.time_ns
    monkeypatch.setattr("codedark.app.enforcing.reading.time.time_ns", lambda: real() + 37 * 10**9)
    text = contain(home, "status")[1]
    assert "P1 is PAST ITS END" in text
    assert "NOBODY KEEPS what stands" in text
    assert contain(home, "keep", "--once")[0] == 0
    assert "PAST ITS END" not in contain(home, "status")[1]


def test_who_was_made_an_approver_and_with_whose_new_passphrase_stands_in_the_log(home: Path) -> None:
    secret(home / "new.txt", "everybody sleeps but me")
    add = ["approver", "add", "An Peeters", "--role", "nobody", "--clinical", "--passphrase-file", home / "new.txt"]
    assert contain(home, *add)[0] == 2, "somebody of that name is there"
    assert contain(home, *add, "--replace")[0] == 0
    assert contain(home, "approver", "remove", "Cem Aydin")[0] == 0
    approvers = read_holding(home).approvers
    assert sorted(approvers) == ["an peeters", "bo claes"]
    an = approvers["an peeters"]
    assert (an.name, an.role, an.clinical, an.by) == ("An Peeters", "nobody", True, who_runs_this())
    last = decoded([*read_case_log(home / CASE_LOG)][-1].text)
    assert isinstance(last, ApproverRemoved)
    assert (last.name, last.by) == ("Cem Aydin", who_runs_this())


def test_that_a_device_does_not_answer_and_gets_no_order_is_said_before_anybody_says_yes(home: Path) -> None:
    with (home / "codedark.toml").open("a") as file:
        file.write('[[enforce.devices]]\nname = "edge"\nkind = "nftables"\ncommand = ["false"]\n')
    code, text = contain(home, "prepare", plans(home / "plans.json", "isolate:OFFICE-PC"))
    assert (code, "NOTHING IS ORDERED OF edge" in text) == (0, True), text
    for person in ("Bo Claes", "An Peeters"):
        assert signed(home, person, "approve", "P1")[0] == 0
    assert contain(home, "apply", "P1")[0] == 0
    assert "NOTHING IS ORDERED OF edge" in contain(home, "status", "P1")[1], "nor is it forgotten once it stands"


def test_a_lifeline_that_falls_silent_later_while_something_stands_is_told_once_and_loudly(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as phone:
        with (home / "codedark.toml").open("a") as file:
            port = phone.getsockname()[1]
            file.write(f'[[enforce.probes]]\nname = "Crash call"\naddress = "127.0.0.1"\nport = {port}\n')
        begun(home, "isolate:OFFICE-PC")
        keeper = Keeper(home)
        assert not any("Crash call" in each for each in keeper.beat().loud)
    heard = [each for _ in range(4) for each in keeper.beat().loud if "Crash call" in each]
    (told,) = heard
    assert "LIFELINES DO NOT ANSWER" in told
    assert "codedark contain rollback P1" in told
    assert contain(home, "rollback", "P1")[0] == 0
    assert not any("Crash call" in each for each in keeper.beat().loud)


def test_a_device_that_answers_nonsense_ends_neither_the_keeper_nor_what_is_done_elsewhere(home: Path) -> None:
    nonsense = ["sh", "-c", """cat >/dev/null; echo '{"nftables": [{"table": 5}]}'"""]
    with (home / "codedark.toml").open("a") as file:
        file.write(firewall_table(nonsense, "liar"))
    code, text = contain(home, "prepare", plans(home / "plans.json", "isolate:OFFICE-PC"))
    assert (code, "NOTHING IS ORDERED OF liar" in text) == (0, True), text
    assert "its answer is not understood (an error of Code Dark itself: TypeError at nftables.py" in text


def test_a_yes_of_yesterday_does_not_have_a_plan_stand_longer_today(home: Path) -> None:
    begun(home, "isolate:OFFICE-PC")
    with opened_desk(home) as desk:
        longer = prolonging(desk.books.holding.plans["P1"], 4 * 3600)
        yesterday_us = desk.books.now_us() - 86_400_000_000
        yes = Approval("Bo Claes", "network", False, longer.digest, yesterday_us)
        desk.books.write(Approved(at_us=yesterday_us, plan=longer.id, approval=yes))
    code, text = signed(home, "An Peeters", "prolong", "P1", "--hours", 4)
    assert (code, "1 more person has to approve" in text) == (0, True), text
    code, text = signed(home, "Bo Claes", "prolong", "P1", "--hours", 4)
    assert (code, "4.0 h from now" in text) == (0, True), text


@contextmanager
def full_disk(home: Path) -> Iterator[None]:
    """No file of this process can grow beyond the length that the case log has; it is made longer than any other."""
    with opened_desk(home) as desk:
        desk.books.write(Said(at_us=1, plan="P0", sentence="x" * 500_000))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((home / CASE_LOG).stat().st_size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_a_standing_order_cannot_have_done_is_said_once_tried_ever_more_seldom_and_never_lost(home: Path) -> None:
    tries = home / "tries"
    command = ["sh", "-c", f"echo asked >> {tries}; exit 1"]
    with (home / "codedark.toml").open("a") as file:
        file.write('[[enforce.devices]]\nname = "virtual"\nkind = "openvswitch"\nbridge = "br0"\n')
        file.write(f"command = {json.dumps(command)}\n")
    believed(home, ("OFFICE-PC", 0.95), ("OFFICE-PC2", 0.92))
    ordered_beforehand(home, at_most=2)
    ticks = [0.0]
    keeper = Keeper(home, lambda: ticks[0])
    loud: list[str] = []
    asked: list[int] = []
    with full_disk(home):
        for ticks[0] in (0, 5, 9, 11, 16, 30, 32):
            loud += keeper.beat().loud
            asked.append(tries.read_text().count("asked"))
    assert [each for each in loud if "isolate:OFFICE-PC," in each or "isolate:OFFICE-PC2," in each] == loud
    assert len(loud) == 2, "each is said once"
    assert all("It is tried again, after ever longer waits" in each for each in loud)
    assert asked[0] == asked[1] == asked[2] < asked[3] == asked[4] == asked[5] < asked[6]
    problems = said(home, KEEPER)["problems"]
    assert {each.split(" ")[0] for each in problems} == {"isolate:OFFICE-PC", "isolate:OFFICE-PC2"}
    ticks[0] = 10_000.0
    told = keeper.beat().loud
    assert any("standing order S1 has done isolate:OFFICE-PC, isolate:OFFICE-PC2 (plan P1" in each for each in told)
    assert said(home, KEEPER)["problems"] == []


def test_a_model_that_means_something_else_since_it_was_approved_is_refused_in_plain_words(home: Path) -> None:
    assert contain(home, "prepare", plans(home / "plans.json", "isolate:OFFICE-PC", "cut:CLINIC>SERVERS"))[0] == 0
    for person in ("Bo Claes", "An Peeters"):
        assert signed(home, person, "approve", "P1")[0] == 0
    known = model(MODEL)
    clinic = known.zones[ZoneId("CLINIC")]
    wider = replace(clinic, cidrs=tuple(each.supernet() for each in clinic.cidrs))
    office = known.assets[AssetId("OFFICE-PC")]
    moved = replace(office, addresses=(known.assets[AssetId("OFFICE-PC2")].addresses[0].replace(".14", ".99"),))
    write_hospital(replace(known, zones={**known.zones, wider.id: wider}), home)
    code, text = contain(home, "apply", "P1")
    assert (code, f"zone CLINIC was {clinic.cidrs[0]} and is {wider.cidrs[0]} now" in text) == (2, True), text
    assert "prepare` it anew, and have that approved" in text
    write_hospital(replace(known, assets={**known.assets, moved.id: moved}), home)
    code, text = contain(home, "apply", "P1")
    wanted = f"machine OFFICE-PC was {office.addresses[0]} and is {moved.addresses[0]} now"
    assert (code, wanted in text) == (2, True), text
    write_hospital(replace(known, lifelines={}), home)
    code, text = contain(home, "apply", "P1")
    assert (code, "Blood bank was a lifeline, and is none any more" in text) == (2, True), text
    assert read_holding(home).plans == {}
    write_hospital(replace(known, zones={**known.zones, clinic.id: replace(clinic, name="The clinic")}), home)
    assert contain(home, "apply", "P1")[0] == 0, "what changes nothing of it holds up nobody"


def test_what_is_approved_changes_with_what_the_names_in_it_mean(home: Path) -> None:
    known = model(MODEL)
    clinic = known.zones[ZoneId("CLINIC")]
    wider = replace(clinic, cidrs=tuple(each.supernet() for each in clinic.cidrs))
    digests = set()
    for number, zone in enumerate((clinic, wider, clinic)):
        write_hospital(replace(known, zones={**known.zones, clinic.id: zone}), home)
        with opened_desk(home) as desk:
            cut = ProposedAction("cut:CLINIC>SERVERS", ActionKind.CUT_ZONES, from_zone="CLINIC", to_zone="SERVERS")
            made = prepare(desk, [cut], "night", 3600)
            assert made.plan.digest != structs.replace(made.plan, resolved="").digest
            digests.add(made.plan.resolved)
            assert len(digests) == min(number + 1, 2)


def test_an_account_that_a_silent_directory_protects_is_disabled_by_no_person_either(home: Path) -> None:
    (home / "secret").write_text("secret\n")
    (home / "secret").chmod(0o600)
    table = '[[enforce.devices]]\nname = "ad"\nkind = "directory"\nhost = "127.0.0.1"\nport = 1\n'
    table += 'user = "codedark@hospital.example"\npassword_file = "secret"\n'
    settings = (home / "codedark.toml").read_text()
    (home / "codedark.toml").write_text(settings + table + 'protected = ["JAN"]\n')
    code, text = contain(home, "prepare", plans(home / "plans.json", "isolate:OFFICE-PC", "disable:jan"))
    assert code == 3, "something of it nobody does"
    (entry,) = read_holding(home).prepared.values()
    (left,) = entry.left
    assert (left.action, left.never) == ("disable:jan", True)
    assert left.why[0] == "jan is protected by the configuration: it is never touched"
    assert [each.action for each in entry.plan.orders] == ["isolate:OFFICE-PC"]
    (home / "codedark.toml").write_text(settings + table)
    (home / "secret").unlink()  # it cannot even be opened
    code, text = contain(home, "prepare", plans(home / "plans.json", "disable:jan"))
    assert (code, "NOTHING IS ORDERED OF ad (ad: cannot be used" in text) == (0, True), text
    assert [each.device for each in read_holding(home).prepared["P2"].plan.orders] == ["people"]


def test_all_devices_are_asked_at_once_so_that_silent_ones_do_not_add_up(home: Path) -> None:
    with (home / "codedark.toml").open("a") as file:
        for name, other in (("north", "south"), ("south", "north")):  # each answers only while the other is asked too
            meet = f"touch {home}/{name}; until test -e {home}/{other}; do sleep 0.05; done; echo met >&2; exit 1"
            file.write(firewall_table(["sh", "-c", meet], name))
    code, text = contain(home, "prepare", plans(home / "plans.json", "isolate:OFFICE-PC"))
    assert code == 0, text
    (entry,) = read_holding(home).prepared.values()
    assert sum("met" in note for note in entry.notes) == 2, entry.notes
