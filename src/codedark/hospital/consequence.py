"""What the loss of services means for patients, hour by hour.

Harm is a policy weight that the hospital sets in its loss curves, never a prediction about a patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from codedark.hospital.service import LossPoint, Service, ServiceId

HOURS = (0, 1, 2, 4, 8, 12, 24, 48, 72, 168)
"""When people ask: now, within the shift, tomorrow, at the end of the week."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What is lost after ``hours``: harm per hour and in all until then, and what begins to go wrong there."""

    hours: float
    harm_per_hour: float
    harm: float
    begins: tuple[tuple[ServiceId, str], ...]


def harm_per_hour(curve: Sequence[LossPoint], hours: float) -> float:
    """The step of the curve that holds ``hours`` after the loss; 0 before its first."""
    rate = 0.0
    for point in curve:
        if point.hours > hours:
            break
        rate = point.harm_per_hour
    return rate


def harm(curve: Sequence[LossPoint], hours: float) -> float:
    """The harm that has come together after ``hours``: the area under the curve."""
    total = 0.0
    for point, following in zip(curve, [*curve[1:], None], strict=False):
        end = min(hours, following.hours) if following else hours
        if end > point.hours:
            total += (end - point.hours) * point.harm_per_hour
    return total


def stages(services: Iterable[Service], hours: Sequence[float] = HOURS) -> list[Stage]:
    """How the loss of ``services``, all at once, goes on; each consequence stands where its curve reaches it."""
    lost = list(services)
    out: list[Stage] = []
    before = -1.0
    for now in hours:
        begins = tuple(
            (service.id, point.consequence)
            for service in lost
            for point in service.loss_curve
            if before < point.hours <= now and point.consequence
        )
        rate = sum(harm_per_hour(service.loss_curve, now) for service in lost)
        out.append(Stage(now, rate, sum(harm(service.loss_curve, now) for service in lost), begins))
        before = now
    return out
