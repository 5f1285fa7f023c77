"""The lock of a ward's page as data: what the page holds, and what the browser needs besides the passphrase.

How it is made and opened stands in `store.page_lock`; every field is explained in docs/reference/packs.md. Nothing in
it is secret: whoever has all of it and not the passphrase has nothing.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

VERSION: Final = 1
"""Of the form of a lock. It rises when an older page could not open a newer lock."""


@dataclass(frozen=True, slots=True)
class WardPageKey:
    """A ward's key for pages. ``public`` is a point of P-256, uncompressed (65 bytes, SEC 1, 2.3.3).

    ``wrapped`` is the private half (PKCS #8, DER) under AES-256-GCM with ``wrap_nonce``; its key is PBKDF2-SHA256 of
    the ward's passphrase with ``salt`` and ``rounds``.
    """

    public: bytes
    salt: bytes
    rounds: int
    wrap_nonce: bytes
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class PageLock:
    """What is locked (``ciphertext``), and the way to it.

    ``about`` names hospital, ward and pack in the clear. It is bound to the ciphertext: a lock whose ``about`` was
    altered does not open. ``ephemeral`` is the public half of a key made for this lock alone.
    """

    about: str
    ward_key: WardPageKey
    ephemeral: bytes
    nonce: bytes
    ciphertext: bytes


def as_json(lock: PageLock) -> str:
    """The block that the page holds: one JSON object, bytes as base64 (RFC 4648, section 4). It holds no ``<``, so
    that it may stand in a ``<script type="application/json">`` as it is.
    """
    key = lock.ward_key
    block = {
        "version": VERSION,
        "about": lock.about,
        "rounds": key.rounds,
        "salt": _text(key.salt),
        "wrap_nonce": _text(key.wrap_nonce),
        "wrapped_key": _text(key.wrapped),
        "ward_key": _text(key.public),
        "ephemeral_key": _text(lock.ephemeral),
        "nonce": _text(lock.nonce),
        "ciphertext": _text(lock.ciphertext),
    }
    return json.dumps(block).replace("<", "\\u003c")


def from_json(block: str | bytes) -> PageLock:
    """The lock in a block; raises ValueError, and says what is wrong with it."""
    held = json.loads(block)
    if not isinstance(held, dict) or held.get("version") != VERSION:
        raise ValueError(f"this is no lock of version {VERSION}")
    try:
        key = WardPageKey(
            public=_bytes(held["ward_key"]),
            salt=_bytes(held["salt"]),
            rounds=int(held["rounds"]),
            wrap_nonce=_bytes(held["wrap_nonce"]),
            wrapped=_bytes(held["wrapped_key"]),
        )
        ciphertext = _bytes(held["ciphertext"])
        return PageLock(str(held["about"]), key, _bytes(held["ephemeral_key"]), _bytes(held["nonce"]), ciphertext)
    except (KeyError, TypeError) as error:
        raise ValueError(f"the lock lacks {error}") from error


def _text(held: bytes) -> str:
    return b64encode(held).decode()


def _bytes(text: str) -> bytes:
    return b64decode(text, validate=True)
