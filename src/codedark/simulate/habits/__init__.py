"""The ordinary acts of computers and people: what goes on in a hospital when nobody attacks it."""

from __future__ import annotations

from codedark.simulate.habit import Habit, Numbers
from codedark.simulate.habits.administrators import Administrators
from codedark.simulate.habits.desktop import Desktop
from codedark.simulate.habits.directory import Directory
from codedark.simulate.habits.errands import Errands
from codedark.simulate.habits.exceptions import Exceptions
from codedark.simulate.habits.logons import Logons
from codedark.simulate.habits.machines import machines
from codedark.simulate.habits.management import Management
from codedark.simulate.habits.presence import Presence
from codedark.simulate.habits.protection import Antivirus, Backups
from codedark.simulate.habits.remote import Remote
from codedark.simulate.habits.servers import Cron, Jobs, Leases
from codedark.simulate.habits.sessions import Sessions
from codedark.simulate.habits.shares import Shares
from codedark.simulate.habits.traffic import Connections, Scheduled
from codedark.simulate.habits.vpn import Vpn
from codedark.simulate.habits.web import Web
from codedark.simulate.habits.work import Background, Work
from codedark.simulate.roster import Roster
from codedark.simulate.site import Site

__all__ = ["habits"]


def habits(site: Site, roster: Roster, numbers: Numbers) -> list[Habit]:
    """All ordinary habits of ``site``, in the order in which they must live: first people sit down."""
    known = machines(site)
    presence = Presence()
    desktop = Desktop(known, numbers)
    logons = Logons(site, numbers)
    errands = Errands(site, numbers, known)
    return [
        Sessions(site, roster, logons, desktop, presence),
        Work(site, desktop, presence),
        Background(site, desktop),
        Directory(site, numbers, desktop, logons, presence),
        Web(site, desktop, presence),
        Connections(site, numbers, presence),
        Scheduled(site, numbers),
        Shares(site, presence),
        Jobs(site, numbers, desktop),
        Cron(site, numbers),
        Leases(site),
        Antivirus(site, desktop, presence),
        Backups(site, numbers),
        Administrators(site, roster, numbers, errands, logons, presence, known),
        Management(site, numbers, errands, presence, known),
        Remote(site, numbers, errands, Vpn(site, roster)),
        Exceptions(site, numbers, desktop, errands),
    ]
