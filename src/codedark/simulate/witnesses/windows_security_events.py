"""The events of the Windows Security log, one table each (Microsoft, "Advanced security audit events")."""

from __future__ import annotations

from typing import Final

from codedark.simulate.witnesses.windows_event import SUCCESS, Source, template

_AUDIT: Final = Source(
    "Microsoft-Windows-Security-Auditing", "54849625-5478-4994-a5ba-3e3b0328c30d", "Security", 0, SUCCESS
)
_EVENT_LOG: Final = Source(
    "Microsoft-Windows-Eventlog", "fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148", "Security", 4, "0x4020000000000000"
)

SUBJECT = r"""
    SubjectUserSid <subject_sid>
    SubjectUserName <subject>
    SubjectDomainName <subject_domain>
    SubjectLogonId 0x<subject_logon:x>
"""
_TARGET = r"""
    TargetUserName <target>
    TargetDomainName <target_domain>
"""
_TARGET_SID = _TARGET + "TargetSid <target_sid>"


def audit(event: int, task: int, message: str, fields: str, keywords: str = SUCCESS) -> str:
    """The template of an event of the provider Security-Auditing."""
    return template(_AUDIT, event, task, message, fields, keywords=keywords)


STARTING: Final = audit(4608, 12288, "Windows is starting up.", "")
LOGGING_STOPPED: Final = template(_EVENT_LOG, 1100, 103, "The event logging service has shut down.", "")
CLEARED: Final = template(
    _EVENT_LOG,
    1102,
    104,
    "The audit log was cleared.",
    r"""
    SubjectUserSid <subject_sid>
    SubjectUserName <subject>
    SubjectDomainName <subject_domain>
    SubjectLogonId 0x<subject_logon:x>
    """,
)

PROCESS_CREATED: Final = audit(
    4688,
    13312,
    "A new process has been created.",
    SUBJECT
    + r"""
    NewProcessId 0x<process:x>
    NewProcessName <image>
    TokenElevationType <elevation>
    ProcessId 0x<parent:x>
    CommandLine <command_line>
    TargetUserSid S-1-0-0
    TargetUserName -
    TargetDomainName -
    TargetLogonId 0x0
    ParentProcessName <parent_image>
    MandatoryLabel <label>
    """,
)
SERVICE_INSTALLED: Final = audit(
    4697,
    12289,
    "A service was installed in the system.",
    SUBJECT
    + r"""
    ServiceName <service>
    ServiceFileName <image>
    ServiceType 0x10
    ServiceStartType <start>
    ServiceAccount LocalSystem
    ClientProcessStartKey 1688849860266292
    ClientProcessId <client>
    ParentProcessId 620
    """,
)
TASK_REGISTERED: Final = audit(
    4698,
    12804,
    "A scheduled task was created.",
    SUBJECT
    + r"""
    TaskName <task>
    TaskContent <content>
    """,
)

SHARE_ACCESSED: Final = audit(
    5140,
    12808,
    "A network share object was accessed.",
    SUBJECT
    + r"""
    ObjectType File
    IpAddress <address>
    IpPort <port>
    ShareName \\\\*\\<share>
    ShareLocalPath \\??\\<root>
    AccessMask 0x1
    AccessList %%4416\n\t\t\t\t
    """,
)
SHARE_FILE_CHECKED: Final = audit(
    5145,
    12811,
    "A network share object was checked to see whether client can be granted desired access.",
    SUBJECT
    + r"""
    ObjectType File
    IpAddress <address>
    IpPort <port>
    ShareName \\\\*\\<share>
    ShareLocalPath \\??\\<root>
    RelativeTargetName <path>
    AccessMask <mask>
    AccessList <accesses>
    AccessReason -
    """,
)
OBJECT_ACCESSED: Final = audit(
    4663,
    12800,
    "An attempt was made to access an object.",
    SUBJECT
    + r"""
    ObjectServer Security
    ObjectType File
    ObjectName <root>\\<path>
    HandleId 0x1a4
    AccessList <accesses>
    AccessMask <mask>
    ProcessId 0x4
    ProcessName
    ResourceAttributes -
    """,
)

_NEW_ACCOUNT = r"""
    PrivilegeList -
    SamAccountName <target>
    DisplayName %%1793
    UserPrincipalName -
    HomeDirectory %%1793
    HomePath %%1793
    ScriptPath %%1793
    ProfilePath %%1793
    UserWorkstations %%1793
    PasswordLastSet %%1794
    AccountExpires %%1794
    PrimaryGroupId 513
    AllowedToDelegateTo -
    OldUacValue 0x0
    NewUacValue 0x15
    UserAccountControl \r\n\t\t%%2080\r\n\t\t%%2082\r\n\t\t%%2084
    UserParameters %%1793
    SidHistory -
    LogonHours %%1797
"""
_MEMBER = r"""
    MemberName CN=<member>,CN=Users,<base>
    MemberSid <member_sid>
"""
_CHANGES: Final = (
    ("created", 4720, 13824, "A user account was created.", _TARGET_SID + SUBJECT + _NEW_ACCOUNT),
    ("enabled", 4722, 13824, "A user account was enabled.", _TARGET_SID + SUBJECT),
    ("password_changed", 4723, 13824, "An attempt was made to change an account's password.",
     _TARGET_SID + SUBJECT + "PrivilegeList -"),
    ("password_reset", 4724, 13824, "An attempt was made to reset an account's password.", _TARGET_SID + SUBJECT),
    ("disabled", 4725, 13824, "A user account was disabled.", _TARGET_SID + SUBJECT),
    ("deleted", 4726, 13824, "A user account was deleted.", _TARGET_SID + SUBJECT + "PrivilegeList -"),
    ("locked_out", 4740, 13824, "A user account was locked out.", _TARGET_SID + SUBJECT),
    ("unlocked", 4767, 13824, "A user account was unlocked.", _TARGET_SID + SUBJECT),
    ("group_added", 4728, 13826, "A member was added to a security-enabled global group.",
     _MEMBER + _TARGET_SID + SUBJECT + "PrivilegeList -"),
    ("group_removed", 4729, 13826, "A member was removed from a security-enabled global group.",
     _MEMBER + _TARGET_SID + SUBJECT + "PrivilegeList -"),
    ("local_group_added", 4732, 13826, "A member was added to a security-enabled local group.",
     _MEMBER + _TARGET_SID + SUBJECT + "PrivilegeList -"),
    ("local_group_removed", 4733, 13826, "A member was removed from a security-enabled local group.",
     _MEMBER + _TARGET_SID + SUBJECT + "PrivilegeList -"),
)  # fmt: skip
ACCOUNT_CHANGED: Final = {
    change: audit(event, task, message, fields) for change, event, task, message, fields in _CHANGES
}
"""By `AccountChanged.change`; memberships of built-in groups have ``local_`` before it."""
