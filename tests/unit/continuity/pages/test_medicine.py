"""Doses, units, routes and names of drugs are written so that nobody reads them wrongly."""

from __future__ import annotations

import pytest

from codedark.continuity.charts.chart import Drug
from codedark.continuity.pages.medicine import (
    dose_number,
    dose_text,
    frequency_text,
    name_text,
    route_text,
    tall_man,
    unit_text,
)
from codedark.continuity.pages.words import LANGUAGES, Words, document


@pytest.mark.parametrize(
    ("written", "read"),
    [(".5", "0.5"), ("5.0", "5"), ("0.50", "0.5"), ("5.", "5"), ("007", "7"), ("0.0", "0"), ("1000", "1000")],
)
def test_a_dose_has_a_leading_zero_and_no_trailing_one(written: str, read: str) -> None:
    assert dose_number(written) == read


@pytest.mark.parametrize("written", ["1-2", "1,000", "1,5", "half", "<1", "1.5.0", "1e3", "", "½"])
def test_what_is_no_plain_number_stays_as_it_was_written(written: str) -> None:
    assert dose_number(written) == written


def test_a_dose_is_read_with_the_sign_of_its_language() -> None:
    assert dose_text("1.125", "mg", Words("en")) == "1.125 mg"
    assert [dose_text("1.125", "mg", Words(each)) for each in ("nl", "fr", "de")] == ["1,125 mg"] * 3
    assert dose_text("25000", "[IU]", Words("en")) == "25\u202f000 international units"
    assert dose_text("", "", Words("en")) == ""


def test_units_that_are_mistaken_are_written_out() -> None:
    words = Words("en")
    assert unit_text("ug/kg/min", words) == "micrograms/kg/minute"
    assert unit_text("U", words) == "units"
    assert unit_text("{tablet}", words) == "tablet"
    assert unit_text("sachet", words) == "sachet"


def test_routes_and_frequencies_are_said_in_words_and_unknown_ones_stay() -> None:
    words = Words("de")
    assert route_text("PO", words) == "durch den Mund (PO)"
    assert route_text("via PEG", words) == "via PEG"
    assert frequency_text("q8h", words) == "alle 8 Stunden"
    assert frequency_text("TID", words) == "dreimal täglich"
    assert frequency_text("tuesdays", words) == "tuesdays"


def test_look_alike_names_get_tall_letters_beside_their_own_spelling() -> None:
    assert tall_man("dopamine 200 mg") == "DOPamine 200 mg"
    assert tall_man("Paracetamol") == ""
    assert tall_man("dopaminergic") == ""
    assert name_text(Drug("1", "PREDNISONE"), Words("en")) == "predniSONE (written: PREDNISONE)"


def test_all_languages_have_the_same_words() -> None:
    english = _names(document("en"))
    assert {each: _names(document(each)) ^ english for each in LANGUAGES} == {each: set() for each in LANGUAGES}


def _names(words: dict[str, object], above: str = "") -> set[str]:
    inner = [_names(each, f"{above}{name}.") for name, each in words.items() if isinstance(each, dict)]
    return set().union(*inner) | {f"{above}{name}" for name in words}
