"""The keys of packs: made once, on a computer that is on no network, and carried to where each belongs.

    builder/keys.json       the signing key, and of each ward the public keys and the wrapped page key: to the server
    builder/counters.json   the numbers of packs, from 0
    public.json             what packs are checked with: to whoever wants to check one
    wards/WARD.json         the ward's transport key, and the public key that packs are signed with: to the ward
    recovery.key            opens every pack that is ever sealed: to the safe
    cards.html              each ward's passphrase, to be printed, and then deleted

The server can sign and cannot read; a ward can read its own and cannot sign. All files are for their owner alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple, TypeVar
from urllib.parse import quote

import msgspec
import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from codedark.continuity.packs.numbers import MOST_WARDS
from codedark.continuity.packs.page_lock import WardPageKey
from codedark.errors import UnusableInput, UsageError
from codedark.hospital.ward import WardId
from codedark.store.packs.page_lock import ROUNDS, new_page_key

KEYS: Final = "keys.json"
_WORDS: Final = 6
_Keys = TypeVar("_Keys")


class WardKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the builder has of a ward: nothing secret. ``number`` is that of its blocks of numbers, for ever."""

    number: int
    name: str
    transport: str
    page: WardPageKey


class BuilderKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the builder has. ``signing`` (32 bytes, Ed25519) is secret, ``recovery`` and all of ``wards`` are public."""

    hospital: str
    signing: bytes
    recovery: str
    wards: dict[str, WardKeys]

    @property
    def verifying(self) -> bytes:
        """The public half of the signing key."""
        return Ed25519PrivateKey.from_private_bytes(self.signing).public_key().public_bytes_raw()


class StationKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a ward has. ``transport`` (age's secret key) is secret. ``number`` is `WardKeys.number`; None in files that
    were made before it stood in them.
    """

    hospital: str
    ward: str
    ward_name: str
    verifying: bytes
    transport: str
    number: int | None = None


class PublicKey(msgspec.Struct, frozen=True):
    """What anybody may have, to check who made a pack. The builder's and a ward's file hold it too."""

    hospital: str
    verifying: bytes


class Ceremony(NamedTuple):
    """All keys as they are made: the builder's, those of the wards that are new, their passphrases by ward, and the
    recovery key, None where the hospital has one already.
    """

    builder: BuilderKeys
    stations: Mapping[WardId, StationKeys]
    passphrases: Mapping[WardId, str]
    recovery: str | None


def make_keys(
    hospital: str,
    wards: Mapping[WardId, str],
    before: BuilderKeys | None = None,
    rounds: int = ROUNDS,
    renewed: Collection[WardId] = (),
) -> Ceremony:
    """Keys for ``wards`` (their names by id). Wards that have keys in ``before`` keep them; of those in ``renewed``,
    whose card was lost, only passphrase and page key are new. Raises `UsageError`.
    """
    if before is not None and before.hospital != hospital:
        raise UsageError(f"these are the keys of {before.hospital}, and this is {hospital}: give another folder")
    recovery = None if before else pyrage.x25519.Identity.generate()
    known = dict(before.wards) if before else {}
    signing = before.signing if before else Ed25519PrivateKey.generate().private_bytes_raw()
    passphrases, transports = {}, {}
    for ward, name in wards.items():
        if ward in known:
            if ward in renewed:
                passphrases[ward] = new_passphrase()
                known[ward] = msgspec.structs.replace(known[ward], page=new_page_key(passphrases[ward], rounds))
            continue
        number = max((keys.number for keys in known.values()), default=-1) + 1
        if number >= MOST_WARDS:
            raise UsageError(f"there are numbers for {MOST_WARDS} wards, and {ward} is one more")
        transport, passphrase = pyrage.x25519.Identity.generate(), new_passphrase()
        known[ward] = WardKeys(number, name, str(transport.to_public()), new_page_key(passphrase, rounds))
        passphrases[ward], transports[ward] = passphrase, str(transport)
    public = before.recovery if before else str(recovery.to_public()) if recovery else ""
    builder = BuilderKeys(hospital, signing, public, known)
    stations = {
        ward: StationKeys(hospital, ward, wards[ward], builder.verifying, transport, known[ward].number)
        for ward, transport in transports.items()
    }
    return Ceremony(builder, stations, passphrases, str(recovery) if recovery else None)


def new_passphrase() -> str:
    """Six words of our list, 60 bits, which 600,000 rounds make as dear to try as 79."""
    return " ".join(secrets.choice(words()) for _ in range(_WORDS))


def words() -> Sequence[str]:
    """The list that passphrases are made of."""
    text = (files("codedark") / "content" / "continuity" / "words.txt").read_text("utf-8")
    return [word for line in text.splitlines() if not line.startswith("#") for word in line.split()]


def file_of(ward: str, ending: str) -> str:
    """The name of a ward's file, whatever its id has in it."""
    return quote(ward, safe=" ").replace(".", "%2E") + ending


def read_builder_keys(folder: Path) -> BuilderKeys:
    """From the builder's folder; raises `UnusableInput`."""
    return _read(folder / KEYS, BuilderKeys, "the folder `builder` that `codedark pack keys` made belongs here")


_WARD_HINT: Final = (
    "the ward's file that `codedark pack keys` made belongs here; name the ward's folder with --ward or CODEDARK_WARD"
)


def read_station_keys(path: Path) -> StationKeys:
    """From a ward's file; raises `UnusableInput`."""
    return _read(path, StationKeys, _WARD_HINT)


def read_public_key(path: Path) -> PublicKey:
    """From ``public.json`` or a ward's file; raises `UnusableInput`."""
    return _read(path, PublicKey, "`public.json` that `codedark pack keys` made belongs here")


def _read(path: Path, kind: type[_Keys], hint: str) -> _Keys:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise UnusableInput(f"{path}: {error.strerror}: {hint}") from error
    except msgspec.MsgspecError as error:
        raise UnusableInput(f"{path}: these are no such keys ({error}): {hint}") from error
