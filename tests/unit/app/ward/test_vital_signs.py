"""What a form for vital signs says, as observations."""

from __future__ import annotations

import pytest

from codedark.app.ward.tongue import ENGLISH, tongue
from codedark.app.ward.vital_signs import CONSCIOUSNESS, SIGNS, doubts, in_words, read
from codedark.continuity.entries.as_fhir import Systems, transaction
from codedark.continuity.entries.compare import is_like
from codedark.continuity.entries.entry import Observation
from tests.ward_entries import entry

SET = {
    "breathing": "16", "saturation": "97", "oxygen": "0", "systolic": "120", "diastolic": "80", "heart": "75",
    "temperature": "37,5", "consciousness": CONSCIOUSNESS[0], "pain": "0",
}  # fmt: skip


def test_each_value_is_an_observation_with_its_code_and_unit_in_the_order_of_measuring() -> None:
    found, wrong = read(dict(reversed(SET.items())))
    assert wrong == {}
    assert [(each.code, each.value, each.unit) for each in found.values()] == [
        ("9279-1", "16", "/min"), ("59408-5", "97", "%"), ("3151-8", "0", "L/min"), ("8480-6", "120", "mm[Hg]"),
        ("8462-4", "80", "mm[Hg]"), ("8867-4", "75", "/min"), ("8310-5", "37.5", "Cel"), ("67775-7", "A: alert", ""),
        ("72514-3", "0", ""),
    ]  # fmt: skip


def test_what_was_not_measured_is_nothing() -> None:
    assert read({"heart": " 75 ", "pain": "  "}).observations.keys() == {"heart"}
    assert read({}) == ({}, {})


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("systolic", "120/80"), ("heart", "75 reg"), ("temperature", "37.5.1"), ("temperature", "1,234"),
        ("saturation", "97%"), ("heart", "-5"), ("heart", "1e2"), ("heart", "٧٥"), ("breathing", "123456"),
        ("consciousness", "alert"), ("pain", "."),
    ],
)  # fmt: skip
def test_what_is_no_value_is_told_and_the_others_are_read(field: str, typed: str) -> None:
    found, wrong = read(SET | {field: typed})
    assert wrong.keys() == {field}
    assert found.keys() == SET.keys() - {field}
    assert typed in wrong[field]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("breathing", "160"), ("saturation", "9"), ("oxygen", "97"), ("systolic", "1200"), ("diastolic", "8"),
        ("heart", "7"), ("temperature", "375"), ("pain", "11"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_well_be_is_asked_back_alone(field: str, typed: str) -> None:
    assert doubts(read(SET).observations, ENGLISH) == {}
    asked = doubts(read(SET | {field: typed}).observations, tongue("nl"))
    assert asked.keys() == {field}
    assert typed in asked[field]
    assert "klopt dit?" in asked[field]


def test_two_pressures_that_were_exchanged_are_asked_back() -> None:
    asked = doubts(read(SET | {"systolic": "80", "diastolic": "120"}).observations, ENGLISH)
    assert asked.keys() == {"pressure"}
    assert "80/120" in asked["pressure"]


def test_what_is_ours_is_said_in_the_language_of_whoever_reads_and_what_people_wrote_is_not() -> None:
    found = read(SET).observations
    assert in_words(found["temperature"], tongue("nl")) == ("Temperatuur", "37.5", "°C")
    assert in_words(found["consciousness"], tongue("de")) == ("Bewusstsein", "A: wach", "")
    assert in_words(Observation("temp", "37.5", "Cel", "8310-5"), tongue("nl")) == ("temp", "37.5", "Cel")


def test_no_two_signs_of_one_moment_are_taken_for_the_same_when_they_go_back() -> None:
    signs = [entry(Observation(sign.called, "16", sign.unit, sign.code)) for sign in SIGNS]
    for one in signs:
        filed = transaction(one, "Patient/1", Systems())["entry"][-2]["resource"]
        alike = [is_like(other, filed, "urn:another-system") for other in signs]
        assert [other for other, is_same in zip(signs, alike, strict=True) if is_same] == [one]
