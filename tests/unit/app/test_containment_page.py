"""The words of the page of plans: complete in four languages, and filled in with the same things."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from codedark.app.containment_page.words import LANGUAGES, Words, document
from codedark.contain.action import ActionKind


def sentences(words: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in words.items():
        if isinstance(value, dict):
            yield from sentences(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


ENGLISH = dict(sentences(document("en")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_sentence_with_the_same_things_filled_in(language: str) -> None:
    words = dict(sentences(document(language)))
    assert words.keys() == ENGLISH.keys()
    for name, text in words.items():
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", ENGLISH[name])), name
    assert words["language"] == language


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_sentences_are_translated(language: str) -> None:
    words = dict(sentences(document(language)))
    same = {name for name, text in words.items() if text == ENGLISH[name] and len(text) > 20}
    assert same == set()


@pytest.mark.parametrize("kind", ActionKind)
def test_every_kind_of_action_is_said_and_undone(kind: ActionKind) -> None:
    keys = {"cut": ("cut_zone", "cut_link"), "close-vendor": ("close-vendor", "close-vendor_zone")}.get(
        kind, (kind.value,)
    )
    assert all(f"{what}.{key}" in ENGLISH for key in keys for what in ("do", "undo"))


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0"), (0.4, "0"), (-11.7, "−12"), (999.4, "999"), (1234.0, "1\u202f230"), (757464.8, "757\u202f000")],
)
def test_harm_is_told_to_three_digits_without_a_comma(value: float, said: str) -> None:
    assert Words("en").number(value) == said


def test_hours_and_chances_are_told_as_people_say_them() -> None:
    words = Words("en")
    assert (words.clock(1.08), words.clock(0.999)) == ("1:05\u202fh", "1:00\u202fh")
    assert (words.percent(0.004), words.percent(0.234), words.percent(0)) == ("< 1 %", "23 %", "0 %")


def test_braces_in_a_name_are_shown_and_not_obeyed() -> None:
    assert Words("en")("do.isolate", asset="{0.__class__}") == "Take {0.__class__} off the network"
