"""Values that are asked back before they are charted."""

from __future__ import annotations

import pytest

from codedark.continuity.entries.entry import Observation
from codedark.continuity.entries.plausible import implausible, pointed


@pytest.mark.parametrize(
    ("said", "read"), [("38,5", "38.5"), ("38.5", "38.5"), ("1,500", "1,500"), ("1,2,3", "1,2,3"), ("a,5", "a,5")]
)
def test_a_comma_is_a_point_unless_it_may_mean_thousands(said: str, read: str) -> None:
    assert pointed(said) == read


@pytest.mark.parametrize(
    ("name", "value", "unit", "code"),
    [
        ("temperature", "385", "C", ""), (" Temperature", "3.85", "Cel", ""), ("anything", "385", "Cel", "8310-5"),
        ("pulse", "3", "", ""), ("SpO2", "101", "%", ""), ("weight", "705", "kg", ""), ("pain", "-1", "", ""),
    ],
)  # fmt: skip
def test_a_value_that_cannot_well_be_is_asked_back(name: str, value: str, unit: str, code: str) -> None:
    assert "is this right?" in implausible(Observation(name, value, unit, code))


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [("temperature", "38.5", "C"), ("temperature", "43", "C"), ("song", "385", "C"), ("pulse", "fast", "")],
)
def test_what_is_likely_or_has_no_range_is_not(name: str, value: str, unit: str) -> None:
    assert implausible(Observation(name, value, unit)) == ""
