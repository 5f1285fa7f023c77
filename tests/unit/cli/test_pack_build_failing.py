"""`pack build` beside data that meet an error of ours: the others have their packs, and who has none is named."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer

from codedark.app.continuing.census.home import journal_of
from codedark.app.continuing.packing.packs_said import pack_problems
from codedark.cli.pack_build import build
from codedark.continuity.charts import fold, projection
from codedark.continuity.charts.chart import PatientId
from codedark.store.journal.journal import Journal
from codedark.store.packs.counters import Counters
from codedark.store.packs.paper_rows import PaperRows
from tests.sealed_wards import keys
from tests.served_census import admission
from tests.ward_charts import HOSPITAL


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A hospital of two wards with a patient each, and the keys of its builder."""
    wards = "  A1: {name: One, specialty: surgery}\n  B2: {name: Two, specialty: surgery}\n"
    (tmp_path / "hospital.yaml").write_text(f"schema: 1\nname: {HOSPITAL}\ntime_zone: UTC\nwards:\n{wards}")
    packs = tmp_path / "packs"
    packs.mkdir()
    (packs / "keys.json").write_bytes(msgspec.json.encode(keys().builder))
    Counters(packs).begin()
    PaperRows(packs).begin()
    with Journal(journal_of(tmp_path), reserve_bytes=0) as journal:
        for number, ward in enumerate((b"A1", b"B2"), 1):
            message = admission(number).replace(b"W1^", ward + b"^")
            journal.append("mllp://10.0.0.1", "hl7v2", message + b"\n", 1, 1_768_204_800_000_000)
    return tmp_path


def test_a_chart_that_cannot_be_made_keeps_its_wards_pack_and_is_told_by_name(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outbox = home / "packs" / "outbox"
    build(home, None, None, prints=False, every=0)
    good = (outbox / "A1.pack").read_bytes()
    shutil.copy(outbox / "B2.pack", home / "before")
    known = projection.chart

    def raises(things: Any, patient: str, *rest: Any) -> Any:
        if patient == "1":
            raise OverflowError("Peeters")
        return known(things, PatientId(patient), *rest)

    monkeypatch.setattr(fold, "chart", raises)
    with pytest.raises(typer.Exit) as ended:
        build(home, None, None, prints=False, every=0)
    assert ended.value.exit_code == 3
    said = capsys.readouterr().err
    assert "the chart of patient 1 cannot be made (he lies on A1): an error of Code Dark itself: OverflowError" in said
    assert "A1: no new pack can be made, and the last one stays" in said
    assert "Peeters" not in said
    assert (outbox / "A1.pack").read_bytes() == good
    assert (outbox / "B2.pack").read_bytes() != (home / "before").read_bytes()
    assert len(pack_problems(home)) == 1
