"""What the intruder did after midnight, and how it was stopped, as the logs saw it. Traces only."""

from __future__ import annotations

from collections.abc import Iterator

from story import records as made
from story.scene import ADDRESS, EVIL, EVIL_TOO, FOOTHOLD, SYSTEM32, Body, Happening, at

HERE = ADDRESS[FOOTHOLD]
ADMIN, ON_CALL = "adm-devos", "adm-oncall"
CMD = SYSTEM32 + "cmd.exe"
DEFENDER = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Real-Time Protection\\"
REPLICATION = "%%7688\n\t\t{1131f6ad-9c07-11d1-f79f-00c04fc2dcd2}\n\t{19195a5b-6da0-11d0-afd3-00c04fd930c9}"
DOMAIN_ADMINS = {
    "TargetUserName": "Domeinadministrators",
    "TargetSid": "S-1-5-21-1004336348-1177238915-682003330-512",
}
ULTRASOUND = "10.40.2.15"
WRITE, DELETE = "%%4417\n\t\t\t\t", "%%1537\n\t\t\t\t"
RECOVERY = [
    "vssadmin.exe Delete Shadows /All /Quiet",
    "bcdedit.exe /set {default} recoveryenabled No",
    "wbadmin.exe delete catalog -quiet",
]
DATABASES = ["MSSQLSERVER", "SQLWriter", "MSExchangeIS", "LisResult", "CabinetSvc"]
STOPPED = [*DATABASES, "Spooler", "vss", "memtas", "sophos", "DHCPServer"]


def by_admin(host: str, command: str) -> Body:
    """The stolen administrator's account runs a program of Windows."""
    return made.process(host, SYSTEM32 + command.partition(" ")[0], command, ADMIN, CMD)


def taking_over() -> Iterator[Happening]:
    """00:20: an administrator's account; Defender goes off and the domain's secrets are copied."""
    yield "windows", at("00:20:33"), made.log_on("FS01", ADMIN, 10, HERE)
    for number, host in enumerate(["FS01", "BKP01", FOOTHOLD]):
        value = made.registry_set(host, DEFENDER + "DisableRealtimeMonitoring", "DWORD (0x00000001)", ADMIN)
        yield "windows", at("00:22:10", 40 * number), value
    for number in range(3):
        asked = {"AccessMask": "0x100", "ObjectServer": "DS", "Properties": REPLICATION}
        yield "dc01", at("00:31:02", number), made.security(4662, "DC01", SubjectUserName=ADMIN, **asked)
    member = "CN=svc_print,OU=Services,DC=sint-elders,DC=example"
    added = made.security(4728, "DC01", SubjectUserName=ADMIN, MemberName=member, **DOMAIN_ADMINS)
    yield "dc01", at("00:40:45"), added


def medical_device() -> Iterator[Happening]:
    """00:58: an ultrasound machine is a stepping stone."""
    yield "dns", at("00:58:20"), made.lookup(ULTRASOUND, "cdn.updates-now.example", EVIL_TOO)
    for number in range(4):
        beacon = made.connection(ULTRASOUND, EVIL_TOO, 443, (900, 4100), service="ssl")
        yield "connections", at("00:58:22", 60 * number), beacon
    opened = made.connection(ULTRASOUND, ADDRESS["FS01"], 445, (5200, 8800), service="smb")
    yield "connections", at("01:01:05"), opened


def storage() -> Iterator[Happening]:
    """00:52: root on the storage server; 01:05: its snapshots go; 01:10: a shell on a hypervisor."""
    for number in range(6):
        line = f"nas01 sshd[4711]: Failed password for root from {HERE} port 50{number}11 ssh2"
        yield "auth", at("00:52:01", 3 * number), line
    yield "auth", at("00:52:40"), f"nas01 sshd[4711]: Accepted password for root from {HERE} port 50722 ssh2"
    for number, day in enumerate((15, 16, 17)):
        command = ["/usr/sbin/zfs", "destroy", "-r", f"tank/wards@daily-2026-11-{day}"]
        yield "auth", at("01:05:11", 8 * number), made.sudo("root", " ".join(command))
        yield "audit", at("01:05:11", 8 * number), made.audited(command, 0, "exec")
    forget = ["/usr/bin/restic", "-r", "/srv/backup", "forget", "--prune", "--tag", "wards"]
    yield "audit", at("01:06:30"), made.audited(forget, 0, "exec")
    packed = ["/usr/bin/tar", "-cf", "w.tar", "/tank/wards/_AAA_do_not_open"]
    yield "audit", at("01:07:02"), made.audited(packed, 0, "canary_wards")
    enabled = "[UserLevelCorrelator] 81us: [esx.audit.ssh.enabled] SSH access has been enabled."
    yield "hypervisors", at("01:10:12"), f"esx01 vobd - - - {enabled}"


def backups() -> Iterator[Happening]:
    """01:18: the backup server; 01:26: what Windows itself could be put back with."""
    yield "windows", at("01:18:00"), made.log_on("BKP01", ADMIN, 10, HERE)
    yield "windows", at("01:20:06"), by_admin("BKP01", "net.exe stop VeeamBackupSvc /y")
    yield "windows", at("01:20:09"), made.service_state("BKP01", "Veeam Backup Service", "stopped")
    gone = "Backup repository 'Repository 01' has been deleted."
    yield "windows", at("01:21:30"), made.veeam(28200, gone, UserName=f"SINT-ELDERS\\{ADMIN}")
    for number in range(12):
        name = f"R:\\Backups\\Servers\\Servers2026-11-{number + 6:02}.vbk"
        yield "windows", at("01:22:00", 9 * number), made.file_deleted("BKP01", name, CMD, ADMIN)
    for number, command in enumerate(RECOVERY):
        yield "windows", at("01:26:14", 5 * number), by_admin("BKP01", command)
        yield "windows", at("01:27:04", 5 * number), by_admin("FS01", command)


def encryption() -> Iterator[Happening]:
    """01:31: the same service on five machines; 01:34: services and the log go; 01:36: the shares."""
    for number, host in enumerate(["FS01", "PHARM01", "LIS01", "WARD-3-PC01", "WARD-4-PC08"]):
        command = "%COMSPEC% /C start /b C:\\Windows\\Temp\\[...]"
        installed = made.service_installed(host, "Updater", command, ADMIN)
        yield "windows", at("01:31:20", 25 * number), installed
    for number, service in enumerate(STOPPED):
        yield "windows", at("01:34:02", 5 * number), by_admin("FS01", f"net.exe stop {service} /y")
    yield "windows", at("01:34:40"), made.service_state("LIS01", "LIS Result Service", "stopped")
    yield "windows", at("01:34:44"), made.service_state("PHARM01", "Cabinet Dispense Service", "stopped")
    yield "dc01", at("01:35:30"), made.log_cleared("DC01", ADMIN)
    for number in range(200):
        name, time = f"Ward{number % 6 + 1}\\letters\\letter{number:04}.docx", at("01:36:05", 0.5 * number)
        yield "windows", time, made.share_access(ADMIN, HERE, name, DELETE)
        yield "windows", time, made.share_access(ADMIN, HERE, name + ".k3rn8", WRITE)
    canary = made.share_access(ADMIN, HERE, "Ward1\\_AAA_do_not_open.docx", DELETE)
    yield "windows", at("01:36:21"), canary
    for number in range(12):
        note = made.share_access(ADMIN, HERE, f"Ward{number}\\README_RESTORE_FILES.txt", WRITE)
        yield "windows", at("01:36:40", 4 * number), note


def stopped() -> Iterator[Happening]:
    """01:38: the engineer on call locks three accounts, ends the tunnel and cuts the ward workstation."""
    for number, user in enumerate([ADMIN, "k.mertens", "svc_print"]):
        locked = made.security(4725, "DC01", SubjectUserName=ON_CALL, TargetUserName=user)
        yield "dc01", at("01:38:02", 15 * number), locked
    time = at("01:38:50")
    yield "vpn", time, made.vpn(time, "ext-imaging", EVIL, "tunnel-down", "password")
    yield "dc01", at("01:39:30"), made.log_on_failed("DC01", ADMIN, HERE)


ACTS = (taking_over, medical_device, storage, backups, encryption, stopped)
