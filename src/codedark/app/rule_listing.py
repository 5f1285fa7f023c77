"""Rules as rows: those that can run, and those that cannot with the reason."""

from __future__ import annotations

from typing import Any

from codedark.app.rules import Loaded
from codedark.detect.finding import RuleInfo
from codedark.detect.sigma.correlate import Correlations


def problems_of(loaded: Loaded) -> list[dict[str, Any]]:
    """One row for each rule that cannot run here: ``path, title, reason``."""
    book = loaded.rulebook
    rows = [{"path": each.path, "title": each.title, "reason": each.reason} for each in book.problems]
    for rule, reason in Correlations(book.correlations, book.base, None).problems:
        rows.append({"path": rule.info.path, "title": rule.info.title, "reason": reason})
    return rows


def listed(loaded: Loaded) -> list[dict[str, Any]]:
    """One row for each rule that can run: ``level, title, id, log source, tags, path``, most serious first."""
    book = loaded.rulebook
    broken = {rule.info.id for rule, _ in Correlations(book.correlations, book.base, None).problems}
    infos = [rule.info for source in book.packed for rule in book.rules(source)]
    infos += [rule.info for rule in book.correlations if rule.info.id not in broken]
    return [_row(info) for info in sorted(infos, key=lambda info: (-info.level, info.title))]


def _row(info: RuleInfo) -> dict[str, Any]:
    return {
        "level": info.level.name.lower(),
        "title": info.title,
        "id": info.id,
        "logsource": "/".join(part for part in info.logsource if part) or "correlation",
        "tags": list(info.tags),
        "path": info.path,
    }
