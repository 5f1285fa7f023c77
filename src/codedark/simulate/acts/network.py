"""What passes the network: connections, names, pages, shares, calls, addresses."""

from __future__ import annotations

from typing import Literal, NamedTuple

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId


class Connected(NamedTuple):
    """A connection, seen from where it started. ``seconds`` it lasted; ``state`` as Zeek's ``conn_state``.

    ``service`` as Zeek names it (``dns``, ``http``, ``ssl``, ``smb``, ``krb_tcp``, ``dce_rpc``, ``rdp``, ``ssh``), ""
    unknown.
    ``image`` and ``account`` are known where a sensor on the source sees the program; ``allowed`` is what a firewall
    between them decided.
    """

    at_us: int
    source: str
    source_port: int
    target: str
    target_port: int
    protocol: Literal["tcp", "udp", "icmp"]
    service: str
    sent: int
    received: int
    seconds: float
    state: str = "SF"
    image: str = ""
    account: AccountId = AccountId("")
    process_id: int = 0
    allowed: bool = True
    step: str = ""


class NameAsked(NamedTuple):
    """A DNS question and its answers; ``rcode`` ``NOERROR`` or ``NXDOMAIN``. The answering server is the site's
    first DNS server.
    """

    at_us: int
    host: AssetId
    name: str
    query_type: str
    answers: tuple[str, ...]
    rcode: str = "NOERROR"
    image: str = ""
    process_id: int = 0
    step: str = ""


class PageFetched(NamedTuple):
    """A web request through the proxy, or plain inside the house (``proxied`` false). ``sent`` and ``received`` in
    bytes.
    """

    at_us: int
    host: AssetId
    account: AccountId
    method: str
    scheme: Literal["http", "https"]
    server: str
    path: str
    status: int
    sent: int
    received: int
    user_agent: str
    proxied: bool = True
    step: str = ""


class ShareTouched(NamedTuple):
    """A file on a file server's share was used over the network. ``path`` below the share, with backslashes."""

    at_us: int
    server: AssetId
    share: str
    path: str
    account: AccountId
    source: str
    operation: Literal["read", "write", "rename", "delete"]
    new_path: str = ""
    octets: int = 0
    step: str = ""


class RpcCalled(NamedTuple):
    """A remote procedure call between Windows hosts, as Zeek's ``dce_rpc`` names it (``svcctl``,
    ``CreateServiceW``).
    """

    at_us: int
    source: str
    target: AssetId
    endpoint: str
    operation: str
    pipe: str
    step: str = ""


class LeaseGiven(NamedTuple):
    """DHCP gave or renewed an address."""

    at_us: int
    host: AssetId
    event: Literal["new", "renew", "release"]
    step: str = ""
