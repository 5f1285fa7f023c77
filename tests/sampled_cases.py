"""Scenarios as the optimiser draws them, told to the oracle, which draws nothing."""

from __future__ import annotations

from codedark.contain.scenarios import Scenarios
from tests.oracle.containment import Scenario


def told(scenarios: Scenarios) -> list[Scenario]:
    """The same scenarios for the oracle."""
    return [
        Scenario(number, float(scenarios.weights[number]), frozenset(nodes.tolist()))
        for number, nodes in enumerate(scenarios.taken)
    ]
