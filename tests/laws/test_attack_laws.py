"""Whatever the hospital, the seed and the length of the run: attacks are told in order and completely."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from ipaddress import ip_address
from itertools import chain, pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.app.attack import attack as matrix
from codedark.errors import UnusableInput
from codedark.simulate.acts import (
    AccountChanged,
    Act,
    FileWritten,
    ImagesMoved,
    LoggedOff,
    LoggedOn,
    MessageSent,
    PageFetched,
    ProcessStarted,
    RecordAccessed,
    RegistrySet,
    ScriptRun,
    ShareTouched,
)
from codedark.simulate.attacks import Script, attack, script_of
from codedark.simulate.attacks.schedule import fit
from codedark.simulate.attacks.script import Anchor, Span, StepLine, When
from codedark.simulate.building import build
from codedark.simulate.chance import stream
from codedark.simulate.clinic import Clinic
from codedark.simulate.habit import DAY_US, HOUR_US, MINUTE_US, SECOND_US, SLICE_US, Habit, Numbers
from codedark.simulate.life import live
from codedark.simulate.messages import Messages
from codedark.simulate.roster import Roster
from codedark.simulate.site import Family, Site
from codedark.simulate.truth import Truth
from codedark.simulate.witnesses import witnesses

FIRST_US = int(datetime(2026, 1, 11, 23, tzinfo=UTC).timestamp()) * SECOND_US
TEXTS = {
    path.name.removesuffix(".yaml"): path.read_text("utf-8")
    for path in sorted((files("codedark") / "content" / "attacks").iterdir(), key=lambda path: path.name)
}
SCRIPTS = {name: script_of(text.encode(), name, matrix().techniques) for name, text in TEXTS.items()}
NAMES = st.sampled_from(sorted(SCRIPTS))
BEDS = st.sampled_from((10, 25))
SEEDS = st.integers(0, 2**63)
MOST_SLICES = 3 * 96
SLICES = st.integers(16, MOST_SLICES)
BUILT_IN = frozenset({"SYSTEM", ""})
HOSTS = ("host", "server", "source", "target")
ACCOUNTS = ("account", "actor")
Story = tuple[list[list[Act]], Truth]


@lru_cache(maxsize=8)
def stage(beds: int, seed: int) -> tuple[Site, Roster, Clinic]:
    """A hospital; attacks read it and change nothing in it."""
    site = build(beds, seed)
    roster = Roster(site)
    return site, roster, Clinic(site, roster, FIRST_US, FIRST_US + MOST_SLICES * SLICE_US)


def begun(name: str, beds: int, seed: int, slices: int, late: int = 0) -> tuple[Habit, Truth]:
    """An attack that begins ``late`` eighths into the run."""
    site, roster, clinic = stage(beds, seed % 3)
    room_us = slices * SLICE_US
    start_us = FIRST_US + late * room_us // 8
    return attack(SCRIPTS[name], site, roster, clinic, Numbers(), start_us, FIRST_US + room_us, seed)


def lived(name: str, beds: int, seed: int, slices: int, late: int = 0) -> Story:
    """An attack alone: its acts slice by slice, and its truth."""
    intruder, truth = begun(name, beds, seed, slices, late)
    return list(live([intruder], FIRST_US, FIRST_US + slices * SLICE_US)), truth


@given(NAMES, BEDS, SEEDS, SLICES, st.integers(0, 5))
@settings(max_examples=20, deadline=None)
def test_steps_come_in_order_inside_the_run_and_each_leaves_something(
    name: str, beds: int, seed: int, slices: int, late: int
) -> None:
    acts, truth = lived(name, beds, seed, slices, late)
    start_us, end_us = FIRST_US + late * slices * SLICE_US // 8, FIRST_US + slices * SLICE_US
    begins = {step.id: step.at_us for step in truth.steps}
    assert list(begins.values()) == sorted(begins.values())
    assert len(begins) == len(SCRIPTS[name].steps)
    assert start_us <= truth.begin_us == min(begins.values())
    assert max(begins.values()) < end_us
    left = Counter(act.step for part in acts for act in part)
    gone = {each.step for each in truth.deleted}
    assert left.keys() <= begins.keys()
    assert [step for step in begins if not left[step] and step not in gone] == []
    assert all(act.at_us >= begins[act.step] for part in acts for act in part)


@given(NAMES, BEDS, SEEDS, SLICES)
@settings(max_examples=12, deadline=None)
def test_everybody_and_everything_in_it_exists(name: str, beds: int, seed: int, slices: int) -> None:
    acts, truth = lived(name, beds, seed, slices)
    site, _, clinic = stage(beds, seed % 3)
    accounts = site.hospital.accounts.keys() | BUILT_IN
    for act in chain.from_iterable(acts):
        for field, value in zip(act._fields, act, strict=True):
            if field in ACCOUNTS or (field == "target" and isinstance(act, AccountChanged)):
                assert value in accounts
            elif field in HOSTS and value and not isinstance(act, PageFetched):
                assert value in site.hosts or ip_address(str(value))
    assert {held.host for held in truth.held} - {""} <= site.hosts.keys()
    assert {held.account for held in truth.held} - {""} <= accounts
    assert {touched.patient for touched in truth.touched} <= clinic.patients.keys()
    assert {step.technique for step in truth.steps} <= matrix().techniques.keys()
    assert all(held.until_us is None or held.from_us < held.until_us for held in truth.held)
    assert all(gone.host in site.hosts and gone.from_us < gone.until_us for gone in truth.deleted)


@given(NAMES, BEDS, SEEDS, SLICES)
@settings(max_examples=12, deadline=None)
def test_nothing_is_done_on_a_machine_before_it_is_held(name: str, beds: int, seed: int, slices: int) -> None:
    acts, truth = lived(name, beds, seed, slices)
    held = {each.host: each.from_us for each in truth.held if each.host}
    for act in chain.from_iterable(acts):
        if isinstance(act, ProcessStarted | ScriptRun | RegistrySet | FileWritten) and act.host in held:
            assert act.at_us >= held[act.host]


@given(NAMES, BEDS, SEEDS, SLICES)
@settings(max_examples=12, deadline=None)
def test_who_acts_has_logged_on_and_logs_off_once(name: str, beds: int, seed: int, slices: int) -> None:
    acts, _ = lived(name, beds, seed, slices)
    site = stage(beds, seed % 3)[0]
    open_: set[tuple[str, int]] = set()
    for act in chain.from_iterable(acts):
        match act:
            case LoggedOn(outcome="success"):
                open_.add((act.host, act.logon_id))
            case LoggedOff():
                open_.remove((act.host, act.logon_id))
            case ProcessStarted() if site.hosts[act.host].family is Family.WINDOWS and act.account != "SYSTEM":
                assert (act.host, act.logon_id) in open_
            case _:
                pass


@given(NAMES, BEDS, SEEDS, st.integers(16, 96))
@settings(max_examples=10, deadline=None)
def test_no_act_is_told_before_its_slice(name: str, beds: int, seed: int, slices: int) -> None:
    intruder, _ = begun(name, beds, seed, slices)
    for start_us in range(FIRST_US, FIRST_US + slices * SLICE_US, SLICE_US):
        assert all(act.at_us >= start_us for act in intruder.live(start_us, start_us + SLICE_US))


@given(NAMES, BEDS, SEEDS)
@settings(max_examples=5, deadline=None)
def test_the_same_seed_tells_the_same_story(name: str, beds: int, seed: int) -> None:
    assert lived(name, beds, seed, 48) == lived(name, beds, seed, 48)


@given(NAMES)
@settings(max_examples=9, deadline=None)
def test_seeds_choose_other_people_machines_and_times(name: str) -> None:
    stories = {begun(name, 25, seed, 96)[1].steps for seed in range(0, 24, 3)}
    assert len(stories) == 8
    assert len({frozenset((step.host, step.account) for step in steps) for steps in stories}) > 1


@given(NAMES, SEEDS, st.integers(48, 200))
@settings(max_examples=10, deadline=None)
def test_touched_records_are_visible_where_records_are_used(name: str, seed: int, slices: int) -> None:
    acts, truth = lived(name, 25, seed, slices)
    told = set()
    for act in chain.from_iterable(acts):
        if isinstance(act, RecordAccessed | ImagesMoved | MessageSent):
            told.add((act.step, act.patient))
        elif isinstance(act, ShareTouched):
            told.add((act.step, act.path.removesuffix(".docx").rpartition(" ")[2]))
    assert [each for each in truth.touched if (each.step, each.patient) not in told] == []


@given(NAMES, BEDS, SEEDS, SLICES)
@settings(max_examples=12, deadline=None)
def test_every_step_is_seen_in_some_log_or_listed_as_deleted(name: str, beds: int, seed: int, slices: int) -> None:
    acts, truth = lived(name, beds, seed, slices)
    looking = [*witnesses(stage(beds, seed % 3)[0], truth.deleted, lambda patient: patient), Messages()]
    seen = {each.step for each in truth.deleted}
    for act in chain.from_iterable(acts):
        if act.step not in seen and any(list(log.lines(act)) for log in looking if type(act) in log.watches):
            seen.add(act.step)
    assert {step.id for step in truth.steps} - seen == set()


LINES = [line for text in TEXTS.values() for line in text.splitlines()]


@given(
    NAMES,
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["drop", "double", "swap", "cut"])), max_size=4),
    st.data(),
)
@settings(max_examples=60, deadline=None)
def test_a_damaged_script_is_read_or_refused_with_a_line(
    name: str, damage: list[tuple[int, str]], data: st.DataObject
) -> None:
    lines = TEXTS[name].splitlines()
    for at, how in damage:
        place = at % len(lines)
        match how:
            case "drop":
                lines[place] = ""
            case "double":
                lines[place] += "\n" + lines[place]
            case "swap":
                lines[place] = data.draw(st.sampled_from(LINES))
            case _:
                lines[place] = lines[place][: len(lines[place]) // 2]
    assert all(re.match(r"x\.yaml:\d+: |and \d+ more", line) for line in refused("\n".join(lines).encode()))


def refused(data: bytes) -> list[str]:
    """What is said against a script."""
    try:
        script_of(data, "x.yaml", matrix().techniques)
    except UnusableInput as error:
        return str(error).splitlines()
    return []


SPANS = st.tuples(st.integers(0, 30 * DAY_US), st.integers(0, 30 * DAY_US)).map(lambda two: Span(min(two), max(two)))


def told(rows: list[tuple[Span, Span, When]], anchor: Anchor | None = None) -> Script:
    steps = tuple(
        StepLine(f"step-{at}", "T1078", "", "", "", after, over, when) for at, (after, over, when) in enumerate(rows)
    )
    return Script("story", "A story", (), (), steps, anchor)


ROWS = st.lists(st.tuples(SPANS, SPANS, st.sampled_from(list(When))), min_size=1, max_size=12)


@given(ROWS, st.integers(1, 30 * DAY_US), st.integers(5 * MINUTE_US, 90 * DAY_US), SEEDS)
@settings(max_examples=50, deadline=None)
def test_any_script_fits_any_run(rows: list[tuple[Span, Span, When]], offset: int, room: int, seed: int) -> None:
    start_us = FIRST_US + offset
    timing = fit(told(rows), ZoneInfo("Europe/Brussels"), start_us, start_us + room, stream(seed, "times"))
    assert start_us <= timing.begins[0]
    assert all(one <= other for one, other in pairwise(timing.begins))
    assert all(begin < end for begin, end in zip(timing.begins, timing.ends, strict=True))
    assert timing.ends[-1] <= start_us + room


@given(ROWS, st.integers(2, 20), st.integers(0, 24 * 60 - 1), SEEDS, st.data())
@settings(max_examples=100, deadline=None)
def test_an_anchored_step_begins_when_the_clock_shows_its_time(
    rows: list[tuple[Span, Span, When]], days: int, minute: int, seed: int, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    zone = ZoneInfo("Europe/Brussels")
    script = told(rows, Anchor(f"step-{at}", minute))
    timing = fit(script, zone, FIRST_US, FIRST_US + days * DAY_US, stream(seed, "times"))
    local = datetime.fromtimestamp(timing.begins[at] / SECOND_US, zone)
    assert local.hour * 60 + local.minute == minute
    assert timing.begins[0] >= FIRST_US
    assert timing.ends[-1] <= FIRST_US + days * DAY_US


def test_hours_are_kept_where_the_run_leaves_room() -> None:
    hour = Span(HOUR_US, HOUR_US)
    script = told([(hour, hour, When.WORKING_HOURS), (hour, hour, When.NIGHT), (hour, hour, When.WEEKEND)])
    zone = ZoneInfo("Europe/Brussels")
    timing = fit(script, zone, FIRST_US, FIRST_US + 10 * DAY_US, stream(1, "times"))
    work, night, weekend = (datetime.fromtimestamp(at / SECOND_US, zone) for at in timing.begins)
    assert 8 <= work.hour < 17
    assert work.weekday() < 5
    assert night.hour >= 22 or night.hour < 5
    assert weekend.weekday() >= 5
    assert timing.note == ""
