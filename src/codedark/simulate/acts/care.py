"""What care leaves in systems: records used, images moved, messages sent, the interface engine."""

from __future__ import annotations

from typing import Literal, NamedTuple

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId


class RecordAccessed(NamedTuple):
    """Somebody used patient records in the EHR.

    ``patient`` is a patient's id (MRN), "" for a search or export over many; ``records`` how many patients it
    concerned.
    ``action`` as FHIR AuditEvent.action: C, R, U, D, E. ``what``: ``chart``, ``results``, ``medication``, ``notes``,
    ``orders``, ``search``, ``export``.
    ``purpose`` as HL7 PurposeOfUse (``TREAT``, ``ETREAT`` for break-the-glass, ``HOPERAT``). ``query`` is the FHIR
    search behind a read.
    ``client`` is the workstation; ``client_recorded`` false means that only the server wrote the access down.
    """

    at_us: int
    account: AccountId
    patient: str
    action: Literal["C", "R", "U", "D", "E"]
    what: str
    purpose: Literal["TREAT", "ETREAT", "HOPERAT", "HRESCH"]
    client: str
    records: int = 1
    query: str = ""
    outcome: Literal["success", "refused"] = "success"
    client_recorded: bool = True
    step: str = ""


class ImagesMoved(NamedTuple):
    """DICOM objects were stored, asked for, moved, exported or deleted. ``source`` and ``target`` are hosts."""

    at_us: int
    account: AccountId
    source: str
    target: str
    operation: Literal["C-STORE", "C-FIND", "C-MOVE", "EXPORT", "DELETE"]
    patient: str
    study_uid: str
    modality: str
    instances: int
    octets: int
    step: str = ""


class MessageSent(NamedTuple):
    """An HL7 v2 message passed the interface engine: ``text`` with carriage returns between its segments, no MLLP
    frame.
    """

    at_us: int
    source: AssetId
    target: AssetId
    message_type: str
    control_id: str
    patient: str
    text: str
    step: str = ""


class EngineChanged(NamedTuple):
    """A channel of the interface engine was changed, deployed, started or stopped."""

    at_us: int
    host: AssetId
    account: AccountId
    channel: str
    event: Literal["saved", "deployed", "started", "stopped", "script_changed", "destination_changed"]
    detail: str = ""
    step: str = ""
