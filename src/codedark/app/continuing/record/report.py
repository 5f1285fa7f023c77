"""What came of asking the record, in ``HOME/continuity/record.json``: for people, for `census show`, for monitoring.

record        the server's address
compared      when everything was last compared, UTC; "" while it never was
patients, resources, taken_in    how many it was about, and how much of it was news that went into the journal
differences   each: patient, group, census, record
asking        how far it is now: "120 of 1,000 patients"; "" while it does not ask
failed        why the last question came to nothing; "" where it did not
subscribed    how changes are heard of: notified, or asked for, and why
next          when everything is asked for next
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import orjson

from codedark.app.amounts import amount
from codedark.continuity.charts.comparison import Difference
from codedark.events.moments import moment_of


class Report:
    """Kept in the file at every change. A disk that refuses it changes nothing else."""

    def __init__(self, home: Path, base: str) -> None:
        self.path: Final = report_of(home)
        known = last(home)
        self._told: dict[str, Any] = {
            "record": base,
            "compared": "",
            "patients": 0,
            "resources": 0,
            "taken_in": 0,
            "differences": [],
            **(known if known.get("record") == base else {}),
            "asking": "",
            "failed": "",
            "subscribed": "",
            "next": "",
        }

    def progress(self, done: int, of: int) -> None:
        """How far it is."""
        self._put(asking=f"{done:,} of {amount(of, 'patient')}")

    def compared(self, at_us: int, patients: int, resources: int, taken: int, found: Sequence[Difference]) -> None:
        """All was asked for and compared."""
        self._put(
            compared=f"{moment_of(at_us):%Y-%m-%dT%H:%M:%SZ}",
            patients=patients,
            resources=resources,
            taken_in=taken,
            differences=[each._asdict() for each in found],
        )

    def subscribed(self, how: str) -> None:
        """How changes are heard of."""
        self._put(subscribed=how)

    def ended(self, failed: str, following: str) -> None:
        """A question has ended."""
        self._put(asking="", failed=failed, next=following)

    def _put(self, **told: Any) -> None:
        if all(self._told.get(name) == value for name, value in told.items()):
            return
        self._told |= told
        beside = self.path.with_suffix(".new")
        with suppress(OSError):
            beside.write_bytes(orjson.dumps(self._told, option=orjson.OPT_INDENT_2, default=str))
            beside.replace(self.path)


def report_of(home: Path) -> Path:
    """Where it lies."""
    return home / "continuity" / "record.json"


def last(home: Path) -> dict[str, Any]:
    """What it says; empty where no record was ever asked."""
    try:
        found = orjson.loads(report_of(home).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}
