"""What `codedark contain plan` says, as what JSON can say; table and page are made of this."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from codedark.app.containing import Containment
from codedark.app.containment_groups import grouped
from codedark.contain.action import Action
from codedark.contain.closed_ways import ClosedWay
from codedark.contain.explain import Explained
from codedark.contain.harm import Judge
from codedark.contain.network import NONE, EdgeKind, Network, NodeKind
from codedark.contain.plans import Judged, Plan, same_actions, weighed
from codedark.contain.taken_down import Loss
from codedark.contain.tournament import Estimate
from codedark.hospital.hospital import Hospital

Answer = dict[str, Any]
_TOLD: Final = frozenset({NodeKind.ASSET, NodeKind.ACCOUNT, NodeKind.STRANGERS, NodeKind.DIRECTORY, NodeKind.OUTSIDE})
"""Nodes that a person can point at; the others only say how one gets from one of these to the next."""


def answer(made: Containment) -> Answer:
    """All of it. Harm is a policy weight without a unit, an interval holds 95 %."""
    plan, waiting = made.figures.plan, made.waiting
    assets = made.hospital.assets
    suspects: list[tuple[str, str, float, str | None]] = [
        *((name, "asset", likely, assets[name].zone) for name, likely in made.suspects.assets.items()),
        *((name, "account", likely, None) for name, likely in made.suspects.accounts.items()),
    ]
    low, high = made.plans.steady()
    return {
        "hospital": made.hospital.name,
        "suspects": [
            {"name": name, "kind": kind, "probability": likely, "zone": zone}
            for name, kind, likely, zone in sorted(suspects, key=lambda row: (-row[2], row[0]))
        ],
        "shown": list(made.suspects.shown),
        "applied": [made.assembled.choices.actions[each].id for each in made.applied],
        "notes": [*made.suspects.notes, *made.assembled.notes],
        "scenarios": made.asked.scenarios,
        "seed": made.asked.seed,
        "horizon_hours": plan.horizon_hours,
        "stand_hours": plan.stand_hours,
        "taken_hours": plan.taken_hours,
        "staff_minutes": plan.staff_minutes,
        "plans": [_plan(made, each) for each in made.plans.plans],
        "policies": [_judged(made, each) for each in made.plans.policies],
        "sensitivity": [
            {"ratio": each.ratio, "best": each.best, "harm": each.least_harm, "harm_of_balanced": each.balanced_harm}
            for each in made.plans.sensitivity
        ],
        "balanced_is_best_from": low,
        "balanced_is_best_to": high,
        "waiting": {
            "minutes": waiting.minutes,
            "now": _harm(waiting.now),
            "later": _harm(waiting.later),
            "informed": _harm(waiting.informed),
            "cost": waiting.cost,
            "gain_at_most": waiting.gain_at_most,
        },
        "refused": [
            {"action": each.action, "lifeline": each.lifeline, "because": each.because}
            for each in made.assembled.choices.refused
        ],
    }


def _plan(made: Containment, plan: Plan) -> Answer:
    chosen, name = plan.judged.chosen, plan.judged.name
    actions = [_explained(made, each) for each in made.explained[name]]
    cuts, (choosing, _) = made.problem.cuts, made.found[name]
    own = Judge(weighed(made.problem, plan.ratio)).outcome(choosing, chosen).mean
    return {
        "plan": name,
        "ratio": plan.ratio,
        "same_as": [each for each in same_actions(made.plans.plans, chosen.tolist()) if each != name],
        "by_hand": plan.by_hand or None,
        "harm": _harm(plan.judged.harm),
        "harm_of_tier_0": plan.judged.urgent,
        "on_its_own_scenarios": {"harm": own, "bound": min(plan.solved.bound, own)},
        "staff_minutes": float(cuts.staff_minutes[chosen].sum()),
        "ready_minutes": float(cuts.apply_hours[chosen].max(initial=0.0)) * 60,
        "actions": actions,
        "groups": grouped(made.hospital, actions),
        "not_explained": [each.id for each in _others(made, plan)],
        "further": [_named(made, each) for each in _others(made, plan)],
        "losses": [_loss(made.hospital, each) for each in made.losses[name]],
    }


def _others(made: Containment, plan: Plan) -> list[Action]:
    """The actions of a plan that are too many to be explained."""
    told = {each.action.id for each in made.explained[plan.judged.name]}
    actions = (made.assembled.choices.actions[each] for each in plan.judged.chosen.tolist())
    return [each for each in actions if each.id not in told]


def _named(made: Containment, action: Action) -> Answer:
    """What an action is, which is all that is needed to do it."""
    return {
        "action": action.id,
        "kind": action.kind.value,
        **_target(action),
        "accounts": list(made.assembled.choices.accounts.get(action.id, ())),
        "wants_person": action.wants_person,
    }


def _judged(made: Containment, judged: Judged) -> Answer:
    return {
        "policy": judged.name,
        "harm": _harm(judged.harm),
        "harm_of_tier_0": judged.urgent,
        "actions": len(judged.chosen),
        "staff_minutes": float(made.problem.cuts.staff_minutes[judged.chosen].sum()),
    }


def _explained(made: Containment, row: Explained) -> Answer:
    action = row.action
    number = made.assembled.choices.actions.index(action)
    applied = number in made.applied
    return {
        **_named(made, action),
        "applied": applied,
        "apply_minutes": 0.0 if applied else action.apply_minutes,
        "staff_minutes": 0.0 if applied else action.staff_minutes,
        "if_left_out": _interval(row.if_left_out),
        "costs": row.cost,
        "closes": _way(made, row.closes, row.cut_at) if row.closes else None,
        "losses": [_loss(made.hospital, each) for each in row.losses],
        "clinical_lead": row.clinical,
        "time_to_live_hours": made.figures.plan.stand_hours,
    }


def _target(action: Action) -> Answer:
    link = action.link
    return {
        "asset": action.asset,
        "account": action.account,
        "zone": action.zone,
        "from_zone": link.source if link else None,
        "to_zone": link.target if link else None,
        "protocol": action.protocol or None,
    }


def _way(made: Containment, way: ClosedWay, cut_at: int) -> Answer:
    network, services = made.assembled.network, list(made.hospital.services.values())
    return {
        "from": _node(network, way.nodes[0]),
        "steps": list(_steps(network, way, cut_at)),
        "target": _node(network, way.target),
        "probability": way.probability,
        "services": [services[each].name for each in way.services],
    }


def _steps(network: Network, way: ClosedWay, cut_at: int) -> Iterator[Answer]:
    """From one thing that a person can point at to the next; ``cut`` where the action closes the way."""
    family, cut = NONE, False
    for place, (edge, hours) in enumerate(zip(way.edges, way.hours, strict=True)):
        family = int(network.edge_families[edge]) if network.edge_families[edge] != NONE else family
        cut = cut or place == cut_at
        node = way.nodes[place + 1]
        if network.kinds[node] in _TOLD or place == len(way.edges) - 1:
            yield {
                "to": _node(network, node),
                "by": network.families[family] if family != NONE else None,
                "how": EdgeKind(int(network.edge_kinds[edge])).name.lower(),
                "hours": hours,
                "cut": cut,
            }
            family, cut = NONE, False


def _node(network: Network, node: int) -> Answer:
    kind = NodeKind(int(network.kinds[node]))
    zone = int(network.node_zones[node])
    return {
        "name": network.names[node],
        "kind": kind.name.lower(),
        "zone": network.zones[zone] if zone != NONE else None,
    }


def _loss(hospital: Hospital, loss: Loss) -> Answer:
    users = loss.service.wards or tuple(hospital.wards)
    everywhere = set(loss.wards) == set(users)
    return {
        "service": loss.service.id,
        "name": loss.service.name,
        "tier": int(loss.service.tier),
        "everywhere": everywhere and not loss.service.wards,
        "wards": [hospital.wards[each].name for each in loss.wards],
        "from_minutes": loss.from_minutes,
        "begins": [{"hours": hours, "consequence": consequence} for hours, consequence in loss.begins],
        "procedure": loss.service.downtime_procedure or None,
    }


def _interval(interval: Estimate) -> Answer:
    return {"mean": interval.mean, "at_least": interval.low, "at_most": interval.high}


def _harm(interval: Estimate) -> Answer:
    """An interval of what is never below 0."""
    return {**_interval(interval), "at_least": max(interval.low, 0.0)}
