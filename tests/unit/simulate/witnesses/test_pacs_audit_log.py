"""The image archive's audit messages: the parts that DICOM PS3.15 A.5 requires, over RFC 5424."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from codedark.hospital.asset import AssetKind
from codedark.simulate.acts import Act, ImagesMoved, LoggedOn, LogonType
from codedark.simulate.building.placeholders import ae_title
from codedark.simulate.site import Function
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses import witnesses
from tests.simulated_acts import NOON_US, read_back, small_site, written

SITE = small_site()
ARCHIVE = SITE.server(Function.PACS).id
STATION = SITE.by_kind[AssetKind.WORKSTATION][0]
USER = SITE.people[0].account
MOVE = ImagesMoved(NOON_US, USER, ARCHIVE, STATION, "C-MOVE", "0004711", "2.25.1", "CT", 312, 10**8)


def messages(*lived: Act, deleted: tuple[Deleted, ...] = ()) -> list[Element]:
    """The XML behind each syslog header."""
    witness = next(
        one for one in witnesses(SITE, deleted, {"0004711": 'Jansen, "Ana" <é>'}) if one.name == "pacs/audit"
    )
    lines = written(witness, lived)
    assert not read_back(witness, lines).rejected
    found = []
    for line in lines:
        header, _, xml = line.decode().partition("<?xml")
        assert re.fullmatch(r"<85>1 \S+Z?\S* \S+ PACS \d+ DICOM\+RFC3881 - ", header)
        found.append(fromstring(f"<?xml{xml}".encode()))
    return found


def code(message: Element) -> int:
    event = message.find("EventIdentification/EventID")
    assert event is not None
    return int(event.attrib["csd-code"])


@pytest.mark.parametrize(
    ("operation", "codes"),
    [
        ("C-STORE", [110104]),
        ("C-FIND", [110112]),
        ("C-MOVE", [110102, 110104]),
        ("EXPORT", [110106]),
        ("DELETE", [110103, 110105]),
    ],
)
def test_messages_have_all_that_the_standard_requires(operation: Any, codes: list[int]) -> None:
    found = messages(MOVE._replace(operation=operation))
    assert [code(message) for message in found] == codes
    for message in found:
        order = [part.tag for part in message]
        assert order == sorted(order, key=[
            "EventIdentification", "ActiveParticipant", "AuditSourceIdentification", "ParticipantObjectIdentification",
        ].index)  # fmt: skip
        event = message[0]
        assert event.attrib["EventActionCode"] in set("CRUDE")
        assert event.attrib["EventOutcomeIndicator"] == "0"
        assert event.attrib["EventDateTime"].startswith("2026-11-17T12:00:00")
        participants = message.findall("ActiveParticipant")
        assert all({"UserID", "UserIsRequestor"} <= set(one.attrib) for one in participants)
        assert sum(one.attrib["UserIsRequestor"] == "true" for one in participants) == 1
        for thing in message.findall("ParticipantObjectIdentification"):
            assert {"ParticipantObjectID", "ParticipantObjectTypeCode"} <= set(thing.attrib)
            assert thing[0].tag == "ParticipantObjectIDTypeCode"
            assert thing[1].tag in {"ParticipantObjectName", "ParticipantObjectQuery"}


def test_who_what_and_where() -> None:
    message = messages(MOVE)[1]
    roles = {role.attrib["csd-code"]: one for one in message.findall("ActiveParticipant") for role in one}
    assert roles["110153"].attrib["AlternativeUserID"] == f"AETITLES={ae_title(ARCHIVE)}"
    assert roles["110152"].attrib["AlternativeUserID"] == f"AETITLES={ae_title(STATION)}"
    assert roles["110152"].attrib["NetworkAccessPointID"] == SITE.hosts[STATION].address
    study, patient = message.findall("ParticipantObjectIdentification")
    assert study.attrib["ParticipantObjectID"] == "2.25.1"
    contents = study.find("ParticipantObjectDescription/SOPClass")
    assert contents is not None
    assert contents.attrib["NumberOfInstances"] == "312"
    assert patient.attrib["ParticipantObjectID"] == "0004711"
    assert patient[1].text == 'Jansen, "Ana" <é>'


def test_people_who_log_on_to_the_archive() -> None:
    came = LoggedOn(NOON_US, ARCHIVE, USER, LogonType.NETWORK, STATION, 5, "password")
    right, wrong = messages(came, came._replace(outcome="bad_password"))
    assert code(right) == code(wrong) == 110114
    assert [one[0].attrib["EventOutcomeIndicator"] for one in (right, wrong)] == ["0", "4"]
    assert not messages(came._replace(host=SITE.server(Function.FILE).id))


def test_deleted() -> None:
    assert not messages(MOVE, deleted=(Deleted(ARCHIVE, "pacs/audit", NOON_US, NOON_US + 1, "s1"),))
