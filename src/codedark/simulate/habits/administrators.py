"""The day of administrators: errands to servers, what the service desk changes, at times night work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Literal

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.simulate.acts import AccountChanged, Act, Connected
from codedark.simulate.chance import poisson, stream
from codedark.simulate.days import Weird, begins, weird
from codedark.simulate.habit import HOUR_US, MINUTE_US, SECOND_US, SLICE_US, Numbers
from codedark.simulate.habits.errands import Errands
from codedark.simulate.habits.logons import Logons
from codedark.simulate.habits.machines import Machine
from codedark.simulate.habits.pace import SLICES_PER_HOUR, local_time
from codedark.simulate.habits.presence import Presence, Style
from codedark.simulate.habits.programs import SYSTEM32
from codedark.simulate.roster import Roster
from codedark.simulate.site import Function, Host, Site

JUMPS_AN_HOUR = 0.35
SHELLS_AN_HOUR = 0.25
PROMPTS_AN_HOUR = 0.5
"""Errands in an hour that an administrator sits at a computer."""

Change = Literal["password_reset", "group_added", "group_removed", "enabled", "disabled", "unlocked"]
CHANGES: tuple[tuple[float, Change], ...] = (
    (0.0009, "password_reset"),
    (0.0006, "group_added"),
    (0.0003, "group_removed"),
    (0.0002, "enabled"),
    (0.0002, "disabled"),
)
"""Changes of a weekday for each person of the staff: an assumption."""

GROUPS = (
    "GRP-Nursing",
    "GRP-Physicians",
    "GRP-VPN-Users",
    "GRP-PACS-Readers",
    "GRP-Printers-Floor3",
    "GRP-Finance-Read",
)
RESET_WAVE = 0.05
"""Share of the staff whose passwords the service desk resets on a day of a wave."""
WAVE_SLICES = 28
NIGHT_SERVERS = 9


class Administrators:
    """Errands and changes."""

    def __init__(
        self, site: Site, roster: Roster, numbers: Numbers, errands: Errands, logons: Logons, presence: Presence,
        machines: Mapping[AssetId, Machine],
    ) -> None:  # fmt: skip
        self._site = site
        self._roster = roster
        self._numbers = numbers
        self._errands = errands
        self._logons = logons
        self._presence = presence
        self._machines = machines
        self._admin_of = {person.account: person.admin_account for person in site.people if person.admin_account}
        self._admins = list(self._admin_of.values())

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:
        """Errands and changes of this slice."""
        if not self._admins:
            return
        chance = stream(self._site.seed, "administrators", start_us)
        now = local_time(self._site.hospital.time_zone, start_us)
        yield from self._errands_by_day(chance)
        if now.weekday() < 5 and 7 <= now.hour < 18:
            yield from self._changes(chance, start_us, end_us)
        kinds = weird(self._site.seed, now.date())
        minute = now.hour * 60 + now.minute
        for kind, lasts, what in (
            (Weird.PASSWORD_RESETS, WAVE_SLICES * 15, self._wave),
            (Weird.NIGHT_ADMINISTRATOR, 15, self._by_night),
        ):
            if kind in kinds and 0 <= minute - begins(self._site.seed, now.date(), kind) < lasts:
                yield from what(chance, start_us, end_us)

    def _errands_by_day(self, chance: Random) -> Iterator[Act]:
        moments = self._presence.moments
        for session, at_us in moments(chance, Style.ADMINISTRATION, JUMPS_AN_HOUR):
            servers = self._some(chance, self._errands.windows, 1 + int(chance.random() * 2))
            yield from self._errands.through_jump(chance, self._admin(session.account), session.host, at_us, servers)
        for session, at_us in moments(chance, Style.ADMINISTRATION, SHELLS_AN_HOUR):
            for server in self._some(chance, self._errands.linux, 1):
                lasts_us = int((2 + 30 * chance.random()) * MINUTE_US)
                admin = self._admin(session.account)
                yield from self._errands.shell(chance, admin, session.host, server.id, at_us, lasts_us)
        for session, at_us in moments(chance, Style.ADMINISTRATION, PROMPTS_AN_HOUR):
            yield from self._errands.prompt(
                chance, session.account, session.host, session.logon_id, session.shell_id, at_us, MINUTE_US
            )

    def _changes(self, chance: Random, start_us: int, end_us: int) -> Iterator[Act]:
        slices = 11 * SLICES_PER_HOUR
        dc = self._site.server(Function.DOMAIN_CONTROLLER).id
        for rate, change in CHANGES:
            mean = rate * len(self._site.people) / slices * (end_us - start_us) / SLICE_US
            for _ in range(poisson(chance, mean)):
                target = chance.choice(self._site.people).account
                at_us = start_us + int(chance.random() * (end_us - start_us))
                group = chance.choice(GROUPS) if change.startswith("group") else ""
                yield AccountChanged(at_us, dc, chance.choice(self._admins), target, change, group)
                if change == "password_reset":
                    yield AccountChanged(at_us + 3 * MINUTE_US, dc, target, target, "password_changed")

    def _wave(self, chance: Random, start_us: int, end_us: int) -> Iterator[Act]:
        """Passwords run out together: refused logons, a reset by the service desk, a password of one's own."""
        dc = self._site.server(Function.DOMAIN_CONTROLLER).id
        for person in self._site.people:
            if chance.random() >= RESET_WAVE / WAVE_SLICES:
                continue
            at_us = start_us + int(chance.random() * (end_us - start_us))
            machine = self._machines.get(self._roster.place(person, at_us).id)
            if machine is None:
                continue
            for _ in range(1 + int(chance.random() * 3)):
                yield from self._logons.refused(machine, person.account, at_us, "expired")
                at_us += int((10 + 60 * chance.random()) * SECOND_US)
            at_us += int((3 + 20 * chance.random()) * MINUTE_US)
            yield AccountChanged(at_us, dc, chance.choice(self._admins), person.account, "password_reset")
            yield AccountChanged(at_us + 2 * MINUTE_US, dc, person.account, person.account, "password_changed")

    def _by_night(self, chance: Random, start_us: int, end_us: int) -> Iterator[Act]:
        """Somebody on call mends something from an own computer inside, for an hour or two, on many servers."""
        people = [person for person in self._site.people if person.admin_account and person.workstations]
        if not people:
            return
        person = chance.choice(people)
        at_us = start_us + int(chance.random() * (end_us - start_us))
        servers = self._some(chance, [*self._errands.windows, *self._errands.linux], NIGHT_SERVERS)
        yield from self._errands.through_jump(chance, person.admin_account, person.workstations[0], at_us, servers)
        source = person.workstations[0]
        yield Connected(
            at_us + HOUR_US // 2, source, self._numbers.port(source), self._site.server(Function.BACKUP).id, 9392,
            "tcp", "ssl", 90_000, 2_000_000, 1800, image=SYSTEM32 + "mmc.exe", account=person.admin_account,
        )  # fmt: skip

    def _admin(self, account: AccountId) -> AccountId:
        return self._admin_of.get(account, self._admins[0])

    @staticmethod
    def _some(chance: Random, servers: list[Host], count: int) -> list[Host]:
        return chance.sample(servers, min(count, len(servers)))
