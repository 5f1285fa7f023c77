"""The replayed morning as a table and a picture, both made of nothing but the published results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from yardsticks.claims import ROOT

PAGE: Final = ROOT / "docs" / "az-monica.md"
PICTURE: Final = ROOT / "docs" / "pictures" / "az-monica.svg"
MEASURES: Final = {
    "day": ("operations lost on the day", "of 70"),
    "weeks": ("operations lost in all", ""),
    "moved": ("critical patients moved", "of 7"),
    "record": ("hours without the record, mean of wards", "h"),
}
_HEADS: Final = ("operations lost on the day", "in all weeks", "critical patients moved", "hours without the record")
_BAD: Final = ", worst 5 %"
Figures = Mapping[str, tuple[float, float, float]]
"""Stated, kind and harsh, by measure; with `_BAD` behind it, the mean of the worst twentieth."""


def rows_of(claims: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, tuple[float, float, float]]]:
    """Policies with their figures, from the rows of a results file."""
    measures = {title: name for name, (title, _) in MEASURES.items()}
    rows: dict[str, dict[str, tuple[float, float, float]]] = {}
    for claim in claims:
        policy, _, measure = claim["claim"].partition(": ")
        bad = measure.endswith(_BAD)
        name = measures.get(measure.removesuffix(_BAD))
        if name:
            rows.setdefault(policy, {})[name + (_BAD if bad else "")] = (claim["value"], claim["min"], claim["max"])
    return rows


def table(rows: Mapping[str, Figures]) -> list[str]:
    """As Markdown: stated (kind to harsh), and the bad twentieth with its harsh reading."""
    lines = [f"| decision | {' | '.join(_HEADS)} |", "|---" * (len(_HEADS) + 1) + "|"]
    for policy, figures in rows.items():
        cells = [_cell(figures[name], figures.get(name + _BAD)) for name in MEASURES]
        lines.append(f"| {policy} | {' | '.join(cells)} |")
    return lines


def _cell(figure: tuple[float, float, float], bad: tuple[float, float, float] | None) -> str:
    stated, kind, harsh = figure
    text = f"{_number(stated)} ({_number(kind)} to {_number(harsh)})" if kind != harsh else _number(stated)
    return text + (f"; bad 5 %: {_number(bad[0])} (to {_number(bad[2])})" if bad else "")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == 0 else f"{value:.1f}"


_WIDTH, _LEFT, _PANEL, _GAP, _ROW, _TOP = 1160, 330, 190, 16, 42, 78
_FONT: Final = 'font-family="DejaVu Sans, Arial, sans-serif" font-size="13"'
_TITLE: Final = "The morning of 13 January 2026, replayed on simulated hospitals"
_PATTERNS: Final = (
    '<defs><pattern id="lines" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">',
    '<rect width="6" height="6" fill="#fff"/><line x1="0" y1="0" x2="0" y2="6" stroke="#111" stroke-width="3"/>',
    '</pattern><pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">',
    '<rect width="6" height="6" fill="#fff"/><circle cx="3" cy="3" r="1.4" fill="#111"/></pattern></defs>',
)
_KEY: Final = (
    "Bar and number: expected, as stated. Line below: from the kind to the harsh reading. Diamond: mean of worst 5 %.",
    "“All off, as it was” is what is public. All others are simulated; they do not say what would have happened there.",
)
_FILLS: Final = {"all off, as it was": "#333", "all off, simulated": "#888", "nothing": "url(#dots)"}


def drawn(rows: Mapping[str, Figures]) -> str:
    """As SVG: a panel for each measure, a bar for each decision with its range, and the bad twentieth as a diamond.

    Black on white whatever surrounds it; nothing depends on colour.
    """
    height = _TOP + _ROW * len(rows) + 62
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" {_FONT} fill="#111" role="img">',
        f"<title>{_TITLE}</title>",
        *_PATTERNS,
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="12" y="26" font-size="17" font-weight="bold">{_TITLE}</text>',
    ]
    for place, (name, head) in enumerate(zip(MEASURES, _HEADS, strict=True)):
        parts += _panel(rows, name, head, _LEFT + place * (_PANEL + _GAP))
    for number, policy in enumerate(rows):
        y = _TOP + number * _ROW
        first, _, second = policy.partition(", ")
        parts.append(f'<text x="12" y="{y + 16}" font-weight="bold">{first}</text>')
        parts.append(f'<text x="12" y="{y + 31}" font-size="11.5">{second}</text>')
    parts += _key(height)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(rows: Mapping[str, Figures], name: str, head: str, left: float) -> list[str]:
    most = max(max(*figures[name], figures.get(name + _BAD, (0.0, 0.0, 0.0))[0]) for figures in rows.values()) or 1.0
    scale = (_PANEL - 46) / most
    bottom = _TOP + _ROW * len(rows)
    parts = [
        f'<text x="{left}" y="60" font-weight="bold">{head}</text>',
        f'<line x1="{left}" y1="{_TOP - 8}" x2="{left}" y2="{bottom - 6}" stroke="#111"/>',
    ]
    for number, (policy, figures) in enumerate(rows.items()):
        stated, kind, harsh = figures[name]
        y, fill = _TOP + number * _ROW, _FILLS.get(policy, "url(#lines)")
        parts.append(
            f'<rect x="{left}" y="{y + 4}" width="{stated * scale:.1f}" height="18" fill="{fill}" stroke="#111"/>'
        )
        parts.append(
            f'<path d="M{left + kind * scale:.1f} {y + 27}v6m0 -3H{left + harsh * scale:.1f}m0 -3v6" stroke="#111" '
            'stroke-width="1.6" fill="none"/>'
        )
        bad = figures.get(name + _BAD)
        if bad:
            x = left + bad[0] * scale
            parts.append(f'<path d="M{x:.1f} {y + 5}l6 8l-6 8l-6 -8z" fill="#fff" stroke="#111" stroke-width="1.6"/>')
        parts.append(
            f'<text x="{left + _PANEL - 6}" y="{y + 18}" font-size="12" text-anchor="end">{_number(stated)}</text>'
        )
    return parts


def _key(height: float) -> list[str]:
    return [
        f'<text x="12" y="{height - 34 + 18 * line}" font-size="11.5">{sentence}</text>'
        for line, sentence in enumerate(_KEY)
    ]
