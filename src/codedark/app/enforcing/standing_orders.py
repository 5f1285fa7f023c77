"""What a standing order allows, and what it asks for now (decision 14, 7). Pure.

People approve it beforehand, for the hours in which nobody can be asked. It names single machines and accounts only:
ways between zones are decided by a plan, which weighs what they cost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from codedark.app.enforcing.approving import refusal
from codedark.app.enforcing.entries import Plan
from codedark.app.enforcing.holding import Holding, Stage
from codedark.app.enforcing.proposed import ProposedAction
from codedark.app.enforcing.standing_entries import StandingOrder
from codedark.contain.action import ActionKind
from codedark.hospital.account import AccountId, AccountKind
from codedark.hospital.asset import AssetId
from codedark.hospital.hospital import Hospital

KINDS: Final = (ActionKind.ISOLATE_HOST, ActionKind.DISABLE_ACCOUNT)
"""What may be ordered beforehand."""
LEAST_BELIEF: Final = 0.5
_AGAIN_US: Final = 3_600_000_000
_WANT_PERSON: Final = frozenset({AccountKind.SERVICE, AccountKind.SHARED, AccountKind.BREAK_GLASS})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a standing order asks for, the most believed first, and ``beyond`` what it would if it might do more."""

    standing: StandingOrder
    actions: tuple[ProposedAction, ...]
    beyond: tuple[str, ...] = ()


def in_force(holding: Holding, now_us: int) -> Iterator[StandingOrder]:
    """Those that were approved by enough people, were not revoked, and whose day has not passed."""
    for standing in holding.standing.values():
        if (
            standing.id not in holding.revoked
            and now_us < standing.until_us
            and not refusal(standing, holding.approvals.get(standing.id, []))
        ):
            yield standing


def wanted(
    holding: Holding,
    hospital: Hospital,
    assets: Mapping[AssetId, float],
    accounts: Mapping[AccountId, float],
    now_us: int,
    not_now: Collection[str] = (),
) -> tuple[Wanted, ...]:
    """What each standing order asks for, as far as is believed now.

    1. Who is believed to be taken at least as much as it says, and does not want a person.
    2. What was begun by any standing order is not begun again: who took it back is not contradicted. What stands by a
       plan needs nothing more.
    3. What could not be begun is tried again after an hour; what is in ``not_now`` when it is not any more. Neither
       takes the place of what can be done.
    4. At most as many as it says, with those that stand.
    """
    asked: set[str] = {order.action for plan in holding.begun_by for order in holding.plans[plan].orders}  # (2)
    asked |= set(not_now)
    asked |= {held.order.action for held in holding.at(Stage.INTENDED, Stage.STANDS, Stage.WITHDRAWING)}
    called = {each.called for each in holding.standing.values()}
    for entry in holding.prepared.values():  # (3)
        if entry.source in called and 0 <= now_us - entry.at_us < _AGAIN_US:
            asked |= {order.action for order in entry.plan.orders}
    found = []
    for standing in in_force(holding, now_us):
        believed = sorted(_believed(standing, hospital, assets, accounts), key=lambda each: (-each[0], each[1].action))
        fresh = [action for _, action in believed if action.action not in asked]  # (1)
        room = max(standing.at_most - len(_standing(holding, standing)), 0)  # (4)
        if fresh:
            found.append(Wanted(standing, tuple(fresh[:room]), tuple(each.action for each in fresh[room:])))
            asked |= {each.action for each in fresh[:room]}
    return tuple(found)


def exceeding(holding: Holding, standing: StandingOrder, plan: Plan, now_us: int) -> str:
    """Why a standing order does not allow a plan, "" if it does."""
    if standing not in in_force(holding, now_us):
        return f"{standing.called} is not in force"
    strange = {order.kind for order in plan.orders} - set(standing.kinds)
    if strange:
        return f"{standing.called} does not allow '{min(strange)}'"
    if touched := {order.tier for order in plan.orders} & set(standing.never_tiers):
        return f"{standing.called} never touches services of tier {int(min(touched))}"
    if plan.stands_seconds > standing.stands_seconds:
        return f"{standing.called} lets nothing stand longer than {standing.stands_seconds / 3600:g} h"
    count = len({order.action for order in plan.orders} | _standing(holding, standing))
    if count > standing.at_most:
        return f"{standing.called} allows {standing.at_most} actions at once, and this would be {count}"
    return ""


def _believed(
    standing: StandingOrder, hospital: Hospital, assets: Mapping[AssetId, float], accounts: Mapping[AccountId, float]
) -> Iterable[tuple[float, ProposedAction]]:
    if ActionKind.ISOLATE_HOST in standing.kinds:
        for asset, likely in assets.items():
            if likely >= standing.belief and asset in hospital.assets:
                yield likely, ProposedAction(f"isolate:{asset}", ActionKind.ISOLATE_HOST, asset=asset)
    if ActionKind.DISABLE_ACCOUNT in standing.kinds:
        for account, likely in accounts.items():
            known = hospital.accounts.get(account)
            if likely >= standing.belief and known and known.kind not in _WANT_PERSON:
                yield likely, ProposedAction(f"disable:{account}", ActionKind.DISABLE_ACCOUNT, account=account)


def _standing(holding: Holding, standing: StandingOrder) -> set[str]:
    """The actions of a standing order of which anything stands."""
    return {
        held.order.action
        for held in holding.at(Stage.INTENDED, Stage.STANDS, Stage.WITHDRAWING)
        if holding.begun_by.get(held.plan) == standing.id
    }
