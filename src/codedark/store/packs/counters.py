"""The numbers of packs, kept by who builds them: they only rise, even when the builder is killed or its disk is full.

A number is on disk before the pack that has it is made. One that is never used is no harm; one used twice would be
refused by the ward.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from codedark.continuity.packs.pack import Counter
from codedark.hospital.ward import WardId
from codedark.store.number_file import NumberFile

FILE: Final = "counters.json"
_LOST: Final = (
    "Packs would get numbers that wards have seen, and wards would refuse them. Put it back from a backup of today; or "
    "find the highest number on any ward (`codedark ward status`), add 1000, move what is left of the file away, and "
    "say `codedark pack counters --above NUMBER`"
)


class Counters:
    """The counters in a folder. Two builders at once wait for each other."""

    def __init__(self, folder: Path) -> None:
        self._file: Final = NumberFile(folder / FILE, int, _LOST)

    def begin(self, above: int = 0) -> None:
        """Let all wards' next numbers be above ``above``: for a new folder, or one that lost its counters.

        What is there already never falls.
        """
        with self._file.alone():
            known = self._file.known()
            raised = {ward: max(last, above) for ward, last in known.items()}
            self._file.write(raised | {"": max(known.get("", 0), above)})

    def next(self, ward: WardId) -> Counter:
        """A number that no pack of this ward had. Raises `UnusableInput` where counters are lost, OSError."""
        with self._file.alone():
            known = self._file.read()
            number = max(known.get(ward, 0), known.get("", 0)) + 1
            self._file.write(known | {str(ward): number})
        return Counter(number)
