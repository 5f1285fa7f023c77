"""A target that speaks HL7 v2 over MLLP: each entry one message, acknowledged before the next.

HL7 cannot be asked what it has: nothing can be looked for and nothing compared. The receiver must know a message that
it got twice by MSH-10, and who somebody is by the number and the name in PID.
"""

from __future__ import annotations

from codedark.app.back_entry.target import Doubt
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.entries.as_hl7 import message
from codedark.continuity.entries.entry import Checked, Entry, Stop
from codedark.exchange.mllp import MllpSender
from codedark.exchange.sender import Log

_LOG = Log("hl7", ".hl7")


class Hl7Target:
    """An interface engine at ``host`` and ``port``; ``authority`` is PID-3.4 of the hospital's patient numbers."""

    can_be_asked = False

    def __init__(self, host: str, port: int, authority: str = "") -> None:
        self._sender = MllpSender(host, port)
        self._authority = authority
        self._where = f"{host}:{port}"

    def patient(self, number: PatientId, checked: tuple[Checked, ...]) -> str:
        """The number: who it is, the receiver knows."""
        del checked
        return number

    def find(self, entry: Entry) -> str:
        """Nothing can be looked for."""
        del entry
        return ""

    def alike(self, entry: Entry, patient: str) -> list[str]:
        """Nothing can be compared."""
        del entry, patient
        return []

    def send(self, entry: Entry, patient: str) -> str:
        """Send the message and await its acknowledgement. An entry of a reserved number that is somebody known is a
        merge: people do it in the record; and so they do with a stop that does not say of which order it is.
        """
        if isinstance(entry.content, Stop) and not entry.content.order:
            raise Doubt("it names no order: stop it in the record, then settle this one as present")
        if patient and patient != entry.patient:
            raise Doubt(f"{entry.patient} is {patient}: merge them in the record, then settle this one")
        self._sender.send(_LOG, [message(entry, self._authority)])
        return f"{self._where} {entry.id}"
