"""A page opens with the ward's passphrase and with nothing else, and tells a wrong passphrase from an altered page."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from functools import cache

import pytest

from codedark.continuity.packs.page_lock import PageLock, as_json, from_json
from codedark.errors import UsageError
from codedark.store.packs.page_lock import ROUNDS, locked, new_page_key, normal, opened

PASSPHRASE = "harbour lemon candle otter violin brick"
ABOUT = "St Elsewhere, ward A1 </script>, pack 12"
CONTENT = b'{"beds": 28}' * 500


@cache
def a_lock() -> PageLock:
    """Few rounds: what is tried here does not depend on their number."""
    return locked(CONTENT, new_page_key(PASSPHRASE, rounds=10), ABOUT)


@pytest.mark.parametrize(
    "typed", [PASSPHRASE, "  Harbour LEMON\tcandle  otter violin brick ", PASSPHRASE.replace(" ", "-")]
)
def test_passphrase_opens_however_it_was_typed(typed: str) -> None:
    assert opened(a_lock(), typed) == CONTENT


def test_block_in_the_page_opens_as_the_lock_does_and_cannot_end_its_script() -> None:
    block = as_json(a_lock())
    assert "<" not in block
    assert from_json(block) == a_lock()
    assert opened(from_json(block), PASSPHRASE) == CONTENT


def test_another_passphrase_is_told_in_plain_words() -> None:
    with pytest.raises(UsageError, match="not the passphrase of this ward"):
        opened(a_lock(), "harbour lemon candle otter violin stone")


def test_page_of_another_ward_needs_the_passphrase_of_that_ward() -> None:
    other = locked(CONTENT, new_page_key("other words", rounds=10), ABOUT)
    with pytest.raises(UsageError, match="not the passphrase of this ward"):
        opened(other, PASSPHRASE)


@pytest.mark.parametrize(
    "field", ["salt", "wrap_nonce", "wrapped_key", "ward_key", "ephemeral_key", "nonce", "ciphertext"]
)
@pytest.mark.parametrize("place", [0, -1])
def test_altered_byte_anywhere_is_refused(field: str, place: int) -> None:
    block = json.loads(as_json(a_lock()))
    held = bytearray(b64decode(block[field]))
    held[place] ^= 1
    block[field] = b64encode(held).decode()
    with pytest.raises(UsageError, match=r"not the passphrase|altered or damaged"):
        opened(from_json(json.dumps(block)), PASSPHRASE)


def test_name_of_another_ward_on_the_page_is_refused() -> None:
    block = json.loads(as_json(a_lock())) | {"about": "St Elsewhere, ward B2, pack 12"}
    with pytest.raises(UsageError, match="altered or damaged"):
        opened(from_json(json.dumps(block)), PASSPHRASE)


def test_two_locks_of_one_content_have_nothing_alike() -> None:
    other = locked(CONTENT, a_lock().ward_key, ABOUT)
    assert other.ephemeral != a_lock().ephemeral
    assert other.nonce != a_lock().nonce
    assert other.ciphertext[:32] != a_lock().ciphertext[:32]


@pytest.mark.parametrize("block", ["[]", "{}", '{"version": 2}', '{"version": 1}'])
def test_what_is_no_lock_is_refused(block: str) -> None:
    with pytest.raises(ValueError, match="lock"):
        from_json(block)


def test_rounds_are_those_of_the_decision() -> None:
    assert ROUNDS == 600_000
    assert normal("  A-B\u00a0c ") == "a b c"
