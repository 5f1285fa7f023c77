"""Patient, RelatedPerson, Encounter, Condition, AllergyIntolerance, Flag (FHIR R4)."""

from __future__ import annotations

from typing import Final

from codedark.continuity.charts.chart import Group, PatientId, Severity, VisitState
from codedark.continuity.charts.fact import GONE, MOST_KEY, NONE_KNOWN, Same
from codedark.continuity.charts.meanings import meanings
from codedark.continuity.charts.times import day_of
from codedark.continuity.fhir.elements import Told, rightly
from codedark.continuity.fhir.speaking import (
    Resource,
    Speaking,
    code_of,
    human,
    listed,
    reference_of,
    system_of,
    text_of,
)

_SEXES: Final = {"female": "F", "male": "M", "other": "O", "unknown": "U"}
_STATES: Final = {
    "planned": VisitState.EXPECTED,
    "arrived": VisitState.IN,
    "triaged": VisitState.IN,
    "in-progress": VisitState.IN,
    "onleave": VisitState.ON_LEAVE,
    "finished": VisitState.OUT,
    "cancelled": VisitState.CANCELLED,
    "entered-in-error": VisitState.CANCELLED,
}
_KINDS: Final = {
    "IMP": "I",
    "ACUTE": "I",
    "NONAC": "I",
    "OBSENC": "I",
    "SS": "I",
    "EMER": "E",
    "AMB": "O",
    "PRENC": "P",
}
_SEVERITIES: Final = {
    "severe": Severity.HIGH,
    "moderate": Severity.MODERATE,
    "mild": Severity.LOW,
    "high": Severity.HIGH,
    "low": Severity.LOW,
}
_MEDICAL_RECORD: Final = frozenset({"MR", "MRN"})
_OVER: Final = frozenset({"resolved", "inactive", "remission"})


def read_patient(speaking: Speaking) -> None:
    """Who somebody is; from here on the server's own id and the hospital's number are one patient."""
    resource = speaking.resource
    own = PatientId(f"Patient/{speaking.id}")
    number, others = _numbers(speaking)
    patient = PatientId(number) if number else own
    if patient != own:
        speaking.statements.append(Same(own, patient, speaking.said))
    for link in listed(resource.get("link")):
        other = PatientId(reference_of(link.get("other")))
        if other and link.get("type") in {"replaced-by", "replaces"}:
            gone, into = (patient, other) if link["type"] == "replaced-by" else (other, patient)
            speaking.statements.append(Same(gone, into, speaking.said))
    names = listed(resource.get("name"))
    name = next((each for each in names if each.get("use") == "official"), names[0] if names else {})
    died = resource.get("deceasedDateTime")
    fields = {
        "family": name.get("family") or name.get("text") or None,
        "given": " ".join(listed(name.get("given"))) or None,
        "born": day_of(str(resource["birthDate"])) if "birthDate" in resource else None,
        "sex": _SEXES.get(resource.get("gender", "")),
        "address": _address(resource),
        "phone": _phone(resource),
        "died_us": speaking.us(died) or _died_us(resource.get("deceasedBoolean"), speaking.said.at_us),
    }
    speaking.state(patient, Group.IDENTITY, "", fields)
    for kind, value in others:
        speaking.state(patient, Group.IDENTITY, f"number {kind} {value}", {"number": (kind, value)})
    for contact in listed(resource.get("contact")):
        _contact(speaking, patient, human(contact.get("name", {})), contact)


def read_related(speaking: Speaking) -> None:
    """RelatedPerson: somebody to call."""
    names = listed(speaking.resource.get("name"))
    _contact(speaking, speaking.patient, human(names[0]) if names else "", speaking.resource)


def read_encounter(speaking: Speaking) -> None:
    """A stay, with where the patient lies in it and lay before."""
    resource = speaking.resource
    period = resource.get("period") or {}
    place, previous = _lying(speaking)
    attending = next(
        (
            each
            for each in listed(resource.get("participant"))
            if code_of((listed(each.get("type")) or [{}])[0]) == "ATND"
        ),
        (listed(resource.get("participant")) or [{}])[0],
    )
    kind = dict(resource.get("class") or {}).get("code", "")
    fields = {
        "state": _STATES.get(resource.get("status", "")),
        "kind": _KINDS.get(kind, "O"),
        "place": place,
        "previous": previous,
        "attending": speaking.directory.person(attending.get("individual")),
        "admitted_us": speaking.us(period.get("start")) or None,
        "discharged_us": speaking.us(period.get("end")),
        "reason": "; ".join(text_of(reason) for reason in listed(resource.get("reasonCode"))) or None,
    }
    speaking.say(Group.VISIT, _visit_number(resource) or speaking.id, fields)


def _lying(speaking: Speaking) -> tuple[tuple[str, str, str] | None, tuple[str, str, str] | None]:
    """Where the patient lies, and lay before. Of bed, room and ward that are told side by side, it is the bed."""
    told: dict[tuple[bool, int], tuple[str, str, str]] = {}
    for each in listed(speaking.resource.get("location")):
        if each.get("status") not in {"planned", "reserved"}:
            when = not _is_over(each), speaking.us((each.get("period") or {}).get("start"))
            place = speaking.directory.place(each.get("location"))
            if when not in told or _exactness(place) >= _exactness(told[when]):
                told[when] = place
    places = [told[when] for when in sorted(told)]
    return places[-1] if places else None, places[-2] if places[1:] else None


def _exactness(place: tuple[str, str, str]) -> tuple[bool, bool]:
    return bool(place[2]), bool(place[1])


def read_condition(speaking: Speaking) -> None:
    """A problem. One that is over, or was refuted, is none of the chart."""
    problem, gone = speaking.resource.alike(_problem, "code", "clinicalStatus", "verificationStatus")
    fields = {
        "since_us": speaking.when_us("onset") or speaking.us(speaking.resource.get("recordedDate")),
        "visit": speaking.visit or None,
        GONE: gone,
    }
    speaking.say(Group.PROBLEMS, speaking.id, fields, problem)


def _problem(resource: Resource) -> tuple[Told, bool]:
    """What it is called, and whether it is over or was refuted."""
    code = resource.get("code")
    fields = {"text": text_of(code), "code": code_of(code), "system": system_of(code)}
    return rightly(fields), code_of(resource.get("clinicalStatus")) in _OVER or _is_refuted(resource)


def read_allergy(speaking: Speaking) -> None:
    """An allergy, or that there are none."""
    resource = speaking.resource
    code = resource.get("code")
    gone = code_of(resource.get("clinicalStatus")) in _OVER or _is_refuted(resource)
    if meanings().is_none_known(code_of(code), text_of(code)):
        speaking.say(Group.ALLERGIES, speaking.id, {NONE_KNOWN: not gone, GONE: gone})
        return
    reactions = listed(resource.get("reaction"))
    signs = [text_of(sign) for reaction in reactions for sign in listed(reaction.get("manifestation"))]
    told = (*(each.get("severity") for each in reactions), resource.get("criticality"))
    worst = [_SEVERITIES[each] for each in told if each in _SEVERITIES]
    rank = list(_SEVERITIES.values())
    fields = {
        "substance": text_of(code) or ", ".join(text_of(each.get("substance")) for each in reactions),
        "code": code_of(code),
        "reaction": ", ".join(signs),
        "severity": min(worst, key=rank.index) if worst else None,
        "is_certain": code_of(resource.get("verificationStatus")) not in {"unconfirmed", "presumed"},
        GONE: gone,
    }
    speaking.say(Group.ALLERGIES, speaking.id, fields)


def read_flag(speaking: Speaking) -> None:
    """What whoever comes in must know."""
    resource = speaking.resource
    text = text_of(resource.get("code"))
    categories = [text_of(category) for category in listed(resource.get("category"))]
    fields = {
        "kind": meanings().alert_kind(*categories, text),
        "text": text,
        "since_us": speaking.us((resource.get("period") or {}).get("start")),
        GONE: resource.get("status") != "active",
    }
    speaking.say(Group.ALERTS, speaking.id, fields)


def _numbers(speaking: Speaking) -> tuple[str, list[tuple[str, str]]]:
    """The hospital's number (of its systems, where they are known; type MR, else the first identifier), and the others
    with their kind. Another hospital's number is somebody else's here; one that is old was this patient's.
    """
    identifiers = [each for each in listed(speaking.resource.get("identifier")) if _is_number(each.get("value"))]
    told_ = [(code_of(each.get("type")), str(each["value"])) for each in identifiers]
    ours = [each for each in identifiers if not speaking.systems or each.get("system") in speaking.systems]
    ours.sort(key=lambda each: (each.get("use") == "old", code_of(each.get("type")) not in _MEDICAL_RECORD))
    own = (code_of(ours[0].get("type")), str(ours[0]["value"])) if ours else ("", "")
    systems = {each.get("system") for each in ours if code_of(each.get("type")) in _MEDICAL_RECORD}
    if not speaking.systems and len(systems) > 1:
        speaking.not_understood.append("numbers of several systems (Patient.identifier): patient_systems names ours")
    return own[1], [pair for pair in told_ if pair != own]


def _is_number(value: object) -> bool:
    return bool(value) and len(str(value)) <= MOST_KEY


def _died_us(is_dead: object, at_us: int) -> int | None:
    """When somebody died of whom only that is told; 0 for who is said to live."""
    return None if is_dead is None else at_us if is_dead else 0


def _visit_number(resource: Resource) -> str:
    numbers = (each for each in listed(resource.get("identifier")) if code_of(each.get("type")) == "VN")
    return next((str(each["value"]) for each in numbers if each.get("value")), "")


def _is_refuted(resource: Resource) -> bool:
    return code_of(resource.get("verificationStatus")) in {"refuted", "entered-in-error"}


def _is_over(place: Resource) -> bool:
    """Completed, or with an end: behind those where the patient still is."""
    return place.get("status") == "completed" or bool((place.get("period") or {}).get("end"))


def _address(resource: Resource) -> str | None:
    for address in listed(resource.get("address")):
        parts = [*listed(address.get("line")), address.get("postalCode"), address.get("city"), address.get("country")]
        return address.get("text") or ", ".join(part for part in parts if part)
    return None


def _phone(resource: Resource) -> str | None:
    numbers = (each.get("value") for each in listed(resource.get("telecom")) if each.get("system") in {"phone", "sms"})
    return next((number for number in numbers if number), None)


def _contact(speaking: Speaking, patient: PatientId, name: str, told_: Resource) -> None:
    if name:
        role = ", ".join(text_of(each) for each in listed(told_.get("relationship")))
        fields = {"name": name, "role": role, "phone": _phone(told_) or ""}
        speaking.state(patient, Group.CONTACTS, name.casefold(), fields)
