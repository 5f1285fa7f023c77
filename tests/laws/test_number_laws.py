"""A reserved number that was miscopied is found, and no two wards, kinds or stations share one."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from codedark.continuity.packs.numbers import (
    CAPACITY,
    MOST_WARDS,
    PARTS,
    STATIONS,
    Kind,
    belongs,
    block,
    blocks,
    check_character,
    forms_part,
    further_part,
    is_valid,
    issued,
    part,
)

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WARDS = st.integers(0, MOST_WARDS - 1)
KINDS = st.sampled_from(Kind)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """An issued number of any ward and kind."""
    within = block(draw(KINDS), draw(WARDS))
    of_part = part(within, draw(st.integers(0, PARTS - 1)))
    before = of_part.first[:4] + f"{draw(st.integers(0, CAPACITY // PARTS - 100)):05}"
    number = next(issued(of_part, before + "0"), "")
    assume(number)  # the last ten thousand of a part may all be left out
    return number


def test_check_character_is_that_of_the_standard() -> None:
    # The example of ISO/IEC 7064 for MOD 37,36, as the Global Release Identifier (GRid) prints it.
    assert check_character("A12425GABC1234002") == "M"


@given(numbers(), st.integers(0, 9), st.sampled_from(ALPHABET))
def test_every_wrong_character_is_found(number: str, place: int, wrong: str) -> None:
    miscopied = number[:place] + wrong + number[place + 1 :]
    assert is_valid(number)
    assert is_valid(miscopied) == (miscopied == number)


@given(numbers(), st.integers(0, 8))
def test_all_neighbours_that_changed_places_are_found(number: str, place: int) -> None:
    miscopied = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert is_valid(miscopied) == (miscopied == number)


@given(WARDS, WARDS, KINDS, KINDS)
def test_blocks_of_two_wards_or_kinds_never_overlap(one: int, other: int, kind: Kind, other_kind: Kind) -> None:
    mine, theirs = block(kind, one), block(other_kind, other)
    shares = belongs(mine.first, theirs) or belongs(mine.last, theirs) or mine.first[:3] == theirs.first[:3]
    assert shares == ((one, kind) == (other, other_kind))


@given(WARDS, KINDS)
def test_parts_of_a_block_follow_each_other_and_share_nothing(ward: int, kind: Kind) -> None:
    whole = block(kind, ward)
    parts = [part(whole, number) for number in range(PARTS)]
    assert (parts[0].first, parts[-1].last) == (whole.first, whole.last)
    assert all(before.last < after.first for before, after in pairwise(parts))
    assert all(belongs(each.last, whole) for each in parts)


def test_four_weeks_of_a_ward_of_sixty_beds_at_a_hundred_entries_a_bed_and_day_suffice() -> None:
    within = block(Kind.ENTRY, 5)
    written = list(islice(issued(within), 60 * 28 * 100))
    assert len(set(written)) == 60 * 28 * 100
    assert belongs(written[-1], within)


@given(numbers())
def test_numbers_go_on_after_the_last_that_was_used(number: str) -> None:
    within = block(next(kind for kind in Kind if block(kind, 0).first[0] == number[0]), 0)
    mine = within.first[:3] + number[3:9] + "0"
    following = list(islice(issued(within, mine), 3))
    assert all(each[3:9] > mine[3:9] for each in following)
    assert following == sorted(following)


def test_windows_of_a_block_share_nothing_and_are_all_of_it() -> None:
    paper = part(block(Kind.ENTRY, 2), 0)
    windows = [set(issued(paper, window=number, windows=20)) for number in range(20)]
    assert sum(map(len, windows)) == len(set().union(*windows)) == len(list(issued(paper)))
    assert min(map(len, windows)) > 4500


def test_every_ward_has_all_parts() -> None:
    for ward in range(MOST_WARDS):
        assert belongs(part(block(Kind.ENTRY, ward), PARTS - 1).first, block(Kind.ENTRY, ward))


def test_no_two_uses_of_a_ward_have_one_part() -> None:
    used = [0, *STATIONS, *map(forms_part, STATIONS), *map(further_part, STATIONS)]
    assert sorted(used) == list(range(PARTS))


def test_an_intensive_care_ward_at_twice_its_beds_and_one_station_has_numbers_for_four_weeks() -> None:
    beds, entries_a_day, surge = 10, 190, 2
    whole = block(Kind.ENTRY, 7)
    there = sum(len(list(issued(part(whole, each)))) for each in (1, further_part(1)))
    assert there > 1.5 * beds * entries_a_day * surge * 28


def test_a_block_ends() -> None:
    within = block(Kind.MRN, 3)
    assert list(issued(within, within.last)) == []


@pytest.mark.parametrize("number", ["", "0", "E", "é2", "ebc0004217", "EBC 00421K", "EBC00042"])
def test_what_is_no_number_is_not_valid(number: str) -> None:
    assert not is_valid(number)


def test_there_are_no_numbers_for_wards_and_stations_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="ward number"):
        block(Kind.MRN, MOST_WARDS)
    with pytest.raises(ValueError, match="part 28"):
        part(block(Kind.MRN, 0), PARTS)
    assert [each.kind for each in blocks(0)] == ["mrn", "encounter", "accession", "entry"]
