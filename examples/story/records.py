"""How each kind of record in the story is made. Times and running numbers are added on writing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from story.scene import DOMAIN, SYSTEM32, Body, iso

VPN_TITLES = {
    "tunnel-up": "SSL VPN tunnel up",
    "tunnel-down": "SSL VPN tunnel down",
    "ssl-login-fail": "SSL VPN login fail",
}


def windows(channel: str, provider: str, event: int, host: str, **data: Any) -> Body:
    """A Windows event in the flat shape that NXLog forwards."""
    head = {"Hostname": f"{host}.{DOMAIN}", "SourceName": provider, "Channel": channel, "EventID": event}
    return {**head, **data}


def security(event: int, host: str, **data: Any) -> Body:
    """Security channel."""
    return windows("Security", "Microsoft-Windows-Security-Auditing", event, host, **data)


def log_on(host: str, user: str, kind: int, address: str) -> Body:
    """Security: somebody logged on."""
    who = {"TargetUserName": user, "TargetDomainName": "SINT-ELDERS", "LogonType": str(kind)}
    return security(4624, host, **who, IpAddress=address, IpPort="0", LogonProcessName="Kerberos")


def log_on_failed(host: str, user: str, address: str) -> Body:
    """Security: a wrong password."""
    who = {"TargetUserName": user, "TargetDomainName": "SINT-ELDERS", "LogonType": "3"}
    return security(4625, host, **who, IpAddress=address, Status="0xc000006d", SubStatus="0xc000006a")


def ticket(user: str, service: str, encryption: str, address: str) -> Body:
    """Security: Kerberos gave out a ticket for a service."""
    what = {"ServiceName": service, "TicketEncryptionType": encryption, "TicketOptions": "0x40810000"}
    who = {"TargetUserName": f"{user}@SINT-ELDERS.EXAMPLE", "IpAddress": f"::ffff:{address}"}
    return security(4769, "DC01", **who, **what, Status="0x0")


def share_access(user: str, address: str, name: str, access: str) -> Body:
    """Security: a file on the share "Wards" was opened, with the rights in ``access``."""
    who = {"SubjectUserName": user, "SubjectDomainName": "SINT-ELDERS", "IpAddress": address}
    what = {"ObjectType": "File", "ShareName": "\\\\*\\Wards", "RelativeTargetName": name}
    return security(5145, "FS01", **who, **what, AccessList=access)


def log_cleared(host: str, user: str) -> Body:
    """Security: the log was emptied."""
    return windows("Security", "Microsoft-Windows-Eventlog", 1102, host, SubjectUserName=user)


def service_installed(host: str, name: str, program: str, account: str) -> Body:
    """System: a service was installed."""
    what = {"ServiceName": name, "ImagePath": program, "ServiceType": "user mode service"}
    who = {"AccountName": account, "StartType": "demand start"}
    return windows("System", "Service Control Manager", 7045, host, **what, **who)


def service_state(host: str, name: str, state: str) -> Body:
    """System: a service has started or stopped."""
    return windows("System", "Service Control Manager", 7036, host, param1=name, param2=state)


def sysmon(event: int, host: str, user: str, **data: Any) -> Body:
    """Sysmon."""
    channel = "Microsoft-Windows-Sysmon/Operational"
    return windows(channel, "Microsoft-Windows-Sysmon", event, host, User=f"SINT-ELDERS\\{user}", **data)


def process(host: str, image: str, command: str, user: str, parent: str = "C:\\Windows\\explorer.exe") -> Body:
    """Sysmon: a program was started."""
    where = {"CurrentDirectory": SYSTEM32, "IntegrityLevel": "Medium"}
    return sysmon(1, host, user, Image=image, CommandLine=command, ParentImage=parent, **where)


def registry_set(host: str, value: str, details: str, user: str) -> Body:
    """Sysmon: a registry value was set."""
    what = {"EventType": "SetValue", "TargetObject": value, "Details": details}
    return sysmon(13, host, user, Image=SYSTEM32 + "reg.exe", **what)


def file_deleted(host: str, name: str, image: str, user: str) -> Body:
    """Sysmon: a file was deleted."""
    return sysmon(23, host, user, Image=image, TargetFilename=name)


def script(host: str, text: str) -> Body:
    """PowerShell: a script block."""
    channel, provider = "Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell"
    return windows(channel, provider, 4104, host, MessageNumber="1", MessageTotal="1", ScriptBlockText=text)


def veeam(event: int, text: str, **data: Any) -> Body:
    """Veeam's own channel on the backup server."""
    return windows("Veeam Backup", "Veeam MP", event, "BKP01", Description=text, **data)


def connection(source: str, target: str, port: int, sent_and_got: tuple[int, int], *, service: str = "-") -> list[Any]:
    """A row of Zeek's conn.log behind ts and uid."""
    sent, got = sent_and_got
    return [source, 49152 + (port * 7 + sent) % 16000, target, port, "tcp", service, 0.35, sent, got, "SF"]


def lookup(source: str, name: str, answer: str = "10.10.1.10") -> list[Any]:
    """A row of Zeek's dns.log behind ts and uid."""
    return [source, 49152 + len(name) * 97, "10.10.1.10", 53, "udp", name, "A", "NOERROR", answer]


def vpn(time: datetime, user: str, address: str, action: str, method: str) -> str:
    """A line of the firewall in CEF."""
    head = f"CEF:0|Fortinet|Fortigate|v7.4.4|39424|{VPN_TITLES[action]}|3|rt={iso(time)}"
    who = f"src={address} suser={user} dvchost=fw01"
    return f"{head} cat=event:vpn act={action} {who} cs1Label=AuthMethod cs1={method}"


def sudo(user: str, command: str) -> str:
    """A line of the storage server's auth log: somebody ran a command as root."""
    return f"nas01 sudo:  {user} : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND={command}"


def audited(command: list[str], user: int, key: str) -> Body:
    """A program start on the storage server that auditd saw."""
    return {"command": command, "user": user, "key": key}


def sign_in(user: str, address: str, app: str, protocol: str = "none") -> Body:
    """A sign-in of Microsoft Entra as Graph gives it."""
    return {
        "userPrincipalName": f"{user}@{DOMAIN}",
        "appDisplayName": app,
        "ipAddress": address,
        "clientAppUsed": "Browser",
        "authenticationRequirement": "multiFactorAuthentication",
        "authenticationProtocol": protocol,
        "conditionalAccessStatus": "success",
        "status": {"errorCode": 0, "failureReason": "Other."},
        "location": {"countryOrRegion": "BE"},
    }


def mailbox(user: str, address: str, operation: str, **parameters: str) -> Body:
    """A record of the Microsoft 365 unified audit log."""
    return {
        "Workload": "Exchange",
        "RecordType": 1,
        "Operation": operation,
        "UserId": f"{user}@{DOMAIN}",
        "ClientIP": address,
        "ResultStatus": "True",
        "Parameters": [{"Name": name, "Value": value} for name, value in parameters.items()],
    }


def record_read(user: str, address: str, patient: int, reason: str = "TREAT") -> Body:
    """A FHIR AuditEvent: a patient's record was read."""
    who = {"who": {"identifier": {"value": user}}, "requestor": True}
    return {
        "resourceType": "AuditEvent",
        "type": {"code": "rest"},
        "subtype": [{"code": "read"}],
        "action": "R",
        "outcome": "0",
        "purposeOfEvent": [{"coding": [{"code": reason}]}],
        "agent": [{**who, "network": {"address": address, "type": "2"}}],
        "source": {"site": "Sint-Elders", "observer": {"display": "EHR01"}},
        "entity": [{"what": {"reference": f"Patient/{patient}"}}],
    }
