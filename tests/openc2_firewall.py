"""The firewall of a routed hospital as an OpenC2 consumer: otupy with iptables, in the namespace of the router.

It runs with the Python of the throw-away peers, which `.ci/run` installs beside the project.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Self

from codedark.enforce.contract import DeviceId
from codedark.enforce.openc2.consumer import Consumer
from codedark.enforce.openc2.messages import Command, Response
from codedark.enforce.openc2.openc2 import OpenC2
from codedark.enforce.openc2.transfer import Transfer, trust
from tests import routed_hospital
from tests.live_intake import Authority
from tests.programs import comes, end
from tests.routed_hospital import LIFELINES, MODEL, RoutedHospital, host

PEERS: Final = Path(os.environ.get("CODEDARK_PEERS", Path.home() / ".cache" / "codedark-peers"))
NUMBERS: Final = range(1_000_000_000, 2_000_000_000)
_PROGRAM: Final = Path(__file__).parent / "peers" / "otupy_consumer.py"
_ADDRESS: Final = "10.4.0.1"
_PORT: Final = 8443


def why_not() -> str:
    """Why there can be no such firewall here, "" where there can."""
    if why := routed_hospital.why_not():
        return why
    if shutil.which("iptables", path="/usr/sbin:/sbin:/usr/bin:/bin") is None:
        return "iptables is not installed"
    if not list(PEERS.glob("lib/python*/site-packages/otupy")):
        return "otupy, the OpenC2 consumer, is not among the peers: .ci/run installs it"
    return ""


class _Inside(Transfer):
    """The same, from within the namespace of the firewall."""

    thread: ThreadPoolExecutor

    def ask(self, command: Command) -> Response:
        return self.thread.submit(super().ask, command).result()


class Firewall:
    """A running consumer; gone at the end of the `with`."""

    def __init__(self, hospital: RoutedHospital, folder: Path) -> None:
        self._hospital = hospital
        self._folder = folder
        self._authority = Authority(folder)
        self._stack = contextlib.ExitStack()
        self._thread = ThreadPoolExecutor(1, initializer=routed_hospital._enter, initargs=(hospital.router,))

    def __enter__(self) -> Self:
        certificate, key = self._authority.issue("firewall", address=_ADDRESS)
        command = [*self._hospital.command, str(PEERS / "bin" / "python"), "-u", str(_PROGRAM), _ADDRESS, str(_PORT)]
        command += [str(each) for each in (certificate, key, self._authority.pem, self._folder)]
        subprocess.run([*self._hospital.command, "ip", "link", "set", "lo", "up"], check=True)
        log = self._stack.enter_context((self._folder / "otupy.log").open("wb"))
        path = {**os.environ, "PATH": f"/usr/sbin:/sbin:{os.environ['PATH']}"}
        self._program = subprocess.Popen(command, stdout=log, stderr=log, env=path)
        self._stack.callback(end, self._program)
        self._until_it_listens()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self._thread.shutdown()

    def adapter(self, *, lifelines_first: bool = True, leaves_out: tuple[str, ...] = ()) -> OpenC2:
        """The adapter for it, with a certificate of ours."""
        device = DeviceId("edge")
        context = trust(self._authority.pem, *self._authority.issue("codedark"))
        transfer = _Inside(device, _ADDRESS, _PORT, context)
        transfer.thread = self._thread
        consumer = Consumer(device, transfer, "fw", leaves_out)
        protected = [host("LIFELINE")]
        return OpenC2(device, consumer, MODEL, NUMBERS, LIFELINES, protected, lifelines_first=lifelines_first)

    def rules(self) -> list[str]:
        """What its kernel has in the chain of what is forwarded."""
        return [line for line in self._chains() if line.startswith("-A OC2_forward")]

    def has(self, number: int) -> bool:
        """Whether it comes to have so many rules, and rests: it answers first, and does one thing after another then.
        It books a rule before it makes it in each of three chains, and strikes it out when it is in none of them.
        """
        return comes(lambda: len(self._booked()) == number and len(self._chains()) == 3 * number)

    def forget(self) -> None:
        """Take away all that a test left which failed."""
        for number in self._booked():
            self.adapter()._consumer.delete(number)
        comes(lambda: not self._booked(), 10)
        for line in self._chains():
            self.by_hand("-D", *line.split()[1:])

    def _chains(self) -> list[str]:
        listed = [*self._hospital.command, "iptables", "-w", "-S"]
        said = subprocess.run(listed, check=True, capture_output=True, text=True).stdout
        return [line for line in said.splitlines() if line.startswith("-A OC2_")]

    def _booked(self) -> list[int]:
        with contextlib.closing(sqlite3.connect(self._folder / "rules.sqlite", timeout=60)) as books:
            return [int(number) for (number,) in books.execute("SELECT rule_number FROM commands")]

    def by_hand(self, *words: str) -> None:
        """What an administrator does at its console."""
        subprocess.run([*self._hospital.command, "iptables", "-w", *words], check=True, capture_output=True)

    def _until_it_listens(self) -> None:
        comes(lambda: self._thread.submit(_listens).result() or self._program.poll() is not None)
        assert self._program.poll() is None, (self._folder / "otupy.log").read_text("utf-8", "replace")[-2000:]


def _listens() -> bool:
    try:
        socket.create_connection((_ADDRESS, _PORT), 1).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def openc2_firewall(hospital: RoutedHospital, folder: Path) -> Iterator[Firewall]:
    """A consumer with the firewall of a hospital."""
    with Firewall(hospital, folder) as made:
        yield made
