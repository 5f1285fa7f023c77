"""A pack as bytes and back: JSON with its fields by name, the same bytes for the same pack."""

from __future__ import annotations

import json
from typing import Final

import msgspec

from codedark.continuity.packs.pack import Pack

FILE: Final = "pack.json"
"""Its name in a sealed pack."""
_encoder: Final = msgspec.json.Encoder(order="deterministic")
_decoder: Final = msgspec.json.Decoder(Pack)


def to_bytes(pack: Pack) -> bytes:
    """All of it. Half characters that UTF-8 cannot hold, which a broken feed may leave, become question marks."""
    try:
        return _encoder.encode(pack)
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(pack, order="deterministic")
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def from_bytes(held: bytes) -> Pack:
    """The pack; raises ValueError, which says what is wrong with which field."""
    return _decoder.decode(held)
