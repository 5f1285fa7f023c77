"""What people start while they work, and what computers start by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from codedark.simulate.acts import Act, LoggedOn, LogonType, ServiceChanged
from codedark.simulate.chance import poisson, stream
from codedark.simulate.habit import SLICE_US
from codedark.simulate.habits.desktop import Desktop
from codedark.simulate.habits.machines import WELL_KNOWN_LOGONS
from codedark.simulate.habits.pace import MACHINE_DAY, SLICES_PER_HOUR, Weighted, local_time
from codedark.simulate.habits.presence import Presence, Style
from codedark.simulate.habits.programs import OPENED
from codedark.simulate.habits.system_programs import BY_ITSELF
from codedark.simulate.site import Site

PROGRAMS_AN_HOUR = 1.1
"""Programs that a computer starts by itself in an hour, on the mean of the day."""

SERVICE_STATES_AN_HOUR = 0.25
"""Services that begin or end on a computer in an hour, as event 7036 tells."""

SERVICES = (
    *("Windows Update", "Background Intelligent Transfer Service", "Windows Modules Installer", "Software Protection"),
    *("AppX Deployment Service (AppXSVC)", "Client License Service (ClipSVC)", "Microsoft Account Sign-in Assistant"),
    *("Windows Error Reporting Service", "Volume Shadow Copy", "Delivery Optimization", "WMI Performance Adapter"),
)


class Work:
    """Programs opened by people who sit at computers."""

    def __init__(self, site: Site, desktop: Desktop, presence: Presence) -> None:
        self._seed = site.seed
        self._desktop = desktop
        self._presence = presence
        self._opened = {style: (rate, Weighted(rows)) for style, (rate, rows) in OPENED.items()}

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:  # noqa: ARG002 - presence knows the slice
        """Programs started in sessions."""
        chance = stream(self._seed, "work", start_us)
        watched = self._desktop.machines
        for style in Style:
            rate, table = self._opened[style]
            moments = [
                moment for moment in self._presence.moments(chance, style, rate) if watched[moment[0].host].watched
            ]
            for (session, at_us), program in zip(moments, table.draw(chance, len(moments)), strict=True):
                yield self._desktop.start(chance, session, program, at_us)


class Background:
    """Programs and services that Windows computers start by themselves, day and night."""

    def __init__(self, site: Site, desktop: Desktop) -> None:
        self._site = site
        self._desktop = desktop
        self._machines = [machine for machine in desktop.machines.values() if machine.watched]
        self._telling = [machine for machine in desktop.machines.values() if "system" in machine.host.logs]
        self._programs = Weighted(BY_ITSELF)

    def live(self, start_us: int, end_us: int) -> Iterator[Act]:
        """Programs of the system, logons of services, services that change their state."""
        chance = stream(self._site.seed, "background", start_us)
        random, span = chance.random, end_us - start_us
        busy = MACHINE_DAY[local_time(self._site.hospital.time_zone, start_us).hour] / SLICES_PER_HOUR * span / SLICE_US
        if self._machines:
            count = poisson(chance, PROGRAMS_AN_HOUR * busy * len(self._machines))
            hosts = chance.choices(self._machines, k=count)
            for machine, program in zip(hosts, self._programs.draw(chance, count), strict=True):
                at_us = start_us + int(random() * span)
                if program.parent == "services" and random() < 0.3:
                    logon_id = WELL_KNOWN_LOGONS[program.account]
                    yield LoggedOn(
                        at_us, machine.id, program.account, LogonType.SERVICE, "", logon_id, "Negotiate", elevated=True
                    )
                yield self._desktop.start_alone(machine, program, at_us + 1000)
        if self._telling:
            count = poisson(chance, SERVICE_STATES_AN_HOUR * busy * len(self._telling))
            for machine in chance.choices(self._telling, k=count):
                at_us = start_us + int(random() * span)
                name = SERVICES[int(random() * len(SERVICES))]
                yield ServiceChanged(at_us, machine.id, name, "running")
                yield ServiceChanged(at_us + int((20 + 200 * random()) * 1_000_000), machine.id, name, "stopped")
