"""auth.log and audit.log of Linux servers."""

from __future__ import annotations

from codedark.events.record import Record
from codedark.hospital.account import AccountId
from codedark.simulate.acts import Act, CommandElevated, FileWritten, LoggedOff, LoggedOn, LogonType, ProcessStarted
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses import witnesses
from tests.simulated_acts import NOON_US, ReadBack, read_back, small_site, written

SITE = small_site()
HOST = next(host.id for host in SITE.hosts.values() if {"auth", "auditd"} <= host.logs)
SILENT = next(host.id for host in SITE.hosts.values() if not host.logs)
ROOT = AccountId("root")


def back(name: str, *lived: Act, deleted: tuple[Deleted, ...] = ()) -> ReadBack:
    witness = next(one for one in witnesses(SITE, deleted, {}) if one.name == name)
    found = read_back(witness, written(witness, lived))
    assert not found.rejected
    return found


def message(record: Record) -> str:
    return str(record["message"])


def test_ssh() -> None:
    came = LoggedOn(NOON_US, HOST, ROOT, LogonType.NETWORK, SILENT, 5, "publickey")
    found = back("linux/auth", came, LoggedOff(NOON_US, HOST, ROOT, LogonType.NETWORK, 5))
    assert [origin.service for origin in found.origins] == ["sshd"] * 3
    assert message(found.records[0]).startswith(f"Accepted publickey for root from {SITE.hosts[SILENT].address} port")
    assert len({record["procid"] for record in found.records}) == 1, "a session keeps its process"
    refused = came._replace(outcome="unknown_account", account=AccountId("oracle"))
    assert message(back("linux/auth", refused).records[0]).startswith("Failed password for invalid user oracle from")


def test_sudo_and_cron() -> None:
    found = back(
        "linux/auth",
        CommandElevated(NOON_US, HOST, AccountId("anna"), "/usr/bin/cat\n/etc/shadow"),
        LoggedOn(NOON_US, HOST, ROOT, LogonType.BATCH, "", 5),
    )
    assert [origin.service for origin in found.origins] == ["sudo", "sudo", "cron"]
    assert "COMMAND=/usr/bin/cat#012/etc/shadow" in message(found.records[0])


def test_a_command_in_audit_is_one_event_with_all_its_arguments() -> None:
    command = "/usr/bin/pg_dump  -U ehr \"a b\" 'é'"
    act = ProcessStarted(NOON_US, HOST, ROOT, 5, 4120, "/usr/bin/pg_dump", command, 800, "/bin/sh")
    found = back("linux/audit", act)
    (record,) = found.records
    assert found.origins[0].event == "EXECVE"
    assert record["Image"] == "/usr/bin/pg_dump"
    assert record["CommandLine"] == command
    assert record["ProcessId"] == "4120"
    assert record["node"] == HOST.lower()
    assert record["User"] == record["AUID"] == "root"


def test_a_file_in_audit() -> None:
    (record,) = back("linux/audit", FileWritten(NOON_US, HOST, ROOT, 9, "/bin/sh", "/etc/cron.d/x y")).records
    assert record["TargetFilename"] == "/etc/cron.d/x y"


def test_serials_are_contiguous_and_deleted_events_leave_a_gap() -> None:
    lived = [FileWritten(NOON_US + number, HOST, ROOT, 9, "/bin/sh", "/tmp/x") for number in range(6)]
    whole = [int(str(record["serial"])) for record in back("linux/audit", *lived).records]
    assert whole == list(range(whole[0], whole[0] + 6))
    gone = Deleted(HOST, "linux/audit", NOON_US + 2, NOON_US + 4, "s1")
    left = [int(str(record["serial"])) for record in back("linux/audit", *lived, deleted=(gone,)).records]
    assert left == whole[:2] + whole[4:]


def test_hosts_without_the_sensor_are_silent() -> None:
    act = LoggedOn(NOON_US, SILENT, ROOT, LogonType.NETWORK, HOST, 5, "password")
    assert not back("linux/auth", act).records
    assert not back("linux/audit", act).records
