"""Packs are built when there is something new, numbered without a repeat, and printed in turn."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from codedark.app.continuing.building import Builder, Round, Told
from codedark.continuity.ages import is_old
from codedark.continuity.chart import Chart, Group, Heard, Place, Visit, VisitId, VisitState
from codedark.continuity.pack import Bed, Counter
from codedark.continuity.pack_data import FILE, from_bytes
from codedark.continuity.ward_pack import ward_pack
from codedark.errors import UnusableInput, UsageError
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import Ward, WardId
from codedark.store.pack_counters import Counters
from codedark.store.paper_rows import PaperRows
from codedark.store.seal import read_sealed, unseal
from tests.sealed_wards import OTHER, keys
from tests.ward_charts import HOSPITAL, HOUR_US, NOW_US, WARD, chart

MINUTE_US = HOUR_US // 60
MODEL = Hospital(
    HOSPITAL,
    "Europe/Brussels",
    wards={WARD: Ward(WARD, "Ward A1", "surgery"), OTHER: Ward(OTHER, "Ward B2", "medicine")},
)


def beds(count: int, ward: WardId = WARD) -> tuple[Bed, ...]:
    return tuple(Bed(Place(ward, "1", str(number)), chart(number)) for number in range(1, count + 1))


def told(count: int = 3, at_us: int = NOW_US, *, more: dict[WardId, tuple[Bed, ...]] | None = None) -> Told:
    wards = {WARD: beds(count), **(more or {})}
    charts = [bed.chart for lying in wards.values() for bed in lying if bed.chart]
    return Told(wards, charts, (), at_us)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Of a builder with keys of two wards."""
    folder = tmp_path / "packs"
    folder.mkdir()
    (folder / "keys.json").write_bytes(msgspec.json.encode(keys().builder))
    Counters(folder).begin()
    PaperRows(folder).begin()
    return tmp_path


def inside(done: Round, ward: WardId = WARD) -> dict[str, bytes]:
    """The files of a ward's pack."""
    path = next(built.path for built in done.built if built.manifest.ward == ward)
    station = keys().stations[ward]
    return unseal(read_sealed(path.read_bytes(), station.verifying).content, station.transport)


def test_ward_is_built_again_when_something_is_new_or_five_minutes_have_passed(home: Path) -> None:
    builder = Builder(home, MODEL, "en", with_prints=False)
    assert [(each.manifest.ward, each.manifest.counter) for each in builder.round(told()).built] == [
        (WARD, 1),
        (OTHER, 1),
    ]
    assert builder.round(told(at_us=NOW_US + MINUTE_US)).built == ()
    changed = builder.round(told(4, NOW_US + 2 * MINUTE_US)).built
    assert [(each.manifest.ward, each.manifest.counter, each.manifest.patients) for each in changed] == [(WARD, 2, 4)]
    silent = builder.round(told(4, NOW_US + 6 * MINUTE_US)).built
    assert [(each.manifest.ward, each.manifest.counter) for each in silent] == [(OTHER, 2)]


def test_pack_holds_page_and_charts_and_numbers_of_its_ward(home: Path) -> None:
    files = inside(Builder(home, MODEL, "nl", with_prints=False).round(told()))
    assert sorted(files) == ["pack.json", "page.html"]
    pack = from_bytes(files[FILE])
    assert [bed.chart.id for bed in pack.beds if bed.chart] == ["P1", "P2", "P3"]
    assert [each.kind for each in pack.numbers] == ["mrn", "encounter", "accession", "entry"]
    assert b"Peeters" not in files["page.html"]


def test_prints_go_along_in_turn_and_are_made_anew_every_ten_minutes(home: Path) -> None:
    builder = Builder(home, MODEL, "en", most_printed=1)
    first = builder.round(told())
    assert ["medication.pdf" in inside(first, ward) for ward in (WARD, OTHER)] == [True, False]
    second = builder.round(told(at_us=NOW_US + MINUTE_US))
    assert [each.manifest.ward for each in second.built] == [OTHER]
    assert "census.pdf" in inside(second, OTHER)
    old = inside(first)["census.pdf"]
    assert inside(builder.round(told(4, NOW_US + 2 * MINUTE_US)))["census.pdf"] == old
    assert inside(builder.round(told(4, NOW_US + 11 * MINUTE_US)))["census.pdf"] != old


def test_forms_go_along_unchanged_until_new_ones_may_be_printed_even_by_a_new_builder(home: Path) -> None:
    first = inside(Builder(home, MODEL, "en").round(told()))["forms.pdf"]
    marks = (home / "packs" / "rows.json").read_bytes()
    assert inside(Builder(home, MODEL, "en").round(told(4, NOW_US + 11 * MINUTE_US)))["forms.pdf"] == first
    assert (home / "packs" / "rows.json").read_bytes() == marks
    assert inside(Builder(home, MODEL, "en").round(told(4, NOW_US + 24 * HOUR_US)))["forms.pdf"] != first
    (home / "packs" / "rows.json").unlink()
    with pytest.raises(UnusableInput, match=r"is lost.*codedark pack counters --above 0 --rows NUMBER"):
        Builder(home, MODEL, "en").round(told(4, NOW_US + 48 * HOUR_US))


def test_patients_on_a_ward_without_keys_are_told(home: Path) -> None:
    done = Builder(home, MODEL, "en", with_prints=False).round(told(more={WardId("C3"): beds(2, WardId("C3"))}))
    assert done.without_keys == {WardId("C3"): 2}


def test_nothing_is_built_where_no_source_ever_told_of_a_stay(home: Path) -> None:
    vacant, laboratory_only = (Bed(Place(WARD, "1", "1"), None),), replace(chart(1), visits=())
    for charts in ((), (laboratory_only,)):
        done = Builder(home, MODEL, "en", with_prints=False).round(Told({WARD: vacant}, charts, (), NOW_US))
        assert (done.built, done.untold, done.is_heard) == ((), (WARD,), False)
    assert list((home / "packs" / "outbox").iterdir()) == []


def test_ward_of_which_nobody_ever_told_is_named_and_its_pack_says_so_until_somebody_does(home: Path) -> None:
    builder, vacant = Builder(home, MODEL, "en", with_prints=False), (Bed(Place(OTHER, "1", "1"), None),)
    heard = told(more={OTHER: vacant})
    done = builder.round(heard)
    assert done.untold == (OTHER,)
    assert [from_bytes(inside(done, ward)[FILE]).is_told for ward in (WARD, OTHER)] == [True, False]
    left = replace(chart(9), visits=(Visit(VisitId("V9"), VisitState.OUT, place=Place(OTHER, "1", "1")),))
    done = builder.round(heard._replace(charts=[*heard.charts, left]))
    assert done.untold == ()
    assert from_bytes(inside(done, OTHER)[FILE]).is_told


def test_builder_without_keys_or_with_those_of_another_hospital_does_not_begin(home: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=re.escape(f"the keys of {HOSPITAL}, and the model is of Another")):
        Builder(home, replace(MODEL, name="Another"), "en")
    with pytest.raises(UnusableInput, match="belongs here"):
        Builder(tmp_path / "nowhere", MODEL, "en")


def test_movements_are_those_of_the_last_day_and_those_expected() -> None:
    here, elsewhere = Place(WARD, "1", "1"), Place(OTHER, "2", "1")

    def of(number: int, **visit: object) -> Chart:
        stay = replace(Visit(VisitId(f"V{number}"), place=here), **visit)  # type: ignore[arg-type]
        return replace(chart(number), visits=(stay,))

    charts = [
        of(1, admitted_us=NOW_US - HOUR_US, previous=elsewhere),
        of(2, admitted_us=NOW_US - 50 * HOUR_US, expected_out_us=NOW_US + HOUR_US),
        of(3, state=VisitState.OUT, discharged_us=NOW_US - 2 * HOUR_US),
        of(4, state=VisitState.OUT, discharged_us=NOW_US - 30 * HOUR_US),
        of(5, state=VisitState.EXPECTED, admitted_us=NOW_US + 3 * HOUR_US),
        of(6, state=VisitState.EXPECTED, admitted_us=NOW_US + 3 * HOUR_US, place=elsewhere),
    ]
    pack = ward_pack(MODEL, WARD, (), charts, Counter(1), 0, NOW_US)
    assert [(each.kind, each.name, each.from_or_to, each.is_expected) for each in pack.movements] == [
        ("departure", "Peeters-3 An", "", False),
        ("arrival", "Peeters-1 An", OTHER, False),
        ("departure", "Peeters-2 An", "", True),
        ("arrival", "Peeters-5 An", "", True),
    ]


def test_pack_made_now_of_old_data_is_as_old_as_its_data() -> None:
    def heard(number: int, visit_us: int, medication_us: int) -> Bed:
        as_of = {Group.VISIT: (Heard("ADT", visit_us),), Group.MEDICATION: (Heard("EHR", medication_us),)}
        return Bed(Place(WARD, "1", str(number)), replace(chart(number), as_of=as_of))

    year_us = 315 * 24 * HOUR_US
    lying = heard(1, NOW_US - year_us, NOW_US - year_us - HOUR_US), heard(2, NOW_US - year_us - MINUTE_US, 0)
    pack = ward_pack(MODEL, WARD, lying, [bed.chart for bed in lying if bed.chart], Counter(1), 0, NOW_US)
    assert (pack.newest_us, pack.oldest_us) == (NOW_US - year_us, NOW_US - year_us - HOUR_US)
    assert pack.verify_after_us == pack.oldest_us + 4 * HOUR_US
    vacant = ward_pack(MODEL, WARD, (), [bed.chart for bed in lying if bed.chart], Counter(1), 0, NOW_US)
    assert (vacant.oldest_us, vacant.verify_after_us) == (pack.oldest_us, pack.verify_after_us)
    unknown = ward_pack(MODEL, WARD, beds(1), [chart(1)], Counter(1), 0, NOW_US)
    assert (unknown.oldest_us, unknown.verify_after_us) == (0, NOW_US)


def test_data_are_old_from_an_hour_on_and_where_nobody_knows() -> None:
    found = [is_old(oldest_us, NOW_US) for oldest_us in (NOW_US, NOW_US - HOUR_US, NOW_US - HOUR_US - 1, 0)]
    assert found == [False, False, True, True]
