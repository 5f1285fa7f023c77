"""What was learnt stays, and the settings of today hold, when a watch is taken up under another configuration."""

from __future__ import annotations

import pickle
from collections import deque
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Any

import pytest

from codedark.app.watching.alarm_settings import alarm_settings
from codedark.app.watching.behaviours import descriptions, watched
from codedark.app.watching.taking_up import taken_up
from codedark.app.watching.watcher import Watcher
from codedark.app.watching.wiring import watcher_of
from codedark.detect.behaviour.behaviour import Behaviour
from codedark.detect.behaviour.catalogue import Description
from codedark.detect.behaviour.places import Places
from codedark.hospital.hospital import Hospital
from codedark.respond.incidents import Incidents

BEHAVIOURS = descriptions({})


def behaviour(described: Description, **settings: Any) -> Behaviour:
    """A behaviour with nothing learnt."""
    (found,) = watched([replace(described, settings={**described.settings, **settings})])
    return found.behaviour


def like(value: object) -> bytes:
    """All of it, as bytes."""
    return pickle.dumps(value)


@dataclass
class Memory:
    """As behaviours are made: settings and what was learnt, side by side."""

    least: int = 3
    last: deque[int] = dataclass_field(default_factory=lambda: deque(maxlen=2))
    by_host: dict[str, int] = dataclass_field(default_factory=dict)
    kinds: dict[str, Any] = dataclass_field(default_factory=dict)
    names: frozenset[str] = frozenset()
    other: Any = None


Memory.__module__ = "codedark.app.watching.tried"  # only what is ours is taken apart


def test_a_setting_that_changed_holds_and_what_was_learnt_stays() -> None:
    learnt = Memory(3, deque([1, 2], 2), {"ws01": 7}, {"a": Memory(1, by_host={"x": 1})})
    then = Memory(3, deque(maxlen=2), {}, {"a": Memory(1)})
    now = Memory(5, deque(maxlen=4), {}, {"a": Memory(2)}, frozenset({"rdp"}))
    found = taken_up(learnt, then, now)
    assert found == Memory(5, deque([1, 2], 4), {"ws01": 7}, {"a": Memory(2, by_host={"x": 1})}, frozenset({"rdp"}))
    assert found.last.maxlen == 4


def test_what_was_learnt_over_a_setting_that_has_not_changed_stays() -> None:
    learnt = Memory(9, names=frozenset({"learnt"}))
    assert taken_up(learnt, Memory(), Memory()).least == 9


def test_what_refers_to_itself_is_gone_through_once() -> None:
    learnt, then, now = Memory(1), Memory(1), Memory(2)
    for each in (learnt, then, now):
        each.other = each
    found = taken_up(learnt, then, now)
    assert found.least == 2
    assert found.other is found


def test_the_hospital_of_today_holds() -> None:
    now = Memory(other=Places(Hospital("St Elisabeth")))
    found = taken_up(Memory(other=Places()), Memory(other=Places()), now)
    assert found.other.hospital.name == "St Elisabeth"


@pytest.mark.parametrize("described", [each for each in BEHAVIOURS if each.enabled], ids=lambda each: each.id)
def test_each_setting_of_each_behaviour_holds_for_one_that_was_taken_up(described: Description) -> None:
    for name, value in described.settings.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        then, now = behaviour(described), behaviour(described, **{name: value + 1})
        taken = taken_up(behaviour(described), then, now)
        assert like(taken) == like(now), name


def test_each_figure_of_the_alarms_holds_for_incidents_that_were_taken_up() -> None:
    then, now = (Incidents(None, *alarm_settings(given)) for given in ({}, {"alarms": {"budget": 100}}))
    taken = taken_up(Incidents(None, *alarm_settings({})), then, now)
    assert taken.budget_left(0) == 100
    assert Incidents(None, *alarm_settings({})).budget_left(0) != 100


def taken_up_watch(then: Watcher, now: Watcher) -> list[str]:
    return now.restore(then.parts())


def test_a_watch_is_taken_up_under_the_settings_of_today() -> None:
    then = watcher_of(None, None, {}, {})
    now = watcher_of(Hospital("St Elisabeth"), None, {"spraying": {"guesses": 77}}, {"alarms": {"budget": 100}})
    assert taken_up_watch(then, now) == []
    assert isinstance(now.incidents, Incidents)
    assert now.incidents.budget_left(0) == 100
    assert b"guesses" in now.parts()["behaviour/spraying"][1]
    fresh = watcher_of(Hospital("St Elisabeth"), None, {"spraying": {"guesses": 77}}, {"alarms": {"budget": 100}})
    assert now.parts()["behaviour/spraying"] == fresh.parts()["behaviour/spraying"]


def test_a_behaviour_that_was_not_watching_begins_to_learn() -> None:
    then = watcher_of(None, None, {"spraying": {"enabled": False}}, {})
    assert taken_up_watch(then, watcher_of(None, None, {}, {})) == ["behaviour/spraying"]
