"""The numbers of packs, kept by who builds them: they only rise, even when the builder is killed or its disk is full.

A number is on disk before the pack that has it is made. One that is never used is no harm; one used twice would be
refused by the ward.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from codedark.continuity.pack import Counter
from codedark.errors import UnusableInput
from codedark.hospital.ward import WardId
from codedark.store.durable import put

FILE: Final = "counters.json"
_decoder: Final = msgspec.json.Decoder(dict[str, int])


class Counters:
    """The counters in a folder. Two builders at once wait for each other."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def begin(self, above: int = 0) -> None:
        """Let all wards' next numbers be above ``above``: for a new folder, or one that lost its counters.

        What is there already never falls.
        """
        with self._alone():
            known = self._read() if self._path.exists() else {}
            raised = {ward: max(last, above) for ward, last in known.items()}
            self._write(raised | {"": max(known.get("", 0), above)})

    def next(self, ward: WardId) -> Counter:
        """A number that no pack of this ward had. Raises `UnusableInput` where counters are lost, OSError."""
        with self._alone():
            known = self._read()
            number = max(known.get(ward, 0), known.get("", 0)) + 1
            self._write(known | {str(ward): number})
        return Counter(number)

    def _read(self) -> dict[str, int]:
        try:
            return _decoder.decode(self._path.read_bytes())
        except FileNotFoundError as error:
            raise UnusableInput(self._lost("is lost")) from error
        except msgspec.MsgspecError as error:
            raise UnusableInput(self._lost(f"is damaged ({error})")) from error

    def _lost(self, what: str) -> str:
        return (
            f"{self._path} {what}. Packs would get numbers that wards have seen, and wards would refuse them. Put it "
            "back from a backup of today; or find the highest number on any ward (`codedark ward status`), add 1000, "
            "move what is left of the file away, and say `codedark pack counters --above NUMBER`"
        )

    def _write(self, counters: dict[str, int]) -> None:
        put(self._path, msgspec.json.encode(counters, order="sorted"), 0o600)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        file = os.open(self._path.with_name("counters.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)
