"""The record system of the demonstration, in memory: what back-entry asks of a FHIR R4 server, and no more.

It is no server: nothing goes over a network. Transactions are done wholly or not at all, and a resource whose
identifier or tag is there already is not made again (hl7.org/fhir/R4/http.html, 3.1.0.7.1 and 3.1.0.11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import orjson

from codedark.exchange.sender import NotAccepted

Resource = dict[str, Any]


class RecordInMemory:
    """Resources by ``Type/id``."""

    def __init__(self) -> None:
        self.resources: dict[str, Resource] = {}

    def put(self, kind: str, body: Resource) -> str:
        """File a resource as somebody in the hospital would; returns where it is."""
        place = f"{kind}/{len(self.resources) + 1}"
        self.resources[place] = {"resourceType": kind, "id": place.split("/")[1], **body}
        return place

    def search(self, kind: str, parameters: Sequence[tuple[str, str]]) -> list[Resource]:
        """All of a kind that match."""
        all_of = (each for each in self.resources.values() if each["resourceType"] == kind)
        return [each for each in all_of if all(_matches(each, *parameter) for parameter in parameters)]

    def transact(self, bundle: Mapping[str, Any]) -> list[str]:
        """Make what is not there; returns where each entry is. Raises `NotAccepted`, and then nothing was made.

        References within the bundle (``urn:uuid:``) become those of what was made.
        """
        before, places, made = dict(self.resources), dict[str, str](), list[str]()
        for step in bundle["entry"]:
            kind = step["resource"]["resourceType"]
            there = self.search(kind, parse_qsl(step["request"]["ifNoneExist"]))
            if len(there) > 1:
                self.resources = before
                raise NotAccepted(f"several match {step['request']['ifNoneExist']}")
            if not there:
                made.append(self.put(kind, step["resource"]))
            places[step["fullUrl"]] = f"{kind}/{there[0]['id']}" if there else made[-1]
        for place in made:
            text = orjson.dumps(self.resources[place]).decode()
            for name, where in places.items():
                text = text.replace(f'"{name}"', f'"{where}"')
            self.resources[place] = orjson.loads(text)
        return list(places.values())


def _matches(resource: Resource, name: str, value: str) -> bool:
    """As far as back-entry asks; what it does not ask is an error and no match."""
    told = (resource.get(each) for each in ("effectiveDateTime", "authoredOn", "date"))
    at = next(filter(None, told), resource.get("collection", {}).get("collectedDateTime", ""))
    system, _, code = value.partition("|")
    match name:
        case "identifier":
            return {"system": system, "value": code} in resource.get("identifier", [])
        case "_tag":
            return {"system": system, "code": code} in resource.get("meta", {}).get("tag", [])
        case "status":
            return bool(resource.get("status") == value)
        case "patient" | "subject":
            return bool((resource.get("subject") or resource.get("patient", {})).get("reference") == value)
        case "effective-time" | "date" | "authored" | "collected":
            return bool(at >= value[2:] if value.startswith("ge") else at <= value[2:])
        case _:
            raise NotAccepted(f"the record in memory knows no parameter {name}")
