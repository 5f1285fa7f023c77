"""Messages for tests, in few words."""

from __future__ import annotations

from codedark.continuity.charts.chart import Chart, PatientId
from codedark.continuity.charts.fact import Statement
from codedark.continuity.charts.fold import charts
from codedark.continuity.hl7v2.read import Read, Reader
from codedark.continuity.hl7v2.site import site
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import BedId, Ward, WardId

BEDS = tuple(BedId(f"W1-01-{n}") for n in (1, 2, 3))
HOSPITAL = Hospital(
    "Test", "Europe/Brussels", wards={WardId("W1"): Ward(WardId("W1"), "Ward one", "surgery", BEDS, ())}
)
READER = Reader(site(), HOSPITAL.time_zone)


def hl7(
    event: str, at: str, *segments: str, patient: str = "100", pv1: str = "", sender: str = "EHR", id_: str = "1"
) -> bytes:
    """A message: ``at`` as HHMMSS of one day; ``pv1`` from PV1-2 on."""
    lines = [
        f"MSH|^~\\&|{sender}|H|IE|H|20260112{at}||{event}|{id_}|P|2.5.1",
        f"PID|1||{patient}^^^H^MR||Peeters^An||19500102|F",
        *([f"PV1|1|{pv1}"] if pv1 else []),
        *segments,
    ]
    return ("\r".join(lines) + "\r").encode()


def stay(bed: str, number: str = "V1") -> str:
    """PV1 from PV1-2 on: an inpatient in a bed of ward W1."""
    return f"I|W1^01^{bed}{'|' * 16}{number}"


def read(*messages: bytes) -> list[Statement]:
    """All that these messages state."""
    return [statement for message in messages for statement in READER.read(message).statements]


def understood(message: bytes) -> Read:
    """One message, read."""
    return READER.read(message)


def chart(*messages: bytes, patient: str = "100") -> Chart:
    """The chart that these messages make."""
    return charts(read(*messages), HOSPITAL)[PatientId(patient)]
