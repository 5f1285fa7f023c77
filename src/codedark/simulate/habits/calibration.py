"""What the ordinary acts were held against: published figures, their sources, and how each is measured over acts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from codedark.simulate.acts import AccountChanged, Act, LoggedOff, LoggedOn, LogonType, NameAsked
from codedark.simulate.habit import DAY_US, HOUR_US
from codedark.simulate.habits.presence import STYLE_OF, Style
from codedark.simulate.site import Family, Site

AT_THE_KEYBOARD = (LogonType.INTERACTIVE, LogonType.UNLOCK)


class Tally:
    """Counts over the acts of whole days. A run is as many days as it has hours with an act in them, divided by 24."""

    def __init__(self, site: Site) -> None:
        bedside = {person.account for person in site.people if STYLE_OF[person.role] is Style.BEDSIDE}
        self._people = {person.account: person.account in bedside for person in site.people}
        self._computers = sum(host.family is not Family.APPLIANCE for host in site.hosts.values())
        self._at_work: set[tuple[str, int]] = set()
        self._hours: set[int] = set()
        self.counts: Counter[str] = Counter()

    def watch(self, acts: Iterable[Act]) -> None:
        """Take in the acts of a slice."""
        for act in acts:
            self._hours.add(act.at_us // HOUR_US)
            if isinstance(act, LoggedOn):
                self._logged_on(act)
            elif isinstance(act, NameAsked):
                self.counts["names"] += 1
                self.counts["missing names"] += act.rcode == "NXDOMAIN"
            elif isinstance(act, AccountChanged):
                self.counts[act.change] += 1
            self.counts["acts"] += not isinstance(act, LoggedOff)

    def _logged_on(self, act: LoggedOn) -> None:
        if act.account not in self._people or act.logon_type not in AT_THE_KEYBOARD:
            return
        self.counts["attempts"] += 1
        if act.outcome != "success":
            self.counts["refused"] += 1
        elif self._people[act.account]:
            self.counts["bedside logons"] += 1
            self._at_work.add((act.account, act.at_us // DAY_US))

    def share(self, part: str, whole: str) -> float:
        """One count as a share of another; 0 where nothing was counted."""
        return self.counts[part] / self.counts[whole] if self.counts[whole] else 0.0

    @property
    def days(self) -> float:
        """How long was counted, in days."""
        return len(self._hours) / 24

    def logons_a_shift(self) -> float:
        """Logons and unlocks of a bedside clinician on a day at work."""
        return self.counts["bedside logons"] / len(self._at_work) if self._at_work else 0.0

    def lockouts_a_week(self) -> float:
        """Lockouts in seven days, as a share of the staff."""
        return self.counts["locked_out"] / len(self._people) / self.days * 7 if self._hours else 0.0

    def events_a_computer(self) -> float:
        """Events of authentication, programs, names and connections for each computer and day."""
        return self.counts["acts"] / self._computers / self.days if self._hours else 0.0


@dataclass(frozen=True, slots=True)
class Quantity:
    """A calibrated quantity. ``published`` as its source says it, ``low`` to ``high`` what we take from it.

    ``note`` says where and why ours differs.
    """

    name: str
    published: str
    low: float
    high: float
    source: str
    measure: Callable[[Tally], float]
    note: str = ""


QUANTITIES = (
    Quantity(
        "Logons and unlocks of a bedside clinician on a day at work",
        "65,202 logins of 2,256 active clinical users in 7 days: 28.9 each, in 3 to 5 shifts",
        5.8,
        9.6,
        "Gellert and others, Clinical impact and value of workstation single sign-on, Int J Med Inform 101 (2017)",
        Tally.logons_a_shift,
    ),
    Quantity(
        "Share of logons at the keyboard that are refused",
        "3 to 12 % of authentications are falsely rejected",
        0.03,
        0.12,
        "Mare, Baker and Gummeson, A study of authentication in daily life, SOUPS 2016",
        lambda tally: tally.share("refused", "attempts"),
    ),
    Quantity(
        "Share of the staff locked out in a week",
        "2.5 % of a university's population in a given week",
        0.01,
        0.045,
        "Hastings, Moore, Bolger and Schumway, WOSOC at NDSS 2024",
        Tally.lockouts_a_week,
        "About six a day at 400 beds, so a single day scatters widely.",
    ),
    Quantity(
        "Share of name lookups for names that do not exist",
        "9 % of queries at four access networks",
        0.06,
        0.12,
        "Brandhorst and Pras, DNS: a statistical analysis of name server traffic (2006)",
        lambda tally: tally.share("missing names", "names"),
    ),
    Quantity(
        "Events of all kinds for each computer and day",
        "1,648,275,307 events of 17,684 computers in 58 days: 1,607",
        200,
        1607,
        "Kent, Comprehensive, multi-source cyber-security events, Los Alamos National Laboratory 2015",
        Tally.events_a_computer,
        "Thinned on purpose to about a fifth: what machines repeat every few seconds is sampled.",
    ),
)
