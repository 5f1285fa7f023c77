"""Where the census listens and for whom: ``HOME/continuity/listeners.yaml``, a list.

    - listen: 0.0.0.0:2576
      allow: [10.1.2.0/24, 10.1.3.7]         # addresses from which connections are taken; none: from anywhere
      tls:                                   # none: nothing is encrypted
        certificate: server.pem              # with its chain; paths begin where this file is
        key: server.key
        clients: clients-ca.pem              # whose certificates clients must show; none: of nobody
      names: [engine.hospital.example]       # of those certificates; none: any of these authorities

Certificates that were renewed are taken up without a restart (`Renewing`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import msgspec
import yaml
from cryptography import x509

from codedark.app.amounts import amount
from codedark.errors import UsageError
from codedark.exchange.mllp_peer import Listener
from codedark.ingest.live.tls import server_context

_FILE: Final = "listeners.yaml"
_SOON_DAYS: Final = 30


class _Tls(msgspec.Struct, forbid_unknown_fields=True):
    certificate: str
    key: str
    clients: str = ""


class _Told(msgspec.Struct, forbid_unknown_fields=True):
    listen: str
    allow: list[str] = []
    tls: _Tls | None = None
    names: list[str] = []


class Renewing:
    """The certificate of one listener: looked at again now and then, and taken up when its files have changed."""

    def __init__(self, where: str, listener: Listener, certificate: Path, key: Path) -> None:
        self._where, self._listener = where, listener
        self._certificate, self._key = certificate, key
        self._seen = self._stamp()
        self._warned = 0

    def look(self, say: Callable[[str], None]) -> None:
        """Take up what was renewed; say, once a day, that it ends soon. Files that do not fit leave the old ones."""
        stamp = self._stamp()
        if stamp != self._seen and self._listener.tls is not None:
            self._seen = stamp
            try:
                server_context(self._certificate, self._key)  # whether they fit, before anything changes
                self._listener.tls.load_cert_chain(self._certificate, self._key)
                say(f"{self._where}: takes up the renewed certificate")
            except (UsageError, OSError) as error:
                say(f"{self._where}: goes on with the old certificate: {error}")
        today = datetime.now(UTC)
        if self._warned != today.toordinal() and (left := self._days_left(today)) < _SOON_DAYS:
            self._warned = today.toordinal()
            say(f"{self._where}: its certificate ends in {amount(left, 'day')}; renew it, or senders will not trust it")

    def _stamp(self) -> tuple[int, int]:
        try:
            return self._certificate.stat().st_mtime_ns, self._key.stat().st_mtime_ns
        except OSError:
            return 0, 0

    def _days_left(self, today: datetime) -> int:
        try:
            ends = x509.load_pem_x509_certificate(self._certificate.read_bytes()).not_valid_after_utc
        except (OSError, ValueError):
            return _SOON_DAYS
        return (ends - today).days


def listeners(home: Path, listen: str, allow: list[str]) -> tuple[list[Listener], list[Renewing]]:
    """Those of the file, or the one that ``listen`` and ``allow`` name. Raises `UsageError`, naming what is wrong."""
    file = home / "continuity" / _FILE
    if listen or not file.exists():
        return [_made(_Told(listen or "127.0.0.1:2575", allow), Path(), "--listen")[0]], []
    try:
        told = msgspec.convert(yaml.safe_load(file.read_bytes()), list[_Told])
    except (OSError, yaml.YAMLError, msgspec.MsgspecError) as error:
        raise UsageError(f"{file}: a list of listen, allow, tls and names is wanted: {error}") from error
    if not told:
        raise UsageError(f"{file}: names no listener")
    made = [_made(each, file.parent, str(file)) for each in told]
    return [listener for listener, _ in made], [renewing for _, renewing in made if renewing is not None]


def said(listener: Listener, port: int) -> str:
    """A listener in a sentence: whether it is encrypted, and who may send."""
    host = f"[{listener.host}]" if ":" in listener.host else listener.host
    how = "with TLS" if listener.tls is not None else "NOT ENCRYPTED"
    asks = listener.tls is not None and listener.tls.verify_mode.name == "CERT_REQUIRED"
    whom = f"certificates of {', '.join(sorted(listener.names))}" if listener.names else "certificates that it trusts"
    where = f"from {', '.join(map(str, listener.allow))}" if listener.allow else "from ANY address"
    return f"listening on {host}:{port}, {how}, {f'with {whom}, ' if asks else ''}{where}"


def _made(told: _Told, folder: Path, where: str) -> tuple[Listener, Renewing | None]:
    host, _, port = told.listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise UsageError(f"{where}: {told.listen}: write it like 0.0.0.0:2575")
    try:
        allow = tuple(ip_network(each) for each in told.allow)
    except ValueError as error:
        raise UsageError(f"{where}: allow: {error}; write networks like 10.1.2.0/24") from error
    if told.names and (told.tls is None or not told.tls.clients):
        raise UsageError(f"{where}: names are those of client certificates, and none are asked for: name tls.clients")
    if told.tls is None:
        return Listener(host.strip("[]"), int(port), None, allow), None
    certificate, key = folder / told.tls.certificate, folder / told.tls.key
    if key.exists() and key.stat().st_mode & 0o007:
        raise UsageError(f"{key}: every user of this machine can get at it: chmod 640 {key}")
    context = server_context(certificate, key, folder / told.tls.clients if told.tls.clients else None)
    listener = Listener(host.strip("[]"), int(port), context, allow, frozenset(told.names))
    return listener, Renewing(told.listen, listener, certificate, key)
