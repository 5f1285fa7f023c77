"""An error that one thing's data meet is told without what they say, and errors that are of more than it go on."""

from __future__ import annotations

import pytest

from codedark.app.own_errors import apart, own_error


def test_the_others_go_on_and_the_sentence_says_where_and_tells_nothing_of_the_data() -> None:
    told, done = list[str](), list[int]()
    for number in range(3):
        with apart(told.append):
            done.append(6 // (1 - number))
            _ = int("Peeters, An") if number == 2 else 0
    assert done == [6, -6]
    division, lookup = told
    assert division.startswith("an error of Code Dark itself: ZeroDivisionError at test_own_errors.py:")
    assert lookup.startswith("an error of Code Dark itself: ValueError at test_own_errors.py:")
    assert "Peeters" not in lookup


@pytest.mark.parametrize("error", [MemoryError(), PermissionError(13, "no"), KeyboardInterrupt()])
def test_what_is_not_of_the_one_thing_is_raised_and_not_told(error: BaseException) -> None:
    told = list[str]()
    with pytest.raises(type(error)), apart(told.append, (OSError,)):
        raise error
    assert told == []


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert own_error(KeyError("x")) == "an error of Code Dark itself: KeyError"
