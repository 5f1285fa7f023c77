"""Many accounts refused from one place (password spraying), and one account refused until it was let in (guessing).

How many is many is learnt: a terminal server or a VPN gateway sees the mistakes of many people, a ward's computer those
of a few. The floor under what is learnt is in the settings.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.learning import DAY_US, Familiar, Repeats
from codedark.detect.behaviour.kinds.settings import number, whole
from codedark.detect.behaviour.kinds.whereabouts import network_of
from codedark.detect.behaviour.observation import Logon, Observation
from codedark.detect.finding import Level

_MINUTE_US = 60 * 1_000_000


@dataclass(slots=True)
class _Usual:
    """How many accounts fail at one place in one window, at most: ``most`` on the days before ``day`` (fading),
    ``today`` on it. A day that made a sign, or was under suspicion, teaches nothing (``fired``).
    """

    day: int
    most: float = 0.0
    today: int = 0
    fired: bool = False


class PasswordSpraying:
    """Counts refusals by the place they came from, and learns how many accounts fail there in one window."""

    id: ClassVar[BehaviourId] = BehaviourId("spraying")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (Logon,)

    def __init__(self, settings: Settings) -> None:
        self._window_us = int(number(settings, "window_minutes") * _MINUTE_US)
        self._least = whole(settings, "least_accounts")
        self._factor = number(settings, "times_the_usual")
        self._guesses = whole(settings, "guesses")
        self._guesses_at_home = whole(settings, "guesses_at_home")
        self._most = whole(settings, "most_origins")
        self._most_refusals = whole(settings, "most_refusals")
        self._fades = 0.5 ** (1 / max(number(settings, "half_life_days"), 0.1))
        self._refused: dict[str, deque[tuple[int, str]]] = {}
        self._usual: dict[str, _Usual] = {}
        self._home: Familiar[tuple[str, str]] = Familiar(self._most, whole(settings, "keeps_days"))
        self._repeats: Repeats[tuple[str, str]] = Repeats(self._most)
        self._begun_us = -1

    def tick(self, _now_us: int, _context: Context) -> Iterator[Sign]:
        """Nothing comes of time alone: refusals leave the window when others come in."""
        return iter(())

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One logon: a refusal may make many, a success may end a row of refusals."""
        if not isinstance(seen, Logon):
            return
        if self._begun_us < 0:
            self._begun_us = seen.at_us
        origin = seen.origin_address if seen.origin_address and not seen.origin_host else seen.origin_host or seen.host
        if not origin:
            return
        if seen.succeeded:
            if origin in self._refused:
                yield from self._let_in(seen, origin, context)
            self._home.meet((seen.account, _place(origin, context)), seen.at_us, context.held(origin, seen.account))
        else:
            yield from self._refusal(seen, origin, context)

    def _refusal(self, seen: Logon, origin: str, context: Context) -> Iterator[Sign]:
        refused = self._window(origin, seen.at_us)
        refused.append((seen.at_us, seen.account))
        while len(refused) > self._most_refusals:
            refused.popleft()
        accounts = len({account for _, account in refused})
        usual = self._of(origin, seen.at_us // DAY_US)
        usual.today = max(usual.today, accounts)
        usual.fired = usual.fired or context.held(origin, "")
        if accounts < max(self._least, self._factor * usual.most):
            return
        usual.fired = True
        if accounts <= len({account for _, account in list(refused)[:-1]}):
            return  # no further account: nothing more to say
        if times := self._repeats.count((origin, ""), seen.at_us):
            yield Sign(
                seen.at_us, seen.host, "",
                f"{accounts} accounts were refused from {origin} within {self._window_us // _MINUTE_US} minutes; "
                f"at most {usual.most:.0f} are usual there.",
                seen.row, None, {"times": times, "from": origin, "accounts": accounts, "usual": round(usual.most, 1)},
                self._learnt(seen.at_us),
            )  # fmt: skip

    def _let_in(self, seen: Logon, origin: str, context: Context) -> Iterator[Sign]:
        """A success after so many refusals of the same account from the same place; fewer where it is not at home."""
        refused = self._window(origin, seen.at_us)
        tries = len({at_us // 1_000_000 for at_us, account in refused if account == seen.account})
        if not tries:
            return
        at_home = (seen.account, _place(origin, context)) in self._home
        for each in [each for each in refused if each[1] == seen.account]:
            refused.remove(each)
        if not refused:
            del self._refused[origin]
        if tries < (self._guesses_at_home if at_home else self._guesses):
            return
        if times := self._repeats.count((origin, seen.account), seen.at_us):
            yield Sign(
                seen.at_us, seen.host, seen.account,
                f"{seen.account} was refused {tries} times from {origin} and then let in"
                f"{'' if at_home else ', from where it had not logged on before'}.",
                seen.row, None if at_home else Level.HIGH, {"times": times, "from": origin, "refusals": tries},
                self._learnt(seen.at_us),
            )  # fmt: skip

    def _window(self, origin: str, at_us: int) -> deque[tuple[int, str]]:
        """The refusals of an origin that are not too old."""
        refused = self._refused.get(origin)
        if refused is None:
            if len(self._refused) >= self._most:
                del self._refused[next(iter(self._refused))]
            refused = self._refused[origin] = deque()
        while refused and refused[0][0] < at_us - self._window_us:
            refused.popleft()
        return refused

    def _of(self, origin: str, day: int) -> _Usual:
        """What is usual at a place, as it stands on ``day``: the day before is learnt when it is over."""
        usual = self._usual.pop(origin, None) or _Usual(day)
        self._usual[origin] = usual
        if len(self._usual) > self._most:
            del self._usual[next(iter(self._usual))]
        if usual.day < day:
            learnt = usual.most if usual.fired else max(usual.most, usual.today)
            usual.most = learnt * self._fades ** (day - usual.day)
            usual.day, usual.today, usual.fired = day, 0, False
        return usual

    def _learnt(self, at_us: int) -> float:
        return round((at_us - self._begun_us) / DAY_US, 2)


def _place(origin: str, context: Context) -> str:
    return origin if context.places.inside(origin) else network_of(origin)
