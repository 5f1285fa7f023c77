"""Text that has to fit: names of services and zones on the map."""

from __future__ import annotations

from textwrap import wrap

from codedark.app.untrusted import one_line


def wrapped(text: str, characters: int, most_lines: int) -> tuple[str, ...]:
    """``text`` on at most so many lines of at most so many characters, with an ellipsis where it was longer."""
    lines = wrap(one_line(text), characters, break_long_words=True) or [""]
    if len(lines) > most_lines:
        lines = [*lines[: most_lines - 1], f"{lines[most_lines - 1][: characters - 1]}…"]
    return tuple(lines)


def short(text: str, characters: int) -> str:
    """``text`` on one line of at most so many characters."""
    line = one_line(text)
    return line if len(line) <= characters else f"{line[: characters - 1].rstrip()}…"
