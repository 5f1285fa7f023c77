"""Dependencies that flows suggest and the model lacks: a service whose machines, or whose users, lean on another.

A guess with its evidence, in order of a score between 0 and 1:

- *direct*: the share of the machines of S that connect to machines of T, times how often (1 from a thousand
  connections), divided by the square root of how many services S leans on without saying so (a scanner leans on
  everything), and halved for each tier that T is below S (agents of what is less urgent are on every machine) and
  where T needs S already.
- *by users*: of the machines that use S, at least `MOST_USERS` in every one also use T, and T is of tier 0. This counts
  half, since users may need T for something else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log10, sqrt
from typing import Final

from codedark.hospital.asset import AssetId
from codedark.hospital.failure import leaves
from codedark.hospital.hospital import Hospital
from codedark.hospital.importers.meanings import ports_of_service
from codedark.hospital.service import OnAsset, OnService, ServiceId, Tier

MOST_USERS: Final = 0.8
FEWEST_USERS: Final = 5
FEWEST_CONNECTIONS: Final = 3
_OFTEN: Final = 1000

Port = tuple[str, int]
Talk = tuple[AssetId, AssetId, Port, int]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``service`` seems to need ``needs``. ``sources`` of ``sources_in_all`` machines connect to ``targets`` there."""

    service: ServiceId
    needs: ServiceId
    by_users: bool
    score: float
    connections: int
    sources: tuple[AssetId, ...]
    sources_in_all: int
    targets: tuple[AssetId, ...]
    ports: tuple[Port, ...]
    circular: bool

    @property
    def sentence(self) -> str:
        """What was seen, in words."""
        ports = ", ".join(f"{protocol}/{port}" if port else protocol for protocol, port in self.ports)
        who = "machines that use it" if self.by_users else "machines of it"
        return (
            f"{len(self.sources)} of {self.sources_in_all} {who} connected {self.connections:,} times to "
            f"{', '.join(self.targets)} ({ports}), but {self.service} does not need {self.needs}"
            f"{' (which needs it: messages may only pass that way)' if self.circular else ''}"
        )


@dataclass(slots=True)
class _Evidence:
    connections: int = 0
    sources: dict[AssetId, None] = field(default_factory=dict)
    targets: Counter[AssetId] = field(default_factory=Counter)
    ports: Counter[Port] = field(default_factory=Counter)

    def add(self, source: AssetId, target: AssetId, port: Port, count: int) -> None:
        self.connections += count
        self.sources[source] = None
        self.targets[target] += count
        self.ports[port] += count


def suggestions(hospital: Hospital, talks: Iterable[Talk]) -> list[Suggestion]:
    """All of them, the best first."""
    work = _Suggesting(hospital)
    for source, target, port, count in talks:
        work.talks[source][target, port] += count
    found = [each for service in hospital.services for each in (*work.direct(service), *work.by_users(service))]
    return sorted(found, key=lambda each: (-each.score, each.service, each.needs))


class _Suggesting:
    """Which machines lean on which services."""

    def __init__(self, hospital: Hospital) -> None:
        self._services = hospital.services
        self._machines = {
            service.id: frozenset(leaf.asset for leaf in leaves(service.needs) if isinstance(leaf, OnAsset))
            for service in hospital.services.values()
        }
        self._of: defaultdict[AssetId, list[ServiceId]] = defaultdict(list)
        for service_id, machines in self._machines.items():
            for machine in sorted(machines):
                self._of[machine].append(service_id)
        self._needed = {service_id: _needed(hospital, service_id) for service_id in hospital.services}
        self.talks: defaultdict[AssetId, Counter[tuple[AssetId, Port]]] = defaultdict(Counter)

    def direct(self, service: ServiceId) -> Iterator[Suggestion]:
        """What the machines of a service lean on."""
        machines = self._machines[service]
        found = self._unsaid(service, sorted(machines))
        spread = sqrt(len(found)) if found else 1
        for other, evidence in found.items():
            share = len(evidence.sources) / len(machines)
            often = min(1.0, log10(evidence.connections + 1) / log10(_OFTEN))
            below = max(0, self._services[other].tier - self._services[service].tier)
            score = share * often / spread / 2**below
            yield self._suggestion(service, other, evidence, len(machines), score, by_users=False)

    def by_users(self, service: ServiceId) -> Iterator[Suggestion]:
        """What those who use a service nearly all lean on as well."""
        machines = self._machines[service]
        users = [
            source
            for source, used in self.talks.items()
            if source not in machines and any(service in self._meant(target, port) for target, port in used)
        ]
        if len(users) < FEWEST_USERS:
            return
        for other, evidence in self._unsaid(service, sorted(users)).items():
            share = len(evidence.sources) / len(users)
            if share >= MOST_USERS and self._services[other].tier is Tier.ZERO:
                yield self._suggestion(service, other, evidence, len(users), share / 2, by_users=True)

    def _suggestion(
        self,
        service: ServiceId,
        other: ServiceId,
        evidence: _Evidence,
        sources_in_all: int,
        score: float,
        *,
        by_users: bool,
    ) -> Suggestion:
        circular = service in self._needed[other]
        return Suggestion(
            service,
            other,
            by_users,
            round(score / 2 if circular else score, 3),
            evidence.connections,
            tuple(evidence.sources),
            sources_in_all,
            tuple(target for target, _ in evidence.targets.most_common()),
            tuple(port for port, _ in evidence.ports.most_common()),
            circular,
        )

    def _unsaid(self, service: ServiceId, sources: Sequence[AssetId]) -> Mapping[ServiceId, _Evidence]:
        """The services that ``sources`` lean on, and that ``service`` neither is nor needs."""
        found: defaultdict[ServiceId, _Evidence] = defaultdict(_Evidence)
        said = self._needed[service]
        for source in sources:
            for (target, port), count in self.talks.get(source, {}).items():
                meant = self._meant(target, port)
                if target not in self._machines[service] and said.isdisjoint(meant):
                    for other in meant:
                        found[other].add(source, target, port, count)
        return {other: each for other, each in found.items() if each.connections >= FEWEST_CONNECTIONS}

    def _meant(self, target: AssetId, port: Port) -> list[ServiceId]:
        """The services of an asset that a port can mean: those known by it, else those known by no port."""
        services = self._of.get(target, [])
        by_port = [each for each in services if port in ports_of_service(each)]
        return by_port or [each for each in services if not ports_of_service(each)]


def _needed(hospital: Hospital, service: ServiceId) -> frozenset[ServiceId]:
    """A service and all that it needs, directly or through others."""
    found, waiting = {service}, [service]
    while waiting:
        for leaf in leaves(hospital.services[waiting.pop()].needs):
            if isinstance(leaf, OnService) and leaf.service not in found:
                found.add(leaf.service)
                waiting.append(leaf.service)
    return frozenset(found)
