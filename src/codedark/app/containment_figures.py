"""The figures of containment that ship with Code Dark: `content/contain`, read and checked."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from codedark.contain.assemble import Figures
from codedark.contain.rates import Rates
from codedark.contain.settings import ActionSettings, PlanSettings


@cache
def figures() -> Figures:
    """Rates, actions and plans. Raises `UsageError` for a figure that makes no sense."""
    return Figures(
        Rates.of(document("rates")), ActionSettings.of(document("actions")), PlanSettings.of(document("plan"))
    )


def document(name: str) -> dict[str, Any]:
    """One of the files, parsed."""
    read: dict[str, Any] = yaml.safe_load(
        (files("codedark") / "content" / "contain" / f"{name}.yaml").read_text("utf-8")
    )
    return read
