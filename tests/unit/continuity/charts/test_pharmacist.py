"""What a clinical pharmacist asks of an order: conditions, sites, several doses, doses outside of it, danger."""

from __future__ import annotations

from typing import Any

import pytest

from codedark.continuity.charts.chart import Drug, PatientId
from codedark.continuity.charts.fold import charts
from codedark.continuity.charts.frequency_tables import schedule_of
from codedark.continuity.charts.meanings import meanings
from codedark.continuity.charts.schedule import is_for_some_days
from codedark.continuity.charts.times import DAY_US, Times
from codedark.continuity.pages.cautions import cautions
from codedark.continuity.pages.due import due_times
from codedark.continuity.pages.medicine import dose_text, frequency_text, route_text
from codedark.continuity.pages.words import words_of
from tests.unit.continuity.charts.test_what_was_meant import SUBJECT, told
from tests.unit.continuity.messages import HOSPITAL, chart, hl7, read, stay

TIMES = Times("Europe/Brussels")
SCHEDULE = schedule_of("Europe/Brussels", {})
BEGIN = "20260112080000"
WORDS = words_of("en")


def order(*segments: str, control: str = "NW", at: str = "080000") -> Drug:
    """The one drug that an order with these segments makes."""
    message = hl7("RDE^O11", at, f"ORC|{control}|M1|||||||{BEGIN}", *segments, pv1=stay("1"))
    (drug,) = chart(message).drugs
    return drug


def test_conditions_and_texts_of_a_timing_are_instructions() -> None:
    drug = order("RXE||X^Metoprolol|25||mg", f"TQ1|1||BID|||7^D|{BEGIN}|||hold if pulse < 60|max. 100 mg in 24 h")
    assert drug.instructions.splitlines() == ["hold if pulse < 60", "max. 100 mg in 24 h", "for 7 days"]
    old = order(f"RXE|1^Q6H^X3D^{BEGIN}^^PRN^pain above 4^at most 4 g a day|X^Paracetamol|1||g")
    assert old.instructions.splitlines() == ["pain above 4", "at most 4 g a day", "for 3 days"]
    assert old.as_needed


def test_the_eye_the_way_and_the_strength_are_told() -> None:
    drops = order("RXE||X^Timolol|1||drop", f"TQ1|1||BID||||{BEGIN}", "RXR|OP|OS^left eye")
    assert (drops.route, drops.instructions) == ("OP", "left eye")
    choice = order("RXE||X^Paracetamol|1||g", f"TQ1|1||QID||||{BEGIN}", "RXR|PO", "RXR|IV")
    assert choice.route == "PO or IV"
    insulin = order(f"RXE||X^Insulin glargine|20||U{'|' * 20}100|unit/mL", f"TQ1|1||QHS||||{BEGIN}")
    assert insulin.instructions == "100 unit/mL"
    assert [route_text(code, WORDS) for code in ("OS", "AU", "SC")] == [
        "in the left eye (OS)",
        "in both ears (AU)",
        "under the skin (SC)",
    ]


def test_a_patch_is_no_infusion() -> None:
    patch = order("RXE||X^Fentanyl|25||ug/h", f"TQ1|1||Q72H||||{BEGIN}", "RXR|TD")
    pump = order("RXE||X^Fentanyl|25||ug/h", f"TQ1|1||CONT||||{BEGIN}", "RXR|IV")
    assert (patch.is_infusion, pump.is_infusion) == (False, True)


def test_a_dose_that_is_reduced_step_by_step_has_no_hour_of_its_first_step_alone() -> None:
    drug = order(
        "RXE||X^Prednisolone|40||mg",
        f"TQ1|1||BID||||{BEGIN}|20260114080000||||S",
        "TQ1|2|20^mg|DAILY||||20260114080000|20260117080000",
    )
    assert drug.frequency == "BID, THEN DAILY"
    assert TIMES.local(drug.end_us).day == 17
    assert drug.next_us == 0
    assert "20 mg DAILY, 2026-01-14 08:00 to 2026-01-17 08:00" in drug.instructions
    both = order("RXE|1^QAM~2^QHS|X^Levodopa|100||mg")
    assert (both.frequency, both.next_us) == ("QAM + QHS", 0)


def test_several_dosages_of_fhir_are_not_the_first_alone() -> None:
    def dosage(code: str) -> dict[str, Any]:
        return {"timing": {"code": {"coding": [{"code": code}]}}, "doseAndRate": [{"doseQuantity": {"value": 1}}]}

    request = {"resourceType": "MedicationRequest", "id": "o", "status": "active", **SUBJECT}
    two = {"dosageInstruction": [dosage("QAM"), dosage("QHS")], "medicationCodeableConcept": {"text": "X"}}
    (drug,) = told({**request, **two}).drugs
    assert (drug.frequency, drug.next_us) == ("QAM + QHS", 0)


def test_a_dose_that_was_given_outside_of_an_order_counts_for_the_drug() -> None:
    segments = ("ORC|NW|M1|||||||20260112070000", "RXE||X^Paracetamol|1||g", "TQ1|1||Q6H||||20260112070000")
    message = hl7("RDE^O11", "070000", *segments, pv1=stay("1"))
    for order_ in ("", "ORC|RE|M77"):
        dose = hl7("RAS^O17", "085500", *filter(None, [order_]), "RXA|0|1|20260112085000||X^PARACETAMOL|1|g")
        (drug,) = (each for each in charts(read(message, dose), HOSPITAL)[PatientId("100")].drugs if each.name)
        assert TIMES.local(drug.last_us).hour == 8
        assert TIMES.local(drug.next_us).hour == 15


@pytest.mark.parametrize(
    ("name", "route", "frequency", "expected"),
    [
        ("Methotrexate 10 mg tablet", "PO", "WEEKLY", ("not-daily",)),
        ("METHOTREXATE", "PO", "DAILY", ("methotrexate",)),
        ("Methotrexate", "IV", "DAILY", ()),
        ("vinCRIStine", "IV", "ONCE", ("vinca",)),
        ("vinCRIStine", "PO", "ONCE", ("vinca",)),
        ("Vinorelbine 30 mg capsule", "PO", "WEEKLY", ("not-daily",)),
        ("Vinorelbine", "IV", "WEEKLY", ("vinca", "not-daily")),
        ("Fentanyl", "TD", "Q72H", ("not-daily", "patch")),
        ("Alendronate", "PO", "every Monday", ("not-daily",)),
        ("Digoxin", "PO", "QOD", ("not-daily",)),
        ("Paracetamol", "PO", "QID", ()),
        ("Methotrexaat", "PO", "DAILY", ("methotrexate",)),
        ("Méthotrexate", "PO", "DAILY", ("methotrexate",)),
    ],
)
def test_what_must_not_be_overlooked_stands_at_the_order(
    name: str, route: str, frequency: str, expected: tuple[str, ...]
) -> None:
    assert cautions(Drug("M", name, route=route, frequency=frequency), SCHEDULE) == expected


@pytest.mark.parametrize(
    ("written", "read_"),
    [
        ("t.d.s.", "three times a day (t.d.s.)"),
        ("OD", "once a day (OD)"),
        ("QDS", "four times a day (QDS)"),
        ("BD", "twice a day (BD)"),
        ("Nocte", "at bedtime (Nocte)"),
        ("TID", "three times a day"),
        ("whenever", "whenever"),
    ],
)
def test_abbreviations_are_written_out(written: str, read_: str) -> None:
    assert frequency_text(written, WORDS) == read_


@pytest.mark.parametrize(("day", "hours"), [("20260329", [8, 14, 20, 8, 14, 20]), ("20261025", [8, 14, 20, 8, 14, 20])])
def test_hours_of_the_day_stay_those_of_the_clock_when_clocks_change(day: str, hours: list[int]) -> None:
    last_us = TIMES.us(f"{day}000000") - DAY_US // 4
    drug = Drug(
        "M",
        "X",
        frequency="TID",
        last_us=last_us,
        next_us=SCHEDULE.next_us(Drug("M", "X", frequency="TID"), last_us, last_us),
    )
    due = due_times(drug, SCHEDULE, last_us, last_us + 2 * DAY_US + DAY_US // 4)
    assert [TIMES.local(at).hour for at in due] == [20, *hours][-len(due) :]
    assert len(due) >= 6


@pytest.mark.parametrize(
    ("dose", "unit", "read_"),
    [("4", "[drp]", "4 [drp]"), ("1000/200", "mg", "1000/200 mg (written: 1000/200)"), ("1-2", "tab", "1 to 2 tab")],
)
def test_doses_of_combinations_and_from_to_are_read_as_written(dose: str, unit: str, read_: str) -> None:
    assert dose_text(dose, unit, WORDS) == read_


@pytest.mark.parametrize(
    ("control", "state", "status"),
    [
        ("SC", "IP", "active"),
        ("SC", "HD", "on-hold"),
        ("SC", "CM", "completed"),
        ("CA", "IP", "cancelled"),
        ("UA", "", "on-hold"),
    ],
)
def test_a_change_of_state_is_what_orc_5_says_where_orc_1_says_only_that_there_is_one(
    control: str, state: str, status: str
) -> None:
    change = hl7("RDE^O11", "090000", f"ORC|{control}|M1|||{state}", pv1=stay("1"))
    new = hl7("RDE^O11", "080000", "ORC|NW|M1", "RXE||X^Y|1||mg", f"TQ1|1||BID||||{BEGIN}", pv1=stay("1"))
    assert [each.status for each in chart(new, change).drugs] == [status]


@pytest.mark.parametrize(
    "frequency",
    [
        "wekelijks", "elke maandag", "di en vr", "om de 72 uur", "elke 3 dagen", "elke tweede dag",
        "hebdomadaire", "le lundi", "1/sem", "toutes les 72 heures", "tous les deux jours", "lun-mer-ven",
        "wöchentlich", "alle 2 Tage", "jeden 3. Tag", "Mo/Mi/Fr", "sonntags", "alle 72 Stunden",
        "every 3 days", "every third day", "every 72 hours",
    ],
)  # fmt: skip
def test_a_drug_for_some_days_has_no_hour_of_every_day_in_any_language(frequency: str) -> None:
    """As it was found: weekly methotrexate, ordered "wekelijks" at 09:00, was due at 09:00 every day."""
    drug = Drug("M", "Methotrexaat", route="PO", frequency=frequency, times=("09:00",), begin_us=1)
    now_us = TIMES.us("20260112080000")
    assert (SCHEDULE.next_us(drug, now_us - DAY_US, now_us), due_times(drug, SCHEDULE, now_us, now_us + DAY_US)) == (
        0,
        [],
    )
    assert "not-daily" in cautions(drug, SCHEDULE)


@pytest.mark.parametrize(
    "frequency",
    ["elke dag", "tous les jours", "jeden Tag", "every day", "3x per dag gedurende 5 dagen", "alle 8 Stunden",
     "toutes les 6 heures", "elke 24 uur", "matin et soir", "zo nodig", "so nötig", "every other hour", "elke avond"],
)  # fmt: skip
def test_a_drug_for_every_day_is_not_called_one_for_some_days(frequency: str) -> None:
    assert not is_for_some_days(frequency)


@pytest.mark.parametrize(
    "name",
    [
        "Insuline aspart", "Humaninsulin", "NovoRapid FlexPen", "Héparine sodique", "Enoxaparine", "Clexane 40 mg",
        "Sintrom", "Kaliumchloride 20 mmol", "Chlorure de potassium", "KCl 7.45 %", "Magnesiumsulfaat",
        "Hypertoon NaCl", "Morfine", "Morphinsulfat", "Oxycodon", "Dipidolor", "Noradrénaline", "Adrenalin", "Digoxine",
        "Lidocaïne 2 %", "Methotrexaat", "Méthotrexate", "Amiodaron", "Ketamin",
    ],
)  # fmt: skip
def test_a_high_alert_drug_is_marked_by_its_name_in_the_language_of_its_order(name: str) -> None:
    """As it was found: of ``Insuline``, ``Morfine`` and ``Kaliumchloride`` without an ATC code none was marked."""
    assert meanings().is_high_alert("", name)


@pytest.mark.parametrize("name", ["Paracetamol", "Apomorfine", "Natriumchloride 0.9 %", "Aspirin", "Dexamethason"])
def test_a_drug_that_only_sounds_like_one_is_not_marked(name: str) -> None:
    assert not meanings().is_high_alert("", name)
