"""Addresses of senders, as they stand in the name of a source."""

from __future__ import annotations

from typing import Any


def host_of(address: Any) -> str:
    """The host of a socket address, without the form that IPv4 takes on a socket for IPv6 (RFC 4291, 2.5.5.2)."""
    host = str(address[0]) if isinstance(address, tuple) and address else "unknown"
    return host.removeprefix("::ffff:") if "." in host else host


def source_name(scheme: str, host: str, name: str = "") -> str:
    """``tcp://10.1.2.3``; with the ``name`` that a certificate or token proved, ``tls://pacs-01@10.1.2.3``."""
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}@{shown}" if name else f"{scheme}://{shown}"
