"""Who sits at which computer, from logging on to logging off."""

from __future__ import annotations

import pytest

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.simulate.chance import stream
from codedark.simulate.habit import HOUR_US, MINUTE_US, SLICE_US
from codedark.simulate.habits.presence import STYLE_OF, Presence, Session, Style
from codedark.simulate.site import Role


def session(name: str) -> Session:
    return Session(AccountId(name), AssetId("WS-1"), 7, Style.OFFICE, 4)


def test_moments_lie_in_the_sitting_and_in_the_slice() -> None:
    presence = Presence()
    presence.sit(session("early"), 0, 5 * MINUTE_US)
    presence.sit(session("late"), 10 * MINUTE_US, HOUR_US)
    presence.settle(0, SLICE_US)
    for who, at_us in presence.moments(stream(1), Style.OFFICE, 2000):
        begin, end = (0, 5 * MINUTE_US) if who.account == "early" else (10 * MINUTE_US, SLICE_US)
        assert begin <= at_us < end


def test_hours_are_those_of_the_sittings_in_the_slice() -> None:
    presence = Presence()
    presence.sit(session("one"), 0, 3 * HOUR_US)
    presence.settle(SLICE_US, 2 * SLICE_US)
    assert presence.hours(Style.OFFICE) == pytest.approx(0.25)
    assert presence.hours(Style.BEDSIDE) == 0


def test_who_has_left_is_forgotten() -> None:
    presence = Presence()
    presence.sit(session("gone"), 0, MINUTE_US)
    presence.settle(SLICE_US, 2 * SLICE_US)
    assert list(presence.moments(stream(1), Style.OFFICE, 1e6)) == []


def test_every_role_has_a_style() -> None:
    assert set(STYLE_OF) == set(Role)
