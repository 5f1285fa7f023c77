"""When, where and who, in the words of each kind of log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.events.envelope import HOSTS, TIMES, USERS, envelope, parse_time
from codedark.events.record import Origin, Record

SYSMON = "microsoft-windows-sysmon/operational"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2023-07-19T12:20:11Z", utc(2023, 7, 19, 12, 20, 11)),
        ("2023-07-19T12:20:11.9Z", utc(2023, 7, 19, 12, 20, 11, 900_000)),
        ("2023-07-19T12:20:11.123456789Z", utc(2023, 7, 19, 12, 20, 11, 123_456)),
        ("2023-07-19T12:20:11.928+02:00", utc(2023, 7, 19, 10, 20, 11, 928_000)),
        ("2023-07-19T12:20:11.928-0530", utc(2023, 7, 19, 17, 50, 11, 928_000)),
        ("2023-07-19 19:20:10.180", utc(2023, 7, 19, 19, 20, 10, 180_000)),
        ("2023-07-19 19:20:10", utc(2023, 7, 19, 19, 20, 10)),
        (" 2023-07-19 19:20:10 +0200 ", utc(2023, 7, 19, 17, 20, 10)),
        ("2023-07-19 19:20:10 UTC", utc(2023, 7, 19, 19, 20, 10)),
        ("2023/07/19 19:20:10", utc(2023, 7, 19, 19, 20, 10)),
        (1_602_279_069, utc(2020, 10, 9, 21, 31, 9)),
        (1_602_279_069.25, utc(2020, 10, 9, 21, 31, 9, 250_000)),
        ("1602279069.25", utc(2020, 10, 9, 21, 31, 9, 250_000)),
        (1_602_279_069_250, utc(2020, 10, 9, 21, 31, 9, 250_000)),
        ("1602279069250000", utc(2020, 10, 9, 21, 31, 9, 250_000)),
        (132_467_526_692_500_000, utc(2020, 10, 9, 21, 31, 9, 250_000)),
        ("132467526690000000", utc(2020, 10, 9, 21, 31, 9)),
        (1_602_279_069_250_000_000, utc(2020, 10, 9, 21, 31, 9, 250_000)),
        (0, utc(1970, 1, 1)),
        ("2099-12-31T23:59:59Z", utc(2099, 12, 31, 23, 59, 59)),
        (4_102_444_799, utc(2099, 12, 31, 23, 59, 59)),
        ("10/09/2020 06:27:49 PM", utc(2020, 10, 9, 18, 27, 49)),
        ("10/9/2020 12:00:00 AM", utc(2020, 10, 9)),
        ("10/9/2020 12:00:00 PM", utc(2020, 10, 9, 12)),
        ("10/09/2020 18:27:49", utc(2020, 10, 9, 18, 27, 49)),
        ("Oct 09 2020 18:27:49.123 UTC", utc(2020, 10, 9, 18, 27, 49, 123_000)),
        ("Fri Oct  9 18:27:49 2020", utc(2020, 10, 9, 18, 27, 49)),
        ("Fri, 09 Oct 2020 18:27:49 +0200", utc(2020, 10, 9, 16, 27, 49)),
        ("[10/Oct/2000:13:55:36 -0700]", utc(2000, 10, 10, 20, 55, 36)),
        ("20201009182749.5+0200", utc(2020, 10, 9, 16, 27, 49, 500_000)),
        ("audit(1602279069.250:456)", utc(2020, 10, 9, 21, 31, 9, 250_000)),
        ("/Date(1602279069000)/", utc(2020, 10, 9, 21, 31, 9)),
        (("2020-10-09T18:27:49Z", "2021-01-01"), utc(2020, 10, 9, 18, 27, 49)),
    ],
)
def test_times_as_logs_write_them(written: str | float | tuple[str, ...], meant: datetime) -> None:
    assert parse_time(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "-",
        "soon",
        "2020-13-01T00:00:00Z",
        "Xyz  9 18:27:49",
        "Oct  9 18:27:49",
        -1,
        float("nan"),
        float("inf"),
        1e300,
        10**400,
        (),
        (None,),
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "٣٤٥",
        "9" * 20 + "e99",
    ],
)
def test_what_is_no_time_is_none(written: str | float | tuple[None, ...] | None) -> None:
    assert parse_time(written) is None


@pytest.mark.parametrize(
    ("written", "reference", "meant"),
    [
        ("Oct  9 18:27:49", utc(2026, 3, 1), utc(2025, 10, 9, 18, 27, 49)),
        ("Mar  1 00:00:00", utc(2026, 3, 1), utc(2026, 3, 1)),
        ("Mar  1 00:00:01", utc(2026, 3, 1), utc(2025, 3, 1, 0, 0, 1)),
        ("Feb 29 01:00:00", utc(2026, 3, 1), utc(2024, 2, 29, 1)),
        ("Feb 29 01:00:00", utc(2103, 3, 1), utc(2096, 2, 29, 1)),
        ("Dec 31 23:30:00 -0100", utc(2026, 1, 1, 1), utc(2026, 1, 1, 0, 30)),
    ],
)
def test_the_year_that_rfc_3164_leaves_out(written: str, reference: datetime, meant: datetime) -> None:
    assert parse_time(written, reference) == meant


EPOCH = utc(1970, 1, 1)
END = utc(2099, 12, 31)


def moments(first: datetime) -> st.SearchStrategy[datetime]:
    """Points in time from ``first`` to the end of the century, to the microsecond."""
    whole = (END - first) // timedelta(microseconds=1)
    return st.integers(0, whole).map(lambda passed: first + timedelta(microseconds=passed))


@given(moments(EPOCH), st.integers(-14 * 60, 14 * 60))
def test_iso_round_trip_from_every_zone(moment: datetime, minutes: int) -> None:
    local = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert parse_time(local.isoformat()) == moment
    assert parse_time(local.isoformat(" ").replace(".", ",")) == moment


@given(moments(utc(1978, 1, 1)))
def test_epochs_of_every_unit_mean_the_same(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    seconds = int(moment.timestamp())
    filetime = (seconds + 11_644_473_600) * 10**7
    for unit in (seconds, seconds * 10**3, seconds * 10**6, seconds * 10**9, filetime):
        assert parse_time(unit) == moment
        assert parse_time(str(unit)) == moment


@given(moments(EPOCH), moments(EPOCH))
def test_rfc_3164_is_the_latest_year_before_the_reference(moment: datetime, reference: datetime) -> None:
    found = parse_time(f"{moment:%b} {moment.day:2} {moment:%H:%M:%S}", reference)
    if found is not None:
        assert found <= reference
        assert (found.month, found.day, found.hour) == (moment.month, moment.day, moment.hour)
        assert reference - found < timedelta(days=366 if (moment.month, moment.day) != (2, 29) else 8 * 366)


values = (
    st.none() | st.integers() | st.floats() | st.text() | st.text("0123456789:.-/ TZOctPM+[]()") | st.tuples(st.text())
)
names = st.sampled_from(
    sorted(
        {
            part
            for table in (TIMES, HOSTS, USERS)
            for row in table.values()
            for name in row
            for part in ([name] if isinstance(name, str) else name)
        }
    )
)


@given(
    st.builds(
        Origin,
        st.sampled_from([*TIMES, "never heard of"]),
        st.sampled_from(["", "security", SYSMON, "auditd", "system"]),
        st.sampled_from(["", "4624", "1"]),
    ),
    st.dictionaries(names, values),
    st.none() | st.datetimes(),
)
def test_total_whatever_a_record_holds(origin: Origin, record: Record, reference: datetime | None) -> None:
    found = envelope(origin, record, reference)
    assert found.time is None or found.time.tzinfo is UTC
    assert isinstance(found.host, str)
    assert isinstance(found.user, str)


@pytest.mark.parametrize(
    ("origin", "record", "time", "host", "user"),
    [
        (  # the shipper's clock and the collector's name do not count
            Origin("windows", "security", "4624"),
            {
                "TimeCreated": "2023-07-19T12:20:12.032Z",
                "@timestamp": "2023-07-20T00:00:00Z",
                "host": "wec",
                "Hostname": "DC01.pandalab.com",
                "SubjectUserName": "DC01$",
                "SubjectDomainName": "PANDALAB",
                "TargetUserName": "SYSTEM",
                "TargetDomainName": "NT AUTHORITY",
            },
            utc(2023, 7, 19, 12, 20, 12, 32_000),
            "DC01.pandalab.com",
            "NT AUTHORITY\\SYSTEM",
        ),
        (  # EventTime is local time: the shipper's is better
            Origin("windows", "security", "4663"),
            {
                "EventTime": "2020-10-09 18:30:12",
                "@timestamp": "2020-10-09T22:30:13.666Z",
                "Hostname": "DC",
                "SubjectUserName": "ann",
            },
            utc(2020, 10, 9, 22, 30, 13, 666_000),
            "DC",
            "ann",
        ),
        (
            Origin("windows", "system", "7036"),
            {"EventTime": "2020-10-09 18:30:12"},
            utc(2020, 10, 9, 18, 30, 12),
            "",
            "",
        ),
        (  # the account of the Sysmon service is not who acts
            Origin("windows", SYSMON, "10"),
            {
                "UtcTime": "2020-10-09 22:30:12.001",
                "@timestamp": "2020-10-09T22:31:00Z",
                "AccountName": "SYSTEM",
                "Domain": "NT AUTHORITY",
                "Computer": "WS1",
            },
            utc(2020, 10, 9, 22, 30, 12, 1_000),
            "WS1",
            "",
        ),
        (Origin("windows", SYSMON, "1"), {"User": "THESHIRE\\ann"}, None, "", "THESHIRE\\ann"),
        (
            Origin("windows", SYSMON, "8"),
            {"SourceUser": "THESHIRE\\ann", "TargetUser": "b"},
            None,
            "",
            "THESHIRE\\ann",
        ),
        (  # NXLog resolves the header's account, for PowerShell the one that runs it
            Origin("windows", "microsoft-windows-powershell/operational", "4104"),
            {"AccountName": "ann", "Domain": "THESHIRE"},
            None,
            "",
            "THESHIRE\\ann",
        ),
        (Origin("windows", "system", "7045"), {"AccountName": "LocalSystem"}, None, "", ""),
        (  # 4688: "-" where the new process runs as its creator
            Origin("windows", "security", "4688"),
            {
                "SubjectUserName": "ann",
                "SubjectDomainName": "D",
                "TargetUserName": "-",
                "TargetDomainName": "-",
            },
            None,
            "",
            "D\\ann",
        ),
        (
            Origin("windows", "security", "4688"),
            {
                "SubjectUserName": "WS1$",
                "SubjectDomainName": "D",
                "TargetUserName": "ann",
                "TargetDomainName": "D",
            },
            None,
            "",
            "D\\ann",
        ),
        (
            Origin("windows", "security", "4720"),
            {"SubjectUserName": "ann", "TargetUserName": "new"},
            None,
            "",
            "ann",
        ),
        (
            Origin("linux", "auditd", "SYSCALL"),
            {
                "msg": "audit(1602279069.5:1)",
                "node": "lis",
                "hostname": "1.2.3.4",
                "AUID": "unset",
                "UID": "root",
            },
            utc(2020, 10, 9, 21, 31, 9, 500_000),
            "lis",
            "root",
        ),
        (
            Origin("linux", "sshd"),
            {"timestamp": "2020-10-09T18:27:49Z", "host": "lis", "msg": "12345"},
            utc(2020, 10, 9, 18, 27, 49),
            "lis",
            "",
        ),
        (
            Origin("zeek", "conn"),
            {"ts": 1588205135.5, "id.orig_h": "10.0.1.4"},
            utc(2020, 4, 30, 0, 5, 35, 500_000),
            "10.0.1.4",
            "",
        ),
        (
            Origin("webserver", "iis"),
            {"date": "2020-10-09", "time": "18:27:49", "s-computername": "WEB", "cs-username": "-"},
            utc(2020, 10, 9, 18, 27, 49),
            "WEB",
            "",
        ),
        (
            Origin("aws", "cloudtrail"),
            {"eventTime": "2020-10-09T18:27:49Z", "recipientAccountId": "1", "userIdentity.userName": "ann"},
            utc(2020, 10, 9, 18, 27, 49),
            "1",
            "ann",
        ),
        (
            Origin("azure", "signinlogs"),
            {"createdDateTime": "2020-10-09T18:27:49.1234567Z", "userPrincipalName": "ann@h.org"},
            utc(2020, 10, 9, 18, 27, 49, 123_456),
            "",
            "ann@h.org",
        ),
        (
            Origin("m365", "audit"),
            {"CreationTime": "2020-10-09T18:27:49", "UserId": "ann@h.org", "ClientIP": "1.2.3.4"},
            utc(2020, 10, 9, 18, 27, 49),
            "1.2.3.4",
            "ann@h.org",
        ),
        (
            Origin("ehr"),
            {"recorded": "2020-10-09T18:27:49+02:00", "agent.who.display": ("Ann", "System")},
            utc(2020, 10, 9, 16, 27, 49),
            "",
            "Ann",
        ),
        (
            Origin("csv", "vpn"),
            {"timestamp": "no", "time": "2020-10-09 18:27:49", "hostname": "gw", "username": "ann"},
            utc(2020, 10, 9, 18, 27, 49),
            "gw",
            "ann",
        ),
    ],
)
def test_when_where_who(origin: Origin, record: Record, time: datetime | None, host: str, user: str) -> None:
    assert envelope(origin, record) == (time, host, user)
