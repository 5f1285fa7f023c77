"""Crash points: each is one night that fails at one effect (and now and then again while it is taken up), and is then
gone on with to its end; the oracle says what is lost, doubled or wrong.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

from codedark.app.back_entry.hl7_target import Hl7Target
from codedark.app.back_entry.target import FhirTarget, Target
from codedark.continuity.entries.as_fhir import Systems
from codedark.exchange import connection
from codedark.exchange.fhir_client import FhirClient
from codedark.store.station.station import Station
from tests.crashes import oracle
from tests.crashes.acts import JAN, PATIENTS, Act, night
from tests.crashes.calls import failing
from tests.crashes.chain import STATIONS, Chain
from tests.crashes.disk import DEADLY, Crash, Fails, Plan
from tests.crashes.people import finished
from tests.crashes.record import Record, known_patients, merge
from tests.crashes.tally import Tally
from tests.dropping_hl7_receiver import Receiver, Trouble, running_receiver
from tests.small_fhir_server import Fault, SmallFhirServer, running_server

_AGAIN = 0.3


class Peer(Protocol):
    """The other side of back-entry, and what a person sees there."""

    target: Target

    def between(self) -> None: ...
    def calm(self) -> None: ...
    def holds(self, act: Act) -> bool: ...
    def take_back(self, act: Act) -> None: ...
    def filed(self) -> list[oracle.Filed]: ...
    def patients(self, unknown: str) -> dict[str, str]: ...


class FhirPeer:
    """A FHIR server, asked in this process, or (``base``) over HTTP."""

    def __init__(self, server: SmallFhirServer, seed: int, over_http: bool) -> None:
        self.server, self.seed = server, seed
        self.chain: Chain | None = None
        self.record = Record(server, seed, self._around)
        known_patients(server)
        if over_http:
            server.faults.extend(random.Random(seed).choices([Fault.NONE, *Fault], k=30))
        self.target: Target = FhirTarget(FhirClient(server.base) if over_http else self.record, Systems())
        self.merges = seed % 4 == 0

    def between(self) -> None:
        if self.merges:
            merge(self.server, JAN)

    def calm(self) -> None:
        self.server.faults.clear()
        self.record.calm()

    def holds(self, act: Act) -> bool:
        return any(act.marker in each.text for each in self.filed())

    def take_back(self, act: Act) -> None:
        for each in self.server.resources.values():
            if any(act.marker in one.text for one in oracle.filed_resources([each])):
                each["status"] = "entered-in-error"

    def filed(self) -> list[oracle.Filed]:
        return oracle.filed_resources(self.server.resources.values())

    def patients(self, unknown: str) -> dict[str, str]:
        names = {each.number: f"Patient/{each.number}" for each in PATIENTS}
        if self.merges:
            names[JAN.number] += "-kept"
        of_unknown = [
            f"Patient/{each['id']}" for each in self.server.of("Patient") if each["identifier"][0]["value"] == unknown
        ]
        assert len(of_unknown) < 2, "the unknown patient is there twice"
        return names | {"": "".join(of_unknown)}

    def _around(self) -> None:
        if self.chain is not None:
            self.chain.request()


class Hl7Peer:
    """A receiver of HL7 v2."""

    def __init__(self, receiver: Receiver, seed: int) -> None:
        self.receiver = receiver
        receiver.came.clear()
        receiver.filed.clear()
        receiver.troubles.clear()
        kinds: list[Trouble] = [each for each in Trouble if each is not Trouble.REFUSED]
        receiver.troubles.extend(random.Random(seed).choices([*[Trouble.NONE] * 4, *kinds], k=20))
        self.target: Target = Hl7Target("127.0.0.1", receiver.port)
        self.taken: set[str] = set()

    def between(self) -> None: ...

    def calm(self) -> None:
        self.receiver.troubles.clear()

    def holds(self, act: Act) -> bool:
        return any(act.marker in each.text for each in self.filed())

    def take_back(self, act: Act) -> None:
        self.taken.add(act.marker)

    def filed(self) -> list[oracle.Filed]:
        there = oracle.filed_messages(self.receiver.filed.values())
        return [each for each in there if not any(marker in each.text for marker in self.taken)]

    def patients(self, unknown: str) -> dict[str, str]:
        return {each.number: each.number for each in PATIENTS} | {"": unknown}


class Peers(NamedTuple):
    """What runs for all points of a batch."""

    receiver: Receiver
    http: SmallFhirServer
    quiet: SmallFhirServer

    def one(self, seed: int) -> Peer:
        """The peer of a night, empty: of ten two speak HL7 v2 and one FHIR over HTTP."""
        if seed % 10 in {3, 7}:
            return Hl7Peer(self.receiver, seed)
        server = self.emptied(self.http if seed % 10 == 5 else self.quiet)
        return FhirPeer(server, seed, over_http=server is self.http)

    @staticmethod
    def emptied(server: SmallFhirServer) -> SmallFhirServer:
        """The server, as new."""
        with server.lock:
            server.resources.clear()
            server.faults.clear()
        return server


@contextmanager
def peers() -> Iterator[Peers]:
    """They run."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "_FIRST_PAUSE_SECONDS", 0.0)
        quiet = SmallFhirServer()
        stack.callback(quiet.server_close)
        yield Peers(stack.enter_context(running_receiver()), stack.enter_context(running_server()), quiet)


def crash_points(place: Path, seeds: Iterator[int], points_each: int, there: Peers, tally: Tally) -> Iterator[None]:
    """So many points of each night, spread over its parts. Yields behind each."""
    for seed in seeds:
        chance = random.Random(f"points {seed}")
        parts = _one(place, seed, Plan(0, Fails.KILLED), there, tally)
        by_part = {part: [at for at, each in enumerate(parts, 1) if each == part] for part in set(parts)}
        for _ in range(points_each):
            part = chance.choice(sorted(by_part))
            how = chance.choice([each for each in Fails if part == "mirror" or each is not Fails.PULLED])
            plan = Plan(chance.choice(by_part[part]), how, chance.randrange(1 << 30), chance.randrange(1, 40))
            try:
                _one(place, seed, plan, there, tally)
            except AssertionError as error:
                tally.wrong.append(f"night {seed}, {plan}: {error}")
            yield


def _one(place: Path, seed: int, plan: Plan, there: Peers, tally: Tally) -> list[str]:
    """One night; the parts to which its effects belonged."""
    root = place / "night"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    peer = there.one(seed)
    chain = Chain(root, night(seed), seed, peer.target, peer.between)
    if isinstance(peer, FhirPeer):
        peer.chain = chain
    where = f"night {seed}, {plan}"
    chance = random.Random(plan.seed)
    plan = plan._replace(stick=chain.stick(chance.randrange(2)))
    parts: list[str] = []
    while True:
        with failing(root, plan) as disk, suppress(Crash):
            chain.disk = disk
            chain.go_on()
        chain.disk = None
        if not parts:
            parts = disk.parts
            if 0 < plan.at <= len(parts):
                tally.points[parts[plan.at - 1], plan.how] += 1
        if not disk.is_dead:
            break
        look(chain, where, tally)
        plan = Plan(
            chance.randrange(1, 60) if chance.random() < _AGAIN else 0, chance.choice(DEADLY), chance.randrange(99)
        )
    ended(chain, peer, where, tally)
    return parts


def ended(chain: Chain, peer: Peer, where: str, tally: Tally) -> None:
    """People bring it to its end; then all is looked at."""
    look(chain, where, tally)
    _rebuilt(chain, where, tally)
    peer.calm()
    for sentence in finished(chain, peer):
        if "is voided" in sentence:  # it was held back; they take it back there
            peer.take_back(next(act for _, act in chain.night.acts if act.row == sentence[:10]))
        else:
            tally.wrong.append(f"{where}: not proven: {sentence}")
    acts = [act for _, act in chain.night.acts]
    assert {act.row for act in acts} == {each.act.row for each in chain.said}, where
    tally.add(where, oracle.in_target(acts, chain.night.voided(), peer.filed(), peer.patients(chain.unknown)))
    if isinstance(peer, FhirPeer):
        tally.on_the_way.update({str(trouble): number for trouble, number in peer.record.troubles.items()})


def _rebuilt(chain: Chain, where: str, tally: Tally) -> None:
    """A new station in the place of one whose disk is gone has from the stick all that was said to be on it."""
    for station in (0, 1):
        mirrored = {each.act.row for each in chain.said if each.station == station and each.mirrors}
        if any(each.station == station and each.meddling != chain.meddling for each in chain.said) or not mirrored:
            continue  # somebody has meddled with it since
        with Station(chain.root / f"new{station}", "icu-9") as new:
            new.join(chain.stick(station))
            there = {link.entry.id for link in new.links()}  # also of rows that stand for several acts
        tally.lost += [f"{where}: {row} is not in the new station" for row in mirrored - there]


def look(chain: Chain, where: str, tally: Tally) -> None:
    """What stands at the stations and on the sticks now."""
    journals = {each: oracle.journal_of(chain.folder(each)) for each in {said.station for said in chain.said}}
    tally.add(where, oracle.at_stations(chain.said, chain.unknown, journals))
    copies = {each: oracle.copy_of(chain.stick(each), STATIONS[each]) for each in (0, 1)}
    tally.add(f"{where}, stick", oracle.on_sticks(chain.said, chain.meddling, copies))
