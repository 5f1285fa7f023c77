"""A set of rules ready to run: what compiling leaves behind, and what a hunt or a cache loads.

Rules are kept packed by log source and unpacked when a record of such a source first turns up, so that starting
costs what the logs need and not what the rules are. Packed means pickled: a rulebook comes from this program's
own compiler or its own cache, never from elsewhere.
"""

from __future__ import annotations

import gc
import pickle
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from codedark.detect.finding import RuleId
from codedark.detect.sigma.correlation_rule import CorrelationRule
from codedark.detect.sigma.prepared import Rule
from codedark.events.logsource import LogSource

ENGINE_VERSION = 5
"""Part of the name of every cache entry: raise it when the compiled form of a rule changes."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule that cannot run here: its file, what it is called, and why in one sentence."""

    path: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Compiled rules. ``base`` maps the name and the id of each rule to its id; ``loaded`` counts all that were read.

    ``packed`` holds, for each log source, how many rules it has and the rules themselves.
    """

    packed: Mapping[LogSource, tuple[int, bytes]]
    base: Mapping[str, RuleId]
    correlations: Sequence[CorrelationRule]
    problems: Sequence[Problem]
    loaded: int
    _unpacked: dict[LogSource, list[Rule]] = field(default_factory=dict, repr=False, compare=False)

    def rules(self, source: LogSource) -> list[Rule]:
        """The rules of one log source."""
        if source not in self._unpacked:
            # Collecting garbage while thousands of long-lived objects appear only costs time.
            enabled = gc.isenabled()
            gc.disable()
            self._unpacked[source] = pickle.loads(self.packed[source][1])  # noqa: S301 - our own, see above
            if enabled:
                gc.enable()
        return self._unpacked[source]


def pack(
    rules: Iterable[Rule], correlations: Sequence[CorrelationRule], problems: Sequence[Problem], loaded: int
) -> Rulebook:
    """A rulebook of compiled rules."""
    by_source: dict[LogSource, list[Rule]] = {}
    base: dict[str, RuleId] = {}
    for rule in rules:
        by_source.setdefault(rule.info.logsource, []).append(rule)
        base[rule.info.id] = rule.info.id
        if rule.info.name:
            base[rule.info.name] = rule.info.id
    packed = {source: (len(mine), pickle.dumps(mine, 5)) for source, mine in by_source.items()}
    return Rulebook(packed, base, correlations, problems, loaded)
