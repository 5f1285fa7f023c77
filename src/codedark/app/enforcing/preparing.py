"""Preparing a plan: from decided actions to orders that were tried dry, with what they cost, in the case log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from codedark.app.containment_figures import figures
from codedark.app.enforcing.as_approved import meanings, resolved
from codedark.app.enforcing.at_once import asked_at_once
from codedark.app.enforcing.desk import Desk
from codedark.app.enforcing.dry_run import checking, without_conflict
from codedark.app.enforcing.entries import HandedOver, Plan, Prepared
from codedark.app.enforcing.guarding import touching
from codedark.app.enforcing.holding import Holding
from codedark.app.enforcing.naming import PEOPLE, next_id
from codedark.app.enforcing.ordering import Answer, Handed, Ordered, drafts, in_waves, shared_out
from codedark.app.enforcing.parts import Part, down_of, parts_of
from codedark.app.enforcing.proposed import ProposedAction
from codedark.enforce.contract import DeviceFailed, DeviceId
from codedark.errors import UsageError
from codedark.hospital.failure import Dependents, services_of
from codedark.hospital.hospital import Hospital

_DAY_US: Final = 86_400_000_000


def prepare(desk: Desk, actions: Sequence[ProposedAction], source: str, stands_seconds: int) -> Prepared:
    """Make orders of actions and write them down; nothing is touched. Raises `UsageError`.

    1. What touches a lifeline is refused as a whole, with what stands already counted in.
    2. Every device is asked what it would do of every part; one that does not answer holds up no other.
    3. What none does goes to people, and so does what one that does not answer may have done, because then it is not
       known whether what others do is all of it. What people cannot take either is kept, and told.
    """
    applied = [each.action for each in actions if each.applied]
    families = {name: family.ports for name, family in figures().rates.families.items()}
    parts = parts_of(desk.hospital, [each for each in actions if not each.applied], families)
    if not parts:
        raise UsageError("the plan names nothing that would have to be done: nothing is prepared")
    refuse_lifelines(desk, parts)  # (1)
    lease = desk.settings.lease_seconds
    answers = [
        replace(answer, does=desk.traits[answer.device].does, protects=desk.traits[answer.device].protects)
        for answer in _answers(desk, desk.traits, parts, lease)
    ]  # (2)
    ordered, handed = shared_out(parts, answers, lease)
    by_hand, left = _to_people(desk, parts, handed, lease)  # (3)
    holding = desk.books.holding
    plan_id = next_id("P", {*holding.prepared, *holding.plans})
    waves = in_waves(plan_id, (*ordered, *by_hand), PEOPLE)
    reasons = {each.part: each.why for each in handed}
    orders = [each for wave in waves for each in wave]
    notes = [
        f"NOTHING IS ORDERED OF {answer.device} ({answer.failure}): people are asked to do its part by hand; prepare"
        " anew if it answers before anybody says yes"
        for answer in answers
        if answer.failure
    ]
    if applied:
        notes.append(f"applied already, and therefore not ordered: {', '.join(applied)}")
    foreseen, named = tuple(each.foreseen for each in orders), [each.order for each in orders]
    meant = meanings(desk.hospital, named)
    moving = tuple(device for device, each in desk.traits.items() if each.moves)
    entry = Prepared(
        at_us=desk.books.now_us(),
        plan=Plan(
            plan_id,
            tuple(tuple(each.order for each in wave) for wave in waves),
            stands_seconds,
            resolved(meant, foreseen, moving, named),
        ),
        source=source,
        says={each.order.id: parts[each.part].says for each in orders},
        foreseen=foreseen,
        losses=tuple(losses_of(desk.hospital, parts)),
        by_hand={each.order.id: reasons[each.part] for each in orders if each.order.device == PEOPLE},
        left=tuple(HandedOver(parts[each.part].action, parts[each.part].says, each.why, each.never) for each in left),
        notes=tuple(notes),
        meanings=meant,
        moving=moving,
    )
    desk.books.write(entry)
    return entry


def refuse_lifelines(desk: Desk, parts: Sequence[Part]) -> None:
    """Raise `UsageError` where parts touch a lifeline, by themselves or with what stands."""
    if touched := touching(desk.hospital, desk.reaches, parts, desk.standing):
        raise UsageError(
            f"nothing is ordered, because that must never be done: {'; '.join(touched)}. Make the plans anew, or leave"
            " that out (--without)"
        )


def prepared_plan_of(holding: Holding, plan_id: str, now_us: int) -> Prepared:
    """A plan that was prepared and not begun. Raises `UsageError` for one that is not there, is begun or is too old."""
    known = {each.casefold(): each for each in holding.prepared}
    if plan_id.casefold() not in known:
        waiting = [each for each in holding.prepared if each not in holding.plans]
        there = (
            f"those that wait: {', '.join(waiting)}" if waiting else "none waits: `codedark contain prepare` makes one"
        )
        raise UsageError(f"there is no plan {plan_id}; {there}")
    entry = holding.prepared[known[plan_id.casefold()]]
    if entry.plan.id in holding.plans:
        raise UsageError(f"plan {entry.plan.id} was begun before: `codedark contain status {entry.plan.id}` tells")
    if now_us - entry.at_us > _DAY_US:
        raise UsageError(
            f"plan {entry.plan.id} was prepared more than a day ago, and things have moved on: decide and prepare anew"
        )
    return entry


def losses_of(hospital: Hospital, parts: Sequence[Part]) -> Iterator[str]:
    """What the hospital goes without while all parts stand, the most urgent first."""
    failure = Dependents(hospital).fail(down_of(hospital, parts))
    for service in services_of(hospital, failure.because):
        wards = ", ".join(hospital.wards[each].name for each in hospital.wards if each in service.wards)
        first = next((f": {point.consequence}" for point in service.loss_curve if point.consequence), "")
        instead = f"; instead: {service.downtime_procedure}" if service.downtime_procedure else ""
        yield f"{service.name} (tier {int(service.tier)}), {wards or 'everywhere'}{first}{instead}"
    for service in services_of(hospital, failure.without_spare):
        yield f"{service.name} (tier {int(service.tier)}) goes on, on its last alternative"


def _answers(desk: Desk, asked: Iterable[DeviceId], parts: Sequence[Part], lease_seconds: int) -> Iterator[Answer]:
    """What devices say of the parts, all asked at once: who waits for the log waits as long as for the slowest."""
    orders = {device: drafts(parts, device, lease_seconds) for device in asked}
    said = asked_at_once(desk.devices, checking(orders))
    for device, foreseen in said.items():
        if isinstance(foreseen, DeviceFailed):
            yield Answer(device, failure=str(foreseen))
        elif len(foreseen) != len(parts):
            yield Answer(device, failure=f"{device}: answers {len(foreseen)} of {len(parts)} questions: look at it")
        else:
            yield Answer(device, [without_conflict(desk.books, device, each) for each in foreseen])


def _to_people(
    desk: Desk, parts: Sequence[Part], handed: Sequence[Handed], lease_seconds: int
) -> tuple[tuple[Ordered, ...], tuple[Handed, ...]]:
    """Orders for people, and what is left where there is no such device or it refuses."""
    never = tuple(each for each in handed if each.never)
    handed = [each for each in handed if not each.never]
    if PEOPLE not in desk.devices or not handed:
        return (), (*never, *handed)
    mine = [parts[each.part] for each in handed]
    taken, refused = shared_out(mine, _answers(desk, [PEOPLE], mine, lease_seconds), lease_seconds)
    ordered = tuple(replace(each, part=handed[each.part].part) for each in taken)
    left = tuple(Handed(handed[each.part].part, (*handed[each.part].why, *each.why)) for each in refused)
    return ordered, (*never, *left)
