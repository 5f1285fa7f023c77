"""An ordinary night at Sint-Elders: what the logs hold besides the intruder. Same seed, same entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from story import records as made
from story.scene import ADDRESS, DOMAIN, SERVERS, STAFF, SYSTEM32, WORKSTATIONS, Entry, Happening, at

SECONDS = 10 * 3600
"""From 16:00 to 02:00."""

EXPLORER, SERVICES = "C:\\Windows\\explorer.exe", SYSTEM32 + "services.exe"
CHROME = "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"
EHR = "C:\\Program Files\\Sint-Elders EHR\\ehr.exe"
PROGRAMS = [
    (CHROME, "chrome.exe --type=renderer", CHROME),
    (EHR, "ehr.exe --ward", EXPLORER),
    ("C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE", "OUTLOOK.EXE", EXPLORER),
    (SYSTEM32 + "notepad.exe", "notepad.exe", EXPLORER),
    (SYSTEM32 + "mspaint.exe", "mspaint.exe", EXPLORER),
    (SYSTEM32 + "svchost.exe", "svchost.exe -k netsvcs -p -s Schedule", SERVICES),
    (SYSTEM32 + "taskhostw.exe", "taskhostw.exe", SYSTEM32 + "svchost.exe"),
]
SERVICE_NAMES = ["Windows Update", "Print Spooler", "WMI Performance Adapter"]
FOLDERS = ["letters", "protocols", "rosters", "scans", "teaching"]
NAMES = [
    f"ehr01.{DOMAIN}",
    f"pacs01.{DOMAIN}",
    f"fs01.{DOMAIN}",
    "mail.example",
    "www.zorg.example",
    "time.example",
]
SCRIPTS = [
    "Get-Service | Where-Object Status -eq Running",
    "Get-VBRJob | Select-Object Name",
    "Import-Module Storage",
]
READ, WRITE, DELETE = "%%4416\n\t\t\t\t", "%%4417\n\t\t\t\t", "%%1537\n\t\t\t\t"
COMMANDS = [
    ["/usr/bin/ls", "-l", "/tank/wards"],
    ["/usr/sbin/zfs", "list", "-t", "snapshot"],
    ["/usr/bin/restic", "-r", "/srv/backup", "forget", "--prune", "--keep-daily", "14"],
]
HYPERVISOR_LINES = [
    "info hostd[2099] Task Completed : haTask-ha-host-vim.SearchIndex",
    "verbose hostd[2101] Stats refreshed",
    "info hostd[2098] User vpxuser logged in from 10.10.1.60",
]


def windows_event(dice: Random) -> Any:
    """One event of a workstation or a server, DC01 and the pump gateway left out."""
    user, desk, server = dice.choice(STAFF), dice.choice(WORKSTATIONS), dice.choice(SERVERS[2:-1])
    image, command, parent = dice.choice(PROGRAMS)
    file = f"Ward{dice.randint(1, 6)}\\{dice.choice(FOLDERS)}\\file{dice.randint(1, 900)}.docx"
    access = dice.choices([READ, WRITE, DELETE], [8, 3, 1])[0]
    flow = {
        "Protocol": "tcp",
        "SourceIp": ADDRESS[desk],
        "DestinationIp": ADDRESS[server],
        "DestinationPort": "443",
    }
    temporary = f"C:\\Users\\{user}\\AppData\\Local\\Temp\\{dice.randint(1000, 9999)}.tmp"
    ordinary = [
        (16, made.process(desk, image, command, "SYSTEM" if parent == SERVICES else user, parent)),
        (12, made.log_on(server, user, 3, ADDRESS[desk])),
        (4, made.log_on(desk, user, 2, "127.0.0.1")),
        (10, made.security(4634, server, TargetUserName=user, TargetDomainName="SINT-ELDERS", LogonType="3")),
        (17, made.share_access(user, ADDRESS[desk], file, access)),
        (3, made.service_state(server, dice.choice(SERVICE_NAMES), dice.choice(["running", "stopped"]))),
        (2, made.script(server, dice.choice(SCRIPTS))),
        (9, made.sysmon(3, desk, user, Image=dice.choice([CHROME, EHR]), **flow)),
        (6, made.sysmon(11, desk, user, Image=image, TargetFilename=temporary)),
        (5, made.log_on("EHR01", "svc_ehr_app", 3, ADDRESS["EHR02"])),
    ]
    return weighed(dice, ordinary)


def controller_event(dice: Random) -> Any:
    """One event of the domain controller."""
    user, address = dice.choice(STAFF), ADDRESS[dice.choice(WORKSTATIONS)]
    asked = {
        "TargetUserName": user,
        "IpAddress": f"::ffff:{address}",
        "TicketEncryptionType": "0x12",
        "Status": "0x0",
    }
    replicated = "%%7688\n\t\t{1131f6aa-9c07-11d1-f79f-00c04fc2dcd2}"
    copied = {"AccessMask": "0x100", "ObjectServer": "DS", "Properties": replicated}
    ordinary = [
        (12, made.ticket(user, f"{dice.choice(SERVERS)}$", "0x12", address)),
        (7, made.security(4768, "DC01", PreAuthType="2", **asked)),
        (2, made.security(4662, "DC01", SubjectUserName="DC02$", **copied)),
        (1, made.log_on_failed("DC01", user, address)),
    ]
    return weighed(dice, ordinary)


def network_connection(dice: Random) -> Any:
    """One connection that Zeek saw."""
    desk, pump = ADDRESS[dice.choice(WORKSTATIONS)], f"10.40.7.{dice.randint(10, 60)}"
    server, receiver = ADDRESS[dice.choice(SERVERS)], ADDRESS[dice.choice(["LIS01", "PHARM01"])]
    size = (dice.randint(80, 9000), dice.randint(80, 60000))
    ordinary = [
        (10, made.connection(desk, server, dice.choice([443, 445, 389]), size)),
        (7, made.connection(desk, "192.0.2.80", 443, size, service="ssl")),
        (6, made.connection(pump, ADDRESS["PUMPGW01"], 443, size, service="ssl")),
        (1, made.connection(pump, "198.51.100.20", 443, size, service="ssl")),
        (3, made.connection(ADDRESS["IE01"], receiver, 6661, size)),
    ]
    return weighed(dice, ordinary)


def weighed(dice: Random, ordinary: list[tuple[int, Any]]) -> Any:
    """One of the values; the number before it says how often it comes, compared with the others."""
    weights, values = zip(*ordinary, strict=True)
    return dice.choices(values, weights)[0]


def name_lookup(dice: Random) -> Any:
    """One DNS query that Zeek saw."""
    return made.lookup(ADDRESS[dice.choice(WORKSTATIONS + SERVERS)], dice.choice(NAMES))


def auth_line(dice: Random) -> Any:
    """One line of the storage server's auth log."""
    user, port = dice.choice(["pacs-admin1", "monitor", "ansible"]), dice.randint(40000, 60000)
    login = f"nas01 sshd[{port % 9000}]: Accepted publickey for {user} from 10.20.5.22 port {port} ssh2"
    job = "nas01 CRON[2210]: pam_unix(cron:session): session opened for user root by (uid=0)"
    return dice.choice([login, job, made.sudo(user, "/usr/sbin/zfs list -t snapshot")])


def audit_event(dice: Random) -> Any:
    """One program start on the storage server."""
    return made.audited(dice.choice(COMMANDS), 1001, "exec")


def hypervisor_line(dice: Random) -> Any:
    """One line of a hypervisor's syslog."""
    return f"{dice.choice(['esx01', 'esx02', 'esx03'])} Hostd 2101 - - {dice.choice(HYPERVISOR_LINES)}"


def sign_in(dice: Random) -> Any:
    """One sign-in to Microsoft 365."""
    app = dice.choice(["Office 365 Exchange Online", "Microsoft Teams"])
    return made.sign_in(dice.choice(STAFF), f"192.0.2.{dice.randint(1, 60)}", app)


def mailbox_event(dice: Random) -> Any:
    """One record of a mailbox."""
    user, address = dice.choice(STAFF), f"192.0.2.{dice.randint(1, 60)}"
    if dice.random() < 0.1:
        return made.mailbox(user, address, "New-InboxRule", Name="lab", From=f"lab@{DOMAIN}", MoveToFolder="Lab")
    return made.mailbox(user, address, "MailItemsAccessed")


def patient_read(dice: Random) -> Any:
    """One access to a patient's record."""
    patient = dice.randint(10_000, 10_900)
    if dice.random() < 0.2:
        return made.record_read("svc_ehr_app", ADDRESS["EHR02"], patient)
    return made.record_read(dice.choice(STAFF[1:]), ADDRESS[dice.choice(WORKSTATIONS)], patient)


AMOUNTS: dict[str, tuple[Callable[[Random], Any], int]] = {
    "windows": (windows_event, 1700),
    "dc01": (controller_event, 260),
    "connections": (network_connection, 620),
    "dns": (name_lookup, 380),
    "auth": (auth_line, 160),
    "audit": (audit_event, 70),
    "hypervisors": (hypervisor_line, 90),
    "sign-ins": (sign_in, 70),
    "mailboxes": (mailbox_event, 60),
    "records": (patient_read, 420),
}


def ordinary_night(dice: Random) -> dict[str, list[Entry]]:
    """Entries of all logs that have nothing to do with the intruder."""
    logs: dict[str, list[Entry]] = {
        log: [(at("16:00:00", round(dice.uniform(0, SECONDS), 3)), make(dice)) for _ in range(amount)]
        for log, (make, amount) in AMOUNTS.items()
    }
    for log, time, body in [*tunnels(), *alarming_but_ordinary()]:
        logs.setdefault(log, []).append((time, body))
    return logs


def tunnels() -> Iterator[Happening]:
    """People who work from home, a supplier by day, and the engineer on call."""
    known = [("ext-imaging", "16:20:00"), ("adm-devos", "17:30:00"), ("adm-oncall", "01:33:40")]
    for user, time in [(user, at(clock)) for user, clock in known]:
        yield "vpn", time, made.vpn(time, user, "192.0.2.44", "tunnel-up", "saml+mfa")
    for number, user in enumerate(STAFF):
        time = at("16:30:00", 411 * number)
        yield "vpn", time, made.vpn(time, user, f"192.0.2.{10 + number}", "tunnel-up", "saml+mfa")


def alarming_but_ordinary() -> Iterator[Happening]:
    """Not every finding is the intruder: what rules may fire on all the same, and what is near to it."""
    yield "dc01", at("18:02:00"), made.ticket("o.aerts", "svc_fax", "0x17", ADDRESS["WARD-1-PC02"])
    yield "records", at("19:12:40"), made.record_read("e.maes", ADDRESS["ED-PC03"], 10_417, reason="BTG")
    yield "windows", at("20:30:05"), made.service_state("PHARM01", "Pharmacy Order Service", "stopped")
    yield "windows", at("20:31:10"), made.service_state("PHARM01", "Pharmacy Order Service", "running")
    listed = "vssadmin.exe List Shadows"
    yield "windows", at("21:15:00"), made.process("FS01", SYSTEM32 + "vssadmin.exe", listed, "adm-devos")
    yield "windows", at("23:30:00"), made.veeam(190, "Backup job 'Servers' finished with Success.")
