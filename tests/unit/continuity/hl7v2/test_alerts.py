"""What whoever comes in must know, from HL7 v2 and FHIR: alerts, lines and drains, notes, and a clinician's phone."""

from __future__ import annotations

from base64 import b64encode

import pytest

from codedark.continuity.charts.chart import PatientId
from codedark.continuity.charts.fold import charts
from codedark.continuity.fhir.read import Reader as FhirReader
from codedark.continuity.fhir.speaking import Directory
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import site
from tests.unit.continuity.messages import HOSPITAL, chart, hl7, stay

ADMITTED = hl7("ADT^A01", "080000", pv1=stay("1"))


def alerts(*messages: bytes) -> list[tuple[str, str]]:
    """Kind and text of each."""
    return [(alert.kind, alert.text) for alert in chart(ADMITTED, *messages).alerts]


def updated(*segments: str, at: str = "090000") -> bytes:
    return hl7("ADT^A08", at, *segments, pv1=stay("1"))


@pytest.mark.parametrize(
    ("segment", "alert"),
    [
        ("PD1|||||||||||||||DNR^Do not resuscitate", ("code-status", "Do not resuscitate")),
        ("OBX|1|CE|ISO^Isolation||C^Contact", ("isolation", "Contact")),
        ("OBX|1|ST|FALL^Fall risk||65", ("falls", "Fall risk: 65")),
        ("OBX|1|ST|SW^Dysphagia||Thickened fluids", ("swallowing", "Dysphagia: Thickened fluids")),
    ],
)
def test_an_admission_tells_what_whoever_comes_in_must_know(segment: str, alert: tuple[str, str]) -> None:
    assert alerts(updated(segment)) == [alert]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Contactisolatie", "isolation"), ("Isolement contact", "isolation"), ("Tröpfchenisolierung", "isolation"),
        ("4MRGN", "isolation"), ("Reanimatiecode", "code-status"), ("NTBR", "code-status"),
        ("Statut de réanimation", "code-status"), ("Therapiebegrenzung", "limits"), ("Valrisico", "falls"),
        ("Risque de chute", "falls"), ("Sturzgefahr", "falls"), ("Dieet", "diet"), ("Régime", "diet"),
        ("Slikproblemen", "swallowing"), ("Schluckstörung", "swallowing"),
    ],
)  # fmt: skip
def test_an_alert_is_of_its_kind_in_the_language_of_the_hospital(name: str, kind: str) -> None:
    """Else a ward's list of isolation is empty, because nobody there writes it in English."""
    assert [each for each, _ in alerts(updated(f"OBX|1|ST|X^{name}||ja"))] == [kind]


@pytest.mark.parametrize("ended", ["None", "N", "Nee", ""])
def test_an_alert_that_has_ended_is_none(ended: str) -> None:
    begun = updated("OBX|1|ST|ISO^Isolation||Contact")
    assert alerts(updated(f"OBX|1|ST|ISO^Isolation||{ended}", at="100000"), begun) == []


def test_a_diet_is_an_alert_until_it_is_cancelled() -> None:
    diet = hl7("OMD^O03", "090000", "ORC|NW|D1", "ODS|D||DIAB^Diabetic|No salt", pv1=stay("1"))
    ended = hl7("OMD^O03", "100000", "ORC|CA|D1", "ODS|D||DIAB^Diabetic", pv1=stay("1"))
    assert alerts(diet) == [("diet", "Diabetic No salt")]
    assert alerts(ended, diet) == []


def test_other_values_of_an_admission_stay_values() -> None:
    told = chart(ADMITTED, updated("OBX|1|NM|29463-7^Body weight||72|kg"))
    assert told.alerts == ()
    assert [measure.value for measure in told.measures] == ["72"]


def test_a_site_says_where_its_own_alerts_stand() -> None:
    own = site(b"fields: {alert.isolation: ZPV-5}")
    told = Reader(own, HOSPITAL.time_zone).read(hl7("ADT^A01", "080000", "ZPV|||||Droplet", pv1=stay("1"))).statements
    assert [alert.text for alert in charts(told, HOSPITAL)[PatientId("100")].alerts] == ["Droplet"]


def test_a_line_is_told_with_where_it_lies_until_it_is_out() -> None:
    def line(value: str, at: str) -> bytes:
        return hl7(
            "ORU^R01",
            at,
            "OBR|1||L1|LD^Lines and drains|||20260112080000",
            f"OBX|1|ST|PIV^Line||{value}",
            pv1=stay("1"),
        )

    there = line("left arm, 18G", "090000")
    assert [device.text for device in chart(ADMITTED, there).devices] == ["Line: left arm, 18G"]
    assert chart(ADMITTED, line("Removed", "100000"), there).devices == ()


def test_a_resource_tells_the_text_of_a_note_and_the_phone_of_whoever_is_in_charge() -> None:
    subject = {"subject": {"reference": "Patient/p"}}
    data = b64encode("Pijnvrij, één nacht.".encode()).decode()
    note = {"resourceType": "DocumentReference", "id": "n", "description": "Note", **subject}
    doctor = {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Maes"}]}
    doctor["telecom"] = [{"system": "email", "value": "x"}, {"system": "phone", "value": "4455"}]
    whole = [
        {"resourceType": "Encounter", "id": "e", "status": "in-progress", "class": {"code": "IMP"}, **subject}
        | {"participant": [{"individual": {"reference": "Practitioner/d"}}]},
        note | {"content": [{"attachment": {"contentType": "text/plain; charset=utf-8", "data": data}}]},
        {**note, "id": "m", "content": [{"attachment": {"contentType": "application/pdf", "data": data}}]},
    ]
    reader = FhirReader(Directory([doctor]), HOSPITAL.time_zone)
    told = charts([each for resource in whole for each in reader.read(resource, 1)[0]], HOSPITAL)[
        PatientId("Patient/p")
    ]
    assert {report.text for report in told.notes} == {"Pijnvrij, één nacht.", "(document, not in this chart)"}
    assert told.visit is not None
    assert told.visit.attending is not None
    assert told.visit.attending.phone == "4455"
