"""The words of `content/next_steps.yaml`: what signs are called, and what to do first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from codedark.errors import UsageError


class Step(NamedTuple):
    """What a tactic or technique is called, and the first thing to do about it, "" for that of its tactic."""

    sign: str
    first: str


@dataclass(frozen=True, slots=True)
class NextSteps:
    """Steps by tactic, in rising gravity, and by technique."""

    tactics: Mapping[str, Step]
    techniques: Mapping[str, Step]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """From the parsed file. Raises `UsageError` that names the first entry without a sign."""
        return cls(_steps(document, "tactics"), _steps(document, "techniques"))

    def gravity(self, tactic: str) -> int:
        """The place of ``tactic`` among all, the gravest highest; -1 for an unknown one."""
        return list(self.tactics).index(tactic) if tactic in self.tactics else -1

    def step(self, tactic: str, techniques: Iterable[str]) -> Step:
        """What is said of evidence for ``tactic`` by these techniques: the most particular that there is."""
        general = self.tactics.get(tactic, Step("", ""))
        for technique in techniques:
            found = self.techniques.get(technique) or self.techniques.get(technique.partition(".")[0])
            if found:
                return Step(found.sign, found.first or general.first)
        return general


def _steps(document: Mapping[str, Any], section: str) -> dict[str, Step]:
    rows = document.get(section)
    if not isinstance(rows, dict):
        raise UsageError(f"next_steps.yaml: `{section}:` is missing: take it from the file that ships with Code Dark")
    out: dict[str, Step] = {}
    for name, row in rows.items():
        if not isinstance(row, dict) or not row.get("sign") or not set(row) <= {"sign", "first"}:
            raise UsageError(f"next_steps.yaml: {section}.{name}: needs `sign:`, and may have `first:`")
        out[str(name)] = Step(str(row["sign"]), str(row.get("first", "")))
    return out
