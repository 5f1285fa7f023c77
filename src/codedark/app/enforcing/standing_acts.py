"""The keeper acting on standing orders: what is believed now, held against what people allowed beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from codedark.app.enforcing.carrying_out import carry_out
from codedark.app.enforcing.desk import Desk
from codedark.app.enforcing.guarding import touching
from codedark.app.enforcing.parts import parts_of
from codedark.app.enforcing.preparing import prepare
from codedark.app.enforcing.proposed import ProposedAction
from codedark.app.enforcing.standing_orders import Wanted, in_force, wanted
from codedark.app.incident_answers import FILE
from codedark.app.suspects import of_incidents
from codedark.errors import CodeDarkError
from codedark.store.state import State


def act(desk: Desk, said: set[str]) -> tuple[str, ...]:
    """Do what standing orders ask for now; what was done and what was not, in sentences. ``said`` has what was told.

    1. What touches a lifeline, or a tier that the order never touches, is left to people, and said once.
    2. The rest is prepared and carried out like any plan, for as long as the order says.
    """
    holding, now_us = desk.books.holding, desk.books.now_us()
    if not any(in_force(holding, now_us)) or not (desk.home / FILE).exists():
        return ()
    try:
        with closing(State(desk.home / FILE)) as state:
            suspects = of_incidents(desk.hospital, state.incidents())
    except CodeDarkError as error:
        return _once(said, [f"standing orders: it cannot be told who is believed to be taken: {error}"])
    told: list[str] = []
    for each in wanted(holding, desk.hospital, suspects.assets, suspects.accounts, now_us):
        allowed, refused = _allowed(desk, each)  # (1)
        refused += [f"{each.standing.called} has reached its limit, so that {name} is not done" for name in each.beyond]
        told += _once(said, refused)
        if allowed:
            told += _done(desk, each, allowed, said)  # (2)
    return tuple(told)


def _allowed(desk: Desk, asked: Wanted) -> tuple[list[ProposedAction], list[str]]:
    allowed: list[ProposedAction] = []
    refused: list[str] = []
    taken = list(desk.standing)
    for action in asked.actions:
        parts = parts_of(desk.hospital, [action], {})
        if why := touching(desk.hospital, desk.reaches, parts, taken):
            refused.append(f"{asked.standing.called} does not do {'; '.join(why)}: a person has to decide")
        elif tiers := {part.tier for part in parts} & set(asked.standing.never_tiers):
            refused.append(
                f"{asked.standing.called} does not do {action.action}, which touches tier {int(min(tiers))}:"
                " a person has to decide"
            )
        else:
            allowed.append(action)
            taken += parts
    return allowed, refused


def _done(desk: Desk, asked: Wanted, actions: Sequence[ProposedAction], said: set[str]) -> Sequence[str]:
    standing = asked.standing
    names = ", ".join(each.action for each in actions)
    try:
        plan = prepare(desk, actions, standing.called, standing.stands_seconds).plan
        approvals = desk.books.holding.approvals[standing.id]
        outcome = carry_out(desk.books, desk.devices, desk.lifelines, plan, approvals, standing)
    except CodeDarkError as error:
        return _once(said, [f"{standing.called} asks for {names}, and it could not be done: {error}"])
    if not outcome.finished_waves:
        return outcome.told
    unwatched = desk.lifelines.unwatched(outcome.answered)
    hours = f"{standing.stands_seconds / 3600:g} h"
    return (
        f"{standing.called} has done {names} (plan {plan.id}, for {hours}): look whether that is right",
        *outcome.told,
        *filter(None, [unwatched]),
    )


def _once(said: set[str], sentences: Sequence[str]) -> tuple[str, ...]:
    fresh = tuple(each for each in sentences if each not in said)
    said |= set(sentences)
    return fresh
