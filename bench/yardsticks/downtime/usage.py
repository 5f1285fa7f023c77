"""How much of each block of reserved numbers four weeks took, and whether any number stands for two acts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from codedark.continuity.entries.entry import Admission, Entry, Specimen


class Usage(NamedTuple):
    """The most that any station took of a kind of number, by kind; the most rows of printed forms of any ward; and
    reserved numbers that two acts have.
    """

    most: dict[str, int]
    paper_rows: int
    doubled: list[str]


def usage(entries: Iterable[Entry], rows: Sequence[int]) -> Usage:
    """Of all that was charted; ``rows`` are printed rows of each ward."""
    taken: Counter[tuple[str, str]] = Counter()
    acts: defaultdict[str, set[str]] = defaultdict(set)
    for each in entries:
        what = each.content
        numbers: list[tuple[str, str]] = [("entry", each.id)] if each.id[3] in "123456789" else []
        if isinstance(what, Admission):
            numbers += [("mrn", what.number), ("encounter", what.encounter)]
        if isinstance(what, Specimen):
            numbers.append(("accession", what.accession))
        for kind, number in numbers:
            taken[kind, number[:4]] += 1
            if kind != "entry":
                acts[number].add(each.replaces or each.id)
    most = {kind: max(count for (of, _), count in taken.items() if of == kind) for kind in {kind for kind, _ in taken}}
    return Usage(most, max(rows, default=0), sorted(number for number, of in acts.items() if len(of) > 1))
