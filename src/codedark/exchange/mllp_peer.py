"""One connection of an MLLP receiver, plain or over TLS: bytes in and out without ever waiting, and who it is.

A TLS connection shakes hands first, piece by piece like everything else, so that half a handshake keeps nobody waiting.
"""

from __future__ import annotations

import selectors
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

from codedark.exchange.mllp_frames import Frames

_READ_BYTES: Final = 1 << 16
_NAMES: Final = frozenset({"DNS", "IP Address", "email", "URI"})


@dataclass(frozen=True, slots=True)
class Listener:
    """Where to listen (``port`` 0: any that is free), and for whom.

    Without ``tls`` nothing is encrypted. ``allow``: networks from which connections are taken; none: from anywhere.
    ``names``: of client certificates, any of which must be in one that ``tls`` asks for; none: any that it trusts.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    allow: tuple[IPv4Network | IPv6Network, ...] = ()
    names: frozenset[str] = frozenset()

    def lets(self, address: str) -> bool:
        """Whether a connection from this address is taken."""
        at: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
        at = at.ipv4_mapped or at if isinstance(at, IPv6Address) else at
        return not self.allow or any(at in network for network in self.allow)


class Refused(Exception):
    """Whoever called is not let in; the text says why."""


class Peer:
    """A connection that was accepted by ``listener`` from ``address`` at ``now`` (seconds of any clock)."""

    def __init__(
        self, connection: socket.socket, listener: Listener, address: str, most_bytes: int, now: float
    ) -> None:
        self.address: Final = address
        self.began: Final = now
        self.frames: Final = Frames(most_bytes)
        self.unsent: Final = bytearray()
        self.source = f"mllp://{address}"
        self.has_spoken = False
        """Whether it ever gave a whole message."""
        self.is_over = False
        self._names: Final = listener.names
        self._wants_write = False
        connection.setblocking(False)
        self.is_shaking = listener.tls is not None
        self.connection: Final = (
            listener.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            if listener.tls is not None
            else connection
        )

    def shake(self) -> None:
        """Go on with the handshake. Raises `Refused`, OSError."""
        assert isinstance(self.connection, ssl.SSLSocket)
        self._wants_write = False
        try:
            self.connection.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLWantWriteError:
            self._wants_write = True
            return
        self.is_shaking = False
        named = names_in(self.connection.getpeercert())
        if self._names and not named & self._names:
            raise Refused(f"its certificate is of {', '.join(sorted(named)) or 'nobody'}, who is not on the list")

    def read(self) -> bytes | None:
        """What has come, up to some tens of kilobytes; None: nothing now; empty: the other side has ended."""
        self._wants_write = False
        try:
            octets = self.connection.recv(_READ_BYTES)
            if isinstance(self.connection, ssl.SSLSocket):
                while octets and len(octets) < _READ_BYTES and (left := self.connection.pending()):
                    octets += self.connection.recv(left)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except ssl.SSLWantWriteError:
            self._wants_write = True
            return None
        except OSError:
            return b""
        return octets

    def send(self) -> bool:
        """Send what can be sent of ``unsent``; whether the connection stands."""
        try:
            while self.unsent:
                del self.unsent[: self.connection.send(self.unsent)]
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return True
        except OSError:
            return False
        return True

    @property
    def wanted(self) -> int:
        """What to wait for (`selectors`)."""
        write = selectors.EVENT_WRITE if self.unsent or self._wants_write else 0
        return write | (0 if self.is_over else selectors.EVENT_READ)


def names_in(certificate: Mapping[str, Any] | None) -> frozenset[str]:
    """The names in a verified certificate, as ``getpeercert`` gives it: alternative names, and the common name."""
    told = certificate or {}
    common = {value for part in told.get("subject", ()) for name, value in part if name == "commonName"}
    return frozenset({value for kind, value in told.get("subjectAltName", ()) if kind in _NAMES} | common)
