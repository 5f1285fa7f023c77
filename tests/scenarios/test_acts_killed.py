"""Killed at every point, by whoever acts: the next heartbeat leaves nothing in between, and the log says what stands.

It needs root, network namespaces and nft; where they are missing, all of it is skipped, and says so.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codedark.app.enforcing.acting import take_back
from codedark.app.enforcing.desk import opened_desk
from codedark.app.enforcing.entries import Approval, Approved
from codedark.app.enforcing.holding import Holding, Stage
from codedark.app.enforcing.keeping import Keeper
from codedark.app.enforcing.naming import PEOPLE
from codedark.app.enforcing.preparing import prepare
from codedark.app.enforcing.proposed import chosen_actions, read_proposal
from codedark.app.enforcing.reading import read_holding
from codedark.enforce.contract import Standing
from tests.acting_hospital import firewall_table, installation, plans
from tests.conftest import REPO_ROOT
from tests.routed_hospital import MODEL, RoutedHospital, routed_hospital, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())
ACTIONS = ("isolate:OFFICE-PC", "cut:CLINIC>SERVERS", "disable:jan")


@pytest.fixture(scope="module")
def hospital() -> Iterator[RoutedHospital]:
    with routed_hospital("x") as made:
        yield made


def approved_plan(home: Path) -> None:
    """Plan P1, of which people do one part, approved by two."""
    with opened_desk(home) as desk:
        actions = chosen_actions(read_proposal(plans(home / "plans.json", *ACTIONS)), desk.hospital, "balanced")
        plan = prepare(desk, actions, "balanced", 3600).plan
        assert len(plan.waves) == len(plan.orders) == 3
        for person, clinical in (("An Peeters", True), ("Bo Claes", False)):
            approval = Approval(person, "somebody", clinical, plan.digest)
            desk.books.write(Approved(at_us=desk.books.now_us(), plan=plan.id, approval=approval))


def in_the_kernel(hospital: RoutedHospital) -> set[str]:
    return set(hospital.firewall()._read().left_seconds)


def by_the_log(holding: Holding) -> set[str]:
    held = holding.at(Stage.STANDS)
    return {change.thing for each in held if each.order.device != PEOPLE for change in each.changes}


@pytest.mark.parametrize(("what", "least"), [("apply", 20), ("end", 8)])
def test_killed_at_any_point_the_next_heartbeat_leaves_what_the_log_says(
    hospital: RoutedHospital, tmp_path: Path, what: str, least: int
) -> None:
    home = installation(tmp_path / "home", MODEL, firewall_table(hospital.command), lease_minutes=5)
    approved_plan(home)
    waves = []
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.acting_program", str(home), what],
        cwd=REPO_ROOT,
        env=os.environ | {"PYTHONPATH": f"{os.environ.get('PYTHONPATH', '')}{os.pathsep}{REPO_ROOT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert program.stdout
        assert program.stdin
        for moment in itertools.count(1):
            end = program.stdout.readline().strip()
            copy = Path(f"{home}{moment}")
            Keeper(copy).beat()
            holding = read_holding(copy)
            assert holding.at(Stage.INTENDED) == []
            assert holding.at(Stage.WITHDRAWING) == []  # nobody has done a task, so that nobody has to undo one
            assert in_the_kernel(hospital) == by_the_log(holding), moment
            standing = holding.at(Stage.STANDS)
            assert {each.standing for each in standing} <= {Standing.ALL, Standing.WAITING}
            with opened_desk(copy) as desk:
                waiting = {each.order.id for each in desk.people.waiting()}
                assert waiting == {each.order.id for each in standing if each.order.device == PEOPLE}
                if desk.books.holding.plans:
                    take_back(desk, "P1", [], "next")
            assert in_the_kernel(hospital) == set()
            waves.append(len(standing))
            if end != "died":
                break
            program.stdin.write("\n")
            program.stdin.flush()
    finally:
        os.killpg(program.pid, signal.SIGKILL)
        program.communicate()
    assert end == "done"
    assert len(waves) > least
    assert waves == sorted(waves, reverse=what == "end")
    assert set(waves) == ({0, 1, 2, 3} if what == "apply" else {0, 3})
