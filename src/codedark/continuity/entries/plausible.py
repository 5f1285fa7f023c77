"""Whether a measured value can be: what is far outside what patients have is asked back once, before it is charted."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from codedark.continuity.entries.entry import Observation, PhoneResult
from codedark.continuity.sentence import Sentence

_COMMA: Final = re.compile(r"(-?[0-9]+),([0-9]{1,2})", re.ASCII)
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)


def pointed(value: str) -> str:
    """``38.5`` for ``38,5``; with three digits behind it a comma may mean thousands, and the value stays as it is."""
    return _COMMA.sub(r"\1.\2", value) if _COMMA.fullmatch(value) else value


def implausible(measured: Observation | PhoneResult) -> str:
    """What to ask of a value that cannot well be; "" for others, and where no range is known."""
    unit, name = measured.unit.strip().casefold(), measured.name.strip().casefold()
    range_ = _ranges().get((measured.code, unit)) or _ranges().get((name, unit))
    if range_ is None or not _NUMBER.fullmatch(measured.value):
        return ""
    low, high = range_
    if low <= float(measured.value) <= high:
        return ""
    said = f"{measured.name} {measured.value} {measured.unit}".strip()
    return Sentence(
        "{said}: is this right? It is expected between {low} and {high}. Look again; confirm it if it is so.",
        said=said, low=low, high=high,
    )  # fmt: skip


@cache
def _ranges() -> dict[tuple[str, str], tuple[float, float]]:
    """`content/continuity/plausible.yaml`, by name or code, and by unit."""
    told: list[dict[str, Any]] = yaml.safe_load((files("codedark") / "content/continuity/plausible.yaml").read_bytes())
    return {
        (what, unit): (low, high)
        for each in told
        for what in (*each["names"], *each["codes"])
        for unit, (low, high) in each["units"].items()
    }
