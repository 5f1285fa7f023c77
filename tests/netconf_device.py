"""A real NETCONF device: netconfd (yuma123) behind OpenSSH, with the access lists of RFC 8519. It filters no packet.

Its YANG modules are those of the IETF that pyang brings. netconfd 2.13 cannot read a feature that leans on several
others, nor `derived-from-or-self` with the module's own prefix; both are taken out of the copy, and neither has to do
with what is tried here.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from codedark.enforce.contract import DeviceId
from codedark.enforce.netconf.access_list import ACL, asking
from codedark.enforce.netconf.netconf import Netconf
from codedark.enforce.netconf.session import BASE, NetconfRefused, Session, session
from codedark.enforce.netconf.ssh_channel import SshTarget
from tests.openc2_firewall import PEERS
from tests.programs import comes, end, free_port
from tests.routed_hospital import LIFELINES, MODEL, host

DEVICE: Final = DeviceId("edge")
LIST: Final = "codedark-in"
_MODULES: Final = PEERS / "share" / "yang" / "modules" / "ietf"
_SSHD: Final = Path("/usr/sbin/sshd")
_NETCONFD: Final = Path("/usr/sbin/netconfd")


def why_no_ssh() -> str:
    """Why there can be no SSH server here, "" where there can."""
    if os.geteuid() != 0:
        return "an SSH server of one's own needs root"
    return "" if _SSHD.exists() and shutil.which("ssh") else "openssh-server is not installed"


def why_not() -> str:
    """Why there can be no such device here, "" where there can."""
    if why := why_no_ssh():
        return why
    if not _NETCONFD.exists():
        return "netconfd is not installed"
    return "" if _MODULES.exists() else "pyang, which has the YANG modules, is not among the peers: .ci/run installs it"


class SshServer:
    """An OpenSSH server whose ``netconf`` is some command, and what it takes to be let in."""

    def __init__(self, folder: Path, stack: ExitStack, command: str, port: int = 0) -> None:
        self.folder = folder
        self.port = port or free_port()
        for name in ("host", "other-host", "ours", "stranger"):
            made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(made, check=True, stdin=subprocess.DEVNULL)
        for name in ("host", "other-host"):
            key = (folder / f"{name}.pub").read_text()
            (folder / f"{name}.known").write_text(f"[127.0.0.1]:{self.port} {key}")
        settings = {
            "Port": self.port,
            "ListenAddress": "127.0.0.1",
            "HostKey": folder / "host",
            "AuthorizedKeysFile": folder / "ours.pub",
            "PidFile": "none",
            "StrictModes": "no",
            "UsePAM": "no",
            "PermitRootLogin": "yes",
            "PasswordAuthentication": "no",
            "MaxStartups": "100",
            "UseDNS": "no",
            "KexAlgorithms": "curve25519-sha256",
            "Subsystem": f"netconf {command}",
        }
        config = folder / "sshd_config"
        config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        Path("/run/sshd").mkdir(exist_ok=True)
        run(stack, [str(_SSHD), "-D", "-e", "-f", str(config)], folder / "sshd.log")
        until(lambda: listens(self.port), folder / "sshd.log")

    def target(self, identity: str = "ours", known_hosts: str = "host.known") -> SshTarget:
        """The way to it."""
        return SshTarget("127.0.0.1", "root", self.folder / identity, self.folder / known_hosts, self.port)

    def adapter(self, target: SshTarget | None = None, **more: Any) -> Netconf:
        """The adapter for it."""
        given = {"list_v4": LIST, "lifelines": LIFELINES, "protected": [host("LIFELINE")], **more}
        return Netconf(DEVICE, target or self.target(), MODEL, **given)


class NetconfDevice(SshServer):
    """A running device, which has a list of ours on an interface and one of the hospital's."""

    def __init__(self, folder: Path, stack: ExitStack, command: str, port: int) -> None:
        super().__init__(folder, stack, command, port)
        self._own = stack.enter_context(self.console())

    @contextmanager
    def console(self) -> Iterator[Session]:
        """A session of somebody else."""
        with session(DeviceId("console"), self.target(), asking()) as (opened, _):
            yield opened

    def running(self) -> str:
        """All of its configuration."""
        reply = self._own.ask(element("<get-config><source><running/></source></get-config>"))
        data = reply.find(f"{{{BASE}}}data")
        assert data is not None
        return ET.canonicalize(ET.tostring(data), strip_text=True)

    def commit(self, config: str) -> None:
        """Change its configuration for good."""
        self._own.ask(editing(config))
        self._own.ask(element("<commit/>"))

    def until(self, is_so: Callable[[], object]) -> None:
        """Wait for something that it does by itself; netconfd looks at the clock when nobody asks it for a second."""
        until(is_so, self.folder / "netconfd.log", pause_seconds=2)

    def at_rest(self) -> None:
        """Take back all that a test left: what pends, and what is in our list."""
        for left in (cancelling("codedark-edge"), element("<discard-changes/>")):
            try:
                self._own.ask(left)
            except NetconfRefused:
                continue
        self.commit(START.replace("<acls ", '<acls nc:operation="replace" ', 1))


def element(text: str) -> ET.Element:
    """An operation."""
    return ET.fromstring(re.sub(r"^<([\w-]+)", rf'<\1 xmlns="{BASE}" xmlns:nc="{BASE}" xmlns:acl="{ACL}"', text))


def editing(acls: str) -> ET.Element:
    """What changes access lists in the candidate."""
    return element(
        f"<edit-config><target><candidate/></target><config>{acls}</config></edit-config>",
    )


def cancelling(token: str) -> ET.Element:
    """What a person at the console takes our commit back with."""
    return element(f"<cancel-commit><persist-id>{token}</persist-id></cancel-commit>")


def a_list(name: str, aces: str = "", operation: str = "replace") -> str:
    """An access list as a configuration has it."""
    return (
        f'<acls xmlns="{ACL}"><acl nc:operation="{operation}"><name>{name}</name><type>acl:ipv4-acl-type</type>'
        f"<aces>{aces}</aces></acl></acls>"
    )


def an_entry(name: str) -> str:
    """An entry that lets everything pass."""
    return f"<ace><name>{name}</name><actions><forwarding>acl:accept</forwarding></actions></ace>"


START: Final = (
    f'<acls xmlns="{ACL}">'
    f"<acl><name>{LIST}</name><type>acl:ipv4-acl-type</type><aces/></acl>"
    f"<acl><name>hospital</name><type>acl:ipv4-acl-type</type><aces>{an_entry('all')}</aces></acl>"
    "<attachment-points><interface><interface-id>lan</interface-id><ingress><acl-sets>"
    f"<acl-set><name>{LIST}</name></acl-set><acl-set><name>hospital</name></acl-set>"
    "</acl-sets></ingress></interface></attachment-points></acls>"
)
_INTERFACE: Final = (
    '<interfaces xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces"><interface><name>lan</name>'
    '<type xmlns:t="urn:ietf:params:xml:ns:yang:iana-if-type">t:ethernetCsmacd</type></interface></interfaces>'
)


@contextmanager
def netconf_device() -> Iterator[NetconfDevice]:
    """A device with nothing of ours on it but an empty list."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nc")))
        for name in ("ietf-access-control-list", "ietf-packet-fields", "ietf-ethertypes"):
            text = (_MODULES / f"{name}.yang").read_text()
            text = re.sub(r'if-feature\s+"[^"]*\band\b[^"]*"\s*;', "", text)
            (folder / f"{name}.yang").write_text(re.sub(r'when\s+"derived-from-or-self[^;]*;', "", text))
        port, door = free_port(), folder / "door"
        startup = folder / "startup.xml"
        startup.write_text(f'<nc:config xmlns:nc="{BASE}" xmlns:acl="{ACL}">{_INTERFACE}{START}</nc:config>')
        daemon = [str(_NETCONFD), f"--startup={startup}", "--superuser=root", "--target=candidate", f"--port={port}"]
        daemon += [f"--ncxserver-sockname={door}", f"--modpath={folder}:/usr/share/yuma/modules"]
        daemon += ["--module=iana-if-type", f"--module={folder / 'ietf-access-control-list.yang'}"]
        run(stack, daemon, folder / "netconfd.log", cwd=folder)
        until(door.exists, folder / "netconfd.log")
        command = f'"/usr/sbin/netconf-subsystem --ncxserver-sockname={port}@{door}"'
        yield NetconfDevice(folder, stack, command, port)


class HostileDevice(SshServer):
    """An SSH server whose NETCONF behaves badly."""

    def behaving(self, behaviour: str) -> None:
        """Have the next sessions behave in one of the ways of `tests/peers/hostile_netconf.py`."""
        (self.folder / "behaviour").write_text(behaviour)


@contextmanager
def hostile_device() -> Iterator[HostileDevice]:
    """A device that does what it is told to do badly."""
    program = Path(__file__).parent / "peers" / "hostile_netconf.py"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nc")))
        yield HostileDevice(folder, stack, f'"{sys.executable} {program} {folder}/behaviour"')


def run(stack: ExitStack, command: list[str], log: Path, cwd: Path | None = None) -> None:
    """Have a program run until the stack ends."""
    output = stack.enter_context(log.open("wb"))
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=cwd)
    stack.callback(end, program)


def until(is_so: Callable[[], object], log: Path, pause_seconds: float = 0.02) -> None:
    """Wait for something that a program does; its log if it does not."""
    assert comes(is_so, pause_seconds=pause_seconds), log.read_text("utf-8", "replace")[-2000:]


def listens(port: int) -> bool:
    """Whether somebody answers there."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
