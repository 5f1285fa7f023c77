"""Connections: devices and servers by the clock, people by what they do at their computers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from codedark.hospital.asset import AssetId, AssetKind
from codedark.simulate.acts import Act, Connected
from codedark.simulate.chance import stream
from codedark.simulate.habit import MINUTE_US, SLICE_US, Numbers
from codedark.simulate.habits.flows import FLOWS, Flow, Where
from codedark.simulate.habits.pace import MACHINE_DAY, Clockwork, Weighted, local_time
from codedark.simulate.habits.presence import Presence, Style
from codedark.simulate.habits.programs import CHART, LABORATORY, MAIL, VIEWER
from codedark.simulate.site import Function, Site

BROKEN = 0.012
"""Share of scheduled connections that fail: devices are unplugged, sleep, or are cleaned."""
REFUSED = 0.4
"""Share of those over TCP that are refused, because the device runs but not its program; nobody answers the rest."""

RESET, TURNED_AWAY, UNANSWERED = 0.013, 0.0015, 0.0005
"""Shares of the connections of people's programs that end so: RSTO, REJ and S0."""

STATE_OF_UDP_ONE_WAY = "S0"


def _located(site: Site, where: Where) -> Sequence[AssetId]:
    """The machines that a row of the table means. Without the named kind of server the sensor takes its place."""
    if isinstance(where, AssetKind):
        return site.by_kind.get(where, ())
    if isinstance(where, Function):
        return site.by_function[where]
    if where[0].isdigit():
        return (AssetId(where),)
    named = [host for host in site.hosts if host.startswith(where) and host[len(where) :].lstrip("-").isdigit()]
    return named or (site.by_function[Function.SENSOR] if where in {"NMS", "LOG", "CCTVREC", "DOORSRV"} else ())


def _pairs(site: Site, flow: Flow) -> list[tuple[Flow, AssetId, AssetId]]:
    """Who talks to whom in a flow: every machine of the side with more of them, with its partner on the other."""
    sources, targets = _located(site, flow.source), _located(site, flow.target)
    if not sources or not targets:
        return []
    if len(targets) > len(sources):
        pairs = [(sources[at % len(sources)], target) for at, target in enumerate(targets)]
    else:
        pairs = [(source, targets[at % len(targets)]) for at, source in enumerate(sources)]
        if flow.source == flow.target:
            pairs = [(source, targets[(at + 1) % len(targets)]) for at, source in enumerate(sources)]
    if flow.nearest:
        by_ward = {site.hosts[target].ward: target for target in reversed(targets)}
        pairs = [(source, by_ward.get(site.hosts[source].ward, target)) for source, target in pairs]
    return [(flow, source, target) for source, target in pairs if source != target]


class Scheduled:
    """Devices and servers that talk round the clock."""

    def __init__(self, site: Site, numbers: Numbers) -> None:
        self._site = site
        self._numbers = numbers
        chance = stream(site.seed, "scheduled")
        by_period: dict[int, list[tuple[Flow, AssetId, AssetId]]] = {}
        for flow in FLOWS:
            by_period.setdefault(max(1, flow.minutes * MINUTE_US // SLICE_US), []).extend(_pairs(site, flow))
        self._clockworks = [Clockwork(chance, pairs, period) for period, pairs in by_period.items()]

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:  # noqa: ARG002 - the clockwork knows the slice
        """Connections that are due."""
        chance = stream(self._site.seed, "scheduled", start_us)
        random, port = chance.random, self._numbers.port
        busy = MACHINE_DAY[local_time(self._site.hospital.time_zone, start_us).hour] / MACHINE_DAY[9]
        for clockwork in self._clockworks:
            for (flow, source, target), at_us in clockwork.due(chance, start_us):
                luck = random()
                if flow.by_day and luck > busy * busy:
                    continue
                broken = random()
                if broken < BROKEN:
                    state = "REJ" if flow.protocol == "tcp" and broken < BROKEN * REFUSED else "S0"
                    yield Connected(
                        at_us, source, port(source), target, flow.port, flow.protocol, "", 180, 0, 3.0, state
                    )
                    continue
                size = 0.6 + 0.8 * luck
                state = "SF" if flow.received or flow.protocol == "tcp" else STATE_OF_UDP_ONE_WAY
                if not flow.port:
                    yield Connected(at_us, source, 8, target, 0, "icmp", "", flow.sent, flow.received, 0.001, "OTH")
                    continue
                yield Connected(
                    at_us, source, 123 if flow.port == 123 else port(source), target, flow.port, flow.protocol,
                    flow.service, int(flow.sent * size), int(flow.received * size),
                    flow.seconds * (0.9 + 0.1 * luck), state,
                )  # fmt: skip


Use = tuple[str, Function | AssetKind, int, str, int, int, float]
"""What a program does on the network: program, target, port, service, octets sent and received, seconds."""

CHARTING: Use = ("chart", Function.EHR_APPLICATION, 443, "ssl", 9_000, 160_000, 40)
LABELS: Use = ("label", AssetKind.LABEL_PRINTER, 9100, "", 4_000, 200, 2)
POST: Use = ("mail", Function.MAIL, 443, "ssl", 40_000, 90_000, 120)
IMAGES: Use = ("viewer", Function.PACS, 443, "ssl", 30_000, 24_000_000, 60)
BENCH: Use = ("laboratory", Function.LABORATORY, 1433, "", 40_000, 300_000, 90)
DRUGS: Use = ("chart", Function.PHARMACY, 443, "ssl", 6_000, 60_000, 20)
RADIOLOGY: Use = ("viewer", Function.RIS, 443, "ssl", 12_000, 90_000, 30)
SECRETARY: Use = ("paper", AssetKind.PRINTER, 9100, "", 900_000, 600, 12)
NAMES: Use = ("system", Function.DOMAIN_CONTROLLER, 389, "ldap", 1_800, 6_000, 1)

USES: dict[Style, tuple[float, tuple[tuple[float, Use], ...]]] = {
    Style.BEDSIDE: (12, ((14, CHARTING), (3, DRUGS), (3, LABELS), (2, POST), (1, IMAGES), (1, NAMES))),
    Style.OFFICE: (9, ((6, CHARTING), (6, POST), (1, SECRETARY), (2, NAMES))),
    Style.IMAGING: (14, ((5, CHARTING), (8, IMAGES), (5, RADIOLOGY), (1, POST))),
    Style.LABORATORY: (13, ((4, CHARTING), (8, BENCH), (4, LABELS), (1, POST))),
    Style.ADMINISTRATION: (8, ((4, POST), (4, NAMES))),
}  # fmt: skip
"""Connections in an hour of work, and which, by weight. Lookups, tickets, pages and SMB come from their own habits."""

IMAGES_OF = {
    "chart": CHART.image,
    "mail": MAIL.image,
    "viewer": VIEWER.image,
    "laboratory": LABORATORY.image,
    "label": "C:\\Program Files (x86)\\TagMaker\\TagPrint.exe",
    "paper": "C:\\Windows\\System32\\spoolsv.exe",
    "system": "System",
}


FAILED = frozenset({"REJ", "S0"})


def _ending(luck: float) -> str:
    """How a connection ends, for a number from 0 to 1."""
    for state, share in (("RSTO", RESET), ("REJ", TURNED_AWAY), ("S0", UNANSWERED)):
        if luck < share:
            return state
        luck -= share
    return "SF"


class Connections:
    """What people's programs do on the network."""

    def __init__(self, site: Site, numbers: Numbers, presence: Presence) -> None:
        self._seed = site.seed
        self._numbers = numbers
        self._presence = presence
        self._uses = {style: (rate, Weighted(rows)) for style, (rate, rows) in USES.items()}
        self._targets = {use[1]: _located(site, use[1]) for _, rows in USES.values() for _, use in rows}

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:  # noqa: ARG002 - presence knows the slice
        """Connections of this slice."""
        chance = stream(self._seed, "connections", start_us)
        random, port = chance.random, self._numbers.port
        for style in Style:
            rate, table = self._uses[style]
            moments = list(self._presence.moments(chance, style, rate))
            for (session, at_us), use in zip(moments, table.draw(chance, len(moments)), strict=True):
                program, target, to_port, service, sent, received, seconds = use
                targets = self._targets[target]
                if not targets:
                    continue
                luck = random()
                size = 0.2 + 1.6 * luck
                process_id = session.running.get(program, 4)
                state = _ending(luck)
                if state in FAILED:
                    service, size = "", 0.0
                yield Connected(
                    at_us, session.host, port(session.host), self._near(chance, targets), to_port, "tcp", service,
                    int(sent * size), int(received * size), seconds * size, state,
                    IMAGES_OF[program], session.account, process_id,
                )  # fmt: skip

    def _near(self, chance: Random, targets: Sequence[AssetId]) -> AssetId:
        return targets[int(chance.random() * len(targets))]
