"""The status as a page for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from jinja2 import Template

from codedark.app.outputs import to_json
from codedark.app.templates import environment
from codedark.app.untrusted import encodable
from codedark.app.watching.status import SourceStatus, Status
from codedark.events.moments import moment_of
from codedark.respond.alarming import percent
from codedark.respond.incident import Incident

_MOST_INCIDENTS = 20
_SURE = 0.5


def as_json(status: Status) -> bytes:
    """Everything, with incidents shortened to what a list shows."""
    told = msgspec.to_builtins(status)
    kept = ("id", "status", "confidence", "began_us", "last_us", "sentence", "next_step")
    told["incidents"] = [{name: incident[name] for name in kept} for incident in told["incidents"]]
    return to_json(told)


def as_page(status: Status) -> str:
    """The page, which needs nothing but itself."""
    page = _template().render(
        title=f"Code Dark, {status.hospital}" if status.hospital else "Code Dark",
        at=_moment(status.at_us),
        problems=status.problems,
        acts=status.acts,
        incidents=[_incident(each) for each in status.incidents[:_MOST_INCIDENTS]],
        sources=[row for source in status.sources for row in _rows(source, status.at_us)],
        parts=[
            {
                "name": part.name,
                "state": "running" if part.running else f"not running ({part.ended})",
                "behind": f"{part.behind_records:,}",
                "seconds": f"{part.behind_seconds:.0f}",
            }
            for part in status.parts
        ],
        taken=f"{status.taken:,}",
        rejected=f"{status.rejected:,}",
        journal=_size(status.journal_bytes),
        free=_size(status.free_bytes),
        sync=" / ".join(f"{seconds * 1000:,.0f} ms" for seconds in status.sync_seconds),
    )
    return encodable(page)  # files may be called by any bytes


@cache
def _template() -> Template:
    return environment("status", {}).get_template("page.html")


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "status": incident.status,
        "confidence": f"{percent(incident.confidence)} sure",
        "sure": incident.confidence >= _SURE,
        "began": _moment(incident.began_us),
        "last": _moment(incident.last_us),
        "sentence": incident.sentence,
        "next_step": incident.next_step,
    }


def _rows(source: SourceStatus, now_us: int) -> Iterator[dict[str, str]]:
    for name, stats in ((source.name, source.stats), *source.senders.items()):
        yield {
            "name": name if name == source.name else f"— {name}",
            "records": f"{stats.records:,}",
            "last": _ago(now_us - stats.last_us) if stats.last_us else "never",
            "rejected": f"{stats.rejected:,}",
            "dropped": f"{stats.dropped:,}",
            "refused": ", ".join(f"{reason}: {count:,}" for reason, count in stats.refused.most_common(3)),
        }


def _ago(us: int) -> str:
    seconds = max(us, 0) / 1e6
    for limit, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds / 86_400:.0f} days ago"


def _moment(at_us: int) -> str:
    return f"{moment_of(at_us):%Y-%m-%d %H:%M:%S} UTC"


def _size(octets: int) -> str:
    for limit, size, unit in ((1e6, 1e3, "kB"), (1e9, 1e6, "MB"), (1e12, 1e9, "GB")):
        if octets < limit:
            return f"{octets / size:,.1f} {unit}"
    return f"{octets / 1e12:,.1f} TB"
