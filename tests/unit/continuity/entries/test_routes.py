"""A route that a nurse charts as the page says it comes back as the code that it stands for, and is never guessed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from codedark.continuity.entries.as_fhir import Systems, transaction
from codedark.continuity.entries.as_hl7 import message
from codedark.continuity.entries.routes import HL7_0162, route_code
from codedark.continuity.pages.medicine import route_text
from codedark.continuity.pages.words import LANGUAGES, Words
from tests.ward_entries import DOSE, entry


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_route_of_the_table_comes_back_from_what_the_page_says_of_it(language: str) -> None:
    assert {code: route_code(route_text(code, Words(language))) for code in HL7_0162} == {
        code: code for code in HL7_0162
    }


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("PO", "PO"),
        (" po ", "PO"),
        ("by mouth", "PO"),
        ("By mouth (PO)", "PO"),
        ("via de mond (PO)", "PO"),
        ("SQ", "SC"),
        ("sous la peau", "SC"),
        ("op de huid", "TP"),
        ("in the nose (NS)", "NS"),
    ],
)
def test_a_code_our_words_for_it_or_both_are_a_route(said: str, code: str) -> None:
    assert route_code(said) == code


@pytest.mark.parametrize(
    "said", ["", "oral", "in the nose", "by mouth (IV)", "in the right eye (OD)", "OD", "via PEG", "by mouth or IV"]
)
def test_what_is_unclear_or_no_code_of_the_table_stays_words_alone(said: str) -> None:
    assert route_code(said) == ""


@pytest.mark.parametrize(
    ("said", "coding", "segment"),
    [
        (
            "via de mond (PO)",
            [{"system": "http://terminology.hl7.org/CodeSystem/v2-0162", "code": "PO"}],
            "RXR|PO^via de mond (PO)^HL70162",
        ),
        ("via PEG", None, "RXR|^via PEG"),
    ],
)
def test_a_dose_is_filed_with_what_was_charted_and_the_code_beside_it(
    said: str, coding: list[dict[str, str]] | None, segment: str
) -> None:
    dose = entry(replace(DOSE, route=said))
    filed = transaction(dose, "Patient/1", Systems())["entry"][0]["resource"]["dosage"]["route"]
    assert (filed["text"], filed.get("coding")) == (said, coding)
    assert segment in message(dose).decode().split("\r")
