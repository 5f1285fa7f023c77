"""A message that meets an error of our own is told, and neither the intake nor anybody's census ends with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codedark.app.continuing.census.formats import FHIR
from codedark.app.continuing.census.intake import Intake
from codedark.app.continuing.census.state import CensusState, Following
from codedark.continuity.fhir import read as fhir
from codedark.continuity.hl7v2.read import Read, Reader
from codedark.continuity.hl7v2.site import site
from codedark.exchange.mllp_receiver import Received
from codedark.hospital.hospital import Hospital
from codedark.store.journal.journal import Journal
from tests.served_census import admission

AT_US = 1_768_204_800_000_000


def test_what_no_reader_gets_past_is_rejected_by_name_and_all_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hl7, resource = Reader.read, fhir.Reader.read

    def of_hl7(self: Reader, octets: bytes, arrived_us: int = 0, latest_us: int = 0) -> Read:
        assert b"PID|1||2^" not in octets, "Peeters"
        return hl7(self, octets, arrived_us, latest_us)

    def of_fhir(self: fhir.Reader, told: Any, said_us: int) -> Any:
        assert told.get("id") != "8", "Peeters"
        return resource(self, told, said_us)

    monkeypatch.setattr(Reader, "read", of_hl7)
    monkeypatch.setattr(fhir.Reader, "read", of_fhir)
    state = CensusState(Hospital("Test", "UTC"), site())
    with Journal(tmp_path / "journal", reserve_bytes=0) as journal:
        intake = Intake(journal, Reader(site(), "UTC"), lambda: AT_US)
        answers = intake([Received("mllp://10.0.0.1", admission(number, number)) for number in (1, 2, 3)])
        lines = b"".join(b'{"resourceType": "Patient", "id": "%d"}\n' % number for number in (7, 8, 9))
        journal.append("fhir+http://r", FHIR, lines, 3, AT_US)
        journal.sync()
        following = Following(tmp_path / "journal", state)
        following.catch_up()
        following.close()
    assert [bool(answer) for answer in answers] == [False, True, False]
    books = state.books
    assert set(state.charts(AT_US)) == {"1", "3", "Patient/7", "Patient/9"}
    assert (books.taken, books.understood, books.rejected_count) == (6, 4, 2)
    for reason in (answers[1], *(each.reason for each in books.rejected)):
        assert reason.startswith("an error of Code Dark itself: AssertionError at")
        assert "Peeters" not in reason
