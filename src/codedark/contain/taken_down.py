"""What our own cuts take down: which service, for which wards, from when, and what that begins to mean hour by hour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from codedark.contain.assemble import Assembled
from codedark.hospital.asset import MEDICAL_DEVICES
from codedark.hospital.failure import Dependents, Down, cut_off
from codedark.hospital.hospital import Hospital
from codedark.hospital.service import Service, ServiceId, Tier
from codedark.hospital.ward import WardId

_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Loss:
    """A service that is lost to ``wards`` ``from_minutes`` after the decision, because of a cut. ``begins`` says what
    begins to go wrong after how many hours more, while the cut stands.
    """

    service: Service
    wards: tuple[WardId, ...]
    from_minutes: float
    begins: tuple[tuple[float, str], ...]


class TakenDown:
    """Answers for sets of actions of one problem (numbers). ``stand_hours`` is how long cuts stand."""

    def __init__(self, hospital: Hospital, assembled: Assembled, stand_hours: float) -> None:
        self.hospital, self.stand_hours = hospital, stand_hours
        self._dependents = Dependents(hospital)
        self._assets = list(hospital.assets)
        self._down, self._hours = assembled.problem.cuts.down, assembled.problem.cuts.apply_hours
        self._nodes, self._links = assembled.problem.spread.nodes, assembled.choices.links

    def losses(self, chosen: Sequence[int]) -> tuple[Loss, ...]:
        """Everything that these actions take from somebody, the most urgent first.

        1. Actions hold one after the other; a service falls with the first of them after which its needs do not hold.
        2. A service that stands is lost to the wards whose own way to it is cut.
        """
        found: dict[ServiceId, Loss] = {}
        partly: dict[ServiceId, Loss] = {}
        for hours in sorted({float(self._hours[each]) for each in chosen}):
            down = self._of([each for each in chosen if self._hours[each] <= hours])
            fallen = self._dependents.fail(down).because
            for service in fallen:
                if service not in found:  # 1
                    found[service] = self._loss(service, self._users(service), hours)
            for ward, services in cut_off(self._dependents, down):  # 2
                for each in services:
                    if each.id not in fallen and ward.id in self._users(each.id):
                        before = partly.get(each.id)
                        wards = (*(before.wards if before else ()), ward.id)
                        first = before.from_minutes / _MINUTES if before else hours
                        partly[each.id] = self._loss(each.id, tuple(dict.fromkeys(wards)), first)
        every = {**partly, **found}
        return tuple(sorted(every.values(), key=lambda each: (each.service.tier, each.service.name)))

    def because_of(self, action: int, chosen: Sequence[int]) -> tuple[Loss, ...]:
        """What would stand, or be lost to fewer wards, if this one of the chosen actions were not; and what falls by it
        alone.
        """
        without = {each.service.id: set(each.wards) for each in self.losses([one for one in chosen if one != action])}
        alone = {each.service.id for each in self.losses([action])}
        return tuple(
            each
            for each in self.losses(chosen)
            if each.service.id in alone or set(each.wards) - without.get(each.service.id, set())
        )

    def touches_clinical(self, actions: Iterable[int]) -> bool:
        """Whether a clinician has to agree: by these actions something of tier 0 or 1 falls, is lost to a ward or loses
        its spare, something that clinicians touch falls, or a medical device is taken off.
        """
        down = self._of(list(actions))
        if any(self.hospital.assets[each].kind in MEDICAL_DEVICES for each in down.assets):
            return True
        failure = self._dependents.fail(down)
        wards = (each.id for _, services in cut_off(self._dependents, down) for each in services)
        touched = {*failure.because, *failure.without_spare, *wards}
        services = self.hospital.services
        return any(services[each].tier <= Tier.ONE for each in touched) or any(
            services[each].patient_facing for each in failure.because
        )

    def _users(self, service: ServiceId) -> tuple[WardId, ...]:
        wards = self.hospital.services[service].wards or self.hospital.wards
        return tuple(WardId(each) for each in wards)

    def _loss(self, service_id: ServiceId, wards: tuple[WardId, ...], hours: float) -> Loss:
        service = self.hospital.services[service_id]
        begins = tuple(
            (point.hours, point.consequence)
            for point in service.loss_curve
            if point.consequence and point.hours < self.stand_hours
        )
        return Loss(service, wards, hours * _MINUTES, begins)

    def _of(self, actions: Sequence[int]) -> Down:
        things = {int(thing) for action in actions for thing in self._down[action]}
        return Down(
            frozenset(self._assets[each] for each in things if each < len(self._assets)),
            links=frozenset(self._links[each - self._nodes] for each in things if each >= self._nodes),
        )
