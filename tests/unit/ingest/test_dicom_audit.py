"""DICOM audit messages in syslog become records with the names that the rules for image archives use."""

from __future__ import annotations

import pytest

from codedark.ingest import dicom_audit
from codedark.ingest.text import Unreadable

MESSAGE = """<?xml version="1.0" encoding="UTF-8"?><AuditMessage>
<EventIdentification EventActionCode="R" EventDateTime="2026-01-13T05:32:00Z" EventOutcomeIndicator="0">
<EventID csd-code="110104" codeSystemName="DCM" originalText="DICOM Instances Transferred"/></EventIdentification>
<ActiveParticipant UserID="svc-pacs" UserIsRequestor="false" NetworkAccessPointID="10.1.0.5">
<RoleIDCode csd-code="110153"/></ActiveParticipant>
<ActiveParticipant UserID="READ01" UserIsRequestor="true" NetworkAccessPointID="10.2.0.9">
<RoleIDCode csd-code="110152"/></ActiveParticipant>
<AuditSourceIdentification AuditSourceID="PACS01"/>
<ParticipantObjectIdentification ParticipantObjectID="1.2.3">
<ParticipantObjectIDTypeCode csd-code="110180"/>
<SOPClass UID="1.2" NumberOfInstances="40"/></ParticipantObjectIdentification>
<ParticipantObjectIdentification ParticipantObjectID="0004711">
<ParticipantObjectIDTypeCode csd-code="2"/>
<ParticipantObjectName>Jansen</ParticipantObjectName></ParticipantObjectIdentification>
</AuditMessage>"""


def test_names_are_those_of_the_rules() -> None:
    assert dicom_audit.is_audit_message(MESSAGE)
    origin, record = dicom_audit.parse(MESSAGE)
    assert (origin.product, origin.service, origin.event) == ("pacs", "audit", "110104")
    assert record["EventID"] == 110104
    assert record["Source.UserID"] == "svc-pacs"
    assert record["Destination.NetworkAccessPointID"] == "10.2.0.9"
    assert (record["StudyInstanceUID"], record["PatientID"], record["NumberOfInstances"]) == ("1.2.3", "0004711", "40")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (MESSAGE[:-20], "no XML"),
        ("<AuditMessage/>", "without EventIdentification"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><AuditMessage>&b;</AuditMessage>', "no XML"),
    ],
)
def test_what_is_broken_is_rejected(text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        dicom_audit.parse(text)
