"""What shares, backups, connections, devices and logs have to do before anything is said of them, and what is said."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from codedark.detect.behaviour.behaviour import Context
from codedark.detect.behaviour.kinds.backup_loss import BackupLoss
from codedark.detect.behaviour.kinds.device_talk import DeviceTalk
from codedark.detect.behaviour.kinds.egress import Egress
from codedark.detect.behaviour.kinds.learning import DAY_US, HOUR_US
from codedark.detect.behaviour.kinds.log_gaps import LogGaps
from codedark.detect.behaviour.kinds.mass_change import MassChange
from codedark.detect.behaviour.kinds.silence import Silence
from codedark.detect.behaviour.kinds.unmatched_audit import UnmatchedAudit
from codedark.detect.behaviour.observation import (
    BackupRun,
    FileAct,
    Flow,
    Heard,
    LogCleared,
    Observation,
    RecordAccess,
)
from codedark.detect.finding import Level
from tests.behaviour_at_work import CONTEXT, MINUTE_US, MONDAY_US, SECOND_US, settings_of, ticks, told

OUTSIDE = "192.0.2.77"

# --- shares


def _change(at_us: int, name: str, new_name: str = "", act: str = "", account: str = "anna") -> FileAct:
    act = act or ("rename" if new_name else "write")
    return FileAct(at_us, "fs01", 0, account, "ws01", "home", act, name, new_name)


def _weeks_of_work(days: int = 8) -> list[FileAct]:
    return [
        _change(MONDAY_US + day * DAY_US + hour * HOUR_US, f"letters\\l {day} {hour}{ending}")
        for day in range(days)
        for hour in range(8, 16)
        for ending in (".docx", ".pdf", ".xlsx", ".jpg")
    ]


ATTACK_US = MONDAY_US + 8 * DAY_US + 9 * HOUR_US
TYPES = (".docx", ".pdf", ".xlsx")


def test_encryption_of_a_share_is_said_within_the_first_ten_files() -> None:
    behaviour = MassChange(settings_of("mass_change"))
    assert not told(behaviour, _weeks_of_work())
    for number in range(10):
        name = f"letters\\letter {number}{TYPES[number % 3]}"
        signs = told(behaviour, [_change(ATTACK_US + number * SECOND_US, name, f"{name}.k3rn8")])
        if signs:
            break
    assert number == 9
    assert (signs[0].level, signs[0].host, signs[0].account) == (Level.CRITICAL, "ws01", "anna")
    assert ".k3rn8" in signs[0].says


def test_a_program_that_gives_one_type_of_file_a_new_ending_is_not_encryption() -> None:
    behaviour = MassChange(settings_of("mass_change"))
    told(behaviour, _weeks_of_work())
    converted = [_change(ATTACK_US + n * MINUTE_US, f"l {n}.docx", f"l {n}.odt") for n in range(20)]
    assert not told(behaviour, converted)


def test_thirty_files_a_minute_are_more_than_a_person_changes() -> None:
    behaviour = MassChange(settings_of("mass_change"))
    told(behaviour, _weeks_of_work())
    signs = told(behaviour, [_change(ATTACK_US + n * SECOND_US, f"q\\{n}.docx", act="delete") for n in range(60)])
    assert [sign.level for sign in signs] == [Level.HIGH]
    assert "changed 30 files" in signs[0].says


def test_an_account_that_always_changes_many_files_is_judged_by_itself() -> None:
    behaviour = MassChange(settings_of("mass_change"))

    def run(day: int, count: int) -> list[FileAct]:
        begins = MONDAY_US + day * DAY_US
        return [_change(begins + n * 100_000, f"scans\\{day} {n}.pdf", account="svc_scan") for n in range(count)]

    first = [sign for day in range(3) for sign in told(behaviour, run(day, 25))]
    assert not first
    assert not told(behaviour, run(4, 49))
    assert told(behaviour, run(5, 200))


def test_the_same_new_name_in_many_folders_beside_changed_files_is_a_ransom_note() -> None:
    behaviour = MassChange(settings_of("mass_change"))
    told(behaviour, _weeks_of_work())
    acts = []
    for folder in range(6):
        acts.append(_change(ATTACK_US + folder * SECOND_US, f"f{folder}\\read_me.txt"))
        acts.append(_change(ATTACK_US + folder * SECOND_US, f"f{folder}\\a.docx", f"f{folder}\\a.docx.zzq"))
    assert [sign.level for sign in told(behaviour, acts)] == [Level.CRITICAL]


@pytest.mark.parametrize(("act", "level"), [("delete", Level.CRITICAL), ("read", Level.HIGH)])
def test_a_canary_is_said_at_once(act: str, level: Level) -> None:
    [sign] = told(MassChange(settings_of("mass_change")), [_change(MONDAY_US, "salaries\\bonus.xlsx", act=act)])
    assert sign.level is level


def test_two_logs_of_one_act_count_once() -> None:
    behaviour = MassChange(settings_of("mass_change"))
    acts = []
    for number in range(25):
        full = _change(MONDAY_US + number * SECOND_US, f"q\\{number}.docx")
        acts += [full, full, full._replace(account=""), full._replace(client="")]
    assert not told(behaviour, acts)


# --- backups


def _run(at_us: int, act: str = "succeeded", octets: int = 100, job: str = "Mail") -> BackupRun:
    return BackupRun(at_us, "bkp01", 0, "", job, act, octets)


def _nightly(nights: int) -> list[BackupRun]:
    return [_run(MONDAY_US + night * DAY_US + HOUR_US, octets=100 + night % 3) for night in range(nights)]


def test_a_deleted_backup_job_is_said_at_once_and_not_missed_later() -> None:
    behaviour = BackupLoss(settings_of("backup_loss"))
    told(behaviour, _nightly(8))
    at_us = MONDAY_US + 8 * DAY_US
    assert [sign.level for sign in told(behaviour, [_run(at_us, "deleted")])] == [Level.CRITICAL]
    assert not ticks(behaviour, at_us, at_us + 2 * DAY_US)


def test_a_job_that_does_not_run_is_missed_once_and_not_before_its_time() -> None:
    behaviour = BackupLoss(settings_of("backup_loss"))
    told(behaviour, _nightly(8))
    last_us = MONDAY_US + 7 * DAY_US + HOUR_US
    assert not ticks(behaviour, last_us, last_us + 29 * HOUR_US)
    signs = ticks(behaviour, last_us + 29 * HOUR_US, last_us + 60 * HOUR_US)
    assert len(signs) == 1
    assert "has not run for 30 hours" in signs[0].says


def test_a_weekend_without_backups_is_usual_where_it_has_been() -> None:
    behaviour = BackupLoss(settings_of("backup_loss"))
    workdays = [run for week in range(2) for run in _nightly(14)[7 * week : 7 * week + 5]]
    assert not told(behaviour, workdays)
    last_us = workdays[-1].at_us
    assert not ticks(behaviour, last_us, last_us + 3 * DAY_US)


@pytest.mark.parametrize("octets", [5, 5000])
def test_a_backup_of_a_very_different_size_is_said(octets: int) -> None:
    behaviour = BackupLoss(settings_of("backup_loss"))
    told(behaviour, _nightly(8))
    [sign] = told(behaviour, [_run(MONDAY_US + 8 * DAY_US + HOUR_US, octets=octets)])
    assert "usually" in sign.says


def test_one_failure_is_life_and_three_in_a_row_are_a_sign() -> None:
    behaviour = BackupLoss(settings_of("backup_loss"))
    runs = [_run(MONDAY_US + n * DAY_US, "failed") for n in range(3)]
    assert [len(told(behaviour, [run])) for run in runs] == [0, 0, 1]


# --- connections


def _flow(at_us: int, source: str, target: str, sent: int, port: int = 443, teller: str = "zeek") -> Flow:
    return Flow(at_us, teller, 0, source, target, port, "tcp", "", sent, 0, answered=True)


def _browsing(days: int) -> list[Flow]:
    return [
        _flow(MONDAY_US + day * DAY_US + hour * HOUR_US, "ws01", "192.0.2.1", 20_000 + hour)
        for day in range(days)
        for hour in range(24)
    ]


def test_much_more_than_ever_is_said_once_a_day_and_again_at_ten_times_as_much() -> None:
    behaviour = Egress(settings_of("egress"))
    assert not told(behaviour, _browsing(8))
    at_us = MONDAY_US + 8 * DAY_US
    sizes = [30_000_000, 30_000_000, 30_000_000, 400_000_000]
    signs = [told(behaviour, [_flow(at_us + n * MINUTE_US, "ws01", "192.0.2.1", size)]) for n, size in enumerate(sizes)]
    assert [len(each) for each in signs] == [1, 0, 0, 1]
    assert "30 MB" in signs[0][0].says


def test_a_connection_that_two_logs_tell_counts_once() -> None:
    behaviour = Egress(settings_of("egress"))
    told(behaviour, _browsing(8))
    at_us = MONDAY_US + 8 * DAY_US
    twice = [_flow(at_us, "ws01", "192.0.2.1", 15_000_000, teller=teller) for teller in ("zeek", "fw01")]
    assert not told(behaviour, twice)
    assert told(behaviour, [_flow(at_us, "ws01", "192.0.2.1", 15_000_000)])


def test_calls_by_the_clock_to_an_address_that_is_new_are_said_and_to_a_known_one_not() -> None:
    def calls(peer: str) -> list[Flow]:
        at_us = MONDAY_US + 8 * DAY_US
        return [_flow(at_us + n * 60 * SECOND_US + n % 3 * SECOND_US, "ws01", peer, 300) for n in range(30)]

    behaviour = Egress(settings_of("egress"))
    told(behaviour, _browsing(8))
    assert not told(behaviour, calls("192.0.2.1"))
    [sign] = told(behaviour, calls(OUTSIDE))
    assert sign.level is Level.LOW
    assert OUTSIDE in sign.says


# --- devices


def _imaging(days: int) -> list[Flow]:
    return [
        _flow(MONDAY_US + day * DAY_US + hour * HOUR_US, "ct01", "pacs01", 1000, 4242)
        for day in range(days)
        for hour in range(24)
    ]


def test_a_second_device_of_a_kind_is_known_by_the_first() -> None:
    behaviour = DeviceTalk(settings_of("device_talk"))
    assert not told(behaviour, _imaging(8))
    at_us = MONDAY_US + 8 * DAY_US
    assert not told(behaviour, [_flow(at_us, "ct02", "pacs01", 1000, 4242)])
    [sign] = told(behaviour, [_flow(at_us, "lab01", "pacs01", 1000, 4242)])
    assert "analyser" in sign.says


def test_what_a_standard_has_a_device_do_needs_no_learning() -> None:
    behaviour = DeviceTalk(settings_of("device_talk"))
    told(behaviour, _imaging(8))
    assert not told(behaviour, [_flow(MONDAY_US + 8 * DAY_US, "ct02", "pacs01", 1000, 11112)])


def test_a_device_that_tries_others_is_said_and_said_again_when_it_is_a_scan() -> None:
    behaviour = DeviceTalk(settings_of("device_talk"))
    told(behaviour, _imaging(8))
    at_us = MONDAY_US + 8 * DAY_US
    tried = [
        _flow(at_us + n * SECOND_US, "ct01", target, 0, port)._replace(answered=False)
        for n, (target, port) in enumerate((t, p) for t in ("pump1", "pump2", "lab01") for p in (22, 23, 80))
    ]
    assert [sign.level for sign in told(behaviour, tried)] == [Level.LOW, Level.HIGH]


def test_a_device_that_is_answered_from_the_internet_is_high() -> None:
    behaviour = DeviceTalk(settings_of("device_talk"))
    told(behaviour, _imaging(8))
    assert [s.level for s in told(behaviour, [_flow(MONDAY_US + 8 * DAY_US, "ct01", OUTSIDE, 10)])] == [Level.HIGH]


def test_what_a_suspect_does_is_not_learnt() -> None:
    behaviour = DeviceTalk(settings_of("device_talk"))
    told(behaviour, _imaging(6))
    held = Context(CONTEXT.places, lambda host, _account: host == "ws01")
    attack = [_flow(MONDAY_US + 6 * DAY_US + n * HOUR_US, "ws01", "ct01", 10, 3389) for n in range(24)]
    assert not told(behaviour, attack, held)  # still learning
    assert told(behaviour, [_flow(MONDAY_US + 8 * DAY_US, "ws01", "ct01", 10, 3389)])


# --- logs


def _heard(at_us: int, number: int = -1, host: str = "dc01", log: str = "security") -> Heard:
    numbers = 0 if number < 0 else 1
    return Heard(at_us, host, 0, log, 1, number, number, numbers)


def _steady(days: int, every_us: int = 5 * MINUTE_US, host: str = "dc01", log: str = "security") -> list[Heard]:
    return [_heard(MONDAY_US + at, -1, host, log) for at in range(0, days * DAY_US, every_us)]


def test_a_steady_log_is_missed_within_half_an_hour() -> None:
    behaviour = Silence(settings_of("silence"))
    assert not told(behaviour, _steady(8))
    ended = MONDAY_US + 8 * DAY_US
    signs = ticks(behaviour, ended, ended + 2 * HOUR_US)
    assert len(signs) == 1
    assert signs[0].at_us <= ended + 30 * MINUTE_US
    assert signs[0].host == "dc01"


def test_a_workstation_that_is_off_at_night_is_not_missed_at_night() -> None:
    behaviour = Silence(settings_of("silence"))
    by_day = [h for h in _steady(10, host="ws01") if 7 * HOUR_US <= h.at_us % DAY_US < 18 * HOUR_US]
    assert not told(behaviour, by_day)
    assert not ticks(behaviour, MONDAY_US + 9 * DAY_US + 18 * HOUR_US, MONDAY_US + 10 * DAY_US + 8 * HOUR_US)


def test_many_logs_that_stop_together_are_two_signs_at_most() -> None:
    behaviour = Silence(settings_of("silence"))
    hosts = [f"srv{number}" for number in range(40)]
    for slot in range(8 * 288):
        for host in hosts:
            assert not list(behaviour.take(_heard(MONDAY_US + slot * 5 * MINUTE_US, host=host), CONTEXT))
        assert not list(behaviour.tick(MONDAY_US + slot * 5 * MINUTE_US, CONTEXT))
    ended = MONDAY_US + 8 * DAY_US
    signs = ticks(behaviour, ended, ended + 3 * HOUR_US)
    assert 1 <= len(signs) <= 2
    assert "40 machines" in signs[-1].says


def test_nothing_is_missed_of_a_time_in_which_nobody_watched() -> None:
    behaviour = Silence(settings_of("silence"))
    told(behaviour, _steady(8))
    away = MONDAY_US + 8 * DAY_US + 6 * HOUR_US
    assert not ticks(behaviour, away, away + 10 * MINUTE_US)


def test_a_cleared_log_is_said_at_once_and_once_for_a_host() -> None:
    cleared = [LogCleared(MONDAY_US + n, "dc01", 0, "adm", log) for n, log in enumerate(("Security", "System"))]
    [sign] = told(LogGaps(settings_of("log_gaps")), cleared)
    assert (sign.level, sign.says) == (Level.HIGH, "adm cleared the log Security of dc01.")


def _numbered(count: int, without: frozenset[int] = frozenset()) -> list[Heard]:
    return [_heard(MONDAY_US + n * MINUTE_US, 1000 + n) for n in range(count) if n not in without]


def test_records_that_never_come_are_missed_where_none_was_missing_before() -> None:
    signs = told(LogGaps(settings_of("log_gaps")), _numbered(400, frozenset(range(200, 210))))
    assert len(signs) == 1
    assert "10 records of the log security of dc01" in signs[0].says


def test_records_that_come_late_are_not_missed() -> None:
    seen = _numbered(400)
    late = seen[200:210]
    reordered = seen[:200] + seen[210:225] + [each._replace(at_us=seen[225].at_us) for each in late] + seen[225:]
    assert not told(LogGaps(settings_of("log_gaps")), reordered)


def test_gaps_are_usual_in_a_log_of_which_only_some_records_are_forwarded() -> None:
    some = frozenset(n for n in range(2000) if n % 10 in {3, 4, 5, 6})
    assert not told(LogGaps(settings_of("log_gaps")), _numbered(2000, some))


def test_a_numbering_that_begins_anew_is_said() -> None:
    behaviour = LogGaps(settings_of("log_gaps"))
    told(behaviour, _numbered(100))
    [sign] = told(behaviour, [_heard(MONDAY_US + 3 * HOUR_US, 1)])
    assert "begins anew at 1" in sign.says


def test_a_log_service_that_stops_alone_is_said_and_one_that_stops_with_its_machine_is_not() -> None:
    stopped = LogCleared(MONDAY_US, "dc01", 0, "", "event log service")
    on = _heard(MONDAY_US + 20 * MINUTE_US, log="microsoft-windows-sysmon/operational")
    again = _heard(MONDAY_US + 4 * MINUTE_US)
    assert len(told(LogGaps(settings_of("log_gaps")), [stopped, on])) == 1
    assert not told(LogGaps(settings_of("log_gaps")), [stopped, again, on])


def _access(at_us: int, reporter: str, patient: int) -> RecordAccess:
    return RecordAccess(at_us, "ehr01", 0, "anna", str(patient), "R", client="10.1.2.3", reporter=reporter)


def test_accesses_that_only_the_server_has_are_said_of_a_client_that_usually_has_them() -> None:
    behaviour = UnmatchedAudit(settings_of("unmatched_audit"))
    usual = [_access(MONDAY_US + n * HOUR_US, side, n) for n in range(8 * 24) for side in ("client", "server")]
    assert not told(behaviour, usual)
    begins = MONDAY_US + 8 * DAY_US
    told(behaviour, [_access(begins + n * SECOND_US, "server", n) for n in range(30)])
    [sign] = ticks(behaviour, begins + MINUTE_US, begins + HOUR_US)
    assert sign.account == "anna"


@pytest.mark.parametrize("name", ["mass_change", "backup_loss", "egress", "device_talk", "silence", "log_gaps"])
def test_what_is_remembered_can_be_put_on_disk(name: str) -> None:
    kinds: dict[str, type[Any]] = {
        "mass_change": MassChange, "backup_loss": BackupLoss, "egress": Egress, "device_talk": DeviceTalk,
        "silence": Silence, "log_gaps": LogGaps,
    }  # fmt: skip
    behaviour = kinds[name](settings_of(name))
    seen: list[Observation] = [*_nightly(8), *_browsing(8), *_imaging(8), *_steady(8), *_weeks_of_work(8)]
    told(behaviour, sorted(each for each in seen if isinstance(each, behaviour.watches)))
    again = pickle.loads(pickle.dumps(behaviour))
    at_us = MONDAY_US + 8 * DAY_US
    later: list[Observation] = [
        _run(at_us, "deleted"), _flow(at_us, "ws01", OUTSIDE, 50_000_000), _flow(at_us, "ct01", "lab01", 1, 22),
        _change(at_us, "salaries\\bonus.xlsx"), LogCleared(at_us, "dc01", 0, "adm", "Security"),
        _heard(at_us + 3 * HOUR_US, host="dc09"),
    ]  # fmt: skip
    later = [each for each in later if isinstance(each, behaviour.watches)]
    signs = told(behaviour, later) + ticks(behaviour, at_us + 3 * HOUR_US, at_us + 6 * HOUR_US)
    assert signs
    assert told(again, later) + ticks(again, at_us + 3 * HOUR_US, at_us + 6 * HOUR_US) == signs
