"""HL7 v2 messages as senders really write them: read, or refused with a reason; what is not read is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.continuity.charts.chart import Group, PatientId, Severity
from codedark.continuity.charts.fact import Fact
from codedark.continuity.charts.fold import charts
from codedark.continuity.hl7v2.encoding import decoded
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import site
from codedark.continuity.hl7v2.syntax import Unreadable, unescaped
from codedark.errors import UsageError
from tests.unit.continuity.messages import HOSPITAL, READER, chart, hl7, read, stay, understood

ADMITTED = hl7("ADT^A01", "080000", pv1=stay("1"))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"1\F\2\S\3\T\4\R\5\E\6", "1|2^3&4~5\\6"),
        (r"one\.br\two", "one\ntwo"),
        (r"\H\bold\N\ text", "bold text"),
        (r"\X0D\\X41\B", "\nAB"),
        (r"C:\temp", r"C:\temp"),
        (r"\Zxy\ stays", r"\Zxy\ stays"),
        ("\\", "\\"),
    ],
)
def test_escapes_are_replaced_and_what_is_none_stays(text: str, plain: str) -> None:
    assert unescaped(text) == plain


@given(st.text(alphabet="\\FSTREHN.brX0Dax", max_size=30))
def test_no_text_breaks_the_reading_of_escapes(text: str) -> None:
    assert len(unescaped(text)) <= len(text)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("8859/1", "latin-1"), ("UNICODE UTF-8", "utf-8"), ("", "utf-8"), ("", "cp1252"), ("8859/15", "iso8859-15")],
)
def test_names_are_read_in_the_encoding_that_is_declared_or_evident(charset: str, codec: str) -> None:
    text = ADMITTED.decode().replace("Peeters", "Núñez").replace("|P|2.5.1", f"|P|2.5.1||||||{charset}")
    assert chart(text.encode(codec)).identity.family == "Núñez"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_wide_letters_are_noticed(codec: str) -> None:
    assert chart(ADMITTED.decode().encode(codec)).identity.family == "Peeters"


def test_a_wrong_declaration_does_not_stop_the_reading() -> None:
    octets = ADMITTED.replace(b"Peeters", "Müller".encode("cp1252")).replace(
        b"|P|2.5.1", b"|P|2.5.1||||||UNICODE UTF-8"
    )
    assert decoded(octets).count("Müller") == 1


def test_an_arabic_name_and_one_of_three_hundred_letters_are_whole() -> None:
    for name in ("محمد", "L" * 300):
        assert chart(ADMITTED.replace(b"Peeters", name.encode())).identity.family == name


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r\r"])
def test_other_line_ends_are_taken(newline: bytes) -> None:
    assert chart(ADMITTED.replace(b"\r", newline)).visit is not None


def test_a_text_that_was_broken_by_a_line_end_is_joined_again() -> None:
    note = hl7(
        "ORU^R01", "090000", "OBR|1|P1|F1|CXR^X-ray of chest|||||||||||||||||||||F", "OBX|1|TX|1||no\nfracture||||||F"
    )
    assert chart(note).imaging[0].text == "no\nfracture"


def test_separators_of_the_senders_own_are_taken() -> None:
    odd = ADMITTED.replace(b"|", b"#").replace(b"^", b"*")
    assert chart(odd) == chart(ADMITTED)


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"", "does not begin with MSH"),
        (b"GET / HTTP/1.1", "does not begin with MSH"),
        (b"MSH", "names no separators"),
        (b"MSH|^^\\&|EHR|H", "one separator twice"),
        (b"MSH|^~\\&|EHR|H", "no segment names a patient"),
        (hl7("ADT^A01", "080000", patient=""), "no segment names a patient"),
    ],
)
def test_what_is_no_message_of_a_patient_is_refused_with_the_reason(octets: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        READER.read(octets)


@given(st.integers(0, len(ADMITTED)), st.binary(max_size=5), st.integers(0, 20))
def test_a_damaged_message_is_read_or_refused_and_never_ends_the_reading(at: int, put: bytes, gone: int) -> None:
    damaged = ADMITTED[:at] + put + ADMITTED[at + gone :]
    try:
        statements = READER.read(damaged).statements
    except Unreadable:
        return
    assert charts(statements, HOSPITAL)


def test_unknown_events_segments_and_times_are_named() -> None:
    odd = hl7("ADT^A77", "080000", "ZBE|1|2", pv1=stay("1") + "|" * 25 + "yesterday")
    assert set(understood(odd).not_understood) == {"event ADT^A77", "segment ZBE", "time in PV1-44"}


def test_a_message_of_another_hospital_is_refused_where_the_site_says_which_is_ours() -> None:
    own = Reader(site(b"facilities: [H]"), "UTC")
    assert own.read(ADMITTED).statements
    with pytest.raises(Unreadable, match="not this hospital"):
        own.read(ADMITTED.replace(b"|EHR|H|", b"|EHR|OTHER|"))


def test_a_site_moves_a_field_and_renames_a_ward() -> None:
    own = Reader(site(b"fields: {visit.reason: ZPV-2}\nwards: {'W1': 'Ward-A'}"), "UTC")
    made = charts(own.read(hl7("ADT^A01", "080000", "ZPV|1|Chest pain", pv1=stay("1"))).statements, HOSPITAL)
    visit = made[PatientId("100")].visits[0]
    assert visit.reason == "Chest pain"
    assert visit.place is not None
    assert visit.place.ward == "Ward-A"


@pytest.mark.parametrize(
    "own", [b"feilds: {}", b"fields: {visit.colour: PV1-2}", b"fields: {visit.id: PV1}", b"[1]", b"{"]
)
def test_a_mistake_in_a_sites_file_is_told(own: bytes) -> None:
    with pytest.raises(UsageError):
        site(own)


def test_the_hospitals_own_number_is_taken_by_its_type_and_authority() -> None:
    many = ADMITTED.replace(b"100^^^H^MR", b"9^^^NAT^NI~77^^^X^MR~100^^^H^MR")
    assert READER.read(many).statements[0] is not None
    own = Reader(site(b"patient_authorities: [H]"), "UTC")
    assert {each.patient for each in own.read(many).statements if isinstance(each, Fact)} == {"100"}


def test_an_emptied_field_is_emptied_and_one_that_is_not_told_stays() -> None:
    told = hl7("ADT^A01", "080000", pv1=stay("1"))
    renamed = hl7("ADT^A08", "081000", pv1=stay("1")).replace(b"Peeters^An", b"Maes")
    emptied = hl7("ADT^A08", "082000", pv1=stay("1")).replace(b"Peeters^An", b'^""')
    assert chart(told, renamed).identity.given == "An"
    assert chart(told, renamed, emptied).identity.given == ""
    assert chart(told, renamed, emptied).identity.family == "Maes"


def test_allergies_are_a_list_or_none_known_or_not_recorded() -> None:
    latex = hl7("ADT^A08", "090000", "AL1|1|MA|^Latex|MO|Rash~Itch", pv1=stay("1"))
    none = hl7("ADT^A08", "090000", "AL1|1|MA|716186003^No known allergy^SCT", pv1=stay("1"))
    assert (chart(ADMITTED).allergies, chart(ADMITTED).none_known) == ((), frozenset())
    assert chart(none).none_known == {Group.ALLERGIES}
    (found,) = chart(latex).allergies
    assert (found.substance, found.reaction, found.severity) == ("Latex", "Rash, Itch", Severity.MODERATE)


def test_an_allergy_that_is_taken_back_goes_and_one_that_is_told_after_it_stays() -> None:
    told = hl7("ADT^A08", "090000", "AL1|1|MA|^Latex|MO", "AL1|2|DA|^Penicillin|SV", pv1=stay("1"))
    back = hl7("ADT^A60", "100000", "IAM|1|MA|^Latex|MO||D|7")
    assert [each.substance for each in chart(back, told).allergies] == ["Penicillin"]
    again = hl7("ADT^A08", "110000", "AL1|1|MA|^Latex|MO", pv1=stay("1"))
    assert [each.substance for each in chart(again, back, told).allergies] == ["Latex"]


@pytest.mark.parametrize("event", ["ADT^A40", "ADT^A34"])
def test_a_merge_joins_two_charts_whenever_it_comes(event: str) -> None:
    old = hl7("ADT^A01", "070000", "AL1|1|DA|^Penicillin|SV", patient="99", pv1=stay("2", "V0"))
    gone = hl7("ADT^A03", "073000", patient="99", pv1=stay("2", "V0"))
    new = hl7("ADT^A08", "080000", "AL1|1|MA|^Latex|MO", pv1=stay("1"))
    merge = hl7(event, "090000", "MRG|99^^^H^MR")
    for order in ((old, gone, new, merge), (merge, new, gone, old)):
        made = charts(read(*order), HOSPITAL)
        assert list(made) == ["100"]
        assert [each.substance for each in made[PatientId("100")].allergies] == ["Latex", "Penicillin"]
        assert ("merged", "99") in made[PatientId("100")].identity.numbers


def test_linked_records_stay_two_and_speak_of_each_other_until_they_are_parted() -> None:
    link = hl7("ADT^A24", "090000", "PID|2||200^^^H^MR||Maes^Jo")
    part = hl7("ADT^A37", "100000", "PID|2||200^^^H^MR||Maes^Jo")
    made = charts(read(link), HOSPITAL)
    assert made[PatientId("100")].identity.numbers == (("linked", "200"),)
    assert made[PatientId("200")].identity.numbers == (("linked", "100"),)
    assert charts(read(part, link), HOSPITAL)[PatientId("100")].identity.numbers == ()


def test_a_merge_of_another_hospitals_number_merges_nobody_here() -> None:
    """Number 77 of the other hospital is in MRG-1 beside ours, and number 77 of ours is somebody else."""
    ours = Reader(site(b"patient_authorities: [H]"), HOSPITAL.time_zone)
    other = hl7("ADT^A01", "080000", patient="77", pv1=stay("2", "V77"))
    merge = hl7("ADT^A40", "090000", "MRG|99^^^H^MR~77^^^ELSEWHERE^MR~77^^^H^SS")
    stated = [each for message in (ADMITTED, other, merge) for each in ours.read(message).statements]
    assert set(charts(stated, HOSPITAL)) == {PatientId("77"), PatientId("100")}


@pytest.mark.parametrize(
    "text",
    ["No known allergy to latex", "Keine bekannten Allergien ausser Penicillin", "Aucune allergie connue au latex"],
)
def test_none_known_of_one_substance_is_not_none_known_of_all(text: str) -> None:
    made = chart(hl7("ADT^A08", "090000", f"AL1|1|DA|^{text}", pv1=stay("1")))
    assert (made.none_known, [each.substance for each in made.allergies]) == (frozenset(), [text])


@pytest.mark.parametrize("text", ["No known allergies.", "Geen gekende allergieën", "Keine Allergien bekannt"])
def test_none_known_is_understood_in_the_words_of_wards(text: str) -> None:
    assert chart(hl7("ADT^A08", "090000", f"AL1|1|DA|^{text}", pv1=stay("1"))).none_known == {Group.ALLERGIES}


def test_an_allergy_whose_substance_was_left_out_is_shown_by_its_reaction_and_named() -> None:
    message = hl7("ADT^A08", "090000", "AL1|1|DA||SV|ANAPHYLAXIS", pv1=stay("1"))
    (allergy,) = chart(message).allergies
    assert (allergy.substance, allergy.reaction, allergy.severity) == ("?", "ANAPHYLAXIS", Severity.HIGH)
    assert "AL1 without a substance (AL1-3)" in understood(message).not_understood


def test_a_clock_that_is_years_ahead_holds_nothing_for_years() -> None:
    arrived_us = 1_768_200_000_000_000  # 2026-01-12 07:40 at the hospital
    ahead = ADMITTED.replace(b"|20260112080000|", b"|20620112080000|", 1)
    told = READER.read(ahead, arrived_us, arrived_us + 300_000_000)
    assert told.at_us == arrived_us
    assert any("ahead" in each for each in told.not_understood)
    assert READER.read(ADMITTED, arrived_us, arrived_us + 3_600_000_000).at_us != arrived_us


def test_a_patient_who_comes_again_without_a_stays_number_is_in() -> None:
    gone = hl7("ADT^A03", "090000", pv1=stay("1"))
    again = hl7("ADT^A01", "100000", pv1=stay("2", ""))
    assert chart(ADMITTED, gone).visit is None
    visit = chart(again, gone, ADMITTED).visit
    assert visit is not None
    assert visit.place is not None
    assert visit.place.bed_id == "W1-01-2"
    assert chart(hl7("ADT^A01", "070000", pv1=stay("2", "")), gone, ADMITTED).visit is None


def test_a_sign_that_its_sender_forgot_to_escape_cuts_no_name() -> None:
    allergy = hl7("ADT^A08", "090000", "AL1|1|DA|^Amoxicillin & clavulanate||rash", pv1=stay("1"))
    assert [each.substance for each in chart(allergy).allergies] == ["Amoxicillin & clavulanate"]
    order = ("ORC|NW|M1", "RXE||X^Piperacillin & tazobactam|4||g||^HOLD if RR < 60 & asleep~^Slowly")
    (drug,) = chart(hl7("RDE^O11", "090000", *order)).drugs
    assert drug.name == "Piperacillin & tazobactam"
    assert drug.instructions == "HOLD if RR < 60 & asleep\nSlowly"


@pytest.mark.parametrize(("most", "dose"), [("2", "1 to 2"), ("1.0", "1"), ("", "1")])
def test_a_dose_that_is_left_open_says_from_what_to_what(most: str, dose: str) -> None:
    (drug,) = chart(hl7("RDE^O11", "090000", "ORC|NW|M1", f"RXE||X^Y|1|{most}|tablet")).drugs
    assert (drug.dose, drug.unit) == (dose, "tablet")


def test_an_order_that_could_not_be_stopped_goes_on() -> None:
    order, stop, unable = (
        hl7("RDE^O11", f"09000{n}", f"ORC|{control}|M1", "RXE||X^Y|1||mg")
        for n, control in enumerate(("NW", "DC", "UD"))
    )
    assert [each.status for each in chart(order, stop).drugs] == ["stopped"]
    assert [each.status for each in chart(order, stop, unable).drugs] == ["active"]


def test_a_note_above_values_or_in_a_report_is_kept() -> None:
    value = hl7("ORU^R01", "090000", "OBR|1|L1|F1|K^Potassium", "NTE|1||HAEMOLYSED", "OBX|1|NM|2823-3^K||6.1|mmol/L")
    assert [each.note for each in chart(value).results] == ["HAEMOLYSED"]
    culture = hl7(
        "ORU^R01", "090000", f"OBR|1|L1|F1|BC^Blood culture{'|' * 20}MB", "NTE|1||PHONED", "OBX|1|ST|1^Growth||yes",
        "NTE|1||MRSA",
    )  # fmt: skip
    assert [each.text for each in chart(culture).microbiology] == ["PHONED\nGrowth: yes\nMRSA"]
