"""Lifelines while something stands: a cut may silence one only later, when it wants a name, a lease or another partner.

Nothing is taken back for it: the machine itself may have failed. Somebody is told, and decides.
"""

from __future__ import annotations

from codedark.app.enforcing.holding import Holding, Stage
from codedark.app.enforcing.probing import TcpProbes


class LifelineWatch:
    """Remembers which lifelines answered since something stands. Silent twice in a row is silent."""

    def __init__(self) -> None:
        self._answered: frozenset[str] = frozenset()
        self._once: frozenset[str] = frozenset()
        self._told: frozenset[str] = frozenset()

    def look(self, lifelines: TcpProbes, holding: Holding) -> tuple[str, ...]:
        """Ask them, where something stands; what people have to hear. One that answers again may be told again."""
        plans = dict.fromkeys(held.plan for held in holding.at(Stage.STANDS, Stage.WITHDRAWING))
        if not plans:
            self._answered = self._once = self._told = frozenset()
            return ()
        now = lifelines.answering()
        silent = (self._answered & lifelines.names) - now  # one that is not asked any more is not silent
        lost = silent & self._once
        fresh = sorted(lost - self._told)
        self._answered, self._once, self._told = self._answered | now, silent, lost
        if not fresh:
            return ()
        sentence = (
            f"LIFELINES DO NOT ANSWER any more while {', '.join(plans)} stands: {', '.join(fresh)}. Go and look; where"
            f" a cut may be the cause: codedark contain rollback {next(reversed(plans))}"
        )
        return (sentence,)
