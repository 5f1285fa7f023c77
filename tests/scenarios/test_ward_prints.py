"""Packs of a simulated hospital: what its messages told of the inpatients stands on the page and on paper."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from codedark.app.continuing.census.intake import load
from codedark.app.continuing.census.state import CensusState, Following
from codedark.app.continuing.printing.lettering import Lettering
from codedark.app.continuing.printing.prints import census_print, medication_print
from codedark.app.hospital_files import usable_hospital
from codedark.cli.main import app
from codedark.continuity.charts.chart import Chart
from codedark.continuity.hl7v2.site import site
from codedark.continuity.packs.census import wards
from codedark.continuity.packs.pack import Counter, Pack
from codedark.continuity.pages.medicine import dose_text
from codedark.continuity.pages.payload import payload
from codedark.continuity.pages.words import words_of
from codedark.store.journal.journal import Journal
from tests.printed import joined, sheets_of

LANGUAGE = "nl"
HOUR_US = 3_600_000_000


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> list[Pack]:
    """A pack of each ward that has patients, from the messages of one day."""
    folder = tmp_path_factory.mktemp("simulated") / "hospital"
    done = CliRunner().invoke(app, ["simulate", str(folder), "--beds", "20", "--days", "1", "--seed", "3"])
    assert done.exit_code == 0, done.output
    hospital = usable_hospital(folder / "hospital.yaml")
    state = CensusState(hospital, site())
    with Journal(folder / "journal") as journal:
        load([folder / "hl7"], journal)
    following = Following(folder / "journal", state)
    following.catch_up()
    following.close()
    zone, at = hospital.time_zone, state.heard_us
    beds = wards(state.charts(at), hospital, at)
    return [
        Pack(hospital.name, ward, str(ward), Counter(1), at, at + 4 * HOUR_US, zone, of, is_told=True)
        for ward, of in beds.items()
        if any(bed.chart for bed in of)
    ]


def test_the_page_holds_every_fact_of_every_chart(packs: list[Pack]) -> None:
    for pack in packs:
        text = json.dumps(json.loads(payload(pack)), ensure_ascii=False)
        for chart in _charts(pack):
            told = [chart.id, chart.identity.family, *(each.name for each in chart.drugs)]
            told += [each.substance for each in chart.allergies] + [each.accession for each in chart.pending]
            told += [each.value for each in chart.results] + [each.name for each in chart.results]
            assert [each for each in told if json.dumps(each, ensure_ascii=False)[1:-1] not in text] == []


def test_the_paper_chart_holds_every_active_drug_with_its_dose(packs: list[Pack], tmp_path: Path) -> None:
    words, letters = words_of(LANGUAGE), Lettering()
    drugs = 0
    for pack in packs:
        text = joined("".join(sheets_of(medication_print(pack, LANGUAGE, letters), tmp_path)))
        for chart in _charts(pack):
            for drug in chart.drugs:
                if drug.status == "active":
                    drugs += 1
                    assert joined(drug.name) in text
                    assert joined(dose_text(drug.dose, drug.unit, words)) in text
    assert drugs > 20


def test_the_paper_census_names_every_bed_and_patient(packs: list[Pack], tmp_path: Path) -> None:
    letters = Lettering()
    for pack in packs:
        sheets = sheets_of(census_print(pack, LANGUAGE, letters), tmp_path)
        text = joined("".join(sheets))
        assert text.count(words_of(LANGUAGE)("empty_bed")) >= sum(bed.chart is None for bed in pack.beds)
        for chart in _charts(pack):
            assert joined(f"{chart.identity.family}, {chart.identity.given}") in text
            assert joined(chart.id) in text


def test_a_bed_is_called_empty_only_where_somebody_told_of_the_ward(packs: list[Pack], tmp_path: Path) -> None:
    pack = next(each for each in packs if any(bed.chart is None for bed in each.beds))
    vacant, unknown = (joined(words_of(LANGUAGE)(name)) for name in ("empty_bed", "untold_bed"))
    for is_told, says, never in ((True, vacant, unknown), (False, unknown, vacant)):
        print_ = census_print(replace(pack, is_told=is_told), LANGUAGE, Lettering())
        text = joined("".join(sheets_of(print_, tmp_path)))
        assert says in text
        assert never not in text


def _charts(pack: Pack) -> list[Chart]:
    return [bed.chart for bed in pack.beds if bed.chart]
