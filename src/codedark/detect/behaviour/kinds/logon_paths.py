"""Paths of logons on which the credentials change towards a place that whoever began the path has never reached.

After Ho, Dhiman, Akhawe, Paxson, Savage, Voelker and Wagner, "Hopper: Modeling and Detecting Lateral Movement", USENIX
Security 2021. Taken from there: paths of logons joined by host, account and time, back to a *causal user*; the two
traits of an attack, credentials that change and a destination that the causal user could not reach; where more than one
user may have caused a logon, all of them are considered.

Changed: everybody reaches a domain controller, so that where the new credentials are a service's or privileged, their
change alone is the trait. Sessions end where the log says so, and not only after a day.

Not taken: the ranking of unclear paths by the product of how rare their edges are, against a budget of alerts. Here a
path with several candidates is a sign only if it would be one with each of them. That needs no budget and can be said
in a sentence, and it misses an attack from a machine on which an administrator works too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final, NamedTuple

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.learning import HOUR_US, Familiar, Met, Repeats
from codedark.detect.behaviour.kinds.settings import number, whole
from codedark.detect.behaviour.kinds.whereabouts import is_guarded, is_movement, may_reach, place_of, same_person
from codedark.detect.behaviour.observation import LoggedOff, Logon, LogonKind, Observation

_SITS: Final = frozenset({LogonKind.INTERACTIVE, LogonKind.REMOTE, LogonKind.UNLOCK, LogonKind.VPN})
_NO_PATH: Final = frozenset({LogonKind.SERVICE, LogonKind.BATCH, LogonKind.CLOUD})


class _Presence(NamedTuple):
    """Somebody's credentials are on a host: ``first`` began the path that led there; ``sits`` in a session, or not."""

    at_us: int
    first: str
    sits: bool = False
    session: str = ""
    ended: bool = False


class LogonPaths:
    """Joins logons into paths, and says when one leads where its first user has no way."""

    id: ClassVar[BehaviourId] = BehaviourId("logon_paths")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (Logon, LoggedOff)

    def __init__(self, settings: Settings) -> None:
        self._learning_days = number(settings, "learning_days")
        self._window_us = int(number(settings, "path_hours") * HOUR_US)
        self._network_us = int(number(settings, "network_hours") * HOUR_US)
        self._most_hosts = whole(settings, "most_hosts")
        self._most_present = whole(settings, "most_present")
        most, keeps = whole(settings, "most_pairs"), whole(settings, "keeps_days")
        self._reached: Familiar[tuple[str, str]] = Familiar(most, keeps)  # (account, host)
        self._comes_from: Familiar[tuple[str, str]] = Familiar(most, keeps)  # (account, place)
        self._becomes: Familiar[tuple[str, str]] = Familiar(most, keeps)  # (account, account)
        self._present: dict[str, dict[str, _Presence]] = {}
        self._repeats: Repeats[tuple[str, str]] = Repeats(most)

    def tick(self, _now_us: int, _context: Context) -> Iterator[Sign]:
        """Nothing comes of time alone."""
        return iter(())

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One logon.

        1. A VPN session puts its account at the address that it was given inside.
        2. A logon at the keyboard begins a path.
        3. Any other goes on from where it came: whose path is it, and may it lead here?
        """
        if isinstance(seen, LoggedOff):
            self._end(seen)
            return
        if not isinstance(seen, Logon) or not seen.succeeded or seen.kind in _NO_PATH:
            return
        if seen.kind is LogonKind.VPN:
            if seen.session:
                self._put(seen._replace(host=seen.session, session=""), seen.account)
            return
        if not is_movement(seen):
            return
        if not seen.origin_host or seen.origin_host == seen.host:
            first = self._first(seen.host, seen.by, seen.at_us) if seen.by else seen.account
            self._put(seen, first)
            self._reached.meet((seen.account, seen.host), seen.at_us, context.held(seen.host, seen.account))
            return
        candidates, joined = self._candidates(seen, context)
        first = seen.account if seen.account in candidates else candidates[0]
        self._put(seen, first)
        yield from self._judge(seen, candidates, context, joined=joined)

    def _candidates(self, seen: Logon, context: Context) -> tuple[tuple[str, ...], bool]:
        """Who may have begun the path of this logon, the latest first; and whether the log joins it to that path.

        1. Who gave other credentials, where the log says it.
        2. Whoever brought these credentials to the host that it came from.
        3. The account itself, where it came from there without a session on days before, or nobody else is there.
        4. Everybody who sits there.
        """
        if seen.by and seen.by != seen.account:
            return (self._first(seen.origin_host, seen.by, seen.at_us),), True
        there = self._present.get(seen.origin_host)
        if there is None:
            return (seen.account,), False
        own = there.get(seen.account)
        if own is not None and self._is_there(own, seen.at_us):
            return (own.first,), True
        home = self._comes_from.get((seen.account, place_of(context.places, seen.origin_host)))
        if home is not None and home.days > 1:
            return (seen.account,), False
        sitting = [each for each in reversed(there.values()) if each.sits and self._is_there(each, seen.at_us)]
        return tuple(dict.fromkeys(each.first for each in sitting)) or (seen.account,), False

    def _judge(self, seen: Logon, candidates: tuple[str, ...], context: Context, *, joined: bool) -> Iterator[Sign]:
        places, at_us, account, host = context.places, seen.at_us, seen.account, seen.host
        origin = seen.origin_host
        guarded = is_guarded(places.account_of(account))
        learnt = self._reached.learnt_days(at_us)
        held = context.held(host, account) or context.held(origin, "")
        strange = (
            learnt >= self._learning_days
            and account not in candidates
            and not any(
                same_person(places, first, account) or (not guarded and (first, host) in self._reached)
                for first in candidates
            )
            and not any((first, account) in self._becomes for first in candidates)
        )
        if strange:
            # All of them are met, so that each is learnt on a later day in good standing.
            odd = [self._becomes.is_odd((first, account), at_us, held) for first in candidates]
            strange = all(odd)
        elif len(candidates) == 1 and candidates[0] != account:
            self._becomes.meet((candidates[0], account), at_us, held)
        new = self._reached.meet((account, host), at_us, held) is Met.NEW
        outside = (
            seen.kind in _SITS
            and may_reach(places, account, host) is False
            and self._reached.meet((account, f"seat {host}"), at_us, held) is Met.NEW
        )
        if not joined:
            self._comes_from.meet((account, place_of(places, origin)), at_us, held or strange)
        if strange:
            if new:
                self._reached.doubt((account, host), at_us)
            yield from self._switched(seen, candidates, learnt)
        elif outside:
            self._reached.doubt((account, f"seat {host}"), at_us)
            if times := self._repeats.count(("", account), at_us):
                yield Sign(
                    at_us, host, account,
                    f"{account} logged on to {host} from {origin}, where the model of the hospital does not let it log "
                    "on, and where it had not been seen before.",
                    seen.row, None, {"times": times, "from": origin}, learnt,
                )  # fmt: skip

    def _switched(self, seen: Logon, candidates: tuple[str, ...], learnt: float) -> Iterator[Sign]:
        first = candidates[0]
        times = self._repeats.count((first, seen.account), seen.at_us)
        if not times:
            return
        who = first if len(candidates) == 1 else f"one of {', '.join(sorted(candidates)[:4])}"
        yield Sign(
            seen.at_us, seen.host, seen.account,
            f"{who} was on {seen.origin_host}, and from there {seen.account} reached {seen.host}: in {learnt:.0f} days "
            f"of learning {first} has neither become {seen.account} nor reached {seen.host}.",
            seen.row, None,
            {"times": times, "from": seen.origin_host, "first_user": first, "candidates": len(candidates),
             "kind": seen.kind.value},
            learnt,
        )  # fmt: skip

    def _first(self, host: str, account: str, at_us: int) -> str:
        """Who began the path by which an account is on a host."""
        there = self._present.get(host)
        presence = there.get(account) if there else None
        return presence.first if presence and presence.at_us >= at_us - self._window_us else account

    def _is_there(self, presence: _Presence, at_us: int) -> bool:
        """A session lasts until it ends, or for the window; programs go on for a while behind it, as behind a network
        logon.
        """
        lasts_us = self._window_us if presence.sits and not presence.ended else self._network_us
        return presence.at_us >= at_us - lasts_us

    def _end(self, seen: LoggedOff) -> None:
        there = self._present.get(seen.host, {})
        left = there.get(seen.account)
        if left is not None and seen.session and left.session == seen.session:
            there[seen.account] = left._replace(at_us=seen.at_us, session="", ended=True)

    def _put(self, seen: Logon, first: str) -> None:
        """Remember that an account is on a host.

        A session that somebody sits in outlives the network logons beside it, and its own unlocking, which Windows ends
        as a logon of its own at once.
        """
        there = self._present.get(seen.host)
        if there is None:
            if len(self._present) >= self._most_hosts:
                del self._present[next(iter(self._present))]
            there = self._present[seen.host] = {}
        before = there.pop(seen.account, None)
        sits = seen.kind in _SITS
        presence = _Presence(seen.at_us, first, sits, "" if seen.kind is LogonKind.UNLOCK else seen.session)
        if before is not None and before.sits and not before.ended and (not sits or seen.kind is LogonKind.UNLOCK):
            presence = _Presence(seen.at_us, before.first, sits=True, session=before.session)
        there[seen.account] = presence
        if len(there) > self._most_present:
            del there[next(iter(there))]
