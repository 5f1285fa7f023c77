"""Simulate live: records leave when their time comes, so that a running system cannot tell them from a hospital's."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from operator import attrgetter

from codedark.app.simulation.recorder import Watching, all_witnesses, watching
from codedark.app.simulation.writing import Written
from codedark.events.moments import moment_of
from codedark.exchange.sender import Log, Sender
from codedark.simulate.acts import Act
from codedark.simulate.habit import SECOND_US
from codedark.simulate.witness import Witness
from codedark.simulate.world import World

_TICK_SECONDS = 0.25


def stream_hospital(
    world: World,
    senders: Sequence[Sender],
    from_us: int,
    speed: float,
    sent: Written,
    tell: Callable[[int, int, float], None] = lambda *_: None,
) -> None:
    """Send what a hospital's logs say from ``from_us`` on, ``speed`` simulated seconds in each real one.

    Records that an attacker deletes are sent like all others, because a forwarded record has left before it is deleted.
    ``sent`` counts what every sender that carries it has taken, batch by batch, also when this ends early. ``tell``
    hears the simulated seconds that have passed, those in all, and how many real seconds it runs behind.
    Raises `NotDelivered`.
    """
    lookers = watching(all_witnesses(world, forwarded=True))
    began = time.monotonic()
    seconds_in_all = (world.order.last_us - from_us) // SECOND_US
    tick_us = max(1, int(_TICK_SECONDS * speed * SECOND_US))
    for acts in world.live():
        position = bisect_left(acts, from_us, key=attrgetter("at_us"))
        while position < len(acts):
            until_us = acts[position].at_us + tick_us
            end = position
            while end < len(acts) and acts[end].at_us < until_us:
                end += 1
            passed_us = acts[end - 1].at_us - from_us
            behind = time.monotonic() - began - passed_us / SECOND_US / speed
            if behind < 0:
                time.sleep(-behind)
            _send(acts[position:end], lookers, senders, sent)
            tell(passed_us // SECOND_US, seconds_in_all, max(behind, 0.0))
            position = end


def _send(
    acts: Sequence[Act],
    lookers: Watching,
    senders: Sequence[Sender],
    sent: Written,
) -> None:
    pages: dict[str, tuple[Witness, list[bytes]]] = {}
    for act in acts:
        for witness, lines in lookers.get(act.__class__, ()):
            pages.setdefault(witness.name, (witness, []))[1].extend(lines(act))
    day = moment_of(acts[0].at_us).date()
    for witness, page in pages.values():
        if page:
            log = Log(witness.name, witness.suffix, witness.header(day))
            carriers = [sender for sender in senders if sender.carries(log)]
            if not carriers:
                continue
            for sender in carriers:
                sender.send(log, page)
            sent.records[witness.name] += len(page)
            sent.octets[witness.name] += sum(map(len, page))
