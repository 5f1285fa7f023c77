"""HL7 messages are read by python-hl7 and say what the stay says; local time is right."""

from __future__ import annotations

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.simulate.clinic.clock import Clock
from codedark.simulate.clinic.hl7 import Writer, escape
from codedark.simulate.habit import HOUR_US

NOVEMBER_US = 1_794_932_400_000_000


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("a|b", r"a\F\b"), ("a^b", r"a\S\b"), ("a&b", r"a\T\b"), ("a~b", r"a\R\b"), ("a\\b", r"a\E\b"), ("a\rb", "a b")],
)
def test_every_delimiter_is_escaped(text: str, escaped: str) -> None:
    assert escape(text) == escaped


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40).map(str.strip))
def test_what_is_escaped_is_read_back(text: str) -> None:
    message = hl7.parse("MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5.1\rPID|1||" + escape(text))
    assert message.unescape(str(message["PID"][0][3])) == text


def test_a_header_names_structure_version_and_zone() -> None:
    writer = Writer("Sint|X", Clock("Europe/Brussels"))
    header = writer.message("ADT^A08", "EHR", "IE", NOVEMBER_US, "EHR1")
    assert header == (
        "MSH|^~\\&|EHR|Sint\\F\\X|IE|Sint\\F\\X|20261117172000+0100||ADT^A08^ADT_A01|EHR1"
        "|P|2.5.1|||AL|NE||UNICODE UTF-8\r"
    )


def test_time_stamps_follow_summer_time() -> None:
    clock = Clock("Europe/Brussels")
    before = 1_792_887_600_000_000  # 2026-10-25T00:20:00Z, an hour before the clocks go back
    assert clock.stamp(before)[-5:] == "+0200"
    assert clock.stamp(before + 2 * HOUR_US)[-5:] == "+0100"
    assert clock.iso(before)[-6:] == "+02:00"


@given(st.integers(0, 40_000))
def test_a_day_begins_at_its_midnight(day: int) -> None:
    clock = Clock("Europe/Brussels")
    assert clock.day(clock.midnight(day)) == day
    assert clock.day(clock.midnight(day) - 1) == day - 1
    assert clock.hour(clock.midnight(day)) == 0
