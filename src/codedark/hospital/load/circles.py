"""Whether the services can be started from cold: a circle of needs that no alternative opens never starts.

With nothing running and all machines and links up, services start as their needs are met (the least fixed point of the
AND/OR needs). A circle through `any:` with another way to start is therefore no problem. What stays off waits in a
circle, which is spelled out. This is the other end of `codedark.hospital.failure`, where everything runs at first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from codedark.hospital.service import AllOf, AnyOf, Dependency, OnService, Service, ServiceId

MOST_CIRCLES: Final = 20
Need = tuple[ServiceId, ServiceId]
Ways = Mapping[ServiceId, Sequence[ServiceId]]


def circles(services: Mapping[ServiceId, Service]) -> Iterator[tuple[ServiceId, ...]]:
    """Circles that must be opened before every service can start, each from its first service back to it; at most
    `MOST_CIRCLES`.

    After each circle its last need counts as met, so that circles behind it are found too.
    """
    met: set[Need] = set()
    for _ in range(MOST_CIRCLES):
        waiting = _waiting(services, met)
        if not waiting:
            return
        circle = _innermost(waiting)
        met.add((circle[-2], circle[-1]))
        yield circle


def _waiting(services: Mapping[ServiceId, Service], met: Collection[Need]) -> dict[ServiceId, list[ServiceId]]:
    """The services that never start, with what each of them waits for."""
    running: set[ServiceId] = set()
    stopped = list(services.values())
    before = -1
    while before != len(running):
        before = len(running)
        for each in stopped:
            if _holds(each.needs, each.id, services, running, met):
                running.add(each.id)
        stopped = [each for each in stopped if each.id not in running]
    off = {each.id for each in stopped}
    return {
        each.id: [need for need in dict.fromkeys(_needed(each.needs)) if need in off and (each.id, need) not in met]
        for each in stopped
    }


def _holds(
    need: Dependency,
    of: ServiceId,
    services: Mapping[ServiceId, Service],
    running: Collection[ServiceId],
    met: Collection[Need],
) -> bool:
    match need:
        case OnService(service):
            return service in running or service not in services or (of, service) in met
        case AllOf(parts):
            return all(_holds(part, of, services, running, met) for part in parts)
        case AnyOf(parts, at_least):
            holding = sum(_holds(part, of, services, running, met) for part in parts)
            return holding >= min(at_least, len(parts))
        case _:
            return True


def _needed(need: Dependency) -> Iterator[ServiceId]:
    match need:
        case OnService(service):
            yield service
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _needed(part)


def _innermost(waiting: Ways) -> tuple[ServiceId, ...]:
    """A shortest circle among services that wait for nothing outside it, from the one that stands first in the file."""
    waited_for: dict[ServiceId, list[ServiceId]] = {service: [] for service in waiting}
    for service, needs in waiting.items():
        for need in needs:
            waited_for[need].append(service)
    start = next(iter(waiting))
    while True:
        there, back = _reached(waiting, start), _reached(waited_for, start)
        beyond = [service for service in there if service not in back]
        if not beyond:
            return _from_first(_circle(start, there), waiting)
        start = beyond[-1]  # the farthest one, which waits for the fewest others


def _reached(ways: Ways, start: ServiceId) -> dict[ServiceId, ServiceId]:
    """What can be reached from ``start``, the nearest first, each with the one before it on a shortest way."""
    before: dict[ServiceId, ServiceId] = {}
    queue = deque([start])
    while queue:
        service = queue.popleft()
        for following in ways[service]:
            if following not in before:
                before[following] = service
                queue.append(following)
    return before


def _circle(start: ServiceId, before: Mapping[ServiceId, ServiceId]) -> list[ServiceId]:
    """The shortest way from ``start`` back to it, without its last step."""
    way = [before[start]]
    while way[-1] != start:
        way.append(before[way[-1]])
    return way[::-1]


def _from_first(circle: Sequence[ServiceId], order: Iterable[ServiceId]) -> tuple[ServiceId, ...]:
    at = circle.index(next(service for service in order if service in circle))
    return (*circle[at:], *circle[: at + 1])
