"""Care from FHIR R4 resources, as JSON objects: who is named where, who works where, who lies where.

Everything is optional in FHIR and hospitals fill in half of it: what a resource lacks is not told, and nothing is
raised. `told` answers whether a resource said anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from codedark.detect.behaviour.care import DAY_US, FOR_EVER, Care, Why
from codedark.detect.behaviour.care_people import Function, Member, Person, folded, function_of, home_of
from codedark.events.envelope import parse_time
from codedark.events.moments import microseconds_of

FIRST: Final = ("Location", "Practitioner", "PractitionerRole", "Patient", "Schedule", "Slot")
"""Types that others refer to, to be read before them, in this order."""
SENSITIVE: Final = frozenset({"R", "V", "CEL", "CELEBRITY", "EMP", "EMPLOYEE", "VIP", "SPI"})
"""Security labels (v3-Confidentiality, v3-ActCode) by which a hospital marks a record as one to be watched."""
_FLAG_WORDS: Final = ("vip", "celebrity", "restricted", "employee", "confidential", "sensitive")
_EMERGENCY_WORDS: Final = ("emergency", "spoed", "urgence", "notaufnahme", "accident")
_WORK: Final = {
    "lab": Function.LABORATORY, "108252007": Function.LABORATORY, "pathology": Function.LABORATORY,
    "imag": Function.RADIOLOGY, "rad": Function.RADIOLOGY, "363679005": Function.RADIOLOGY,
    "pharm": Function.PHARMACY, "therap": Function.THERAPY, "physio": Function.THERAPY, "diet": Function.THERAPY,
}  # fmt: skip
"""What an order's category means: beginnings of codes and words, with those of SNOMED CT that the FHIR examples use."""

Resource = Mapping[str, Any]


def told(care: Care, resource: Resource) -> bool:
    """Tell `care` what a resource says. False for a type that says nothing about care, or a resource without an id."""
    read = _READERS.get(str(resource.get("resourceType")))
    if read is None or not resource.get("id"):
        return False
    read(care, resource)
    return True


def _location(care: Care, location: Resource) -> None:
    kinds = [*_texts(location.get("type")), str(location.get("name", ""))]
    care.add_location(
        str(location["id"]),
        _id(location.get("partOf"), "Location"),
        any(word in kind.lower() for kind in kinds for word in _EMERGENCY_WORDS),
    )


def _practitioner(care: Care, practitioner: Resource) -> None:
    family, given = _name(practitioner)
    identifiers = [str(each["value"]) for each in _objects(practitioner.get("identifier")) if each.get("value")]
    # One of the identifiers is the account; which, only the audit shows. So each is a name of the same person.
    account = (identifiers[0] if identifiers else str(practitioner["id"])).lower()
    for name in (*identifiers, str(practitioner["id"])):
        care.alias_member(name, account)
    known = care.member(account)
    born, home = str(practitioner.get("birthDate", "")), _home(practitioner)
    if known is None:
        care.add_member(Member(account, "", Function.OTHER, frozenset(), family, given, born, home))
    else:
        care.add_member(known._replace(family=family, given=given, born=born, home=home or known.home))


def _role(care: Care, role: Resource) -> None:
    account = _id(role.get("practitioner"), "Practitioner").lower()
    if not account:
        return
    known = care.member(account) or Member(account, "", Function.OTHER)
    word = next(iter(_texts(role.get("code")) + _texts(role.get("specialty"))), known.role)
    wards = {care.ward_of(_id(each, "Location")) for each in _objects(role.get("location"))} - {""}
    care.add_member(known._replace(role=word, function=function_of(word), wards=known.wards | frozenset(wards)))


def _patient(care: Care, patient: Resource) -> None:
    id_, (family, given) = str(patient["id"]), _name(patient)
    for each in _objects(patient.get("identifier")):
        if each.get("value"):
            care.alias_patient(str(each["value"]), id_)
    care.add_patient(
        id_, Person(family, given, str(patient.get("birthDate", "")), _home(patient), _is_sensitive(patient))
    )


def _encounter(care: Care, encounter: Resource) -> None:
    patient, (from_us, until_us) = _id(encounter.get("subject"), "Patient"), _period(encounter.get("period"))
    if not patient or from_us < 0:
        return
    if _is_sensitive(encounter):
        care.flag(patient)
    places = [(_id(each.get("location"), "Location"), each) for each in _objects(encounter.get("location"))]
    for location, each in places:
        begin_us, end_us = _period(each.get("period"))
        care.add_stay(patient, location, begin_us if begin_us >= 0 else from_us, min(end_us, until_us))
    if not places:
        care.add_stay(patient, "", from_us, until_us)
    for each in _objects(encounter.get("participant")):
        begin_us, end_us = _period(each.get("period"))
        who = each.get("individual") or each.get("actor")
        _tie(care, patient, who, Why.NAMED, begin_us if begin_us >= 0 else from_us, min(end_us, until_us))


def _appointment(care: Care, appointment: Resource) -> None:
    from_us, until_us = _time(appointment.get("start")), _time(appointment.get("end"))
    created_us = _time(appointment.get("created"))
    actors = [each.get("actor") for each in _objects(appointment.get("participant"))]
    if from_us < 0:
        return
    for patient in filter(None, (_id(actor, "Patient") for actor in actors)):
        end_us = max(from_us, until_us)
        for actor in actors:
            _tie(care, patient, actor, Why.APPOINTMENT, from_us, end_us)
            if location := _id(actor, "Location"):
                care.add_clinic(patient, location, from_us, end_us)
                if created_us >= 0:  # it is planned by those who work there
                    care.add_clinic(patient, location, created_us, created_us)


def _order(care: Care, order: Resource) -> None:
    patient, at_us = _id(order.get("subject"), "Patient"), _time(order.get("authoredOn"))
    if not patient or at_us < 0:
        return
    _, until_us = _period(order.get("occurrencePeriod"))
    until_us = at_us if until_us == FOR_EVER else max(at_us, until_us)
    _tie(care, patient, order.get("requester"), Why.ORDERED, at_us, until_us)
    for who in _objects(order.get("performer")):
        _tie(care, patient, who, Why.PERFORMED, at_us, until_us)
    for word in _texts(order.get("category")) + _texts(order.get("performerType")):
        function = next((what for start, what in _WORK.items() if word.lower().startswith(start)), None)
        if function is not None:
            care.add_work(patient, function, at_us, until_us)


def _medication(care: Care, request: Resource) -> None:
    patient, at_us = _id(request.get("subject"), "Patient"), _time(request.get("authoredOn"))
    if not patient or at_us < 0:
        return
    _, until_us = _period((request.get("dispenseRequest") or {}).get("validityPeriod"))
    until_us = at_us + DAY_US if until_us == FOR_EVER else max(at_us, until_us)
    _tie(care, patient, request.get("requester"), Why.ORDERED, at_us, until_us)
    care.add_work(patient, Function.PHARMACY, at_us, until_us)


def _done(care: Care, done: Resource) -> None:
    patient = _id(done.get("subject"), "Patient")
    times = [_time(done.get(name)) for name in ("effectiveDateTime", "issued", "performedDateTime")]
    times += [time for name in ("effectivePeriod", "performedPeriod") for time in _period(done.get(name))]
    told_us = [time for time in times if 0 <= time < FOR_EVER]
    if not patient or not told_us:
        return
    for each in _objects(done.get("performer")):
        _tie(care, patient, each.get("actor") or each, Why.PERFORMED, min(told_us), max(told_us))
    for each in _objects(done.get("resultsInterpreter")):
        _tie(care, patient, each, Why.PERFORMED, min(told_us), max(told_us))


def _team(care: Care, team: Resource) -> None:
    patient, (from_us, until_us) = _id(team.get("subject"), "Patient"), _period(team.get("period"))
    for each in _objects(team.get("participant")) if patient else ():
        _tie(care, patient, each.get("member"), Why.TEAM, max(from_us, 0), until_us)


def _flag(care: Care, flag: Resource) -> None:
    patient = _id(flag.get("subject"), "Patient")
    words = " ".join(_texts(flag.get("category")) + _texts(flag.get("code"))).lower()
    if patient and flag.get("status") == "active" and any(word in words for word in _FLAG_WORDS):
        care.flag(patient)


_READERS: Final[Mapping[str, Callable[[Care, Resource], None]]] = {
    "Location": _location,
    "Practitioner": _practitioner,
    "PractitionerRole": _role,
    "Patient": _patient,
    "Encounter": _encounter,
    "Appointment": _appointment,
    "ServiceRequest": _order,
    "MedicationRequest": _medication,
    "MedicationAdministration": _done,
    "DiagnosticReport": _done,
    "Procedure": _done,
    "CareTeam": _team,
    "Flag": _flag,
}
READ: Final = frozenset(_READERS)
"""The types that say something about care."""


def _tie(care: Care, patient: str, who: Any, why: Why, from_us: int, until_us: int) -> None:
    name = _id(who, "Practitioner") or _id(who, "PractitionerRole")
    if name:
        member = care.member(name)
        care.add_tie(patient, member.account if member else name.lower(), why, from_us, until_us)


def _id(reference: Any, kind: str) -> str:
    """The id that a Reference points to, where it points to a ``kind``."""
    text = reference.get("reference") if isinstance(reference, Mapping) else None
    if not isinstance(text, str):
        return ""
    head, _, id_ = text.rpartition("/")
    return id_ if head == kind or head.endswith("/" + kind) else ""


def _objects(value: Any) -> list[Mapping[str, Any]]:
    found = value if isinstance(value, list) else [value]
    return [each for each in found if isinstance(each, Mapping)]


def _texts(value: Any) -> list[str]:
    """The texts and codes of some CodeableConcepts."""
    return [str(text) for concept in _objects(value) for text in _concept_texts(concept) if text]


def _concept_texts(concept: Resource) -> Iterator[Any]:
    yield concept.get("text")
    for coding in _objects(concept.get("coding")):
        yield coding.get("display")
        yield coding.get("code")


def _is_sensitive(resource: Resource) -> bool:
    meta = resource.get("meta")
    labels = _objects(meta.get("security")) if isinstance(meta, Mapping) else []
    return any(label.get("code") in SENSITIVE for label in labels)


def _name(resource: Resource) -> tuple[str, str]:
    for name in _objects(resource.get("name")):
        given = name.get("given")
        first = str(given[0]) if isinstance(given, list) and given else ""
        return folded(str(name.get("family", ""))), folded(first)
    return "", ""


def _home(resource: Resource) -> str:
    for address in _objects(resource.get("address")):
        lines = address.get("line")
        street = str(lines[0]) if isinstance(lines, list) and lines else ""
        return home_of(street, str(address.get("postalCode", "")))
    return ""


def _period(period: Any) -> tuple[int, int]:
    """Beginning (-1 where unknown) and end (`FOR_EVER` where open) of a Period."""
    if not isinstance(period, Mapping):
        return -1, FOR_EVER
    until_us = _time(period.get("end"))
    return _time(period.get("start")), until_us if until_us >= 0 else FOR_EVER


def _time(value: Any) -> int:
    moment = parse_time(value) if isinstance(value, str) else None
    return microseconds_of(moment) if moment is not None else -1
