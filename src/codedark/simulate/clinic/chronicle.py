"""What was ordered, given, measured and seen during a stay, as FHIR R4 resources."""

from __future__ import annotations

from collections.abc import Iterator

from codedark.simulate.clinic.care import Care
from codedark.simulate.clinic.clock import Clock
from codedark.simulate.clinic.fhir import (
    DICOM_CODES,
    LOCAL,
    META,
    META_REAL,
    TERMINOLOGY,
    Observations,
    concept,
    fhir_id,
    json,
)
from codedark.simulate.clinic.orders import Dose, DrugOrder, LaboratoryOrder, Reading, Referral, Study, What
from codedark.simulate.clinic.stay import Stay

_SERVICE = {"laboratory": ("LAB", "Laboratory"), "imaging": ("RAD", "Radiology")}


class Chronicle:
    """Resources of the care between two times. What was ordered before and still mattered is in it."""

    def __init__(self, clock: Clock, care: Care, first_us: int, last_us: int) -> None:
        self._clock = clock
        self._iso = clock.iso
        self._care = care
        self._first_us = first_us
        self._last_us = last_us
        self._observations = Observations(clock)

    def of(self, stay: Stay) -> Iterator[tuple[str, str]]:
        """Type and line of each resource of a stay."""
        chart = self._care.chart(stay)
        patient = stay.patient.id
        orderer = fhir_id(stay.attending.account)
        context = f'"subject":{{"reference":"Patient/{patient}"}},"encounter":{{"reference":"Encounter/{stay.id}"}}'
        for order in chart.orders:
            if order.from_us < self._last_us and order.until_us > self._first_us:
                yield "MedicationRequest", self._request(order, context, orderer)
        first_day = max(self._clock.day(self._first_us) - 1, self._clock.day(stay.from_us))
        last_day = self._clock.day(min(self._last_us, stay.until_us))
        for day in range(first_day, last_day + 1):
            for at_us, what, _, item in self._care.day(chart, day):
                if not self._first_us <= at_us < self._last_us:
                    continue
                match item:
                    case Dose():
                        yield "MedicationAdministration", self._administration(item, patient, stay.id, at_us)
                    case Reading():
                        for text in self._observations.lines(item.id, item.panel, item.values, patient, stay.id, at_us):
                            yield "Observation", text
                    case LaboratoryOrder() if what is What.LABORATORY_ASKED or (
                        what is What.LABORATORY_ANSWERED and item.asked_us < self._first_us
                    ):
                        yield from self._laboratory(item, patient, stay.id, context, orderer)
                    case Study() if what is What.IMAGES_ASKED or (
                        what is What.IMAGES_REPORTED and item.asked_us < self._first_us
                    ):
                        yield from self._study(item, context, orderer)
                    case Referral() if what is What.REFERRED:
                        yield (
                            "ServiceRequest",
                            self._service(item.id, {"text": item.text}, at_us, "active", context, orderer),
                        )
                    case _:
                        pass

    def _request(self, order: DrugOrder, context: str, orderer: str) -> str:
        status = "active" if order.until_us >= self._last_us else "stopped" if order.is_real else "completed"
        dosage: dict[str, object] = {
            "text": " ".join(part for part in (order.dose, order.unit, order.route, order.frequency) if part)
            or "as directed",
            "asNeededBoolean": "PRN" in order.frequency,
        }
        if order.route:
            dosage["route"] = {"text": order.route}
        if order.frequency:
            dosage["timing"] = {"code": {"text": order.frequency}}
        quantity = _quantity(order.dose, order.unit)
        if quantity:
            dosage["doseAndRate"] = [{"doseQuantity": quantity}]
        period = {"start": self._iso(order.from_us), "end": self._iso(order.until_us)}
        return (
            f'{{"resourceType":"MedicationRequest","id":"{order.id}",{META_REAL if order.is_real else META},'
            f'"status":"{status}","intent":"order",'
            f'"medicationCodeableConcept":{json(concept(order.system, order.code, order.name))},'
            f'{context},"authoredOn":"{period["start"]}",'
            f'"requester":{{"reference":"Practitioner/{orderer}"}},"dosageInstruction":{json([dosage])},'
            f'"dispenseRequest":{{"validityPeriod":{json(period)}}}}}\n'
        )

    def _administration(self, dose: Dose, patient: str, stay: str, at_us: int) -> str:
        order = dose.order
        quantity = _quantity(dose.dose or order.dose, dose.unit or order.unit)
        text = f',"dosage":{{"dose":{json(quantity)}}}' if quantity else ""
        return (
            f'{{"resourceType":"MedicationAdministration","id":"{dose.id}",{META_REAL if order.is_real else META},'
            f'"status":"{"completed" if dose.given else "not-done"}",'
            f'"medicationCodeableConcept":{json(concept(order.system, order.code, order.name))},'
            f'"subject":{{"reference":"Patient/{patient}"}},"context":{{"reference":"Encounter/{stay}"}},'
            f'"effectiveDateTime":"{self._iso(at_us)}","request":{{"reference":"MedicationRequest/{order.id}"}}{text}}}\n'
        )

    def _laboratory(
        self, order: LaboratoryOrder, patient: str, stay: str, context: str, orderer: str
    ) -> Iterator[tuple[str, str]]:
        answered = order.answered_us < self._last_us
        status = "completed" if answered else "active"
        for n, (panel, results) in enumerate(zip(order.panels, order.results, strict=True), 1):
            id_ = f"{order.id}-{n}"
            coded = {
                "coding": [{"system": LOCAL + "test", "code": panel.code, "display": panel.text}],
                "text": panel.text,
            }
            yield "ServiceRequest", self._service(id_, coded, order.asked_us, status, context, orderer, "laboratory")
            if not answered:
                continue
            for text in self._observations.lines(id_, panel, results, patient, stay, order.drawn_us, id_):
                yield "Observation", text
            yield (
                "DiagnosticReport",
                (
                    f'{{"resourceType":"DiagnosticReport","id":"{id_}",{META},"basedOn":[{{"reference":"ServiceRequest/{id_}"}}],'
                    f'"status":"final","category":{_category("laboratory")},"code":{json(coded)},{context},'
                    f'"effectiveDateTime":"{self._iso(order.drawn_us)}","issued":"{self._iso(order.answered_us)}",'
                    f'"result":{json([{"reference": f"Observation/{id_}-{k}"} for k, _ in enumerate(results, 1)])}}}\n'
                ),
            )

    def _study(self, study: Study, context: str, orderer: str) -> Iterator[tuple[str, str]]:
        examination = study.examination
        coded = {
            "coding": [{"system": LOCAL + "examination", "code": examination.code, "display": examination.text}],
            "text": examination.text,
        }
        reported = study.reported_us < self._last_us
        status = "completed" if reported else "active"
        yield "ServiceRequest", self._service(study.id, coded, study.asked_us, status, context, orderer, "imaging")
        if study.taken_us < self._last_us:
            series = {
                "uid": f"{study.uid}.1"[:64],
                "modality": {"system": DICOM_CODES, "code": examination.modality},
                "numberOfInstances": study.instances,
            }
            yield (
                "ImagingStudy",
                (
                    f'{{"resourceType":"ImagingStudy","id":"{study.id}",{META},'
                    f'"identifier":[{{"system":"urn:dicom:uid","value":"urn:oid:{study.uid}"}}],"status":"available",{context},'
                    f'"started":"{self._iso(study.taken_us)}","basedOn":[{{"reference":"ServiceRequest/{study.id}"}}],"numberOfSeries":1,'
                    f'"numberOfInstances":{study.instances},"description":{json(examination.text)},"series":[{json(series)}]}}\n'
                ),
            )
        if reported:
            yield (
                "DiagnosticReport",
                (
                    f'{{"resourceType":"DiagnosticReport","id":"{study.id}",{META},"basedOn":[{{"reference":"ServiceRequest/{study.id}"}}],'
                    f'"status":"final","category":{_category("imaging")},"code":{json(coded)},{context},'
                    f'"effectiveDateTime":"{self._iso(study.taken_us)}","issued":"{self._iso(study.reported_us)}",'
                    f'"imagingStudy":[{{"reference":"ImagingStudy/{study.id}"}}],"conclusion":{json(study.report)}}}\n'
                ),
            )

    def _service(
        self, id_: str, coded: object, at_us: int, status: str, context: str, orderer: str, kind: str = "therapy"
    ) -> str:
        return (
            f'{{"resourceType":"ServiceRequest","id":"{id_}",{META},"status":"{status}","intent":"order","category":[{{"text":"{kind}"}}],'
            f'"code":{json(coded)},{context},"authoredOn":"{self._iso(at_us)}","requester":{{"reference":"Practitioner/{orderer}"}}}}\n'
        )


def _category(kind: str) -> str:
    code, text = _SERVICE[kind]
    return json([{"coding": [{"system": TERMINOLOGY + "v2-0074", "code": code, "display": text}]}])


def _quantity(value: str, unit: str) -> dict[str, object] | None:
    """A quantity; None where the dose is not a plain number."""
    try:
        number = float(value)
    except ValueError:
        return None
    return {"value": int(number) if number.is_integer() else number, "unit": unit or "dose"}
