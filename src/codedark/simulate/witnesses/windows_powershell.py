"""PowerShell's operational log: the script blocks that ran."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from codedark.simulate.acts import (
    ScriptRun,
)
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses.escape import json_text
from codedark.simulate.witnesses.names import Names
from codedark.simulate.witnesses.windows_event import Slots, Source, WindowsLog, template

_POWERSHELL = Source(
    "Microsoft-Windows-PowerShell",
    "a0c1853b-5c40-4b15-8766-3cf1c58f985a",
    "Microsoft-Windows-PowerShell/Operational",
    5,
    "0x0",
)
_SCRIPT_BLOCK: Final = template(
    _POWERSHELL,
    4104,
    2,
    "Creating Scriptblock text (<part> of <parts>):",
    "MessageNumber <part>\nMessageTotal <parts>\nScriptBlockText <text>\nScriptBlockId <block>\nPath <path>",
)
_BLOCK_CHARACTERS: Final = 16_000
"""PowerShell writes a longer script as several events."""


class PowerShellLog(WindowsLog):
    """PowerShell/Operational: script blocks (4104)."""

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        super().__init__(
            "windows/powershell", names, names.with_sensor("powershell"), deleted, {ScriptRun: self._script_run}
        )

    def _script_run(self, act: ScriptRun) -> list[bytes]:
        out: list[bytes] = []
        if not self.sees(act.host):
            return out
        digest = blake2b(f"{act.at_us} {act.host} {act.process_id}".encode(), digest_size=16).hexdigest()
        block = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:]}"
        parts = [act.text[at : at + _BLOCK_CHARACTERS] for at in range(0, len(act.text), _BLOCK_CHARACTERS)] or [""]
        for number, text in enumerate(parts, 1):
            slots: Slots = {"part": number, "parts": len(parts), "text": json_text(text), "block": block}
            slots["path"] = json_text(act.path)
            self.add(out, _SCRIPT_BLOCK, act.host, act.at_us, slots)
        return out
