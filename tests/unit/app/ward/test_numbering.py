"""Rows of entries that are written together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from codedark.app.ward.charting import begin
from codedark.app.ward.numbering import next_row, rows_from
from codedark.continuity.packs.numbers import Kind, block, further_part, issued, part
from codedark.errors import UsageError
from codedark.store.station.station import Station
from tests.ward_entries import note, rows


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with begin(tmp_path / "a", "icu-1", 0, 1) as opened:
        yield opened


def test_the_rows_of_a_form_stay_the_same_when_they_were_used(station: Station) -> None:
    assert rows_from(station, next_row(station), 4) == tuple(rows(4))
    station.write(note(rows(2)[0], "a"), note(rows(2)[1], "b"))
    assert rows_from(station, rows(1)[0], 4) == tuple(rows(4))
    assert next_row(station) == rows(3)[2]


@pytest.mark.parametrize("first", ["", "rubbish", rows(1, station=0)[0], rows(1, station=2)[0]])
def test_what_is_no_row_of_this_station_begins_at_its_next(station: Station, first: str) -> None:
    assert rows_from(station, first, 2) == tuple(rows(2))


def test_at_the_end_of_its_part_it_goes_on_in_the_further_one_and_at_the_end_of_both_says_so(station: Station) -> None:
    whole = block(Kind.ENTRY, 0)
    own, further = part(whole, 1), part(whole, further_part(1))
    begun = issued(further)
    assert rows_from(station, own.last, 3) == (own.last, next(begun), next(begun))
    with pytest.raises(UsageError, match="run out"):
        rows_from(station, further.last, 2)
