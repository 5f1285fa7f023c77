"""Packs that a ward refused, each with why, for whoever looks into it: the last eight, and each of them once.

    aside/0123456789abcdef.pack  what came
    aside/0123456789abcdef.json  why, when first, and whether a person may take it; there is nothing aside without it

That a pack cannot be put here (a full disk) is told and is no error: it is refused all the same.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from codedark.continuity.packs.manifest import SetAside
from codedark.errors import UsageError
from codedark.store.durable import put

_MOST: Final = 8
_NAME_LETTERS: Final = 16


class Aside(msgspec.Struct, frozen=True):
    """One of them. ``name`` is the beginning of its SHA-256."""

    name: str
    reason: str
    may_be_taken: bool
    first_us: int


_decoder: Final = msgspec.json.Decoder(Aside)


class PacksAside:
    """Those in a folder, which is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, file: bytes, why: SetAside, now_us: int) -> str:
        """Keep what came; empty, or what is to be told besides the reason.

        1. What came is on disk, then why: one that was cut short has no why, and goes the next time.
        2. All but the last eight go.
        """
        name = hashlib.sha256(file).hexdigest()[:_NAME_LETTERS]
        try:
            self._folder.mkdir(exist_ok=True, mode=0o700)
            if not self._why(name).exists():
                put(self._pack(name), file, 0o600)  # (1)
                told = Aside(name, why.reason, why.may_be_taken, now_us)
                put(self._why(name), msgspec.json.encode(told), 0o600)
            self._tidy()  # (2)
        except OSError as error:
            return f" (and it could not be kept to be looked at: {error.strerror})"
        return ""

    def all(self) -> tuple[Aside, ...]:
        """What is aside, the oldest first."""
        found = []
        for path in self._folder.glob("*.json"):
            try:
                found.append(_decoder.decode(path.read_bytes()))
            except (OSError, msgspec.MsgspecError):
                found.append(Aside(path.stem, "why it was refused cannot be read", may_be_taken=False, first_us=0))
        return tuple(sorted(found, key=lambda each: (each.first_us, each.name)))

    def file(self, name: str) -> bytes:
        """A pack that a person wants to take; raises `UsageError` where there is none that may be taken."""
        found = next((each for each in self.all() if each.name == name), None)
        if found is None:
            raise UsageError(f"nothing of the name {name} is set aside: `codedark ward status` lists what is")
        if not found.may_be_taken:
            raise UsageError(f"{name} may not be taken by anybody: {found.reason}")
        return self._pack(name).read_bytes()

    def drop(self, name: str) -> None:
        """Forget one; raises OSError."""
        self._why(name).unlink(missing_ok=True)
        self._pack(name).unlink(missing_ok=True)

    def _tidy(self) -> None:
        for gone in self.all()[:-_MOST]:
            self.drop(gone.name)
        for path in [*self._folder.glob("*.pack"), *self._folder.glob("*.new")]:
            if not self._why(path.name.split(".")[0]).exists():
                path.unlink(missing_ok=True)

    def _pack(self, name: str) -> Path:
        return self._folder / f"{name}.pack"

    def _why(self, name: str) -> Path:
        return self._folder / f"{name}.json"
