"""Admissions, identities and allergies as hospitals' systems send them (HL7 v2.5.1, chapters 2 and 3)."""

from __future__ import annotations

import pytest

from codedark.continuity.charts.chart import Severity, VisitState
from codedark.continuity.charts.times import Times
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import site
from codedark.continuity.hl7v2.syntax import Unreadable
from tests.unit.continuity.messages import READER, chart, hl7, read, stay, understood

TIMES = Times("Europe/Brussels")
HERE = hl7("ADT^A01", "080000", pv1=stay("1"))


@pytest.mark.parametrize(("event", "back"), [("A14", "A27"), ("A05", "A38")])
def test_who_lies_here_and_is_to_be_admitted_elsewhere_lies_here_still(event: str, back: str) -> None:
    """A pending admission of somebody in the emergency department, under the number of the stay that goes on."""
    planned = hl7(f"ADT^{event}", "090000", pv1=stay("2"))
    cancelled = hl7(f"ADT^{back}", "100000", pv1=stay("2"))
    for messages in ((HERE, planned), (HERE, planned, cancelled)):
        visit = chart(*messages).visit
        assert visit is not None
        assert visit.place is not None
        assert (visit.state, visit.place.bed_id) == (VisitState.IN, "W1-01-1")
    assert [each.state for each in chart(planned).visits] == [VisitState.EXPECTED]
    assert [each.state for each in chart(planned, cancelled).visits] == [VisitState.CANCELLED]
    arrived = hl7("ADT^A01", "110000", pv1=stay("3"))
    assert [each.state for each in chart(planned, arrived).visits] == [VisitState.IN]


def test_an_account_that_a_laboratory_names_is_no_second_stay() -> None:
    """PID-18 stands where PV1-19 is not told: nobody stays in a bed for it after he has gone."""

    def with_account(message: bytes) -> bytes:
        return message.replace(b"19500102|F", b"19500102|F||||||||||ACC7")

    here = with_account(hl7("ADT^A01", "080000", pv1=stay("1")))
    gone = with_account(hl7("ADT^A03", "100000", pv1=stay("1")))
    order = ("ORC|NW|M1", "RXE||X^Y|1||mg")
    value = with_account(
        hl7("ORU^R01", "090000", "OBR|1|L1|F1|K^K", "OBX|1|NM|2823-3^K||4|mmol/L", pv1=stay("1", ""), sender="LIS")
    )
    drug = with_account(hl7("RDE^O11", "090000", *order, pv1=stay("1", ""), sender="PHARM"))
    for messages in ((here, value, drug), (value, drug, here)):
        made = chart(*messages)
        assert (len(made.visits), made.doubts, len(made.results), len(made.drugs)) == (1, (), 1, 1)
    assert chart(here, value, drug, gone).visit is None


def test_an_allergy_is_told_with_all_that_it_does() -> None:
    told = hl7("ADT^A60", "090000", "IAM|1|DA|PEN^Penicillin|SV|Rash~Anaphylaxis|A|7")
    (allergy,) = chart(told).allergies
    assert (allergy.reaction, allergy.severity) == ("Rash, Anaphylaxis", Severity.HIGH)


def test_an_allergy_that_one_message_deletes_and_adds_anew_is_there() -> None:
    again = hl7("ADT^A60", "090000", "IAM|1|DA|PEN^Penicillin|SV|Shock|D", "IAM|2|DA|PEN^Penicillin|MI|Rash|A")
    (allergy,) = chart(again).allergies
    assert (allergy.substance, allergy.severity) == ("Penicillin", Severity.LOW)
    away = hl7("ADT^A60", "090000", "IAM|1|DA|PEN^Penicillin|MI|Rash|A", "IAM|2|DA|PEN^Penicillin|MI|Rash|D")
    assert chart(away).allergies == ()


@pytest.mark.parametrize(("status", "is_certain"), [("U", False), ("S", False), ("C", True), ("", True)])
def test_an_allergy_that_nobody_has_confirmed_says_so(status: str, *, is_certain: bool) -> None:
    told = hl7("ADT^A60", "090000", f"IAM|1|DA|PEN^Penicillin|SV|Rash|A|7||||||||||{status}")
    assert [each.is_certain for each in chart(told).allergies] == [is_certain]


def test_whoever_was_called_dead_by_mistake_is_not() -> None:
    dead = HERE.replace(b"19500102|F", b"19500102|F" + b"|" * 22 + b"Y").replace(b"080000", b"090000", 1)
    alive = HERE.replace(b"19500102|F", b"19500102|F" + b"|" * 22 + b"N").replace(b"080000", b"100000", 1)
    assert chart(HERE, dead).identity.died_us
    assert chart(HERE, dead, alive).identity.died_us == 0
    from_elsewhere = hl7("ORU^R01", "110000", "OBR|1|L|F|K^K", "OBX|1|NM|K^K||4", sender="LIS")
    says_no = from_elsewhere.replace(b"19500102|F", b"19500102|F" + b"|" * 22 + b"N")
    assert chart(HERE, dead, says_no).identity.died_us


@pytest.mark.parametrize("declared", ["8859/1", "8859/15", "WINDOWS-1252"])
def test_letters_that_an_engine_wrote_anew_without_saying_so_are_read(declared: str) -> None:
    text = HERE.decode().replace("Peeters", "Müller").replace("|P|2.5.1", f"|P|2.5.1||||||{declared}")
    assert chart(text.encode("utf-8")).identity.family == "Müller"
    assert chart(text.encode("cp1252")).identity.family == "Müller"


def test_of_the_hour_that_comes_twice_the_later_message_is_the_later() -> None:
    """25 October 2026, 02:50 summer time, then 02:10 winter time: MSH-7 says no zone, the arrival does."""
    first_us, second_us = TIMES.us("20261025025000+0200"), TIMES.us("20261025021000+0100")
    moved = [hl7("ADT^A02", "080000", pv1=stay(bed), id_=bed) for bed in ("1", "2")]
    first = READER.read(moved[0].replace(b"20260112080000", b"20261025025000", 1), first_us)
    second = READER.read(moved[1].replace(b"20260112080000", b"20261025021000", 1), second_us)
    assert (first.at_us, second.at_us) == (first_us, second_us)
    late = READER.read(moved[0].replace(b"20260112080000", b"20261025025000", 1), first_us + 5 * 3_600_000_000)
    assert late.at_us == first_us


def test_a_number_of_a_type_that_the_site_does_not_name_is_named() -> None:
    odd = HERE.replace(b"100^^^H^MR", b"850101^^^BE^NNBEL")
    assert "number of type NNBEL (PID-3), not in patient_types" in understood(odd).not_understood
    assert not understood(HERE).not_understood


def test_a_frame_with_two_messages_is_no_message_of_the_first_alone() -> None:
    """Read as one, the second patient would be admitted, not sent home."""
    second = hl7("ADT^A03", "090000", pv1=stay("2", "V2"), patient="200")
    with pytest.raises(Unreadable, match="two messages in one"):
        read(HERE + second)


def test_a_message_of_a_test_system_is_refused_where_the_site_says_so() -> None:
    """A copy of the record with the same numbers, pointed at the wrong port."""
    trial = HERE.replace(b"|P|2.5.1", b"|T|2.5.1")
    assert READER.read(trial).statements
    own = Reader(site(b"processing_ids: [P]"), "UTC")
    assert own.read(HERE).statements
    with pytest.raises(Unreadable, match=r"for 'T', not for P \(MSH-11\)"):
        own.read(trial)


def test_a_discharge_without_the_stays_number_ends_the_one_stay_that_there_is() -> None:
    gone = hl7("ADT^A03", "090000", pv1=stay("1", ""))
    for messages in ((HERE, gone), (gone, HERE)):
        (visit,) = chart(*messages).visits
        assert (visit.state, visit.discharged_us) == (VisitState.OUT, TIMES.us("20260112090000"))
    second = hl7("ADT^A01", "083000", pv1=stay("2", "V2"))
    assert {each.state for each in chart(HERE, second, gone).visits} == {VisitState.IN}, "nobody can tell which"
    again = hl7("ADT^A13", "100000", pv1=stay("1"))
    assert [each.state for each in chart(HERE, gone, again).visits] == [VisitState.IN]
    later = hl7("ADT^A01", "110000", pv1=stay("3", "V3"))
    assert [each.state for each in chart(HERE, gone, later).visits] == [VisitState.IN, VisitState.OUT]


def test_an_event_of_a_stay_that_tells_of_none_is_named() -> None:
    assert "ADT^A03 without PV1" in understood(hl7("ADT^A03", "090000")).not_understood
    assert "ADT^A31 without PV1" not in understood(hl7("ADT^A31", "090000")).not_understood
