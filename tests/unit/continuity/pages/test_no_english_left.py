"""Nothing that is ours stays English on a page or print in another language: every fixed word has all four languages,
every name that is asked for is there, and every state that a reader can write into a chart has its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any, Final

import pytest
import yaml

import codedark
from codedark.continuity.charts.chart import Severity
from codedark.continuity.charts.meanings import KINDS
from codedark.continuity.pages.words import LANGUAGES, document
from tests.unit.continuity.fhir import test_fhir
from tests.unit.continuity.messages import chart as told
from tests.unit.continuity.messages import hl7

OTHERS: Final = [each for each in LANGUAGES if each != "en"]
SOURCE: Final = Path(codedark.__file__).parent
SCRIPTS: Final = sorted((SOURCE / "content/continuity").glob("*.js"))
PRINTS: Final = sorted((SOURCE / "app/continuing/printing").glob("*.py"))
ALIKE: Final = {
    "nl": {"Bed", "Test"},
    "fr": {
        *("Allergies", "Dose", "Notes", "Observations", "Patient", "Question", "Test", "Transfusion"),
        *("minute", "minutes", "normal", "rectal", "vaginal"),
    },
    "de": {"Normal", "Patient", "Test", "Transfusion", "epidural", "in {span}", "normal", "vaginal"},
}
"""What is written alike in English, as a person has looked over it."""
EVERYWHERE: Final = {"S  Situation", "Temp. °C", "L", "g", "kg", "mL", "mg", "mmol"}
WORD: Final = re.compile(r"[A-Za-z]")


def flat(words: Any, above: str = "") -> Iterator[tuple[str, str]]:
    """Every word with its name."""
    if isinstance(words, dict | list):
        named = words.items() if isinstance(words, dict) else enumerate(words)
        for name, held in named:
            yield from flat(held, f"{above}.{name}" if above else str(name))
    else:
        yield above, str(words)


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_of_another_language_is_the_english_one(language: str) -> None:
    english = dict(flat(document("en")))
    alike = {said for name, said in flat(document(language)) if said == english[name] and WORD.search(said)}
    assert alike - EVERYWHERE - {"{age}", "{when}, {age}"} == ALIKE[language]


@pytest.mark.parametrize("severity", Severity)
def test_every_severity_of_an_allergy_has_its_word(severity: Severity) -> None:
    """As it was found: a moderate reaction was "moderate" in every language."""
    assert severity in document("en")["severity"]


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_fills_in_the_same_things(language: str) -> None:
    english, other = dict(flat(document("en"))), dict(flat(document(language)))
    assert {name: filled(said) for name, said in other.items()} == {
        name: filled(said) for name, said in english.items()
    }


def filled(sentence: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name)


def test_the_cards_of_the_wards_have_all_languages() -> None:
    cards = yaml.safe_load((files("codedark") / "content/continuity/cards.yaml").read_bytes())
    assert set(cards) == set(LANGUAGES)
    for language in OTHERS:
        assert cards[language].keys() == cards["en"].keys()
        assert [name for name, said in cards[language].items() if said == cards["en"][name]] == []


@pytest.mark.parametrize("path", [*SCRIPTS, *PRINTS], ids=lambda path: path.name)
def test_every_word_that_page_and_prints_ask_for_is_there(path: Path) -> None:
    asked = re.findall(r'\b(?:w|entry|words|aged\([\w.]+,) ?\(?["\']([\w.-]*\w)["\']', path.read_text("utf-8"))
    names = {name for name, _ in flat(document("en"))}
    groups = {name.rpartition(".")[0] for name in names}
    assert [each for each in asked if each not in names | groups] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_of_the_page_has_a_sentence_of_its_own(path: Path) -> None:
    plain = re.sub(r"/\*.*?\*/|^\s*//.*$", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    texts = [one or other for one, other in re.findall(r'"([^"\n]*)"|`([^`]*)`', plain)]
    told = [re.sub(r"\$\{[^}]*\}", "", each) for each in texts]
    assert [each for each in told if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", each) and each != "use strict"] == [
        each for each in told if each == "how wrong"
    ]


REQUEST: Final = {"resourceType": "ServiceRequest", "id": "s1", "code": {"text": "Glucose"}, **test_fhir.SUBJECT}


@pytest.mark.parametrize("state", ["draft", "active", "on-hold", "unknown", ""])
def test_every_state_of_what_was_asked_has_words(state: str) -> None:
    assert_has_words(
        "status", [each.status or "asked" for each in test_fhir.chart(REQUEST | {"status": state}).pending]
    )


@pytest.mark.parametrize("state", ["registered", "preliminary"])
def test_what_a_report_makes_of_what_was_asked_has_words(state: str) -> None:
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": state,
        "category": [{"coding": [{"code": "LAB"}]}],
        "basedOn": [{"reference": "ServiceRequest/s1"}],
        **test_fhir.SUBJECT,
    }
    assert_has_words("status", [each.status for each in test_fhir.chart(REQUEST, report).pending])


@pytest.mark.parametrize("letter", ["P", "I", "S", "A", "R", "O"])
def test_every_answer_of_a_laboratory_has_words(letter: str) -> None:
    answered = hl7("ORU^R01", "030000", f"OBR|1|P1|F1|GLU^Glucose|||20260112020000{'|' * 18}{letter}")
    assert_has_words("status", [each.status for each in told(answered).pending])


@pytest.mark.parametrize(
    "state",
    [
        *("proposed", "pending", "booked", "arrived", "fulfilled", "cancelled"),
        *("noshow", "checked-in", "waitlist"),
    ],
)
def test_every_state_of_an_appointment_in_fhir_has_words(state: str) -> None:
    participant = [{"actor": {"reference": "Patient/p1"}}]
    slot = {"resourceType": "Appointment", "id": "a1", "status": state, "participant": participant}
    assert_has_words("status", [each.status for each in test_fhir.chart(slot).appointments])


@pytest.mark.parametrize("event", ["S12", "S15", "S16", "S26"])
def test_every_event_of_an_appointment_has_words(event: str) -> None:
    slots = told(hl7(f"SIU^{event}", "030000", "SCH|1|77|||||||||^^^20260113080000")).appointments
    assert_has_words("status", [each.status for each in slots])


@pytest.mark.parametrize(
    "state",
    [
        *("Pending", "Waitlist", "Booked", "Started", "Complete"),
        *("Cancelled", "Dc", "Deleted", "Blocked", "Overbook", "Noshow"),
    ],
)
def test_every_state_of_an_appointment_in_hl7_has_words(state: str) -> None:
    slots = told(hl7("SIU^S14", "030000", f"SCH|1|77|||||||||^^^20260113080000{'|' * 14}{state}")).appointments
    assert_has_words("status", [each.status for each in slots])


@pytest.mark.parametrize("kind", [*KINDS.values(), "other"])
def test_every_kind_of_what_was_asked_has_words(kind: str) -> None:
    assert_has_words("asked_kind", [kind])


def test_a_document_that_is_elsewhere_is_said_to_be_in_each_language() -> None:
    note = {"resourceType": "DocumentReference", "id": "d1", "status": "current", "date": "2026-01-12T08:00:00Z"}
    notes = test_fhir.chart({**note, **test_fhir.SUBJECT, "description": "Letter"}).notes
    assert_has_words("placeholder", [each.text for each in notes])


def assert_has_words(table: str, codes: list[str]) -> None:
    """That there is one, and that it would not be shown as it is."""
    assert len(codes) == 1
    for language in LANGUAGES:
        assert codes[0] in document(language)[table], (table, codes[0], language)
