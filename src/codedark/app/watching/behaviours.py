"""The behaviours that watch in one installation: what the project says of them, under the hospital's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import yaml

from codedark.app.watching.figures import checked
from codedark.app.watching.memory import Watched
from codedark.detect.behaviour.behaviour import BehaviourId
from codedark.detect.behaviour.catalogue import Description
from codedark.detect.behaviour.kinds import KINDS
from codedark.detect.finding import Level
from codedark.errors import UsageError

Overrides = Mapping[str, Mapping[str, Any]]
"""By id of a behaviour: ``enabled``, ``level``, and settings by name (the tables ``[behaviour.ID]``)."""


def descriptions(overrides: Overrides) -> list[Description]:
    """Every behaviour as it is to run, in the order of their ids.

    Raises `UsageError` for an override of what there is not: a behaviour, a setting, or a level; and
    for a figure that cannot be (`checked`).
    """
    folder = files("codedark") / "content" / "behaviour"
    found = {name: _read(yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8"))) for name in sorted(KINDS)}
    for name, given in overrides.items():
        if name not in found:
            raise UsageError(f"[behaviour.{name}]: there is no such behaviour. There are {', '.join(found)}.")
        found[BehaviourId(name)] = _over(found[BehaviourId(name)], given)
    return list(found.values())


def watched(described: list[Description]) -> list[Watched]:
    """Those that are enabled, with nothing learnt yet."""
    return [Watched(KINDS[each.id](each.settings), each.rule) for each in described if each.enabled]


def _read(raw: dict[str, Any]) -> Description:
    return Description(
        BehaviourId(raw["id"]),
        raw["title"],
        Level[raw["level"].upper()],
        raw["enabled"],
        tuple(raw.get("tags") or ()),
        raw["description"],
        tuple(raw.get("falsepositives") or ()),
        raw.get("settings") or {},
    )


def _over(described: Description, given: Mapping[str, Any]) -> Description:
    values = dict(given)
    table = f"behaviour.{described.id}"
    enabled = values.pop("enabled", described.enabled)
    level = str(values.pop("level", described.level.name)).upper()
    if level not in Level.__members__:
        raise UsageError(
            f"[{table}] level: {level.lower()!r} is no level. There are {', '.join(Level.__members__).lower()}."
        )
    unknown = sorted(values.keys() - described.settings.keys())
    if unknown:
        known = ", ".join(described.settings)
        raise UsageError(f"[{table}] {unknown[0]}: there is no such setting. There are {known}.")
    return Description(
        described.id,
        described.title,
        Level[level],
        checked(table, "enabled", enabled, usual=True),
        described.tags,
        described.description,
        described.falsepositives,
        {
            **described.settings,
            **{name: checked(table, name, values[name], described.settings[name]) for name in values},
        },
    )
