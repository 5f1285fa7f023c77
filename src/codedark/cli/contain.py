"""`codedark contain`: what exactly to disconnect, and doing it. Each command has its module, imported when asked for:
whoever asks at night what stands does not wait for a solver.
"""

from __future__ import annotations

import typer

from codedark.cli.lazy import lazily

app = typer.Typer(
    cls=lazily(
        {
            "plan": "contain_plan:plan",
            "verify": "contain_plan:verify",
            "prepare": "contain_prepare:prepare_",
            "approve": "contain_prepare:approve",
            "apply": "contain_act:apply",
            "status": "contain_status:status",
            "tasks": "contain_by_hand:tasks",
            "done": "contain_act:done",
            "prolong": "contain_act:prolong",
            "rollback": "contain_act:rollback",
            "keep": "contain_keep:keep",
            "approver": "contain_approver:app",
            "standing": "contain_standing:app",
            "new-log": "contain_new_log:new_log_",
            "paper": "contain_by_hand:paper_",
        }
    ),
    help="Find out what exactly to disconnect, at the least cost to patients, and do it once two people have said yes.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.callback()
def _contain() -> None:
    """Find out what exactly to disconnect, at the least cost to patients, and do it once two people have said yes."""
