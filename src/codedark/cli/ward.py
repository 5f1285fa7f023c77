"""`codedark ward`: care without systems, at the ward. Each command has its module, imported when asked for."""

from __future__ import annotations

import typer

from codedark.cli.lazy import lazily

app = typer.Typer(
    cls=lazily(
        {
            "pull": "ward_packs:pull",
            "freeze": "ward_packs:freeze",
            "thaw": "ward_packs:thaw",
            "status": "ward_packs:status",
            "take": "ward_packs:take",
            "unpack": "ward_packs:unpack",
            "start": "ward_station:start",
            "mirror": "ward_station:mirror",
            "enter": "ward_station:enter",
            "serve": "ward_serve:serve",
            "forget-pin": "ward_serve:forget_pin",
            "vouch": "ward_serve:vouch_",
            "list": "ward_station:list_",
            "forms": "ward_forms:forms",
            "missing": "ward_forms:missing_",
            "print": "ward_print:print_",
            "join": "ward_station:join",
            "verify": "ward_station:verify",
        }
    ),
    help="Keep packs and chart care while the systems are off: no network, no server, no directory is needed.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.callback()
def _ward() -> None:
    """Keep packs and chart care while the systems are off: no network, no server, no directory is needed."""
