"""What incidents are made with: the figures of `content/alarms.yaml` under the hospital's own, ATT&CK, and the
words.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import yaml

from codedark.app.attack import attack
from codedark.app.watching.figures import checked
from codedark.errors import UsageError
from codedark.respond.next_steps import NextSteps
from codedark.respond.settings import AlarmSettings
from codedark.respond.tactics import Tactics


def alarm_settings(given: Mapping[str, Any]) -> tuple[AlarmSettings, Tactics, NextSteps]:
    """``given`` is ``[alarms]`` of ``codedark.toml``: tables and figures by the names of `content/alarms.yaml`.

    Raises `UsageError` for a name that is not there, or a figure that cannot be.
    """
    content = files("codedark") / "content"
    document = yaml.safe_load((content / "alarms.yaml").read_text("utf-8"))
    matrix = attack()
    techniques = {each.id: each.tactics for each in matrix.techniques.values()}
    tactics = Tactics(tuple(matrix.tactics), matrix.renamed_tactics, techniques)
    steps = NextSteps.of(yaml.safe_load((content / "next_steps.yaml").read_text("utf-8")))
    return AlarmSettings.of(_over(document, given, "alarms")), tactics, steps


def _over(document: Mapping[str, Any], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    for name in given:
        if name not in document:
            raise UsageError(f"[{where}] {name}: there is no such setting. There are {', '.join(document)}.")
    over = dict(document)
    for name, value in given.items():
        usual = document[name]
        if not isinstance(usual, dict):
            over[name] = checked(where, name, value, usual)
        elif isinstance(value, dict):
            over[name] = _over(usual, value, f"{where}.{name}")
        else:
            raise UsageError(f"[{where}] {name} = {value}: it is a table: write [{where}.{name}] above its settings")
    return over
