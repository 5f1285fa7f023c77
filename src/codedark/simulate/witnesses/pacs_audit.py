"""The image archive's audit trail: DICOM audit messages (PS3.15, A.5) in XML over RFC 5424 syslog (PS3.15, A.6).

A retrieval (C-MOVE) leaves two: Begin Transferring DICOM Instances, and DICOM Instances Transferred. People who log on
to an archive leave User Authentication.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from zlib import crc32

from codedark.simulate.acts import ImagesMoved, LoggedOn
from codedark.simulate.building.placeholders import ae_title
from codedark.simulate.site import Function
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses.clock import iso, iso_offset
from codedark.simulate.witnesses.escape import xml_attribute, xml_text
from codedark.simulate.witnesses.log import Gaps, Log
from codedark.simulate.witnesses.names import Names

NAME: Final = "pacs/audit"
Patients = Callable[[str], str]
"""The name that a patient's id is shown with."""


class _Event(NamedTuple):
    """An event's code and meaning (DICOM PS3.16, CID 400), its action, and how long after the act it is written."""

    code: int
    meaning: str
    action: str
    later_us: int = 0


_TRANSFERRED = _Event(110104, "DICOM Instances Transferred", "C")
_EVENTS: Final = {
    "C-STORE": (_TRANSFERRED,),
    "C-FIND": (_Event(110112, "Query", "E"),),
    "C-MOVE": (
        _Event(110102, "Begin Transferring DICOM Instances", "E"),
        _TRANSFERRED._replace(action="R", later_us=80_000),
    ),
    "EXPORT": (_Event(110106, "Export", "R"),),
    "DELETE": (_Event(110103, "DICOM Instances Accessed", "D"), _Event(110105, "DICOM Study Deleted", "D", 20_000)),
}
_HEAD: Final = '<85>1 %s %s PACS %d DICOM+RFC3881 - <?xml version="1.0" encoding="UTF-8"?>'
_IDENTIFICATION: Final = (
    '<AuditMessage><EventIdentification EventActionCode="%s" EventDateTime="%s" EventOutcomeIndicator="%d">'
    '<EventID csd-code="%d" codeSystemName="DCM" originalText="%s"/>%s</EventIdentification>'
)
_PARTICIPANT: Final = (
    '<ActiveParticipant UserID=%s AlternativeUserID="AETITLES=%s" UserIsRequestor="%s" NetworkAccessPointID=%s'
    ' NetworkAccessPointTypeCode="2"><RoleIDCode csd-code="%d" codeSystemName="DCM" originalText="%s"/>'
    "</ActiveParticipant>"
)
_PERSON: Final = (
    '<ActiveParticipant UserID=%s UserIsRequestor="true" NetworkAccessPointID=%s NetworkAccessPointTypeCode="2"/>'
)
_SOURCE: Final = (
    '<AuditSourceIdentification AuditSourceID="%s"><AuditSourceTypeCode csd-code="4"/></AuditSourceIdentification>'
)
_OBJECT: Final = (
    '<ParticipantObjectIdentification ParticipantObjectID=%s ParticipantObjectTypeCode="{}"'
    ' ParticipantObjectTypeCodeRole="{}"><ParticipantObjectIDTypeCode csd-code="{}" codeSystemName="{}"'
    ' originalText="{}"/>'
    "{}</ParticipantObjectIdentification>"
)
_NAME: Final = "<ParticipantObjectName>%s</ParticipantObjectName>"
_CONTENTS: Final = (
    '<ParticipantObjectDescription><SOPClass UID=%s NumberOfInstances="%d"/></ParticipantObjectDescription>'
)
_STUDY: Final = _OBJECT.format(2, 3, 110180, "DCM", "Study Instance UID", _NAME + _CONTENTS)
_PATIENT: Final = _OBJECT.format(1, 1, 2, "RFC-3881", "Patient Number", _NAME)
_QUERIED: Final = _OBJECT.format(
    2, 3, 110181, "DCM", "SOP Class UID", "<ParticipantObjectQuery>%s</ParticipantObjectQuery>"
)
_STUDY_ROOT_FIND: Final = '"1.2.840.10008.5.1.4.1.2.2.1"'
_LOGIN: Final = '<EventTypeCode csd-code="110122" codeSystemName="DCM" originalText="Login"/>'
_END: Final = "</AuditMessage>\n"

_SOP_CLASSES: Final = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "US": "1.2.840.10008.5.1.4.1.1.6.1",
    "CR": "1.2.840.10008.5.1.4.1.1.1",
    "DX": "1.2.840.10008.5.1.4.1.1.1.1",
    "MG": "1.2.840.10008.5.1.4.1.1.1.2",
    "XA": "1.2.840.10008.5.1.4.1.1.12.1",
    "NM": "1.2.840.10008.5.1.4.1.1.20",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
}
"""Storage SOP classes by modality (DICOM PS3.4, B.5)."""
_SECONDARY_CAPTURE: Final = "1.2.840.10008.5.1.4.1.1.7"


class PacsAuditLog(Log):
    """The first image archive writes for all."""

    def __init__(self, names: Names, patients: Patients, deleted: Sequence[Deleted]) -> None:
        super().__init__(NAME, ".log", {ImagesMoved: self._images_moved, LoggedOn: self._logged_on})
        self._names = names
        self._patients = patients
        self._gaps = Gaps(deleted, NAME)
        self._archives = frozenset(names.site.by_function.get(Function.PACS, ()))
        self._archive = names.first(Function.PACS)
        host = names.site.hosts.get(self._archive)
        self._device = host.fqdn if host else "pacs"

    def _message(self, at_us: int, event: _Event, outcome: int, kind: str, parts: str) -> bytes:
        head = _HEAD % (iso_offset(at_us), self._device, 2000 + crc32(self._device.encode()) % 9000)
        identification = _IDENTIFICATION % (event.action, iso(at_us), outcome, event.code, event.meaning, kind)
        source = _SOURCE % ae_title(self._archive)
        # The syntax has the source behind the participants and before the objects.
        participants, objects = parts.split("\0")
        return f"{head}{identification}{participants}{source}{objects}{_END}".encode()

    def _images_moved(self, act: ImagesMoved) -> list[bytes]:
        if self._gaps.hide(self._archive, act.at_us):
            return []
        source = self._participant(act.source, 110153, "Source Role ID")
        target = self._participant(act.target, 110152, "Destination Role ID")
        place = act.source if act.operation in ("C-STORE", "C-FIND") else act.target
        person = _PERSON % (xml_attribute(act.account), xml_attribute(self._names.address(place)))
        if act.operation == "C-FIND":
            asked = b64encode(f"PatientID={act.patient}\nModality={act.modality}".encode()).decode()
            objects = _QUERIED % (_STUDY_ROOT_FIND, asked)
        else:
            sop_class = _SOP_CLASSES.get(act.modality, _SECONDARY_CAPTURE)
            study = xml_attribute(act.study_uid)
            objects = _STUDY % (study, xml_text(act.modality or "study"), xml_attribute(sop_class), act.instances)
        if act.patient:
            name = xml_text(self._patients(act.patient) or act.patient)
            objects += _PATIENT % (xml_attribute(act.patient), name)
        parts = f"{source}{target}{person}\0{objects}"
        return [self._message(act.at_us + event.later_us, event, 0, "", parts) for event in _EVENTS[act.operation]]

    def _participant(self, peer: str, role: int, meaning: str) -> str:
        host = self._names.host(peer)
        title = ae_title(host.id) if host else "UNKNOWN"
        name = xml_attribute(host.fqdn if host else peer)
        return _PARTICIPANT % (name, title, "false", xml_attribute(self._names.address(peer)), role, meaning)

    def _logged_on(self, act: LoggedOn) -> list[bytes]:
        if act.host not in self._archives or self._gaps.hide(self._archive, act.at_us):
            return []
        place = xml_attribute(self._names.address(act.source or act.host))
        event = _Event(110114, "User Authentication", "E")
        outcome = 0 if act.outcome == "success" else 4
        return [self._message(act.at_us, event, outcome, _LOGIN, f"{_PERSON % (xml_attribute(act.account), place)}\0")]
