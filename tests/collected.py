"""A sink of a hunt that keeps what it is given."""

from __future__ import annotations

from dataclasses import dataclass, field

from codedark.app.summary import Summary
from codedark.detect.finding import Finding


@dataclass
class Collected:
    """Keeps the findings, in their order."""

    findings: list[Finding] = field(default_factory=list)

    def begin(self) -> None:
        pass

    def write(self, finding: Finding) -> None:
        self.findings.append(finding)

    def end(self, summary: Summary) -> None:
        pass
