"""Some days without systems, end to end: stations, sticks, paper, people's slips, back-entry over HTTP, and an oracle
that compares what is in the record with what truly happened. `bench/downtime.py` does four weeks of it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from codedark.exchange.fhir_client import FhirClient
from codedark.exchange.sender import NotAccepted
from tests.programs import running
from tests.small_fhir_server import Fault, Refused, Resource, SmallFhirServer

BENCH = Path(__file__).resolve().parent.parent.parent / "bench"


class Front(SmallFhirServer):
    """The bench's record behind HTTP, with what goes wrong on the way."""

    def __init__(self, record: Any) -> None:
        super().__init__()
        self.record = record

    def found(self, kind: str, parameters: list[tuple[str, str]]) -> list[Resource]:
        found: list[Resource] = self.record.search(kind, [each for each in parameters if each[0] != "_count"])
        return found

    def transact(self, bundle: Resource, stop_after: int | None = None) -> Resource:
        if stop_after is not None:
            raise Refused(500, "the database went away")
        try:
            with self.lock:
                places = self.record.transact(bundle)
        except NotAccepted as refused:
            raise Refused(412, str(refused)) from refused
        answers = [{"response": {"status": "201 Created", "location": f"{place}/_history/1"}} for place in places]
        return {"resourceType": "Bundle", "type": "transaction-response", "entry": answers}


@contextmanager
def served(record: Any) -> Iterator[FhirClient]:
    """The record over HTTP, where one answer in some is lost, doubled or wrong."""
    server = Front(record)
    server.faults.extend(
        [Fault.NONE] * 40 + [Fault.UNANSWERED, Fault.DOUBLED, Fault.BUSY, Fault.DONE_AND_FAILED, Fault.LOST]
    )
    with running(server):
        yield FhirClient(server.base)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """The modules of the bench."""
    monkeypatch.syspath_prepend(BENCH)
    names = ("truth", "whole", "people", "oracle")
    return {name: importlib.import_module(f"yardsticks.downtime.{name}") for name in names}


def test_two_days_of_two_wards_are_in_the_record_once_and_right(bench: dict[str, ModuleType], tmp_path: Path) -> None:
    told = bench["truth"].truth(2, 6, 2, seed=5)
    out = bench["whole"].whole(told, tmp_path, 5, served)
    assert out.acts == len(told.acts) > 300
    pack_forms = bench["people"].Slip.ASTRAY  # one of a pack that goes astray is seen by nobody
    assert [each for each in out.counted if pack_forms not in each.slips] == []
    assert out.count.is_finished
    assert out.unproven == []
    assert out.used.doubled == []
    assert out.asked["is it the same?"] > 0


def test_the_oracle_sees_what_is_lost_doubled_altered_and_on_the_wrong_patient(
    bench: dict[str, ModuleType], tmp_path: Path
) -> None:
    told = bench["truth"].truth(2, 3, 1, seed=7)
    spoilt: dict[str, str] = {}

    @contextmanager
    def spoiling(record: Any) -> Iterator[Any]:
        yield record
        ours = [place for place, each in record.resources.items() if place.startswith("MedicationAdministration/")
                and each["status"] == "completed"]  # fmt: skip
        lost, doubled, altered, wrong, late = ours[:5]
        record.resources["MedicationAdministration/again"] = {**record.resources[doubled], "id": "again"}
        record.resources[altered]["dosage"] = {"dose": {"value": 1234, "unit": "mg"}}
        record.resources[wrong]["subject"] = {"reference": "Patient/somebody-else"}
        record.resources[late]["effectiveDateTime"] = "2026-03-01T00:00:00Z"
        spoilt.update(
            {"lost": lost, "doubled": doubled, "altered": altered, "wrong patient": wrong, "wrong time": late}
        )
        del record.resources[lost]
        next(each for each in record.resources.values() if each.get("status") == "stopped")["status"] = "active"

    clean = bench["whole"].whole(told, tmp_path / "clean", 7)
    out = bench["whole"].whole(told, tmp_path / "spoilt", 7, spoiling)
    kinds = bench["oracle"].counted(out.defects) - bench["oracle"].counted(clean.defects)
    assert kinds == dict.fromkeys(spoilt, 1) | {"lost": 2}  # a dose, and a stop


def test_the_same_seed_makes_the_same_weeks(bench: dict[str, ModuleType]) -> None:
    one, same, other = (bench["truth"].truth(2, 4, 2, seed=seed).acts for seed in (1, 1, 2))
    assert one == same
    assert one != other
