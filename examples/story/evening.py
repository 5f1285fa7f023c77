"""What the intruder did from the phishing mail to midnight, as the logs saw it. Traces only."""

from __future__ import annotations

from collections.abc import Iterator

from story import records as made
from story.scene import ADDRESS, EVIL, EVIL_TOO, FOOTHOLD, STAFF, SYSTEM32, Happening, at

HERE = ADDRESS[FOOTHOLD]
CMD, POWERSHELL = SYSTEM32 + "cmd.exe", SYSTEM32 + "WindowsPowerShell\\v1.0\\powershell.exe"
WORD = "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE"
ANYDESK = "C:\\Users\\a.claes\\Downloads\\AnyDesk.exe"
HIDING_RULE = {
    "Name": ".",
    "DeleteMessage": "True",
    "SubjectOrBodyContainsWords": "phishing;helpdesk;wachtwoord",
}
LISTING = ["whoami.exe /all", "nltest.exe /domain_trusts", 'net.exe group "Domain Admins" /domain']
ROASTED = ["svc_lis", "svc_ehr_app", "svc_print", "svc_mri_archive", "svc_fax", "svc_sql"]


def phishing() -> Iterator[Happening]:
    """16:41: a.claes types a code from a mail; at 17:05 she opens its attachment on a ward workstation."""
    yield "sign-ins", at("16:41:12"), made.sign_in("a.claes", EVIL, "Microsoft Office", protocol="deviceCode")
    yield "mailboxes", at("16:44:03"), made.mailbox("a.claes", EVIL, "New-InboxRule", **HIDING_RULE)
    opened = made.process(FOOTHOLD, WORD, '"WINWORD.EXE" /n "Uurrooster_december.docm"', "a.claes")
    yield "windows", at("17:05:31"), opened
    command = "powershell.exe -NoP -W Hidden -enc JABzAD0A[...]"
    yield "windows", at("17:05:44"), made.process(FOOTHOLD, POWERSHELL, command, "a.claes", WORD)
    cut = "$s = [...] # the rest of this script block was cut by the collector"
    yield "windows", at("17:05:45"), made.script(FOOTHOLD, cut)
    yield "dns", at("17:05:47"), made.lookup(HERE, "cdn.updates-now.example", EVIL_TOO)
    for number in range(40):
        beacon = made.connection(HERE, EVIL_TOO, 443, (1200 + number, 5400), service="ssl")
        yield "connections", at("17:06:00", 300 * number), beacon


def support_tool() -> Iterator[Happening]:
    """17:09: a remote-support tool is installed on the ward workstation."""
    command = "AnyDesk.exe --install C:\\ProgramData\\AnyDesk --silent"
    yield "windows", at("17:09:20"), made.process(FOOTHOLD, ANYDESK, command, "a.claes", POWERSHELL)
    program = "C:\\ProgramData\\AnyDesk\\AnyDesk.exe --service"
    yield "windows", at("17:09:31"), made.service_installed(FOOTHOLD, "AnyDesk Service", program, "a.claes")


def way_in() -> Iterator[Happening]:
    """22:05: passwords are tried on the VPN; 22:31: the imaging supplier's account gets in."""
    for number, user in enumerate([*STAFF[:12], "ext-imaging"]):
        time = at("22:05:10", 95 * number)
        yield "vpn", time, made.vpn(time, user, EVIL, "ssl-login-fail", "password")
    time = at("22:31:04")
    yield "vpn", time, made.vpn(time, "ext-imaging", EVIL, "tunnel-up", "password")
    yield "windows", at("22:40:52"), made.log_on("PACS01", "ext-imaging", 10, "10.99.0.14")


def looking_round() -> Iterator[Happening]:
    """22:44: the domain is listed; 22:48: one password on everybody; 23:02: tickets to crack at home."""
    for number, command in enumerate(LISTING):
        listed = made.process(FOOTHOLD, SYSTEM32 + command.partition(" ")[0], command, "a.claes", CMD)
        yield "windows", at("22:44:10", 20 * number), listed
    for number, user in enumerate(STAFF[1:15]):
        yield "dc01", at("22:48:00", 21 * number), made.log_on_failed("DC01", user, HERE)
    yield "windows", at("22:57:31"), made.log_on("FS01", "k.mertens", 3, HERE)
    for number, service in enumerate(ROASTED):
        yield "dc01", at("23:02:15", 2 * number), made.ticket("k.mertens", service, "0x17", HERE)


def clinical_data() -> Iterator[Happening]:
    """23:40: the record system's account is used from the ward; 23:52: record after record is read."""
    yield "windows", at("23:40:07"), made.log_on("EHR01", "svc_ehr_app", 3, HERE)
    yield "windows", at("23:41:48"), made.log_on("EHR01", "svc_ehr_app", 10, HERE)
    for number in range(75):
        yield "records", at("23:52:00", 6 * number), made.record_read("a.claes", HERE, 20_000 + number)
    for number in range(10):
        broken_glass = made.record_read("a.claes", HERE, 30_000 + number, reason="BTG")
        yield "records", at("00:02:00", 70 * number), broken_glass


ACTS = (phishing, support_tool, way_in, looking_round, clinical_data)
