"""Compiled rules on disk, named by what they were compiled from, so that compiling is not repeated.

The name is a hash of the rule files (names and contents), the placeholder values, the log-source map and the version of
the engine; a change of any of them is another entry. A cache that cannot be read or written costs
time, never a hunt.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from codedark.detect.sigma.rulebook import ENGINE_VERSION, Rulebook

_KEPT = 16


def key_of(files: Iterable[tuple[str, bytes]], placeholders: Mapping[str, Sequence[str]], routing: str) -> str:
    """The name of the entry for rules compiled from these texts."""
    digest = hashlib.sha256(f"{ENGINE_VERSION}\0{routing}\0".encode())
    digest.update(repr(sorted((name, list(values)) for name, values in placeholders.items())).encode())
    for path, text in files:
        digest.update(f"\0{path}\0{len(text)}\0".encode("utf-8", "surrogateescape"))
        digest.update(text)
    return digest.hexdigest()


class RuleCache:
    """Entries in ``folder``, which only its owner can write: an entry is trusted like the program."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, key: str) -> Rulebook | None:
        """The entry, or None when there is none that can be read."""
        path = self._path(key)
        try:
            if path.stat().st_uid != os.getuid():
                return None
            rulebook = pickle.loads(path.read_bytes())  # noqa: S301 - written by `save` for this user only
        except (
            OSError,
            pickle.UnpicklingError,
            EOFError,
            AttributeError,
            ImportError,
            IndexError,
            TypeError,
            ValueError,
        ):
            return None
        return rulebook if isinstance(rulebook, Rulebook) else None

    def save(self, key: str, rulebook: Rulebook) -> None:
        """Write the entry in one step, and let the oldest go when there are too many."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(pickle.dumps(rulebook, 5))
            Path(file.name).replace(self._path(key))
            entries = sorted(self._folder.glob("*.rules"), key=lambda path: path.stat().st_mtime)
            for old in entries[:-_KEPT]:
                old.unlink(missing_ok=True)
        except OSError:
            return

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.rules"
