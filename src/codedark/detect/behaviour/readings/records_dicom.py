"""DICOM audit messages (PS3.15, A.5) as the ingest gives them: who used which images, and how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from codedark.detect.behaviour.observation import RecordAccess
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.events.record import ABSENT

FIELDS: Final = (
    "EventID", "EventActionCode", "EventOutcomeIndicator", "Requestor.UserID", "Requestor.NetworkAccessPointID",
    "Source.UserID", "Source.UserIsRequestor", "Source.NetworkAccessPointID", "Destination.UserID",
    "Destination.UserIsRequestor", "Destination.NetworkAccessPointID", "PatientID",
)  # fmt: skip
"""In the order in which `read` takes them."""

_ACCESSES: Final = {
    "110102": "",  # Begin Transferring DICOM Instances
    "110103": "",  # DICOM Instances Accessed
    "110104": "",  # DICOM Instances Transferred
    "110105": "D",  # DICOM Study Deleted
    "110106": "E",  # Export
    "110112": "E",  # Query
}
"""The events that touch a patient's images, and their action where the message's own means something else."""
_EXPORT, _QUERY = "110106", "110112"
_MOST_PATIENTS = 1000


def read(seen: Seen, places: Places) -> Iterator[RecordAccess]:
    """The accesses in a group of DICOM audit messages."""
    columns = [seen.columns[name] for name in FIELDS]
    for at, row in enumerate(seen.rows):
        (
            event, action, outcome, requestor, client, source, source_asks, source_address, destination,
            destination_asks, destination_address, patients,
        ) = [column[at] for column in columns]  # fmt: skip
        code = str(event)
        if code not in _ACCESSES:
            continue
        # Where no participant is the requestor alone, the source or destination that is marked so has asked.
        if requestor is ABSENT and source_asks == "true":
            requestor, client = source, source_address
        elif requestor is ABSENT and destination_asks == "true":
            requestor, client = destination, destination_address
        account = places.account(_text(requestor))
        if not account:
            continue
        named = list(dict.fromkeys(_each(patients)))[:_MOST_PATIENTS]
        for patient in named or ([""] if code == _QUERY else []):
            yield RecordAccess(
                seen.times_us[at],
                places.host(seen.hosts[at]),
                row,
                account,
                patient,
                _ACCESSES[code] or _text(action) or "R",
                resource="$export" if code == _EXPORT else "ImagingStudy",
                query="C-FIND" if code == _QUERY else "",
                client=places.host(_text(client)),
                refused=_text(outcome) not in {"", "0"},
            )


def _text(value: Any) -> str:
    if value is ABSENT or value is None:
        return ""
    return str(value[0]) if isinstance(value, tuple) and value else "" if isinstance(value, tuple) else str(value)


def _each(value: Any) -> tuple[str, ...]:
    if value is ABSENT or value is None:
        return ()
    return tuple(str(one) for one in (value if isinstance(value, tuple) else (value,)) if one)
