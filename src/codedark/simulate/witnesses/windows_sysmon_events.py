"""The events of Sysmon, one table each (Sysinternals Sysmon 15, schema 4.90)."""

from __future__ import annotations

from typing import Final

from codedark.simulate.witnesses.windows_event import Source, template

_SOURCE: Final = Source(
    "Microsoft-Windows-Sysmon",
    "5770385f-c22a-43e0-bf4c-06f5698ffbd9",
    "Microsoft-Windows-Sysmon/Operational",
    4,
    "0x8000000000000000",
)

_PROCESS_TABLE = r"""
    ProcessGuid <guid>
    ProcessId <process>
    Image <image>
"""
PROCESS_CREATED: Final = template(
    _SOURCE,
    1,
    1,
    "Process Create:",
    r"""
    RuleName -
    UtcTime <utc>
    ProcessGuid <guid>
    ProcessId <process>
    Image <image>
    FileVersion <version>
    Description <description>
    Product <product>
    Company <company>
    OriginalFileName <original>
    CommandLine <command_line>
    CurrentDirectory <directory>
    User <user>
    LogonGuid {<machine>-0000-0000-0000-<logon:x>}
    LogonId 0x<logon:x>
    TerminalSessionId <session>
    IntegrityLevel <integrity>
    Hashes <hashes>
    ParentProcessGuid <parent_guid>
    ParentProcessId <parent>
    ParentImage <parent_image>
    ParentCommandLine <parent_command_line>
    ParentUser <user>
    """,
)
CONNECTED: Final = template(
    _SOURCE,
    3,
    3,
    "Network connection detected:",
    "RuleName -\nUtcTime <utc>"
    + _PROCESS_TABLE
    + r"""
    User <user>
    Protocol <protocol>
    Initiated true
    SourceIsIpv6 false
    SourceIp <source>
    SourceHostname <computer>
    SourcePort <source_port>
    SourcePortName -
    DestinationIsIpv6 false
    DestinationIp <target>
    DestinationHostname <target_name>
    DestinationPort <target_port>
    DestinationPortName -
    """,
)
PROCESS_ACCESSED: Final = template(
    _SOURCE,
    10,
    10,
    "Process accessed:",
    r"""
    RuleName -
    UtcTime <utc>
    SourceProcessGUID <guid>
    SourceProcessId <process>
    SourceThreadId <thread>
    SourceImage <image>
    TargetProcessGUID <target_guid>
    TargetProcessId <target_process>
    TargetImage <target>
    GrantedAccess <access>
    CallTrace C:\\Windows\\SYSTEM32\\ntdll.dll+9f934|C:\\Windows\\System32\\KERNELBASE.dll+44a5e|<image>+13bad
    SourceUser <user>
    TargetUser NT AUTHORITY\\SYSTEM
    """,
)
FILE_CREATED: Final = template(
    _SOURCE,
    11,
    11,
    "File created:",
    "RuleName -\nUtcTime <utc>" + _PROCESS_TABLE + "TargetFilename <path>\nCreationUtcTime <utc>\nUser <user>",
)
VALUE_SET: Final = template(
    _SOURCE,
    13,
    13,
    "Registry value set:",
    "RuleName -\nEventType SetValue\nUtcTime <utc>"
    + _PROCESS_TABLE
    + "TargetObject <key>\nDetails <value>\nUser <user>",
)
NAME_ASKED: Final = template(
    _SOURCE,
    22,
    22,
    "Dns query:",
    r"""
    RuleName -
    UtcTime <utc>
    ProcessGuid <guid>
    ProcessId <process>
    QueryName <name>
    QueryStatus <status>
    QueryResults <results>
    Image <image>
    User <user>
    """,
)
