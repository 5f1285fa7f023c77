"""The hospital's record when it is back: FHIR R4 resources in memory, found by index, and what others filed meanwhile.

It answers what back-entry asks, as a server does: transactions done wholly or not at all, conditional create on
identifier and tag (hl7.org/fhir/R4/http.html, 3.1.0.7.1 and 3.1.0.11). It goes over no network; that real servers
answer the same is shown elsewhere (tests/scenarios/test_back_entry*.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from codedark.continuity.entries.as_fhir import Systems
from codedark.continuity.entries.fhir_acts import when
from codedark.exchange.sender import NotAccepted
from yardsticks.downtime.care import Act, Drug
from yardsticks.downtime.truth import DARK_US, DAY_US, ORDERS, Truth

Resource = dict[str, Any]
SYSTEMS: Final = Systems()
FILED_BY_DEVICES, FILED_BY_LABORATORY = 0.05, 0.5
"""Of measurements on the ward, of results: kept by the monitor or the analyser, and filed when the record is back."""


class Record:
    """Resources by ``Type/id``, found by identifier, tag and patient."""

    def __init__(self) -> None:
        self.resources: dict[str, Resource] = {}
        self._found: defaultdict[tuple[str, str, str], list[Resource]] = defaultdict(list)
        self.transactions = 0

    def put(self, kind: str, body: Resource) -> str:
        """File a resource; returns where it is."""
        place = f"{kind}/{len(self.resources) + 1}"
        resource = {"resourceType": kind, "id": place.split("/")[1], **body}
        resource["meta"] = {**body.get("meta", {}), "versionId": "1"}
        self.resources[place] = resource
        for each in body.get("identifier", []):
            self._found[kind, "identifier", f"{each['system']}|{each['value']}"].append(resource)
            self._found[kind, "identifier", each["value"]].append(resource)
        self._found[kind, "_id", resource["id"]].append(resource)
        for each in body.get("meta", {}).get("tag", []):
            self._found[kind, "_tag", f"{each['system']}|{each['code']}"].append(resource)
        about = body.get("subject") or body.get("patient")
        if about:
            self._found[kind, "patient", about["reference"]].append(resource)
        return place

    def search(self, kind: str, parameters: Sequence[tuple[str, str]]) -> list[Resource]:
        """All of a kind that match; the first parameter is one of the index."""
        (name, value), *others = parameters
        return [each for each in self._found[kind, name, value] if all(_matches(each, *other) for other in others)]

    def transact(self, bundle: Mapping[str, Any]) -> list[str]:
        """Make what is not there, and change what is of the version that is named; returns where each entry is. Raises
        `NotAccepted`, and then nothing was done.
        """
        self.transactions += 1
        found = [self._meant(step) for step in bundle["entry"]]
        if any(len(each) > 1 for each in found):
            raise NotAccepted("several match")
        places: dict[str, str] = {}
        for step, there in zip(bundle["entry"], found, strict=True):
            kind = step["resource"]["resourceType"]
            if there:
                places[step["fullUrl"]] = f"{kind}/{there[0]['id']}"
                if step["request"]["method"] == "PUT":
                    version = str(int(there[0]["meta"]["versionId"]) + 1)
                    there[0].update({**step["resource"], "meta": {**there[0]["meta"], "versionId": version}})
                continue
            text = orjson.dumps({key: value for key, value in step["resource"].items() if key != "resourceType"})
            for name, where in places.items():
                text = text.replace(f'"{name}"'.encode(), f'"{where}"'.encode())
            places[step["fullUrl"]] = self.put(kind, orjson.loads(text))
        return list(places.values())

    def _meant(self, step: Mapping[str, Any]) -> list[Resource]:
        """What a step of a transaction is of, as far as it is there."""
        if step["request"]["method"] != "PUT":
            return self.search(step["resource"]["resourceType"], parse_qsl(step["request"]["ifNoneExist"]))
        there = self.resources[step["request"]["url"]]
        if step["request"]["ifMatch"] != f'W/"{there["meta"]["versionId"]}"':
            raise NotAccepted("another version")
        return [there]


def record_of(truth: Truth, seed: int) -> Record:
    """The record of a hospital that comes back: its patients with their orders and allergies from before; and what
    monitors and the laboratory file of the weeks themselves.
    """
    record, chance = Record(), Random(seed)
    for who in truth.people:
        if who.number:
            name = {"family": who.family, "given": [who.given]}
            number = {"system": SYSTEMS.patient, "value": who.number}
            place = record.put("Patient", {"identifier": [number], "name": [name], "birthDate": who.born})
            for drug in who.first:
                record.put("MedicationRequest", _ordered(drug, place))
    for act in truth.acts:
        rate = {"observation": FILED_BY_DEVICES, "result": FILED_BY_LABORATORY}.get(act.kind, 0.0)
        if chance.random() < rate and act.name != "Body weight" and truth.people[act.person].number:
            record.put("Observation", _measured(act, place_of(record, truth.people[act.person].number)))
    return record


def place_of(record: Record, number: str) -> str:
    """Where the patient of a number is; "" for nobody or several."""
    found = record.search("Patient", [("identifier", f"{SYSTEMS.patient}|{number}")])
    return f"Patient/{found[0]['id']}" if len(found) == 1 else ""


def _ordered(drug: Drug, patient: str) -> Resource:
    return {
        "identifier": [{"system": ORDERS, "value": drug.id}],
        "status": "active",
        "subject": {"reference": patient},
        "medicationCodeableConcept": {"text": drug.name},
        "dosageInstruction": [{"text": f"{drug.dose} {drug.unit} {drug.route}"}],
        "authoredOn": when(DARK_US - DAY_US),
    }


def _measured(act: Act, patient: str) -> Resource:
    value = float(act.value) if "." in act.value else int(act.value)
    return {
        "status": "final",
        "code": {"text": act.name},
        "subject": {"reference": patient},
        "effectiveDateTime": when(act.at_us),
        "valueQuantity": {"value": value, "unit": act.unit},
        "device": {"display": "analyser" if act.kind == "result" else "monitor"},
    }


def _matches(resource: Resource, name: str, value: str) -> bool:
    told = (resource.get(each) for each in ("effectiveDateTime", "authoredOn", "date"))
    at = next(filter(None, told), resource.get("collection", {}).get("collectedDateTime", ""))
    match name:
        case "status":
            return bool(resource.get("status") == value)
        case "effective-time" | "date" | "authored" | "collected":
            return bool(at >= value[2:] if value.startswith("ge") else at <= value[2:])
        case _:
            raise NotAccepted(f"the record knows no parameter {name}")
