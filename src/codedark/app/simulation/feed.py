"""The simulated hospital as parcels in memory, in order of time: what `serve` would journal, without network and disk.

Records that an attacker deletes are there like all others, because a forwarded record has left before it is deleted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from operator import attrgetter

from codedark.app.simulation.recorder import all_witnesses, watching
from codedark.events.moments import moment_of
from codedark.events.parcel import Parcel, Sequence
from codedark.ingest.sniff import sniff
from codedark.simulate.acts import Act
from codedark.simulate.habit import SECOND_US
from codedark.simulate.messages import Messages
from codedark.simulate.witness import Witness
from codedark.simulate.world import World

Trace = Callable[[int, str, int], None]
"""Hears of each record that an attacker left: its number, the step, and when it was done (microseconds)."""


def feed(
    world: World, every_us: int = 60 * SECOND_US, first: int = 1, trace: Trace = lambda *_: None
) -> Iterator[list[Parcel]]:
    """All that the logs of a world say, one list of parcels for each ``every_us`` of its time in which any says
    anything. Records arrive at the end of that time. Numbers count from ``first``.
    """
    logs = [witness for witness in all_witnesses(world, forwarded=True) if not isinstance(witness, Messages)]
    lookers = watching(logs)
    formats: dict[str, str] = {}
    number = first
    for acts in world.live():
        for some, arrived_us in _cut(acts, every_us):
            pages: dict[str, tuple[Witness, list[bytes]]] = {}
            left: defaultdict[str, list[tuple[int, str, int]]] = defaultdict(list)
            for act in some:
                for witness, lines in lookers.get(act.__class__, ()):
                    page = pages.setdefault(witness.name, (witness, []))[1]
                    before = len(page)
                    page.extend(lines(act))
                    if act.step:
                        left[witness.name] += [(row, act.step, act.at_us) for row in range(before, len(page))]
            parcels = []
            for name, (witness, page) in pages.items():
                for row, step, at_us in left[name]:
                    trace(number + row, step, at_us)
                if page:
                    header = witness.header(moment_of(arrived_us).date())
                    data = b"".join(page)
                    if name not in formats:
                        formats[name] = _format(header + data, f"{name}{witness.suffix}")
                    parcels.append(
                        Parcel(Sequence(number), len(page), arrived_us, f"sim://{name}", formats[name], data, header)
                    )
                    number += len(page)
            yield parcels


def _format(head: bytes, name: str) -> str:
    found = sniff(head[: 1 << 16], name)
    return "jsonl" if found == "json" else found or "syslog"


def _cut(acts: list[Act], every_us: int) -> Iterator[tuple[list[Act], int]]:
    if not acts:
        return
    begins = acts[0].at_us // every_us
    ends = acts[-1].at_us // every_us + 1
    places = [(at, bisect_left(acts, at * every_us, key=attrgetter("at_us"))) for at in range(begins, ends + 1)]
    for (_, start), (at, end) in pairwise(places):
        if end > start:
            yield acts[start:end], at * every_us
