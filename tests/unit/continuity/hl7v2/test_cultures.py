"""Results as laboratories send them (HL7 v2.5.1, chapter 7): susceptibilities, states, and values in odd places."""

from __future__ import annotations

import pytest

from tests.unit.continuity.messages import chart, hl7, stay

MB = "|" * 20 + "MB|F"


def culture(*segments: str, at: str = "090000") -> bytes:
    """A message of the laboratory."""
    return hl7("ORU^R01", at, *segments, sender="LIS")


def test_a_susceptibility_says_of_what_and_how() -> None:
    """All OBR have one filler's number, as accessions do; ST names its test in OBX-3 alone."""
    told = culture(
        f"OBR|1|P1|A77|BC^Blood culture|||20260112070000{'|' * 17}MB|F",
        "OBX|1|CE|600-7^Bacteria identified|1|112283007^Escherichia coli||||||F",
        "OBX|2|CE|600-7^Bacteria identified|2|3092008^Staphylococcus aureus||||||F",
        f"OBR|2|P1|A77|SUS^Susceptibility|||20260112070000{'|' * 17}MB|F|600-7^1^Escherichia coli",
        "OBX|1|ST|18906-8^Ciprofloxacin||>4|ug/mL||R|||F",
        "OBX|2|ST|18878-9^Cefazolin|||||S|||F",
        "OBX|3|NM|18879-7^Cefazolin||8|ug/mL||I|||F",
        f"OBR|3|P1|A77|SUS^Susceptibility|||20260112070000{'|' * 17}MB|F|600-7^2",
        "OBX|1|ST|6-1^Oxacillin||R||||||F",
    )
    text = {each.title: each.text for each in chart(told).microbiology}
    assert text["Blood culture"] == "Bacteria identified: Escherichia coli\nBacteria identified: Staphylococcus aureus"
    assert text["Susceptibility: Escherichia coli"] == "Ciprofloxacin: >4 ug/mL R\nCefazolin: S\nCefazolin: 8 ug/mL I"
    assert text["Susceptibility: Staphylococcus aureus"] == "Oxacillin: R"
    again = culture(
        f"OBR|1|P1|A77|SUS^Susceptibility|||20260112070000{'|' * 17}MB|F|600-7^1^Escherichia coli",
        "OBX|1|ST|18906-8^Ciprofloxacin||<=0.25|ug/mL||S|||C",
        at="100000",
    )
    corrected = {each.title: each.text for each in chart(told, again).microbiology}
    assert corrected == {**text, "Susceptibility: Escherichia coli": "Ciprofloxacin: <=0.25 ug/mL S"}


def test_results_that_become_final_without_being_sent_again_stay() -> None:
    request = f"OBR|1|L1|F1|K^Potassium|||20260112070000{'|' * 18}"
    told = culture(request + "P", "OBX|1|NM|2823-3^Potassium||6.9|mmol/L||HH|||P")
    final = culture(request + "F", "OBX|1|NM|2823-3^Potassium||||||||U", at="100000")
    for messages in ((told, final), (final, told)):
        assert [(each.value, each.flag, each.status) for each in chart(*messages).results] == [("6.9", "HH", "F")]


@pytest.mark.parametrize(
    ("kind", "told", "value"),
    [
        ("CWE", "^^^^^^^^Acinetobacter", "Acinetobacter"),
        ("CE", "^^^LOC^Positive^L", "Positive"),
        ("CWE", "260373001^Detected^SCT", "Detected"),
        ("SN", "<^0.01", "<0.01"),
        ("NM", r"6.1", "6.1"),
        ("TS", "20260112", "20260112"),
    ],
)
def test_a_value_is_found_where_its_type_has_it(kind: str, told: str, value: str) -> None:
    made = chart(culture("OBR|1|L1|F1|X^Test", f"OBX|1|{kind}|X^Test||{told}||||||F"))
    assert [each.value for each in made.results] == [value]


@pytest.mark.parametrize("unit", ["10^9/L", r"10\S\9/L", "x10^9/L"])
def test_a_unit_whose_sender_forgot_to_escape_is_whole(unit: str) -> None:
    made = chart(culture("OBR|1|L1|F1|CBC^Count", f"OBX|1|NM|6690-2^Leukocytes||7.2|{unit}|||||F"))
    assert [each.unit for each in made.results] == [unit.replace("\\S\\", "^")]


def test_analysers_whose_request_stands_before_its_orc_keep_values_with_their_request() -> None:
    """OUL_R22: OBR, then ORC, then OBX."""
    told = hl7(
        "OUL^R22",
        "090000",
        "SPM|1|S1",
        "OBR|1|P1|F1|K^Potassium|||20260112070000",
        "ORC|RE|P1|F1",
        "OBX|1|NM|2823-3^Potassium||4.1|mmol/L|||||F",
        "OBR|2|P2|F2|NA^Sodium|||20260112080000",
        "ORC|RE|P2|F2",
        "OBX|1|NM|2951-2^Sodium||140|mmol/L|||||F",
    )
    assert {(each.name, each.panel) for each in chart(told).results} == {
        ("Potassium", "Potassium"),
        ("Sodium", "Sodium"),
    }


def test_an_order_that_is_answered_under_the_fillers_number_alone_is_answered() -> None:
    asked = hl7("ORM^O01", "080000", "ORC|NW|P1", "OBR|1|P1||CRP^CRP", pv1=stay("1"))
    taken = hl7("ORM^O01", "081000", "ORC|SC|P1|F1||IP", "OBR|1|P1|F1|CRP^CRP", sender="LIS")
    final = culture(f"OBR|1||F1|CRP^CRP{'|' * 20}LAB|F", "OBX|1|NM|1988-5^CRP||12|mg/L|||||F")
    assert [each.name for each in chart(asked, taken).pending] == ["CRP"]
    assert chart(asked, taken, final).pending == ()


def test_a_number_that_a_laboratory_gave_to_two_orders_answers_neither_of_them_by_itself() -> None:
    """An accession stands for a tube: what is answered under it alone may be the other order."""
    asked = [
        hl7("ORM^O01", f"0800{n}0", f"ORC|SC|P{n}|A77||IP", f"OBR|1|P{n}|A77|T{n}^Test {n}", sender="LIS")
        for n in (1, 2)
    ]
    final = culture(f"OBR|1||A77|T1^Test 1{'|' * 20}LAB|F", "OBX|1|NM|1988-5^CRP||12|mg/L|||||F")
    assert {each.name for each in chart(*asked, final).pending} == {"Test 1", "Test 2"}
