"""A ward's pack made by hand, with what a night shift stumbles on: names that are alike, a name in Arabic, one of 300
letters, allergies that nobody recorded, look-alike drugs, doses without a leading zero, a feed that has stalled.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from codedark.continuity.charts.chart import (
    Alert,
    Allergy,
    Appointment,
    Asked,
    Chart,
    Coded,
    Drug,
    Given,
    Group,
    Heard,
    Identity,
    PatientId,
    Person,
    Place,
    Report,
    Result,
    Severity,
    Visit,
    VisitId,
    VisitState,
)
from codedark.continuity.charts.doubt import Doubt
from codedark.continuity.charts.silence import Silence
from codedark.continuity.packs.pack import Bed, Counter, Movement, NumberBlock, Pack
from codedark.hospital.ward import BedId, WardId

HOUR: Final = 3_600_000_000
BUILT: Final = 1_768_183_800_000_000
"""Monday 12 January 2026, 03:10 in Brussels."""
WARD: Final = WardId("C2")
LONG: Final = "Wolfeschlegelsteinhausenbergerdorff-" * 8 + "Vanden Broucke"
ARABIC: Final = "عبد الرحمن"


SEPSIS: Final = (
    "Sepsis, first hour",
    (
        "## At once\n\n1. **Lactate**, cultures\n2. 30 ml/kg <b>Ringer</b>\n\n"
        "- Ring 4711\n- Tell the family\n\nWrite it down."
    ),
)


def a_pack(built_us: int = BUILT) -> Pack:
    """Ward C2: seven beds, six patients, two of them in one bed."""
    charts = [_peeters(built_us), _janssens(built_us, "Peeters", "Jan"), _arabic(built_us), _long(built_us), _bare()]
    labels = ["201-A", "201-B", "202-A", "202-B", "203-A"]
    beds = [Bed(_place(label), chart) for label, chart in zip(labels, charts, strict=True)]
    second = replace(_janssens(built_us, "Maes", "Lotte"), id=PatientId("5009999"))
    return Pack(
        hospital="AZ Voorbeeld",
        ward=WARD,
        ward_name="Cardiology C2",
        counter=Counter(4711),
        built_us=built_us,
        verify_after_us=built_us + 4 * HOUR,
        time_zone="Europe/Brussels",
        beds=(*beds, Bed(_place("203-A"), second), Bed(_place("203-B"), None)),
        movements=(
            Movement("arrival", "Claes, Rita", built_us + 6 * HOUR, "Emergency department", is_expected=True),
            Movement("departure", "Wouters, Emiel", built_us - 5 * HOUR, "Home", is_expected=False),
        ),
        phones=(
            Person("Dr. De Backer", "cardiologist on call", "+32 3 555 01 23"),
            Person("Pharmacy", "night", "4455"),
        ),
        protocols=(("Resuscitation", "Call 2222. Say ward and room.\nFetch the trolley from the corridor."), SEPSIS),
        documents=("protocol-massive bleeding.pdf",),
        numbers=(
            NumberBlock("mrn", "9000100", "9000149"),
            NumberBlock("entry", "C2-000100", "C2-000299"),
        ),
        silences=(Silence("LIS", built_us - 2 * HOUR),),
        newest_us=built_us,
        oldest_us=built_us - 26 * HOUR,
        is_told=True,
    )


def _place(label: str) -> Place:
    room, _, bed = label.partition("-")
    return Place(WARD, room, bed, BedId(f"C2-{label}"))


def _heard(at_us: int, *stalled: Group) -> dict[Group, tuple[Heard, ...]]:
    lab = {Group.LABORATORY, Group.PENDING, Group.MICROBIOLOGY, Group.BLOOD_GROUP}
    return {
        group: (Heard("LIS" if group in lab else "EHR", at_us - 2 * HOUR * (group in stalled), group in stalled),)
        for group in Group
    }


def _peeters(now_us: int) -> Chart:
    return Chart(
        id=PatientId("5012345"),
        identity=Identity(
            "Peeters",
            "Maria",
            "1941-03-02",
            "F",
            (("national number", "41.03.02-123.45"),),
            "Kerkstraat 12, 2000 Antwerpen",
            "+32 3 555 98 76",
        ),
        visits=(
            Visit(
                VisitId("V1000001"),
                VisitState.IN,
                "I",
                _place("201-A"),
                Place(WardId("ICU"), "4", "1"),
                Person("Dr. Lefèvre", "cardiologist", "4711"),
                now_us - 60 * HOUR,
                0,
                now_us + 40 * HOUR,
                "Heart failure with atrial fibrillation",
            ),
        ),
        allergies=(
            Allergy("Penicillin", "Z88.0", "anaphylaxis", Severity.HIGH),
            Allergy("Latex", "", "rash", Severity.LOW, is_certain=False),
        ),
        alerts=(
            Alert("code-status", "DNR: no resuscitation, no intubation", now_us - 50 * HOUR),
            Alert("isolation", "MRSA: contact isolation, gloves and gown", now_us - 20 * HOUR),
            Alert("falls", "High risk, low bed"),
            Alert("swallowing", "Thickened fluids only"),
        ),
        measures=(
            Result("m1", "Weight", "29463-7", "61.5", "kg", now_us - 30 * HOUR),
            Result("m2", "Height", "8302-2", "158", "cm", now_us - 60 * HOUR),
            Result("m3", "eGFR", "33914-3", "38", "mL/min/{1.73_m2}", now_us - 20 * HOUR, "> 60", "L"),
        ),
        problems=(Coded("Atrial fibrillation", "I48", "ICD-10"), Coded("Chronic heart failure", "I50")),
        drugs=_drugs(now_us),
        given=(
            Given("g1", "d1", "Furosemide", "40.0", "mg", "IV", now_us - 7 * HOUR, "N. Aerts"),
            Given("g2", "d2", "Digoxin", ".125", "mg", "PO", now_us - 19 * HOUR, "N. Aerts"),
            Given("g3", "d3", "Insulin aspart", "6", "U", "SC", now_us - 9 * HOUR, "B. Smets", "held"),
            Given("g4", "d6", "Paracetamol", "1000", "mg", "PO", now_us - 10 * HOUR, "B. Smets", "refused"),
        ),
        devices=(
            Coded("Peripheral catheter, left forearm", since_us=now_us - 40 * HOUR),
            Coded("Urinary catheter CH14"),
        ),
        results=_results(now_us),
        pending=(
            Asked("p1", "Blood culture ×2", "microbiology", now_us - 5 * HOUR, "L26-0112-0007", "received", "blood"),
            Asked("p2", "Echocardiogram", "imaging", now_us - 12 * HOUR, "R26-00931", "booked"),
        ),
        blood_group=(Result("b1", "ABO and RhD", "883-9", "A RhD negative", "", now_us - 200 * HOUR),),
        microbiology=(Report("mi1", "MRSA screening, nose", "MRSA: POSITIVE", now_us - 22 * HOUR, "LIS", "final"),),
        imaging=(Report("i1", "Chest X-ray", "Cardiomegaly. Small effusion on the left.", now_us - 55 * HOUR),),
        vitals=tuple(
            Result(f"v{hour}{code}", name, code, value, unit, now_us - hour * HOUR, "", flag)
            for hour in (1, 5, 9)
            for code, name, value, unit, flag in (
                ("8867-4", "Heart rate", str(96 + hour), "/min", "H"),
                ("8480-6", "Systolic blood pressure", "102", "mm[Hg]", ""),
                ("8310-5", "Temperature", "37.9", "Cel", ""),
            )
        ),
        fluids=(Result("f1", "Fluid balance, 24 h", "", "-850", "mL", now_us - 3 * HOUR),),
        appointments=(
            Appointment("a1", "Coronary angiography", "Cath lab 2", now_us + 30 * HOUR, 0, "Dr. Lefèvre", "booked"),
        ),
        contacts=(Person("Luc Peeters", "son", "+32 475 55 01 02"),),
        notes=(
            Report(
                "n1",
                "Note of the evening",
                "Short of breath when lying flat.\nWants the window open. Son informed.",
                now_us - 6 * HOUR,
                "Dr. Lefèvre",
            ),
        ),
        as_of=_heard(now_us - HOUR // 2, Group.LABORATORY, Group.PENDING),
        doubts=(Doubt("same-bed", "The ADT says bed 201-A, the order system says bed 201-B (both at 02:40)"),),
    )


def _drugs(now_us: int) -> tuple[Drug, ...]:
    return (
        Drug("d1", "Furosemide", "C03CA01", "40.0", "mg", "IV", "BID", ("08:00", "20:00"), indication="heart failure",
             prescriber="Dr. Lefèvre", last_us=now_us - 7 * HOUR, next_us=now_us + 5 * HOUR),
        Drug("d2", "Digoxin", "C01AA05", ".125", "mg", "PO", "DAILY", ("08:00",), is_high_alert=True,
             instructions="Not if the pulse is below 60", last_us=now_us - 19 * HOUR, next_us=now_us + 5 * HOUR),
        Drug("d3", "Insulin aspart", "A10AB05", "6", "U", "SC", "Q8H", is_high_alert=True,
             last_us=now_us - 9 * HOUR, next_us=now_us - HOUR),
        Drug("d4", "DOBUTAMINE 250 mg/20 mL", "C01CA07", "5", "ug/kg/min", "IV", "CONT", is_high_alert=True,
             is_infusion=True, begin_us=now_us - 20 * HOUR),
        Drug("d5", "prednisone", "H02AB07", "5.0", "mg", "PO", "DAILY", ("08:00",), next_us=now_us + 5 * HOUR),
        Drug("d6", "Paracetamol", "N02BE01", "1000", "mg", "PO", "PRN", as_needed=True, indication="pain or fever"),
        Drug("d7", "Heparin", "B01AB01", "25000", "[IU]", "IV", "Q12H", is_high_alert=True, status="on-hold"),
        Drug("d8", "Amlodipine", "C08CA01", "5", "mg", "PO", "DAILY", status="stopped", end_us=now_us - 30 * HOUR),
        Drug("d9", "Elixir of the hospital pharmacy, sugar-free, named at such length that any table would cut it",
             "", "", "", "PO", "with each meal, as the dietician wrote on the card", next_us=now_us + HOUR),
    )  # fmt: skip


def _results(now_us: int) -> tuple[Result, ...]:
    return (
        Result("r1", "Potassium", "2823-3", "6.1", "mmol/L", now_us - 4 * HOUR, "3.5–5.1", "HH", "P", "Electrolytes"),
        Result("r2", "Sodium", "2951-2", "134", "mmol/L", now_us - 4 * HOUR, "136–145", "L", "F", "Electrolytes"),
        Result("r3", "Potassium", "2823-3", "5.2", "mmol/L", now_us - 28 * HOUR, "3.5–5.1", "H"),
        Result("r4", "Haemoglobin", "718-7", "10.4", "g/dL", now_us - 28 * HOUR, "12.0–16.0", "L", note="haemolysed"),
    )


def _janssens(now_us: int, family: str, given: str) -> Chart:
    return Chart(
        id=PatientId("5012399"),
        identity=Identity(family, given, "1958-11-30", "M"),
        visits=(Visit(VisitId("V1000002"), VisitState.ON_LEAVE, "I", _place("201-B"), reason="Chest pain"),),
        drugs=(Drug("e1", "hydroxyzine", "", "25", "mg", "PO", "QHS", ("22:00",)),),
        none_known=frozenset({Group.ALLERGIES, Group.PROBLEMS}),
        as_of=_heard(now_us - HOUR),
    )


def _arabic(now_us: int) -> Chart:
    return Chart(
        id=PatientId("5012400"),
        identity=Identity("الحسيني", ARABIC, "1990-07-07", "M"),
        visits=(Visit(VisitId("V1000003"), VisitState.IN, "I", _place("202-A"), reason="Pericarditis"),),
        alerts=(Alert("isolation", "Airborne: mask, door closed"),),
        as_of=_heard(now_us - 26 * HOUR),
    )


def _long(now_us: int) -> Chart:
    return Chart(
        id=PatientId("5012401"),
        identity=Identity(LONG, "Wolfgang \u202e<b>Adolphus</b>", "2025-06-01", "U"),
        visits=(Visit(VisitId("V1000004"), VisitState.IN, "I", _place("202-B")),),
        allergies=(Allergy("Contrast medium with iodine", severity=Severity.UNKNOWN),),
        as_of=_heard(now_us),
    )


def _bare() -> Chart:
    return Chart(id=PatientId("9000100"))
