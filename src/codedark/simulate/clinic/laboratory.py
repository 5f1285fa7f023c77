"""What is measured: analytes with LOINC codes, UCUM units and reference ranges, and the panels they are asked in."""

from __future__ import annotations

from math import exp, log
from random import Random
from typing import NamedTuple

LOINC = "http://loinc.org"


class Analyte(NamedTuple):
    """One measured quantity. ``low`` and ``high`` bound the reference range of adults, ``panic`` what is telephoned.

    ``mean`` and ``spread`` are of inpatients, judged from the range; of the logarithm where the distribution is skewed.
    """

    code: str
    text: str
    unit: str
    low: float
    high: float
    digits: int
    mean: float
    spread: float
    skewed: bool = False
    panic: tuple[float, float] = (-1e9, 1e9)

    @property
    def reference(self) -> str:
        """``3.5-5.1``, ``<5`` or ``>90``."""
        if self.high >= 1e6:
            return f">{self.low:g}"
        return f"<{self.high:g}" if self.low <= 0 else f"{self.low:g}-{self.high:g}"


class Measured(NamedTuple):
    """A result: ``value`` as written, ``flag`` as HL7 table 0078 has it (``H``, ``LL``, ``N`` …)."""

    analyte: Analyte
    value: str
    flag: str


def _table(text: str) -> dict[str, Analyte]:
    found = {}
    for line in text.strip().splitlines():
        key, code, name, unit, low, high, digits, mean, spread, *rest = (part.strip() for part in line.split("|"))
        skewed = bool(rest) and rest[0] == "log"
        panic = (float(rest[1]), float(rest[2])) if len(rest) == 3 else (-1e9, 1e9)
        found[key] = Analyte(
            code, name, unit, float(low), float(high), int(digits), float(mean), float(spread), skewed, panic
        )
    return found


ANALYTES = _table("""
    HB|718-7|Haemoglobin|g/dL|12.0|16.5|1|11.6|1.9||6.5|20
    HCT|4544-3|Haematocrit|%|36|49|1|35.1|5.4
    RBC|789-8|Erythrocytes|10*6/uL|4.0|5.6|2|3.95|0.62
    MCV|787-2|Mean corpuscular volume|fL|80|100|1|90.5|6
    WBC|6690-2|Leukocytes|10*3/uL|4.0|10.5|1|9.0|0.42|log|1.0|40
    PLT|777-3|Platelets|10*3/uL|150|400|0|236|0.38|log|30|1000
    NA|2951-2|Sodium|mmol/L|135|145|0|138.3|3.9||120|158
    K|2823-3|Potassium|mmol/L|3.5|5.1|1|4.1|0.48||2.8|6.2
    CL|2075-0|Chloride|mmol/L|98|107|0|102.4|4.4
    HCO3|1963-8|Bicarbonate|mmol/L|22|29|0|25|3.3||12|45
    UREA|22664-7|Urea|mg/dL|17|48|0|42|0.55|log
    CREA|2160-0|Creatinine|mg/dL|0.5|1.1|2|1.0|0.45|log|0.01|7.5
    GLU|2345-7|Glucose|mg/dL|70|105|0|118|0.30|log|45|450
    CA|17861-6|Calcium|mg/dL|8.5|10.2|1|8.8|0.6||6.5|13
    MG|19123-9|Magnesium|mg/dL|1.6|2.6|1|2.0|0.28
    PHOS|2777-1|Phosphate|mg/dL|2.5|4.5|1|3.4|0.8
    CRP|1988-5|C reactive protein|mg/L|0|5|1|22|1.35|log
    ALT|1742-6|Alanine aminotransferase|U/L|7|45|0|27|0.7|log
    AST|1920-8|Aspartate aminotransferase|U/L|8|40|0|30|0.65|log
    ALP|6768-6|Alkaline phosphatase|U/L|35|120|0|88|0.45|log
    GGT|2324-2|Gamma glutamyl transferase|U/L|5|55|0|40|0.85|log
    BILI|1975-2|Bilirubin total|mg/dL|0.1|1.2|2|0.6|0.6|log
    ALB|1751-7|Albumin|g/L|35|50|0|34|5.2
    INR|6301-6|INR|{INR}|0.8|1.2|2|1.15|0.24|log|0.4|5
    APTT|14979-9|aPTT|s|25|37|1|32|0.2|log|10|100
    TNT|67151-1|Troponin T, high sensitivity|ng/L|0|14|0|16|1.0|log
    BNP|33762-6|NT-proBNP|ng/L|0|450|0|640|1.3|log
    PCT|33959-8|Procalcitonin|ug/L|0|0.5|2|0.3|1.4|log
    LACT|2524-7|Lactate|mmol/L|0.5|2.2|1|1.4|0.45|log|0.1|6
    PH|2744-1|pH of arterial blood|[pH]|7.35|7.45|2|7.40|0.055||7.15|7.65
    PCO2|2019-8|Carbon dioxide, arterial|mm[Hg]|35|45|0|41|7.5||20|75
    PO2|2703-7|Oxygen, arterial|mm[Hg]|75|100|0|86|17||45|500
    TSH|3016-3|Thyrotropin|mU/L|0.3|4.2|2|1.8|0.7|log
    A1C|4548-4|Haemoglobin A1c|%|4.0|6.0|1|6.3|0.17|log
    FERR|2276-4|Ferritin|ug/L|20|300|0|160|0.9|log""")
VITALS = _table("""
    HR|8867-4|Heart rate|/min|50|100|0|80|13||35|145
    RR|9279-1|Respiratory rate|/min|12|20|0|17|2.6||7|34
    SYS|8480-6|Systolic blood pressure|mm[Hg]|100|140|0|127|18||78|205
    DIA|8462-4|Diastolic blood pressure|mm[Hg]|60|90|0|72|10
    TEMP|8310-5|Body temperature|Cel|36.0|37.8|1|36.8|0.45||33|40.5
    SPO2|59408-5|Oxygen saturation by pulse oximetry|%|94|100|0|96|1.7||85|101""")


class Panel(NamedTuple):
    """What is ordered as one test: a local code, its name, and the analytes it answers with."""

    code: str
    text: str
    analytes: tuple[Analyte, ...]


def _panel(code: str, text: str, keys: str) -> Panel:
    return Panel(code, text, tuple(ANALYTES[key] for key in keys.split()))


PANELS = {
    panel.code: panel
    for panel in (
        _panel("CBC", "Complete blood count", "HB HCT RBC MCV WBC PLT"),
        _panel("ION", "Electrolytes", "NA K CL HCO3"),
        _panel("REN", "Renal function", "UREA CREA"),
        _panel("GLU", "Glucose", "GLU"),
        _panel("MIN", "Calcium, magnesium and phosphate", "CA MG PHOS"),
        _panel("CRP", "C reactive protein", "CRP"),
        _panel("LIV", "Liver tests", "ALT AST ALP GGT BILI ALB"),
        _panel("COA", "Coagulation", "INR APTT"),
        _panel("TNT", "Troponin", "TNT"),
        _panel("BNP", "NT-proBNP", "BNP"),
        _panel("PCT", "Procalcitonin", "PCT"),
        _panel("ABG", "Arterial blood gas", "PH PCO2 PO2 HCO3 LACT"),
        _panel("TSH", "Thyrotropin", "TSH"),
        _panel("A1C", "Haemoglobin A1c", "A1C"),
        _panel("FER", "Ferritin", "FERR"),
    )
}
ON_ADMISSION = {
    "CBC": 0.97,
    "ION": 0.96,
    "REN": 0.96,
    "GLU": 0.8,
    "CRP": 0.85,
    "LIV": 0.7,
    "COA": 0.6,
    "MIN": 0.4,
    "TNT": 0.35,
    "BNP": 0.15,
    "PCT": 0.12,
    "ABG": 0.2,
    "TSH": 0.12,
    "A1C": 0.12,
    "FER": 0.06,
}
"""Share of patients for whom a panel is asked when they come."""
EVERY_MORNING = {
    "CBC": 0.92,
    "ION": 0.95,
    "REN": 0.95,
    "CRP": 0.85,
    "GLU": 0.7,
    "MIN": 0.65,
    "LIV": 0.6,
    "COA": 0.4,
    "PCT": 0.06,
}
EVERY_EVENING = {"ION": 0.8, "REN": 0.6, "GLU": 0.5, "CBC": 0.45, "CRP": 0.3}
GLUCOSE_STICK = _panel("POCG", "Glucose, point of care", "GLU")
VITAL_SIGNS = Panel("VITALS", "Vital signs", tuple(VITALS.values()))
OF_THE_PATIENT, OF_THE_DAY = 0.80, 0.60
"""How much of a value's deviation is the patient's own, and how much is of the day: squares add to one."""


class Body:
    """How one patient's values deviate: the same analyte stays high in somebody in whom it is high."""

    __slots__ = ("_chance", "_own")

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._own: dict[str, float] = {}

    def own(self, analyte: Analyte) -> float:
        """The patient's own deviation in standard deviations."""
        known = self._own.get(analyte.code)
        if known is None:
            known = self._own[analyte.code] = self._chance.gauss(0, 1)
        return known


def measure(panel: Panel, body: Body, chance: Random) -> tuple[Measured, ...]:
    """The values of a panel for one patient at one time."""
    gauss = chance.gauss
    return tuple(
        [
            _measured(analyte, OF_THE_PATIENT * body.own(analyte) + OF_THE_DAY * gauss(0, 1))
            for analyte in panel.analytes
        ]
    )


def _measured(analyte: Analyte, deviation: float) -> Measured:
    if analyte.skewed:
        value = exp(log(analyte.mean) + analyte.spread * deviation)
    else:
        value = analyte.mean + analyte.spread * deviation
    if analyte.unit == "%":
        value = min(value, 100.0)
    return judged(analyte, round(max(value, 0.0), analyte.digits))


def judged(analyte: Analyte, value: float) -> Measured:
    """A value as the laboratory reports it, with its flag."""
    low, high = analyte.panic
    if value < analyte.low:
        flag = "LL" if value < low else "L"
    elif value > analyte.high:
        flag = "HH" if value > high else "H"
    else:
        flag = "N"
    return Measured(analyte, f"{value:.{analyte.digits}f}", flag)
