"""What stands, for people and for machines: one answer, of which tables and JSON are made. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from codedark.app.enforcing.approving import missing, refusal
from codedark.app.enforcing.entries import Plan, Prepared
from codedark.app.enforcing.holding import HeldOrder, Holding, Stage
from codedark.app.enforcing.newcomers import newcomers
from codedark.app.enforcing.standing_entries import StandingOrder
from codedark.app.enforcing.taking_up import never_done
from codedark.app.local_time import local_time
from codedark.enforce.contract import Order, Standing

Answer = dict[str, Any]
_MOST_ALONE: Final = 5
_LONGEST_US: Final = 744 * 3_600_000_000
"""What may be asked for at most when a plan is prepared or prolonged."""


def plan_answer(holding: Holding, plan_id: str, now_us: int) -> Answer:
    """Everything about one plan. Times are microseconds since 1970 UTC."""
    entry = holding.prepared.get(plan_id)
    plan = holding.plans.get(plan_id) or (entry.plan if entry else None)
    if plan is None:
        raise KeyError(plan_id)
    held = [each for each in holding.orders.values() if each.plan == plan_id]
    approvals = holding.approvals.get(plan_id, [])
    until_us = holding.until_us.get(plan_id)
    state = _state(holding, plan, held)
    return {
        "plan": plan_id,
        "source": entry.source if entry else "",
        "state": state,
        "digest": plan.digest,
        "prepared_us": entry.at_us if entry else None,
        "urgent": bool(plan.urgent_because),
        "approvals": [{"person": each.person, "role": each.role, "clinical": each.clinical} for each in approvals],
        "needs": missing(plan, approvals) if state == WAITS else "",
        "newcomers": list(newcomers(holding, plan, waits=state in {WAITS, READY})) if state != OVER else [],
        "stands_hours": holding.stands_seconds.get(plan_id, plan.stands_seconds) / 3600,
        "until_us": until_us,
        "left_seconds": max(until_us - now_us, 0) // 1_000_000 if until_us and state == STANDS else None,
        "waves": len(plan.waves),
        "finished_waves": holding.finished_waves.get(plan_id, 0),
        "orders": [
            _order(order, wave, entry, holding.orders.get(order.id), holding.handed_on.get(order.id, ""))
            for wave, orders in enumerate(plan.waves, 1)
            for order in orders
        ],
        "left": [
            {"action": each.action, "says": each.says, "why": list(each.why), "never": each.never}
            for each in entry.left
        ]
        if entry
        else [],
        "losses": list(entry.losses) if entry else [],
        "notes": list(entry.notes) if entry else [],
    }


def status_answer(holding: Holding, now_us: int, kept: Mapping[str, Any], damaged: str = "") -> Answer:
    """All plans and standing orders, the newest first, what is wrong, and who keeps what stands (``kept``).

    ``damaged`` is what is wrong with the log; then ``holding`` is what can still be read of it.
    """
    plans = [plan_answer(holding, each, now_us) for each in dict.fromkeys([*holding.prepared, *holding.plans])]
    return {
        "at_us": now_us,
        "kept": dict(kept),
        "plans": plans[::-1],
        "standing": [standing_answer(holding, each, now_us) for each in holding.standing.values()][::-1],
        "problems": [*_log_problems(holding, now_us, damaged), *_problems(holding, plans, kept, now_us)],
    }


WAITS: Final = "waits for approval"
READY: Final = "approved, not begun"
UNDER_WAY: Final = "under way"
STANDS: Final = "stands"
BACK: Final = "being taken back"
OVER: Final = "over"
IN_FORCE: Final = "in force"


def _state(holding: Holding, plan: Plan, held: Iterable[HeldOrder]) -> str:
    if plan.id not in holding.plans:
        return WAITS if refusal(plan, holding.approvals.get(plan.id, [])) else READY
    stages = {each.stage for each in held}
    for stage, state in ((Stage.INTENDED, UNDER_WAY), (Stage.WITHDRAWING, BACK), (Stage.STANDS, STANDS)):
        if stage in stages:
            return state
    return OVER if stages or plan.id not in never_done(holding) else UNDER_WAY


def _order(order: Order, wave: int, entry: Prepared | None, held: HeldOrder | None, handed_on: str) -> Answer:
    return {
        "order": order.id,
        "wave": wave,
        "action": order.action,
        "kind": order.kind.value,
        "device": order.device,
        "tier": int(order.tier),
        "says": entry.says.get(order.id, order.action) if entry else order.action,
        "by_hand_because": [handed_on] if handed_on else list(entry.by_hand.get(order.id, ())) if entry else [],
        "stage": held.stage.value if held else "not begun",
        "standing": held.standing.value if held else Standing.NOTHING.value,
        "why": held.why if held else "",
    }


def _log_problems(holding: Holding, now_us: int, damaged: str) -> Iterator[str]:
    """That the log is damaged, or was, for as long as anything may stand that is not in it."""
    if damaged:
        yield (
            "THE CASE LOG IS DAMAGED. What is told here is what can still be read of it. Nobody keeps what stands until"
            f" there is a new one; `codedark contain rollback` begins one too. {damaged}"
        )
    for entry in holding.logs:
        if now_us - entry.at_us < _LONGEST_US:
            yield f"Since {local_time(entry.at_us)} there is another log: {entry.says}."


def _problems(holding: Holding, plans: Sequence[Answer], kept: Mapping[str, Any], now_us: int) -> Iterator[str]:
    """What a person should do something about, what cannot wait first."""
    if any(plan["state"] == UNDER_WAY for plan in plans):
        yield (
            "A plan is under way: either somebody carries it out now, or the program was killed; then what it began is"
            " taken back by `codedark contain keep`, or by whatever command comes next."
        )
    for plan in plans:
        if plan["state"] == STANDS and plan["finished_waves"] < plan["waves"]:
            yield (
                f"Plan {plan['plan']} stands in part, {plan['finished_waves']} of {plan['waves']} waves: unless `apply`"
                " works on it now, what is missing has to be prepared anew."
            )
    for plan in plans:
        if plan["state"] in {WAITS, READY}:
            yield from plan["newcomers"]
    held = holding.at(Stage.STANDS, Stage.WITHDRAWING)
    for plan in plans:
        if plan["state"] == STANDS and plan["left_seconds"] == 0:
            yield f"Plan {plan['plan']} is PAST ITS END and was not taken back: prolong it, or roll it back."
    if not kept.get("alive") and held:
        yield (
            "NOBODY KEEPS what stands: firewalls end it by themselves when their leases run out, directories and people"
            " do not, and nobody is warned. Start `codedark contain keep`."
        )
    for troubled in _alike(held):
        yield _trouble(holding, troubled, now_us)


def _alike(held: Iterable[HeldOrder]) -> Iterator[list[HeldOrder]]:
    """Orders that are not as they should be, each by itself; very many of a kind and a reason together."""
    groups: dict[tuple[Stage, Standing, str], list[HeldOrder]] = {}
    for each in held:
        if each.stage is Stage.WITHDRAWING or each.standing is not Standing.ALL:
            reason = "" if each.waits else each.why  # each task has a number of its own
            groups.setdefault((each.stage, each.standing, reason), []).append(each)
    for group in groups.values():
        if len(group) > _MOST_ALONE:
            yield group
        else:
            yield from ([each] for each in group)


def _trouble(holding: Holding, held: Sequence[HeldOrder], now_us: int) -> str:
    first = min(held, key=lambda each: each.since_us)
    names = f"{len(held)} orders, among them {_name(holding, first)}" if len(held) > 1 else _name(holding, first)
    why = first.why or "its device did not say why"
    if first.waits:
        done = "done" if first.stage is Stage.STANDS else "undone"
        return f"{names}: people have not {done} it for {_waited(first, now_us)} ({why}; `codedark contain tasks`)"
    if first.stage is Stage.WITHDRAWING:
        return f"{names} could not be taken back yet: {why}"
    return f"{names} stands {first.standing}: {why}"


def _waited(held: HeldOrder, now_us: int) -> str:
    minutes = max(now_us - held.since_us, 0) // 60_000_000
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _name(holding: Holding, held: HeldOrder) -> str:
    entry = holding.prepared.get(held.plan)
    return f"{held.order.id} ({entry.says.get(held.order.id, held.order.action) if entry else held.order.action})"


def standing_answer(holding: Holding, standing: StandingOrder, now_us: int) -> Answer:
    """Everything about one standing order, with the plans that were made by it."""
    approvals = holding.approvals.get(standing.id, [])
    if standing.id in holding.revoked:
        state = f"revoked: {holding.revoked[standing.id]}"
    elif now_us >= standing.until_us:
        state = "its day has passed"
    else:
        state = WAITS if refusal(standing, approvals) else IN_FORCE
    return {
        "standing": standing.id,
        "state": state,
        "kinds": [each.value for each in standing.kinds],
        "belief": standing.belief,
        "at_most": standing.at_most,
        "never_tiers": [int(each) for each in standing.never_tiers],
        "until_us": standing.until_us,
        "stands_hours": standing.stands_seconds / 3600,
        "approvals": [{"person": each.person, "role": each.role, "clinical": each.clinical} for each in approvals],
        "needs": missing(standing, approvals) if state == WAITS else "",
        "newcomers": list(newcomers(holding, standing, waits=state == WAITS)) if state in {WAITS, IN_FORCE} else [],
        "plans": [plan for plan, by in holding.begun_by.items() if by == standing.id],
    }
