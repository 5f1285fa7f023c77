"""What the plain policies have to know of a problem: what a person would do by hand, told in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from codedark.contain.problem import Ints, Sets


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Nodes and actions, as somebody sees them who isolates what alarmed, quarantines its zone or switches all off.

    ``isolates[v]`` is the action that takes node v off the network (an account: that disables it), or -1 where there is
    none. ``zone[v]`` is the number of its zone, or -1. ``zone_cuts[z]`` are the actions that together cut zone z off,
    as far as lifelines allow it; ``everything`` are those of "all off".
    """

    isolates: Ints
    zone: Ints
    zone_cuts: Sets
    everything: Ints
