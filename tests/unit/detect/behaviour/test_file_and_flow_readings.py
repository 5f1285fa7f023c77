"""How files, backups, connections and upkeep of logs are read from what real logs write."""

from __future__ import annotations

import pytest

from codedark.detect.behaviour.observation import BackupRun, FileAct, Flow, Heard, LogCleared, Observation
from codedark.detect.behaviour.reading import Reading
from codedark.detect.behaviour.readings.backups import Backups
from codedark.detect.behaviour.readings.files import Files
from codedark.detect.behaviour.readings.flows import Flows
from codedark.detect.behaviour.readings.heard import Heards
from codedark.detect.behaviour.readings.upkeep import Upkeep
from tests import reading_logs

ARRIVED_US = 1_768_176_100_000_000


def observed(reading: Reading, log: bytes, form: str) -> list[Observation]:
    """What a reading sees in a log, every line of which can be read."""
    seen, rejected = reading_logs.observed(reading, log, form, ARRIVED_US)
    assert not rejected
    return seen


_SAMBA = b"2026-01-12T00:00:00+00:00 fs01 smbd_audit: HOSP\\anna|10.1.2.3|ws-1|Home|%s\n"


@pytest.mark.parametrize(
    ("said", "act", "name", "new_name"),
    [
        (b"openat|ok|r|Letters/A 1.docx", "read", "letters\\a 1.docx", ""),
        (b"openat|ok|w|Letters/A 1.docx", "write", "letters\\a 1.docx", ""),
        (b"pwrite|ok|Letters/A 1.docx", "write", "letters\\a 1.docx", ""),
        (b"renameat|ok|a.docx|a.docx.lock", "rename", "a.docx", "a.docx.lock"),
        (b"unlinkat|ok|a.docx", "delete", "a.docx", ""),
    ],
)
def test_samba_says_who_did_what_to_which_file(said: bytes, act: str, name: str, new_name: str) -> None:
    [seen] = observed(Files(), _SAMBA % said, "syslog")
    assert seen == FileAct(1_768_176_000_000_000, "fs01", 0, "anna", "10.1.2.3", "home", act, name, new_name)


def test_what_samba_refused_and_what_other_programs_say_is_no_act() -> None:
    log = _SAMBA % b"openat|fail (Permission denied)|r|a.docx" + b"2026-01-12T00:00:00+00:00 fs01 cron: a|ok|b\n"
    assert not observed(Files(), log, "syslog")


def _windows(event: int, channel: str, **more: str) -> bytes:
    data = "".join(f',"{name}":"{value}"' for name, value in more.items())
    return (
        f'{{"Channel":"{channel}","EventID":{event},"Computer":"fs01.hosp.example","EventRecordID":7,'
        f'"TimeCreated":"2026-01-12T00:00:00Z"{data}}}\n'
    ).encode()


@pytest.mark.parametrize(("mask", "act"), [("0x120089", "read"), ("0x12019f", "write"), ("0x110080", "delete")])
def test_a_share_of_windows_tells_by_the_rights_asked_for(mask: str, act: str) -> None:
    log = _windows(
        5145, "Security", SubjectUserName="Anna", IpAddress="10.1.2.3", ShareName=r"\\\\*\\Home",
        RelativeTargetName=r"Letters\\A.docx", AccessMask=mask,
    )  # fmt: skip
    [seen] = observed(Files(), log, "jsonl")
    assert isinstance(seen, FileAct)
    assert (seen.account, seen.client, seen.share, seen.act, seen.name) == (
        "anna", "10.1.2.3", "home", act, "letters\\a.docx",
    )  # fmt: skip


def test_an_object_access_of_the_server_itself_is_left_to_the_share() -> None:
    data = {"SubjectUserName": "anna", "ObjectType": "File", "ObjectName": r"D:\\A.docx", "AccessMask": "0x2"}
    assert not observed(Files(), _windows(4663, "Security", ProcessId="0x4", **data), "jsonl")
    [seen] = observed(Files(), _windows(4663, "Security", ProcessId="0x1f4", **data), "jsonl")
    assert isinstance(seen, FileAct)
    assert (seen.client, seen.share, seen.act) == ("fs01", "", "write")


@pytest.mark.parametrize(
    ("event", "more", "job", "act", "octets"),
    [
        (190, {"JobName": "Mail", "JobResult": "0", "TransferredBytes": "12"}, "Mail", "succeeded", 12),
        (190, {"Message": "Backup job 'Mail' finished with Failed.", "Result": "2"}, "Mail", "failed", 0),
        (23090, {"Description": "SureBackup job 'Mail' has been deleted."}, "Mail", "deleted", 0),
        (23050, {"JobName": "Mail"}, "Mail", "changed", 0),
        (10050, {"VmName": "VM2", "Description": "Restore point has been removed by user X."}, "VM2", "deleted", 0),
    ],
)
def test_backup_events_say_what_became_of_a_job(
    event: int, more: dict[str, str], job: str, act: str, octets: int
) -> None:
    [seen] = observed(Backups(), _windows(event, "Veeam Backup", SourceName="Veeam MP", **more), "jsonl")
    assert isinstance(seen, BackupRun)
    assert (seen.host, seen.job, seen.act, seen.octets) == ("fs01", job, act, octets)


def test_restore_points_that_retention_removes_are_no_loss() -> None:
    said = "Restore point for VM V has been removed according to the configured retention policy."
    assert not observed(Backups(), _windows(10050, "Veeam Backup", Description=said), "jsonl")


def test_zeek_and_a_firewall_tell_the_same_connection_each_as_its_own_witness() -> None:
    zeek = (
        b"#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tid.resp_h\tid.resp_p\tproto\tservice\torig_bytes"
        b"\tresp_bytes\tconn_state\n#types\ttime\taddr\taddr\tport\tenum\tstring\tcount\tcount\tstring\n"
        b"1768176000.0\t10.1.2.3\t192.0.2.9\t443\ttcp\tssl\t100\t2000\tSF\n"
        b"1768176000.0\t10.1.2.3\t192.0.2.9\t22\ttcp\t-\t-\t-\tS0\n"
    )
    first, second = observed(Flows(), zeek, "zeek")
    assert first == Flow(
        1_768_176_000_000_000, "10.1.2.3", 0, "10.1.2.3", "192.0.2.9", 443, "tcp", "ssl", 100, 2000, True
    )
    assert isinstance(second, Flow)
    assert (second.port, second.sent, second.answered) == (22, 0, False)
    cef = (
        b"2026-01-12T00:00:00+00:00 fw01 CEF:0|Maker|Wall|1|13|traffic|3|src=10.1.2.3 dst=192.0.2.9 dpt=443 proto=6 "
        b"out=100 in=2000 act=close dvchost=fw01\n"
    )
    [told] = observed(Flows(), cef, "syslog")
    assert isinstance(told, Flow)
    assert told.host == "fw01"
    assert (told.source, told.target, told.port, told.protocol, told.sent, told.received, told.answered) == (
        "10.1.2.3", "192.0.2.9", 443, "tcp", 100, 2000, True,
    )  # fmt: skip


def test_a_connection_that_came_in_is_told_by_its_other_end() -> None:
    channel = "Microsoft-Windows-Sysmon/Operational"
    data = {"SourceIp": "10.1.2.3", "DestinationIp": "10.1.2.4", "DestinationPort": "445", "Protocol": "tcp"}
    assert not observed(Flows(), _windows(3, channel, Initiated="false", **data), "jsonl")
    assert len(observed(Flows(), _windows(3, channel, Initiated="true", **data), "jsonl")) == 1


def test_logs_that_are_cleared_and_policies_that_log_less_are_told() -> None:
    cleared = _windows(1102, "Security", SubjectUserName="adm")
    less = _windows(4719, "Security", SubjectUserName="adm", AuditPolicyChanges="%%8448")
    more = _windows(4719, "Security", SubjectUserName="adm", AuditPolicyChanges="%%8449")
    told = observed(Upkeep(), cleared + less + more, "jsonl")
    assert [(each.account, each.log) for each in told if isinstance(each, LogCleared)] == [
        ("adm", "Security"), ("adm", "audit policy"),
    ]  # fmt: skip


def test_what_is_heard_of_windows_is_counted_by_host_with_its_record_numbers() -> None:
    lines = [_windows(4624, "Security").replace(b'ID":7', b'ID":%d' % number) for number in (9, 7, 8)]
    lines.append(_windows(4624, "Security").replace(b"fs01", b"fs02"))
    first, second = observed(Heards(), b"".join(lines), "jsonl")
    assert first == Heard(1_768_176_000_000_000, "fs01", 2, "security", 3, 7, 9, 3)
    assert isinstance(second, Heard)
    assert (second.host, second.records) == ("fs02", 1)
