"""Packs are built when there is something new, numbered without a repeat, and printed in turn."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from codedark.app.continuing.packing.building import Builder, Round
from codedark.app.continuing.packing.packs_said import pack_problems, say_round, sentences
from codedark.continuity.charts.chart import Chart, Drug, Group, Heard, PatientId, Place, Visit, VisitId, VisitState
from codedark.continuity.packs.ages import is_old
from codedark.continuity.packs.pack import Bed, Counter
from codedark.continuity.packs.pack_data import FILE, from_bytes
from codedark.continuity.packs.printed_of import documents_said
from codedark.continuity.packs.told import Told, Unmade
from codedark.continuity.packs.ward_pack import ward_pack
from codedark.errors import UnusableInput, UsageError
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import Ward, WardId
from codedark.store.packs.counters import Counters
from codedark.store.packs.paper_rows import PaperRows
from codedark.store.packs.seal import read_sealed, unseal
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
    builder = Builder(home, MODEL, "en", most_printed=0)
    assert [(each.manifest.ward, each.manifest.counter) for each in builder.round(told()).built] == [
        (WARD, 1),
        (OTHER, 1),
    ]
    assert builder.round(told(at_us=NOW_US + MINUTE_US)).built == ()
    changed = builder.round(told(4, NOW_US + 2 * MINUTE_US)).built
    assert [(each.manifest.ward, each.manifest.counter, each.manifest.patients) for each in changed] == [(WARD, 2, 4)]
    silent = builder.round(told(4, NOW_US + 6 * MINUTE_US)).built
    assert [(each.manifest.ward, each.manifest.counter) for each in silent] == [(OTHER, 2)]


def test_ward_of_which_only_ages_are_new_is_built_once_a_minute_and_at_once_when_a_feed_stalls(home: Path) -> None:
    second_us = MINUTE_US // 60

    def heard(at_us: int, *, is_stalled: bool = False) -> Told:
        as_of = dict.fromkeys((Group.VISIT, Group.MEDICATION), (Heard("ADT", at_us - second_us, is_stalled),))
        lying = tuple(replace(bed, chart=replace(bed.chart, as_of=as_of)) for bed in beds(3) if bed.chart)
        return Told({WARD: lying}, [bed.chart for bed in lying if bed.chart], (), at_us)

    builder = Builder(home, MODEL, "en", most_printed=0)

    def built(told_now: Told) -> list[WardId]:
        return [each.manifest.ward for each in builder.round(told_now).built]

    assert WARD in built(heard(NOW_US))
    assert [built(heard(NOW_US + seconds * second_us)) for seconds in (5, 10, 59)] == [[], [], []]
    assert built(heard(NOW_US + MINUTE_US)) == [WARD]
    assert built(heard(NOW_US + MINUTE_US + 5 * second_us, is_stalled=True)) == [WARD]


def test_behind_a_clock_that_was_set_back_wards_are_built_and_printed_at_once(home: Path) -> None:
    builder = Builder(home, MODEL, "en")
    ahead = inside(builder.round(told(at_us=NOW_US + 5 * HOUR_US)))
    done = builder.round(told(at_us=NOW_US))
    assert [(each.manifest.ward, each.manifest.built_us) for each in done.built] == [(WARD, NOW_US), (OTHER, NOW_US)]
    assert inside(done)["census.pdf"] != ahead["census.pdf"]
    assert "as the page is" in documents_said(inside(done))


def ordered(*drugs: object) -> Chart:
    """A chart with what no reader lets through: it stands for data that meet an error of ours."""
    return replace(chart(1), drugs=(Drug("m1", "Heparin", status="active"), *drugs))


def with_first(wards: Told, changed: Chart) -> Told:
    """The same, but for the chart of the first bed of the ward."""
    first, *others = wards.wards[WARD]
    return wards._replace(wards={**wards.wards, WARD: (replace(first, chart=changed), *others)})


def test_one_ward_whose_pack_cannot_be_made_is_named_keeps_its_last_one_and_the_others_go_on(home: Path) -> None:
    builder = Builder(home, MODEL, "en", most_printed=0)
    first = builder.round(told(more={OTHER: beds(2, OTHER)}))
    good = (home / "packs" / "outbox" / "A1.pack").read_bytes()
    broken = ordered("no order")
    done = builder.round(with_first(told(at_us=NOW_US + MINUTE_US, more={OTHER: beds(3, OTHER)}), broken))
    assert (first.failed, [each.manifest.ward for each in done.built]) == ({}, [OTHER])
    assert list(done.failed) == [WARD]
    assert done.failed[WARD].startswith("an error of Code Dark itself: AttributeError at ")
    assert "Heparin" not in done.failed[WARD]
    assert (home / "packs" / "outbox" / "A1.pack").read_bytes() == good
    (problem,) = sentences(done.failed, done.unprinted)
    assert problem.startswith("A1: no new pack can be made, and the last one stays: ")
    say_round(home, done, NOW_US)
    assert pack_problems(home) == (problem,)
    mended = builder.round(told(4, NOW_US + 2 * MINUTE_US))
    assert (mended.failed, WARD in [each.manifest.ward for each in mended.built]) == ({}, True)
    say_round(home, mended, NOW_US)
    assert pack_problems(home) == ()


def test_documents_that_cannot_be_made_keep_no_page_from_its_ward_and_no_turn_from_others(home: Path) -> None:
    builder = Builder(home, MODEL, "en", most_printed=1)
    whole = inside(builder.round(told()))
    broken = ordered(Drug("m2", "Insulin", status="active", begin_us=NOW_US, last_us=10**18))
    done = builder.round(told(at_us=NOW_US + MINUTE_US))
    assert "census.pdf" in inside(done, OTHER)
    done = builder.round(with_first(told(at_us=NOW_US + 10 * MINUTE_US), broken))
    assert list(done.unprinted) == [WARD]
    assert done.failed == {}
    files = inside(done)
    assert files["census.pdf"] == whole["census.pdf"]
    assert b"Heparin" in files[FILE]
    assert "OLDER than the page" in documents_said(files)
    done = builder.round(with_first(told(at_us=NOW_US + 11 * MINUTE_US), broken))
    assert inside(done, OTHER)["census.pdf"] != whole["census.pdf"]
    assert list(done.unprinted) == [WARD]
    assert builder.round(told(at_us=NOW_US + 20 * MINUTE_US)).unprinted == {}


def test_the_ward_of_a_patient_whose_chart_cannot_be_made_keeps_its_pack(home: Path) -> None:
    builder = Builder(home, MODEL, "en", most_printed=0)
    builder.round(told())
    unmade = Unmade(PatientId("P9"), frozenset({WARD}), "an error of Code Dark itself: KeyError at x.py:1")
    done = builder.round(told(2, NOW_US + 10 * MINUTE_US)._replace(unmade=(unmade,)))
    assert done.failed == {WARD: unmade.reason}
    assert [each.manifest.ward for each in done.built] == [OTHER]


def test_pack_holds_page_and_charts_and_numbers_of_its_ward(home: Path) -> None:
    files = inside(Builder(home, MODEL, "nl", most_printed=0).round(told()))
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
    between = inside(builder.round(told(3, NOW_US + 5 * MINUTE_US)))
    assert documents_said(between).startswith("!! THE DOCUMENTS ARE OLDER than the page, by 0:05:00: ")
    newest = inside(builder.round(told(4, NOW_US + 11 * MINUTE_US)))
    assert newest["census.pdf"] != old
    assert "as the page is" in documents_said(newest)


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
    done = Builder(home, MODEL, "en", most_printed=0).round(told(more={WardId("C3"): beds(2, WardId("C3"))}))
    assert done.without_keys == {WardId("C3"): 2}


def test_nothing_is_built_where_no_source_ever_told_of_a_stay(home: Path) -> None:
    vacant, laboratory_only = (Bed(Place(WARD, "1", "1"), None),), replace(chart(1), visits=())
    for charts in ((), (laboratory_only,)):
        done = Builder(home, MODEL, "en", most_printed=0).round(Told({WARD: vacant}, charts, (), NOW_US))
        assert (done.built, done.untold, done.is_heard) == ((), (WARD,), False)
    assert list((home / "packs" / "outbox").iterdir()) == []


def test_ward_of_which_nobody_ever_told_is_named_and_its_pack_says_so_until_somebody_does(home: Path) -> None:
    builder, vacant = Builder(home, MODEL, "en", most_printed=0), (Bed(Place(OTHER, "1", "1"), None),)
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
        Builder(home, dataclasses.replace(MODEL, name="Another"), "en")
    with pytest.raises(UnusableInput, match="belongs here"):
        Builder(tmp_path / "nowhere", MODEL, "en")


def test_movements_are_those_of_the_last_day_and_those_expected() -> None:
    here, elsewhere = Place(WARD, "1", "1"), Place(OTHER, "2", "1")

    def of(number: int, **visit: object) -> Chart:
        stay = replace(Visit(VisitId(f"V{number}"), place=here), **visit)
        return replace(chart(number), visits=(stay,))

    charts = [
        of(1, admitted_us=NOW_US - HOUR_US, previous=elsewhere),
        of(2, admitted_us=NOW_US - 50 * HOUR_US, expected_out_us=NOW_US + HOUR_US),
        of(3, state=VisitState.OUT, discharged_us=NOW_US - 2 * HOUR_US),
        of(4, state=VisitState.OUT, discharged_us=NOW_US - 30 * HOUR_US),
        of(5, state=VisitState.EXPECTED, admitted_us=NOW_US + 3 * HOUR_US),
        of(6, state=VisitState.EXPECTED, admitted_us=NOW_US + 3 * HOUR_US, place=elsewhere),
    ]
    pack = ward_pack(MODEL, WARD, 0, Told({}, charts, (), NOW_US), Counter(1))
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
    charts = [bed.chart for bed in lying if bed.chart]
    pack = ward_pack(MODEL, WARD, 0, Told({WARD: lying}, charts, (), NOW_US), Counter(1))
    assert (pack.newest_us, pack.oldest_us) == (NOW_US - year_us, NOW_US - year_us - HOUR_US)
    assert pack.verify_after_us == pack.oldest_us + 4 * HOUR_US
    vacant = ward_pack(MODEL, WARD, 0, Told({}, charts, (), NOW_US), Counter(1))
    assert (vacant.oldest_us, vacant.verify_after_us) == (pack.oldest_us, pack.verify_after_us)
    unknown = ward_pack(MODEL, WARD, 0, Told({WARD: beds(1)}, [chart(1)], (), NOW_US), Counter(1))
    assert (unknown.oldest_us, unknown.verify_after_us) == (0, NOW_US)


def test_data_are_old_from_an_hour_and_a_half_on_and_where_nobody_knows() -> None:
    loud_us = HOUR_US * 3 // 2
    found = [is_old(oldest_us, NOW_US) for oldest_us in (NOW_US, NOW_US - loud_us, NOW_US - loud_us - 1, 0)]
    assert found == [False, False, True, True]
    assert [is_old(NOW_US + minutes * MINUTE_US, NOW_US) for minutes in (4, 6)] == [False, True]
