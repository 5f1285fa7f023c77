"""The logs of the simulated hospital: each turns acts into records of its real format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from codedark.simulate.site import Site
from codedark.simulate.truth import Deleted
from codedark.simulate.witness import Witness
from codedark.simulate.witnesses.ehr_audit import EhrAuditLog
from codedark.simulate.witnesses.linux_audit import AuditLog
from codedark.simulate.witnesses.linux_auth import AuthLog
from codedark.simulate.witnesses.names import Names
from codedark.simulate.witnesses.network_cef import FirewallLog, ProxyLog, VpnLog
from codedark.simulate.witnesses.network_dhcp import DhcpLog
from codedark.simulate.witnesses.pacs_audit import PacsAuditLog
from codedark.simulate.witnesses.servers import BackupLog, FilesAuditLog, InterfaceEngineLog
from codedark.simulate.witnesses.windows_defender import DefenderLog
from codedark.simulate.witnesses.windows_identity import Identities
from codedark.simulate.witnesses.windows_powershell import PowerShellLog
from codedark.simulate.witnesses.windows_security import SecurityLog
from codedark.simulate.witnesses.windows_sysmon import SysmonLog
from codedark.simulate.witnesses.windows_system import SystemLog
from codedark.simulate.witnesses.zeek_application import (
    DceRpcLog,
    DnsLog,
    HttpLog,
    KerberosLog,
    SmbFilesLog,
    SmbMappingLog,
    SslLog,
)
from codedark.simulate.witnesses.zeek_conn import ConnLog


def witnesses(
    site: Site, deleted: Sequence[Deleted], patients: Mapping[str, str] | Callable[[str], str]
) -> list[Witness]:
    """All logs of a hospital, always in the same order. ``patients`` gives the name that goes with a patient's id.

    Records of ``deleted`` intervals are left out of the log that they name; numbers count on over them.
    """
    names = Names(site)
    who = Identities(site)
    name_of = patients if callable(patients) else lambda patient: patients.get(patient, "")
    return [
        SecurityLog(names, who, deleted),
        SysmonLog(names, who, deleted),
        PowerShellLog(names, deleted),
        SystemLog(names, who, deleted),
        DefenderLog(names, who, deleted),
        AuthLog(names, deleted),
        AuditLog(names, deleted),
        ConnLog(names, deleted),
        DnsLog(names, deleted),
        HttpLog(names, deleted),
        SslLog(names, deleted),
        KerberosLog(names, deleted),
        SmbFilesLog(names, deleted),
        SmbMappingLog(names, deleted),
        DceRpcLog(names, deleted),
        FirewallLog(names, deleted),
        VpnLog(names, deleted),
        DhcpLog(names, deleted),
        ProxyLog(names, deleted),
        EhrAuditLog(names, deleted),
        PacsAuditLog(names, name_of, deleted),
        FilesAuditLog(names, deleted),
        BackupLog(names, deleted),
        InterfaceEngineLog(names, deleted),
    ]
