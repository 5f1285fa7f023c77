"""FHIR R4 resources as text: JSON templates that were made once, filled with values that are already JSON.

Every resource is tagged as test health data (HL7 v3 ActReason ``HTEST``): nobody in here exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from json import dumps
from typing import Any

from codedark.simulate.clinic.clock import Clock
from codedark.simulate.clinic.diagnoses import Diagnosis
from codedark.simulate.clinic.laboratory import LOINC, Analyte, Measured, Panel

TAG = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST", "display": "test health data"}
MIMIC = "https://physionet.org/content/mimic-iv-fhir-demo/"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
ACT_CODE = TERMINOLOGY + "v3-ActCode"
UCUM = "http://unitsofmeasure.org"
DICOM_CODES = "http://dicom.nema.org/resources/ontology/DCM"
LOCAL = "urn:codedark:simulate:"
META = f'"meta":{dumps({"tag": [TAG]}, separators=(",", ":"))}'
META_REAL = f'"meta":{dumps({"source": MIMIC, "tag": [TAG]}, separators=(",", ":"))}'
FLAGS = {"N": "Normal", "L": "Low", "H": "High", "LL": "Critical low", "HH": "Critical high"}


def json(value: Any) -> str:
    """A value as compact JSON in which letters stay letters."""
    return dumps(value, ensure_ascii=False, separators=(",", ":"))


def line(kind: str, id_: str, body: Mapping[str, Any], *, is_real: bool = False) -> str:
    """A resource of which there are few: type, id, tag and ``body``."""
    rest = json(body)[1:]
    return f'{{"resourceType":"{kind}","id":"{id_}",{META_REAL if is_real else META},{rest}\n'


def concept(system: str, code: str, text: str) -> dict[str, Any]:
    """A CodeableConcept."""
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def of_diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    """A diagnosis as CodeableConcept."""
    return concept(diagnosis.system, diagnosis.code, diagnosis.text)


def category(code: str) -> list[dict[str, Any]]:
    """The category of an observation (``laboratory``, ``vital-signs``)."""
    return [{"coding": [{"system": TERMINOLOGY + "observation-category", "code": code}]}]


def fhir_id(text: str) -> str:
    """A name in the letters that FHIR allows in ids: others become hyphens."""
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-.") else "-" for letter in text)[:64]


class Observations:
    """Fast templates for what there are thousands of: one for each analyte."""

    def __init__(self, clock: Clock) -> None:
        self._iso = clock.iso
        self._templates: dict[str, str] = {}

    def lines(
        self,
        prefix: str,
        panel: Panel,
        values: Iterable[Measured],
        patient: str,
        stay: str,
        at_us: int,
        order: str = "",
    ) -> Iterable[str]:
        """An Observation for each value: ids are ``<prefix>-<n>`` from 1; ``order`` is the id of the ServiceRequest,
        if one asked.
        """
        taken = self._iso(at_us)
        based = f'"basedOn":[{{"reference":"ServiceRequest/{order}"}}],' if order else ""
        for n, (analyte, value, flag) in enumerate(values, 1):
            template = self._templates.get(analyte.code) or self._template(analyte, panel)
            yield template % (f"{prefix}-{n}", based, patient, stay, taken, value, flag, FLAGS[flag])

    def _template(self, analyte: Analyte, panel: Panel) -> str:
        group = "vital-signs" if panel.code == "VITALS" else "laboratory"
        unit = json(analyte.unit)
        quantity = f'"unit":{unit},"system":"{UCUM}","code":{unit}'
        low = f'"low":{{"value":{analyte.low:g},{quantity}}},' if analyte.low > 0 else ""
        text = (
            f'{{"resourceType":"Observation","id":"@",{META},@"status":"final","category":{json(category(group))},'
            f'"code":{json(concept(LOINC, analyte.code, analyte.text))},"subject":{{"reference":"Patient/@"}},'
            f'"encounter":{{"reference":"Encounter/@"}},"effectiveDateTime":"@","valueQuantity":{{"value":@,{quantity}}},'
            f'"interpretation":[{{"coding":[{{"system":"{TERMINOLOGY}v3-ObservationInterpretation","code":"@","display":"@"}}]}}],'
            f'"referenceRange":[{{{low}"high":{{"value":{analyte.high:g},{quantity}}}}}]}}\n'
        )
        made = self._templates[analyte.code] = text.replace("%", "%%").replace("@", "%s")
        return made
