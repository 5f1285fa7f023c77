"""Windows logs: what an act leaves on which host, with which values, and that the fields are those of real events."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.simulate.acts import (
    AccountChanged,
    Act,
    BackupRan,
    Connected,
    FileWritten,
    LogCleared,
    LoggedOff,
    LoggedOn,
    LogonType,
    MalwareSeen,
    NameAsked,
    ProcessAccessed,
    ProcessStarted,
    ProtectionChanged,
    RegistrySet,
    ScriptRun,
    ServiceChanged,
    ServiceInstalled,
    ShareTouched,
    Started,
    TaskRegistered,
    TicketAsked,
)
from codedark.simulate.site import Function
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses import witnesses
from tests.simulated_acts import NOON_US, read_back, small_site, written

SITE = small_site()
COLLECTED = next(
    h.id for h in SITE.hosts.values() if {"security", "sysmon", "system", "powershell", "defender"} <= h.logs and h.ward
)
SILENT = next(h.id for h in SITE.hosts.values() if h.family == "windows" and not h.logs)
CONTROLLERS = SITE.by_function[Function.DOMAIN_CONTROLLER]
SERVER = SITE.server(Function.FILE).id
NURSE = SITE.people[0].account
SECOND = 1_000_000


def events(name: str, *lived: Act, deleted: tuple[Deleted, ...] = ()) -> list[dict[str, Any]]:
    """The records of a log, as a plain JSON reader finds them; our own must accept them too."""
    witness = next(one for one in witnesses(SITE, deleted, {}) if one.name == name)
    lines = written(witness, lived)
    assert not read_back(witness, lines).rejected
    return [orjson.loads(line) for line in lines]


def logged_on(
    logon_type: LogonType = LogonType.NETWORK, host: AssetId = COLLECTED, source: str = SILENT, **more: Any
) -> LoggedOn:
    return LoggedOn(NOON_US, host, NURSE, logon_type, source, 0x3F000, **more)


def process(host: AssetId = COLLECTED, at_us: int = NOON_US, **more: Any) -> ProcessStarted:
    values = {
        "image": "C:\\Windows\\System32\\cmd.exe",
        "command_line": 'cmd.exe /c "echo é"',
        "parent_image": "C:\\x.exe",
    }
    return ProcessStarted(at_us, host, NURSE, 0x3F000, 4120, parent_process_id=800, **{**values, **more})


def test_logon_over_the_network() -> None:
    (event,) = events("windows/security", logged_on())
    assert event["EventID"] == 4624
    assert event["Channel"] == "Security"
    assert event["Computer"] == SITE.hosts[COLLECTED].fqdn
    assert event["TargetUserName"] == NURSE
    assert event["TargetUserSid"] == SITE.sids[NURSE]
    assert event["TargetLogonId"] == "0x3f000"
    assert event["LogonType"] == "3"
    assert event["AuthenticationPackageName"] == "Kerberos"
    assert event["IpAddress"] == SITE.hosts[SILENT].address
    assert event["TimeCreated"] == "2026-11-17T12:00:00.000000Z"


def test_elevated_logon_has_its_privileges_beside_it() -> None:
    first, second = events("windows/security", logged_on(elevated=True))
    assert (first["EventID"], second["EventID"]) == (4624, 4672)
    assert first["ElevatedToken"] == "%%1842"
    assert second["SubjectLogonId"] == first["TargetLogonId"]


def test_only_collected_hosts_leave_logs_but_controllers_always() -> None:
    assert not events("windows/security", logged_on(host=SILENT, source=COLLECTED))
    for controller in CONTROLLERS:
        assert events("windows/security", logged_on(host=controller))


@pytest.mark.parametrize(
    ("package", "outcome", "event_id", "status"),
    [
        ("Kerberos", "bad_password", 4771, "0x18"),
        ("Negotiate", "bad_password", 4771, "0x18"),
        ("Kerberos", "unknown_account", 4768, "0x6"),
        ("NTLM", "bad_password", 4776, "0xc000006a"),
        ("NTLM", "locked_out", 4776, "0xc0000234"),
        ("NTLM", "success", 4776, "0x0"),
    ],
)
def test_what_the_controller_writes_of_a_logon_elsewhere(
    package: Any, outcome: Any, event_id: int, status: str
) -> None:
    host, controller = events("windows/security", logged_on(package=package, outcome=outcome))
    assert host["EventID"] == (4624 if outcome == "success" else 4625)
    assert controller["EventID"] == event_id
    assert controller["Status"] == status
    assert controller["Computer"] in {SITE.hosts[one].fqdn for one in CONTROLLERS}
    assert controller["TargetUserName"] == NURSE
    (alone,) = events("windows/security", logged_on(host=SILENT, package=package, outcome=outcome))
    assert alone["EventID"] == event_id


def test_a_remote_desktop_leaves_explicit_credentials_where_it_starts() -> None:
    ids = [e["EventID"] for e in events("windows/security", logged_on(LogonType.REMOTE_INTERACTIVE, SERVER, COLLECTED))]
    assert ids == [4624, 4648]


def test_logoff_by_a_person_and_over_the_network() -> None:
    def ids(logon_type: LogonType) -> list[int]:
        return [e["EventID"] for e in events("windows/security", LoggedOff(NOON_US, COLLECTED, NURSE, logon_type, 7))]

    assert ids(LogonType.INTERACTIVE) == [4647, 4634]
    assert ids(LogonType.NETWORK) == [4634]


@pytest.mark.parametrize(
    ("act", "values"),
    [
        (
            TicketAsked(NOON_US, SILENT, NURSE, "krbtgt"),
            {"EventID": 4768, "TicketEncryptionType": "0x12", "PreAuthType": "2"},
        ),
        (
            TicketAsked(NOON_US, SILENT, NURSE, "krbtgt", "rc4", preauthenticated=False),
            {"EventID": 4768, "TicketEncryptionType": "0x17", "PreAuthType": "0", "Status": "0x0"},
        ),
        (TicketAsked(NOON_US, SILENT, NURSE, "krbtgt", granted=False), {"EventID": 4771, "Status": "0x18"}),
        (
            TicketAsked(NOON_US, SILENT, NURSE, "svc_x", "rc4"),
            {"EventID": 4769, "ServiceName": "svc_x", "TicketEncryptionType": "0x17"},
        ),
        (TicketAsked(NOON_US, SILENT, NURSE, "svc_x", granted=False), {"EventID": 4769, "Status": "0x7"}),
    ],
)  # fmt: skip
def test_tickets(act: TicketAsked, values: dict[str, Any]) -> None:
    (event,) = events("windows/security", act)
    assert values.items() <= event.items()
    assert event["IpAddress"] == f"::ffff:{SITE.hosts[SILENT].address}"


def test_a_process_in_security_and_sysmon() -> None:
    (security,) = events("windows/security", process())
    (sysmon,) = events("windows/sysmon", process())
    assert security["EventID"] == 4688
    assert security["CommandLine"] == sysmon["CommandLine"] == 'cmd.exe /c "echo é"'
    assert security["NewProcessId"] == "0x1018"
    assert sysmon["ProcessId"] == "4120"
    assert sysmon["OriginalFileName"] == "Cmd.Exe"
    assert sysmon["UtcTime"] == "2026-11-17 12:00:00.000"
    assert sysmon["User"] == f"{SITE.domain}\\{NURSE}"
    assert sysmon["Hashes"].startswith("SHA1=")


def test_a_process_keeps_its_guid_and_its_hashes() -> None:
    parent, child = events("windows/sysmon", process(), process(at_us=NOON_US + SECOND, parent_image="C:\\y.exe"))
    file = FileWritten(NOON_US + SECOND, COLLECTED, NURSE, 4120, "C:\\Windows\\System32\\cmd.exe", "C:\\a.txt")
    (made,) = events("windows/sysmon", file)
    assert parent["ProcessGuid"] == child["ProcessGuid"] == made["ProcessGuid"]
    assert parent["Hashes"] == child["Hashes"]
    assert parent["ParentProcessGuid"] != parent["ProcessGuid"]


def test_services_of_the_system_act_under_the_name_of_the_machine() -> None:
    system = process()._replace(account=AccountId("SYSTEM"))
    (security,) = events("windows/security", system)
    (sysmon,) = events("windows/sysmon", system)
    assert (security["SubjectUserName"], security["SubjectUserSid"]) == (f"{COLLECTED}$", "S-1-5-18")
    assert security["SubjectLogonId"] == "0x3e7"
    assert sysmon["User"] == "NT AUTHORITY\\SYSTEM"


@pytest.mark.parametrize(
    ("operation", "ids", "right"),
    [
        ("read", [5140, 5145], "%%4416"),
        ("write", [5140, 5145, 4663], "%%4417"),
        ("delete", [5140, 5145, 4663], "%%1537"),
        ("rename", [5140, 5145, 4663, 5145], "%%1537"),
    ],
)
def test_files_on_shares(operation: Any, ids: list[int], right: str) -> None:
    act = ShareTouched(NOON_US, SERVER, "Nursing", "Plan\\a.docx", NURSE, SILENT, operation, "Plan\\a.docx.x1")
    found = events("windows/security", act)
    assert [event["EventID"] for event in found] == ids
    assert found[1]["RelativeTargetName"] == "Plan\\a.docx"
    assert found[1]["ShareName"] == "\\\\*\\Nursing"
    assert right in found[1]["AccessList"]
    if operation == "rename":
        assert found[3]["RelativeTargetName"] == "Plan\\a.docx.x1"
    again = [event["EventID"] for event in events("windows/security", act, act._replace(at_us=NOON_US + SECOND))]
    assert again == ids + ids[1:], "the share is connected to once"


@pytest.mark.parametrize(
    ("change", "group", "event_id", "sid"),
    [
        ("created", "", 4720, None),
        ("password_reset", "", 4724, None),
        ("locked_out", "", 4740, None),
        ("group_added", "Domain Admins", 4728, "-512"),
        ("group_added", "Backup Operators", 4732, "S-1-5-32-551"),
        ("group_removed", "Domain Admins", 4729, "-512"),
    ],
)
def test_changes_of_accounts(change: Any, group: str, event_id: int, sid: str | None) -> None:
    actor, target = SITE.people[1].account, SITE.people[2].account
    (event,) = events("windows/security", AccountChanged(NOON_US, CONTROLLERS[0], actor, target, change, group))
    assert event["EventID"] == event_id
    assert event["SubjectUserName"] == actor
    if group:
        assert event["MemberSid"] == SITE.sids[target]
        assert event["TargetUserName"] == group
        assert event["TargetSid"].endswith(sid)
    else:
        assert event["TargetUserName"] == target


def test_a_task_is_told_with_its_definition() -> None:
    (event,) = events("windows/security", TaskRegistered(NOON_US, COLLECTED, NURSE, "Update <x>", "a.exe", "-b & c"))
    assert event["TaskName"] == "\\Update <x>"
    assert "<Command>a.exe</Command>" in event["TaskContent"]
    assert "-b &amp; c" in event["TaskContent"]


def test_system_log() -> None:
    lived: list[Act] = [
        Started(NOON_US, COLLECTED, up=False),
        Started(NOON_US, COLLECTED, up=True),
        ServiceInstalled(NOON_US, COLLECTED, NURSE, "PSEXESVC", "%SystemRoot%\\PSEXESVC.exe"),
        ServiceChanged(NOON_US, COLLECTED, "Volume Shadow Copy", "stopped"),
        ServiceChanged(NOON_US, COLLECTED, "Volume Shadow Copy", "disabled"),
        LogCleared(NOON_US, COLLECTED, NURSE, "System"),
    ]
    found = events("windows/system", *lived)
    assert [event["EventID"] for event in found] == [1074, 6006, 6005, 7045, 7036, 7040, 104]
    assert found[3]["ImagePath"] == "%SystemRoot%\\PSEXESVC.exe"
    assert (found[4]["param1"], found[4]["param2"]) == ("Volume Shadow Copy", "stopped")
    assert found[5]["param3"] == "disabled"


def test_a_cleared_security_log_says_so_itself() -> None:
    (event,) = events("windows/security", LogCleared(NOON_US, COLLECTED, NURSE, "Security"))
    assert (event["EventID"], event["SubjectUserName"]) == (1102, NURSE)


def test_a_long_script_comes_in_parts() -> None:
    text = "Get-Item 'ü'\n" * 3_000
    parts = events("windows/powershell", ScriptRun(NOON_US, COLLECTED, NURSE, 4, text, "C:\\a.ps1"))
    assert len(parts) == 3
    assert "".join(part["ScriptBlockText"] for part in parts) == text
    assert len({part["ScriptBlockId"] for part in parts}) == 1


def test_defender_has_its_names_with_and_without_spaces() -> None:
    witness = next(one for one in witnesses(SITE, (), {}) if one.name == "windows/defender")
    seen = MalwareSeen(NOON_US, COLLECTED, NURSE, "Trojan:Win32/X", "C:\\a b.exe", "quarantined")
    back = read_back(witness, written(witness, [seen, ProtectionChanged(NOON_US, COLLECTED, "off")]))
    assert [origin.event for origin in back.origins] == ["1116", "1117", "5001"]
    assert back.records[0]["ThreatName"] == back.records[0]["Threat Name"] == "Trojan:Win32/X"
    assert back.records[1]["ActionName"] == "Quarantine"


def test_sysmon_needs_a_known_program_for_connections_and_names() -> None:
    conn = Connected(
        NOON_US, COLLECTED, 50000, "203.0.113.9", 443, "tcp", "ssl", 1, 2, 0.1, image="C:\\a.exe", account=NURSE
    )
    name = NameAsked(NOON_US, COLLECTED, "a.example", "A", ("203.0.113.9",), image="C:\\a.exe")
    accessed = ProcessAccessed(NOON_US, COLLECTED, NURSE, 8, "C:\\a.exe", "C:\\Windows\\System32\\lsass.exe", "0x1010")
    value = RegistrySet(NOON_US, COLLECTED, NURSE, 8, "C:\\a.exe", "HKLM\\X\\Run", "DWORD (0x00000001)")
    found = events("windows/sysmon", conn, name, accessed, value)
    assert [event["EventID"] for event in found] == [3, 22, 10, 13]
    assert found[0]["DestinationIp"] == "203.0.113.9"
    assert found[1]["QueryResults"] == "::ffff:203.0.113.9;"
    assert found[2]["GrantedAccess"] == "0x1010"
    assert found[3]["Details"] == "DWORD (0x00000001)"
    assert not events("windows/sysmon", conn._replace(image=""), name._replace(image=""))


def test_record_numbers_are_contiguous_and_deleted_records_leave_a_gap() -> None:
    lived = [process(at_us=NOON_US + number * SECOND) for number in range(10)]
    whole = [event["EventRecordID"] for event in events("windows/security", *lived)]
    assert whole == list(range(whole[0], whole[0] + 10))
    gone = Deleted(COLLECTED, "windows/security", NOON_US + 3 * SECOND, NOON_US + 6 * SECOND, "s1")
    left = [event["EventRecordID"] for event in events("windows/security", *lived, deleted=(gone,))]
    assert left == whole[:3] + whole[6:]
    elsewhere = Deleted(COLLECTED, "windows/sysmon", 0, NOON_US * 2, "s1")
    assert len(events("windows/security", *lived, deleted=(elsewhere,))) == 10


def test_backup_jobs() -> None:
    server = SITE.server(Function.BACKUP).id
    done, removed, job = events(
        "backup/jobs",
        BackupRan(NOON_US, server, "Servers", "warning", 10, 20),
        BackupRan(NOON_US, server, "Servers", "deleted", 0, 0, NURSE),
    )
    assert (done["EventID"], removed["EventID"], job["EventID"]) == (190, 10090, 23090)
    assert done["Channel"] == "Veeam Backup"
    assert done["Result"] == "1"
    assert NURSE in removed["Description"]


_COLLECTORS_OWN = frozenset(
    """
    SourceName ProviderGuid Level Keywords Channel Hostname TimeCreated @timestamp EventID Message Task tags
    host port @version SourceModuleName SourceModuleType EventTime EventReceivedTime Severity SeverityValue
    Opcode OpcodeValue ThreadID ExecutionProcessID RecordNumber Version EventType Category ActivityID
    ERROR_EVT_UNRESOLVED Computer EventRecordID Domain AccountName AccountType UserID
    """.split()  # noqa: SIM905 - one word a field
)


def _real_events(folder: Path, names: Iterable[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        with zipfile.ZipFile(next(folder.rglob(f"{name}*.zip"))) as archive:
            for member in archive.namelist():
                for line in io.BytesIO(archive.read(member)):
                    yield orjson.loads(line)


def test_fields_are_those_of_real_events(shared_data: Path) -> None:
    """OTRF's lab logs: every event that we write and they have has the same names under EventData."""
    real: dict[tuple[str, int], set[frozenset[str]]] = {}
    for event in _real_events(shared_data / "otrf", ["cmd_dumping_ntds", "empire_wmic_add_user"]):
        key = (str(event.get("Channel")).lower(), event["EventID"])
        real.setdefault(key, set()).add(frozenset(event) - _COLLECTORS_OWN)
    lived: list[Act] = [
        logged_on(elevated=True),
        logged_on(package="NTLM", outcome="success"),
        LoggedOff(NOON_US, COLLECTED, NURSE, LogonType.NETWORK, 7),
        TicketAsked(NOON_US, SILENT, NURSE, "krbtgt"),
        TicketAsked(NOON_US, SILENT, NURSE, "svc_x"),
        process(),
        ShareTouched(NOON_US, SERVER, "Nursing", "a", NURSE, SILENT, "write"),
        FileWritten(NOON_US, COLLECTED, NURSE, 8, "C:\\a.exe", "C:\\a.txt"),
        RegistrySet(NOON_US, COLLECTED, NURSE, 8, "C:\\a.exe", "HKLM\\X", "1"),
        ProcessAccessed(NOON_US, COLLECTED, NURSE, 8, "C:\\a.exe", "C:\\b.exe", "0x1010"),
        Connected(NOON_US, COLLECTED, 1, SERVER, 443, "tcp", "ssl", 1, 2, 0.1, image="C:\\a.exe", account=NURSE),
        NameAsked(NOON_US, COLLECTED, "a.example", "A", (), image="C:\\a.exe"),
        ScriptRun(NOON_US, COLLECTED, NURSE, 4, "Get-Item", ""),
        ServiceChanged(NOON_US, COLLECTED, "x", "running"),
    ]
    compared = set()
    for log in ("security", "sysmon", "powershell", "system"):
        for event in events(f"windows/{log}", *lived):
            key = (event["Channel"].lower(), event["EventID"])
            if key in real:
                compared.add(key[1])
                assert frozenset(event) - _COLLECTORS_OWN in real[key], key
    assert {4624, 4634, 4672, 4688, 5140, 5145, 1, 3, 10, 11, 13, 22, 4104, 7036} <= compared
