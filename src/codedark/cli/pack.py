"""`codedark pack`: what wards need when systems are off. Each command has its module, imported when asked for."""

from __future__ import annotations

import typer

from codedark.cli.lazy import lazily

app = typer.Typer(
    cls=lazily(
        {
            "keys": "pack_keys:keys",
            "counters": "pack_keys:counters",
            "build": "pack_build:build",
            "export": "pack_build:export",
            "verify": "pack_verify:verify",
            "open": "pack_verify:open_",
        }
    ),
    help="Make sealed packs of every ward's charts, and bring them to the wards.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.callback()
def _pack() -> None:
    """Make sealed packs of every ward's charts, and bring them to the wards."""
