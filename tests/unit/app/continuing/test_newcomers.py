"""Who comes between two prints has sheets with a number of his own."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from codedark.app.continuing.printing.lettering import Lettering
from codedark.app.continuing.printing.prints import NEWCOMERS, census_print, forms_print, most_rows
from codedark.continuity.packs.numbers import Kind, belongs, block, is_valid, issued, part, twin
from tests.printed import joined, sheets_of
from tests.ward_packs import a_pack

PAPER = part(block(Kind.ENTRY, 3), 0)


def test_a_twin_has_the_same_ward_and_digits_and_is_a_number_that_is_issued() -> None:
    rows = list(islice(issued(PAPER), 2000))
    twins = [twin(row, Kind.MRN) for row in rows]
    assert len({each for each in twins if each}) == sum(map(bool, twins)) > 1500
    for row, number in zip(rows, twins, strict=True):
        assert not number or (number[1:9], is_valid(number)) == (row[1:9], True)
        assert not number or belongs(number, part(block(Kind.MRN, 3), 0))


def test_newcomers_have_a_chart_forms_and_labels_with_one_number_each_and_rows_that_nobody_else_has(
    tmp_path: Path,
) -> None:
    pack = a_pack()
    rows = list(islice(issued(PAPER), most_rows(pack)))
    sheets = [joined(each) for each in sheets_of(forms_print(pack, "en", iter(rows), Lettering()), tmp_path)]
    numbers = [re.findall(r"P[A-Z]{2}\d{6}[0-9A-Z]", each) for each in sheets]
    sets = list(dict.fromkeys(number for found in numbers for number in found))
    assert len(sets) == NEWCOMERS
    for number in sets:
        own = [each for each, found in zip(sheets, numbers, strict=True) if number in found]
        assert len(own) == 8, "chart, six forms, labels"
        assert "Medicationchartofanewcomer" in own[0]
        assert own[-1].count(number) >= 12
    printed = re.findall(r"E[A-Z]{2}\d{6}[0-9A-Z]", "".join(sheets))
    assert len(printed) == len(set(printed))


def test_the_census_says_where_the_sheets_of_a_newcomer_are(tmp_path: Path) -> None:
    text = joined("".join(sheets_of(census_print(a_pack(), "en", Lettering()), tmp_path)))
    assert joined("Not on this list: take a numbered set from the end of the forms") in text
