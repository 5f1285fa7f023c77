"""FHIR R4 resources read naively, each as it stands: what wards must find in their packs.

Written from FHIR R4 and docs/reference/census.md, apart from `continuity`: nothing of it is imported or was read for
this. It knows the resources of the data that the tests have, and no more.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from tests.oracle.source_patient import Patient, Result, Row, Stay, group_of, number, plain

Resource = Mapping[str, Any]
_KINDS = {"IMP": "I", "ACUTE": "I", "NONAC": "I", "OBSENC": "I", "SS": "I", "EMER": "E", "AMB": "O", "PRENC": "P"}
_STATES = {"in-progress": "in", "arrived": "in", "onleave": "leave", "finished": "out", "planned": "expected"}
_SEVERITIES = {"severe": "high", "high": "high", "moderate": "moderate", "mild": "low", "low": "low"}
_GIVEN = {"not-done": "not-given", "on-hold": "held"}
_OVER = {"resolved", "inactive", "remission"}
_WRONG = {"refuted", "entered-in-error"}
_ALERTS = (
    ("code-status", ("code status", "resuscitat")),
    ("isolation", ("isolation",)),
    ("falls", ("fall",)),
    ("diet", ("diet",)),
    ("swallowing", ("swallow",)),
    ("limits", ("limit", "not for intensive")),
)


class Record:
    """Resources by type and id; of each, what others refer to."""

    def __init__(self, resources: Iterable[Resource], now: int) -> None:
        self.of: defaultdict[str, dict[str, Resource]] = defaultdict(dict)
        for each in resources:
            self.of[each["resourceType"]][each["id"]] = each
        self.now = now
        self.patients: defaultdict[str, Patient] = defaultdict(Patient)

    def got(self, reference: Resource | None) -> Resource:
        """What a reference points to; nothing where that is not in the record."""
        kind, _, id_ = (reference or {}).get("reference", "/").partition("/")
        return self.of[kind].get(id_, {})

    def person(self, reference: Resource | None) -> tuple[str, str]:
        """Name and phone."""
        found = self.got(reference)
        name = _human((found.get("name") or [{}])[0]) or (reference or {}).get("display", "")
        return name or (reference or {}).get("reference", "").rpartition("/")[2], _phone(found)

    def place(self, reference: Resource) -> tuple[str, str, str]:
        """A bed by the id that it has, in the ward whose id it is part of; or a ward by its name."""
        found = self.got(reference)
        if _code(found.get("physicalType")) == "bd":
            return self.got(found["partOf"])["name"], "", found["name"]
        return found.get("name", ""), "", ""

    def subject(self, resource: Resource) -> Patient:
        return self.patients[(resource.get("subject") or resource["patient"])["reference"].rpartition("/")[2]]


def from_resources(resources: Iterable[Resource], now: int) -> dict[str, Patient]:
    """All patients by number."""
    record = Record(resources, now)
    numbers = {}
    for id_, each in record.of["Patient"].items():
        numbers[id_] = _number(each)
        _person(record.patients[id_], each)
    for kind, read in (
        ("Encounter", _stay), ("AllergyIntolerance", _allergy), ("Condition", _problem), ("Flag", _alert),
        ("MedicationRequest", _drug), ("MedicationAdministration", _dose), ("Observation", _value),
        ("DiagnosticReport", _report), ("ServiceRequest", _asked), ("Appointment", _slot),
        ("DocumentReference", _note), ("RelatedPerson", _contact), ("Procedure", _line),
    ):  # fmt: skip
        for each in record.of[kind].values():
            read(record, each)
    return {numbers[id_]: patient for id_, patient in record.patients.items() if id_ in numbers}


def _person(patient: Patient, who: Resource) -> None:
    name = next((each for each in who.get("name", []) if each.get("use") == "official"), (who.get("name") or [{}])[0])
    sex = {"female": "F", "male": "M", "other": "O", "unknown": "U"}.get(who.get("gender", ""), "")
    family, given = name.get("family", ""), " ".join(name.get("given", []))
    patient.groups["identity"][""] = (family, given, who.get("birthDate", ""), sex, _phone(who))
    for each in who.get("contact", []):
        told = _human(each.get("name", {})), ", ".join(map(_text, each.get("relationship", []))), _phone(each)
        patient.groups["contact"][told[0]] = told


def _stay(record: Record, each: Resource) -> None:
    places = sorted(
        (where for where in each.get("location", []) if where.get("status") not in {"planned", "reserved"}),
        key=lambda where: ("end" not in where.get("period", {}), where.get("period", {}).get("start", "")),
    )
    lain = [record.place(where["location"]) for where in places]
    who = next((each for each in each.get("participant", []) if _code((each.get("type") or [{}])[0]) == "ATND"), None)
    who = who or (each.get("participant") or [{}])[0]
    period = each.get("period", {})
    record.subject(each).stays[each["id"]] = Stay(
        kind=_KINDS.get(each["class"]["code"], "O"),
        state=_STATES.get(each["status"], "cancelled"),
        place=lain[-1] if lain else ("", "", ""),
        previous=lain[-2] if len(lain) > 1 else ("", "", ""),
        attending=record.person(who.get("individual")) if who.get("individual") else ("", ""),
        reason="; ".join(map(_text, each.get("reasonCode", []))),
        begin=seconds(period.get("start", "")),
        end=seconds(period.get("end", "")),
        is_told=True,
        told=record.now,
    )


def _allergy(record: Record, each: Resource) -> None:
    if _code(each.get("clinicalStatus")) in _OVER or _code(each.get("verificationStatus")) in _WRONG:
        return
    groups = record.subject(each).groups
    if _code(each.get("code")) == "716186003":
        groups["none known"] = {"": ("allergies",)}
        return
    told = [_SEVERITIES[each["criticality"]]] if each.get("criticality") in _SEVERITIES else []
    told += [_SEVERITIES[reaction["severity"]] for reaction in each.get("reaction", []) if "severity" in reaction]
    worst = min(told, key=("high", "moderate", "low").index) if told else "unknown"
    signs = ", ".join(_text(sign) for reaction in each.get("reaction", []) for sign in reaction["manifestation"])
    name = _text(each["code"]).casefold()
    groups["allergy"][name] = (name, signs, worst)
    groups.pop("none known", None)


def _problem(record: Record, each: Resource) -> None:
    if _code(each.get("clinicalStatus")) not in _OVER and _code(each.get("verificationStatus")) not in _WRONG:
        key = (_code(each["code"]) or _text(each["code"])).casefold()
        record.subject(each).groups["problem"].setdefault(key, (_text(each["code"]), _code(each["code"])))


def _alert(record: Record, each: Resource) -> None:
    if each["status"] == "active":
        text = _text(each["code"])
        words = [*map(_text, each.get("category", [])), text]
        kind = next((kind for kind, of in _ALERTS if any(word in said.casefold() for said in words for word in of)), "")
        record.subject(each).groups["alert"][each["id"]] = (kind or "other", text)


def _drug(record: Record, each: Resource) -> None:
    record.subject(each).codes[each["id"]] = _code(each.get("medicationCodeableConcept"))
    validity = each.get("dispenseRequest", {}).get("validityPeriod", {})
    if each["status"] != "active" or 0 < seconds(validity.get("end", "")) <= record.now:
        return
    said = (each.get("dosageInstruction") or [{}])[0]
    amount = (said.get("doseAndRate") or [{}])[0]
    quantity = amount.get("doseQuantity") or amount.get("rateQuantity") or {}
    route, timing = _short(said.get("route")), _short(said.get("timing", {}).get("code"))
    dose = number(quantity["value"]) if "value" in quantity else ""
    needed = bool(said.get("asNeededBoolean")) or timing.endswith("PRN")
    why = "; ".join(map(_text, each.get("reasonCode", [])))
    row = (each["id"], drug_name(record, each), dose, quantity.get("unit", ""), route, timing, needed, why)
    record.subject(each).groups["drug"][each["id"]] = row


def drug_name(record: Record, each: Resource) -> str:
    """What it is called: a text, the name among its identifiers, or the names of what it is mixed of."""
    if concept := each.get("medicationCodeableConcept"):
        return _text(concept)
    drug = record.got(each["medicationReference"])
    parts = [record.got(part["itemReference"]) for part in drug.get("ingredient", [])] or [drug]
    return " + ".join(_called(part) for part in parts)


def _called(drug: Resource) -> str:
    named = [each["value"] for each in drug.get("identifier", []) if each["system"].endswith("medication-name")]
    return str(named[0] if named else drug["identifier"][0]["value"])


def _dose(record: Record, each: Resource) -> None:
    dosage, when = each.get("dosage", {}), seconds(_moment(each, "effective"))
    quantity = dosage.get("dose") or dosage.get("rateQuantity") or {}
    order = each.get("request", {}).get("reference", "").rpartition("/")[2]
    status = _GIVEN.get(each["status"], "given")
    if status == "not-given" and any("refus" in _text(why).casefold() for why in each.get("statusReason", [])):
        status = "refused"
    dose = number(quantity["value"]) if "value" in quantity else ""
    by = record.person(each["performer"][0]["actor"])[0] if each.get("performer") else ""
    row = (order, drug_name(record, each), dose, quantity.get("unit", ""), when, status, by)
    record.subject(each).doses[each["id"]] = (when, order, status, row)


def _value(record: Record, each: Resource) -> None:
    """A value; of cultures a text, of lines where they lie."""
    section = next((_code(category) or _text(category) for category in each.get("category", [])), "")
    code, when = _code(each["code"]), seconds(_moment(each, "effective"))
    patient = record.subject(each)
    if "Lines" in section:
        patient.groups["device"][each["id"]] = (_text(each["code"]), when)
        return
    if section == "MB":
        text = each.get("valueString") or _text(each.get("valueCodeableConcept"))
        patient.groups["microbiology"][each["id"]] = (_text(each["code"]), plain(text), when)
        return
    flag = _code((each.get("interpretation") or [None])[0])
    for n, of in enumerate([*([each] if _has(each) else []), *each.get("component", [])]):
        quantity = of.get("valueQuantity", {})
        value = (
            number(quantity["value"]) if quantity else of.get("valueString") or _text(of.get("valueCodeableConcept"))
        )
        told = _code((of.get("interpretation") or [None])[0]) or ("" if of is not each else flag)
        group = group_of(_code(of["code"]), section)
        row = (_code(of["code"]), value, quantity.get("unit", ""), when, told, _range(of))
        patient.results[f"{each['id']}#{n}"] = Result(group, code, row, when)


def _range(of: Resource) -> str:
    limits = (of.get("referenceRange") or [{}])[0]
    low, high = (number(limits[end]["value"]) if end in limits else "" for end in ("low", "high"))
    return f"{low}-{high}" if low and high else f">{low}" if low else f"<{high}" if high else limits.get("text", "")


def _has(each: Resource) -> bool:
    return any(name.startswith("value") for name in each)


def _report(record: Record, each: Resource) -> None:
    """Imaging and microbiology as text; laboratory stands in observations."""
    section = _code(each["category"][0])
    group = {"RAD": "imaging", "MB": "microbiology"}.get(section)
    if group:
        when = seconds((each.get("issued", "") if group == "imaging" else "") or each["effectiveDateTime"])
        row: Row = (_text(each["code"]), plain(each.get("conclusion", "")), when)
        record.subject(each).groups[group][each["id"]] = row


def _asked(record: Record, each: Resource) -> None:
    accession = (each.get("identifier") or [{}])[0].get("value", "")
    if each["status"] in {"active", "draft"}:
        record.subject(each).groups["pending"][each["id"]] = (each["id"], _text(each["code"]), accession)


def _slot(record: Record, each: Resource) -> None:
    actors = [one["actor"] for one in each["participant"]]
    where = ", ".join(record.got(one).get("name", "") for one in actors if one["reference"].startswith("Location/"))
    who = ", ".join(record.person(one)[0] for one in actors if one["reference"].startswith("Practitioner/"))
    row = (each["description"], where, seconds(each["start"]), seconds(each["end"]), who, each["status"])
    for one in actors:
        if one["reference"].startswith("Patient/"):
            record.patients[one["reference"].partition("/")[2]].groups["appointment"][each["id"]] = row


def _note(record: Record, each: Resource) -> None:
    texts = [one["attachment"].get("data", "") for one in each.get("content", [])]
    text = plain(" ".join(base64.b64decode(text).decode() for text in texts))
    record.subject(each).groups["note"][each["id"]] = (each.get("description", ""), text, seconds(each["date"]))


def _contact(record: Record, each: Resource) -> None:
    name = _human(each["name"][0])
    row = (name, ", ".join(map(_text, each.get("relationship", []))), _phone(each))
    record.subject(each).groups["contact"][name] = row


def _line(record: Record, each: Resource) -> None:
    """A line that was put in and is not out."""
    section = _text(each.get("category"))
    if "Lines" in section and "end" not in each.get("performedPeriod", {}):
        row = (_text(each["code"]), seconds(_moment(each, "performed")))
        record.subject(each).groups["device"][each["id"]] = row


def _number(patient: Resource) -> str:
    told = patient.get("identifier") or [{"value": f"Patient/{patient['id']}"}]
    return str(next((each for each in told if _code(each.get("type")) in {"MR", "MRN"}), told[0])["value"])


def _moment(each: Resource, name: str) -> str:
    return str(each.get(f"{name}DateTime") or each.get(f"{name}Period", {}).get("start", ""))


def _code(concept: Resource | None) -> str:
    return next((str(each["code"]) for each in (concept or {}).get("coding", []) if "code" in each), "")


def _text(concept: Resource | None) -> str:
    """Its text, else a display, else a code."""
    shown = next((each["display"] for each in (concept or {}).get("coding", []) if "display" in each), "")
    return str((concept or {}).get("text") or shown or _code(concept))


def _short(concept: Resource | None) -> str:
    """As wards write it: a text, else a code."""
    return str((concept or {}).get("text") or _code(concept) or _text(concept))


def _human(name: Resource) -> str:
    return " ".join(each for each in (name.get("family", ""), *name.get("given", [])) if each) or name.get("text", "")


def _phone(who: Resource) -> str:
    return next((each["value"] for each in who.get("telecom", []) if each.get("system") in {"phone", "sms"}), "")


@cache
def seconds(text: str) -> int:
    """A FHIR time in whole seconds since 1970; 0 where there is none."""
    if not text:
        return 0
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.astimezone()).timestamp())
