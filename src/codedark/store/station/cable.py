"""What two stations say to each other over a cable: which links each has, and those that the other lacks.

It is sealed with AES-256-GCM (NIST SP 800-38D) under a key that both ends derive (HKDF-SHA256, RFC 5869) from the
ward's transport key, which every PC of the ward holds. An answer is bound to its question. Somebody on the cable can
read nothing, add nothing, and answer nothing. An old question, sent again, changes nothing: links are a union.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from codedark.continuity.entries.entry import Purpose, bound, canonical, entry_of
from codedark.errors import UnusableInput
from codedark.events.record import Rejected
from codedark.store.station.identity import Identity
from codedark.store.station.links import Link
from codedark.store.station.union import Union

_NONCE_BYTES: Final = 12
_INFO: Final = b"codedark ward cable 1"
_MOST_LINKS: Final = 5_000
"""In one message; the next brings more."""


class Said(msgspec.Struct, frozen=True):
    """A station's name and purpose, the ends of the chains that it has, and links that the other lacks, as it
    believes.
    """

    station: str
    tips: tuple[str, ...]
    links: tuple[tuple[str, bytes], ...] = ()
    """The hash before, and the bytes of the entry."""
    has_more: bool = False
    marks: tuple[str, ...] = ()
    """Links behind those ends, further and further apart: what both have is found although each end is new to the
    other, as of a disk that was put back to an earlier day and went on.
    """
    purpose: Purpose = Purpose.CARE


class Seal:
    """The key of a ward's cables."""

    def __init__(self, secret: str) -> None:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(secret.encode())
        self._aead = AESGCM(key)

    def close(self, said: Said, question: bytes = b"") -> bytes:
        """The octets of what is said, as an answer to the octets of a ``question`` if there is one."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, msgspec.msgpack.encode(said), question[:_NONCE_BYTES])

    def open(self, octets: bytes, question: bytes = b"") -> Said:
        """Raises `UnusableInput` for what no station of this ward said."""
        try:
            plain = self._aead.decrypt(octets[:_NONCE_BYTES], octets[_NONCE_BYTES:], question[:_NONCE_BYTES])
            return msgspec.msgpack.decode(plain, type=Said)
        except (InvalidTag, ValueError, msgspec.DecodeError) as error:
            raise UnusableInput("this was said by no station of this ward") from error


def said_to(identity: Identity, union: Union, tips: Sequence[str] | None) -> Said:
    """What a station says to one that has these ends and marks; None where they are not known yet: only its own."""
    name, purpose = identity
    lacking = union.beyond(tips) if tips is not None else []
    links = tuple((each.before, canonical(each.entry)) for each in lacking[:_MOST_LINKS])
    ends, marks = tuple(sorted(union.tips())), tuple(sorted(union.marks()))
    return Said(name, ends, links, len(lacking) > _MOST_LINKS, marks, purpose)


def links_of(said: Said, union: Union, purpose: Purpose = Purpose.CARE) -> list[Link]:
    """The links of what was said, checked: each is bound to the beginning for this purpose, or to one that is here or
    came before it. Others are left.
    """
    found: dict[str, Link] = {}
    for before, text in said.links:
        entry = entry_of(text, said.station)
        if isinstance(entry, Rejected) or canonical(entry) != text:
            continue
        if before == purpose.begins:
            number = 0
        elif before in found and found[before].station == entry.station:
            number = found[before].number
        elif union.station(before) == entry.station:
            number = union.number(before)
        else:
            continue
        link = Link(bound(before, text), before, entry.station, number + 1, entry)
        found[link.hash] = link
    return list(found.values())
