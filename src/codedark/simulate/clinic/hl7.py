"""HL7 v2.5.1 as text: segments are %-templates that were made once; what varies is escaped where it can need it.

Clauses are those of HL7 v2.5.1: 2.7 (escaping), 2.14.9 (MSH), 3.3 (ADT), 4.4 and 7.3 (orders and results), 4.13
(pharmacy), 10.3 (SIU).
"""

from __future__ import annotations

from collections.abc import Iterable

from codedark.hospital.ward import BedId, WardId
from codedark.simulate.clinic.clock import Clock
from codedark.simulate.clinic.diagnoses import Diagnosis
from codedark.simulate.clinic.laboratory import Analyte, Measured
from codedark.simulate.clinic.orders import Dose, DrugOrder, LaboratoryOrder, Reading, Referral, Study
from codedark.simulate.clinic.patient import Patient
from codedark.simulate.clinic.specialties import SPECIALTIES
from codedark.simulate.clinic.stay import Appointment, Kind, Leg, Operation, Stay
from codedark.simulate.habit import MINUTE_US
from codedark.simulate.site import Person

_SPECIAL = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\r": " ", "\n": " "})
STRUCTURES = {
    # Message structures of table 0354 where they are not named like the event.
    "ADT^A04": "ADT_A01",
    "ADT^A08": "ADT_A01",
    "ADT^A11": "ADT_A09",
    "ADT^A13": "ADT_A01",
    "SIU^S14": "SIU_S12",
    "SIU^S15": "SIU_S12",
}
_CODING = {
    "http://www.whocc.no/atc": "ATC",
    "http://hl7.org/fhir/sid/icd-10": "I10",
    "http://hl7.org/fhir/sid/icd-10-cm": "I10C",
}


def escape(text: str) -> str:
    """Text with the delimiters of HL7 v2 escaped (2.7.1)."""
    return text.translate(_SPECIAL)


class Writer:
    """Writes segments and messages of one hospital. ``facility`` names it in messages; every message ends with a
    carriage return.
    """

    def __init__(self, facility: str, clock: Clock) -> None:
        self._facility = escape(facility)
        self._stamp = clock.stamp
        self._headers: dict[tuple[str, str, str], str] = {}
        self._analytes: dict[str, tuple[str, str]] = {}
        self._people: dict[str, str] = {}

    def message(self, kind: str, sender: str, receiver: str, at_us: int, control_id: str, *segments: str) -> str:
        """A whole message: header and segments. ``kind`` is ``ADT^A01``."""
        known = self._headers.get((kind, sender, receiver))
        if known is None:
            structure = STRUCTURES.get(kind, kind.replace("^", "_"))
            known = self._headers[kind, sender, receiver] = (
                f"MSH|^~\\&|{sender}|{self._facility}|{receiver}|{self._facility}|%s||{kind}^{structure}|%s"
                "|P|2.5.1|||AL|NE||UNICODE UTF-8\r"
            )
        return known % (self._stamp(at_us), control_id) + "".join(segments)

    def person(self, person: Person) -> str:
        """A member of the staff as XCN: account, family name, given name."""
        known = self._people.get(person.account)
        if known is None:
            known = self._people[person.account] = (
                f"{escape(person.account)}^{escape(person.family)}^{escape(person.given)}"
            )
        return known

    def patient(self, patient: Patient) -> str:
        """PID."""
        return (
            f"PID|1||{patient.id}^^^{self._facility}^MR||{escape(patient.family)}^{escape(patient.given)}^^^^^L||{patient.born:%Y%m%d}"
            f"|{patient.sex}|||{escape(patient.street)}^^{escape(patient.town)}^^{patient.postcode}^^H||{patient.phone}^PRN^PH\r"
        )

    def location(self, ward: WardId, bed: BedId) -> str:
        """A place as PL: point of care, room, bed, facility. Beds are named by ward, room and bed where the site does
        so.
        """
        room, _, number = bed.removeprefix(f"{ward}-").rpartition("-")
        return (
            f"{escape(ward)}^{escape(room)}^{escape(number)}^{self._facility}"
            if bed
            else f"{escape(ward)}^^^{self._facility}"
        )

    def visit(self, stay: Stay, leg: Leg, before: Leg | None = None, ended: bool = False, admitted: bool = True) -> str:
        """PV1: where the patient is, ``before`` where they were. An inpatient is not one until ``admitted``."""
        kind = stay.kind if admitted or stay.kind is not Kind.INPATIENT else Kind.EMERGENCY
        prior = self.location(before.ward, before.bed) if before else ""
        service = SPECIALTIES[stay.specialty].service
        end = (
            f"|{stay.disposition}||||||||{self._stamp(stay.from_us)}|{self._stamp(stay.until_us)}"
            if ended
            else (f"|||||||||{self._stamp(stay.from_us)}")
        )
        return (
            f"PV1|1|{kind}|{self.location(leg.ward, leg.bed)}|{'E' if stay.emergency else 'R'}||{prior}"
            f"|{self.person(stay.attending)}"
            f"|||{service}||||||{'VIP' if stay.patient.vip else ''}|||{stay.id}{'|' * 16}{end}\r"
        )

    def event(self, trigger: str, at_us: int) -> str:
        """EVN."""
        return f"EVN|{trigger}|{self._stamp(at_us)}\r"

    @staticmethod
    def allergies(patient: Patient) -> str:
        """AL1 for each allergy."""
        return "".join(
            f"AL1|{n}|{allergy.kind}|^{escape(allergy.substance)}|{allergy.severity}|{escape(allergy.reaction)}\r"
            for n, allergy in enumerate(patient.allergies, 1)
        )

    @staticmethod
    def diagnoses(diagnoses: Iterable[Diagnosis]) -> str:
        """DG1 for each diagnosis, all admitting or working."""
        return "".join(
            f"DG1|{n}||{escape(found.code)}^{escape(found.text)}^{_CODING.get(found.system, 'L')}|||W\r"
            for n, found in enumerate(diagnoses, 1)
        )

    def laboratory_order(self, order: LaboratoryOrder, orderer: str) -> str:
        """ORC and OBR for each panel of a new order."""
        asked = self._stamp(order.asked_us)
        return "".join(
            f"ORC|NW|{order.id}-{n}^EHR||{order.id}^EHR|||||{asked}|||{orderer}\rOBR|{n}|{order.id}-{n}^EHR||{panel.code}^{panel.text}^L"
            f"{'|' * 12}{orderer}\r"
            for n, panel in enumerate(order.panels, 1)
        )

    def laboratory_results(self, order: LaboratoryOrder, orderer: str) -> str:
        """ORC, OBR and an OBX for each value, panel by panel."""
        drawn, answered = self._stamp(order.drawn_us), self._stamp(order.answered_us)
        parts = []
        for n, (panel, results) in enumerate(zip(order.panels, order.results, strict=True), 1):
            placer, filler = f"{order.id}-{n}^EHR", f"{order.id}-{n}^LIS"
            parts.append(
                f"ORC|RE|{placer}|{filler}\r"
                f"OBR|{n}|{placer}|{filler}|{panel.code}^{panel.text}^L|||{drawn}{'|' * 9}{orderer}||||||{answered}"
                "||LAB|F\r"
            )
            parts.append(self._values(results, drawn))
        return "".join(parts)

    def reading(self, reading: Reading, at_us: int) -> str:
        """OBR and OBX of values taken at the bedside: nobody ordered them, so there is no placer's number."""
        taken = self._stamp(at_us)
        code, text = reading.panel.code, reading.panel.text
        head = f"OBR|1||{reading.id}^MON|{code}^{text}^L|||{taken}{'|' * 15}{taken}||NRS|F\r"
        return head + self._values(reading.values, taken)

    def _values(self, results: Iterable[Measured], taken: str) -> str:
        known = self._analytes
        parts = []
        for n, (analyte, value, flag) in enumerate(results, 1):
            texts = known.get(analyte.code) or self._analyte(analyte)
            parts.append(f"OBX|{n}|{texts[0]}{value}{texts[1]}{flag}|||F|||{taken}\r")
        return "".join(parts)

    def _analyte(self, analyte: Analyte) -> tuple[str, str]:
        made = self._analytes[analyte.code] = (
            f"NM|{analyte.code}^{escape(analyte.text)}^LN||",
            f"|{escape(analyte.unit)}^^UCUM|{analyte.reference}|",
        )
        return made

    def drug_order(self, order: DrugOrder, control: str, at_us: int, orderer: str) -> str:
        """ORC, RXE, TQ1 and RXR. ``control`` is ``NW`` for new, ``DC`` to stop."""
        stamp = self._stamp
        return (
            f"ORC|{control}|{order.id}^EHR|{order.id}^PHA||||||{stamp(at_us)}|||{orderer}\r"
            f"RXE||{_drug(order)}|{order.dose or '1'}||{escape(order.unit) or 'dose'}\r"
            f"TQ1|1||{escape(order.frequency)}||||{stamp(order.from_us)}|{stamp(order.until_us)}\r{_route(order)}"
        )

    def drug_given(self, dose: Dose, at_us: int, giver: str) -> str:
        """ORC, RXA and RXR of one administration; completion status CP or RE (table 0322)."""
        order = dose.order
        given = self._stamp(at_us)
        return (
            f"ORC|RE|{order.id}^EHR|{order.id}^PHA\r"
            f"RXA|0|1|{given}|{given}|{_drug(order)}|{dose.dose or order.dose or '1'}"
            f"|{escape(dose.unit or order.unit) or 'dose'}|||{giver}{'|' * 10}{'CP' if dose.given else 'RE'}\r"
            f"{_route(order)}"
        )

    def referral(self, referral: Referral, at_us: int, orderer: str) -> str:
        """ORC and OBR of a request for a consultation or for therapy."""
        return (
            f"ORC|NW|{referral.id}^EHR|||||||{self._stamp(at_us)}|||{orderer}\rOBR|1|{referral.id}^EHR||{referral.code}^{referral.text}^L"
            f"{'|' * 12}{orderer}\r"
        )

    def images_order(self, study: Study, orderer: str) -> str:
        """ORC and OBR of a new examination."""
        examination = study.examination
        return (
            f"ORC|NW|{study.id}^EHR|||||||{self._stamp(study.asked_us)}|||{orderer}\rOBR|1|{study.id}^EHR||{examination.code}^"
            f"{examination.text}^L{'|' * 12}{orderer}\r"
        )

    def images_report(self, study: Study, orderer: str, reader: str) -> str:
        """ORC, OBR and the report as text."""
        examination, reported = study.examination, self._stamp(study.reported_us)
        return (
            f"ORC|RE|{study.id}^EHR|{study.id}^RIS\rOBR|1|{study.id}^EHR|{study.id}^RIS|{examination.code}^{examination.text}^L|||"
            f"{self._stamp(study.taken_us)}{'|' * 9}{orderer}||||||{reported}||RAD|F|||||||{reader.replace('^', '&')}\r"
            f"OBX|1|TX|18748-4^Diagnostic imaging report^LN||{escape(study.report)}||||||F|||{reported}\r"
        )

    def operation(self, operation: Operation, status: str, reason: str, planned_us: int) -> str:
        """SCH without the patient: what follows is PID and `resources`."""
        return self._schedule(
            operation.id, reason, "SURG", operation.minutes, planned_us, self.person(operation.surgeon), status
        )

    def appointment(self, appointment: Appointment, status: str, reason: str, physician: Person) -> str:
        """SCH of an outpatient appointment."""
        return self._schedule(
            appointment.id, reason, "CONS", appointment.minutes, appointment.planned_us, self.person(physician), status
        )

    def _schedule(self, id_: str, reason: str, kind: str, length: int, begin_us: int, person: str, status: str) -> str:
        begin, end = self._stamp(begin_us), self._stamp(begin_us + length * MINUTE_US)
        return (
            f"SCH|{id_}^EHR|{id_}^EHR||||{reason}^^HL70276||{kind}^^L|{length}|min|^^M{length}^{begin}^{end}|||||{person}||||{person}"
            f"|||||{status}^^HL70278\r"
        )

    def resources(
        self, what: str, begin_us: int, ward: WardId, bed: BedId, people: Iterable[tuple[str, Person]]
    ) -> str:
        """RGS, AIS, AIL and AIP: the procedure, the room and who takes part, each with their role."""
        begin = self._stamp(begin_us)
        staff = "".join(
            f"AIP|{n}|A|{self.person(person)}|{role}^^L||{begin}\r" for n, (role, person) in enumerate(people, 1)
        )
        return (
            f"RGS|1|A\rAIS|1|A|{escape(what)}^{escape(what)}^L|{begin}\r"
            f"AIL|1|A|{self.location(ward, bed)}|{'OR' if bed else 'OPD'}^^L||{begin}\r{staff}"
        )


def _drug(order: DrugOrder) -> str:
    return f"{escape(order.code)}^{escape(order.name)}^{_CODING.get(order.system, 'L')}"


def _route(order: DrugOrder) -> str:
    return f"RXR|{escape(order.route) or 'OTH'}^^HL70162\r"
