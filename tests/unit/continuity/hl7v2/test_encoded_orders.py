"""Orders as pharmacies and eMARs send them (HL7 v2.5.1, chapter 4): what is told twice, in part, or by whom alone."""

from __future__ import annotations

import pytest

from codedark.continuity.charts.chart import Drug
from codedark.continuity.charts.times import Times
from tests.unit.continuity.messages import chart, hl7, stay, understood

TIMES = Times("Europe/Brussels")
BEGIN = "20260112080000"
NEW = hl7("RDE^O11", "080000", "ORC|NW|M1|F1", "RXE||X^Metoprolol|25||mg", f"TQ1|1||BID||||{BEGIN}", pv1=stay("1"))


def order(*segments: str, event: str = "RDE^O11") -> Drug:
    """The one drug that a message with these segments makes."""
    (drug,) = chart(hl7(event, "080000", *segments, pv1=stay("1"))).drugs
    return drug


def local(us: int) -> str:
    """A moment by the hospital's clocks."""
    return f"{TIMES.local(us):%d %H:%M}" if us else ""


def test_what_was_asked_and_what_the_pharmacy_made_of_it_is_one_order() -> None:
    """RDE_O11 has TQ1, RXR and RXC of the request, and again of what is given."""
    drug = order(
        "ORC|NW|M1",
        f"TQ1|1||TID||||{BEGIN}",
        "RXO|X^Potassium in saline|1||bag",
        "RXR|PO",
        "RXC|B|1^Saline|1000|mL",
        "RXC|A|2^KCl|40|mmol",
        "RXE||X^Potassium in saline|1||bag",
        f"TQ1|1||BID||||{BEGIN}",
        "RXR|IV",
        "RXC|B|1^Saline|1000|mL",
        "RXC|A|2^KCl|40|mmol",
    )
    assert drug.name == "Saline 1000 mL + KCl 40 mmol"
    assert (drug.frequency, drug.route, local(drug.next_us)) == ("BID", "IV", "12 08:00")


def test_what_was_dispensed_is_no_second_part_of_a_mixture() -> None:
    parts = ("RXC|B|1^Saline|1000|mL", "RXC|A|2^KCl|40|mmol")
    drug = order("ORC|RE|M1", "RXE||X^Mix|1||bag", "RXR|IV", *parts, "RXD|1|X^Mix", "RXR|IV", *parts, event="RDS^O13")
    assert drug.name == "Saline 1000 mL + KCl 40 mmol"


@pytest.mark.parametrize("event", ["RDS^O13", "RGV^O15", "RDE^O11"])
@pytest.mark.parametrize("orc", ["ORC|RE|M1|F1", "ORC||M1|F1"])
def test_a_message_that_says_nothing_of_its_state_does_not_begin_a_stopped_order_anew(event: str, orc: str) -> None:
    stop = hl7("RDE^O11", "090000", "ORC|DC|M1|F1", pv1=stay("1"))
    later = hl7(event, "100000", orc, "RXE||X^Metoprolol|25||mg", pv1=stay("1"), sender="PHARM")
    assert [each.status for each in chart(NEW, stop, later).drugs] == ["stopped"]
    assert [each.status for each in chart(later).drugs] == ["active"]


def test_whoever_knows_an_order_by_the_fillers_number_alone_stops_it_too() -> None:
    stop = hl7("RDE^O11", "090000", "ORC|DC||F1", sender="PHARM")
    dose = hl7("RAS^O17", "081000", "ORC|RE||F1", "RXA|0|1|20260112081000||Y^Seloken|25|mg", sender="EMAR")
    for messages in ((NEW, stop), (stop, NEW)):
        assert [(each.id, each.name, each.status) for each in chart(*messages).drugs] == [
            ("M1", "Metoprolol", "stopped")
        ]
    for messages in ((NEW, dose), (dose, NEW)):
        (drug,) = chart(*messages).drugs
        assert (local(drug.last_us), local(drug.next_us)) == ("12 08:10", "12 20:00")
    other = hl7("RDE^O11", "090000", "ORC|NW|F1", "RXE||Z^Warfarin|5||mg", pv1=stay("1"))
    assert len(chart(NEW, other).drugs) == 2, "a placer's number that is as a filler's is of another order"


@pytest.mark.parametrize(
    ("controls", "status"),
    [
        (("NW", "RP", "UM"), "active"),
        (("NW", "HD", "OR"), "active"),
        (("NW", "HD", "UR"), "on-hold"),
        (("NW", "DC", "UD"), "active"),
    ],
)
def test_what_could_not_be_done_or_was_let_go_is_so(controls: tuple[str, ...], status: str) -> None:
    messages = [
        hl7("RDE^O11", f"09000{n}", f"ORC|{each}|M1", "RXE||X^Y|1||mg" if each == "NW" else "NTE|1")
        for n, each in enumerate(controls)
    ]
    assert [each.status for each in chart(*messages).drugs] == [status]


def test_an_order_that_is_to_be_stopped_tomorrow_goes_on_until_then() -> None:
    stop = hl7("RDE^O11", "090000", "ORC|DC|M1|F1||||||||||||20260113080000", pv1=stay("1"))
    (drug,) = chart(NEW, stop).drugs
    assert (drug.status, local(drug.end_us)) == ("active", "13 08:00")
    late = hl7("ADT^A08", "090000", pv1=stay("1")).replace(b"|20260112090000|", b"|20260113090000|", 1)
    assert [each.status for each in chart(NEW, stop, late).drugs] == ["completed"]


@pytest.mark.parametrize(
    ("timing", "frequency"),
    [
        ("TQ1|1||QAM~QHS", "QAM + QHS"),
        ("TQ1|1||^^^^8^h", "Q8H"),
        ("TQ1|1||^^^^^^^ACM", "ACM"),
        ("ORC7|1^QAM~2^QHS", "QAM + QHS"),
    ],
)
def test_a_pattern_that_repeats_or_stands_in_parts_is_whole(timing: str, frequency: str) -> None:
    if timing.startswith("ORC7"):
        drug = order(f"ORC|NW|M1|||||{timing[5:]}", "RXO|X^Insulin|4||U", event="ORM^O01")
        assert "2 QHS" in drug.instructions
    else:
        drug = order("ORC|NW|M1", "RXE||X^Y|1||mg", f"{timing}")
    assert drug.frequency == frequency


def test_each_part_of_an_order_has_its_own_amount() -> None:
    drug = order("ORC|NW|M1", "RXE|10^QAM~20^QHS|X^Insulin|10||U")
    assert {"10 QAM", "20 QHS"} <= set(drug.instructions.splitlines())


def test_hours_that_an_old_order_names_are_its_hours() -> None:
    drug = order("ORC|NW|M1|||||1^BID&0700,1900^^20260112080000", "RXO|X^Y|4||mg", event="ORM^O01")
    assert (drug.times, local(drug.next_us)) == (("07:00", "19:00"), "12 19:00")


@pytest.mark.parametrize(
    ("segments", "said"),
    [
        (("RXE||X^Vancomycin|1||g", "TQ1|1||BID||||||||||60^min"), "each over 60 min"),
        (("RXE||X^Vancomycin|1||g", "TQ1|1||BID|||||||||||3"), "3 times in all"),
        (("RXE|1^BID^^^^^^^^^30&min^3|X^Vancomycin|1||g",), "3 times in all"),
        (("RXE||X^Heparin|1000||U|||||||||||||||||H1", "TQ1|1||CONT"), "per hour"),
        (("RXE||X^Saline|1000||mL|||||||||||||||||H8", "TQ1|1||CONT"), "per 8 hours"),
        (("RXO|X^Morphine|10|||||||||||||||||||2|mg/h",), "2 mg/h"),
        (("RXO|X^Insulin|10||||||||||||||||100|unit/mL",), "100 unit/mL"),
        (("RXE||X^Morphine|30||mg|SRTAB^slow release tablet", "TQ1|1||BID"), "slow release tablet"),
    ],
)
def test_what_bounds_or_paces_a_dose_is_told(segments: tuple[str, ...], said: str) -> None:
    assert said in order("ORC|NW|M1", *segments).instructions.splitlines()


@pytest.mark.parametrize("frequency", ["PRNQ6H", "PRN Q6H", "PRNBID"])
def test_as_needed_as_table_0335_writes_it_is_as_needed(frequency: str) -> None:
    drug = order("ORC|NW|M1", "RXE||X^Y|1||mg", f"TQ1|1||{frequency}||||{BEGIN}")
    assert (drug.as_needed, drug.next_us) == (True, 0)


def test_the_way_in_which_a_dose_was_given_is_that_of_the_dose() -> None:
    given = hl7(
        "RAS^O17",
        "090000",
        "ORC|RE|M1",
        "RXE||X^Paracetamol|1||g",
        "RXR|PO",
        "RXA|0|1|20260112090000||X^Paracetamol|1|g",
        "RXR|IV",
        "RXA|0|2|20260112093000||X^Paracetamol|1|g",
        "RXR|PR",
    )
    assert [each.route for each in chart(given).given] == ["PR", "IV"]


def test_two_doses_of_one_minute_are_two() -> None:
    doses = ("RXA|0|1|20260112090000||^Morphine|2|mg", "RXA|0|2|20260112090000||^Ketamine|10|mg")
    for orc in ("ORC|RE|M1", "ORC|RE"):
        assert sorted(each.name for each in chart(hl7("RAS^O17", "090000", orc, *doses)).given) == [
            "Ketamine",
            "Morphine",
        ]


@pytest.mark.parametrize(
    ("told", "status"), [("HELD", "held"), ("Missed", "not-given"), ("NOT GIVEN", "not-given"), ("Refused", "refused")]
)
def test_a_dose_that_was_not_given_in_a_sites_own_word_is_not_given(told: str, status: str) -> None:
    message = hl7("RAS^O17", "090000", "ORC|RE|M1", f"RXA|0|1|20260112090000||^X|2|mg{'|' * 13}{told}")
    assert [each.status for each in chart(message).given] == [status]


def test_a_completion_that_nobody_knows_is_named() -> None:
    message = hl7("RAS^O17", "090000", "ORC|RE|M1", f"RXA|0|1|20260112090000||^X|2|mg{'|' * 13}QX")
    assert "completion status QX (RXA-20)" in understood(message).not_understood


def test_an_order_that_is_changed_is_what_it_was_changed_to() -> None:
    """Hours, an end and a condition of before would else hold for what was changed: two of three doses, or none."""
    rxe = "RXE||X^Paracetamol|1||g"
    first = f"TQ1|1||BID|0800~2000|||{BEGIN}|20260114080000|R~PRN|hold if drowsy|at most 4 g"
    before = hl7("RDE^O11", "080000", "ORC|NW|M1", rxe, first, pv1=stay("1"))
    after = hl7("RDE^O11", "090000", "ORC|XO|M1", rxe, f"TQ1|1||TID||||{BEGIN}", pv1=stay("1"))
    (drug,) = chart(before).drugs
    assert (drug.as_needed, drug.times, bool(drug.end_us)) == (True, ("08:00", "20:00"), True)
    for messages in ((before, after), (after, before)):
        (drug,) = chart(*messages).drugs
        assert (drug.as_needed, drug.times, drug.end_us, drug.instructions) == (False, (), 0, "")
        assert local(drug.next_us) == "12 08:00"
    held = hl7("RDE^O11", "090000", "ORC|HD|M1", rxe, pv1=stay("1"))
    assert [(each.instructions, each.as_needed) for each in chart(before, held).drugs] == [
        ("hold if drowsy\nat most 4 g", True)
    ]


@pytest.mark.parametrize("parent", ["M1", "M1&EHR^F1&PHARM", "^F1&PHARM"])
def test_an_order_that_takes_the_place_of_another_leaves_one(parent: str) -> None:
    """ORC-8 of the new one names the old one, also where no RP is sent for that."""
    new = hl7("RDE^O11", "090000", f"ORC|RO|M2||||||{parent}", "RXE||X^Metoprolol|50||mg", pv1=stay("1"))
    for messages in ((NEW, new), (new, NEW)):
        assert [(each.dose, each.status) for each in chart(*messages).drugs] == [("50", "active"), ("25", "stopped")]
