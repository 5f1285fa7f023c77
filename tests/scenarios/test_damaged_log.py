"""A case log that is damaged: it is told, what stands can still be taken back, and nothing that was approved is begun.

What needs root, network namespaces and nft is skipped where they are missing, and says so.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codedark.app.enforcing.holding import Stage
from codedark.app.enforcing.looking import standing_acts
from codedark.app.enforcing.reading import CASE_LOG, read_holding
from tests.acting_hospital import firewall_table, installation
from tests.routed_hospital import MODEL, RoutedHospital, routed_hospital, why_not
from tests.scenarios.test_contain_acts import approve, codedark_contain, in_the_kernel, prepared, said

Harm = Callable[[Path, int], object]


def lose(log: Path, count: int) -> None:
    log.write_bytes(b"".join(lines(log)[: len(lines(log)) - count]))


def change(log: Path, number: int) -> None:
    held = lines(log)
    held[number] = held[number].replace(b'"at_us":', b'"at_us": ', 1)
    log.write_bytes(b"".join(held))


def lines(log: Path) -> list[bytes]:
    return log.read_bytes().splitlines(keepends=True)


@pytest.fixture
def hospital() -> Iterator[RoutedHospital]:
    with routed_hospital("g") as made:
        yield made


@pytest.fixture(scope="module")
def stands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation without devices, where people have two orders of P1 to do, P2 is approved, and S1 is in force."""
    home = installation(tmp_path_factory.mktemp("stands") / "home", MODEL)
    prepared(home, "isolate:OFFICE-PC", "disable:jan")
    assert approve(home, "P1", "Bo Claes", "An Peeters") == [0, 0]
    assert codedark_contain(home, "apply", "P1")[0] == 0
    prepared(home, "isolate:EHR")
    assert approve(home, "P2", "Bo Claes", "An Peeters") == [0, 0]
    assert codedark_contain(home, "standing", "add", "--kind", "isolate", "--until", "30d")[0] == 0
    assert approve(home, "S1", "Bo Claes", "An Peeters") == [0, 0]
    return home


@pytest.mark.parametrize("harm", [lose, change])
def test_whatever_line_is_lost_or_changed_it_is_told_and_all_that_can_be_read_is_taken_back(
    tmp_path: Path, stands: Path, harm: Harm
) -> None:
    all_lines = len(lines(stands / CASE_LOG))
    for number in range(1, all_lines):
        home = Path(shutil.copytree(stands, tmp_path / f"home{number}"))
        log = home / CASE_LOG
        harm(log, number)
        damaged = log.read_bytes()
        assert said(home, "status")["problems"][0].startswith("THE CASE LOG IS DAMAGED. What is told here is what can")
        assert codedark_contain(home, "status")[0] == 3
        assert standing_acts(home).problems[0].startswith("THE CASE LOG IS DAMAGED")
        assert "T1" in codedark_contain(home, "tasks")[1], "people go on with what they were asked"
        assert "new-log" in codedark_contain(home, "apply", "P2")[1]
        begun = any(b'"entry":"intended"' in line for line in damaged.splitlines())
        code, text = codedark_contain(home, "rollback", "P1")
        assert (home / f"{CASE_LOG}.damaged-1").read_bytes() == damaged
        holding = read_holding(home)
        if begun:
            assert (code, holding.at(Stage.INTENDED, Stage.STANDS)) == (3, []), text
        else:
            assert code in {2, 3}, text
        assert not any(holding.approvals.get(each) for each in ("P2", "S1"))
        assert set(holding.standing) == set(holding.revoked)
        assert "see on the devices what else stands" in said(home, "status")["problems"][0]
        assert codedark_contain(home, "apply", "P2")[0] == 2
        assert "the case log is whole" in codedark_contain(home, "new-log", "--by", "Bo Claes")[1]


def test_a_log_that_is_gone_is_told_and_a_new_one_is_begun_by_name(tmp_path: Path, stands: Path) -> None:
    home = Path(shutil.copytree(stands, tmp_path / "home"))
    (home / CASE_LOG).unlink()
    code, text = codedark_contain(home, "status")
    assert (code, "lines that case.log.head tells of are missing" in " ".join(text.split())) == (3, True)
    assert "are missing" in codedark_contain(home, "prepare", home / "plans.json")[1]
    code, text = codedark_contain(home, "new-log", "--by", "Bo Claes")
    assert (code, "and Bo Claes began a new one with 0 entries" in text) == (0, True)
    assert prepared(home, "isolate:EHR")["plan"] == "P1"
    assert (home / f"{CASE_LOG}.damaged-1.head").exists()
    shutil.copy(home / f"{CASE_LOG}.damaged-1.head", home / f"{CASE_LOG}.head")  # a second time
    assert codedark_contain(home, "new-log", "--by", "Bo Claes")[0] == 0
    assert (home / f"{CASE_LOG}.damaged-2").exists()
    assert [each.by for each in read_holding(home).logs] == ["Bo Claes", "Bo Claes"]


@pytest.mark.skipif(bool(why_not()), reason=why_not())
@pytest.mark.parametrize(("harm", "number"), [(lose, 1), (lose, 3), (change, 1), (change, 5)])
def test_what_a_firewall_has_goes_when_it_is_rolled_back_by_a_damaged_log(
    hospital: RoutedHospital, tmp_path: Path, harm: Harm, number: int
) -> None:
    home = installation(tmp_path / "home", MODEL, firewall_table(hospital.command), lease_minutes=10)
    prepared(home, "isolate:OFFICE-PC", "isolate:EHR")
    approve(home, "P1", "Bo Claes", "An Peeters")
    assert codedark_contain(home, "apply", "P1")[0] == 0
    assert in_the_kernel(hospital)
    harm(home / CASE_LOG, number)
    code, text = codedark_contain(home, "rollback", "P1")
    assert (code, in_the_kernel(hospital)) == (3, set()), text
    assert codedark_contain(home, "keep", "--once")[0] == 0
