"""A moment is one whole number; time and host of many records are those of each one, but for clocks that are wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.events.envelope import HOSTS, TIMES, envelope
from codedark.events.moments import AHEAD_US, BEHIND_US, hosts, hosts_of, microseconds_of, moment_of, times_of, times_us
from codedark.events.record import ABSENT, Origin, Record, Value

SYSLOG = Origin("linux", "sshd", "", "")
WINDOWS = Origin("windows", "security", "4624", "")
WEB = Origin("webserver", "", "", "")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ARRIVED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECOND = 1_000_000


def us(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def one(origin: Origin, record: dict[str, Any], arrived: datetime = ARRIVED) -> int:
    return times_us(origin, {name: [value] for name, value in record.items()}, 1, [us(arrived)])[0]


@pytest.mark.parametrize(
    ("at_us", "moment"),
    [
        (0, EPOCH),
        (-1, datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        (1_768_199_405_000_001, datetime(2026, 1, 12, 6, 30, 5, 1, tzinfo=UTC)),
        (253_402_300_799_999_999, datetime.max.replace(tzinfo=UTC)),
        (-62_135_596_800_000_000, datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_a_number_and_its_moment_lead_to_each_other(at_us: int, moment: datetime) -> None:
    assert moment_of(at_us) == moment
    assert microseconds_of(moment) == at_us


@given(st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999))
def test_no_microsecond_is_lost_on_the_way_to_a_moment_and_back(at_us: int) -> None:
    assert microseconds_of(moment_of(at_us)) == at_us


def test_a_moment_has_one_number_in_every_zone() -> None:
    east = timezone(timedelta(hours=14))
    assert microseconds_of(ARRIVED.astimezone(east)) == microseconds_of(ARRIVED)
    assert microseconds_of(datetime.min.replace(tzinfo=east)) == -62_135_596_800_000_000 - 14 * 3_600 * SECOND


@pytest.mark.parametrize("at_us", [253_402_300_800_000_000, -62_135_596_800_000_001, 1 << 63, 1 << 80])
def test_a_number_beyond_the_years_of_a_calendar_is_refused(at_us: int) -> None:
    with pytest.raises(OverflowError):
        moment_of(at_us)


def test_a_time_without_a_zone_is_no_moment() -> None:
    with pytest.raises(TypeError):
        microseconds_of(datetime(2026, 1, 12))  # noqa: DTZ001 - that is what is refused


def test_a_record_happened_when_it_says() -> None:
    assert one(SYSLOG, {"timestamp": "2026-03-01T11:59:58.5Z"}) == us(ARRIVED) - 1_500_000


def test_a_record_that_does_not_say_when_happened_when_it_arrived() -> None:
    for record in ({}, {"timestamp": None}, {"timestamp": ABSENT}, {"timestamp": "yesterday"}, {"message": "12:00"}):
        assert one(SYSLOG, record) == us(ARRIVED)


def test_each_record_of_a_group_has_its_own_time_and_arrival() -> None:
    columns = {
        "timestamp": ["2026-03-01T11:00:00Z", ABSENT, "never"],
        "@timestamp": [ABSENT, "2026-03-01T11:30:00Z", None],
    }
    arrived = [us(ARRIVED) + place for place in range(3)]
    assert times_us(SYSLOG, columns, 3, arrived) == [
        us(ARRIVED) - 3600 * SECOND,
        us(ARRIVED) - 1800 * SECOND,
        us(ARRIVED) + 2,
    ]


@pytest.mark.parametrize(
    ("off_us", "believed"),
    [(0, True), (AHEAD_US, True), (AHEAD_US + 1, False), (-BEHIND_US, True), (-BEHIND_US - 1, False)],
)
def test_a_clock_is_believed_as_far_as_it_can_be_right(off_us: int, believed: bool) -> None:
    said = ARRIVED + timedelta(microseconds=off_us)
    assert one(SYSLOG, {"timestamp": said.isoformat()}) == us(said if believed else ARRIVED)


@pytest.mark.parametrize("said", ["1970-01-01T00:00:00Z", "2099-12-31T23:59:59Z", 0, 4_102_444_799])
def test_the_years_of_clocks_that_were_never_set_are_not_believed(said: str | int) -> None:
    assert one(SYSLOG, {"timestamp": said}) == us(ARRIVED)


@pytest.mark.parametrize(
    ("written", "arrived", "meant"),
    [
        ("Mar  1 11:59:59", ARRIVED, datetime(2026, 3, 1, 11, 59, 59, tzinfo=UTC)),
        ("Dec 31 23:59:59", datetime(2026, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Jan  1 00:02:00", datetime(2025, 12, 31, 23, 59, tzinfo=UTC), datetime(2026, 1, 1, 0, 2, tzinfo=UTC)),
        ("Feb 29 12:00:00", ARRIVED, ARRIVED),  # the last one was two years ago
    ],
)
def test_a_time_without_a_year_is_of_the_year_around_its_arrival(
    written: str, arrived: datetime, meant: datetime
) -> None:
    assert one(SYSLOG, {"timestamp": written}, arrived) == us(meant)


def test_a_date_and_a_clock_in_two_fields_are_one_time() -> None:
    # W3C extended log file format: date and time are fields of their own.
    assert one(WEB, {"date": "2026-03-01", "time": "11:58:00"}) == us(ARRIVED) - 120 * SECOND
    assert one(WEB, {"date": "2026-03-01"}) == us(ARRIVED)
    assert one(WEB, {"time": "2026-03-01T11:59:00Z"}) == us(ARRIVED) - 60 * SECOND
    assert one(WEB, {"date": "2026-03-01", "time": ABSENT, "timestamp": "2026-03-01T11:00:00Z"}) == us(
        ARRIVED - timedelta(hours=1)
    )


def test_the_fields_to_ask_for_are_all_that_may_say_so() -> None:
    assert times_of(WEB)[:2] == ("date", "time")
    assert hosts_of(WINDOWS)[0] == "Computer"
    assert times_of(Origin("linux", "auditd", "", "")) == TIMES["auditd"]
    assert hosts_of(Origin("unheard-of", "", "", "")) == HOSTS[""]


def test_the_host_is_the_first_field_that_says_one() -> None:
    columns: dict[str, list[Any]] = {
        "Computer": ["LIS01.hospital.example", "-", ABSENT, None],
        "Hostname": ["other", " PACS ", "", "?"],
    }
    assert hosts(WINDOWS, columns, 4) == ["LIS01.hospital.example", "PACS", "", ""]


@st.composite
def groups(draw: st.DrawFn) -> tuple[Origin, list[Record]]:
    product = draw(st.sampled_from(sorted(TIMES)))
    origin = Origin("linux", "auditd", "", "") if product == "auditd" else Origin(product, "", "", "")
    moment = st.datetimes(datetime(2026, 2, 20), datetime(2026, 3, 1, 12))  # noqa: DTZ001 - Hypothesis adds the zone
    times = moment.map(lambda each: each.isoformat(" "))
    days = moment.map(lambda each: each.date().isoformat())
    clocks = moment.map(lambda each: each.time().isoformat("seconds"))
    value: st.SearchStrategy[Any] = st.one_of(
        times, days, clocks, st.none(), st.sampled_from(["", "-", "?", "N/A", "srv01", " 10.1.2.3 "]), st.integers(0, 9)
    )
    some: st.SearchStrategy[Value] = value | st.lists(value, max_size=2).map(tuple)
    fields = st.dictionaries(st.sampled_from(sorted({*times_of(origin), *hosts_of(origin)})), some)
    return origin, draw(st.lists(fields, min_size=1, max_size=4))


@settings(max_examples=300)
@given(groups())
def test_columns_say_what_each_record_says(group: tuple[Origin, list[Record]]) -> None:
    origin, records = group
    columns = {
        name: [each.get(name, ABSENT) for each in records] for name in {name for each in records for name in each}
    }
    arrived = [us(ARRIVED)] * len(records)
    told = [envelope(origin, each, ARRIVED + timedelta(hours=2)) for each in records]
    assert hosts(origin, columns, len(records)) == [each.host for each in told]
    believed = [
        us(each.time) if each.time and -BEHIND_US <= us(each.time) - us(ARRIVED) <= AHEAD_US else us(ARRIVED)
        for each in told
    ]
    assert times_us(origin, columns, len(records), arrived) == believed
