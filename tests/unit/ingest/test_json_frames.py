"""`codedark.ingest.json_frames`: the same records as a JSON parser would find, and no crash without one."""

from __future__ import annotations

import json
import time
from io import BytesIO
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codedark.ingest import json_frames
from codedark.ingest.json_frames import Bad, Frame, frames, is_one_per_line

SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=12)
# Names that an envelope or a hit would have are left out: what those mean has its own tests.
KEYS = st.text('ab"\\{}[]:,\n é', max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.lists(st.dictionaries(KEYS, VALUES, max_size=4), max_size=6)
INDENTS = st.sampled_from([None, 0, 2])


def read(data: bytes) -> list[Any]:
    """The records that come out, as a reader would take them: what is no JSON is the string ``bad``."""
    out: list[Any] = []
    for item in frames(BytesIO(data)):
        if isinstance(item, Frame):
            assert data[item.offset : item.offset + len(item.raw)] == item.raw
            try:
                out.append(orjson.loads(item.raw))
            except orjson.JSONDecodeError:
                out.append("bad")
        else:
            assert 0 <= item.offset <= len(data)
            assert item.reason
            out.append("bad")
    return out


@settings(deadline=None)
@given(RECORDS, INDENTS, st.booleans())
def test_array(records: list[Any], indent: int | None, ascii_only: bool) -> None:
    data = json.dumps(records, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert read(data) == records


@settings(deadline=None)
@given(RECORDS, INDENTS, st.sampled_from(["", "\n", " \r\n", ",", "\x1e", "\n,\n"]))
def test_objects_one_after_the_other(records: list[Any], indent: int | None, between: str) -> None:
    data = between.join(json.dumps(record, indent=indent) for record in records).encode()
    assert read(data) == records


ENVELOPES = {
    "cloudtrail": {"Records": ...},
    "graph": {"@odata.context": "https://graph", "value": ..., "@odata.nextLink": None},
    "events": {"nextToken": "[{", "count": 3, "events": ..., "more": {"deep": [{"a": []}]}, "last": 1.5e3},
    "elastic": {
        "took": 3,
        "_shards": {"total": 1, "failed": 0},
        "hits": {"total": {"value": 2, "relation": "eq"}, "max_score": None, "hits": ..., "x": [1]},
        "timed_out": False,
    },
}


def filled(shape: Any, records: list[Any]) -> Any:
    if shape is ...:
        return records
    return {key: filled(value, records) for key, value in shape.items()} if isinstance(shape, dict) else shape


@pytest.mark.parametrize("name", ENVELOPES)
@pytest.mark.parametrize("indent", [None, 1])
def test_envelopes(name: str, indent: int | None) -> None:
    records = [{"id": 1, "value": [{"x": 1}]}, {"id": 2, "Records": [{"y": "}]"}]}]
    one = json.dumps(filled(ENVELOPES[name], records), indent=indent).encode()
    assert read(one) == records
    assert read(one + b"\n" + one) == records + records
    assert not is_one_per_line(one + b"\n" + one)


def test_elastic_hits_give_their_source() -> None:
    hits = [{"_index": "w", "_id": str(n), "_score": None, "_source": {"n": n}, "sort": [n]} for n in range(3)]
    sources = [{"n": n} for n in range(3)]
    assert read(json.dumps(filled(ENVELOPES["elastic"], hits)).encode()) == sources
    assert read(json.dumps(hits).encode()) == sources
    assert read(b"\n".join(orjson.dumps(hit) for hit in hits)) == sources


@pytest.mark.parametrize(
    "record",
    [
        {"kind": "activity", "id": {"time": 1}, "events": [{"name": "login"}]},
        {"value": [1, 2]},
        {"value": []},
        {"events": "none", "hits": 3},
        {"hits": {"hits": 4}},
        {"a": {"Records": [{"b": 1}]}},
    ],
)
def test_a_record_with_the_name_of_an_envelope_in_it_stays_a_record(record: Any) -> None:
    assert read(json.dumps([record]).encode()) == [record]
    assert read(json.dumps(record, indent=2).encode() * 2) == [record, record]


@given(RECORDS, INDENTS)
@settings(max_examples=50, deadline=None)
def test_the_size_of_reads_makes_no_difference(records: list[Any], indent: int | None) -> None:
    data = json.dumps(records, indent=indent).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_frames, "_READ_BYTES", 3)
        patch.setattr(json_frames, "_LOOKAHEAD", 8)
        assert read(data) == records


@settings(deadline=None)
@given(RECORDS.filter(bool), INDENTS, st.data())
def test_a_file_that_is_cut_off_says_so(records: list[Any], indent: int | None, data: st.DataObject) -> None:
    whole = json.dumps(records, indent=indent).encode()
    cut = data.draw(st.integers(1, len(whole) - 1))
    found = read(whole[:cut])
    good = [item for item in found if item != "bad"]
    assert "bad" in found
    assert good[: len(records)] == records[: len(good)] or len(found) > len(good)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text('{}[]",:\\ \n1a', max_size=200).map(str.encode))
@example(b'{"a":"\\')
@example(b'{"_id":1,"_source":{}')
@example(b'{"Records":[{')
@example(b"\xef\xbb\xbf")
def test_any_bytes_are_read_to_the_end_without_an_exception(data: bytes) -> None:
    if read(data) == []:
        assert not data.removeprefix(b"\xef\xbb\xbf").translate(None, b" \t\r\n,\x1e[]")
    is_one_per_line(data)


def test_one_damaged_record_does_not_take_the_others_with_it() -> None:
    records = [{"id": n, "text": "x" * n, "in": {"list": [n]}} for n in range(40)]
    whole = json.dumps(records, indent=2).encode()
    at = whole.index(b'"id": 20')
    closing_quote = whole.index(b'"x', at) + 21
    found = read(whole[:closing_quote] + whole[closing_quote + 1 :])
    assert [item["id"] for item in found if item != "bad"] == [n for n in range(40) if n != 20]
    assert found.count("bad") == 1
    unclosed = read(whole[:at] + b'"brackets": [{' + whole[at:])
    assert {item["id"] for item in unclosed if item != "bad"} >= set(range(40)) - {20}


def test_what_is_no_object_is_rejected_one_by_one() -> None:
    assert read(b'[{"a":1}, 5, "x", null, [1,[2]], {"a":2}]') == [
        {"a": 1},
        "bad",
        "bad",
        "bad",
        "bad",
        {"a": 2},
    ]
    assert read(b'{"a":1}}\n{"a":2}') == [{"a": 1}, "bad", {"a": 2}]
    assert read(b'{"a":1}\n\0\0\0\0\n{"a":2}') == [{"a": 1}, "bad", {"a": 2}]
    assert read(b'[{"a":"\xff\xfe"},{"a":"\0"},{"a":2}]') == ["bad", "bad", {"a": 2}]


@pytest.mark.parametrize("deep", [b"[" * 10_000, b'{"a":' * 10_000, b'[{"a":' + b"[" * 100_000])
def test_deep_nesting_is_rejected(deep: bytes) -> None:
    closed = {0x5B: b"]", 0x3A: b"}"}
    ends = b"".join(closed[byte] for byte in reversed(deep) if byte in closed)
    for data in (deep, deep + b"1" + ends, deep + b"1" + ends.replace(b"}]", b"},")):
        started = time.monotonic()
        assert "bad" in read(data)
        assert time.monotonic() - started < 5
    assert read(b'{"n":1}\n' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b'\n{"n":2}') == [
        {"n": 1},
        "bad",
        {"n": 2},
    ]


def test_a_value_that_is_too_large_is_rejected_and_the_next_one_read() -> None:
    large = b'{"id":1,"t":"' + b"x" * (40 << 20) + b'"}'
    found = list(frames(BytesIO(b'[{"id":0},' + large + b',{"id":2}]')))
    assert [item.raw if isinstance(item, Frame) else item.offset for item in found] == [
        b'{"id":0}',
        10,
        b'{"id":2}',
    ]
    alone = list(frames(BytesIO(large)))
    assert len(alone) == 1
    assert isinstance(alone[0], Bad)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'{"a":1}\n{"b":[{"c":"}"}]}\n', True),
        (b'{"a":1}\r\n{"b":2}\r\n', True),
        (b'{"a":1}', True),
        (b'{"a":1}\n{"a":2}\n{"a"!!!\n{"a":3}\n', True),
        (b'\xef\xbb\xbf{"a":1}\n', True),
        (b'{"a":"' + b"x" * 70_000, True),
        (b'[{"a":1},\n{"a":2}]\n', False),
        (b'{\n  "a": 1\n}\n{\n  "a": 2\n}\n', False),
        (b'{"a":1}{"a":2}', False),
        (b'{"a":1} {"a":2}\n{"a":1} {"a":2}\n', False),
        (b'{"Records":[{"a":1}]}', False),
        (b'{"Records":[{"a":"' + b"x" * 70_000, False),
        (b"[", False),
        (b"", False),
    ],
)
def test_is_one_per_line(head: bytes, expected: bool) -> None:
    assert is_one_per_line(head) is expected
