"""A feed gone wrong puts thousands into one bed: each is shown, with a few of the others by name."""

from __future__ import annotations

from codedark.continuity.charts.chart import Chart
from codedark.continuity.charts.fold import charts
from codedark.continuity.packs import census
from codedark.continuity.pages.words import doubt_text, words_of
from codedark.hospital.ward import WardId
from tests.unit.continuity.messages import HOSPITAL, hl7, read, stay


def crowd(count: int, visit: str = "") -> list[Chart]:
    """So many patients in the first bed of the ward, each with a stay of his own or all with one."""
    told = (
        hl7("ADT^A01", "080000", patient=str(1000 + n), pv1=stay("1", visit or f"V{n}"), id_=str(n))
        for n in range(count)
    )
    beds = census.wards(charts(read(*told), HOSPITAL), HOSPITAL)[WardId("W1")]
    return [bed.chart for bed in beds if bed.chart is not None]


def test_each_of_a_crowd_is_shown_and_names_some_of_the_others_and_how_many_more() -> None:
    found = crowd(400)
    assert len({chart.id for chart in found}) == 400
    for chart in found:
        kinds = [doubt.kind for doubt in chart.doubts]
        assert kinds == ["same-bed"] * 8 + ["same-bed-more"]
        assert doubt_text(chart.doubts[-1], words_of("en")) == "391 more are also told to be in this bed."


def test_a_stay_that_is_told_of_a_crowd_says_of_how_many() -> None:
    (first, *_) = crowd(20, "V1")
    more = [doubt for doubt in first.doubts if doubt.kind == "same-stay-more"]
    assert [doubt_text(doubt, words_of("en")) for doubt in more] == ["The stay V1 is also told of 11 more."]


def test_nine_in_a_bed_are_all_named_and_a_mother_is_no_stranger() -> None:
    assert all([doubt.kind for doubt in chart.doubts] == ["same-bed"] * 8 for chart in crowd(9))
    child = hl7("ADT^A01", "080500", patient="2000", pv1=stay("1", "V99"))
    child = child.replace(b"|19500102|F", b"|20260112|F|||||||||||||1000")
    told = [hl7("ADT^A01", "080000", patient=str(1000 + n), pv1=stay("1", f"V{n}"), id_=str(n)) for n in range(10)]
    beds = census.wards(charts(read(*told, child), HOSPITAL), HOSPITAL)[WardId("W1")]
    more = {str(bed.chart.id): bed.chart.doubts[-1].about for bed in beds if bed.chart is not None}
    assert (more["1000"], more["2000"], more["1001"]) == ("1", "1", "2")
