"""The attacks that come along, and those in a file of one's own."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from codedark.app.attack import attack
from codedark.errors import UsageError
from codedark.simulate.attacks import Script, script_of

_YAML = frozenset({".yaml", ".yml"})
_FOLDER = files("codedark") / "content" / "attacks"


def names() -> list[str]:
    """The attacks that come along."""
    return sorted(entry.name.removesuffix(".yaml") for entry in _FOLDER.iterdir() if entry.name.endswith(".yaml"))


def script_named(name: str) -> Script:
    """The attack that comes along under that name, or that is told in the file of that name.

    Raises `UsageError` where there is neither, and what `script_of` raises.
    """
    if name in names():
        return script_of((_FOLDER / f"{name}.yaml").read_bytes(), name, attack().techniques.keys())
    path = Path(name)
    if not path.is_file():
        if path.suffix in _YAML:
            raise UsageError(f"{name}: no such file; name a YAML file of steps, or one of {', '.join(names())}")
        close = get_close_matches(name, names(), 1)
        meant = f"did you mean {close[0]}? " if close else ""
        raise UsageError(f"{name}: no such attack; {meant}there are {', '.join(names())}, or name a YAML file of steps")
    return script_of(path.read_bytes(), name, attack().techniques.keys())
