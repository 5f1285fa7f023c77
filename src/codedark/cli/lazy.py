"""Groups of commands whose modules are imported when one of them is asked for, so that none pays for the others."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from codedark.cli.loading import loading
from codedark.errors import UsageError

_ANYTHING = {"ignore_unknown_options": True, "allow_extra_args": True}


def lazily(commands: Mapping[str, str]) -> type[TyperGroup]:
    """A group of ``commands``, in their order: by name the module of `codedark.cli` and what in it, as
    ``hunt:app`` (a `typer.Typer`) or ``contain_act:apply`` (a function).
    """

    class Lazy(TyperGroup):
        """Such a group."""

        def list_commands(self, ctx: Any) -> list[str]:
            """Their names, in the order in which a hospital meets them."""
            del ctx
            return list(commands)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            """The command of that name."""
            del ctx
            if cmd_name not in commands:
                return None
            module, _, attribute = commands[cmd_name].partition(":")
            try:
                with loading():
                    found = getattr(import_module(f"codedark.cli.{module}"), attribute)
            except ModuleNotFoundError as error:
                found = _not_here(cmd_name, error)
            if not isinstance(found, typer.Typer):
                alone = typer.Typer(add_completion=False, rich_markup_mode=None)
                alone.command(cmd_name)(found)
                found = alone
            command = get_command(found)
            command.name = cmd_name
            return command

    return Lazy


def _not_here(name: str, error: ModuleNotFoundError) -> typer.Typer:
    """In the place of a command for which a library is missing, as most are on a ward's PC: it says so, and the list of
    commands is shown all the same. Raises ``error`` where what is missing is ours.
    """
    missing = (error.name or "").partition(".")[0]
    if missing in {"", "codedark"}:
        raise error
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)

    @alone.command(name, help=f"Not on this machine: {missing} is not installed.", context_settings=_ANYTHING)
    def tell() -> None:
        raise UsageError(
            f"{name}: cannot be done on this machine, where {missing} is not installed, as on a ward's PC: do it where"
            " the whole program is"
        )

    return alone
