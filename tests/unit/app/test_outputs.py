"""JSON lines, CSV and the sinks: what other programs read from a hunt."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.app.outputs import (
    CSV_COLUMNS,
    Sink,
    Tallied,
    csv_line,
    csv_sink,
    jsonl_line,
    jsonl_sink,
    ocsf_sink,
    report_to,
)
from codedark.app.tally import Tally
from codedark.events.record import Record
from tests.finding_maker import EVIL, T0, finding, rule, summary, window

SCALARS = st.none() | st.text(alphabet=st.characters(exclude_categories=())) | st.integers() | st.floats()
EVENTS = st.dictionaries(
    st.text(alphabet=st.characters(exclude_categories=()), max_size=8), SCALARS | st.tuples(SCALARS)
)


def read_csv(line: bytes) -> list[str]:
    (row,) = csv.reader(io.StringIO(line.decode(), newline=""))
    return row


def test_a_json_line_has_the_promised_keys() -> None:
    row = json.loads(jsonl_line(finding()))
    assert row == {
        "rule_id": "rule-1",
        "title": "Rule 1",
        "level": "high",
        "time": "2026-01-13T06:32:07.250000Z",
        "host": "DC-01",
        "user": "HOSP\\svc-lis",
        "source": "logs/dc.zip#Security.evtx",
        "record": 1,
        "tags": ["attack.credential-access", "attack.t1003.001"],
        "event": {"EventID": 4688, "Image": "C:\\Windows\\System32\\cmd.exe", "Keywords": ["a", 1, None]},
    }
    assert jsonl_line(finding()).endswith(b"}\n")


def test_a_time_is_utc_with_microseconds_or_null() -> None:
    assert json.loads(jsonl_line(finding(seconds=None)))["time"] is None
    elsewhere = datetime(2026, 1, 13, 7, 0, tzinfo=timezone(timedelta(hours=1)))
    assert json.loads(jsonl_line(finding(time=elsewhere)))["time"] == "2026-01-13T06:00:00.000000Z"


def test_a_correlation_carries_its_window() -> None:
    row = json.loads(jsonl_line(finding(window=window(12))))
    assert row["window"] == {
        "group": {"User": "svc"},
        "first": "2026-01-13T06:31:07.250000Z",
        "last": "2026-01-13T06:32:07.250000Z",
        "count": 12,
    }


@given(EVENTS, st.text(alphabet=st.characters(exclude_categories=())))
def test_any_event_becomes_one_line_that_other_readers_accept(event: Record, text: str) -> None:
    line = jsonl_line(finding(event=event, host=text, source=text))
    assert line.count(b"\n") == 1
    line.decode("utf-8")
    assert json.loads(line)["rule_id"] == "rule-1"


def test_undecodable_bytes_of_a_file_name_stay_visible() -> None:
    source = b"logs/\xff.evtx".decode("utf-8", "surrogateescape")
    assert json.loads(jsonl_line(finding(source=source)))["source"] == "logs/\\udcff.evtx"


def test_integers_longer_than_64_bits_keep_every_digit() -> None:
    assert json.loads(jsonl_line(finding(event={"n": 2**80})))["event"] == {"n": 2**80}


def test_csv_reads_back() -> None:
    row = dict(zip(CSV_COLUMNS, read_csv(csv_line(finding(window=window()))), strict=True))
    assert row["tags"] == "attack.credential-access attack.t1003.001"
    assert json.loads(row["window"])["count"] == 12
    assert json.loads(row["event"])["EventID"] == 4688
    assert list(row)[-1] == "event"


@pytest.mark.parametrize("lead", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "x;=", "{;="])
def test_no_cell_begins_as_a_formula(lead: str) -> None:
    cell = f"{lead}cmd|' /C calc'!A0"
    line = csv_line(finding(rule(title=cell), host=cell, user=cell, source=cell, event={"a": cell}))
    for text in read_csv(line):
        for part in text.split(";"):
            assert not part.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝")), part
    assert json.loads(read_csv(line)[-1]) == {"a": cell}


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=20))
def test_any_text_stays_within_its_cell(text: str) -> None:
    assert len(read_csv(csv_line(finding(host=text, user=text, event={text: text})))) == len(CSV_COLUMNS)


def test_every_sink_is_driven_alike() -> None:
    outs = [io.BytesIO() for _ in range(4)]
    generated = T0 + timedelta(days=1)
    sinks: list[Sink] = [
        jsonl_sink(outs[0]),
        csv_sink(outs[1]),
        ocsf_sink(outs[2], version="0.1.0", generated=generated),
        Tallied(Tally(), report_to(outs[3], title="Night shift", generated=generated)),
    ]
    rows = [finding(record=number, host=EVIL) for number in range(3)]
    for sink in sinks:
        sink.begin()
        for row in rows:
            sink.write(row)
        sink.end(summary(3))
    lines = [out.getvalue() for out in outs]
    assert lines[0].count(b"\n") == lines[2].count(b"\n") == 3
    assert len(list(csv.reader(io.StringIO(lines[1].decode(), newline="")))) == 4
    assert json.loads(lines[2].splitlines()[0])["class_uid"] == 2004
    assert b"3 high findings" in lines[3]


def test_utc_is_written_as_z_whatever_the_zone_object() -> None:
    assert b"+00:00" not in jsonl_line(finding(time=T0.astimezone(timezone(timedelta()))))
