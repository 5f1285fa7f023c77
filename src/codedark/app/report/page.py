"""Puts the report together. The page itself is a template in `content/report/`, filled in by Jinja.

Everything that is filled in is escaped for HTML by Jinja and made visible by
`codedark.app.untrusted.printable`: no value of a log can become markup, reorder the text or hide in it. The
page loads nothing, and its Content Security Policy forbids that it could.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache

from jinja2 import Environment

from codedark.app.account import blindness, headline, reasons, sentences, stamp
from codedark.app.ranking import hosts, ranked
from codedark.app.report.attack_matrix import matrix, matrix_note
from codedark.app.report.details import sections
from codedark.app.report.timeline import timeline
from codedark.app.summary import Summary
from codedark.app.tally import Tally
from codedark.app.templates import environment
from codedark.app.untrusted import one_line
from codedark.detect.finding import Level

OPEN_ENTRIES = 3


def render(tally: Tally, summary: Summary, *, title: str, generated: datetime) -> str:
    """The report as one HTML page of less than 10 MB; ``generated`` (aware) is printed as the time of
    making.
    """
    totals, groups = hosts(tally), ranked(tally)
    fired = matrix(groups)
    return (
        _environment()
        .get_template("page.html")
        .render(
            title=one_line(title),
            generated=stamp(generated),
            headline=headline(tally, summary),
            worst=max(tally.by_level, default=None),
            blindness=blindness(tally, summary),
            interrupted=summary.interrupted,
            levels=[(level, tally.by_level[level]) for level in sorted(Level, reverse=True)],
            timeline=timeline(totals),
            matrix=fired,
            matrix_note=matrix_note(fired),
            sections=sections(groups),
            open_all=len(groups) <= OPEN_ENTRIES,
            sentences=sentences(tally, summary),
            sources=reasons(summary.sources, limit=20),
            not_runnable=reasons(summary.not_runnable, limit=20),
            rejected=reasons(summary.rejected, limit=20),
        )
    )


@cache
def _environment() -> Environment:
    return environment(
        "report",
        {"level": lambda level: level.name.lower(), "thousands": lambda number: f"{number:,}"},
    )
