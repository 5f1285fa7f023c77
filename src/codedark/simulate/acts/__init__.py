"""What happens in the simulated hospital. Acts are facts of its world; the logs are only witnesses of them.

Every act has ``at_us``, microseconds since 1970 in UTC, and ``step``: the id of the attack step that caused it, "" on
an ordinary day. Hosts and accounts are ids of the inventory; where a peer may be outside, it is an IP address as text.
Acts are named tuples because a day of a hospital holds millions of them.
"""

from __future__ import annotations

from codedark.simulate.acts.care import EngineChanged, ImagesMoved, MessageSent, RecordAccessed
from codedark.simulate.acts.hosts import (
    BackupRan,
    CommandElevated,
    FileWritten,
    LogCleared,
    MalwareSeen,
    ProcessAccessed,
    ProcessStarted,
    ProtectionChanged,
    RegistrySet,
    ScriptRun,
    ServiceChanged,
    ServiceInstalled,
    Started,
    TaskRegistered,
)
from codedark.simulate.acts.identity import AccountChanged, LoggedOff, LoggedOn, LogonType, TicketAsked, VpnUsed
from codedark.simulate.acts.network import Connected, LeaseGiven, NameAsked, PageFetched, RpcCalled, ShareTouched

Act = (
    Started
    | LoggedOn
    | LoggedOff
    | TicketAsked
    | ProcessStarted
    | ProcessAccessed
    | FileWritten
    | RegistrySet
    | ScriptRun
    | ServiceInstalled
    | ServiceChanged
    | TaskRegistered
    | AccountChanged
    | LogCleared
    | Connected
    | NameAsked
    | PageFetched
    | ShareTouched
    | RpcCalled
    | VpnUsed
    | LeaseGiven
    | RecordAccessed
    | ImagesMoved
    | MessageSent
    | BackupRan
    | MalwareSeen
    | ProtectionChanged
    | CommandElevated
    | EngineChanged
)

__all__ = [
    "AccountChanged",
    "Act",
    "BackupRan",
    "CommandElevated",
    "Connected",
    "EngineChanged",
    "FileWritten",
    "ImagesMoved",
    "LeaseGiven",
    "LogCleared",
    "LoggedOff",
    "LoggedOn",
    "LogonType",
    "MalwareSeen",
    "MessageSent",
    "NameAsked",
    "PageFetched",
    "ProcessAccessed",
    "ProcessStarted",
    "ProtectionChanged",
    "RecordAccessed",
    "RegistrySet",
    "RpcCalled",
    "ScriptRun",
    "ServiceChanged",
    "ServiceInstalled",
    "ShareTouched",
    "Started",
    "TaskRegistered",
    "TicketAsked",
    "VpnUsed",
]
