"""A small hospital with devices, in which one behaviour is told observation after observation, as time passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.resources import files
from ipaddress import ip_network
from typing import Any

import yaml

from codedark.detect.behaviour.behaviour import Behaviour, Context, Sign
from codedark.detect.behaviour.kinds.learning import DAY_US
from codedark.detect.behaviour.observation import Observation
from codedark.detect.behaviour.places import Places
from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.hospital import Hospital
from codedark.hospital.zone import Purpose, Zone, ZoneId

MONDAY_US = 20_465 * DAY_US  # 12 January 2026
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US


def _hospital() -> Hospital:
    zone = ZoneId("all")
    kinds = {
        "ct01": AssetKind.MODALITY, "ct02": AssetKind.MODALITY, "pacs01": AssetKind.SERVER,
        "ws01": AssetKind.WORKSTATION, "lab01": AssetKind.ANALYSER, "pump1": AssetKind.INFUSION_PUMP,
        "pump2": AssetKind.INFUSION_PUMP,
    }  # fmt: skip
    return Hospital(
        "H",
        zones={zone: Zone(zone, "all", Purpose.CLINICAL, cidrs=(ip_network("10.0.0.0/8"),))},
        assets={AssetId(name): Asset(AssetId(name), kind, zone) for name, kind in kinds.items()},
        placeholders={"canary_files": ("Salaries/Bonus.xlsx",)},
    )


CONTEXT = Context(Places(_hospital()))


def settings_of(name: str, **over: Any) -> dict[str, Any]:
    """The shipped settings of a behaviour; ``over`` replaces some."""
    text = (files("codedark") / "content" / "behaviour" / f"{name}.yaml").read_text("utf-8")
    settings: dict[str, Any] = yaml.safe_load(text)["settings"]
    return settings | over


def told(behaviour: Behaviour, seen: Iterable[Observation], context: Context = CONTEXT) -> list[Sign]:
    """What is said of observations in their order, with a tick in every minute between them."""
    return list(_told(behaviour, seen, context))


def _told(behaviour: Behaviour, seen: Iterable[Observation], context: Context) -> Iterator[Sign]:
    minute = 0
    for each in seen:
        if minute and each.at_us - minute * MINUTE_US > DAY_US:
            minute = each.at_us // MINUTE_US
        for now in range(minute + 1, each.at_us // MINUTE_US + 1) if minute else ():
            yield from behaviour.tick(now * MINUTE_US, context)
        minute = each.at_us // MINUTE_US
        yield from behaviour.take(each, context)


def ticks(behaviour: Behaviour, from_us: int, until_us: int) -> list[Sign]:
    """What is said when nothing comes."""
    return [s for at in range(from_us, until_us, MINUTE_US) for s in behaviour.tick(at, CONTEXT)]
