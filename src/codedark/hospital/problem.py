"""What is wrong with a model of the hospital, where, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error makes the model unusable; with a warning it loads."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. ``line`` counts from 1 and is 0 where the file as a whole is meant; ``mend`` says what to do."""

    severity: Severity
    file: str
    line: int
    what: str
    mend: str = ""

    @property
    def where(self) -> str:
        """``assets.csv:12``, or the file alone."""
        return f"{self.file}:{self.line}" if self.line else self.file
