"""Sealed packs: files, tarred, compressed, encrypted for who may read them, and signed with what is told of them.

One file: ``cdpack01``, the length of the manifest (4 bytes, little-endian), the manifest (JSON), an Ed25519 signature
of all so far (64 bytes, RFC 8032), and the sealed content to the end: age (C2SP, version 1), X25519, of zstd (RFC 8878)
of tar (POSIX.1-2001). docs/reference/packs.md says how it is opened with other programs.
"""

from __future__ import annotations

import hashlib
import io
import struct
import tarfile
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
import pyrage
import zstandard
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from codedark.continuity.packs.manifest import Manifest, Received, manifest_of
from codedark.continuity.packs.pack import Pack
from codedark.errors import UnusableInput

MOST_BYTES: Final = 256 << 20
"""Of a sealed pack: thirty times what a ward of sixty beds with all its prints takes."""
_MOST_UNSEALED_BYTES: Final = 1 << 30
_MOST_MANIFEST_BYTES: Final = 64 << 10
_MAGIC: Final = b"cdpack01"
_HEAD: Final = struct.Struct("<8sI")
_SIGNATURE_BYTES: Final = 64
HEAD_BYTES: Final = _HEAD.size + _MOST_MANIFEST_BYTES + _SIGNATURE_BYTES
"""As much of a file as surely holds its manifest and signature."""
_LEVEL: Final = 9
_HARD: Final = 16
_decoder: Final = msgspec.json.Decoder(Manifest)
_encoder: Final = msgspec.json.Encoder(order="deterministic")


class NotAPack(UnusableInput):
    """Bytes that are no sealed pack, or no whole one. The message says so in plain words."""


class Sealed(NamedTuple):
    """A sealed pack that was read: what is told of it, checked against the key, and what is sealed."""

    received: Received
    content: bytes


def sealed_pack(
    pack: Pack, files: Mapping[str, bytes], recipients: Sequence[str], signing_key: bytes, beside: bytes = b""
) -> bytes:
    """The file of a pack. ``recipients`` are age's public keys, ``signing_key`` the 32 bytes of Ed25519, ``beside``
    further files that were `pressed`.
    """
    content = seal(files, recipients, beside)
    told = _encoder.encode(manifest_of(pack, hashlib.sha256(content).hexdigest(), len(content)))
    head = _HEAD.pack(_MAGIC, len(told)) + told
    return head + Ed25519PrivateKey.from_private_bytes(signing_key).sign(head) + content


def read_sealed(file: bytes, verifying_key: bytes) -> Sealed:
    """A file taken apart. Raises `NotAPack`; a wrong signature or checksum is told in what is returned, not raised."""
    manifest, end = _manifest(file)
    content = file[end:]
    try:
        Ed25519PublicKey.from_public_bytes(verifying_key).verify(file[end - _SIGNATURE_BYTES : end], _signed(file, end))
        is_signed = True
    except InvalidSignature:
        is_signed = False
    return Sealed(Received(manifest, is_signed, hashlib.sha256(content).hexdigest(), len(content)), content)


def told_of(beginning: bytes) -> Manifest:
    """The manifest at the beginning of a file (`HEAD_BYTES` suffice), not checked at all. Raises `NotAPack`."""
    return _manifest(beginning)[0]


def pressed(files: Mapping[str, bytes]) -> bytes:
    """Files for many packs, compressed once and hard: a frame of zstd that holds the beginning of a tar."""
    return zstandard.ZstdCompressor(level=_HARD).compress(_tarred(files, is_whole=False))


def seal(files: Mapping[str, bytes], recipients: Sequence[str], beside: bytes = b"") -> bytes:
    """Files that only the holders of the recipients' keys can read, and those that are `pressed` in ``beside``."""
    compressed = beside + zstandard.ZstdCompressor(level=_LEVEL).compress(_tarred(files, is_whole=True))
    return bytes(pyrage.encrypt(compressed, [pyrage.x25519.Recipient.from_str(each) for each in recipients]))


def unseal(content: bytes, identity: str) -> dict[str, bytes]:
    """The files again, by name. ``identity`` is the secret key, as age writes it. Raises `NotAPack`.

    Names are plain: no folder, nothing that leads out of the folder that they are put in.
    """
    try:
        compressed = pyrage.decrypt(content, [pyrage.x25519.Identity.from_str(identity.strip())])
    except pyrage.DecryptError as error:
        raise NotAPack("this key does not open it: it is sealed for another ward, or damaged") from error
    except pyrage.IdentityError as error:
        raise NotAPack("this is no secret key of age: it begins with AGE-SECRET-KEY-1") from error
    try:
        with zstandard.ZstdDecompressor().stream_reader(compressed, read_across_frames=True) as reader:
            tarred = reader.read(_MOST_UNSEALED_BYTES + 1)
        if len(tarred) > _MOST_UNSEALED_BYTES:
            raise NotAPack(f"what is sealed is larger than {_MOST_UNSEALED_BYTES >> 20} MiB: no ward's pack is")
        return _untarred(tarred)
    except (zstandard.ZstdError, tarfile.TarError) as error:
        raise NotAPack(f"what is sealed cannot be unpacked ({error})") from error


def _manifest(file: bytes) -> tuple[Manifest, int]:
    """What is told, and where the sealed content begins."""
    if len(file) < _HEAD.size or not file.startswith(_MAGIC):
        raise NotAPack("this is no sealed pack: it does not begin as one")
    length = _HEAD.unpack_from(file)[1]
    end = _HEAD.size + length + _SIGNATURE_BYTES
    if length > _MOST_MANIFEST_BYTES or end > len(file):
        raise NotAPack("this is no whole pack: it ends before what it tells of itself")
    try:
        return _decoder.decode(file[_HEAD.size : _HEAD.size + length]), end
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotAPack(f"what it tells of itself cannot be read ({error})") from error


def _signed(file: bytes, end: int) -> bytes:
    return file[: end - _SIGNATURE_BYTES]


def _tarred(files: Mapping[str, bytes], *, is_whole: bool) -> bytes:
    """A tar of files, or one that others go on."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size = len(files[name])
            tar.addfile(entry, io.BytesIO(files[name]))
        end = held.tell()
    return held.getvalue() if is_whole else held.getvalue()[:end]


def _untarred(tarred: bytes) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(tarred), mode="r:") as tar:
        for entry in tar:
            is_plain = entry.isreg() and not entry.issparse()  # a sparse file grows to any size when it is read
            held = tar.extractfile(entry) if is_plain else None
            if held is None or entry.name in {".", ".."} or set(entry.name) & set("/\\\0:"):
                raise NotAPack(f"what is sealed has a file that may not be there: {entry.name!r}")
            files[entry.name] = held.read()
    return files
