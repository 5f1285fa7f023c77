"""Crash points: each is one night that fails at one effect (and now and then again while it is taken up), and is then
gone on with to its end; the oracle says what is lost, doubled or wrong.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from codedark.store.station.station import Station
from tests.crashes import oracle, stopped
from tests.crashes.calls import failing
from tests.crashes.chain import STATIONS, Chain
from tests.crashes.disk import DEADLY, Crash, Fails, Plan
from tests.crashes.drawing import night
from tests.crashes.orders import lives_of
from tests.crashes.peers import FhirPeer, Peer, Peers
from tests.crashes.people import finished, take_back
from tests.crashes.tally import Tally

_AGAIN = 0.3


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
    acts, gone = [act for _, act in chain.night.acts], chain.night.voided()
    lives = lives_of(acts, gone)
    for sentence in finished(chain, peer):
        if "is voided" in sentence:  # it was held back; they take it back there
            take_back(peer, next(act for act in acts if act.row == sentence[:10]), lives)
        else:
            tally.wrong.append(f"{where}: not proven: {sentence}")
    assert {act.row for act in acts} == {each.act.row for each in chain.said}, where
    patients, orders = peer.patients(chain.unknown), peer.orders()
    tally.add(where, oracle.in_target(acts, gone, peer.filed(), patients))
    tally.add(where, stopped.judged(lives, orders, patients, peer.by_hand))
    by_program = [act for act in acts if act.marker and act.row not in gone | peer.by_hand]
    tally.add(where, oracle.signed(by_program, peer.signed()))
    tally.on_the_way["stops told by the program"] += stopped.told_by_program(acts, orders)
    tally.on_the_way["stops settled by people"] += sum(act.kind == "stop" and act.row in peer.by_hand for act in acts)
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
    tally.add(where, oracle.are_whole([act for _, act in chain.night.acts], journals.values()))
    copies = {each: oracle.copy_of(chain.stick(each), STATIONS[each]) for each in (0, 1)}
    tally.add(f"{where}, stick", oracle.on_sticks(chain.said, chain.meddling, copies))
