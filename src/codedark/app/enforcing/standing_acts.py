"""The keeper acting on standing orders: what is believed now, held against what people allowed beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from codedark.app.enforcing.carrying_out import carry_out
from codedark.app.enforcing.desk import Desk
from codedark.app.enforcing.guarding import touching
from codedark.app.enforcing.parts import parts_of
from codedark.app.enforcing.preparing import prepare
from codedark.app.enforcing.proposed import ProposedAction
from codedark.app.enforcing.standing_orders import Wanted, in_force, wanted
from codedark.app.enforcing.trying_again import TryingAgain
from codedark.app.incident_answers import FILE
from codedark.app.own_errors import own_error
from codedark.app.suspects import of_incidents
from codedark.errors import CodeDarkError
from codedark.store.state.state import State


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered from beat to beat: what was said, and what failed. ``ticks`` counts seconds without a jump."""

    ticks: Callable[[], float]
    said: set[str] = field(default_factory=set)
    tries: TryingAgain = field(default_factory=TryingAgain)

    def failed(self, name: str, error: Exception, sentence: str) -> list[str]:
        """What is to be said of it: the sentence with the reason, once."""
        why = str(error) if isinstance(error, CodeDarkError) else own_error(error)
        if not self.tries.failed(name, why, self.ticks()):
            return []
        return [f"{sentence}: {why}. It is tried again, after ever longer waits: until then a person has to do it"]


def act(desk: Desk, memory: Memory) -> tuple[str, ...]:
    """Do what standing orders ask for now; what was done and what was not, in sentences.

    1. What touches a lifeline, or a tier that the order never touches, is left to people, and said once.
    2. The rest is prepared and carried out like any plan, for as long as the order says.
    3. What fails is said once, holds up nothing else, and is tried again after 10 s, then twice that, up to an hour.
    """
    holding, now_us = desk.books.holding, desk.books.now_us()
    if not any(in_force(holding, now_us)) or not (desk.home / FILE).exists():
        memory.tries.asked(())
        return ()
    try:
        with closing(State(desk.home / FILE)) as state:
            suspects = of_incidents(desk.hospital, state.incidents())
    except CodeDarkError as error:
        return _once(memory.said, [f"standing orders: it cannot be told who is believed to be taken: {error}"])
    told: list[str] = []
    believed = (desk.hospital, suspects.assets, suspects.accounts, now_us)
    asked = [(each.actions, each.beyond) for each in wanted(holding, *believed)]
    memory.tries.asked({name for actions, beyond in asked for name in (*(a.action for a in actions), *beyond)})
    for each in wanted(holding, *believed, memory.tries.waiting(memory.ticks())):  # (3)
        allowed, refused = _allowed(desk, each, memory)  # (1)
        refused += [f"{each.standing.called} has reached its limit, so that {name} is not done" for name in each.beyond]
        told += _once(memory.said, refused)
        if allowed:
            told += _done(desk, each, allowed, memory)  # (2)
    return tuple(told)


def _allowed(desk: Desk, asked: Wanted, memory: Memory) -> tuple[list[ProposedAction], list[str]]:
    allowed: list[ProposedAction] = []
    refused: list[str] = []
    taken = list(desk.standing)
    for action in asked.actions:
        try:
            parts = parts_of(desk.hospital, [action], {})
        except CodeDarkError as error:
            refused += memory.failed(action.action, error, f"{asked.standing.called} asks for {action.action}")
            continue
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


def _done(desk: Desk, asked: Wanted, actions: Sequence[ProposedAction], memory: Memory) -> Sequence[str]:
    """Prepare and carry out; where that fails for several together, each by itself, so that one holds up no other."""
    standing = asked.standing
    names = ", ".join(each.action for each in actions)
    before = set(desk.books.holding.prepared)
    try:
        plan = prepare(desk, actions, standing.called, standing.stands_seconds).plan
        approvals = desk.books.holding.approvals[standing.id]
        outcome = carry_out(desk.books, desk.devices, desk.lifelines, plan, approvals, standing)
    except Exception as error:  # noqa: BLE001 - what fails here is tried again, and others are done
        if len(actions) > 1 and set(desk.books.holding.prepared) == before:
            return [sentence for each in actions for sentence in _done(desk, asked, [each], memory)]
        sentence = f"{standing.called} asks for {names}, and it could not be done"
        told = [memory.failed(each.action, error, sentence) for each in actions]
        return told[0]
    for each in actions:
        memory.tries.well(each.action)
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
