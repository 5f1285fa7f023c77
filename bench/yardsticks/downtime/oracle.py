"""Whether the record tells what happened: each act once, of the right patient, with the right value, at the right time.

It reads the record's resources and the truth, and nothing of the product. First each act takes the resource that says
just the same; then what is left over on both sides is brought together by the entry's number, which tells of which act
it was meant to be, and so what is wrong with it. A resource that no act is left for is doubled; an act that no resource
is left for is lost.
"""

from __future__ import annotations

from base64 import b64decode
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from yardsticks.downtime.care import Act
from yardsticks.downtime.people import Slip
from yardsticks.downtime.truth import ORDERS, Truth

Resource = dict[str, Any]
TOLERANCE_US: Final = 30 * 60_000_000
"""Between an act and the time that the record says of it. What the laboratory filed has the time of the specimen."""
_DAY_US: Final = 86_400_000_000
_KINDS: Final = {
    "dose": "MedicationAdministration", "observation": "Observation", "result": "Observation",
    "order": "MedicationRequest", "request": "ServiceRequest", "specimen": "Specimen",
    "allergy": "AllergyIntolerance", "admission": "Encounter", "transfer": "Encounter",
}  # fmt: skip


class Said(NamedTuple):
    """What a resource says, or should: all but its time."""

    patient: str
    type: str
    name: str
    value: str


class Defect(NamedTuple):
    """What is wrong with an act in the record, and of which slips its entries were."""

    kind: str
    act: int
    entry: str
    slips: frozenset[Slip]


class Meant(NamedTuple):
    """Of which act an entry was meant to be, with which slips."""

    act: int
    slips: frozenset[Slip]


def defects(
    truth: Truth, resources: Mapping[str, Resource], places: Mapping[int, str], meant: Mapping[str, list[Meant]]
) -> tuple[list[Defect], int]:
    """All defects, and how many acts were compared. ``places`` is where the record has each person; ``meant`` what
    each number of an entry was meant to be.

    1. Acts and resources that say the same, the nearest in time first.
    2. Left on both sides under one act: altered.
    3. Left in the record alone: doubled, or of nothing that happened. Left in the truth alone: lost.
    """
    there: defaultdict[Said, list[tuple[int, str]]] = defaultdict(list)
    for place, resource in resources.items():
        for said, at_us in _all_said(resource, resources):
            there[said].append((at_us, place))
    missing = []
    for act in truth.acts:  # (1)
        said = _expected(act, places.get(act.person, ""))
        far_us = _DAY_US if act.kind == "result" else TOLERANCE_US
        near = min(there[said], key=lambda each: abs(each[0] - act.at_us), default=None)
        if near is None or abs(near[0] - act.at_us) > far_us:
            missing.append(act)
        else:
            there[said].remove(near)
    left: defaultdict[int, list[tuple[Said, str, Meant, int]]] = defaultdict(list)
    for said, each_of in there.items():
        for at_us, place in each_of:
            number = _number(resources[place])
            for each in meant.get(number, [Meant(-1, frozenset())])[:1]:
                left[each.act].append((said, number, each, at_us))
    slips = _slips(meant)
    found = []
    for act in missing:  # (2) and (3)
        if of_act := left.get(act.key):
            said, number, each, _ = of_act.pop()
            kind = _wrong(_expected(act, places.get(act.person, "")), said)
            found.append(Defect(kind, act.key, number, each.slips))
        else:
            found.append(Defect("lost", act.key, "", slips.get(act.key, frozenset())))
    for key, of_act in left.items():
        found += [
            Defect("doubled" if key >= 0 else "of nothing", key, number, each.slips) for _, number, each, _ in of_act
        ]
    return found, len(truth.acts)


def _slips(meant: Mapping[str, list[Meant]]) -> dict[int, frozenset[Slip]]:
    found: dict[int, frozenset[Slip]] = {}
    for each_of in meant.values():
        for each in each_of:
            found[each.act] = found.get(each.act, frozenset()) | each.slips
    return found


def _wrong(expected: Said, said: Said) -> str:
    if said.patient != expected.patient:
        return "wrong patient"
    if said != expected:
        return "altered"
    return "wrong time"


def _expected(act: Act, place: str) -> Said:
    kind = _KINDS.get(act.kind, "DocumentReference")
    match act.kind:
        case "dose":
            value = f"given {float(act.value):g} {act.unit}" if act.status == "given" else act.status
        case "observation" | "result":
            value = f"{float(act.value):g} {act.unit}"
        case "order":
            value = f"{act.value} {act.unit} {act.route} as on the chart"
        case "allergy" | "specimen":
            value = act.value
        case "note":
            value = act.value
        case "stop":
            return Said(place, "stop", act.name, "")
        case "left":
            return Said(place, kind, "left", act.name)
        case "admission":
            return Said(place, kind, "", "")
        case _:
            value = ""
    return Said(place, kind, act.name, value)


def _all_said(resource: Resource, resources: Mapping[str, Resource]) -> Iterator[tuple[Said, int]]:
    """What a resource says of the weeks. Patients and the orders of before say nothing; where a stop is said of an
    order, that it has the status of one is asked for too.
    """
    match resource["resourceType"]:
        case "Patient":
            return
        case "MedicationRequest" if resource["identifier"][0]["system"] == ORDERS:
            return
        case "Provenance":
            order = resources.get(resource["target"][0]["reference"], {})
            is_stop = order.get("resourceType") == "MedicationRequest" and _number(order) != _number(resource)
            if is_stop and order["status"] == "stopped":
                name = order["medicationCodeableConcept"]["text"]
                yield Said(order["subject"]["reference"], "stop", name, ""), _us(resource["occurredDateTime"])
        case _:
            yield _said(resource)


def _said(resource: Resource) -> tuple[Said, int]:
    """What a resource says, and of when."""
    kind = resource["resourceType"]
    patient = (resource.get("subject") or resource["patient"])["reference"]
    match kind:
        case "MedicationAdministration":
            dose = resource.get("dosage", {}).get("dose", {})
            given = f"given {float(dose.get('value', 0)):g} {dose.get('unit', '')}"
            reason = resource.get("statusReason", [{"text": ""}])[0]["text"].partition(":")[0]
            value = given if resource["status"] == "completed" else reason
            return Said(patient, kind, resource["medicationCodeableConcept"]["text"], value), _us(
                resource["effectiveDateTime"]
            )
        case "Observation":
            quantity = resource.get("valueQuantity", {})
            value = f"{float(quantity.get('value', 'nan')):g} {quantity.get('unit', '')}"
            return Said(patient, kind, resource["code"]["text"], value), _us(resource["effectiveDateTime"])
        case "MedicationRequest":
            name, value = resource["medicationCodeableConcept"]["text"], resource["dosageInstruction"][0]["text"]
            return Said(patient, kind, name, value), _us(resource["authoredOn"])
        case "ServiceRequest":
            return Said(patient, kind, resource["code"]["text"], ""), _us(resource["authoredOn"])
        case "Specimen":
            name = resource["note"][0]["text"].removeprefix("for ")
            return Said(patient, kind, name, resource["type"]["text"]), _us(resource["collection"]["collectedDateTime"])
        case "AllergyIntolerance":
            reaction = resource.get("reaction", [{"manifestation": [{"text": ""}]}])[0]["manifestation"][0]["text"]
            return Said(patient, kind, resource["code"]["text"], reaction), _us(resource["recordedDate"])
        case "Encounter":
            moved = resource.get("location", [{"location": {"display": ""}}])[0]["location"]["display"]
            return Said(patient, kind, moved, ""), _us(resource["period"]["start"])
        case _:
            text = b64decode(resource["content"][0]["attachment"]["data"]).decode()
            return Said(patient, kind, resource["type"]["text"], text), _us(resource["date"])


def _number(resource: Resource) -> str:
    if tags := resource["meta"].get("tag"):
        return str(tags[0]["code"])
    return str(resource.get("identifier", [{"value": resource.get("by", "")}])[0]["value"])


def _us(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000


def counted(found: Iterable[Defect]) -> Counter[str]:
    """How many of each kind."""
    return Counter(each.kind for each in found)
