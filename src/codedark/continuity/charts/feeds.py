"""Whether a source still speaks: each has its own habit, and a silence longer than that is told on every page.

A feed is *stalled* when it has said nothing for three times the longest gap that it has at this hour of the week, and
for 20 s at least (decision 15): wards are to see it within a minute, and packs are built and pulled in the rest of it.
What it has never had at this hour, is taken from the same hour of other days, then from any hour; a feed that is new
gets ten minutes.

An outage must not teach that silence is ordinary, and quiet nights must be learned. So a gap counts at most three times
what was allowed at that hour: it takes several nights to be believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from codedark.continuity.charts.chart import Chart, Heard
from codedark.continuity.charts.silence import Silence
from codedark.continuity.charts.times import Times

LEAST_US: Final = 20 * 1_000_000
NEW_US: Final = 600 * 1_000_000
TIMES_LONGEST: Final = 3
AHEAD_US: Final = 300 * 1_000_000
"""How far two clocks may be apart: what lies further ahead of now is doubtful."""
_HOUR_US: Final = 3_600 * 1_000_000
_WEEK_HOURS: Final = 168


@dataclass(slots=True)
class Feed:
    """One source. ``gaps_us``: the longest gap by hour of the week, from Monday's midnight on, local."""

    last_us: int
    gaps_us: dict[int, int] = field(default_factory=dict)


class Feeds:
    """All feeds, by the name of their source. Told when each spoke; asked which are silent too long."""

    def __init__(self, times: Times) -> None:
        self._times: Final = times
        self._feeds: Final[dict[str, Feed]] = {}

    def spoke(self, source: str, at_us: int) -> None:
        """A source was heard at this time (of arrival). One that was not heard later than before changes nothing."""
        feed = self._feeds.get(source)
        if feed is None:
            self._feeds[source] = Feed(at_us)
        elif at_us > feed.last_us:
            allowed_us = {hour: self._allowed_us(feed, hour) for hour in self._hours(feed.last_us, at_us)}
            for hour, most_us in allowed_us.items():
                gap_us = min(at_us - feed.last_us, TIMES_LONGEST * most_us)
                feed.gaps_us[hour] = max(gap_us, feed.gaps_us.get(hour, 0))
            feed.last_us = at_us

    def set_back(self, at_us: int) -> None:
        """The clock was set back and shows this now: no feed was heard later, whatever it showed then."""
        for feed in self._feeds.values():
            feed.last_us = min(feed.last_us, at_us)

    def told(self) -> dict[str, tuple[int, dict[int, int]]]:
        """Each feed as plain values: when it spoke last, and its longest gaps."""
        return {source: (feed.last_us, dict(feed.gaps_us)) for source, feed in self._feeds.items()}

    def take_up(self, told: Mapping[str, tuple[int, dict[int, int]]]) -> None:
        """Know feeds as they were told."""
        self._feeds.update({source: Feed(last_us, dict(gaps_us)) for source, (last_us, gaps_us) in told.items()})

    def stalled(self, now_us: int) -> Mapping[str, int]:
        """The feeds that have been silent too long, with the time at which each spoke last."""
        return {
            source: feed.last_us
            for source, feed in sorted(self._feeds.items())
            if now_us - feed.last_us > self._allowed_us(feed, self._hour(now_us))
        }

    def doubtful(self, now_us: int) -> tuple[str, ...]:
        """The feeds that were heard in a time to come: when they spoke last is not known."""
        return tuple(source for source, feed in sorted(self._feeds.items()) if feed.last_us > now_us + AHEAD_US)

    def last_us(self) -> Mapping[str, int]:
        """When each feed spoke last."""
        return {source: feed.last_us for source, feed in sorted(self._feeds.items())}

    def marked(self, chart: Chart, now_us: int) -> Chart:
        """A chart as of now: a source that speaks, and says nothing of this patient, says that nothing has changed.

        What lies ahead of now is not believed: it counts as not known, and a little of it as now.
        """
        stalled = self.stalled(now_us)
        as_of = {
            group: tuple(
                replace(heard, until_us=self._until_us(heard, now_us), is_stalled=heard.source in stalled)
                for heard in sources
            )
            for group, sources in chart.as_of.items()
        }
        return replace(chart, as_of=as_of)

    def silences(self, now_us: int) -> tuple[Silence, ...]:
        """Each stalled feed, for packs."""
        return tuple(Silence(source, last_us) for source, last_us in self.stalled(now_us).items())

    def sentences(self, now_us: int) -> tuple[str, ...]:
        """Each stalled or doubtful feed, for those who run the census."""
        stalled = (
            f"{source} has told nothing since {self._times.local(last_us):%d.%m.%Y %H:%M}."
            for source, last_us in self.stalled(now_us).items()
        )
        doubtful = (
            f"{source} was heard last in a time to come: this machine's clock was ahead, or is behind now. "
            "Since when it may be silent is not known."
            for source in self.doubtful(now_us)
        )
        return (*stalled, *doubtful)

    def _until_us(self, heard: Heard, now_us: int) -> int:
        """Up to when a source was heard, of what can be believed now; 0 where nothing can."""
        feed = self._feeds.get(heard.source)
        moments = (heard.until_us, feed.last_us if feed else 0)
        return min(max((each for each in moments if each <= now_us + AHEAD_US), default=0), now_us)

    def _allowed_us(self, feed: Feed, hour: int) -> int:
        """How long a feed may be silent at this hour of the week."""
        longest_us = feed.gaps_us.get(hour)
        if longest_us is None:
            same_hour = [gap_us for of, gap_us in feed.gaps_us.items() if of % 24 == hour % 24]
            longest_us = max(same_hour or feed.gaps_us.values(), default=NEW_US // TIMES_LONGEST)
        return max(LEAST_US, TIMES_LONGEST * longest_us)

    def _hours(self, from_us: int, until_us: int) -> set[int]:
        """The hours of the week that a gap touches."""
        count = min((until_us - from_us) // _HOUR_US + 2, _WEEK_HOURS)
        return {self._hour(min(from_us + n * _HOUR_US, until_us)) for n in range(count)}

    def _hour(self, at_us: int) -> int:
        local = self._times.local(at_us)
        return local.weekday() * 24 + local.hour
