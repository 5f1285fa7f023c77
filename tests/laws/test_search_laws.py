"""The filter language means what its page says: a naive matcher over Python records finds the same rows."""

from __future__ import annotations

import ipaddress
import json
import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.app.archive.archivist import Archivist
from codedark.app.search.language import QueryError, parse
from codedark.app.search.searching import Asked, Search
from codedark.app.search.sql import compile_query
from codedark.events.parcel import Parcel, Sequence
from codedark.store.lake.lake import Lake

BEGIN = datetime(2026, 1, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOW_US = 1_768_500_000_000_000
TEXTS = ["svc_pacs", "SVC_lab", "anna", "Ärztin", "", "3", "10", "2.5", "-1", "a%b", "a!b_c",
         r"C:\Windows\a.exe", 'say "hi"', "[1]", "a*b",
         "10.1.2.3", "10.200.0.1", "::ffff:10.9.9.9", "fe80::1", "FE80:0:0:0:0:0:0:2", "2001:db8::", "300.1.1.1",
         "tab\there", "x/y"]  # fmt: skip
FIELDS = ["TargetUserName", "LogonType", "IpAddress", "Image", "with space", "a.b"]
HOSTS = ["WS-12", "ws-12.hospital.example", "SRV-1"]

Json = dict[str, Any]

VALUES = st.one_of(
    st.sampled_from(TEXTS), st.integers(-5, 12), st.none(), st.booleans(), st.lists(st.sampled_from(TEXTS), max_size=3)
)
RECORDS = st.lists(
    st.tuples(
        st.sampled_from(HOSTS), st.integers(0, 3 * 86_400), st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4)
    ),
    min_size=30, max_size=60,
)  # fmt: skip


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


BARE = [text for text in TEXTS if text and not re.search(r'[\s()":<>=*?/]', text)]
NETWORKS = ["10.0.0.0/8", "10.1.2.0/24", "fe80::/10", "0.0.0.0/0", "::/0", "2001:db8::/32"]
PATTERNS = ["svc_*", "*a*", "?", "a?b", "*", r"c:\windows\*", "*.*", "1*"]
NAMES = ["TargetUserName", "LogonType", "IpAddress", "Image", "a.b"]
TIMES = ["2026-01-12", "2026-01-13T05", "2026-01-12T10:30", "2026-01-14T23:59:59"]

# A query as the parts of a tree: what is written, and what it says of a row.
Tree = tuple[Any, ...]
LEAVES = st.one_of(
    st.tuples(st.just("word"), st.sampled_from([*BARE, "TargetUserName", "WINDOWS"]), st.booleans()),
    st.tuples(st.just("is"), st.sampled_from(FIELDS), st.sampled_from(TEXTS)),
    st.tuples(st.just("like"), st.sampled_from(NAMES), st.sampled_from(PATTERNS)),
    st.tuples(
        st.just("number"), st.sampled_from(NAMES), st.sampled_from([">=", "<=", "<", ">"]),
        st.sampled_from([3, 2.5, -1, 10]),
    ),
    st.tuples(st.just("between"), st.sampled_from(NAMES), st.integers(-2, 5), st.integers(2, 10)),
    st.tuples(st.just("network"), st.sampled_from(NAMES), st.sampled_from(NETWORKS)),
    st.tuples(st.just("host"), st.sampled_from(["ws-12", "WS-12.hospital.example", "srv-?", "nobody"])),
    st.tuples(st.just("time"), st.sampled_from([":", ">=", "<", ">", "<="]), st.sampled_from(TIMES)),
    st.tuples(st.just("times"), st.sampled_from(TIMES), st.sampled_from(TIMES)),
    st.tuples(st.just("seq"), st.integers(0, 20), st.integers(10, 70)),
)  # fmt: skip
TREES: st.SearchStrategy[Tree] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.just("and"), inner, inner),
        st.tuples(st.just("or"), inner, inner),
        st.tuples(st.just("not"), inner),
    ),
    max_leaves=5,
)


def written(tree: Tree) -> str:
    match tree:
        case ("word", text, in_quotes):
            return quoted(text) if in_quotes or text.startswith("-") else text  # bare, a minus is NOT
        case ("is", name, text):
            return f"{quoted(name)}:{quoted(text)}"
        case ("like", name, pattern):
            return f"{name}:{pattern}"
        case ("number", name, sign, number):
            return f"{name}{sign}{number}"
        case ("between", name, low, high):
            return f"{name}:{low}..{high}"
        case ("network", name, network):
            return f"{name}:{network}"
        case ("host", pattern):
            return f"host:{pattern}"
        case ("time", sign, text):
            return f"time{sign}{text}"
        case ("times", low, high):
            return f"time:{low}..{high}"
        case ("seq", low, high):
            return f"seq:{low}..{high}"
        case ("not", one):
            return f"NOT {written(one)}" if one[0] not in {"and", "or"} else f"-({written(one)})"
        case ("and", one, other):
            return f"({written(one)}) {written(other) if other[0] != 'or' else f'AND ({written(other)})'}"
        case ("or", one, other):
            return f"{written(one)} OR ({written(other)})"
    raise AssertionError(tree)


def wild(pattern: str, text: str) -> bool:
    parts = {"*": ".*", "?": "."}
    return (
        re.fullmatch("".join(parts.get(each) or re.escape(each) for each in pattern), text, re.IGNORECASE | re.DOTALL)
        is not None
    )


def values(record: Json, name: str) -> list[str]:
    value = record.get(name)
    several = value if isinstance(value, list) else [] if value is None else [value]
    return [{True: "true", False: "false"}[each] if isinstance(each, bool) else str(each) for each in several]


def number_of(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", text, re.ASCII) else None


def compares(number: float | None, sign: str, other: float) -> bool:
    if number is None:
        return False
    return {">=": number >= other, "<=": number <= other, "<": number < other, ">": number > other}[sign]


def is_in(text: str, network: str) -> bool:
    try:
        address: Any = ipaddress.ip_address(text)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address) in ipaddress.ip_network(network)


def span(text: str) -> tuple[datetime, datetime]:
    length = {10: timedelta(days=1), 13: timedelta(hours=1), 16: timedelta(minutes=1), 19: timedelta(seconds=1)}[
        len(text)
    ]
    start = datetime.fromisoformat(text if len(text) > 13 else f"{text}:00" if len(text) == 13 else text).replace(
        tzinfo=UTC
    )
    return start, start + length


def takes(tree: Tree, seq: int, time: datetime, record: Json) -> bool:
    match tree:
        case ("word", text, _):
            return json.dumps(text, ensure_ascii=False)[1:-1].lower() in json.dumps(record, ensure_ascii=False).lower()
        case ("is", name, text):
            return any(each.lower() == text.lower() for each in values(record, name))
        case ("like", name, "*"):
            return record.get(name) is not None
        case ("like", name, pattern):
            return any(wild(pattern, each) for each in values(record, name))
        case ("number", name, sign, number):
            return any(compares(number_of(each), sign, number) for each in values(record, name))
        case ("between", name, low, high):
            return any(
                compares(number_of(each), ">=", low) and compares(number_of(each), "<=", high)
                for each in values(record, name)
            )
        case ("network", name, network):
            return any(is_in(each, network) for each in values(record, name))
        case ("host", pattern):
            return wild(pattern, record["Computer"]) or (
                "." not in pattern and wild(f"{pattern}.*", record["Computer"])
            )
        case ("time", sign, text):
            start, end = span(text)
            return {
                ":": start <= time < end,
                ">=": time >= start,
                "<": time < start,
                ">": time >= end,
                "<=": time < end,
            }[sign]
        case ("times", low, high):
            return span(low)[0] <= time < span(high)[1]
        case ("seq", low, high):
            return bool(low <= seq <= high)
        case ("not", one):
            return not takes(one, seq, time, record)
        case ("and", one, other):
            return takes(one, seq, time, record) and takes(other, seq, time, record)
        case ("or", one, other):
            return takes(one, seq, time, record) or takes(other, seq, time, record)
    raise AssertionError(tree)


def rows_of(drawn: list[tuple[str, int, Json]]) -> list[tuple[int, datetime, Json]]:
    rows = []
    for seq, (host, seconds, fields) in enumerate(drawn, 1):
        time = BEGIN + timedelta(seconds=seconds)
        record = {"Channel": "Security", "EventID": 4624, "Computer": host, "TimeCreated": time.isoformat(), **fields}
        rows.append((seq, time, record))
    return rows


def lake_of(rows: list[tuple[int, datetime, Json]], folder: Path, *, ascii_only: bool) -> Search:
    arrived_us = int((BEGIN + timedelta(days=3) - EPOCH).total_seconds()) * 1_000_000
    archivist = Archivist(Lake(folder))
    half = len(rows) // 2
    for part in (rows[:half], rows[half:]):
        data = b"".join(json.dumps(record, ensure_ascii=ascii_only).encode() + b"\n" for _, _, record in part)
        archivist.take([Parcel(Sequence(part[0][0]), len(part), arrived_us, "tcp://a", "jsonl", data)])
        archivist.flush()
    return Search(folder)


@settings(max_examples=8, deadline=None)
@given(drawn=RECORDS, trees=st.lists(TREES, min_size=6, max_size=6), ascii_only=st.booleans())
def test_a_filter_finds_the_rows_that_the_page_says(drawn: list[Any], trees: list[Tree], ascii_only: bool) -> None:
    rows = rows_of(drawn)
    with tempfile.TemporaryDirectory() as folder:
        search = lake_of(rows, Path(folder) / "lake", ascii_only=ascii_only)
        for tree in trees:
            expected = sorted(
                ((time, seq) for seq, time, record in rows if takes(tree, seq, time, record)), reverse=True
            )
            found = search.records(Asked(written(tree)), NOW_US, most=1_000)
            assert [row["seq"] for row in found] == [seq for _, seq in expected], written(tree)
            if tree is not trees[0]:
                continue
            some = search.records(Asked(written(tree)), NOW_US, most=3)
            assert [row["seq"] for row in some] == [seq for _, seq in expected][:3]


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet="ab:*?\"()<>=-. \\/\n'$;%é0", max_size=30))
def test_any_text_is_a_query_or_is_refused_with_its_place(text: str) -> None:
    refused: QueryError | None = None
    sql = ""
    try:
        sql = compile_query(text, NOW_US).sql
    except QueryError as error:
        refused = error
    assert refused is None or 0 <= refused.at <= len(text)
    assert refused is None or "^" in str(refused)
    # Nothing of a query is in the SQL but through its parameters.
    assert not set("é;") & set(sql)


@pytest.mark.parametrize("depth", [50, 5_000])
def test_a_query_that_is_nested_deep_is_answered_or_refused(depth: int) -> None:
    text = "(" * depth + "a" + ")" * depth
    if depth < 60:
        parse(text)
    else:
        with pytest.raises(QueryError, match="too deep"):
            parse(text[:9_000])
