"""What behaviour looks at: a few typed observations, whatever log they were read from.

Every observation begins with ``at_us`` (microseconds since 1970, UTC), ``host`` (`Places.name` of where it happened)
and ``row`` (of the batch it was read from, so that its whole record can be shown). Names of hosts and accounts are
those of `Places`: short, lower case, without domain. "" is unknown.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class LogonKind(StrEnum):
    """How somebody logged on."""

    INTERACTIVE = "interactive"  # at the keyboard: 2, 11
    REMOTE = "remote"  # a desktop or shell from elsewhere: 10, SSH
    UNLOCK = "unlock"  # 7, 13
    NETWORK = "network"  # a share, a service: 3, 8
    EXPLICIT = "explicit"  # somebody gives other credentials than their own: 9, 4648
    SERVICE = "service"  # 5
    BATCH = "batch"  # 4
    TICKET = "ticket"  # a Kerberos ticket: 4768 (of nothing yet), 4769 (for a service)
    VPN = "vpn"
    CLOUD = "cloud"


class Logon(NamedTuple):
    """Somebody logged on, or tried to.

    ``account`` logged on to ``host``, coming from ``origin_host`` (a host, or an address where the model knows no
    host), ``origin_address`` as logged. ``by`` is the account that asked for it, where that is another (4648).
    ``session`` is unique on the host while it lasts (TargetLogonId). ``country`` where the log says it.
    """

    at_us: int
    host: str
    row: int
    account: str
    kind: LogonKind
    succeeded: bool
    origin_host: str = ""
    origin_address: str = ""
    by: str = ""
    session: str = ""
    by_session: str = ""
    country: str = ""
    reason: str = ""


class LoggedOff(NamedTuple):
    """A session of a person ended. ``session`` is that of its `Logon`."""

    at_us: int
    host: str
    row: int
    account: str
    session: str


class RecordAccess(NamedTuple):
    """Somebody opened, changed, exported or asked for patients' records.

    ``action`` is C, R, U, D or E (FHIR AuditEvent.action); ``patient`` as the audit names it, "" for a query, which is
    then in ``query``. ``purpose`` is a v3 ActReason code (``TREAT``, ``BTG`` for break-the-glass). ``client`` is the
    machine it was done from, ``reporter`` who wrote the audit record: ``server`` or ``client``. ``resource`` is the
    type of what was used, ``$export`` where data was taken out in bulk or to a medium. ``patients`` is how many a query
    may have shown. ``refused``: nothing was shown.
    """

    at_us: int
    host: str
    row: int
    account: str
    patient: str
    action: str
    resource: str = ""
    query: str = ""
    purpose: str = ""
    client: str = ""
    reporter: str = "server"
    encounter: str = ""
    patients: int = 1
    refused: bool = False


class Flow(NamedTuple):
    """A connection that was made, or tried. ``source`` and ``target`` are hosts, or addresses of unknown ones.

    ``port`` is the target's, ``protocol`` tcp, udp or icmp, ``service`` what was spoken (``dicom``, ``ssl``), "" where
    not recognised. ``sent`` and ``received`` are bytes as the source has them.
    """

    at_us: int
    host: str
    row: int
    source: str
    target: str
    port: int
    protocol: str
    service: str
    sent: int
    received: int
    answered: bool


class FileAct(NamedTuple):
    """A file on a share was opened for reading, written, renamed or deleted (``act``: read write rename delete).

    ``host`` is the file server, ``client`` where it was done from; ``new_name`` for renames.
    """

    at_us: int
    host: str
    row: int
    account: str
    client: str
    share: str
    act: str
    name: str
    new_name: str = ""


class BackupRun(NamedTuple):
    """A backup job ended, or was changed: ``act`` is succeeded, failed, deleted, disabled or changed."""

    at_us: int
    host: str
    row: int
    account: str
    job: str
    act: str
    octets: int = 0


class LogCleared(NamedTuple):
    """A log was cleared (1102, 104), or its service stopped."""

    at_us: int
    host: str
    row: int
    account: str
    log: str


class Heard(NamedTuple):
    """So many records of a log of a host, the last of them at ``at_us``; ``first_number`` and ``last_number`` are the
    lowest and highest record numbers among them where the log numbers its records, else -1, ``numbers`` how many.
    """

    at_us: int
    host: str
    row: int
    log: str
    records: int
    first_number: int = -1
    last_number: int = -1
    numbers: int = 0


Observation = Logon | LoggedOff | RecordAccess | Flow | FileAct | BackupRun | LogCleared | Heard
