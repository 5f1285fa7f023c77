"""The figures that ship with Code Dark, read once, and small hospitals to try them on."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from codedark.contain.rates import Rates
from codedark.contain.settings import ActionSettings, PlanSettings


@cache
def document(name: str) -> dict[str, Any]:
    """A parsed file of `content/contain`."""
    text = (files("codedark") / "content" / "contain" / name).read_text("utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


@cache
def rates() -> Rates:
    return Rates.of(document("rates.yaml"))


@cache
def action_settings() -> ActionSettings:
    return ActionSettings.of(document("actions.yaml"))


@cache
def plan_settings() -> PlanSettings:
    return PlanSettings.of(document("plan.yaml"))
