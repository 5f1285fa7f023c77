"""The lock of a ward's page: encrypted for the ward's key, which the ward's passphrase opens, in any browser.

Primitives are those that every browser of the last ten years has in WebCrypto: ECDH on P-256 (NIST SP 800-56A),
HKDF-SHA256 (RFC 5869), AES-256-GCM (NIST SP 800-38D), PBKDF2-SHA256 (RFC 8018). Compression is gzip (RFC 1952). The
exact form, for whoever opens it elsewhere, is docs/reference/packs.md; decision 16 says why.
"""

from __future__ import annotations

import gzip
import secrets
import unicodedata
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from codedark.continuity.packs.page_lock import PageLock, WardPageKey
from codedark.errors import UsageError

ROUNDS: Final = 600_000
"""Of PBKDF2-SHA256 (OWASP Password Storage Cheat Sheet, 2023)."""
_KEY_BYTES: Final = 32
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_INFO: Final = b"codedark page lock 1"


def new_page_key(passphrase: str, rounds: int = ROUNDS) -> WardPageKey:
    """A new key of a ward, its private half under ``passphrase``. ``rounds`` are fewer only in tests."""
    private = ec.generate_private_key(ec.SECP256R1())
    public = _point(private.public_key())
    plain = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    wrapped = AESGCM(_from_passphrase(passphrase, salt, rounds)).encrypt(nonce, plain, public)
    return WardPageKey(public, salt, rounds, nonce, wrapped)


def locked(payload: bytes, ward_key: WardPageKey, about: str) -> PageLock:
    """``payload`` under a key that only the ward's can agree on again. Two locks of one payload have nothing alike.

    1. A key is made for this lock alone, and agrees with the ward's public key on 32 bytes.
    2. HKDF makes the key of the content of them, bound to both public keys.
    3. The payload is compressed, then encrypted, bound to ``about``.
    """
    ephemeral = ec.generate_private_key(ec.SECP256R1())  # (1)
    point = _point(ephemeral.public_key())
    agreed = ephemeral.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, ward_key.public))
    key = _content_key(agreed, point, ward_key.public)  # (2)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    ciphertext = AESGCM(key).encrypt(nonce, gzip.compress(payload, 6, mtime=0), about.encode())  # (3)
    return PageLock(about, ward_key, point, nonce, ciphertext)


def opened(lock: PageLock, passphrase: str) -> bytes:
    """What was locked; raises UsageError where the passphrase is another, or anything in the lock was altered.

    Steps as the browser takes them: passphrase to the private key, agreement to the key of the content, content.
    """
    key = lock.ward_key
    try:
        plain = AESGCM(_from_passphrase(passphrase, key.salt, key.rounds)).decrypt(
            key.wrap_nonce, key.wrapped, key.public
        )
    except InvalidTag as error:
        raise UsageError("this is not the passphrase of this ward: type the six words of the ward's card") from error
    try:
        private = serialization.load_der_private_key(plain, None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        agreed = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, lock.ephemeral))
        compressed = AESGCM(_content_key(agreed, lock.ephemeral, key.public)).decrypt(
            lock.nonce, lock.ciphertext, lock.about.encode()
        )
    except (InvalidTag, ValueError) as error:
        raise UsageError("the page was altered or damaged since it was made: open an older one") from error
    return gzip.decompress(compressed)


def normal(passphrase: str) -> str:
    """A passphrase as it is meant, however it was typed: small letters, one space between words, none around."""
    return " ".join(unicodedata.normalize("NFKC", passphrase).lower().replace("-", " ").split())


_CURVE: Final = ec.SECP256R1()


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def _from_passphrase(passphrase: str, salt: bytes, rounds: int) -> bytes:
    return PBKDF2HMAC(SHA256(), _KEY_BYTES, salt, rounds).derive(normal(passphrase).encode())


def _content_key(agreed: bytes, ephemeral: bytes, public: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, ephemeral + public, _INFO).derive(agreed)
