"""The record system's content as FHIR R4 resources: the site, its people, its patients, and their stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from codedark.simulate.clinic.care import Care
from codedark.simulate.clinic.chronicle import Chronicle
from codedark.simulate.clinic.clock import Clock
from codedark.simulate.clinic.fhir import ACT_CODE, LOCAL, TERMINOLOGY, fhir_id, line, of_diagnosis
from codedark.simulate.clinic.patient import Patient
from codedark.simulate.clinic.plan import Booking
from codedark.simulate.clinic.specialties import specialty_name
from codedark.simulate.clinic.stay import CodeStatus, Kind, Stay
from codedark.simulate.habit import MINUTE_US
from codedark.simulate.site import Role, Site

CLINICAL = frozenset(Role) - {Role.TECHNICIAN, Role.IT_ADMINISTRATOR, Role.VENDOR, Role.MANAGER}
_CLASSES = {
    Kind.INPATIENT: ("IMP", "inpatient encounter"),
    Kind.EMERGENCY: ("EMER", "emergency"),
    Kind.OUTPATIENT: ("AMB", "ambulatory"),
}
_DISPOSITIONS = {"01": "home", "02": "other-hcf", "03": "long", "07": "aadvice", "20": "exp"}
_STATUS = {
    CodeStatus.NOT_FOR_RESUSCITATION: ("304253006", "Not for resuscitation"),
    CodeStatus.NO_INTENSIVE_CARE: ("", "Not for intensive care"),
}
_KINDS = {"DA": "medication", "FA": "food", "MA": "environment"}
_CRITICALITY = {"SV": "high", "MO": "low", "MI": "low"}
ORGANISATION = "hospital"


class Record:
    """Writes what the record system holds at the end of the simulated time about everything that touched it."""

    def __init__(self, site: Site, clock: Clock, care: Care, first_us: int, last_us: int) -> None:
        self._site = site
        self._iso = clock.iso
        self._last_us = last_us
        self._chronicle = Chronicle(clock, care, first_us, last_us)

    def resources(
        self, stays: Sequence[Stay], patients: Mapping[str, Patient], bookings: Iterable[Booking]
    ) -> Iterator[tuple[str, bytes]]:
        """A type and a line of NDJSON, types interleaved. A reference points to a resource that is in here too."""
        parts = chain(
            self._places(),
            self._people(),
            chain.from_iterable(map(self._patient, patients.values())),
            chain.from_iterable(map(self._stay, stays)),
            self._bookings(bookings),
        )
        for kind, text in parts:
            yield kind, text.encode()

    def _places(self) -> Iterator[tuple[str, str]]:
        hospital = self._site.hospital
        identifier = [{"system": LOCAL + "organization", "value": self._site.domain}]
        yield (
            "Organization",
            line("Organization", ORGANISATION, {"identifier": identifier, "active": True, "name": hospital.name}),
        )
        keeper = {"reference": f"Organization/{ORGANISATION}"}
        for ward in hospital.wards.values():
            body: dict[str, Any] = {
                "status": "active",
                "name": ward.name,
                "mode": "instance",
                "type": [{"text": ward.specialty}],
                "physicalType": _physical("wa", "Ward"),
                "managingOrganization": keeper,
            }
            yield "Location", line("Location", fhir_id(ward.id), body)
            for bed in ward.beds:
                body = {
                    "status": "active",
                    "name": bed,
                    "mode": "instance",
                    "physicalType": _physical("bd", "Bed"),
                    "partOf": {"reference": f"Location/{fhir_id(ward.id)}"},
                }
                yield "Location", line("Location", fhir_id(bed), body)
                if specialty_name(ward) == "operating theatre":
                    actor = [{"reference": f"Location/{fhir_id(bed)}"}]
                    yield (
                        "Schedule",
                        line(
                            "Schedule",
                            fhir_id(bed),
                            {"active": True, "actor": actor, "comment": f"Theatre list of {bed}"},
                        ),
                    )

    def _people(self) -> Iterator[tuple[str, str]]:
        for person in self._site.people:
            if person.role not in CLINICAL:
                continue
            id_ = fhir_id(person.account)
            name = [{"family": person.family, "given": [person.given]}]
            identifier = [{"system": LOCAL + "account", "value": person.account}]
            yield "Practitioner", line("Practitioner", id_, {"identifier": identifier, "active": True, "name": name})
            role: dict[str, Any] = {
                "active": True,
                "practitioner": {"reference": f"Practitioner/{id_}"},
                "organization": {"reference": f"Organization/{ORGANISATION}"},
                "code": [{"text": person.role.value}],
            }
            if person.ward:
                role["location"] = [{"reference": f"Location/{fhir_id(person.ward)}"}]
            yield "PractitionerRole", line("PractitionerRole", id_, role)

    def _patient(self, patient: Patient) -> Iterator[tuple[str, str]]:
        body = {
            "identifier": [
                {
                    "type": {"coding": [{"system": TERMINOLOGY + "v2-0203", "code": "MR"}]},
                    "system": LOCAL + "mrn",
                    "value": patient.id,
                }
            ],
            "active": True,
            "name": [{"use": "official", "family": patient.family, "given": [patient.given]}],
            "telecom": [{"system": "phone", "value": patient.phone, "use": "home"}],
            "gender": "female" if patient.sex == "F" else "male",
            "birthDate": patient.born.isoformat(),
            "address": [
                {"use": "home", "line": [patient.street], "city": patient.town, "postalCode": patient.postcode}
            ],
            "managingOrganization": {"reference": f"Organization/{ORGANISATION}"},
        }
        yield "Patient", line("Patient", patient.id, body)
        for n, allergy in enumerate(patient.allergies, 1):
            allergic = {
                "clinicalStatus": {
                    "coding": [{"system": TERMINOLOGY + "allergyintolerance-clinical", "code": "active"}]
                },
                "verificationStatus": {
                    "coding": [{"system": TERMINOLOGY + "allergyintolerance-verification", "code": "confirmed"}]
                },
                "category": [_KINDS[allergy.kind]],
                "criticality": _CRITICALITY[allergy.severity],
                "code": {"text": allergy.substance},
                "patient": {"reference": f"Patient/{patient.id}"},
                "reaction": [{"manifestation": [{"text": allergy.reaction}]}],
            }
            yield "AllergyIntolerance", line("AllergyIntolerance", f"{patient.id}-A{n}", allergic)

    def _stay(self, stay: Stay) -> Iterator[tuple[str, str]]:
        subject = {"reference": f"Patient/{stay.patient.id}"}
        encounter = {"reference": f"Encounter/{stay.id}"}
        yield "Encounter", line("Encounter", stay.id, self._encounter(stay, subject))
        for n, diagnosis in enumerate(stay.diagnoses, 1):
            condition = {
                "clinicalStatus": {"coding": [{"system": TERMINOLOGY + "condition-clinical", "code": "active"}]},
                "category": [
                    {"coding": [{"system": TERMINOLOGY + "condition-category", "code": "encounter-diagnosis"}]}
                ],
                "code": of_diagnosis(diagnosis),
                "subject": subject,
                "encounter": encounter,
            }
            yield "Condition", line("Condition", f"{stay.id}-C{n}", condition, is_real=bool(stay.real))
        if stay.code_status in _STATUS:
            code, text = _STATUS[stay.code_status]
            coded: dict[str, Any] = {"text": text}
            if code:
                coded["coding"] = [{"system": "http://snomed.info/sct", "code": code, "display": text}]
            flag = {
                "status": "active" if stay.until_us > self._last_us else "inactive",
                "category": [{"text": "Code status"}],
                "code": coded,
                "subject": subject,
                "period": self._period(stay),
                "encounter": encounter,
            }
            yield "Flag", line("Flag", f"{stay.id}-F", flag)
        yield from self._chronicle.of(stay)

    def _encounter(self, stay: Stay, subject: Mapping[str, str]) -> dict[str, Any]:
        code, display = _CLASSES[stay.kind]
        is_over = stay.until_us <= self._last_us
        body: dict[str, Any] = {
            "identifier": [{"system": LOCAL + "visit", "value": stay.id}],
            "status": "finished" if is_over else "in-progress",
            "class": {"system": ACT_CODE, "code": code, "display": display},
            "serviceType": {"text": stay.specialty},
            "priority": {
                "coding": [{"system": TERMINOLOGY + "v3-ActPriority", "code": "EM" if stay.emergency else "R"}]
            },
            "subject": subject,
            "participant": [{"individual": {"reference": f"Practitioner/{fhir_id(stay.attending.account)}"}}],
            "period": self._period(stay),
            "diagnosis": [
                {"condition": {"reference": f"Condition/{stay.id}-C{n}"}, "rank": n}
                for n, _ in enumerate(stay.diagnoses, 1)
            ],
            "location": [
                {
                    "location": {"reference": f"Location/{fhir_id(leg.bed or leg.ward)}"},
                    "status": "completed" if leg.until_us <= self._last_us else "active",
                    "period": self._times(leg.from_us, leg.until_us),
                }
                for leg in stay.legs
                if not leg.slip and leg.from_us <= self._last_us
            ],
            "serviceProvider": {"reference": f"Organization/{ORGANISATION}"},
        }
        if stay.appointment:
            body["appointment"] = [{"reference": f"Appointment/{stay.appointment.id}"}]
        if is_over and stay.kind is Kind.INPATIENT:
            system = TERMINOLOGY + "discharge-disposition"
            body["hospitalization"] = {
                "dischargeDisposition": {"coding": [{"system": system, "code": _DISPOSITIONS[stay.disposition]}]}
            }
        return {name: value for name, value in body.items() if value}

    def _bookings(self, bookings: Iterable[Booking]) -> Iterator[tuple[str, str]]:
        for patient, physician, operation, appointment in bookings:
            booked = operation or appointment
            assert booked
            if booked.booked_us >= self._last_us:
                continue
            people, place = [physician], ""
            if operation:
                people, place = [operation.surgeon, operation.anaesthetist], str(operation.room)
            elif appointment:
                place = appointment.ward
            cancelled = 0 < booked.cancelled_us < self._last_us
            begun = booked.planned_us < self._last_us
            actors = [
                f"Patient/{patient.id}",
                *(f"Practitioner/{fhir_id(one.account)}" for one in people),
                f"Location/{fhir_id(place)}",
            ]
            body = {
                "status": "cancelled" if cancelled else "fulfilled" if begun else "booked",
                "description": operation.procedure if operation else "Consultation",
                "start": self._iso(booked.planned_us),
                "end": self._iso(booked.planned_us + booked.minutes * MINUTE_US),
                "minutesDuration": booked.minutes,
                "created": self._iso(booked.booked_us),
                "participant": [{"actor": {"reference": actor}, "status": "accepted"} for actor in actors],
            }
            yield "Appointment", line("Appointment", booked.id, body)

    def _period(self, stay: Stay) -> dict[str, str]:
        return self._times(stay.from_us, stay.until_us)

    def _times(self, from_us: int, until_us: int) -> dict[str, str]:
        """A period; its end is not known before it comes."""
        times = {"start": self._iso(from_us)}
        if until_us <= self._last_us:
            times["end"] = self._iso(until_us)
        return times


def _physical(code: str, text: str) -> dict[str, Any]:
    return {"coding": [{"system": TERMINOLOGY + "location-physical-type", "code": code, "display": text}]}
