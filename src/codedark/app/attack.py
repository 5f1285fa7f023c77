"""MITRE ATT&CK as far as the outputs need it: tactics in order, names of techniques, and what a Sigma tag
means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

_TECHNIQUE_TAG = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tactic:
    """A column of the matrix: `TA0001`, `Initial Access`, and the name it has in Sigma tags."""

    id: str
    name: str
    tag: str


@dataclass(frozen=True, slots=True)
class Technique:
    """A technique or sub-technique; ``name`` is "" for an id that the table does not know."""

    id: str
    name: str
    tactics: tuple[str, ...]

    @property
    def parent(self) -> str:
        """The id of the technique that a sub-technique belongs to; its own id for a technique."""
        return self.id.partition(".")[0]


class Placement(NamedTuple):
    """One cell of the matrix. Either side is None where the rule names only the other one."""

    tactic: Tactic | None
    technique: Technique | None


@dataclass(frozen=True, slots=True)
class Attack:
    """The ATT&CK matrix for Enterprise. ``tactics`` in matrix order, by tag."""

    version: str
    tactics: Mapping[str, Tactic]
    renamed_tactics: Mapping[str, str]
    techniques: Mapping[str, Technique]

    def technique(self, technique_id: str) -> Technique:
        """The technique of this id, without name and tactics where it is unknown."""
        return self.techniques.get(technique_id) or Technique(technique_id, "", ())

    def placements(self, tags: Iterable[str]) -> tuple[Placement, ...]:
        """Where in the matrix a rule with these Sigma tags belongs.

        A technique stands under those of its tactics that the rule names, else under those the rule names,
        else under its own. Tactics left without a technique get a cell of their own.
        """
        tags = tuple(tags)
        named = [tactic for tag in tags if (tactic := self._tactic(tag))]
        out: list[Placement] = []
        for technique in map(self.technique, technique_ids(tags)):
            own = [self.tactics[tag] for tag in technique.tactics]
            under = [tactic for tactic in own if tactic in named] or named or own
            out.extend(Placement(tactic, technique) for tactic in under or (None,))
        filled = {placement.tactic for placement in out}
        out.extend(Placement(tactic, None) for tactic in named if tactic not in filled)
        return tuple(dict.fromkeys(out))

    def _tactic(self, tag: str) -> Tactic | None:
        name = tag.lower().removeprefix("attack.").replace("_", "-")
        return self.tactics.get(self.renamed_tactics.get(name, name)) if tag.lower().startswith("attack.") else None


@lru_cache(maxsize=8_192)
def placements(tags: tuple[str, ...]) -> tuple[Placement, ...]:
    """`Attack.placements` of the table that ships with Code Dark, remembered: rules are fewer than
    findings.
    """
    return attack().placements(tags)


def technique_ids(tags: Iterable[str]) -> tuple[str, ...]:
    """The ATT&CK technique ids among Sigma tags (``attack.t1059.001`` is `T1059.001`), in their order."""
    found = (_TECHNIQUE_TAG.fullmatch(tag) for tag in tags)
    return tuple(dict.fromkeys(match[1].upper() for match in found if match))


@cache
def attack() -> Attack:
    """The table that ships with Code Dark (`content/attack.yaml`)."""
    text = files("codedark").joinpath("content/attack.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    table: dict[str, Any] = yaml.load(text, Loader=loader)  # noqa: S506  (a safe loader, in C where it is there)
    return Attack(
        version=table["version"],
        tactics={tag: Tactic(row["id"], row["name"], tag) for tag, row in table["tactics"].items()},
        renamed_tactics=table["renamed_tactics"],
        techniques={
            key: Technique(key, row["name"], tuple(row["tactics"])) for key, row in table["techniques"].items()
        },
    )
