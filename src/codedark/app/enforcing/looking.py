"""What stands and who keeps it, for those who only look: by the log, and by the last word of the keeper."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from codedark.app.enforcing.answering import BACK, STANDS, UNDER_WAY, status_answer
from codedark.app.enforcing.damaged_log import read_what_is_left
from codedark.app.enforcing.enrolling import strangers
from codedark.app.enforcing.holding import Stage
from codedark.app.enforcing.naming import KEEPER
from codedark.app.enforcing.reading import read_holding, wall_clock_us
from codedark.app.local_time import local_time
from codedark.app.watching.part import said
from codedark.errors import CodeDarkError


class Acts(NamedTuple):
    """What stands, a sentence for each plan, and what somebody has to do something about."""

    sentences: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def standing_acts(home: Path) -> Acts:
    """For the page of the watch: by the log, whoever writes it now. Nothing that goes wrong is raised."""
    now_us = wall_clock_us()
    try:
        holding, damaged = read_what_is_left(home)
        told = status_answer(holding, now_us, kept(home, now_us), damaged)
    except (CodeDarkError, OSError) as error:
        return Acts(problems=(f"What stands on devices cannot be told: {error}",))
    found = []
    for plan in told["plans"]:
        if plan["state"] in {UNDER_WAY, STANDS, BACK}:
            whole = sum(each["standing"] == "all" for each in plan["orders"])
            until = f", until {local_time(plan['until_us'])}" if plan["until_us"] else ""
            found.append(f"Plan {plan['plan']} {plan['state']}: {whole} of {len(plan['orders'])} orders{until}")
    return Acts(tuple(found), (*told["problems"], *strangers(home, holding)))


def kept(home: Path, now_us: int) -> dict[str, Any]:
    """Whether a keeper lives, as far as its last word tells: it runs, and has not missed two beats."""
    found = said(home, KEEPER)
    try:
        pid, ago = int(found["pid"]), (now_us - int(found["at_us"])) / 1_000_000
        alive = -1 <= ago <= 3 * float(found["every_seconds"]) + 5 and _runs(pid)
    except (KeyError, TypeError, ValueError):
        return {"alive": False, "told": []}
    return {"alive": alive, "pid": pid, "ago_seconds": ago, "told": list(found.get("told", ()))}


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def standing_actions(home: Path) -> tuple[str, ...]:
    """The actions of which an order stands, for whoever decides anew. Raises `UnusableInput` and OSError."""
    held = read_holding(home).at(Stage.STANDS)
    return tuple(dict.fromkeys(each.order.action for each in held))
