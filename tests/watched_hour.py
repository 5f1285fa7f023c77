"""An hour of a simulated hospital under attack, as parcels, and the watch over it: for the tests of `serve`.

It is thinned out: of what a log says within ten seconds a few lines are kept, because tests fold it thousands of
times. What is left still fires rules, correlations and behaviours, and becomes incidents and alarms.
"""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

from codedark.app.hospital_files import usable_hospital
from codedark.app.rules import load_rules
from codedark.app.simulation.feed import feed
from codedark.app.simulation.files import write_inventory
from codedark.app.simulation.scripts import script_named
from codedark.app.simulation.times import period
from codedark.app.watching.notes import PASSED, SOURCE, note_of
from codedark.app.watching.watcher import Rules, Watcher
from codedark.app.watching.wiring import watcher_of
from codedark.detect.finding import Level
from codedark.events.parcel import NOTE, Parcel, Sequence
from codedark.hospital.load.document import HOSPITAL_FILE
from codedark.respond.decision import Acknowledged, Decision, Judged, Suppressed
from codedark.respond.incident import IncidentId, Verdict
from codedark.simulate.habit import HOUR_US, MINUTE_US, SECOND_US
from codedark.simulate.world import Order, world_of
from codedark.store.rule_cache import RuleCache

MOST_LINES = 10
CORRELATIONS = """\
title: Files with a strange second extension, a few
id: 00000000-0000-4000-a000-000000000001
name: a_few
level: medium
correlation:
  type: event_count
  rules: [second_extension_on_share]
  group-by: [SubjectUserName]
  timespan: 5m
  condition: {gte: 9}
  generate: true
---
title: Files with a strange second extension of many names
id: 00000000-0000-4000-a000-000000000002
level: medium
correlation:
  type: value_count
  rules: [second_extension_on_share]
  group-by: [SubjectUserName]
  timespan: 3m
  condition: {field: RelativeTargetName, gte: 20}
  generate: true
---
title: A few, and then the start-up repair is off
id: 00000000-0000-4000-a000-000000000003
level: high
correlation:
  type: temporal
  rules: [a_few, 7087e98a-3cac-487c-8a7e-4f0fcae2100e]
  timespan: 30m
  generate: true
"""
"""What fires in an hour that is thinned out; the correlations of the project count more than is left of it."""
_BEGINS_US = 10 * HOUR_US + 30 * MINUTE_US
"""After midnight, and so in the forenoon of the hospital."""
_EVERY_US = 10 * SECOND_US


def make_hour(folder: Path, beds: int = 20, seed: int = 5, minutes: int = 75) -> list[Parcel]:
    """Write the inventory of the hospital and its hour into ``folder``; returns the hour, numbered from 1."""
    day_us, _ = period("2026-01-12", 1)
    attack_us = day_us + _BEGINS_US
    order = Order(
        beds, seed, day_us, attack_us + minutes * MINUTE_US, script_named("fast-ransomware"), attack_us + 2 * MINUTE_US
    )
    world = world_of(order)
    write_inventory(world, folder)
    hour: list[Parcel] = []
    number = 1
    for heard in feed(world, _EVERY_US):
        if not heard or heard[0].arrived_us < attack_us:
            continue
        at_us = heard[0].arrived_us
        for parcel in [*map(thinned, heard), *_notes(at_us, (at_us - attack_us) // MINUTE_US)]:
            hour.append(replace(parcel, first=Sequence(number)))
            number = hour[-1].end
    end_us = hour[-1].arrived_us
    for minute in range(1, 4):
        hour.append(Parcel(Sequence(number), 1, end_us + minute * MINUTE_US, SOURCE, NOTE, PASSED))
        number = hour[-1].end
    (folder / "rules").mkdir()
    (folder / "rules" / "few.yml").write_text(CORRELATIONS, "utf-8")
    (folder / "hour").write_bytes(pickle.dumps(hour))
    return hour


def thinned(parcel: Parcel) -> Parcel:
    """The first lines of a parcel."""
    lines = parcel.data.split(b"\n")[:-1]
    assert len(lines) == parcel.count
    kept = lines[:MOST_LINES]
    return replace(parcel, data=b"\n".join([*kept, b""]), count=len(kept))


def _notes(at_us: int, minute: int) -> list[Parcel]:
    """Time passes; and people decide, once in ten minutes."""
    decisions: dict[int, Decision] = {
        30: Acknowledged("decision-1", "nurse", IncidentId("2026-0001")),
        40: Suppressed("decision-2", "nurse", "maintenance of the file server", at_us + 10 * MINUTE_US, host="fs01"),
        50: Judged("decision-3", "nurse", IncidentId("2026-0001"), Verdict.FALSE),
    }
    lines = [PASSED]
    if minute in decisions:  # said again every ten seconds of that minute, as after a crash
        lines.append(note_of(decisions[minute]))
    return [Parcel(Sequence(1), len(lines), at_us, SOURCE, NOTE, b"".join(lines))]


def read_hour(folder: Path) -> list[Parcel]:
    """What `make_hour` has written."""
    hour: list[Parcel] = pickle.loads((folder / "hour").read_bytes())
    return hour


def watch_over(folder: Path) -> Watcher:
    """A watch over the hospital whose inventory is in ``folder``, with all rules and behaviours; nothing learnt yet."""
    hospital = usable_hospital(folder / HOSPITAL_FILE)
    loaded = load_rules(["hospital", str(folder / "rules")], hospital.placeholders, RuleCache(folder / "cache"))
    return watcher_of(hospital, Rules(loaded.rulebook, loaded.routing, Level.LOW, 30.0), {}, {})
