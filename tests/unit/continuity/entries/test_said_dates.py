"""Dates of birth as people say them."""

from __future__ import annotations

import pytest

from codedark.continuity.entries.said_dates import born_said


@pytest.mark.parametrize("said", ["1962-06-15", "15/06/1962", "15.06.1962", "15-06-1962", " 15/6/1962 "])
def test_a_date_is_read_however_it_is_written(said: str) -> None:
    assert born_said(said) == "1962-06-15"


def test_the_day_stands_before_the_month() -> None:
    assert born_said("03/04/1962") == "1962-04-03"


@pytest.mark.parametrize("said", ["06/15/1962", "15/06.1962", "15/06/62", "1962/06/15", "1962-02-30", "June", ""])
def test_what_cannot_be_read_is_not_guessed(said: str) -> None:
    assert born_said(said) == ""


@pytest.mark.parametrize("said", ["1962", "1962-06"])
def test_as_much_as_is_known_stays(said: str) -> None:
    assert born_said(said) == said
