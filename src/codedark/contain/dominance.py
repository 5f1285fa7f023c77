"""Which actions nobody should choose, because another does the same at a lower price: a server that is shut down is
one that is isolated, later.
"""

from __future__ import annotations

import numpy as np

from codedark.contain.problem import Cuts, Ints


def dominators(cuts: Cuts) -> Ints:
    """For each action the one to choose instead, mostly itself: it cuts and takes down the same, holds no later, and
    takes no more work and no more harm.
    """
    found = np.arange(len(cuts), dtype=np.int64)
    best: dict[tuple[bytes, bytes], int] = {}
    for action in np.lexsort((cuts.staff_minutes, cuts.harm, cuts.apply_hours)).tolist():
        same = (np.sort(cuts.cuts[action]).tobytes(), np.sort(cuts.down[action]).tobytes())
        other = best.setdefault(same, action)
        if cuts.harm[other] <= cuts.harm[action] and cuts.staff_minutes[other] <= cuts.staff_minutes[action]:
            found[action] = other
    return found
