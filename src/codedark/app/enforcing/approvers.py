"""``approvers.yaml``: who may say yes, and the trace of each one's own passphrase (scrypt, RFC 7914, with salt).

Nothing of it is in Active Directory, which may be what was attacked. The file is written as a whole, for its owner.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from codedark.app.enforcing.naming import same_person
from codedark.app.sections import in_plain_words
from codedark.errors import UnusableInput, UsageError
from codedark.store.durable import put

FILE: Final = "approvers.yaml"
LEAST_LETTERS: Final = 12
_COST, _BLOCK, _PARALLEL = 1 << 15, 8, 1
"""32 MiB and about a tenth of a second for each try."""
_MOST_BYTES: Final = 64 << 20
_HEAD: Final = (
    "# Who may approve plans. Change it with `codedark contain approver`; the traces cannot be turned back.\n"
)


class Approver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person. ``clinical``: answers for patients. ``trace`` is ``scrypt COST SALT HASH``, the last two as hex."""

    name: str
    role: str
    clinical: bool
    trace: str

    @property
    def record(self) -> str:
        """The SHA-256 of all of it, as the case log has it."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()

    def has(self, passphrase: str) -> bool:
        """Whether this is the passphrase. It takes as long for a wrong one."""
        kind, cost, salt, digest = (*self.trace.split(), "", "", "", "")[:4]
        try:
            if kind != "scrypt":
                raise ValueError(kind)
            found = _scrypt(passphrase, bytes.fromhex(salt), int(cost))
        except ValueError as error:
            raise UnusableInput(
                f"{FILE}: the trace of {self.name} is no scrypt of ours: set a new passphrase"
            ) from error
        return hmac.compare_digest(found.hex(), digest)


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    approvers: tuple[Approver, ...] = ()


def approver(name: str, role: str, passphrase: str, *, clinical: bool) -> Approver:
    """A new entry. Raises `UsageError` for a passphrase that is soon guessed, or a name that says nothing."""
    if not same_person(name) or not role.strip():
        raise UsageError("an approver needs a name and a role")
    if len(passphrase) < LEAST_LETTERS:
        raise UsageError(
            f"this passphrase is shorter than {LEAST_LETTERS} letters: four or five words are easy to keep"
        )
    salt = secrets.token_bytes(16)
    trace = f"scrypt {_COST} {salt.hex()} {_scrypt(passphrase, salt, _COST).hex()}"
    return Approver(" ".join(name.split()), " ".join(role.split()), clinical, trace)


def read_approvers(home: Path) -> tuple[Approver, ...]:
    """Everybody in the file, in its order; nobody where there is no file. Raises `UnusableInput` and `UsageError`."""
    path = home / FILE
    if not path.exists():
        return ()
    try:
        if path.stat().st_mode & 0o022:
            raise UsageError(f"{path}: others than its owner can write it: chmod 600 {path}")
        read = msgspec.convert(yaml.safe_load(path.read_text("utf-8")) or {}, _Table)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UnusableInput(f"{path}: cannot be read ({error}): put a copy of it back") from error
    except msgspec.ValidationError as error:
        raise UnusableInput(f"{path}: {in_plain_words(error)}: put a copy of it back") from error
    names = [same_person(each.name) for each in read.approvers]
    if twice := {name for name in names if names.count(name) > 1}:
        raise UnusableInput(f"{path}: {min(twice)} is in it twice: one person has one entry")
    return read.approvers


def write_approvers(home: Path, approvers: Iterable[Approver]) -> None:
    """Replace the file as a whole, on disk when this returns; only its owner reads it."""
    document: dict[str, Any] = {"approvers": [msgspec.to_builtins(each) for each in approvers]}
    text = _HEAD + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    put(home / FILE, text.encode(), 0o600)


def with_approver(approvers: Collection[Approver], added: Approver, *, replace: bool) -> tuple[Approver, ...]:
    """All with the new one. Raises `UsageError` where that person is there and is not to be replaced."""
    others = tuple(each for each in approvers if same_person(each.name) != same_person(added.name))
    if len(others) < len(approvers) and not replace:
        raise UsageError(f"{added.name} is an approver already: say --replace for a new passphrase, role or both")
    return (*others, added)


def named(approvers: Collection[Approver], name: str) -> Approver:
    """The entry of a person, however the name is written. Raises `UsageError` with who there is."""
    known = {same_person(each.name): each for each in approvers}
    if not known:
        raise UsageError("there are no approvers yet: `codedark contain approver add` makes the first two")
    if same_person(name) not in known:
        near = get_close_matches(same_person(name), known, 1, 0.6)
        meant = f"did you mean {known[near[0]].name}?" if near else f"there are {', '.join(e.name for e in approvers)}"
        raise UsageError(f"{name} is no approver: {meant}")
    return known[same_person(name)]


def _scrypt(passphrase: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(
        passphrase.encode("utf-8", "surrogateescape"), salt=salt, n=cost, r=_BLOCK, p=_PARALLEL, maxmem=_MOST_BYTES
    )
