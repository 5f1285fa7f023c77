"""Whoever is asked for, and whenever: shifts do not overlap, no ward is ever alone, slices agree with the whole."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.simulate.building import build
from codedark.simulate.duty import LONGEST_RUN, NIGHT, SHIFT_ROLES, SMALLEST_WHEEL, wheel
from codedark.simulate.roster import Roster
from codedark.simulate.site import Role, Site

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
SIZES = st.integers(10, 60)
SEEDS = st.integers(0, 2**63)
FIRST, LAST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
TIMES = st.integers(int(FIRST.timestamp()), int(LAST.timestamp())).map(lambda seconds: seconds * 1_000_000)
CLOCKS_GO_BACK = int(datetime(2026, 10, 24, tzinfo=UTC).timestamp()) * 1_000_000
CLOCKS_GO_FORWARD = int(datetime(2026, 3, 28, tzinfo=UTC).timestamp()) * 1_000_000
STARTS = TIMES | st.sampled_from((CLOCKS_GO_BACK, CLOCKS_GO_FORWARD))


@lru_cache(maxsize=64)
def site_of(beds: int, seed: int) -> Site:
    return build(beds, seed)


@given(SIZES, SEEDS, STARTS)
@settings(max_examples=25, deadline=None)
def test_nobody_works_two_shifts_at_once_and_everybody_rests(beds: int, seed: int, start_us: int) -> None:
    shifts = Roster(site_of(beds, seed)).shifts(start_us, start_us + 10 * DAY_US)
    of_person = defaultdict(list)
    for shift in shifts:
        assert shift.start_us < shift.end_us <= shift.start_us + 26 * HOUR_US
        of_person[shift.person.account].append(shift)
    for own in of_person.values():
        for before, after in pairwise(own):
            assert after.start_us - before.end_us >= 7 * HOUR_US


@given(SIZES, SEEDS, STARTS)
@settings(max_examples=25, deadline=None)
def test_a_nurse_is_on_every_ward_with_beds_at_any_time(beds: int, seed: int, start_us: int) -> None:
    site = site_of(beds, seed)
    roster = Roster(site)
    wards = {ward.id for ward in site.hospital.wards.values() if ward.beds}
    for minutes in range(0, 48 * 60, 20):
        people = roster.on_duty(start_us + minutes * 60_000_000)
        assert wards <= {person.ward for person in people if person.role is Role.NURSE}


@given(SIZES, SEEDS, STARTS)
@settings(max_examples=25, deadline=None)
def test_slices_add_up_to_the_whole_and_may_be_asked_in_any_order(beds: int, seed: int, start_us: int) -> None:
    site = site_of(beds, seed)
    whole = list(Roster(site).shifts(start_us, start_us + 2 * DAY_US))
    roster = Roster(site)
    slices = [roster.shifts(start_us + at * HOUR_US, start_us + (at + 1) * HOUR_US) for at in reversed(range(48))]
    assert [shift for part in reversed(slices) for shift in part] == whole
    assert [shift.start_us for shift in whole] == sorted(shift.start_us for shift in whole)


@given(SIZES, SEEDS, TIMES)
@settings(max_examples=25, deadline=None)
def test_those_on_duty_are_those_whose_shift_lasts(beds: int, seed: int, at_us: int) -> None:
    roster = Roster(site_of(beds, seed))
    minute = at_us // 60_000_000 * 60_000_000
    shifts = roster.shifts(minute - 2 * DAY_US, minute + 1)
    expected = {shift.person.account for shift in shifts if shift.start_us <= minute < shift.end_us}
    assert {person.account for person in roster.on_duty(at_us)} == expected


@given(SIZES, SEEDS, TIMES)
@settings(max_examples=25, deadline=None)
def test_a_person_sits_at_one_of_the_own_computers(beds: int, seed: int, at_us: int) -> None:
    site = site_of(beds, seed)
    roster, again = Roster(site), Roster(site)
    for person in (*site.people[:: len(site.people) // 20], *site.vendors[:2]):
        assert roster.place(person, at_us).id in person.workstations
        assert roster.place(person, at_us) is again.place(person, at_us)


@given(st.integers(SMALLEST_WHEEL, 90), st.sampled_from(sorted(SHIFT_ROLES)))
def test_a_wheel_mans_every_shift_and_lets_people_rest(members: int, role: Role) -> None:
    slots = wheel(members, SHIFT_ROLES[role])
    assert len(slots) == members
    hours = [slot[0] for slot in slots if slot]
    assert len(set(hours)) == 3
    run = 0
    for now, after in zip(slots, (*slots[1:], slots[0]), strict=True):
        run = run + 1 if now else 0
        assert run <= LONGEST_RUN
        if now and after:
            assert now[0].start <= after[0].start
        if now and now[0] is NIGHT:
            assert after is None or after[0] is NIGHT


def test_weekends_are_thinner_and_nights_thinnest() -> None:
    site = site_of(60, 4)
    roster = Roster(site)
    monday = datetime(2026, 3, 2, tzinfo=UTC)

    def present(days: int, hour: int) -> int:
        return len(roster.on_duty(int((monday + timedelta(days=days, hours=hour)).timestamp()) * 1_000_000))

    assert present(1, 10) > 2 * present(5, 10) > 2 * present(5, 2)
