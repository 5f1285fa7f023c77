"""Draws the map: one SVG, or one HTML page that holds it with its tables and needs no network.

The proportions are those of A3 landscape, which are also those of a laptop screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from codedark.app.hospital_map import services as service_plan
from codedark.app.hospital_map import zones as zone_plan
from codedark.app.hospital_map.zones import Tile
from codedark.app.templates import environment
from codedark.app.untrusted import one_line
from codedark.hospital.failure import leaves, phrase
from codedark.hospital.hospital import Hospital
from codedark.hospital.lifeline import Lifeline
from codedark.hospital.service import RTO_MINUTES, OnService, Service, Tier

A3_RATIO = 420 / 297
TOP, KEY_HEIGHT = 62, 52
_SERVICES_WIDTH = 1180

_TIER_WORDS = {
    Tier.ZERO: "ground",
    Tier.ONE: "vital",
    Tier.TWO: "urgent",
    Tier.THREE: "important",
    Tier.FOUR: "needed",
    Tier.FIVE: "deferrable",
}


def svg(hospital: Hospital) -> str:
    """The map alone, as a file of its own."""
    return _svg(hospital, alone=True)


def page(hospital: Hospital) -> str:
    """The map with what stands behind it, as one HTML page."""
    picked = sorted(hospital.services.values(), key=lambda service: (service.tier, service.name))
    needs = {
        service.id: sorted({leaf.service for leaf in leaves(service.needs) if isinstance(leaf, OnService)})
        for service in picked
    }
    return (
        _environment()
        .get_template("page.html")
        .render(
            name=hospital.name,
            style=_style(),
            svg=Markup(_svg(hospital, alone=False)),  # noqa: S704 - made by our own template, escaped there
            services=picked,
            lifelines=list(hospital.lifelines.values()),
            needs=needs,
            zones=zone_plan.zones_of_services(hospital),
        )
    )


def _svg(hospital: Hospital, *, alone: bool) -> str:
    least = (_SERVICES_WIDTH + 28 + 2 * zone_plan.TILE_WIDTH) / A3_RATIO - TOP - KEY_HEIGHT
    plan = service_plan.place(hospital, _SERVICES_WIDTH, least, zone_plan.zones_of_services(hospital))
    height = max(plan.height, least)
    tiles = zone_plan.tile(hospital, height)
    letters = _letters(plan.common)
    return (
        _environment()
        .get_template("map.svg")
        .render(
            name=one_line(hospital.name),
            subtitle=_subtitle(hospital),
            alone=alone,
            style=_style(),
            plan=plan,
            zones=tiles,
            letters=letters,
            common=[(service, letters[service.id]) for service in plan.common],
            top=TOP,
            width=_SERVICES_WIDTH + 28 + tiles.width,
            height=TOP + height + KEY_HEIGHT,
            key_y=TOP + height + 12,
            services_width=_SERVICES_WIDTH,
            box_width=service_plan.BOX_WIDTH,
            box_height=service_plan.BOX_HEIGHT,
            tile_width=zone_plan.TILE_WIDTH,
            tile_height=zone_plan.TILE_HEIGHT,
        )
    )


def _subtitle(hospital: Hospital) -> str:
    beds = sum(len(ward.beds) for ward in hospital.wards.values())
    places = f"{beds:,} beds and places on {len(hospital.wards)} wards"
    there = f"{places}, {len(hospital.assets):,} assets in {len(hospital.zones)} zones"
    return f"{there}, {len(hospital.services)} services by tier: how soon each must be back"


def _letters(common: Sequence[Service]) -> dict[str, str]:
    """A short mark for each: its id in capitals where that is short, else its first letters, or one of each word."""
    marks: dict[str, str] = {}
    for service in common:
        words = [word for word in service.id.split("-") if word] or [service.id]
        mark = words[0][: 4 if len(words[0]) <= 4 else 3] if len(words) == 1 else "".join(word[0] for word in words)
        taken = marks.values()
        marks[service.id] = mark.upper() if mark.upper() not in taken else service.id.upper()
    return marks


@cache
def _style() -> Markup:
    templates = _environment()
    assert templates.loader
    return Markup(templates.loader.get_source(templates, "map.css")[0])  # noqa: S704 - our own file


@cache
def _environment() -> Environment:
    return environment(
        "map",
        {
            "tier_word": _TIER_WORDS.__getitem__,
            "tier_time": lambda tier: duration(RTO_MINUTES[tier]),
            "sentence": _sentence,
            "places": _places,
            "zone_sentence": _zone_sentence,
            "count": lambda tile: f"{tile.assets:,}" + (f", {tile.medical:,} medical" if tile.medical else ""),
            "rto": lambda service: duration(service.rto_minutes or RTO_MINUTES[service.tier]),
            "phrase": phrase,
            "hours": lambda hours: "at once" if hours == 0 else f"after {duration(hours * 60)}",
            "protects": _protects,
        },
    )


def duration(minutes: float) -> str:
    """Minutes as people say them: ``15 min``, ``6 h``, ``5 d``."""
    if minutes < 60:
        return f"{minutes:g} min"
    return f"{minutes / 60:g} h" if minutes < 2880 else f"{minutes / 1440:g} d"


def _places(zones: Sequence[int], most: int) -> str:
    return "⌂ " + " ".join(map(str, zones[:most])) + (" …" if len(zones) > most else "") if zones else ""


def _sentence(service: Service) -> str:
    back = duration(service.rto_minutes or RTO_MINUTES[service.tier])
    return f"{service.name}: tier {service.tier:d}, back within {back}; needs {phrase(service.needs)}"


def _zone_sentence(tile: Tile) -> str:
    where = [f"VLAN {vlan}" for vlan in tile.zone.vlans] + [str(cidr) for cidr in tile.zone.cidrs]
    old = f"; {tile.unsupported:.0%} of those known no longer mended by their maker" if tile.unsupported else ""
    return f"{tile.number}. {tile.zone.name} ({', '.join(where) or 'no addresses'}): {tile.assets:,} assets{old}"


def _protects(lifeline: Lifeline) -> str:
    links = [f"the way from {link.source} to {link.target}" for link in lifeline.links]
    kinds = [f"every {kind.replace('_', ' ')}" for kind in lifeline.kinds]
    return ", ".join([*kinds, *lifeline.services, *lifeline.assets, *links])
