"""Findings as they leave for other programs: JSON lines, CSV, OCSF, and what is said once at the end.

Every output is a `Sink`, so that a hunt drives any number of them alike.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final, Protocol

import orjson

from codedark.app.ocsf import detection_finding
from codedark.app.summary import Summary
from codedark.app.tally import Tally
from codedark.app.untrusted import encodable
from codedark.detect.finding import Finding, Level

CSV_COLUMNS: Final = (
    "rule_id", "title", "level", "time", "host", "user", "source", "record", "tags", "window", "event",
)  # fmt: skip
_LEVELS: Final = {level: level.name.lower() for level in Level}

# A cell that begins so is a formula to a spreadsheet (OWASP, CSV Injection); so is what follows a semicolon
# where the locale splits cells there.
_FORMULA: Final = re.compile(r"(^|;)(?=[=+\-@\t\r\n＝＋－＠])")
_FORMULA_IN_JSON: Final = re.compile(r";([=+\-@])")


class Sink(Protocol):
    """Where findings go. `end` is called also after an interruption."""

    def begin(self) -> None:
        """Called once, before the first finding."""

    def write(self, finding: Finding) -> None:
        """Called for each finding."""

    def end(self, summary: Summary) -> None:
        """Called once, after the last finding."""


def jsonl_line(finding: Finding) -> bytes:
    """The finding as one line of JSON, with its newline. ``time`` is RFC 3339 in UTC with microseconds, or
    null.
    """
    return to_json(_row(finding)) + b"\n"


def csv_line(finding: Finding) -> bytes:
    """The finding as one record of CSV (RFC 4180, `CSV_COLUMNS`) that no spreadsheet takes for a formula."""
    row = _row(finding)
    row["tags"] = " ".join(finding.rule.tags)
    cells = [text_cell(row[column]) for column in CSV_COLUMNS[:-2]]
    return _csv([*cells, _json_cell(row.get("window")), _json_cell(row["event"])])


def to_json(value: Any) -> bytes:
    """``value`` as compact JSON, also where it holds what orjson refuses: lone surrogates and very long
    integers.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(_encodable(value), ensure_ascii=False, separators=(",", ":")).encode()


def rfc3339(time: datetime | None) -> str | None:
    """``2026-01-13T06:32:07.000000Z``."""
    if time is None:
        return None
    utc = time if time.tzinfo is UTC else time.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")[:26] + "Z"


class Lines:
    """A sink that writes what ``line`` makes of each finding to ``out``, behind ``header``."""

    def __init__(self, out: BinaryIO, line: Callable[[Finding], bytes], header: bytes = b"") -> None:
        self._out, self._line, self._header = out, line, header

    def begin(self) -> None:
        """Write the header."""
        self._out.write(self._header)

    def write(self, finding: Finding) -> None:
        """Write one finding."""
        self._out.write(self._line(finding))

    def end(self, summary: Summary) -> None:  # noqa: ARG002  (a line format has no place for it)
        """Hand over what is buffered."""
        self._out.flush()


def jsonl_sink(out: BinaryIO) -> Sink:
    """One JSON object a line and finding."""
    return Lines(out, jsonl_line)


def json_sink(out: BinaryIO) -> Sink:
    """One JSON array of all findings."""
    return JsonArray(out)


def csv_sink(out: BinaryIO) -> Sink:
    """A header, then one CSV record a finding."""
    return Lines(out, csv_line, _csv(list(CSV_COLUMNS)))


def ocsf_sink(out: BinaryIO, *, version: str, generated: datetime) -> Sink:
    """One OCSF Detection Finding a line; ``version`` is that of Code Dark, ``generated`` the time of the
    hunt.
    """

    def line(finding: Finding) -> bytes:
        return to_json(detection_finding(finding, version=version, generated=generated)) + b"\n"

    return Lines(out, line)


class JsonArray:
    """A sink that writes one JSON array of all findings."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self._before = out, b"[\n"

    def begin(self) -> None:
        """Nothing before the first finding: the bracket goes with it."""

    def write(self, finding: Finding) -> None:
        """Write one element."""
        self._out.write(self._before + to_json(_row(finding)))
        self._before = b",\n"

    def end(self, summary: Summary) -> None:  # noqa: ARG002  (a line format has no place for it)
        """Close the array."""
        self._out.write(b"[]\n" if self._before.startswith(b"[") else b"\n]\n")
        self._out.flush()


class Tallied:
    """Adds findings up and at the end hands the tally to each of ``renderers``, in their order."""

    def __init__(self, tally: Tally, *renderers: Callable[[Tally, Summary], None]) -> None:
        self._tally, self._renderers = tally, renderers

    def begin(self) -> None:
        """Nothing is said before the end."""

    def write(self, finding: Finding) -> None:
        """Count one finding."""
        self._tally.add(finding)

    def end(self, summary: Summary) -> None:
        """Show what was found."""
        for renderer in self._renderers:
            renderer(self._tally, summary)


def report_to(out: BinaryIO, *, title: str, generated: datetime) -> Callable[[Tally, Summary], None]:
    """A renderer for `Tallied` that writes the HTML report to ``out``."""

    def write(tally: Tally, summary: Summary) -> None:
        # Templates take a tenth of a second to load, which a hunt without a report need not spend.
        from codedark.app.report import render  # noqa: PLC0415

        out.write(render(tally, summary, title=title, generated=generated).encode())
        out.flush()

    return write


def _row(finding: Finding) -> dict[str, Any]:
    rule = finding.rule
    row: dict[str, Any] = {
        "rule_id": rule.id,
        "title": rule.title,
        "level": _LEVELS[rule.level],
        "time": rfc3339(finding.time),
        "host": finding.host,
        "user": finding.user,
        "source": finding.source,
        "record": finding.record,
        "tags": rule.tags,
        "event": finding.event,
    }
    if window := finding.window:
        row["window"] = {
            "group": dict(window.group),
            "first": rfc3339(window.first),
            "last": rfc3339(window.last),
            "count": window.count,
        }
    return row


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {encodable(key): _encodable(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [_encodable(part) for part in value]
    return value


def _json_cell(value: Any) -> str:
    if value is None:
        return ""
    return _FORMULA_IN_JSON.sub(lambda match: f";\\u{ord(match[1]):04x}", to_json(value).decode())


def text_cell(value: Any) -> str:
    """``value`` as a cell of CSV that no spreadsheet takes for a formula; None is empty."""
    return "" if value is None else _FORMULA.sub(r"\1'", encodable(str(value)))


def _csv(cells: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
