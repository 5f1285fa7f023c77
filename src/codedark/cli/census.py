"""`codedark census`: who lies where with which chart, from HL7 v2 and FHIR, kept fresh for when systems are off."""

from __future__ import annotations

import typer

from codedark.cli.lazy import lazily

app = typer.Typer(
    cls=lazily(
        {
            "serve": "census_serve:serve",
            "load": "census_load:load",
            "show": "census_show:show",
            "compare": "census_compare:compare",
            "keep": "census_serve:keep",
        }
    ),
    help="Who lies where, and the chart of each, from the messages of the hospital's own systems.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.callback()
def _census() -> None:
    """Who lies where, and the chart of each, from the messages of the hospital's own systems."""
