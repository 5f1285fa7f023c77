"""How logs write a moment. The text of a second is kept, as thousands of records share it."""

from __future__ import annotations

from functools import lru_cache

from codedark.events.moments import moment_of
from codedark.simulate.habit import SECOND_US

_ISO = "%Y-%m-%dT%H:%M:%S"
_PLAIN = "%Y-%m-%d %H:%M:%S"


@lru_cache(maxsize=4096)
def _second(seconds: int, form: str) -> str:
    return moment_of(seconds * SECOND_US).strftime(form)


def iso(at_us: int) -> str:
    """``2026-11-17T16:20:00.032417Z``."""
    seconds, rest = divmod(at_us, SECOND_US)
    return f"{_second(seconds, _ISO)}.{rest:06}Z"


def iso_milliseconds(at_us: int) -> str:
    """``2026-11-17T16:20:00.032Z``: a FHIR instant, and as shippers of Windows events write."""
    seconds, rest = divmod(at_us, SECOND_US)
    return f"{_second(seconds, _ISO)}.{rest // 1000:03}Z"


def iso_offset(at_us: int) -> str:
    """``2026-11-17T16:20:00.032417+00:00``, as rsyslog's RSYSLOG_FileFormat and RFC 5424 have it."""
    seconds, rest = divmod(at_us, SECOND_US)
    return f"{_second(seconds, _ISO)}.{rest:06}+00:00"


def plain_milliseconds(at_us: int) -> str:
    """``2026-11-17 16:20:00.032``, Sysmon's UtcTime."""
    seconds, rest = divmod(at_us, SECOND_US)
    return f"{_second(seconds, _PLAIN)}.{rest // 1000:03}"


def unix(at_us: int) -> str:
    """``1794932400.032417``, Zeek's time."""
    seconds, rest = divmod(at_us, SECOND_US)
    return f"{seconds}.{rest:06}"


def unix_milliseconds(at_us: int) -> str:
    """``1794932400.032``, auditd's time."""
    seconds, rest = divmod(at_us, SECOND_US)
    return f"{seconds}.{rest // 1000:03}"
