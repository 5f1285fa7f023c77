"""Streams are cut into records as RFC 6587 and RFC 5425 have it, and what cannot be cut is told."""

from __future__ import annotations

import pytest

from codedark.ingest import syslog
from codedark.ingest.live.framing import Framing
from codedark.ingest.live.records import format_of, on_one_line
from tests.log_reader import read_bytes

ATNA = b"""<85>1 2026-01-13T06:32:00Z pacs - - IHE+RFC-3881 - <?xml version="1.0" encoding="UTF-8"?>
<AuditMessage>
  <EventIdentification EventActionCode="R" EventDateTime="2026-01-13T06:32:00Z" EventOutcomeIndicator="0">
    <EventID csd-code="110104" originalText="DICOM Instances Transferred"/>
  </EventIdentification>
</AuditMessage>"""


def lines(stream: bytes, limit: int = 1000) -> tuple[list[bytes], list[str], bool]:
    framing = Framing(limit)
    first, last = framing.feed(stream), framing.finish()
    reasons = [bad.reason for bad in first.bad + last.bad]
    return (first.data + last.data).split(b"\n")[:-1], reasons, framing.broken


def test_counted_messages_may_hold_line_feeds() -> None:
    assert lines(b"12 <13>one\ntwo\n10 <13>three\n") == ([b"<13>one#012two", b"<13>three"], [], False)


def test_a_dicom_audit_message_on_many_lines_is_still_one_that_can_be_read() -> None:
    ((line,), _, _) = lines(b"%d %s" % (len(ATNA), ATNA))
    found = read_bytes(syslog.read, line + b"\n")
    assert (found.rejected, found.origins[0].product, found.records[0]["EventID"]) == ([], "pacs", 110104)


def test_json_in_syslog_stays_json() -> None:
    message = b'<13>1 - h app - - - {\n "a": 1,\n "b": "c"\n}'
    found = read_bytes(syslog.read, on_one_line(message) + b"\n")
    assert (found.records[0]["a"], found.records[0]["b"]) == (1, "c")


def test_messages_may_end_with_nul() -> None:
    assert lines(b"<13>one\0<13>two\nthree\0")[0] == [b"<13>one", b"<13>two#012three"]


def test_a_line_that_begins_with_a_number_is_no_count() -> None:
    stream = b"2026-01-13T06:32:00Z host app: x\n7 is a number\n"
    assert lines(stream)[0] == stream.split(b"\n")[:-1]


def test_the_last_line_needs_no_end_but_a_counted_message_is_whole_or_told() -> None:
    assert lines(b"<13>one\n<13>two")[0] == [b"<13>one", b"<13>two"]
    assert lines(b"7 <13>one7 <13>")[:2] == ([b"<13>one"], ["the stream ended 6 bytes into a message"])


def test_what_is_too_long_is_passed_over_and_the_rest_is_read() -> None:
    kept, reasons, broken = lines(b"<13>a\n" + b"x" * 2000 + b"\n<13>b\n")
    assert (kept, broken) == ([b"<13>a", b"<13>b"], False)
    assert reasons == ["a record of more than 1,000 bytes: passed over up to its end"]
    kept, reasons, broken = lines(b"6 <13>ab2000 " + b"x" * 2000 + b"6 <13>cd")
    assert (kept, broken) == ([b"<13>ab", b"<13>cd"], False)
    assert reasons == ["a message of 2,000 bytes: at most 1,000 are taken"]


@pytest.mark.parametrize("count", [b"x", b"0 <13>", b"12345678901 <13>", b"99999999 <13>"])
def test_a_count_that_is_none_ends_the_stream(count: bytes) -> None:
    kept, reasons, broken = lines(b"6 <13>ab" + count + b" 6 <13>cd")
    assert (kept, broken, len(reasons)) == ([b"<13>ab"], True, 1)
    assert "the length of a message was expected" in reasons[0]


@pytest.mark.parametrize(
    ("first", "name"),
    [
        (b'{"a":1}\n', "jsonl"),
        (b"<13>1 - - - - - - x\n", "syslog"),
        (b"type=SYSCALL msg=audit(1.0:1): a=1\n", "auditd"),
        (b"CEF:0|a|b|c|d|e|1|\n", "syslog"),
        (b"\xff\xfe\n", "syslog"),
    ],
)
def test_the_first_record_says_the_format(first: bytes, name: str) -> None:
    assert format_of(first) == name
