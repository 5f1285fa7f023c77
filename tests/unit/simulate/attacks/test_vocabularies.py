"""Where a field has few possible values, an attack uses those of ordinary days: no made-up value gives it away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from codedark.app.simulation.scripts import names, script_named
from codedark.simulate.acts import Act
from codedark.simulate.habit import DAY_US, SECOND_US
from codedark.simulate.life import live
from codedark.simulate.world import Order, World, world_of

FIRST_US = int(datetime(2026, 1, 11, 23, tzinfo=UTC).timestamp()) * SECOND_US
LAST_US = FIRST_US + 2 * DAY_US
FIELDS = ("integrity", "current_directory", "user_agent", "package", "state")
TELLING = {
    ("LoggedOn", "package", "password"),  # people use keys for shells here; a guessed password is what attackers have
    ("ServiceChanged", "state", "disabled"),  # services are disabled so that they do not come back
}
"""Reviewed: values that only attacks have, because the real ones show them too."""
Value = tuple[str, str, object]


def world(attack: str = "") -> World:
    script = script_named(attack) if attack else None
    return world_of(Order(30, 1, FIRST_US, LAST_US, script, FIRST_US + DAY_US // 6))


def values(slices: Iterable[list[Act]]) -> set[Value]:
    """The values of these fields."""
    found: set[Value] = set()
    for acts in slices:
        for act in acts:
            for field in FIELDS:
                if field in act._fields:
                    found.add((type(act).__name__, field, getattr(act, field)))
    return found


def test_values_of_attacks_are_those_of_ordinary_days() -> None:
    ordinary = values(world().live())
    strange: set[Value] = set()
    for name in names():
        intruder = world(name).habits[-1]
        strange |= values(live([intruder], FIRST_US, LAST_US)) - ordinary
    assert strange == TELLING
