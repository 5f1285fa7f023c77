"""A hospital in network namespaces: six zones of ten addresses behind one router, with TCP services that answer.

Sockets are made by a thread of each namespace and used from anywhere. It needs root, network namespaces, and nft.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final, Self

from codedark.enforce.contract import DeviceId
from codedark.enforce.nftables.nftables import Nftables
from codedark.enforce.nftables.table import Passage
from codedark.hospital.zone import Purpose, Zone, ZoneId

ZONES: Final = ("CLINIC", "OFFICE", "DEVICES", "SERVERS", "LIFELINE", "OUTSIDE")
HOSTS: Final = 10
PORTS: Final = (443, 445, 3389)
SURELY_SECONDS: Final = 20.0
SOON_SECONDS: Final = 0.25
_IP: Final = shutil.which("ip") or "/usr/sbin/ip"
_NEW_NETWORK: Final = 0x40000000
_libc: Final = ctypes.CDLL(None, use_errno=True)


@cache
def why_not() -> str:
    """Why there can be no such hospital here, "" where there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for program, package in ((_IP, "iproute2"), (shutil.which("nft") or "/usr/sbin/nft", "nftables")):
        if not Path(program).exists():
            return f"{package} is not installed"
    name = f"cd{os.getpid()}try"
    if subprocess.run([_IP, "netns", "add", name], check=False, capture_output=True).returncode:
        return "this machine lets nobody make network namespaces"
    nft = [_IP, "netns", "exec", name, "nft", "add", "table", "inet", "try"]
    works = subprocess.run(nft, check=False, capture_output=True).returncode == 0
    subprocess.run([_IP, "netns", "delete", name], check=False)
    return "" if works else "nft does not work in a network namespace here"


def host(zone: str, number: int = 0) -> str:
    """The address of a host of a zone."""
    return f"10.{ZONES.index(zone) + 1}.0.{10 + number}"


MODEL: Final = tuple(
    Zone(ZoneId(zone), zone.title(), Purpose.CLINICAL, cidrs=(IPv4Network(f"10.{at}.0.0/24"),))
    for at, zone in enumerate(ZONES, start=1)
)
LIFELINES: Final = (
    Passage("blood-bank", IPv4Network("10.0.0.0/8"), IPv4Network(f"{host('LIFELINE')}/32"), "tcp", 443),
)


def firewall(router: str, lock: int | None = None, lifelines: Sequence[Passage] = LIFELINES) -> Nftables:
    """The adapter for the firewall in a namespace."""
    command = (_IP, "netns", "exec", router)
    inherited = () if lock is None else (lock,)
    return Nftables(DeviceId("core"), MODEL, lifelines, [host("LIFELINE")], command, lambda: inherited)


class RoutedHospital:
    """All of it; gone at the end of the `with`. ``name`` keeps several apart."""

    def __init__(self, name: str) -> None:
        self._name = f"cd{os.getpid()}{name}"
        self._stack = contextlib.ExitStack()
        self._threads: dict[str, ThreadPoolExecutor] = {}

    @property
    def router(self) -> str:
        """The namespace of the firewall."""
        return f"{self._name}R"

    @property
    def command(self) -> tuple[str, ...]:
        """What comes before a program that is to run on the firewall."""
        return (_IP, "netns", "exec", self.router)

    def firewall(self) -> Nftables:
        """The adapter for the firewall."""
        return firewall(self.router)

    def inside(self, zone: str) -> tuple[str, ...]:
        """What comes before a program that is to run in a zone."""
        return (_IP, "netns", "exec", f"{self._name}{ZONES.index(zone) + 1}")

    def nft(self, *words: str) -> str:
        """What nft says on the firewall, as somebody at its console."""
        done = subprocess.run([*self.command, "nft", *words], check=True, capture_output=True, text=True)
        return done.stdout

    def reaches(self, source: str, target: str, port: int = 443) -> bool:
        """Whether a new connection is answered, on a machine however busy: for what has to be open."""
        return self.connects(source, target, port, SURELY_SECONDS)

    def connects(self, source: str, target: str, port: int = 443, patience_seconds: float = SOON_SECONDS) -> bool:
        """Whether a new connection is answered soon: for what has to be shut."""
        try:
            with self.open(source, target, port, patience_seconds) as connection:
                return answers(connection, patience_seconds)
        except OSError:
            return False

    def open(
        self, source: str, target: str, port: int = 443, patience_seconds: float = SURELY_SECONDS
    ) -> socket.socket:
        """A connection; raises OSError where none is made in time."""
        connection = self._socket(source)
        try:
            connection.settimeout(patience_seconds)
            connection.bind((source, 0))
            connection.connect((target, port))
        except OSError:
            connection.close()
            raise
        return connection

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as made:
            made.callback(self._remove)
            self._build()
            for zone in ZONES:
                for port in PORTS:
                    listener = made.enter_context(self._socket(host(zone)))
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    listener.bind(("0.0.0.0", port))
                    listener.listen(256)
                    threading.Thread(target=_serve, args=(listener,), daemon=True).start()
                    made.callback(_shut, listener)
            self._stack = made.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _build(self) -> None:
        zones = [f"{self._name}{at}" for at in range(1, len(ZONES) + 1)]
        batch = [f"netns add {name}" for name in (self.router, *zones)]
        for at, zone in enumerate(zones, start=1):
            batch.append(f"link add v{at} netns {self.router} type veth peer name eth0 netns {zone}")
        _ip("\n".join(batch))
        _ip("\n".join(f"addr add 10.{at}.0.1/24 dev v{at}\nlink set v{at} up" for at in range(1, 7)), self.router)
        for at, zone in enumerate(zones, start=1):
            addresses = "\n".join(f"addr add 10.{at}.0.{10 + number}/24 dev eth0" for number in range(HOSTS))
            _ip(f"{addresses}\nlink set lo up\nlink set eth0 up\nroute add default via 10.{at}.0.1", zone)
        forwarding = "echo 1 > /proc/sys/net/ipv4/ip_forward"
        subprocess.run([*self.command, "sh", "-c", forwarding], check=True)

    def _remove(self) -> None:
        for thread in self._threads.values():
            thread.shutdown(wait=True)
        names = [self.router, *(f"{self._name}{at}" for at in range(1, len(ZONES) + 1))]
        for name in names:
            subprocess.run([_IP, "netns", "delete", name], check=False, capture_output=True)

    def _socket(self, address: str) -> socket.socket:
        """A socket in the namespace that has an address."""
        name = f"{self._name}{address.split('.')[1]}"
        if name not in self._threads:
            self._threads[name] = inhabitant(name)
        return self._threads[name].submit(socket.socket, socket.AF_INET, socket.SOCK_STREAM).result()


def answers(connection: socket.socket, patience_seconds: float = SURELY_SECONDS) -> bool:
    """Whether the other end of a connection still answers."""
    try:
        connection.settimeout(patience_seconds)
        connection.sendall(b"?")
        return connection.recv(1) == b"?"
    except OSError:
        return False


def falls_silent(connection: socket.socket) -> bool:
    """Whether the other end of a connection that was open does not answer any more."""
    return not answers(connection, SOON_SECONDS)


@contextlib.contextmanager
def routed_hospital(name: str) -> Iterator[RoutedHospital]:
    """A hospital whose firewall has the table of Code Dark, without anything in it."""
    with RoutedHospital(name) as made:
        made.firewall().lay()
        yield made


def inhabitant(namespace: str) -> ThreadPoolExecutor:
    """A thread in a namespace; what it starts is there too."""
    return ThreadPoolExecutor(1, initializer=_enter, initargs=(namespace,))


def _enter(name: str) -> None:
    with open(f"/run/netns/{name}", "rb") as namespace:  # noqa: PTH123 - setns wants its descriptor
        if _libc.setns(namespace.fileno(), _NEW_NETWORK):
            raise OSError(ctypes.get_errno(), f"setns {name}")


def _ip(batch: str, namespace: str = "") -> None:
    where = ["-netns", namespace] if namespace else []
    subprocess.run([_IP, *where, "-batch", "-"], input=batch, text=True, check=True, capture_output=True)


def _serve(listener: socket.socket) -> None:
    """Answer with what comes, each connection in a thread of its own."""
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_echo, args=(connection,), daemon=True).start()


def _echo(connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError):
        while held := connection.recv(4096):
            connection.sendall(held)


def _shut(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
