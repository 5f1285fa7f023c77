"""What can be read of an installation that acts, without its devices and without waiting for who writes its log."""

from __future__ import annotations

import os
import pwd
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from codedark.app.enforcing.approvers import FILE as APPROVERS
from codedark.app.enforcing.entries import decoded
from codedark.app.enforcing.holding import Holding, folded
from codedark.app.enforcing.settings import EnforceSettings, enforce_settings
from codedark.app.hospital_files import usable_hospital
from codedark.app.watching.configuration import FILE, load
from codedark.errors import CodeDarkError, UnusableInput, UsageError
from codedark.hospital.hospital import Hospital
from codedark.store.case_log.case_log import read_case_log

CASE_LOG: Final = "case.log"
TASKS: Final = "tasks.json"
_READ: Final = frozenset({".toml", ".yaml", ".yml", ".csv"})


def wall_clock_us() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def settings_and_model(home: Path) -> tuple[EnforceSettings, Hospital]:
    """``[enforce]`` and the model of the hospital, without which nothing can be ordered."""
    settings, model = _settings(home)
    if model is None:
        raise UsageError(f"{home / FILE}: names no hospital: what stands in it has to be known before anything is cut")
    return settings, usable_hospital(model)


def settings_and_model_or_none(home: Path, wrong: list[str]) -> tuple[EnforceSettings, Hospital]:
    """The same to undo with, where a model that cannot be used is no hindrance: what was done was stored before it was.

    Then the hospital is an empty one, and why is added to ``wrong``.
    """
    settings, model = _settings(home)
    try:
        return settings, Hospital("") if model is None else usable_hospital(model)
    except (CodeDarkError, OSError) as error:
        wrong.append(f"the model cannot be used, and nothing can be ordered with it: {error}")
        return settings, Hospital("")


def _settings(home: Path) -> tuple[EnforceSettings, Path | None]:
    """``[enforce]``, and where the model lies."""
    refuse_elsewhere(home)
    configuration = load(home)
    settings = enforce_settings(configuration.enforce, f"{home / FILE}: [enforce]")
    return settings, None if configuration.hospital is None else home / configuration.hospital


def refuse_other_user(home: Path) -> None:
    """Raise `UsageError` where somebody else owns the folder: his watch could not read what is written there."""
    owner = home.stat().st_uid
    if owner == os.geteuid():
        return
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        name = f"#{owner}"
    raise UsageError(
        f"{home} belongs to {name}, whose watch could not read what others write there: run this as {name}, as in"
        f" `sudo -u {name} codedark contain ...`"
    )


def stamp(home: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes when a file of the configuration or of the model does; they lie in ``home``."""
    found = []
    for path in sorted(home.iterdir()):
        if path.suffix in _READ and path.name != APPROVERS:
            with suppress(OSError):  # replaced just now
                found.append((path.name, path.stat().st_mtime_ns, path.stat().st_size))
    return tuple(found)


def read_holding(home: Path) -> Holding:
    """What the log says now, without waiting for who writes it. Raises `UsageError`, `UnusableInput` and OSError."""
    refuse_elsewhere(home)
    try:
        return folded(decoded(line.text) for line in read_case_log(home / CASE_LOG))
    except ValueError as error:
        raise UnusableInput(f"{error}: look at it with the version that wrote it") from error


def refuse_elsewhere(home: Path) -> None:
    """Raise `UsageError` for a folder that is not there: that nothing stands must not be told of it."""
    if not home.is_dir():
        raise UsageError(
            f"{home}: there is no such folder: say with --home where the installation is, or make one with"
            f" `codedark init --home {home}`"
        )
