"""ATT&CK as far as incidents need it: which tactic a rule speaks of, and its techniques."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from codedark.detect.finding import Level, RuleInfo

_CHAIN = (
    "resource-development", "reconnaissance", "discovery", "stealth", "privilege-escalation", "execution",
    "persistence", "initial-access", "command-and-control", "collection", "defense-impairment", "credential-access",
    "lateral-movement", "exfiltration", "impact",
)  # fmt: skip
"""Tactics by how much they say of an attack's progress, the least first: of several tags of one rule, one counts."""
BEHAVIOUR = "behaviour/"
"""How ids of behaviours begin. One behaviour has signs of several levels, which are learnt apart."""
_RANK = {tactic: place for place, tactic in enumerate(_CHAIN)}


class Known(NamedTuple):
    """What is fixed about a rule. ``weighed_as`` is the name under which its weight is learnt. ``groups`` are its
    techniques without sub-technique, else what else it has in common with others; ``tactic`` is the one that it counts
    for, "" for none.
    """

    id: str
    weighed_as: str
    title: str
    level: Level
    techniques: tuple[str, ...]
    groups: tuple[str, ...]
    tactic: str


@dataclass(frozen=True, slots=True)
class Tactics:
    """The matrix as plain data. ``order``: names of tactics as Sigma tags have them, in ATT&CK's order; ``renamed``:
    names of earlier versions; ``techniques``: the tactics of each technique.
    """

    order: tuple[str, ...]
    renamed: Mapping[str, str]
    techniques: Mapping[str, tuple[str, ...]]

    def known(self, rule: RuleInfo) -> Known:
        """What ``rule`` speaks of: its tags, and where it names no tactic, the tactics of its techniques."""
        tags = [
            tag.lower().removeprefix("attack.").replace("_", "-") for tag in rule.tags if tag[:7].lower() == "attack."
        ]
        techniques = tuple(dict.fromkeys(tag.upper() for tag in tags if tag[:1] == "t" and tag[1:5].isdigit()))
        named = [tactic for tag in tags if (tactic := self.renamed.get(tag, tag)) in self.order]
        told = named or [tactic for technique in techniques for tactic in self.techniques.get(technique, ())]
        tactic = max(told, key=lambda each: _RANK.get(each, -1), default="")
        groups = tuple(dict.fromkeys(technique.partition(".")[0] for technique in techniques))
        weighed_as = f"{rule.id}/{rule.level.name.lower()}" if rule.id.startswith(BEHAVIOUR) else str(rule.id)
        return Known(
            str(rule.id), weighed_as, rule.title, rule.level, techniques, groups or (tactic or str(rule.id),), tactic
        )

    def sorted(self, seen: Mapping[str, int]) -> dict[str, int]:
        """``seen`` in ATT&CK's order."""
        return {tactic: seen[tactic] for tactic in self.order if tactic in seen}
