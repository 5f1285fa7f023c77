"""The events of logons and tickets in the Security log, one table each (Microsoft, "Audit Logon" and others)."""

from __future__ import annotations

from typing import Final

from codedark.simulate.witnesses.windows_event import FAILURE
from codedark.simulate.witnesses.windows_security_events import SUBJECT, audit

_NO_GUID = "{00000000-0000-0000-0000-000000000000}"

LOGGED_ON: Final = audit(
    4624,
    12544,
    "An account was successfully logged on.",
    SUBJECT
    + rf"""
    TargetUserSid <target_sid>
    TargetUserName <target>
    TargetDomainName <target_domain>
    TargetLogonId 0x<logon:x>
    LogonType <type>
    LogonProcessName <logon_process>
    AuthenticationPackageName <package>
    WorkstationName <workstation>
    LogonGuid {_NO_GUID}
    TransmittedServices -
    LmPackageName <lm_package>
    KeyLength <key_length>
    ProcessId <process>
    ProcessName <process_name>
    IpAddress <address>
    IpPort <port>
    ImpersonationLevel %%1833
    RestrictedAdminMode -
    TargetOutboundUserName -
    TargetOutboundDomainName -
    VirtualAccount %%1843
    TargetLinkedLogonId 0x0
    ElevatedToken <elevated>
    """,
)
LOG_ON_FAILED: Final = audit(
    4625,
    12544,
    "An account failed to log on.",
    SUBJECT
    + r"""
    TargetUserSid S-1-0-0
    TargetUserName <target>
    TargetDomainName <target_domain>
    Status <status>
    FailureReason <reason>
    SubStatus <sub_status>
    LogonType <type>
    LogonProcessName <logon_process>
    AuthenticationPackageName <package>
    WorkstationName <workstation>
    TransmittedServices -
    LmPackageName <lm_package>
    KeyLength <key_length>
    ProcessId <process>
    ProcessName <process_name>
    IpAddress <address>
    IpPort <port>
    """,
    FAILURE,
)
LOGGED_OFF: Final = audit(
    4634,
    12545,
    "An account was logged off.",
    r"""
    TargetUserSid <target_sid>
    TargetUserName <target>
    TargetDomainName <target_domain>
    TargetLogonId 0x<logon:x>
    LogonType <type>
    """,
)
LOG_OFF_ASKED: Final = audit(
    4647,
    12545,
    "User initiated logoff:",
    r"""
    TargetUserSid <target_sid>
    TargetUserName <target>
    TargetDomainName <target_domain>
    TargetLogonId 0x<logon:x>
    """,
)
EXPLICIT_CREDENTIALS: Final = audit(
    4648,
    12544,
    "A logon was attempted using explicit credentials.",
    SUBJECT
    + rf"""
    LogonGuid {_NO_GUID}
    TargetUserName <target>
    TargetDomainName <target_domain>
    TargetLogonGuid {_NO_GUID}
    TargetServerName <server>
    TargetInfo <server>
    ProcessId 0x2f8
    ProcessName C:\\Windows\\System32\\lsass.exe
    IpAddress -
    IpPort -
    """,
)
PRIVILEGES: Final = audit(
    4672,
    12548,
    "Special privileges assigned to new logon.",
    r"""
    SubjectUserSid <target_sid>
    SubjectUserName <target>
    SubjectDomainName <target_domain>
    SubjectLogonId 0x<logon:x>
    PrivilegeList SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeRestorePrivilege\n\t\t\tSeTakeOwnershipPrivilege\n\t\t\tSeDebugPrivilege\n\t\t\tSeSystemEnvironmentPrivilege\n\t\t\tSeLoadDriverPrivilege\n\t\t\tSeImpersonatePrivilege
    """,  # noqa: E501 - one value
)

_TICKET_GRANTING = r"""
    TargetUserName <target>
    TargetDomainName <realm>
    TargetSid <target_sid>
    ServiceName krbtgt
    ServiceSid <service_sid>
    TicketOptions 0x40810010
    Status <status>
    TicketEncryptionType <encryption>
    PreAuthType <preauthentication>
    IpAddress ::ffff:<address>
    IpPort <port>
"""
_SERVICE_TICKET = rf"""
    TargetUserName <target>@<realm>
    TargetDomainName <realm>
    ServiceName <service>
    ServiceSid <service_sid>
    TicketOptions 0x40810000
    TicketEncryptionType <encryption>
    IpAddress ::ffff:<address>
    IpPort <port>
    Status <status>
    LogonGuid {_NO_GUID}
    TransmittedServices -
"""
TICKET_GRANTING: Final = audit(4768, 14339, "A Kerberos authentication ticket (TGT) was requested.", _TICKET_GRANTING)
TICKET_GRANTING_REFUSED: Final = audit(
    4768, 14339, "A Kerberos authentication ticket (TGT) was requested.", _TICKET_GRANTING, FAILURE
)
SERVICE_TICKET: Final = audit(4769, 14337, "A Kerberos service ticket was requested.", _SERVICE_TICKET)
SERVICE_TICKET_REFUSED: Final = audit(4769, 14337, "A Kerberos service ticket was requested.", _SERVICE_TICKET, FAILURE)
PREAUTHENTICATION_FAILED: Final = audit(
    4771,
    14339,
    "Kerberos pre-authentication failed.",
    r"""
    TargetUserName <target>
    TargetSid <target_sid>
    ServiceName krbtgt/<domain>
    TicketOptions 0x40810010
    Status <status>
    PreAuthType 2
    IpAddress ::ffff:<address>
    IpPort <port>
    """,
    FAILURE,
)
_VALIDATION = r"""
    PackageName MICROSOFT_AUTHENTICATION_PACKAGE_V1_0
    TargetUserName <target>
    Workstation <workstation>
    Status <status>
"""
_VALIDATED = "The computer attempted to validate the credentials for an account."
CREDENTIALS_VALIDATED: Final = audit(4776, 14336, _VALIDATED, _VALIDATION)
CREDENTIALS_REFUSED: Final = audit(4776, 14336, _VALIDATED, _VALIDATION, FAILURE)
