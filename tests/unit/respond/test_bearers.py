"""What cannot wait, as findings say it."""

from __future__ import annotations

import pytest

from codedark.detect.behaviour.places import Places
from codedark.detect.finding import Level
from codedark.respond.bearers import Harm, harm_of
from codedark.respond.naming import named
from tests.story_maker import MONDAY_US, SETTINGS, TACTICS, finding, rule


@pytest.mark.parametrize(
    ("level", "tag", "harm"),
    [
        (Level.CRITICAL, "t1561", Harm("T1561", at_once=True)),
        (Level.HIGH, "t1561.002", Harm("T1561", at_once=False)),
        (Level.MEDIUM, "t1561.002", None),
        (Level.CRITICAL, "t1070.001", None),
    ],
)
def test_what_destroys_is_harm_with_what_is_below_it(level: Level, tag: str, harm: Harm | None) -> None:
    info = rule("r", level, "impact", tag)
    found = named(finding(info, MONDAY_US, "pc-1"), TACTICS.known(info), MONDAY_US, Places())
    assert harm_of(found, 6.0, held=False, sending=SETTINGS.alarms) == harm
