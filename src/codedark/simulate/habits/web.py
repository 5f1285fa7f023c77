"""Names that are looked up and pages that are fetched: for work, in private, and by software that calls home."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from codedark.hospital.asset import MEDICAL_DEVICES, AssetId
from codedark.simulate.acts import Act, NameAsked, PageFetched
from codedark.simulate.chance import poisson, stream
from codedark.simulate.habit import SLICE_US
from codedark.simulate.habits.desktop import Desktop
from codedark.simulate.habits.machines import Machine
from codedark.simulate.habits.pace import MACHINE_DAY, SLICES_PER_HOUR, Weighted, local_time
from codedark.simulate.habits.presence import Presence, Style
from codedark.simulate.habits.programs import CHART, EDGE, MAIL, SVCHOST
from codedark.simulate.habits.sites import NOT_ON_DEVICES, PRIVATE, SEARCHED, TELEMETRY, WORK, Website
from codedark.simulate.outside import outside_address
from codedark.simulate.site import Family, Function, Site

PAGES_AN_HOUR = {
    Style.BEDSIDE: 8.0,
    Style.OFFICE: 13.0,
    Style.IMAGING: 7.0,
    Style.LABORATORY: 8.0,
    Style.ADMINISTRATION: 16.0,
}
"""Requests through the proxy in an hour of work."""

NAMES_AN_HOUR = {style: 1.3 * rate for style, rate in PAGES_AN_HOUR.items()}
"""Lookups in an hour of work that no page is behind."""

NAMES_ALONE_AN_HOUR = 1.6
"""Lookups that a computer makes by itself in an hour, on the mean of the day."""

MISSING = 0.09
"""Share of lookups for names that do not exist: 9 % at four networks (Brandhorst and Pras 2006)."""

AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/{0}.0.0.0 Safari/537.36 Edg/{0}.0.0.0"
)
AGENTS = tuple(AGENT.format(version) for version in (130, 131, 132))
LOCATED = ("_ldap._tcp.dc._msdcs", "_kerberos._tcp", "_ldap._tcp.Default-First-Site-Name._sites")
"""Services that computers find in DNS (MS-ADTS, 6.3.2.3)."""
Asked = tuple[str, tuple[str, ...], str]
"""A name, what it is answered with, and the response code."""
ROOTS = ("", "news/", "articles/", "search?q=", "images/", "static/js/", "static/css/", "api/v1/", "doc/", "video/")
TYPES = ("", ".html", ".js", ".css", ".png", ".jpg", ".svg", ".json", ".woff2", ".pdf")


class Web:
    """Lookups and pages."""

    def __init__(self, site: Site, desktop: Desktop, presence: Presence) -> None:
        self._site = site
        self._machines = list(desktop.machines.values())
        self._presence = presence
        self._devices = frozenset(host.id for host in site.hosts.values() if host.kind in MEDICAL_DEVICES)
        self._others = [
            host.id
            for host in site.hosts.values()
            if (host.family is Family.LINUX or "voice" in host.zone.lower()) and host.id not in self._devices
        ]
        websites = [(weight, website) for table in (WORK, PRIVATE) for weight, website in table]
        self._websites = Weighted(websites)
        self._telemetry = Weighted(TELEMETRY)
        answers = {website.server: (outside_address(website.server),) for _, website in (*websites, *TELEMETRY)}
        outside = [
            (weight, (site_.server, answers[site_.server], "NOERROR")) for weight, site_ in (*websites, *TELEMETRY)
        ]
        self._asked = Weighted([*self._inside(1.1 * sum(weight for weight, _ in outside)), *outside])
        self._asked_alone = Weighted([*self._inside(60), *outside[len(websites) :]])
        self._images = (EDGE, EDGE, EDGE, CHART.image, MAIL.image, SVCHOST)

    def _inside(self, whole: float) -> list[tuple[float, Asked]]:
        """Names of the hospital's own servers, with the weight ``whole`` in all."""
        servers = [self._site.hosts[host] for hosts in self._site.by_function.values() for host in hosts]
        each = whole / (len(servers) + 6)
        rows: list[tuple[float, Asked]] = [(each, (server.fqdn, (server.address,), "NOERROR")) for server in servers]
        dc = self._site.server(Function.DOMAIN_CONTROLLER)
        found = [(2 * each, (f"{service}.{self._site.dns_domain}", (dc.fqdn,), "NOERROR")) for service in LOCATED]
        return [*rows, *found]

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:
        """What people and computers ask for."""
        chance = stream(self._site.seed, "web", start_us)
        for style in Style:
            yield from self._browse(chance, style)
            yield from self._ask(chance, style)
        hour = local_time(self._site.hospital.time_zone, start_us).hour
        busy = MACHINE_DAY[hour] / SLICES_PER_HOUR * (end_us - start_us) / SLICE_US
        yield from self._call_home(chance, start_us, end_us - start_us, busy)

    def _browse(self, chance: Random, style: Style) -> Iterator[Act]:
        random = chance.random
        moments = list(self._presence.moments(chance, style, PAGES_AN_HOUR[style]))
        for (session, at_us), website in zip(moments, self._websites.draw(chance, len(moments)), strict=True):
            luck = random()
            number = int(random() * 0xFFFFF)
            path = f"/{ROOTS[number % 10]}{number:x}{TYPES[number // 10 % 10]}"
            yield PageFetched(
                at_us,
                session.host,
                session.account,
                "POST" if luck < 0.06 else "CONNECT" if luck < 0.3 else "GET",
                "https" if luck < 0.93 else "http",
                website.server,
                "" if 0.06 <= luck < 0.3 else path,
                200 if random() < 0.9 else (304, 302, 404, 403, 407, 204)[number % 6],
                400 + int(1600 * random()),
                int(website.octets * random() * random() * 4) + 200,
                AGENTS[number % 3],
            )

    def _ask(self, chance: Random, style: Style) -> Iterator[Act]:
        random, images = chance.random, self._images
        moments = list(self._presence.moments(chance, style, NAMES_AN_HOUR[style]))
        for (session, at_us), asked in zip(moments, self._asked.draw(chance, len(moments)), strict=True):
            luck = random()
            image = images[int(luck * 6)]
            process_id = session.running.get("browser", 0) if image is EDGE else session.shell_id
            name, answers, rcode = asked
            if luck < MISSING:
                name = f"{SEARCHED[int(random() * len(SEARCHED))]}.{self._site.dns_domain}"
                answers, rcode = (), "NXDOMAIN"
            kind = "SRV" if name[0] == "_" else "AAAA" if luck > 0.93 else "A"
            yield NameAsked(
                at_us, session.host, name, kind, () if kind == "AAAA" else answers, rcode, image, process_id
            )

    def _call_home(self, chance: Random, start_us: int, span: int, busy: float) -> Iterator[Act]:
        random = chance.random
        count = poisson(chance, NAMES_ALONE_AN_HOUR * busy * len(self._machines))
        hosts: list[Machine] = chance.choices(self._machines, k=count)
        for machine, asked in zip(hosts, self._asked_alone.draw(chance, count), strict=True):
            luck = random()
            name, answers, rcode = asked
            if name in NOT_ON_DEVICES and machine.id in self._devices:
                continue
            if luck < MISSING:
                name = f"wpad.{self._site.dns_domain}" if luck < 0.05 else f"{machine.id.lower()}.local"
                answers, rcode = (), "NXDOMAIN"
            kind = "SRV" if name[0] == "_" else "A"
            yield NameAsked(
                start_us + int(random() * span), machine.id, name, kind, answers, rcode, SVCHOST, machine.netsvcs_id
            )
        count = poisson(chance, 0.25 * busy * len(self._machines))
        hosts = chance.choices(self._machines, k=count)
        for machine, website in zip(hosts, self._telemetry.draw(chance, count), strict=True):
            if website.server not in NOT_ON_DEVICES or machine.id not in self._devices:
                yield self._telemetry_page(machine, website, start_us + int(random() * span), random())
        if self._others:
            count = poisson(chance, 0.5 * busy * len(self._others))
            others: list[AssetId] = chance.choices(self._others, k=count)
            for host, (name, answers, rcode) in zip(others, self._asked_alone.draw(chance, count), strict=True):
                kind = "SRV" if name[0] == "_" else "A"
                yield NameAsked(start_us + int(random() * span), host, name, kind, answers, rcode)

    def _telemetry_page(self, machine: Machine, website: Website, at_us: int, luck: float) -> PageFetched:
        octets = int(website.octets * luck * 2) + 200
        path = website.path.format(number=int(luck * 1e7))
        method = "POST" if website.posts else "GET"
        return PageFetched(
            at_us, machine.id, machine.account, method, website.scheme, website.server, path, 200,
            octets if website.posts else 500, 400 if website.posts else octets, website.agent,
        )  # fmt: skip
