"""Parcels read as one text: each record is found again, in its own parcel and under its own number."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

import pytest

from codedark.app.joined_parcels import JoinedParcels, joined
from codedark.events.parcel import NOTE, Parcel, Sequence
from codedark.events.record import Origin, Rejected

ZEEK = b"#separator \\x09\n#fields\tts\tuid\n#types\ttime\tstring\n"


class Everything:
    """Asks for no field: records are fetched whole."""

    def fields(self, _origin: Origin) -> tuple[str, ...]:
        return ()


def lines(*names: str) -> bytes:
    return b"".join(json.dumps({"name": name}).encode() + b"\n" for name in names)


def parcel(first: int, data: bytes, source: str = "tcp://a", format_: str = "jsonl", header: bytes = b"") -> Parcel:
    return Parcel(Sequence(first), data.count(b"\n"), 1000 + first, source, format_, data, header)


def places(part: JoinedParcels) -> Iterator[tuple[str, int, str]]:
    """Of each record that can be read: where it came from, its number, its name."""
    for batch in part.batches(Everything()):
        for row in sorted(row for group in batch.groups for row in group.rows):
            found, number = part.place(batch.number(row))
            yield found.source, number, str(batch.record(row)["name"])


def test_each_record_is_found_in_its_parcel_under_its_number() -> None:
    (part,) = joined([parcel(10, lines("a", "b")), parcel(12, lines("c"), "tcp://b"), parcel(40, lines("d", "e"))])
    assert list(places(part)) == [
        ("tcp://a", 10, "a"), ("tcp://a", 11, "b"), ("tcp://b", 12, "c"), ("tcp://a", 40, "d"), ("tcp://a", 41, "e"),
    ]  # fmt: skip


def test_notes_are_left_out_and_formats_and_headers_are_kept_apart() -> None:
    some = [
        parcel(1, lines("a")),
        parcel(2, b"{}\n", format_=NOTE),
        parcel(3, b"x\n", format_="syslog"),
        parcel(4, b"1\ta\n", format_="zeek", header=ZEEK),
        parcel(5, b"1\tb\n", format_="zeek", header=ZEEK + b"#open\n"),
        parcel(6, lines("f")),
    ]
    assert [[each.first for each in part.parcels] for part in joined(some)] == [[1, 6], [3], [4], [5]]


@pytest.mark.parametrize("header", [b"", b"name\n"], ids=["no header", "header"])
def test_what_is_rejected_is_told_with_its_source_and_number(header: bytes) -> None:
    format_ = "csv" if header else "jsonl"
    datas = [b"a\nbb\n", b"ccc\n", b"d\neeee\nf\n"]
    firsts = [10, 12, 50]
    parcels = [parcel(first, data, f"s{first}", format_, header) for first, data in zip(firsts, datas, strict=True)]
    (part,) = joined(parcels)
    offset = len(header)
    for each, data in zip(parcels, datas, strict=True):
        for row, line in enumerate(data.splitlines(keepends=True)):
            for within in (0, len(line) - 1):
                found = part.rejected(Rejected("journal", offset + within, "why"))  # type: ignore[arg-type]
                assert (found.source, found.offset, found.reason) == (each.source, each.first + row, "why")
            offset += len(line)


def test_an_offset_outside_is_told_of_the_nearest_record() -> None:
    (part,) = joined([parcel(10, lines("a", "b")), parcel(12, lines("c"))])
    assert part.rejected(Rejected("journal", 10_000, "why")).offset == 12  # type: ignore[arg-type]
    assert part.rejected(Rejected("journal", -1, "why")).offset == 10  # type: ignore[arg-type]


def test_records_and_what_is_rejected_together_are_all_however_parcels_are_cut() -> None:
    chance = random.Random(1)
    for _ in range(50):
        number, some, good, bad = 1, list[Parcel](), dict[int, str](), set[int]()
        for _ in range(chance.randrange(1, 6)):
            data: list[bytes] = []
            for _ in range(chance.randrange(1, 6)):
                if chance.random() < 0.3:
                    bad.add(number + len(data))
                    data.append(b"{broken\n")
                else:
                    good[number + len(data)] = name = f"n{chance.random()}"
                    data.append(lines(name))
            some.append(parcel(number, b"".join(data)))
            number += len(data)
        (part,) = joined(some)
        rejected = {part.rejected(each).offset for batch in part.batches(Everything()) for each in batch.rejected}
        assert {at: name for _, at, name in places(part)} == good
        assert rejected == bad
