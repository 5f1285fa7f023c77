"""The keeper in `codedark serve` and by itself: what stands is on the page, kept, and told as loudly as an alarm.

It needs root, network namespaces and nft; where they are missing, all of it is skipped, and says so.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from codedark.app.enforcing.acting import begin, take_back
from codedark.app.enforcing.desk import opened_desk
from codedark.app.enforcing.entries import Approval, Approved
from codedark.app.enforcing.holding import Stage
from codedark.app.enforcing.keeping import Keeper
from codedark.app.enforcing.looking import kept, standing_acts
from codedark.app.enforcing.naming import KEEPER
from codedark.app.enforcing.preparing import prepare
from codedark.app.enforcing.proposed import ProposedAction
from codedark.app.enforcing.reading import read_holding
from codedark.app.enforcing.standing_entries import StandingAdded, StandingOrder
from codedark.app.watching.part import said
from codedark.cli.contain_keep import told_loudly
from codedark.contain.action import ActionKind
from codedark.enforce.contract import Standing
from codedark.enforce.nftables.nftables import Nftables
from codedark.hospital.service import Tier
from codedark.respond.incident import Belief
from codedark.store.state.state import State
from tests.acting_hospital import firewall_table, installation
from tests.command_line import children_of
from tests.incident_maker import incident
from tests.routed_hospital import MODEL, RoutedHospital, host, routed_hospital, why_not
from tests.serving import Serving, Webhook, until

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())
ISOLATED = f"isolated4 {host('OFFICE', 3)}"


@pytest.fixture(scope="module")
def built() -> Iterator[RoutedHospital]:
    with routed_hospital("k") as made:
        yield made


@pytest.fixture
def hospital(built: RoutedHospital) -> Iterator[RoutedHospital]:
    built.firewall().clear()
    yield built
    built.firewall().clear()


def applied(home: Path, stands_seconds: int = 3600) -> None:
    """An isolation, prepared, approved and carried out."""
    action = ProposedAction("isolate:OFFICE-PC", ActionKind.ISOLATE_HOST, asset="OFFICE-PC")
    with opened_desk(home) as desk:
        plan = prepare(desk, [action], "balanced", stands_seconds).plan
        for person, clinical in (("An Peeters", True), ("Bo Claes", False)):
            approval = Approval(person, "somebody", clinical, plan.digest)
            desk.books.write(Approved(at_us=desk.books.now_us(), plan=plan.id, approval=approval))
        assert begin(desk, plan.id).told == ()


def in_the_kernel(hospital: RoutedHospital) -> set[str]:
    return set(hospital.firewall()._read().left_seconds)


def left_seconds(hospital: RoutedHospital) -> float:
    """How long the firewall goes on isolating the computer of the office."""
    return hospital.firewall()._read().left_seconds.get(ISOLATED, 0)


def alarms(home: Path) -> list[str]:
    with closing(State(home / "state.sqlite")) as state:
        return [each.sentence for each in state.alarms() if each.incident == "containment"]


def by_hand(hospital: RoutedHospital) -> None:
    hospital.nft("delete", "element", "inet", "codedark", "isolated4", f"{{ {host('OFFICE', 3)} }}")


def test_serve_lays_the_table_keeps_shows_and_tells(hospital: RoutedHospital, tmp_path: Path) -> None:
    home = installation(tmp_path / "home", MODEL)
    hook = Webhook()
    notify = f'[notify]\n[[notify.channels]]\nkind = "webhook"\nname = "hook"\nurl = "{hook.url}"\n'
    serving = Serving(
        home, tmp_path / "cache", f"[enforce]\nlease_minutes = 0.5\n{firewall_table(hospital.command)}\n{notify}"
    )
    with serving.running() as running:
        until(lambda: kept(home, time.time_ns() // 1000)["alive"], what="no keeper")
        assert "table inet codedark" in hospital.nft("list", "tables")
        applied(home)
        assert any(each.startswith("Plan P1 stands: 1 of 1 orders") for each in running.status()["acts"])
        keeper = said(home, KEEPER)["pid"]
        assert running.process
        assert keeper in children_of(running.process.pid)
        os.kill(keeper, signal.SIGKILL)
        ends = time.monotonic() + left_seconds(hospital)
        until(
            lambda: said(home, KEEPER)["pid"] != keeper and time.monotonic() + left_seconds(hospital) > ends + 1,
            what="no other keeper has renewed it",
        )
        by_hand(hospital)
        until(lambda: any("P1.1 does not stand any more" in each for each in alarms(home)), what="no alarm")
        until(lambda: hook.keys, what="nobody was told")
        assert ISOLATED not in in_the_kernel(hospital)
        assert running.status()["acts"] == []
        assert running.command("incident", "ack", "containment").returncode == 0
        with closing(State(home / "state.sqlite")) as state:
            assert state.alarms_unacknowledged() == []
    hook.close()


def test_a_keeper_tells_of_the_end_before_it_comes_and_ends_in_time_whatever_the_clock_says(
    hospital: RoutedHospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = installation(tmp_path / "home", MODEL, firewall_table(hospital.command), lease_minutes=1)
    applied(home, stands_seconds=1000)
    ticks = [0.0]
    keeper = Keeper(home, lambda: ticks[0])
    assert keeper.beat().loud == ()
    # The wall clock jumps back a year in between: nothing gets more time.
    real = time.time_ns
    monkeypatch.setattr("codedark.app.enforcing.reading.time.time_ns", lambda: real() - 365 * 86_400 * 10**9)
    ticks[0] = 700
    assert keeper.beat().loud == ()
    ticks[0] = 800
    (warning,) = keeper.beat().loud
    assert "the attacker may come back in; prolong it" in warning
    assert ISOLATED in in_the_kernel(hospital)
    ticks[0] = 1001
    assert any("plan P1 is over" in each for each in keeper.beat().loud)
    assert in_the_kernel(hospital) == set()


@pytest.mark.parametrize("is_new", [True, False], ids=["whose table was never laid", "that has orders too"])
def test_a_firewall_that_does_not_answer_holds_up_no_renewal_on_another(
    hospital: RoutedHospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_new: bool
) -> None:
    monkeypatch.setattr("codedark.enforce.device_program._PATIENCE_SECONDS", 600)
    dead = tmp_path / "dead"
    waits = ("sh", "-c", f'while [ -e {dead} ]; do sleep 0.1; done; exec "$@"', "sh")
    other = firewall_table([*hospital.inside("OUTSIDE"), *waits], "before")
    working = firewall_table(hospital.command)
    home = installation(tmp_path / "home", MODEL, working if is_new else other + working, lease_minutes=1)
    applied(home)
    (home / "codedark.toml").write_text(f"[enforce]\nlease_minutes = 1\n{other}{working}")
    dead.touch()
    before = left_seconds(hospital)
    until(lambda: left_seconds(hospital) < before - 3)
    keeper = Keeper(home)
    with ThreadPoolExecutor(1) as thread:
        beat = thread.submit(keeper.beat)
        try:
            until(lambda: left_seconds(hospital) > before - 1, what="it was not renewed")
            assert not beat.done()
        finally:
            dead.unlink()
        assert beat.result().loud == ()
    assert {each.standing for each in read_holding(home).at(Stage.STANDS)} == {Standing.ALL}


def test_without_a_watch_the_keeper_tells_people_itself(hospital: RoutedHospital, tmp_path: Path) -> None:
    hook = Webhook()
    notify = f'[[notify.channels]]\nkind = "webhook"\nname = "hook"\nurl = "{hook.url}"\n'
    home = installation(tmp_path / "home", MODEL, firewall_table(hospital.command) + notify, lease_minutes=1)
    applied(home)
    assert told_loudly(home, Keeper(home).beat().loud) == []
    assert hook.keys == {}
    by_hand(hospital)
    assert told_loudly(home, Keeper(home).beat().loud) == []
    assert len(hook.keys) == 1
    hook.close()


def test_a_model_that_changes_is_taken_up_and_what_stands_still_stands(
    hospital: RoutedHospital, tmp_path: Path
) -> None:
    home = installation(tmp_path / "home", MODEL, firewall_table(hospital.command), lease_minutes=1)
    applied(home)
    keeper = Keeper(home)
    keeper.beat()
    model = home / "hospital.yaml"
    model.write_text(model.read_text().replace("name: Blood bank", "name: The blood bank"))
    keeper.beat()
    assert "lifeline The blood bank" in hospital.nft("list", "table", "inet", "codedark")
    applied(home)  # whoever carries out another plan reads the new model too
    assert keeper.beat().loud == ()
    assert {each.standing for each in read_holding(home).at(Stage.STANDS)} == {Standing.ALL}


def test_what_cannot_be_opened_is_told_once_and_the_rest_is_kept(hospital: RoutedHospital, tmp_path: Path) -> None:
    directory = '[[enforce.devices]]\nname = "ad"\nkind = "directory"\nhost = "dc"\nuser = "u@x"\npassword_file = "p"\n'
    home = installation(tmp_path / "home", MODEL, firewall_table(hospital.command) + directory, lease_minutes=1)
    (home / "p").write_text("secret\n")
    (home / "p").chmod(0o600)
    keeper = Keeper(home)
    (home / "p").unlink()
    (missing,) = keeper.beat().loud
    assert "left out for now: device ad: " in missing
    with (home / "codedark.toml").open("a") as file:
        file.write("nonsense")
    (changed,) = keeper.beat().loud
    assert changed.startswith("what was changed is not taken up, and what was before holds: ")
    assert keeper.beat().loud == ()
    assert kept(home, time.time_ns() // 1000)["alive"]
    assert standing_acts(home).sentences == ()
    log = home / "case.log"
    log.write_text("what is this\n")
    (damaged,) = keeper.beat().loud
    assert "what stands could not be kept" in damaged
    assert standing_acts(home).problems[0].startswith("THE CASE LOG IS DAMAGED")


def believed(home: Path, *hosts: tuple[str, float]) -> None:
    """An open incident that believes hosts to be taken."""
    names = tuple(Belief(name.lower(), 3.0, likely) for name, likely in hosts)
    with closing(State(home / "state.sqlite")) as state:
        state.tell([], [incident(1, hosts=names, accounts=())], [])


def ordered_beforehand(home: Path, **more: Any) -> None:
    """A standing order that two people have approved."""
    given: dict[str, Any] = {"belief": 0.9, "at_most": 1, "never_tiers": (Tier.ZERO, Tier.ONE)}
    with opened_desk(home) as desk:
        until_us = desk.books.now_us() + 10**12
        standing = StandingOrder(
            "S1", (ActionKind.ISOLATE_HOST,), **{**given, **more}, until_us=until_us, stands_seconds=600
        )
        desk.books.write(StandingAdded(at_us=1, order=standing))
        for person, clinical in (("An Peeters", True), ("Bo Claes", False)):
            approval = Approval(person, "somebody", clinical, standing.digest)
            desk.books.write(Approved(at_us=1, plan="S1", approval=approval))


def test_a_standing_order_acts_on_what_is_believed_and_not_beyond(hospital: RoutedHospital, tmp_path: Path) -> None:
    home = installation(tmp_path / "home", MODEL, firewall_table(hospital.command), lease_minutes=1)
    keeper = Keeper(home)
    believed(home, ("OFFICE-PC", 0.95), ("OFFICE-PC2", 0.92), ("EHR", 0.99), ("BLOODBANK", 1.0))
    assert keeper.beat().loud == ()  # nobody has allowed anything
    ordered_beforehand(home, at_most=4)
    loud = keeper.beat().loud
    assert any(
        each.startswith("standing order S1 has done isolate:OFFICE-PC, isolate:OFFICE-PC2 (plan P1") for each in loud
    )
    assert any("isolate:EHR, which touches tier 1: a person has to decide" in each for each in loud)
    assert any("takes Blood bank down, which is a lifeline" in each for each in loud)
    assert in_the_kernel(hospital) == {ISOLATED, f"isolated4 {host('OFFICE', 4)}"}
    assert keeper.beat().loud == ()
    # Who takes it back is not contradicted, by this keeper or the next.
    with opened_desk(home) as desk:
        take_back(desk, "P1", [], "it is my machine")
    assert keeper.beat().loud == ()
    Keeper(home).beat()
    assert in_the_kernel(hospital) == set()


def test_a_standing_order_does_no_more_at_once_than_it_says_and_what_it_did_ends(
    hospital: RoutedHospital, tmp_path: Path
) -> None:
    home = installation(tmp_path / "home", MODEL, firewall_table(hospital.command), lease_minutes=1)
    believed(home, ("OFFICE-PC", 0.95), ("OFFICE-PC2", 0.92))
    ordered_beforehand(home)
    ticks = [0.0]
    keeper = Keeper(home, lambda: ticks[0])
    loud = keeper.beat().loud
    assert any(
        "standing order S1 has reached its limit, so that isolate:OFFICE-PC2 is not done" in each for each in loud
    )
    assert in_the_kernel(hospital) == {ISOLATED}
    assert keeper.pause_seconds == 5
    ticks[0] = 1.0
    keeper.beat()
    ticks[0] = 700
    assert any("plan P1 is over" in each for each in keeper.beat().loud)
    assert ISOLATED not in in_the_kernel(hospital)


def test_devices_are_opened_once_for_many_beats(
    hospital: RoutedHospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = installation(tmp_path / "home", MODEL, firewall_table(hospital.command), lease_minutes=1)
    applied(home)
    opened: list[str] = []
    real = Nftables.__init__

    def counted(self: Nftables, *given: Any) -> None:
        opened.append("core")
        real(self, *given)

    monkeypatch.setattr(Nftables, "__init__", counted)
    keeper = Keeper(home)
    for _ in range(4):
        assert keeper.beat().loud == ()
    assert len(opened) == 1
    model = home / "hospital.yaml"
    model.write_text(model.read_text().replace("name: Blood bank", "name: The blood bank"))
    assert keeper.beat().loud == ()
    assert len(opened) == 2
    assert ISOLATED in in_the_kernel(hospital)
