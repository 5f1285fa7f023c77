"""No row number is printed on two forms, whatever a ward prints in four weeks, and the numbers last as long."""

from __future__ import annotations

from pathlib import Path

import pytest

from codedark.continuity.packs.numbers import Kind, belongs, block, part
from codedark.hospital.ward import WardId
from codedark.store.packs.paper_rows import LAST_US, PaperRows

WARD, PAPER = WardId("A1"), part(block(Kind.ENTRY, 0), 0)
ROUND_US = 600_000_000
DAY_US = LAST_US // 28
ROWS_OF_A_PATIENT = 54


@pytest.mark.parametrize("beds", [6, 25, 60])
def test_no_number_is_issued_twice_in_28_days_of_rounds_every_ten_minutes(tmp_path: Path, beds: int) -> None:
    PaperRows(tmp_path).begin()
    count, seen, prints = ROWS_OF_A_PATIENT * (beds + 1), set[str](), 0
    for now_us in range(LAST_US, 2 * LAST_US, ROUND_US):
        rows = PaperRows(tmp_path)  # a builder that was started anew
        if rows.is_due(WARD, now_us):
            taken = list(rows.take(WARD, PAPER, count, now_us))
            assert len(taken) == count or now_us > 2 * LAST_US - 2 * DAY_US  # the last may be short
            assert taken
            assert seen.isdisjoint(taken)
            assert all(belongs(number, PAPER) for number in taken)
            seen.update(taken)
            prints += 1
    assert prints >= 26


def test_numbers_end_rather_than_repeat_and_begin_above_what_was_said(tmp_path: Path) -> None:
    rows = PaperRows(tmp_path)
    rows.begin(99_000)
    last = list(rows.take(WARD, PAPER, 5000, LAST_US))
    assert 0 < len(last) < 1000
    assert min(int(number[3:-1]) for number in last) > 99_000
    assert list(rows.take(WARD, PAPER, 10, LAST_US)) == []
    rows.begin(0)
    assert list(rows.take(WARD, PAPER, 10, LAST_US)) == []
