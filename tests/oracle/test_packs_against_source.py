"""Everything of the source is on the page that a nurse opens, and nothing else: beds, allergies, drugs, results, all.

The source is read by `source_messages` and `source_resources`, apart from the program. The packs are real: taken in,
built, sealed, pulled by every ward, and opened with the words on its card (`wards_with_packs`).
"""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from codedark.app.simulation.times import moment
from codedark.simulate.world import Order
from tests.oracle import everything_told
from tests.oracle.mimic_in_the_middle import in_the_middle, mimic
from tests.oracle.opened_page import Page
from tests.oracle.pack_differences import Compared, compared
from tests.oracle.pack_faults import faults
from tests.oracle.shuffled import shuffled_and_doubled
from tests.oracle.simulated_source import write_source
from tests.oracle.source_messages import from_messages
from tests.oracle.source_patient import HOUR, Patient
from tests.oracle.source_resources import from_resources
from tests.oracle.wards_with_packs import wards_with_packs

UNTIL_US = moment("2026-01-13T13:00")
NOW = UNTIL_US // 1_000_000
ZONE = "Europe/Brussels"
READERS = ("opened_page", "pack_differences", "pack_faults", "source_messages", "source_patient", "source_resources")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four days of a hospital of 20 beds; `bench/pack_check.py` has a thousand inpatients."""
    folder = tmp_path_factory.mktemp("simulated") / "hospital"
    write_source(Order(20, 5, UNTIL_US - 96 * HOUR * 1_000_000, UNTIL_US), folder)
    return folder


def checked(source: dict[str, Patient], pages: dict[str, Page], now: int) -> Counter[str]:
    """How much was compared, where there is no difference."""
    found: Compared = compared(source, pages, now)
    assert found.told() == []
    return found.counts


def pages_of(model: Path, home: Path, files: Sequence[Path], now_us: int) -> dict[str, Page]:
    return {ward: each.page for ward, each in wards_with_packs(model, home, files, now_us).items()}


@pytest.mark.parametrize("name", READERS)
def test_the_check_shares_nothing_with_the_builder(name: str) -> None:
    tree = ast.parse((Path(__file__).parent / f"{name}.py").read_text())
    imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported += [each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names]
    theirs = [each for each in imported if each.startswith("tests.")]
    assert [each for each in imported if each.startswith("codedark")] == []
    assert {each.removeprefix("tests.oracle.") for each in theirs} <= set(READERS)


def test_packs_hold_what_messages_say_late_and_doubled_too_and_every_planted_fault_is_found(
    simulated: Path, tmp_path: Path
) -> None:
    files = sorted((simulated / "hl7").iterdir())
    octets = b"".join(file.read_bytes() for file in files)
    source = from_messages(octets, ZONE, NOW)
    pages = pages_of(simulated, tmp_path / "home", files, UNTIL_US)
    counts = checked(source, pages, NOW)
    assert counts["patients in a bed"] > 10
    assert counts["drug"] > 100
    mixed = tmp_path / "mixed.hl7"
    mixed.write_bytes(shuffled_and_doubled(octets))
    assert checked(source, pages_of(simulated, tmp_path / "again", [mixed], UNTIL_US), NOW) == counts
    assert found_of(source, pages, NOW) > 40


def test_packs_hold_what_the_resources_of_a_simulated_hospital_say(simulated: Path, tmp_path: Path) -> None:
    files = sorted((simulated / "fhir").iterdir())
    source = from_resources((json.loads(line) for file in files for line in file.open()), NOW)
    counts = checked(source, pages_of(simulated, tmp_path, files, UNTIL_US), NOW)
    assert counts["drug"] > 200
    assert counts["laboratory"] > 200


@pytest.mark.parametrize("how", ["hl7", "fhir"])
def test_a_patient_who_has_everything_has_it_in_the_pack_however_it_is_told(how: str, tmp_path: Path) -> None:
    now_us = moment(everything_told.NOW)
    file = everything_told.MESSAGES if how == "hl7" else everything_told.RESOURCES
    source = everything_read(how, now_us // 1_000_000)
    pages = pages_of(everything_told.model(tmp_path / "model"), tmp_path / "home", [file], now_us)
    counts = checked(source, pages, now_us // 1_000_000)
    assert [group for group in everything_told.GROUPS if not counts[group]] == []
    assert found_of(source, pages, now_us // 1_000_000) > 50


def everything_read(how: str, now: int) -> dict[str, Patient]:
    """The hand-made source, read apart."""
    if how == "hl7":
        return from_messages(everything_told.MESSAGES.read_bytes(), ZONE, now)
    return from_resources(map(json.loads, everything_told.RESOURCES.read_text().splitlines()), now)


def test_packs_hold_what_the_messages_of_simhospital_say_in_any_order(shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / "hl7v2" / "simhospital-messages.hl7"
    now_us = moment("2020-05-08T13:15+00:00")
    source = from_messages(file.read_bytes(), "UTC", now_us // 1_000_000)
    home = everything_told.wards_only(tmp_path / "model", ["OtherWard", "RenalWard", "ED"], "UTC")
    counts = checked(source, pages_of(home, tmp_path / "home", [file], now_us), now_us // 1_000_000)
    assert counts["patients"] > 300
    assert counts["allergy"] > 50
    mixed = tmp_path / "mixed.hl7"
    mixed.write_bytes(shuffled_and_doubled(file.read_bytes()))
    assert checked(source, pages_of(home, tmp_path / "again", [mixed], now_us), now_us // 1_000_000) == counts


def test_packs_hold_what_mimic_says_of_each_patient_in_the_middle_of_a_stay(shared_data: Path, tmp_path: Path) -> None:
    cut = in_the_middle(mimic(shared_data / "fhir" / "mimic-iv-demo"), UNTIL_US)
    file = tmp_path / "mimic.ndjson"
    file.write_text("".join(f"{json.dumps(each)}\n" for each in cut))
    source = from_resources(cut, NOW)
    wards = sorted(each["name"] for each in cut if each["resourceType"] == "Location")
    home = everything_told.wards_only(tmp_path / "model", wards, "UTC")
    counts = checked(source, pages_of(home, tmp_path / "home", [file], UNTIL_US), NOW)
    assert counts["patients"] == 100
    assert counts["drug"] > 300


def found_of(source: dict[str, Patient], pages: dict[str, Page], now: int) -> int:
    """How many planted faults were found, where all were: in three wards, and whoever lies or lay there."""
    pages = dict(sorted(pages.items(), key=lambda each: -len(each[1].get("beds", [])))[:3])
    names = {*pages, *(page["ward_name"] for page in pages.values())}
    source = {
        id_: each
        for id_, each in source.items()
        if (each.stay.place[0] in names if each.stay else any(stay.place[0] in names for stay in each.stays.values()))
    }
    planted = [(what, kind, compared(source, spoilt, now).differences) for what, spoilt, kind in faults(pages)]
    assert [what for what, kind, told in planted if kind not in {each for each, _ in told}] == []
    return len(planted)
