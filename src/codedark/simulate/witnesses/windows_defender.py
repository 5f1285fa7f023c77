"""Defender's operational log: what it found, and when it was switched or updated."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final
from zlib import crc32

from codedark.simulate.acts import (
    MalwareSeen,
    ProtectionChanged,
)
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses.clock import iso_milliseconds
from codedark.simulate.witnesses.escape import json_text
from codedark.simulate.witnesses.log import Writer
from codedark.simulate.witnesses.names import Names
from codedark.simulate.witnesses.windows_event import Slots, Source, WindowsLog, template
from codedark.simulate.witnesses.windows_identity import Identities

_DEFENDER = Source(
    "Microsoft-Windows-Windows Defender",
    "11cd958a-c507-4ef3-b3f2-5fd9dfbd2c78",
    "Microsoft-Windows-Windows Defender/Operational",
    4,
    "0x8000000000000000",
)
_THREAT = r"""
    Product_Name Microsoft Defender Antivirus
    Product_Version 4.18.24090.11
    Detection_ID {<detection>}
    Detection_Time <utc>
    Threat_ID <threat_id>
    Threat_Name <threat>
    Severity_ID 5
    Severity_Name Severe
    Category_ID 8
    Category_Name Trojan
    Source_Name Real-Time Protection
    Process_Name Unknown
    Detection_User <user>
    Path file:_<path>
    Origin_Name Local machine
    Type_Name Concrete
    Action_ID <action_id>
    Action_Name <action>
    Error_Code 0x00000000
    Error_Description The operation completed successfully.
"""
_PRODUCT = "Product_Name Microsoft Defender Antivirus\nProduct_Version 4.18.24090.11"


def _defender(event: int, message: str, fields: str, level: int = 4) -> str:
    """Defender's names have spaces, where a row of the table has underscores."""
    rows = [line.strip().partition(" ") for line in fields.splitlines() if line.strip()]
    text = template(_DEFENDER, event, 0, message, fields, level)
    for name, _, _ in rows:
        text = text.replace(f'"{name}":', f'"{name.replace("_", " ")}":')
    return text


_MALWARE_SEEN: Final = _defender(1116, "Microsoft Defender Antivirus has detected malware.", _THREAT, 3)
_MALWARE_TREATED: Final = _defender(1117, "Microsoft Defender Antivirus has taken action.", _THREAT)
_PROTECTION: Final = {
    "on": _defender(5000, "Real-time Protection scanning for malware was enabled.", _PRODUCT),
    "off": _defender(5001, "Real-time Protection scanning for malware was disabled.", _PRODUCT),
    "updated": _defender(
        2000,
        "Security intelligence version updated.",
        _PRODUCT + "\nCurrent_security_intelligence_Version 1.421.<revision>.0\nUpdate_Type Delta",
    ),
    "scan_finished": _defender(
        1001, "Microsoft Defender Antivirus scan has finished.", _PRODUCT + "\nScan_Type Antimalware\nScan_Resources -"
    ),
}
_ACTIONS: Final = {"quarantined": (2, "Quarantine"), "blocked": (10, "Block"), "none": (9, "Not Applicable")}


class DefenderLog(WindowsLog):
    """Windows Defender/Operational: 1001, 1116, 1117, 2000, 5000 and 5001."""

    def __init__(self, names: Names, identities: Identities, deleted: Sequence[Deleted]) -> None:
        writers: dict[type, Writer] = {MalwareSeen: self._malware_seen, ProtectionChanged: self._protection_changed}
        super().__init__("windows/defender", names, names.with_sensor("defender"), deleted, writers)
        self._who = identities

    def _malware_seen(self, act: MalwareSeen) -> list[bytes]:
        out: list[bytes] = []
        if not self.sees(act.host):
            return out
        digest = blake2b(f"{act.at_us} {act.host} {act.threat}".encode(), digest_size=16).hexdigest().upper()
        action_id, action = _ACTIONS["none"]
        slots: Slots = {
            "detection": f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}",
            "utc": iso_milliseconds(act.at_us),
            "threat_id": 2147000000 + crc32(act.threat.encode()) % 480_000,
            "threat": json_text(act.threat),
            "user": self._who.account(act.account).user,
            "path": json_text(act.path),
            "action_id": action_id,
            "action": action,
        }
        self.add(out, _MALWARE_SEEN, act.host, act.at_us, slots)
        if act.action != "none":
            slots["action_id"], slots["action"] = _ACTIONS[act.action]
            self.add(out, _MALWARE_TREATED, act.host, act.at_us, slots)
        return out

    def _protection_changed(self, act: ProtectionChanged) -> list[bytes]:
        out: list[bytes] = []
        if self.sees(act.host):
            # Security intelligence comes in a few versions a day.
            slots: Slots = {"revision": act.at_us // 14_400_000_000 % 4000}
            self.add(out, _PROTECTION[act.event], act.host, act.at_us, slots)
        return out
