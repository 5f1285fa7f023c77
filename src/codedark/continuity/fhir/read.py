"""From FHIR R4 resources to what they state. A kind of resource that we do not read is named, never silently left out.

Two passes over an export: first everything goes through `Directory.add`, so that places, people and drugs have their
names; then each resource is read on its own. Resources without ``meta.lastUpdated`` were said when the export was made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from codedark.continuity.charts.fact import Statement
from codedark.continuity.charts.times import Times
from codedark.continuity.fhir.elements import Elements
from codedark.continuity.fhir.medication import read_administration, read_request
from codedark.continuity.fhir.people import (
    read_allergy,
    read_condition,
    read_encounter,
    read_flag,
    read_patient,
    read_related,
)
from codedark.continuity.fhir.results import (
    read_appointment,
    read_asked,
    read_device,
    read_document,
    read_observation,
    read_report,
    read_study,
)
from codedark.continuity.fhir.speaking import Directory, Speaking

_READERS: Final[Mapping[str, Callable[[Speaking], None]]] = {
    "Patient": read_patient,
    "RelatedPerson": read_related,
    "Encounter": read_encounter,
    "Condition": read_condition,
    "AllergyIntolerance": read_allergy,
    "Flag": read_flag,
    "MedicationRequest": read_request,
    "MedicationAdministration": read_administration,
    "Observation": read_observation,
    "DiagnosticReport": read_report,
    "ServiceRequest": read_asked,
    "ImagingStudy": read_study,
    "Appointment": read_appointment,
    "DocumentReference": read_document,
    "Procedure": read_device,
}
_LISTED: Final = frozenset({"Location", "Practitioner", "PractitionerRole", "Medication", "Organization", "Schedule"})

SOURCE: Final = "FHIR"
"""What the record is called on charts."""


class Unreadable(ValueError):
    """Not a FHIR resource; the text says why."""


class Reader:
    """Reads resources of one server, called ``source``; ``time_zone`` for the rare time without an offset. ``systems``
    are those of the hospital's own patient numbers; none: any may be.
    """

    def __init__(
        self, directory: Directory, time_zone: str, source: str = SOURCE, systems: Collection[str] = ()
    ) -> None:
        self._directory = directory
        self._times = Times(time_zone)
        self._source = source
        self._systems = systems

    def read(self, resource: Any, said_us: int) -> tuple[list[Statement], list[str]]:
        """What a resource states, and what of it was not understood. Raises `Unreadable`."""
        elements = Elements.of(resource) if isinstance(resource, dict) else resource
        kind = elements.kind if isinstance(elements, Elements) else None
        if not isinstance(kind, str):
            raise Unreadable("it has no resourceType")
        read = _READERS.get(kind)
        if read is None:
            return [], [] if kind in _LISTED else [f"resource {kind}"]
        try:
            speaking = Speaking(elements, self._directory, self._times, self._source, said_us, self._systems)
            read(speaking)
        except (AttributeError, TypeError, LookupError, ValueError, ArithmeticError) as error:
            raise Unreadable(
                f"{kind}/{resource.get('id')}: an element is not of the type it must be: {error}"
            ) from error
        return speaking.statements, speaking.not_understood
