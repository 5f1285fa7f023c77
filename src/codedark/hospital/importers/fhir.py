"""FHIR Location and Organization (R4, and R5's ``form``): wards with their beds. A Bundle, NDJSON or single resources.

``physicalType`` from http://terminology.hl7.org/CodeSystem/location-physical-type: ``wa`` ward, ``ro`` room, ``bd``
bed. A bed belongs to the ward that its ``partOf`` leads to, through any number of rooms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from codedark.hospital.importers import cells
from codedark.hospital.importers.facts import Facts, Origin, WardFact
from codedark.hospital.importers.gathering import Asked, Broken, Said, Unread, gather
from codedark.hospital.importers.json_records import Object, listed_in, objects, text_in

WARD, BED = "wa", "bd"
_MOST_STEPS: Final = 20
_GONE: Final = frozenset({"inactive", "entered-in-error"})

Located = tuple[int, str, Object]


@dataclass(slots=True)
class _Index:
    """Resources by the references that others use for them, and the beds of each ward."""

    by_reference: dict[str, Object]
    beds: dict[str, list[str]]


def read(octets: bytes, file: str, asked: Asked) -> Facts:  # noqa: ARG001 - FHIR says nothing that depends on the day
    """One fact for each ward, with its beds in the order of the file."""
    found = list(_resources(octets))
    resources = [each for each in found if not isinstance(each, Broken)]
    index = _Index({reference: each for _, reference, each in resources if reference}, {})
    # Beds first: a ward is told once all of its beds are known.
    wards = [each for each in resources if _physical_type(each[2]) == WARD]
    others = [each for each in found if isinstance(each, Broken) or _physical_type(each[2]) != WARD]
    facts = gather(file, _numbered(others), lambda _, each: _other(each, index))
    facts.add(gather(file, _numbered(wards), lambda origin, each: _ward(origin, each, index)))
    return facts


def _numbered(found: Iterable[Located | Broken]) -> Iterator[tuple[int, str, Located] | Broken]:
    for each in found:
        yield each if isinstance(each, Broken) else (each[0], each[1] or "resource without id", each)


def _resources(octets: bytes) -> Iterator[Located | Broken]:
    """Each resource with its line and what others call it (``Location/12``, or the Bundle's ``fullUrl``)."""
    for found in objects(octets):
        if isinstance(found, Broken):
            yield found
            continue
        line, resource = found
        if resource.get("resourceType") != "Bundle":
            yield line, _reference(resource), resource
            continue
        for entry in listed_in(resource, "entry"):
            inner = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(inner, dict):
                yield line, _reference(inner) or text_in(entry, "fullUrl"), inner
            else:
                yield Broken(line, "an entry of the Bundle holds no resource", "ask the server for whole resources")


def _reference(resource: Object) -> str:
    kind, name = text_in(resource, "resourceType"), text_in(resource, "id")
    return f"{kind}/{name}" if kind and name else ""


def _physical_type(resource: Object) -> str:
    if resource.get("resourceType") != "Location":
        return ""
    concept = resource.get("physicalType") or resource.get("form")
    return next((text_in(coding, "code") for coding in listed_in(concept, "coding") if text_in(coding, "code")), "")


def _other(each: Located, index: _Index) -> Said:
    _, reference, resource = each
    kind = text_in(resource, "resourceType")
    if kind != "Location":
        return kind or "object that is no resource"
    if _physical_type(resource) != BED:
        return "Location that is no ward and no bed"
    if text_in(resource, "status") in _GONE:
        return "bed that is no longer there"
    ward = _ward_of(resource, index.by_reference)
    index.beds.setdefault(ward, []).append(_called(resource, reference))
    return []


def _ward_of(bed: Object, by_reference: Mapping[str, Object]) -> str:
    at = bed
    for _ in range(_MOST_STEPS):
        above = text_in(at, "partOf", "reference")
        if not above:
            raise Unread("the bed is part of no ward", "give it, or its room, a partOf that leads to a ward")
        known = _resolved(above, by_reference)
        if known is None:
            mend = "export rooms and wards into the same file"
            raise Unread(f"it is part of {above[:80]}, which is not in the file", mend)
        if _physical_type(known) == WARD:
            return _reference(known) or above
        at = known
    raise Unread("its partOf leads round in a circle", "correct partOf at its source")


def _resolved(reference: str, by_reference: Mapping[str, Object]) -> Object | None:
    """By the reference as it is, or by its last two parts where it is an absolute URL."""
    return by_reference.get(reference) or by_reference.get("/".join(reference.split("/")[-2:]))


def _ward(origin: Origin, each: Located, index: _Index) -> Said:
    _, reference, ward = each
    if text_in(ward, "status") in _GONE:
        return "ward that is no longer there"
    name = cells.name(text_in(ward, "name"), "the ward")
    identifier = next((text_in(each, "value") for each in listed_in(ward, "identifier") if text_in(each, "value")), "")
    ward_id = cells.name(identifier or text_in(ward, "id"), "the ward") or name
    if not ward_id:
        raise Unread("the ward has no name, identifier or id", "name it at its source")
    beds = tuple(dict.fromkeys(index.beds.get(reference, ())))
    return [WardFact(origin, ward_id, name, _specialty(ward, index.by_reference), beds)]


def _specialty(ward: Object, by_reference: Mapping[str, Object]) -> str:
    """The type of the ward in words, else the name of the department that runs it."""
    for concept in listed_in(ward, "type"):
        said = text_in(concept, "text") or next(
            (text_in(coding, "display") for coding in listed_in(concept, "coding") if text_in(coding, "display")), ""
        )
        if said:
            return cells.plain(said)
    runs = ward.get("managingOrganization")
    organization = _resolved(text_in(runs, "reference"), by_reference)
    return cells.plain(text_in(organization, "name") or text_in(runs, "display"))


def _called(bed: Object, reference: str) -> str:
    identifier = next((text_in(each, "value") for each in listed_in(bed, "identifier") if text_in(each, "value")), "")
    found = cells.name(text_in(bed, "name") or identifier or text_in(bed, "id"), "the bed")
    if not found:
        raise Unread(f"the bed {reference[:80]} has no name", "name it at its source")
    return found
