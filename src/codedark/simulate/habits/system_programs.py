"""What Windows and its usual software start by themselves, on every computer."""

from __future__ import annotations

from codedark.hospital.account import AccountId
from codedark.simulate.habits.machines import LOCAL_SERVICE, NETWORK_SERVICE, SYSTEM
from codedark.simulate.habits.programs import DCOM, SVCHOST, SYSTEM32, Program

DEFENDER = "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.25080.5-0\\"
TRUSTED_INSTALLER = "C:\\Windows\\servicing\\TrustedInstaller.exe"
STACK = "amd64_microsoft-windows-servicingstack_31bf3856ad364e35_10.0.19041.5072_none_7e3d47227c694b34"
SERVICING_STACK = f"C:\\Windows\\WinSxS\\{STACK}\\"
EDGE_UPDATE = "C:\\Program Files (x86)\\Microsoft\\EdgeUpdate\\MicrosoftEdgeUpdate.exe"
GOOGLE_UPDATE = "C:\\Program Files (x86)\\Google\\Update\\GoogleUpdate.exe"
_SHADOW_COPIES = "{E10F6C3A-F1AE-4ADC-AA9D-2FE65525666E}"


def _service(group: str, service: str, account: AccountId = SYSTEM) -> Program:
    """A group of services in its own svchost.exe."""
    command = f"{SVCHOST} -k {group}" + (f" -s {service}" if service else "")
    return Program(service, SVCHOST, command, "services", "System", "svchost.exe", account)


def _system(image: str, arguments: str = "", parent: str = "schedule", account: AccountId = SYSTEM) -> Program:
    """A program of the system; images with blanks in them are quoted."""
    file_name = image.rpartition("\\")[2]
    command = (f'"{image}"' if " " in image else image) + arguments
    return Program(file_name, image, command, parent, "System", file_name, account)


BY_ITSELF: tuple[tuple[float, Program], ...] = (
    (8, _service("netsvcs -p", "wlidsvc")),
    (7, _service("wsappx -p", "ClipSVC")),
    (7, _service("wsappx -p", "AppXSvc")),
    (6, _service("netsvcs -p", "wuauserv")),
    (5, _service("netsvcs -p", "BITS")),
    (5, _service("LocalService -p", "LicenseManager", LOCAL_SERVICE)),
    (4, _service("NetworkService -p", "DoSvc", NETWORK_SERVICE)),
    (4, _service("netsvcs -p", "Appinfo")),
    (4, _service("LocalSystemNetworkRestricted -p", "PcaSvc")),
    (3, _service("swprv", "")),
    (3, _service("GraphicsPerfSvcGroup", "GraphicsPerfSvc")),
    (3, _service("LocalServiceAndNoImpersonation -p", "SCardSvr", LOCAL_SERVICE)),
    (8, _system(SYSTEM32 + "wbem\\WmiPrvSE.exe", " -secured -Embedding", "dcom", NETWORK_SERVICE)),
    (6, _system(SYSTEM32 + "taskhostw.exe")),
    (4, _system(SYSTEM32 + "dllhost.exe", f" /Processid:{_SHADOW_COPIES}", "dcom")),
    (3, _system(SYSTEM32 + "sppsvc.exe", "", "services", NETWORK_SERVICE)),
    (3, _system(TRUSTED_INSTALLER, "", "services")),
    (3, _system(SYSTEM32 + "MoUsoCoreWorker.exe", " -Embedding", "dcom")),
    (2, _system(SYSTEM32 + "UsoClient.exe", " StartScan")),
    (2, _system(SYSTEM32 + "CompatTelRunner.exe", " -maintenance")),
    (2, _system(SYSTEM32 + "gpupdate.exe", " /target:computer")),
    (1, _system(SYSTEM32 + "Defrag.exe", " -c -h -o -$")),
    (4, _system(EDGE_UPDATE, " /ua /installsource scheduler")),
    (3, _system(GOOGLE_UPDATE, " /ua /installsource scheduler")),
    (4, _system(DEFENDER + "MpCmdRun.exe", " SignatureUpdate -ScheduleJob -RestrictPrivileges -Reinvoke", "services")),
    (1, _system(DEFENDER + "MpCmdRun.exe", " Scan -ScheduleJob -RestrictPrivileges -DailyScan -ScanTrigger 55")),
)
"""By weight."""

UPDATE = (
    _system(TRUSTED_INSTALLER, "", "services"),
    _system(SERVICING_STACK + "TiWorker.exe", " -Embedding", "dcom"),
)
"""What installs an update."""

AFTER_START = (
    _service("LocalServiceNetworkRestricted -p", "EventLog", LOCAL_SERVICE),
    _service("netsvcs -p", "Schedule"),
    Program("dcom", SVCHOST, DCOM, "services", "System", "svchost.exe", SYSTEM),
)
"""Services that begin with the computer."""
