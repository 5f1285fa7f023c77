"""A plan without what it does not need: actions that paid on the scenarios that chose them, and on others do not.

Few scenarios make an optimiser believe in luck. So each action has to show its worth on scenarios that neither chose
the plan nor will judge it.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from codedark.contain.harm import Judge
from codedark.contain.problem import Ints
from codedark.contain.scenarios import Scenarios


def trimmed(judge: Judge, scenarios: Scenarios, chosen: Ints, keep: Collection[int] = ()) -> Ints:
    """The plan without the actions that lessen no harm here, but for those to ``keep``: what would be missed least is
    looked at first, each with what is left by then.
    """

    def harm(actions: Ints) -> float:
        return judge.outcome(scenarios, actions).mean

    left, least = chosen, harm(chosen)
    loose = [action for action in chosen.tolist() if action not in keep]
    missed = {action: harm(chosen[chosen != action]) for action in loose}
    for action in sorted(loose, key=lambda each: (missed[each], each)):
        without = left[left != action]
        found = missed[action] if len(left) == len(chosen) else harm(without)
        if found <= least:
            left, least = without, found
    return np.asarray(left, dtype=np.int64)
