"""Fills the page of plans in. It loads nothing, and its Content Security Policy forbids that it could.

Plans that consist of the same actions are one page. The balanced plan comes first: it is the one that is proposed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, Final

from jinja2 import Environment

from codedark.app.containment_page import groups
from codedark.app.containment_page.picture import SERVICE_WIDTH, TILE_HEIGHT, TILE_WIDTH, WIDTH, picture
from codedark.app.containment_page.words import Words
from codedark.app.templates import environment
from codedark.contain.plans import BALANCED, LEAST, MOST
from codedark.hospital.hospital import Hospital
from codedark.hospital.zone import ZoneId

_ORDER: Final = (BALANCED, LEAST, MOST)
_MOST_NAMED: Final = 4
_MOST_LOST: Final = 8
_MOST_OTHERS: Final = 200
_MOST_REFUSED: Final = 5


def page(hospital: Hospital, told: Mapping[str, Any], language: str, made: datetime) -> str:
    """The page of an answer, as HTML. ``made`` (aware) is printed as the time of making."""
    words = Words(language)
    plans = {plan["plan"]: plan for plan in told["plans"]}
    shown = [name for place, name in enumerate(_ORDER) if not set(_ORDER[:place]) & set(plans[name]["same_as"])]
    return (
        _environment()
        .get_template("page.html")
        .render(
            w=words,
            told=told,
            language=language,
            made=made.strftime("%Y-%m-%d %H:%M %Z"),
            pages=[_page(hospital, told, plans[name], words) for name in shown],
            refused=told["refused"][:_MOST_REFUSED],
            refused_more=len(told["refused"]) - _MOST_REFUSED,
            width=WIDTH,
            tile_width=TILE_WIDTH,
            tile_height=TILE_HEIGHT,
            service_width=SERVICE_WIDTH,
        )
    )


def _page(hospital: Hospital, told: Mapping[str, Any], plan: Mapping[str, Any], words: Words) -> dict[str, Any]:
    also = [words(f"plan.{each}") for each in plan["same_as"]]
    return {
        "name": plan["plan"],
        "says": words(f"plan_says.{plan['plan']}"),
        "also": words("also", names=", ".join(also)) if also else "",
        "proposed": BALANCED in {plan["plan"], *plan["same_as"]},
        "headline": _headline(told, plan, words),
        "lost": _lost(plan, words),
        "by_hand": words("by_hand", policy=words(f"policy.{plan['by_hand']}")) if plan["by_hand"] else "",
        "picture": picture(hospital, told, plan, words),
        "rows": groups.rows(plan, words, partial(_zone, hospital), lambda row: _do(hospital, row, words)),
        "left_over": groups.left_over(plan, words),
        "actions": [_action(hospital, number, row, words) for number, row in enumerate(plan["actions"], 1)],
        "losses": [_loss(plan, row, words) for row in plan["losses"]],
        "waiting": _waiting(told["waiting"], words),
        "bars": _bars(told, plan, words),
        "others": _some(plan["not_explained"], _MOST_OTHERS),
        "clinical": any(row["clinical_lead"] for row in plan["actions"]),
        "assumptions": _assumptions(told, plan, words),
    }


def _headline(told: Mapping[str, Any], plan: Mapping[str, Any], words: Words) -> str:
    name, harm = words(f"plan.{plan['plan']}"), words.number(plan["harm"]["mean"])
    if not plan["actions"]:
        return words("headline_nothing", plan=name, harm=harm)
    nothing = next(each["harm"]["mean"] for each in told["policies"] if each["policy"] == "nothing")
    count = len(plan["actions"]) + len(plan["not_explained"])
    return words(
        "headline",
        plan=name,
        actions=words("actions_one") if count == 1 else words("actions_many", count=count),
        ready=f"{plan['ready_minutes']:.0f}",
        work=f"{plan['staff_minutes']:.0f}",
        harm=harm,
        nothing=words.number(nothing),
    )


def _lost(plan: Mapping[str, Any], words: Words) -> str:
    names = [each["name"] for each in plan["losses"]]
    return words("lost_some", services=_some(names, _MOST_LOST)) if names else words("lost_none")


def _some(names: Sequence[str], most: int) -> str:
    """The first of them, and how many more there are."""
    return ", ".join(names[:most]) + (f" +{len(names) - most}" if len(names) > most else "")


def _action(hospital: Hospital, number: int, row: Mapping[str, Any], words: Words) -> dict[str, Any]:
    key, given = _named(hospital, row)
    more = row["if_left_out"]
    way = row["closes"]
    closes = "closes_services" if way and way["services"] else "closes"
    return {
        "number": number,
        "do": _do(hospital, row, words),
        "undo": words(f"undo.{key}", **given),
        "row": row,
        "more": words.number(more["mean"]),
        "range": words(
            "if_left_out_says",
            harm=words.number(more["mean"]),
            low=words.number(more["at_least"]),
            high=words.number(more["at_most"]),
        ),
        "needed": more["at_least"] > 0,
        "way": way,
        "closes": words(
            closes,
            target=_node(way["target"], words),
            probability=words.percent(way["probability"]),
            services=_some(way["services"], _MOST_NAMED),
        )
        if way
        else words("closes_nothing"),
        "start": _node(way["from"], words) if way else "",
        "steps": [_step(step, words) for step in way["steps"]] if way else [],
        "losses": _some(list(dict.fromkeys(each["name"] for each in row["losses"])), _MOST_LOST),
    }


def _do(hospital: Hospital, row: Mapping[str, Any], words: Words) -> str:
    """What one action does, in a sentence."""
    key, given = _named(hospital, row)
    return words(f"do.{key}", **given)


def _zone(hospital: Hospital, name: str | None) -> str:
    """A zone as people know it: its id, and its name where that says more."""
    known = hospital.zones.get(ZoneId(name or ""))
    return f"{name} ({known.name})" if known and known.name != name else str(name)


def _named(hospital: Hospital, row: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The key of an action's words and what is filled in."""
    zone = partial(_zone, hospital)
    kind = row["kind"]
    name = row["action"].partition(":")[2]
    given = {
        "asset": row["asset"] or "",
        "account": row["account"] or "",
        "name": name,
        "protocol": row["protocol"] or "",
    }
    if kind == "cut":
        key = "cut_zone" if row["zone"] else "cut_link"
    else:
        key = "close-vendor_zone" if kind == "close-vendor" and row["zone"] else kind
    return key, {**given, "zone": zone(row["zone"]), "source": zone(row["from_zone"]), "target": zone(row["to_zone"])}


def _node(node: Mapping[str, Any], words: Words) -> str:
    match node["kind"]:
        case "account":
            return words("step.account", name=node["name"])
        case "strangers":
            return words("step.strangers", zone=node["zone"] or "?")
        case "directory" | "outside":
            return words(f"step.{node['kind']}")
        case _:
            return str(node["name"])


def _step(step: Mapping[str, Any], words: Words) -> dict[str, Any]:
    how = f"step.{step['how']}"
    by = words("step.by", protocol=step["by"].replace("_", " ")) if step["by"] else words(how) if how in words else ""
    return {"to": _node(step["to"], words), "by": by, "after": words.clock(step["hours"]), "cut": step["cut"]}


def _loss(plan: Mapping[str, Any], row: Mapping[str, Any], words: Words) -> dict[str, Any]:
    numbers = [
        str(number)
        for number, action in enumerate(plan["actions"], 1)
        if any(each["service"] == row["service"] for each in action["losses"])
    ]
    return {
        **row,
        "by": words("lost_by", numbers=", ".join(numbers)) if numbers else "",
        "who": words("all_wards") if row["everywhere"] else _some(row["wards"], _MOST_NAMED),
        "when": words("minutes", count=f"{row['from_minutes']:.0f}"),
        "means": [
            words("then", hours=each["hours"], consequence=each["consequence"])
            if each["hours"]
            else words("at_once", consequence=each["consequence"])
            for each in row["begins"]
        ],
    }


def _bars(told: Mapping[str, Any], plan: Mapping[str, Any], words: Words) -> list[dict[str, Any]]:
    """All plans and plain policies, the least harm first, with the length of their bars as parts of the longest."""
    same = {plan["plan"], *plan["same_as"]}
    rows = []
    for place, each in enumerate(told["plans"]):
        if not {other["plan"] for other in told["plans"][:place]} & set(each["same_as"]):
            names = " = ".join(words(f"plan.{name}") for name in (each["plan"], *each["same_as"]))
            rows.append((names, each["plan"] in same, each))
    rows += [(words(f"policy.{each['policy']}"), False, each) for each in told["policies"]]
    longest = max(1e-9, *(row["harm"]["at_most"] for _, _, row in rows))
    return [
        {
            "name": name,
            "this": this,
            "harm": words.number(row["harm"]["mean"]),
            "range": f"{words.number(row['harm']['at_least'])} – {words.number(row['harm']['at_most'])}",
            "length": 100 * max(row["harm"]["mean"], 0) / longest,
            "low": 100 * max(row["harm"]["at_least"], 0) / longest,
            "high": 100 * max(row["harm"]["at_most"], 0) / longest,
        }
        for name, this, row in sorted(rows, key=lambda each: (each[2]["harm"]["mean"], not each[1]))
    ]


def _waiting(waiting: Mapping[str, Any], words: Words) -> str:
    cost, gain = words.number(waiting["cost"]), words.number(waiting["gain_at_most"])
    return words("wait_maybe", cost=cost, gain=gain) if waiting["gain_at_most"] > 0 else words("wait_no", cost=cost)


def _assumptions(told: Mapping[str, Any], plan: Mapping[str, Any], words: Words) -> Sequence[str]:
    own = plan["on_its_own_scenarios"]
    low, high = told["balanced_is_best_from"], told["balanced_is_best_to"]
    names = ", ".join(f"{each['name']} ({words.percent(each['probability'])})" for each in told["suspects"])
    times = {name: f"{told[f'{name}_hours']:g}" for name in ("horizon", "stand", "taken")}
    return [
        words("steady", low=f"{low:.2g}", high=f"{high:.2g}") if low < high else words("steady_never"),
        words("assume.suspects", names=names),
        words("assume.weights"),
        words("assume.times", **times),
        words("assume.rates"),
        words("assume.model"),
        words("assume.proof", bound=words.number(own["bound"]), harm=words.number(own["harm"])),
    ]


@cache
def _environment() -> Environment:
    return environment("contain", {})
