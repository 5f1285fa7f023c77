"""Files on the shares: read, written, renamed, deleted, and scanned pages that devices drop there."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from zlib import crc32

from codedark.hospital.asset import AssetId, AssetKind
from codedark.simulate.acts import Act, ShareTouched
from codedark.simulate.chance import poisson, stream
from codedark.simulate.days import Weird, weird
from codedark.simulate.habit import SLICE_US
from codedark.simulate.habits.documents import document, suffix
from codedark.simulate.habits.machines import computer_account
from codedark.simulate.habits.pace import MACHINE_DAY, SLICES_PER_HOUR, local_time
from codedark.simulate.habits.presence import Presence, Session, Style
from codedark.simulate.site import Function, Site

FILES_AN_HOUR = {
    Style.BEDSIDE: 3.0,
    Style.OFFICE: 9.0,
    Style.IMAGING: 3.0,
    Style.LABORATORY: 5.0,
    Style.ADMINISTRATION: 10.0,
}
"""Files that somebody touches on shares in an hour of work."""

MONTH_END_FACTOR = 1.6
SCANS_AN_HOUR = 0.3
"""Pages that a printer scans into a folder in an hour."""

WRITTEN, RENAMED, DELETED = 0.22, 0.025, 0.015
"""Shares of the touches; the rest are reads: an assumption."""

_COMMON_SHARES = ("departments", "departments", "nursing", "quality", "scans")
_OF_STYLE = {
    Style.BEDSIDE: ("nursing", "departments"),
    Style.OFFICE: ("departments", "finance", "personnel", "quality"),
    Style.IMAGING: ("radiology", "departments"),
    Style.LABORATORY: ("laboratory", "departments"),
    Style.ADMINISTRATION: ("software", "departments"),
}


class Shares:
    """Work with files."""

    def __init__(self, site: Site, presence: Presence) -> None:
        self._site = site
        self._presence = presence
        by_name = {share.lower(): (server, share) for server, share in site.shares}
        self._home = by_name.get("home")
        self._scans = by_name.get("scans")
        fallback = [by_name[name] for name in _COMMON_SHARES if name in by_name] or list(site.shares)
        self._of_style = {
            style: [by_name[name] for name in names if name in by_name] + fallback for style, names in _OF_STYLE.items()
        }
        # Printers have no account of their own: they deliver with that of the print server.
        self._deliverer = computer_account(site.server(Function.PRINT).id)
        self._scanners = site.by_kind.get(AssetKind.PRINTER, ())

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:
        """Touches of this slice."""
        chance = stream(self._site.seed, "shares", start_us)
        now = local_time(self._site.hospital.time_zone, start_us)
        month_end = Weird.MONTH_END in weird(self._site.seed, now.date())
        for style in Style:
            rate = FILES_AN_HOUR[style] * (MONTH_END_FACTOR if month_end and style is Style.OFFICE else 1)
            for session, at_us in self._presence.moments(chance, style, rate):
                yield self._touch(chance, session, style, at_us)
        if self._scans and self._scanners:
            pages = SCANS_AN_HOUR * len(self._scanners) * MACHINE_DAY[now.hour] ** 2 / SLICES_PER_HOUR
            for _ in range(poisson(chance, pages * (end_us - start_us) / SLICE_US)):
                yield self._scan(chance, self._scans, start_us + int(chance.random() * (end_us - start_us)))

    def _touch(self, chance: Random, session: Session, style: Style, at_us: int) -> ShareTouched:
        luck = chance.random()
        choices = self._of_style[style]
        server, share = choices[int(chance.random() * len(choices))]
        path = document(chance) + suffix(chance)
        if self._home and luck * 997 % 1 < 0.35:
            server, share = self._home
            path = f"{session.account}\\{path}"
        octets = int(80_000 * chance.expovariate(1)) + 500
        account, source = session.account, session.host
        if luck < WRITTEN:
            return ShareTouched(at_us, server, share, path, account, source, "write", octets=octets)
        if luck < WRITTEN + RENAMED:
            stem, _, ending = path.rpartition(".")
            return ShareTouched(at_us, server, share, path, account, source, "rename", f"{stem} final.{ending}")
        if luck < WRITTEN + RENAMED + DELETED:
            return ShareTouched(at_us, server, share, path, account, source, "delete")
        return ShareTouched(at_us, server, share, path, account, source, "read", octets=octets)

    def _scan(self, chance: Random, scans: tuple[AssetId, str], at_us: int) -> ShareTouched:
        printer = self._scanners[int(chance.random() * len(self._scanners))]
        number = crc32(f"{printer}{at_us}".encode())
        server, share = scans
        path = f"{printer}\\Scan_{number:08x}.pdf"
        return ShareTouched(at_us, server, share, path, self._deliverer, printer, "write", octets=400_000)
