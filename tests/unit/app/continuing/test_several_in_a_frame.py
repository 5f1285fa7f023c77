"""Several messages in one frame, with or without the envelope of a batch: each is read as what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from codedark.app.continuing.census.intake import Intake
from codedark.app.continuing.census.state import CensusState, Following
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import site
from codedark.exchange.mllp import acknowledgement as answer_of
from codedark.exchange.mllp_frames import acknowledgement
from codedark.exchange.mllp_receiver import Received
from codedark.store.journal.journal import Journal
from tests.unit.continuity.messages import HOSPITAL, hl7, stay

AT_US = 1_768_204_800_000_000
TWO = (
    hl7("ADT^A01", "080000", pv1=stay("1")),
    hl7("ADT^A01", "080000", pv1=stay("2", "V2"), patient="200", id_="2"),
    hl7("ADT^A03", "090000", pv1=stay("2", "V2"), patient="200", id_="3"),
)


@pytest.mark.parametrize(
    "frame",
    [
        b"".join(TWO),
        b"\x0b".join(TWO),
        b"FHS|^~\\&|EHR\rBHS|^~\\&|EHR\r" + b"".join(TWO) + b"BTS|3\rFTS|1\r",
    ],
    ids=["one behind the other", "whose ends were lost", "a batch"],
)
def test_each_message_of_a_frame_is_read_as_what_it_is(tmp_path: Path, frame: bytes) -> None:
    state = CensusState(HOSPITAL, site())
    with Journal(tmp_path / "journal", reserve_bytes=0) as journal:
        intake = Intake(journal, Reader(site(), HOSPITAL.time_zone), lambda: AT_US)
        assert intake([Received("mllp://10.0.0.1", frame)]) == [""]
        assert "not begin" in intake([Received("mllp://10.0.0.1", b"MSA|AA|1")])[0]
        following = Following(tmp_path / "journal", state)
        following.catch_up()
        following.close()
    charts = state.charts(AT_US)
    assert {number: bool(chart.visit) for number, chart in charts.items()} == {"100": True, "200": False}
    assert (state.books.taken, state.books.understood) == (4, 3)
    assert not state.books.not_understood


def test_a_batch_is_answered_by_its_first_message() -> None:
    batch = b"FHS|^~\\&|EHR\rBHS|^~\\&|EHR\r" + b"".join(TWO[1:])
    answer = acknowledgement(batch, "AA", "", "20260112").strip(b"\x0b\x1c\r")
    assert answer_of(answer).control_id == b"2"
