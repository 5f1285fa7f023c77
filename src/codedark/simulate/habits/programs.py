"""The programs that people at hospital computers run, as tables: what starts at logon, and what they open.

Images, command lines and parents are those that Windows 10 and 11 and their usual software write into event 4688 and
Sysmon 1. Clinical programs are invented. ``{account}``, ``{number}`` and ``{document}`` are filled in at the start.
"""

from __future__ import annotations

from dataclasses import dataclass

from codedark.hospital.account import AccountId
from codedark.simulate.habits.presence import Style

SYSTEM32 = "C:\\Windows\\System32\\"
EXPLORER = "C:\\Windows\\explorer.exe"
SERVICES = SYSTEM32 + "services.exe"
SVCHOST = SYSTEM32 + "svchost.exe"
DCOM = SVCHOST + " -k DcomLaunch -p"
SCHEDULE = SVCHOST + " -k netsvcs -p -s Schedule"
OFFICE = "C:\\Program Files\\Microsoft Office\\root\\Office16\\"
EDGE = "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe"
ACROBAT = "C:\\Program Files\\Adobe\\Acrobat DC\\Acrobat\\Acrobat.exe"
LABELS = "C:\\Program Files (x86)\\TagMaker\\TagPrint.exe"
START_MENU = "Microsoft.Windows.StartMenuExperienceHost_cw5n1h2txyewy"
ATTACHMENTS = "C:\\Users\\{account}\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook"


@dataclass(frozen=True, slots=True)
class Program:
    """A program as it is started. ``parent``: ``explorer``, ``services``, ``dcom``, ``schedule`` or a running program.

    ``account`` is empty where the program runs as the person of the session.
    """

    name: str
    image: str
    command: str
    parent: str = "explorer"
    integrity: str = "Medium"
    original: str = ""
    account: AccountId = AccountId("")


def _of_user(name: str, image: str, arguments: str = "", parent: str = "explorer", original: str = "") -> Program:
    return Program(name, image, f'"{image}"{arguments}', parent, "Medium", original or image.rpartition("\\")[2])


def _helper(file_name: str, line: str, parent: str = "dcom", integrity: str = "Medium") -> Program:
    """A small program of Windows that runs in the session without having been opened."""
    return Program(file_name, SYSTEM32 + file_name, line, parent, integrity, file_name)


CHART = _of_user("chart", "C:\\Program Files\\Careline\\Chart\\CarelineChart.exe", " /site:main")
BROWSER = _of_user("browser", EDGE, " --no-startup-window --win-session-start", original="msedge.exe")
MAIL = _of_user("mail", OFFICE + "OUTLOOK.EXE", original="Outlook.exe")
VIEWER = _of_user("viewer", "C:\\Program Files\\LuxView\\Client\\LuxView.exe", " -domain")
LABORATORY = _of_user("laboratory", "C:\\Program Files (x86)\\LabRoute\\LabRoute.exe", " -profile:bench")
LABEL = _of_user("label", LABELS, " /template:wristband /job:{number}", "chart")

_BROKER = _helper("RuntimeBroker.exe", SYSTEM32 + "RuntimeBroker.exe -Embedding")
_MENU = "C:\\Windows\\SystemApps\\" + START_MENU + "\\StartMenuExperienceHost.exe"
_SHELL = (
    _helper("sihost.exe", "sihost.exe", "schedule"),
    _helper("taskhostw.exe", "taskhostw.exe {{222A245B-E637-4AE9-A93F-A59CA119A75E}}", "schedule"),
    _helper("ctfmon.exe", '"ctfmon.exe"', "schedule"),
    _BROKER,
    _of_user("start menu", _MENU, " -ServerName:App.AppXywbrabmsek0gm3tkwpr5kwzbs55tkqay.mca", "dcom"),
    _of_user("security tray", SYSTEM32 + "SecurityHealthSystray.exe"),
)

AT_LOGON = {
    Style.BEDSIDE: (*_SHELL, CHART, BROWSER),
    Style.OFFICE: (*_SHELL, MAIL, BROWSER, CHART),
    Style.IMAGING: (*_SHELL, VIEWER, CHART, BROWSER),
    Style.LABORATORY: (*_SHELL, LABORATORY, CHART, BROWSER),
    Style.ADMINISTRATION: (*_SHELL, MAIL, BROWSER),
}
"""What starts with a session, in this order, after userinit.exe and explorer.exe."""

_RENDERER = _of_user(
    "renderer",
    EDGE,
    " --type=renderer --lang=en-GB --js-flags=--ms-user-locale=en_GB --device-scale-factor=1 --num-raster-threads=2"
    " --renderer-client-id={number} --launch-time-ticks={number}0 --field-trial-handle=2{number},i,1 /prefetch:1",
    "browser",
    "msedge.exe",
)
_UTILITY = _of_user(
    "utility",
    EDGE,
    " --type=utility --utility-sub-type=edge_search_indexer.mojom.SearchIndexerInterfaceBroker --lang=en-GB"
    " --service-sandbox-type=search_indexer --field-trial-handle=2{number},i,1 /prefetch:8",
    "browser",
    "msedge.exe",
)
_BACKGROUND = f'"{SYSTEM32}BackgroundTaskHost.exe" -ServerName:BackgroundTaskHost.WebAccountProvider'
_COMMON = (
    (22, _RENDERER),
    (2, _UTILITY),
    (6, _BROKER),
    (5, _helper("backgroundTaskHost.exe", _BACKGROUND, "dcom", "Low")),
    (5, _helper("dllhost.exe", SYSTEM32 + "DllHost.exe /Processid:{{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}}")),
    (2, _helper("smartscreen.exe", SYSTEM32 + "smartscreen.exe -Embedding")),
)
_WORD = _of_user("word", OFFICE + "WINWORD.EXE", ' /n "{document}.docx" /o ""', original="WinWord.exe")
_LETTER = _of_user(
    "letter", OFFICE + "WINWORD.EXE", f' /n "{ATTACHMENTS}\\Q{{number}}\\Note.docx" /o ""', "mail", "WinWord.exe"
)
_EXCEL = _of_user("excel", OFFICE + "EXCEL.EXE", ' "{document}.xlsx"', original="Excel.exe")
_PDF = _of_user("pdf", ACROBAT, ' "{document}.pdf"')
_TUBES = _of_user("tubes", LABELS, " /template:tube /job:{number}", "laboratory")
_FORM = _of_user("form", "C:\\Program Files\\Careline\\Chart\\CarelineForms.exe", " /encounter:{number}", "chart")
_PRINTING = _of_user("printing", SYSTEM32 + "splwow64.exe", " 12288", "chart", "splwow64.exe")
_CALCULATOR = _of_user("calculator", SYSTEM32 + "calc.exe", original="CALC.EXE")
_NOTEPAD = _of_user("notepad", SYSTEM32 + "notepad.exe", ' "{document}.txt"', original="NOTEPAD.EXE")
_SNIP = _of_user("snip", SYSTEM32 + "SnippingTool.exe")

_PAPER = ((8, _WORD), (7, _EXCEL), (6, _PDF), (4, _LETTER), (3, _PRINTING), (1, _SNIP), (1, _NOTEPAD))
OPENED: dict[Style, tuple[float, tuple[tuple[float, Program], ...]]] = {
    Style.BEDSIDE: (7, (*_COMMON, (10, _FORM), (8, LABEL), (5, _PRINTING), (4, _PDF), (2, _WORD), (1, _CALCULATOR))),
    Style.OFFICE: (7, (*_COMMON, *_PAPER)),
    Style.IMAGING: (5, (*_COMMON, (6, _FORM), (4, _PDF), (3, _PRINTING), (2, _WORD))),
    Style.LABORATORY: (6, (*_COMMON, (14, _TUBES), (5, _PDF), (3, _EXCEL), (3, _PRINTING))),
    Style.ADMINISTRATION: (7, (*_COMMON, (4, _NOTEPAD), (4, _EXCEL), (3, _WORD), (3, _PDF))),
}
"""Programs opened per hour of work, and which, by weight."""
