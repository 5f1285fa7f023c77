"""Who may post: tokens, compared in constant time, in the three ways in which senders show them.

``Authorization: Bearer <token>`` (RFC 6750), ``Basic`` with the token as password (RFC 7617), and Elastic's ``ApiKey``,
the base64 of ``id:token``. Only digests of tokens are kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping


class Tokens:
    """The tokens that are valid, each under the name that stands in the source of what it lets in."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self._digests = {name: _digest(token) for name, token in tokens.items()}

    def __bool__(self) -> bool:
        return bool(self._digests)

    def name_of(self, authorization: str) -> str | None:
        """Whose token an ``Authorization`` header shows; None where it shows none that is valid."""
        shown = _digest(_secret(authorization))
        found = None
        # All are compared, so that the time taken tells nothing.
        for name, digest in self._digests.items():
            if hmac.compare_digest(digest, shown):
                found = name
        return found


def _secret(authorization: str) -> str:
    scheme, _, value = authorization.strip().partition(" ")
    value = value.strip()
    if scheme.lower() == "bearer":
        return value
    if scheme.lower() not in {"basic", "apikey"}:
        return ""
    try:
        text = base64.b64decode(value, validate=True).decode()
    except ValueError:
        # No base64, or no UTF-8 in it.
        return ""
    return text.partition(":")[2]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
