"""A legal hold as people ask for it: for an incident, between two times."""

from __future__ import annotations

from codedark.app.search.times import EXAMPLES, Span, span_of
from codedark.errors import UsageError
from codedark.store.lake.holds import Hold


def hold_of(name: str, since: str | None, until: str | None, now_us: int, reason: str = "") -> Hold:
    """The hold that keeps all logs from ``since`` to the end of what ``until`` names. Raises `UsageError`."""
    if since is None or until is None:
        raise UsageError(f"--hold {name}: say with --from and --until what is to be kept")
    return Hold(name, _span(since, now_us).start_us, _span(until, now_us).end_us - 1, reason=reason)


def _span(text: str, now_us: int) -> Span:
    span = span_of(text, now_us)
    if span is None:
        raise UsageError(f"{text}: is no time; write it as {EXAMPLES}")
    return span
