"""Every line of a table is accounted for: quotes that are astray cost their own rows, never others."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.hospital.importers.cmdb import read
from codedark.hospital.importers.delimited import rows
from codedark.hospital.importers.gathering import Asked, Broken

cells = st.text("abc 1", max_size=4)
HEADER = "Name,IP,Owner"
LINES = [f"WS-{at},10.0.{at // 250}.{at % 250 + 1},IT" for at in range(300)]


def accounted(lines: Sequence[str]) -> tuple[int, int]:
    """Rows told and rows rejected."""
    facts = read("\n".join([HEADER, *lines]).encode(), "f.csv", Asked())
    told = facts.records + facts.passed_over.total()
    assert told + len(facts.rejected) + sum(not line.strip() for line in lines) == len(lines)
    return told, len(facts.rejected)


@given(st.data())
def test_told_and_rejected_and_blank_are_all_lines(data: st.DataObject) -> None:
    lines = LINES[: data.draw(st.integers(0, 30))]
    for _ in range(data.draw(st.integers(0, 6)) if lines else 0):
        at = data.draw(st.integers(0, len(lines) - 1))
        where = data.draw(st.integers(0, len(lines[at])))
        lines[at] = lines[at][:where] + '"' + lines[at][where:]
    for _ in range(data.draw(st.integers(0, 2))):
        lines.insert(data.draw(st.integers(0, len(lines))), "")
    _, rejected = accounted(lines)
    assert rejected <= sum('"' in line for line in lines)


@pytest.mark.parametrize(
    ("opens", "closes"), [('"WS,10.9.0.1,IT', 'WS",10.9.0.2,IT'), ('W,"10.9.0.1,IT', 'W,10.9.0.2",IT')]
)
def test_two_stray_quotes_swallow_nothing_between_them(opens: str, closes: str) -> None:
    lines = [*LINES[:49], opens, *LINES[50:149], closes, *LINES[150:]]
    told, rejected = accounted(lines)
    assert told >= 298
    assert rejected >= 1


@given(st.lists(st.lists(cells | st.text('a,"\n', max_size=5), min_size=4, max_size=4), max_size=6))
def test_rows_spread_over_lines_are_read_as_they_were_written_or_named(table: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["a", "b", "c", "d"], *table])
    written = [[cell.strip() for cell in row] for row in table]
    for each in rows(out.getvalue()):
        if not isinstance(each, Broken) and not any("," in cell and "\n" in cell for row in table for cell in row):
            assert list(each[2].values()) in written


def test_a_note_over_several_lines_stays_one_row() -> None:
    text = 'Name,IP,Note\nA,10.0.0.1,"first\n\nsecond, with a comma\n3"\nB,10.0.0.2,19" rack\n'
    found = list(rows(text))
    assert [(each[0], each[2]["Note"]) for each in found if not isinstance(each, Broken)] == [
        (2, "first\n\nsecond, with a comma\n3"),
        (6, '19" rack'),
    ]
    assert len(found) == 2
