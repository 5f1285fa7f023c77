"""Templates of pages: whatever is filled in is escaped, and what hides or reorders text is made visible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from codedark.app.untrusted import printable


def environment(folder: str, filters: Mapping[str, Callable[..., Any]]) -> Environment:
    """The templates in ``content/<folder>``, with ``filters`` of their own. A name that is not given is an error."""
    made = Environment(
        loader=PackageLoader("codedark", f"content/{folder}"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= filters
    return made


def _visible(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
