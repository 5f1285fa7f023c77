"""A moment as people here read it."""

from __future__ import annotations

from codedark.events.moments import moment_of


def local_time(at_us: int) -> str:
    """``2026-01-13 06:30 CET``, in the zone of this machine; ``at_us`` is microseconds since 1970 UTC."""
    return f"{moment_of(at_us).astimezone():%Y-%m-%d %H:%M %Z}"
