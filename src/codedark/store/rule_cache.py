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
from importlib.metadata import version
from pathlib import Path

from codedark.detect.sigma.rulebook import ENGINE_VERSION, Rulebook

_KEPT = 16
_DIGEST_BYTES = hashlib.sha256().digest_size


def key_of(files: Iterable[tuple[str, bytes]], placeholders: Mapping[str, Sequence[str]], routing: str) -> str:
    """The name of the entry for rules compiled from these texts."""
    versions = f"{ENGINE_VERSION}\0{version('pysigma')}\0{version('codedark')}"
    digest = hashlib.sha256(f"{versions}\0{routing}\0".encode())
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
        """The entry, or None when there is none that is whole and ours."""
        try:
            if not self._is_ours():
                return None
            entry = self._path(key).read_bytes()
            digest, packed = entry[:_DIGEST_BYTES], entry[_DIGEST_BYTES:]
            if hashlib.sha256(packed).digest() != digest:
                return None
            rulebook = pickle.loads(packed)  # noqa: S301 - written by `save`, in a folder that only we can write
        except (OSError, pickle.UnpicklingError, AttributeError, ImportError, TypeError, ValueError):
            return None
        return rulebook if isinstance(rulebook, Rulebook) else None

    def save(self, key: str, rulebook: Rulebook) -> None:
        """Write the entry in one step, and let the oldest go when there are too many."""
        packed = pickle.dumps(rulebook, 5)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not self._is_ours():
                return
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(hashlib.sha256(packed).digest() + packed)
            Path(file.name).replace(self._path(key))
            entries = sorted(self._folder.glob("*.rules"), key=lambda path: path.stat().st_mtime)
            for old in entries[:-_KEPT]:
                old.unlink(missing_ok=True)
        except OSError:
            return

    def _is_ours(self) -> bool:
        """Whether the folder is ours and nobody else can write to it: an entry runs with our rights."""
        folder = self._folder.stat()
        return folder.st_uid == os.getuid() and not folder.st_mode & 0o022

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.rules"
