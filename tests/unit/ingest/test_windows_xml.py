"""Windows event XML: whole, in pieces, broken, hostile."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import evtx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.events.record import Origin, Record, Rejected, SourceName
from codedark.ingest.shapes import normalise
from codedark.ingest.windows_xml import MAX_EVENT_BYTES, parse_event, read

EVENT = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Microsoft-Windows-Security-Auditing' Guid='{{54849625}}'/>"
    "<EventID>4688</EventID><Level>0</Level><TimeCreated SystemTime='2025-01-01T00:00:00.0000000Z'/>"
    "<EventRecordID>{number}</EventRecordID><Correlation/><Execution ProcessID='4' ThreadID='8'/>"
    "<Channel>Security</Channel><Computer>dc1</Computer><Security/></System><EventData>"
    "<Data Name='CommandLine'>cmd /c &quot;a&quot; &lt;b&gt;</Data><Data Name='Empty'></Data></EventData>"
    "<RenderingInfo Culture='en'><Message>hello</Message><Level>Information</Level></RenderingInfo></Event>"
)


class Everything:
    """No column is wanted; whole records are looked at."""

    def fields(self, origin: Origin) -> tuple[str, ...]:  # noqa: ARG002
        return ()


def _read(raw: bytes) -> tuple[list[Record], list[int], list[Rejected]]:
    batches = list(read(io.BytesIO(raw), SourceName("s"), Everything()))
    return (
        [batch.record(row) for batch in batches for row in range(len(batch))],
        [batch.number(row) for batch in batches for row in range(len(batch))],
        [rejected for batch in batches for rejected in batch.rejected],
    )


def test_parse_event() -> None:
    origin, record = parse_event(EVENT.format(number=7))
    assert origin == Origin("windows", "security", "4688", "microsoft-windows-security-auditing")
    assert record == {
        "Provider_Name": "Microsoft-Windows-Security-Auditing",
        "Provider_Guid": "{54849625}",
        "EventID": 4688,
        "Level": "0",
        "TimeCreated": "2025-01-01T00:00:00.0000000Z",
        "EventRecordID": 7,
        "Execution_ProcessID": "4",
        "Execution_ThreadID": "8",
        "Channel": "Security",
        "Computer": "dc1",
        "CommandLine": 'cmd /c "a" <b>',
        "Empty": "",
        "Message": "hello",
    }


def test_sysmon_for_linux_in_a_log_line() -> None:
    line = (
        '<Event><System><Provider Name="Linux-Sysmon"/><EventID>1</EventID></System>'
        '<EventData><Data Name="Image">/bin/sh</Data></EventData></Event>'
    )
    origin, record = parse_event(("Jan  1 host sysmon: " + line).encode())
    assert origin == Origin("linux", "sysmon", "1")
    assert record["Image"] == "/bin/sh"


@pytest.mark.parametrize("text", ["", "no event", "<Event>", "<Event><x/></Event>", "<Event><System></Event>"])
def test_what_is_no_event_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"XML|System|Event"):
        parse_event(text)


@pytest.mark.parametrize(
    ("before", "between", "after"),
    [
        ("", "\n", ""),
        ('<?xml version="1.0"?>\n<Events>\n', "\r\n\r\n", "</Events>"),
        ("Jan 1 host: ", "\nJan 2 host: ", "\n"),
        ("", "", ""),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_layout_and_encoding(before: str, between: str, after: str, encoding: str) -> None:
    text = before + between.join(EVENT.format(number=number) for number in range(1, 4)) + after
    records, numbers, rejected = _read(text.encode(encoding))
    assert numbers == [1, 2, 3]
    assert rejected == []
    assert all(record["Computer"] == "dc1" for record in records)


def test_batches_have_at_most_a_thousand_records() -> None:
    raw = "\n".join(EVENT.format(number=number) for number in range(2500)).encode()
    sizes = [len(batch) for batch in read(io.BytesIO(raw), SourceName("s"), Everything())]
    assert sizes == [1000, 1000, 500]


def test_broken_events_are_rejected_and_reading_goes_on() -> None:
    good = [EVENT.format(number=number).encode() for number in range(1, 5)]
    cut_off, not_closed, tail = good[0][:300], good[1].replace(b"</System>", b""), good[2][:100]
    raw = b"\n".join([good[0], cut_off, good[1], not_closed, b"<Event><foo/></Event>", good[3], tail])
    _, numbers, rejected = _read(raw)
    assert numbers == [1, 2, 4]
    assert len(rejected) == 4
    assert all(raw[item.offset :].startswith(b"<Event") for item in rejected)
    assert len({item.reason for item in rejected}) == 4


def test_entities_of_a_document_are_never_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    bomb = (
        f'<?xml version="1.0"?><!DOCTYPE Events [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">'
        f'<!ENTITY x SYSTEM "{secret.as_uri()}">]><Events>'
    )
    events = [EVENT.format(number=1).replace("hello", entity) for entity in ("&b;", "&x;")]
    inside = "<Event><!DOCTYPE a [<!ENTITY b 'c'>]><System/></Event>"
    raw = (bomb + "".join(events) + inside + EVENT.format(number=9) + "</Events>").encode()
    records, numbers, rejected = _read(raw)
    assert numbers == [9]
    assert len(rejected) == 3
    assert "secret" not in str(records)


@pytest.mark.parametrize("bad", ["\x01", "&#1;", "&#x1F;", "&#xD800;", "\x00", "&#xFFFE;"])
def test_characters_that_xml_forbids_do_not_lose_the_event(bad: str) -> None:
    _, record = parse_event(EVENT.format(number=1).replace("cmd /c", f"cmd{bad}/c"))
    assert record["CommandLine"] == 'cmd\ufffd/c "a" <b>'


def test_bytes_that_are_no_utf8_do_not_lose_the_event() -> None:
    records, _, rejected = _read(EVENT.format(number=1).encode().replace(b"cmd /c", b"cmd\xff/c"))
    assert rejected == []
    assert records[0]["CommandLine"] == 'cmd\\xff/c "a" <b>'


def test_an_endless_event_is_passed_over_in_bounded_memory() -> None:
    class Endless(io.RawIOBase):
        sent = 0

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            assert size > 0
            if self.sent > 5 * MAX_EVENT_BYTES:
                return b""
            chunk = b"<Event>" + b"x" * size if self.sent == 0 else b"x" * size
            if self.sent + size > 5 * MAX_EVENT_BYTES:
                chunk += b"</Event>" + EVENT.format(number=3).encode()
            self.sent += size
            return chunk

    batches = list(read(Endless(), SourceName("s"), Everything()))  # type: ignore[arg-type]
    assert [batch.number(row) for batch in batches for row in range(len(batch))] == [3]
    assert [item.offset for batch in batches for item in batch.rejected] == [0]


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), max_size=6), st.integers(0, 3000))
def test_flipped_and_cut_input_ends_and_counts(flips: list[tuple[int, int]], cut: int) -> None:
    raw = bytearray(b"\n".join(EVENT.format(number=number).encode() for number in range(1, 4)))
    for position, value in flips:
        raw[position % len(raw)] = value
    records, numbers, _ = _read(bytes(raw[: len(raw) - cut % len(raw)]))
    assert len(records) == len(numbers) <= 3


def _as_text(record: Record) -> dict[str, object]:
    return {
        name: tuple(map(str, value)) if isinstance(value, tuple) else str(value).upper().strip("{}")
        for name, value in record.items()
    }


def test_xml_and_json_of_one_evtx_agree(shared_data: Path) -> None:
    checked = 0
    for path in sorted((shared_data / "sigma" / "regression").rglob("*.evtx")):
        as_json = [normalise(json.loads(item["data"])) for item in _items(path, "records_json")]
        as_xml = [parse_event(item["data"]) for item in _items(path, "records")]
        assert [origin for origin, _ in as_json] == [origin for origin, _ in as_xml]
        assert [_as_text(record) for _, record in as_json] == [_as_text(record) for _, record in as_xml]
        checked += 1
    assert checked >= 97


def _items(path: Path, form: str) -> Iterator[Any]:
    yield from getattr(evtx.PyEvtxParser(str(path)), form)()
