"""Whether a source still speaks: each has its own habit, and a silence longer than that is told on every page.

A feed is *stalled* when it has said nothing for three times the longest gap that it has at this hour of the week, and a
minute at least (decision 15). What it has never had at this hour, is taken from the same hour of other days, then from
any hour; a feed that is new gets ten minutes.

An outage must not teach that silence is ordinary, and quiet nights must be learned. So a gap counts at most three times
what was allowed at that hour: it takes several nights to be believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from codedark.continuity.chart import Chart
from codedark.continuity.times import Times

LEAST_US: Final = 60 * 1_000_000
NEW_US: Final = 600 * 1_000_000
TIMES_LONGEST: Final = 3
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

    def stalled(self, now_us: int) -> Mapping[str, int]:
        """The feeds that have been silent too long, with the time at which each spoke last."""
        return {
            source: feed.last_us
            for source, feed in sorted(self._feeds.items())
            if now_us - feed.last_us > self._allowed_us(feed, self._hour(now_us))
        }

    def last_us(self) -> Mapping[str, int]:
        """When each feed spoke last."""
        return {source: feed.last_us for source, feed in sorted(self._feeds.items())}

    def marked(self, chart: Chart, now_us: int) -> Chart:
        """A chart as of now: a source that speaks, and says nothing of this patient, says that nothing has changed."""
        stalled = self.stalled(now_us)
        as_of = {
            group: tuple(
                replace(
                    heard,
                    until_us=max(heard.until_us, self._feeds[heard.source].last_us),
                    is_stalled=heard.source in stalled,
                )
                if heard.source in self._feeds
                else heard
                for heard in sources
            )
            for group, sources in chart.as_of.items()
        }
        return replace(chart, as_of=as_of)

    def sentences(self, now_us: int) -> tuple[str, ...]:
        """Each stalled feed, for people."""
        return tuple(
            f"{source} has told nothing since {self._times.local(last_us):%d.%m.%Y %H:%M}."
            for source, last_us in self.stalled(now_us).items()
        )

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
