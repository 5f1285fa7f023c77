"""Accesses to patients' records, in all logs that tell of them: FHIR AuditEvents, DICOM audit, tables.

One audit record gives one access for each patient that it names; a query that names none gives one access to
unknown patients, because the audit holds what was asked and not what was answered (IHE BALP 1.1, Query).
"""

from __future__ import annotations

from collections.abc import Iterator

from codedark.detect.behaviour.observation import RecordAccess
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.detect.behaviour.readings import records_dicom, records_fhir, records_table
from codedark.events.record import Origin

_READERS = {
    "ehr": (records_fhir.FIELDS, records_fhir.read),
    "pacs": (records_dicom.FIELDS, records_dicom.read),
    "csv": (records_table.FIELDS, records_table.read),
    "": (records_table.FIELDS, records_table.read),
}
"""By the product of the origin. Tables have no origin of their own; what makes them is in their columns."""


class Records:
    """Reads `RecordAccess`es."""

    def fields(self, origin: Origin) -> tuple[str, ...] | None:
        """The fields of an audit of records; None for any other log."""
        found = _READERS.get(origin.product)
        return found[0] if found else None

    def read(self, seen: Seen, places: Places) -> Iterator[RecordAccess]:
        """The accesses in a group, in order of rows."""
        return _READERS[seen.origin.product][1](seen, places)
