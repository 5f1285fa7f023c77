"""TLS for listeners: version 1.2 or later, client certificates where they are asked for, refusals in plain words.

Sources: RFC 5425 (4.2) and RFC 9662 for syslog; RFC 8996 retires TLS 1.0 and 1.1.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from codedark.errors import UsageError

_REASONS: Final = {
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "no client certificate",
    "UNSUPPORTED_PROTOCOL": "a version of TLS that is too old",
    "VERSION_TOO_LOW": "a version of TLS that is too old",
    "NO_SHARED_CIPHER": "no cipher in common",
    "HTTP_REQUEST": "plain HTTP where TLS is expected",
    "WRONG_VERSION_NUMBER": "no TLS where TLS is expected",
    "TLSV1_ALERT_UNKNOWN_CA": "the other side does not trust our certificate",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the other side does not trust our certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "the other side does not trust our certificate",
}
_NAME: Final = re.compile(r"[^\w.@+=:-]")
_NAME_CHARACTERS: Final = 64


def server_context(
    certificate: Path, key: Path, client_authorities: Path | None = None, refused: Callable[[str], None] | None = None
) -> ssl.SSLContext:
    """A context for a listener, from PEM files.

    With ``client_authorities``, a client has to show a certificate of theirs.
    ``refused`` is called with the reason of every handshake that fails. Raises `UsageError` naming the file.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"{certificate} with {key}: no certificate and key that fit: {error}") from error
    if client_authorities is not None:
        try:
            context.load_verify_locations(client_authorities)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"{client_authorities}: no certificates of authorities in PEM: {error}") from error
        context.verify_mode = ssl.CERT_REQUIRED
    if refused is not None:
        context.sslobject_class = _telling(refused)
    return context


def refusal(error: OSError) -> str:
    """Why a handshake failed, as one of a bounded number of sentences."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the client certificate: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return _REASONS.get(error.reason or "", f"TLS: {error.reason or 'the handshake was broken off'}")
    return "the connection was broken off before it was ready"


def subject_name(peer_certificate: dict[str, Any] | None) -> str:
    """The common name in a verified certificate (as ``getpeercert`` gives it), safe to stand in a source; or ""."""
    for part in (peer_certificate or {}).get("subject", ()):
        for name, value in part:
            if name == "commonName":
                return _NAME.sub("_", value)[:_NAME_CHARACTERS]
    return ""


def _telling(refused: Callable[[str], None]) -> type[ssl.SSLObject]:
    """What asyncio passes over in silence, the object that makes the handshake can tell: that it failed."""

    class TellingSslObject(ssl.SSLObject):
        def do_handshake(self) -> None:
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLError as error:
                refused(refusal(error))
                raise

    return TellingSslObject
