"""A real Open vSwitch in a network namespace, with machines in namespaces of their own on one bridge.

It has its own database and daemon, and the datapath in user space, so that no module of the kernel is needed.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from ipaddress import IPv4Network
from pathlib import Path
from threading import Thread
from typing import Final, NamedTuple

from codedark.enforce.contract import DeviceId
from codedark.enforce.nftables.table import Passage
from codedark.enforce.openvswitch.openvswitch import OpenVSwitch
from codedark.hospital.zone import Purpose, Zone, ZoneId
from tests.routed_hospital import SOON_SECONDS, SURELY_SECONDS, answers, inhabitant
from tests.routed_hospital import why_not as no_namespaces

BRIDGE: Final = "cdbr"
ADDRESSES: Final = {"ward": "10.1.0.10", "desk": "10.1.0.11", "records": "10.2.0.10", "blood": "10.3.0.10"}
MACS: Final = {address: f"02:00:00:00:00:{number:02x}" for number, address in enumerate(ADDRESSES.values(), 1)}
PORTS: Final = (443, 445, 50_000)
ZONES: Final = tuple(
    Zone(ZoneId(name), name, Purpose.CLINICAL, cidrs=(IPv4Network(f"10.{at}.0.0/16"),))
    for at, name in enumerate(("CLINIC", "SERVERS", "LIFELINE"), 1)
)
LIFELINES: Final = (Passage("blood", IPv4Network("10.0.0.0/8"), IPv4Network(f"{ADDRESSES['blood']}/32"), "tcp", 443),)
_IP: Final = shutil.which("ip") or "/usr/sbin/ip"
_SCHEMA: Final = Path("/usr/share/openvswitch/vswitch.ovsschema")
_ETHTOOL: Final = 0x8946
_SET_SENT_CHECKSUMS: Final = 0x17


def why_not() -> str:
    """Why there can be no such switch here, "" where there can."""
    if not _SCHEMA.exists() or shutil.which("ovs-vswitchd", path="/usr/sbin:/usr/bin") is None:
        return "openvswitch-switch is not installed"
    return no_namespaces()


class VirtualSwitch(NamedTuple):
    """The switch and the machines on it."""

    command: tuple[str, ...]
    threads: Mapping[str, ThreadPoolExecutor]

    def adapter(self, *protected: str, macs: Mapping[str, str] = MACS, command: tuple[str, ...] = ()) -> OpenVSwitch:
        """The adapter for it."""
        return OpenVSwitch(DeviceId("switch"), BRIDGE, ZONES, LIFELINES, protected, macs, command or self.command)

    def ofctl(self, *words: str) -> str:
        """What somebody says at its console."""
        done = subprocess.run([*self.command, "ovs-ofctl", *words], check=True, capture_output=True, text=True)
        return done.stdout

    def open(
        self,
        source: str,
        target: str,
        port: int = 443,
        target_address: str = "",
        patience_seconds: float = SURELY_SECONDS,
    ) -> socket.socket:
        """A connection between two machines; raises OSError where none is made in time."""
        connection = self.threads[source].submit(socket.socket).result()
        connection.settimeout(patience_seconds)
        try:
            connection.connect((target_address or ADDRESSES[target], port))
        except OSError:
            connection.close()
            raise
        return connection

    def reaches(self, source: str, target: str, port: int = 443) -> bool:
        """Whether a new connection is answered, on a machine however busy: for what has to be open."""
        return self.connects(source, target, port, patience_seconds=SURELY_SECONDS)

    def connects(
        self,
        source: str,
        target: str,
        port: int = 443,
        target_address: str = "",
        patience_seconds: float = SOON_SECONDS,
    ) -> bool:
        """Whether a new connection is answered soon: for what has to be shut."""
        try:
            with self.open(source, target, port, target_address, patience_seconds) as connection:
                return answers(connection, patience_seconds)
        except OSError:
            return False


@contextmanager
def virtual_switch(folder: Path) -> Iterator[VirtualSwitch]:
    """All of it; gone at the end of the `with`."""
    name = f"cd{os.getpid()}ovs"
    environment = {each: str(folder) for each in ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR")}
    command = (_IP, "netns", "exec", name, "env", *(f"{key}={value}" for key, value in environment.items()))
    with ExitStack() as made:
        for each in (name, *(f"{name}{machine}" for machine in ADDRESSES)):
            subprocess.run([_IP, "netns", "add", each], check=True)
            made.callback(subprocess.run, [_IP, "netns", "delete", each], check=False)
        _start(folder, command, made)
        threads = {}
        for machine, address in ADDRESSES.items():
            threads[machine] = made.enter_context(inhabitant(f"{name}{machine}"))
            _plug(name, machine, address, command)
            threads[machine].submit(_without_checksums).result()
            for port in PORTS:
                listener = made.enter_context(threads[machine].submit(socket.create_server, ("0.0.0.0", port)).result())
                Thread(target=_serve, args=(listener,), daemon=True).start()
                made.callback(_shut, listener)
        yield VirtualSwitch(command, threads)


def _start(folder: Path, command: tuple[str, ...], made: ExitStack) -> None:
    database, door = folder / "conf.db", f"unix:{folder}/db.sock"
    logged = [f"--log-file={folder}/log", "-vconsole:off", "--detach", "--no-chdir"]
    for words in (
        ["ovsdb-tool", "create", database, _SCHEMA],
        ["ovsdb-server", database, f"--remote=p{door}", f"--pidfile={folder}/db.pid", *logged],
        ["ovs-vsctl", f"--db={door}", "--no-wait", "init"],
        ["ovs-vswitchd", door, f"--pidfile={folder}/switch.pid", *logged],
        ["ovs-vsctl", f"--db={door}", "add-br", BRIDGE, "--", "set", "bridge", BRIDGE, "datapath_type=netdev"],
    ):
        subprocess.run([*command, *words], check=True, capture_output=True)
        if (pid := next((word for word in map(str, words) if word.startswith("--pidfile=")), "")) != "":
            made.callback(_end, int(Path(pid.partition("=")[2]).read_text()))


def _plug(name: str, machine: str, address: str, command: tuple[str, ...]) -> None:
    inside = f"{name}{machine}"
    for words in (
        ["link", "add", f"p-{machine}", "netns", name, "type", "veth", "peer", "name", "eth0", "netns", inside],
        ["-n", inside, "link", "set", "eth0", "address", MACS[address]],
        ["-n", inside, "addr", "add", f"{address}/8", "dev", "eth0"],
        ["-n", inside, "link", "set", "eth0", "up"],
        ["-n", name, "link", "set", f"p-{machine}", "up"],
    ):
        subprocess.run([_IP, *words], check=True)
    subprocess.run([*command, "ovs-vsctl", "add-port", BRIDGE, f"p-{machine}"], check=True)


def _without_checksums() -> None:
    """A switch in user space does not finish the checksums that a veth leaves to its peer (linux/ethtool.h)."""
    asked = ctypes.create_string_buffer(struct.pack("II", _SET_SENT_CHECKSUMS, 0))
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _ETHTOOL, struct.pack("16sP", b"eth0", ctypes.addressof(asked)))


def _serve(listener: socket.socket) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            Thread(target=_echo, args=(connection,), daemon=True).start()


def _echo(connection: socket.socket) -> None:
    with connection, suppress(OSError):
        while held := connection.recv(4096):
            connection.sendall(held)


def _shut(listener: socket.socket) -> None:
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)


def _end(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
