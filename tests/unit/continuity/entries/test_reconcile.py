"""What goes back and what a person has to look at: no act is lost because a correction of it was taken back."""

from __future__ import annotations

from codedark.continuity.entries.entry import EntryId
from codedark.continuity.entries.reconcile import State, plan
from tests.ward_entries import entry, observation, rows, void

ROWS = [EntryId(each) for each in rows(5)]
FIRST = observation(ROWS[0], "37.2")
CORRECTED = observation(ROWS[1], "39.2", replaces=ROWS[0], why="misread")


def test_an_entry_whose_correction_was_made_void_is_a_persons_and_not_gone() -> None:
    made = plan([FIRST, CORRECTED, void(ROWS[2], CORRECTED)], [], {})
    assert {each.entry: each.state for each in made.standing} == {
        ROWS[0]: State.REFUSED,
        ROWS[1]: State.VOIDED,
        ROWS[2]: State.VOIDED,
    }
    assert made.to_send == ()


def test_an_entry_whose_void_was_made_void_is_a_persons() -> None:
    first = void(ROWS[1], FIRST)
    made = plan([FIRST, first, void(ROWS[2], first)], [], {})
    assert {each.entry: each.state for each in made.standing}[ROWS[0]] is State.REFUSED


def test_an_entry_whose_correction_stands_for_two_acts_is_not_sent_as_it_was() -> None:
    made = plan([FIRST], [(CORRECTED, entry(id=ROWS[1]))], {})
    assert made.to_send == ()
    assert {each.state for each in made.standing} == {State.REFUSED}


def test_a_correction_takes_the_place_of_the_first() -> None:
    made = plan([FIRST, CORRECTED], [], {})
    assert made.to_send == (CORRECTED,)
    assert [(each.entry, each.state) for each in made.standing] == [(ROWS[0], State.VOIDED)]
