"""Every sentence of the station's page is there in each language, with the same things to fill in."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

import codedark
from codedark.app.ward.doses import Stands
from codedark.app.ward.entering import REASONS, WHYS_ALONE
from codedark.app.ward.forms import CALLED_HERE, CHOICES, FIELDS, LABELS
from codedark.app.ward.page import DAYS
from codedark.app.ward.times import EXAMPLES
from codedark.app.ward.tongue import ENGLISH, Tongue, tongue, tongue_for, words
from codedark.app.ward.vital_signs import CONSCIOUSNESS, SIGNS, TITLE
from codedark.continuity.entries.checks import CALLED
from codedark.continuity.entries.entry import DoseStatus
from codedark.continuity.sentence import Sentence

SOURCE = Path(codedark.__file__).parent
MODULES = [
    *sorted((SOURCE / "app" / "ward").glob("*.py")),
    *sorted((SOURCE / "store" / "station").glob("*.py")),
    *sorted((SOURCE / "continuity" / "entries").glob("*.py")),
]
TEMPLATES = sorted((SOURCE / "content" / "ward").glob("*.html"))


def said_in(module: Path) -> set[str]:
    """The first argument of every `t(...)` and `Sentence(...)`."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in {"t", "Sentence"}:
            found |= {
                each.value for each in ast.walk(node.args[0])
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            }  # fmt: skip
    return found


def called_in_content() -> set[str]:
    """What the sentences call things by."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((SOURCE / "continuity" / "entries" / "content.py").read_text("utf-8"))):
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            found |= {each.value for each in node.value.elts[:1] if isinstance(each, ast.Constant)}  # type: ignore[misc]
    return found


def wanted() -> set[str]:
    sentences = set().union(*map(said_in, MODULES))
    for template in TEMPLATES:
        sentences |= set(re.findall(r'\bt\("([^"]+)"', template.read_text("utf-8")))
    labels = {label for choices in CHOICES.values() for _, label in choices}
    sentences |= {
        *LABELS.values(),
        *FIELDS.values(),
        *CALLED_HERE.values(),
        *labels,
        *DAYS,
        *REASONS,
        *WHYS_ALONE,
        EXAMPLES,
        *CALLED.values(),
    }
    sentences |= {*Stands, *DoseStatus, *called_in_content(), "patient number", "encounter number"}
    sentences |= {"No number", "No dose", "NOT RECORDED: ask", "none known"}
    sentences |= {TITLE, "Other observation", *CONSCIOUSNESS, *(sign.called for sign in SIGNS)}
    sentences |= {sign.hint for sign in SIGNS}
    return {str(each) for each in sentences if re.search("[A-Za-z]", each)}


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_every_sentence_is_there_and_has_the_same_things_to_fill_in(language: str) -> None:
    told = words(language)
    assert sorted(wanted() - told.keys() - {"PIN", "Details", "mg"}) == []
    assert sorted(told.keys() - wanted()) == []
    for english, said in told.items():
        assert sorted(filled(english)) == sorted(filled(said)), said


def filled(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name]


def test_what_people_wrote_is_never_translated() -> None:
    assert tongue("nl")("note: {title}: {text}", title="Name", text="Dose") == "notitie: Name: Dose"
    assert tongue("nl")(Sentence("Say the {called}.", called="drug")) == "Zeg het geneesmiddel."


def test_a_language_is_chosen_or_the_browsers_or_english() -> None:
    assert tongue_for("fr", "nl-BE,nl;q=0.9").language == "fr"
    assert tongue_for("", "pt-BR,nl-BE;q=0.9,en;q=0.8").language == "nl"
    assert tongue_for("xx", "").language == "en"
    assert Tongue("en")("Due now") == ENGLISH("Due now") == "Due now"
