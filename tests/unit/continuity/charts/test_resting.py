"""Whoever has gone is at rest until he is spoken of again, and nothing that was told of him is lost."""

from __future__ import annotations

import msgspec
import zstandard

from codedark.continuity.charts.chart import Group, PatientId, VisitState
from codedark.continuity.charts.fact import OWN, Fact, Said, Same, Statement
from codedark.continuity.charts.fold import Fold, charts
from codedark.continuity.charts.snapshot import packed, take_up
from codedark.continuity.charts.times import DAY_US
from tests.unit.continuity.messages import HOSPITAL, hl7, read, stay

GONE, LAST, IN = (PatientId(number) for number in ("100", "200", "300"))
ADMITTED = hl7("ADT^A01", "080000", "AL1|1|DA|^Penicillin", pv1=stay("1"))
RESULT = hl7("ORU^R01", "090000", "OBR|1|L1|F1|K^Potassium", "OBX|1|NM|K^Potassium||4.1", pv1=stay("1"), sender="LIS")
LEFT = hl7("ADT^A03", "100000", pv1=stay("1"))
MANY = [
    ADMITTED,
    RESULT,
    LEFT,
    hl7("ADT^A01", "081000", patient=LAST, pv1=stay("2", "V2")),
    hl7("ADT^A03", "120000", patient=LAST, pv1=stay("2", "V2")),
    hl7("ADT^A01", "081000", patient=IN, pv1=stay("3", "V3")),
]


def rested() -> Fold:
    """A fold two days later: one patient has gone, one was the last to leave the ward, one is in."""
    fold = Fold(HOSPITAL)
    fold.add(read(*MANY))
    fold.rest(fold.heard_us + 2 * DAY_US)
    return fold


def as_if_nobody_rested(*more: bytes) -> Fold:
    """The same patients, and what is told later."""
    fold = Fold(HOSPITAL)
    fold.add(read(*MANY, *more))
    return fold


def said(seconds: int) -> Said:
    """A moment of the record."""
    return Said(OWN, seconds * 1_000_000, "EHR")


def test_whoever_has_gone_rests_and_who_is_in_or_was_the_last_on_a_ward_does_not() -> None:
    fold = rested()
    assert (set(fold.resting), fold.awake()) == ({GONE}, (LAST, IN))
    assert fold.patients() == (GONE, LAST, IN)


def test_a_late_result_and_a_return_find_all_that_was_told_before() -> None:
    late = hl7("ORU^R01", "110000", "OBR|1|L10|F10|NA^Sodium", "OBX|1|NM|NA^Sodium||140", pv1=stay("1"), sender="LIS")
    again = hl7("ADT^A01", "130000", pv1=stay("1", "V9"))
    for more in ([late], [again], [late, again], [again, RESULT, ADMITTED]):
        fold = rested()
        fold.add(read(*more))
        assert GONE in fold.awake()
        assert fold.chart(GONE) == as_if_nobody_rested(*more).chart(GONE)


def test_a_merge_with_whoever_is_in_brings_his_allergies_along() -> None:
    fold = rested()
    merged = hl7("ADT^A40", "130000", f"MRG|{GONE}^^^H^MR", patient=IN)
    fold.add(read(merged))
    assert fold.chart(IN) == as_if_nobody_rested(merged).chart(IN)
    assert [each.substance for each in fold.chart(IN).allergies] == ["Penicillin"]


def test_what_is_known_of_who_rests_is_no_news_and_what_is_new_is() -> None:
    fold = rested()
    told = read(RESULT.replace(b"4.1", b"9.9").replace(b"090000", b"093000"))
    assert not any(fold.is_news(each, 0) for each in read(ADMITTED))
    assert any(fold.is_news(each, 0) for each in told)


def test_until_those_months_have_passed_nothing_is_forgotten() -> None:
    fold = rested()
    fold.forget(fold.heard_us - DAY_US)
    assert fold.chart(GONE) == as_if_nobody_rested().chart(GONE)
    assert fold.chart(GONE).results


def test_months_later_only_what_holds_for_life_is_left_and_that_is_done_once() -> None:
    fold = rested()
    fold.forget(fold.heard_us + 1)
    left = fold.resting[GONE]
    fold.forget(fold.heard_us + 1)
    assert fold.resting[GONE] is left
    assert left.is_for_life
    after = fold.chart(GONE)
    assert ([each.substance for each in after.allergies], after.identity.family) == (["Penicillin"], "Peeters")
    assert not after.results


def test_whoever_is_in_a_bed_once_a_merge_is_taken_back_is_awake() -> None:
    """Beside the other's stay his own, which has no number, counts for nothing; without it, it does."""
    one, other, third = (PatientId(number) for number in ("401", "402", "403"))
    told: list[Statement] = [
        Fact(one, Group.VISIT, "", (("state", VisitState.IN), ("place", ("W1", "01", "1")), ("kind", "I")), said(1)),
        Fact(other, Group.VISIT, "V9", (("state", VisitState.OUT), ("kind", "I")), said(5)),
        Same(one, other, said(6)),
    ]
    apart = Same(one, third, said(7))
    fold = Fold(HOSPITAL)
    fold.add(told)
    fold.rest(said(20).at_us)
    assert set(fold.resting) == {one, other}
    fold.add([apart])
    assert third in fold.awake()
    assert fold.chart(third, 0) == charts([*told, apart], HOSPITAL, 0)[third]
    assert fold.chart(third).visit is not None


def test_who_is_awaited_in_weeks_is_neither_at_rest_nor_forgotten_however_long_ago_that_was_told() -> None:
    day = f"{'|' * 25}20260501080000"
    fold = Fold(HOSPITAL)
    fold.add(
        read(
            *MANY,
            hl7("ADT^A05", "080000", patient="500", pv1=f"P|W1^01^1{'|' * 16}V5{day}"),
            hl7("ADT^A04", "080000", patient="501", pv1=f"O|W1^01^{'|' * 16}V6{day}"),
        )
    )
    fold.rest(fold.heard_us + 2 * DAY_US)
    fold.forget(fold.heard_us + 10 * DAY_US)
    assert {PatientId("500"), PatientId("501")} <= set(fold.awake())
    assert [each.state for each in fold.chart(PatientId("500")).visits] == [VisitState.EXPECTED]


def test_a_late_result_begins_no_stay_again_of_which_nobody_told_the_kind() -> None:
    of_no_kind = stay("1")[1:]
    late = hl7("ORU^R01", "110000", "OBR|1|L9|F9|NA^Sodium", "OBX|1|NM|NA^Sodium||140", pv1=stay("1"), sender="LIS")
    fold = Fold(HOSPITAL)
    fold.add(read(hl7("ADT^A01", "080000", pv1=of_no_kind), hl7("ADT^A03", "100000", pv1=of_no_kind), *MANY[3:]))
    fold.rest(fold.heard_us + 2 * DAY_US)
    fold.forget(fold.heard_us + 2 * DAY_US)
    assert fold.resting[GONE].is_for_life
    fold.add(read(late))
    assert fold.chart(GONE).visit is None


def test_whose_data_meet_an_error_of_ours_stays_as_he_is_and_is_named_and_the_others_rest() -> None:
    no_chart, no_bytes = PatientId("600"), PatientId("601")
    fold = Fold(HOSPITAL)
    fold.add(read(*MANY))
    order = (("name", "Heparin"), ("frequency", 7), ("status", "active"))
    fold.add([
        Fact(no_chart, Group.MEDICATION, "M1", order, said(1)),
        Fact(no_bytes, Group.PENDING, "A1", (("nothing of a chart", 1.5),), said(1)),
    ])  # fmt: skip
    for tried in (fold.rest, fold.forget):
        tried(fold.heard_us + 2 * DAY_US)
        assert set(fold.unrested) == {no_chart, no_bytes}
        assert set(fold.resting) == {GONE}
    assert {no_chart, no_bytes} <= set(fold.awake())
    fold.rest(0)
    assert not fold.unrested


def test_a_snapshot_of_before_anybody_rested_is_read() -> None:
    told = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(packed(as_if_nobody_rested())))
    older = zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(told[:5]))
    fold = Fold(HOSPITAL)
    take_up(older, fold)
    assert fold.chart(GONE) == as_if_nobody_rested().chart(GONE)
