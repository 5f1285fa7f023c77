"""Programs that speak with a device for us: ``nft``, ``ovs-ofctl``, here or behind ssh."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from codedark.enforce.contract import DeviceFailed, DeviceId, Inherited

_PATIENCE_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class DeviceProgram:
    """``program`` for ``device``, which people call a ``what`` (``firewall``). ``command`` comes before it.

    Each run keeps the open files of ``inherited``, so that whoever waits for the log waits for it too.
    """

    device: DeviceId
    what: str
    program: str
    command: Sequence[str] = ()
    inherited: Inherited = tuple

    def run(self, *words: str, given: bytes) -> bytes:
        """What it says when ``given`` that; raises `DeviceFailed`, and then it did nothing of it."""
        name = PurePath(self.program).name
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program without a shell; what varies is on its input
                [*self.command, self.program, *words],
                input=given,
                capture_output=True,
                check=False,
                timeout=_PATIENCE_SECONDS,
                pass_fds=self.inherited(),
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DeviceFailed(f"{self.device}: {name} did not answer ({error}); look at that {self.what}") from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
            raise DeviceFailed(f"{self.device}: {name} refuses, and nothing of it was done: {said}")
        return done.stdout
