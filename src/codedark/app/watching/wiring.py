"""Joins everything that a watch consists of: rules, readings, behaviours, incidents, and the model of the hospital."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from codedark.app.watching.alarm_settings import alarm_settings
from codedark.app.watching.behaviours import Overrides, descriptions, watched
from codedark.app.watching.memory import Joining
from codedark.app.watching.watcher import Rules, Watcher
from codedark.detect.behaviour.behaviour import Context
from codedark.detect.behaviour.care import Care
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.readings import READINGS
from codedark.hospital.hospital import Hospital
from codedark.respond.incidents import Incidents

MakeIncidents = Callable[[], Incidents]


def _alone(make: MakeIncidents) -> Joining:
    return make()


def watcher_of(
    hospital: Hospital | None,
    rules: Rules | None,
    behaviour: Overrides,
    alarms: Mapping[str, Any],
    *,
    care: Care | None = None,
    joining: Callable[[MakeIncidents], Joining] = _alone,
) -> Watcher:
    """The watch of a hospital, with nothing learnt yet.

    ``behaviour`` and ``alarms`` are what an installation sets otherwise than the project; ``care`` is who treats whom.
    ``joining`` may put something around the incidents. Raises `UsageError` for settings that there are not.
    """
    context = Context(Places(hospital), care=care)
    incidents = joining(lambda: Incidents(hospital, *alarm_settings(alarms)))
    return Watcher(rules, [reading() for reading in READINGS], watched(descriptions(behaviour)), context, incidents)
