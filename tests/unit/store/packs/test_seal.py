"""A sealed pack is read by its ward and by the recovery key alone, and any altered byte of it is found."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from functools import cache
from pathlib import Path

import pyrage
import pytest
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from codedark.continuity.packs.manifest import Accepted, check
from codedark.continuity.packs.pack_data import FILE, from_bytes, to_bytes
from codedark.store.packs.seal import HEAD_BYTES, NotAPack, pressed, read_sealed, seal, sealed_pack, told_of, unseal
from tests.ward_charts import HOSPITAL, NOW_US, WARD, pack

FILES = {FILE: to_bytes(pack()), "page.html": b"<!doctype html>" * 100, "prints.pdf": bytes(range(256)) * 50}
WARD_KEY, RECOVERY_KEY, OTHER_KEY = (pyrage.x25519.Identity.generate() for _ in range(3))
SIGNING = Ed25519PrivateKey.generate()
VERIFYING = SIGNING.public_key().public_bytes_raw()


@cache
def a_file() -> bytes:
    recipients = [str(WARD_KEY.to_public()), str(RECOVERY_KEY.to_public())]
    return sealed_pack(pack(), FILES, recipients, SIGNING.private_bytes_raw())


def accepted(file: bytes) -> bool:
    """Whether a ward would take it, from its first byte to its files."""
    try:
        sealed = read_sealed(file, VERIFYING)
        if not isinstance(check(sealed.received, HOSPITAL, WARD, None, NOW_US), Accepted):
            return False
        unseal(sealed.content, str(WARD_KEY))
    except NotAPack:
        return False
    return True


def test_pack_as_data_comes_back_and_is_the_same_bytes_each_time() -> None:
    assert from_bytes(to_bytes(pack())) == pack()
    assert to_bytes(from_bytes(to_bytes(pack()))) == to_bytes(pack())


def test_a_pack_of_before_whose_silent_feeds_were_english_sentences_is_still_read() -> None:
    before = json.loads(to_bytes(pack())) | {"stalled": ["EHR has told nothing since 12.01.2026 00:00."]}
    assert from_bytes(json.dumps(before).encode()) == pack()


def test_half_character_of_a_broken_feed_keeps_no_pack_from_being_made() -> None:
    broken = replace(pack(), ward_name="Ward \ud83d")
    assert from_bytes(to_bytes(broken)) == replace(pack(), ward_name="Ward ?")


@pytest.mark.parametrize("key", [WARD_KEY, RECOVERY_KEY])
def test_ward_and_recovery_key_open_it(key: pyrage.x25519.Identity) -> None:
    assert accepted(a_file())
    assert unseal(read_sealed(a_file(), VERIFYING).content, f"{key}\n") == FILES


def test_another_ward_does_not_open_it() -> None:
    with pytest.raises(NotAPack, match="sealed for another ward"):
        unseal(read_sealed(a_file(), VERIFYING).content, str(OTHER_KEY))


def test_nothing_of_a_patient_is_in_the_clear() -> None:
    assert b"Peeters" not in a_file()
    assert b"penicillin" not in a_file()


def test_manifest_is_read_from_the_beginning_alone() -> None:
    assert told_of(a_file()[:HEAD_BYTES]).counter == 1


def positions() -> list[int]:
    """A byte of each part, and every 37th: magic, length, the manifest, the signature, age's head, content."""
    length = int.from_bytes(a_file()[8:12], "little")
    edges = [0, 7, 8, 9, 10, 11, 12, 12 + length - 1, 12 + length, 12 + length + 63, 12 + length + 64]
    return sorted({*edges, *range(0, len(a_file()), 37), len(a_file()) - 1})


def test_altered_byte_at_every_kind_of_place_is_found() -> None:
    taken = []
    for place in positions():
        altered = bytearray(a_file())
        altered[place] ^= 1
        taken += [place] if accepted(bytes(altered)) else []
    assert taken == []
    assert len(positions()) > 50


@pytest.mark.parametrize("length", [0, 7, 11, 12, 100, 400, 600, 700])
def test_pack_that_ends_early_is_found(length: int) -> None:
    assert not accepted(a_file()[:length])
    assert not accepted(a_file()[: -1 - length])


def test_pack_with_something_behind_it_is_found() -> None:
    assert not accepted(a_file() + b"x")


def test_pack_signed_by_somebody_else_is_found() -> None:
    theirs = sealed_pack(pack(9), FILES, [str(WARD_KEY.to_public())], Ed25519PrivateKey.generate().private_bytes_raw())
    assert not read_sealed(theirs, VERIFYING).received.is_signed


@pytest.mark.parametrize("name", ["../page.html", "/page.html", "a\\b", "C:x", ".."])
def test_file_that_would_leave_its_folder_is_refused(name: str) -> None:
    with pytest.raises(NotAPack, match="may not be there"):
        unseal(seal({name: b"x"}, [str(WARD_KEY.to_public())]), str(WARD_KEY))


def test_link_is_refused() -> None:
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w") as tar:
        link = tarfile.TarInfo("page.html")
        link.type, link.linkname = tarfile.SYMTYPE, "elsewhere"
        tar.addfile(link)
    content = pyrage.encrypt(zstandard.compress(tarred.getvalue()), [WARD_KEY.to_public()])
    with pytest.raises(NotAPack, match="may not be there"):
        unseal(content, str(WARD_KEY))


def test_content_that_is_no_archive_is_refused() -> None:
    with pytest.raises(NotAPack, match="cannot be unpacked"):
        unseal(pyrage.encrypt(b"not zstd", [WARD_KEY.to_public()]), str(WARD_KEY))
    with pytest.raises(NotAPack, match="no secret key of age"):
        unseal(b"", "hunter2")


def test_sealed_content_is_opened_by_tar_and_zstd_alone(tmp_path: Path) -> None:
    compressed = pyrage.decrypt(read_sealed(a_file(), VERIFYING).content, [RECOVERY_KEY])
    (tmp_path / "pack.tar").write_bytes(zstandard.decompress(compressed, max_output_size=1 << 20))
    listed = subprocess.run(["tar", "tf", str(tmp_path / "pack.tar")], capture_output=True, text=True, check=True)
    assert listed.stdout.split() == sorted(FILES)


def test_a_file_that_grows_when_it_is_read_is_refused() -> None:
    """A sparse file of ten gigabytes takes one kilobyte in a tar: whoever can sign could fill a ward's memory."""
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w", format=tarfile.PAX_FORMAT) as tar:
        sparse = tarfile.TarInfo("page.html")
        sparse.size = 1
        sparse.pax_headers = {"GNU.sparse.size": "10000000000", "GNU.sparse.map": "0,1"}
        tar.addfile(sparse, io.BytesIO(b"x"))
    compressed = zstandard.ZstdCompressor().compress(tarred.getvalue())
    content = pyrage.encrypt(compressed, [pyrage.x25519.Recipient.from_str(str(WARD_KEY.to_public()))])
    with pytest.raises(NotAPack, match="may not be there"):
        unseal(bytes(content), str(WARD_KEY))


def test_documents_that_were_pressed_before_are_found_beside_the_others_and_the_newer_of_a_name_holds() -> None:
    beside = pressed({"census.pdf": b"of ten minutes ago", "own.pdf": b"older"})
    sealed = seal({"page.html": b"new", "own.pdf": b"newer"}, [str(WARD_KEY.to_public())], beside)
    found = unseal(sealed, str(WARD_KEY))
    assert found == {"census.pdf": b"of ten minutes ago", "own.pdf": b"newer", "page.html": b"new"}
