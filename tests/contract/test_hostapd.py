"""A true port of 802.1X: hostapd is the switch, wpa_supplicant the machine on it, FreeRADIUS has the accounting log.

hostapd ends sessions when it is asked to (RFC 5176), if the request is signed and not old; it changes none.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.contract import Change, DeviceId, Foreseen, Order, OrderId, Standing, standing
from codedark.enforce.radius.exchange import Nas
from codedark.enforce.radius.radius import Radius
from codedark.enforce.radius.sessions import Sessions
from codedark.enforce.radius.things import DISCONNECTED
from tests.free_radius import ACCOUNTING_PORT, SECRET, SWITCHES, switches
from tests.free_radius import why_not as no_server
from tests.programs import comes, end
from tests.routed_hospital import why_not as no_namespaces

_PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"
_MISSING: Final = [each for each in ("hostapd", "wpa_supplicant") if shutil.which(each, path=_PATH) is None]
_WHY: Final = f"{', '.join(_MISSING)}: not installed" if _MISSING else no_server() or no_namespaces()
pytestmark = pytest.mark.skipif(bool(_WHY), reason=_WHY)

ADDRESS, MAC, SWITCH = "10.1.0.10", "02:00:00:00:01:01", "127.0.0.1"
_PORT_SETTINGS: Final = """
interface=LINK
driver=wired
ieee8021x=1
eap_server=1
eap_user_file=FOLDER/users
use_pae_group_addr=1
own_ip_addr=127.0.0.1
acct_server_addr=SERVER
acct_server_port=BOOKS
acct_server_shared_secret=SECRET
radius_das_port=PORT
radius_das_client=127.0.0.1 SECRET
radius_das_require_event_timestamp=1
radius_das_require_message_authenticator=1
ctrl_interface=FOLDER/door
"""
_MACHINE_SETTINGS: Final = """
ctrl_interface=FOLDER/machine
ap_scan=0
network={
    key_mgmt=IEEE8021X
    eap=MD5
    identity="ward"
    password="PASSWORD"
    eapol_flags=0
}
"""


class WiredPort(NamedTuple):
    """The port, the log of its sessions, and how to reach its switch."""

    folder: Path
    link: str
    nas: Nas
    log: Path

    def is_open(self) -> bool:
        """Whether the switch lets the machine through."""
        return "AUTHORIZED" in self._tool("hostapd_cli", "-p", "door", "-i", self.link, "sta", MAC)

    def logs_on(self) -> None:
        """The machine authenticates again."""
        self._tool("wpa_cli", "-p", "machine", "-i", "eth0", "reassociate")

    def adapter(self, quarantine: str = "", *, asks_first: bool = True, try_seconds: float = 5.0) -> Radius:
        """The adapter for it; the inventory knows the machine's card."""
        sessions = Sessions(self.log, {ADDRESS: MAC})
        known = {SWITCH: self.nas}
        tries = (try_seconds, try_seconds)
        return Radius(DeviceId("access"), known, sessions, quarantine, asks_first=asks_first, try_seconds=tries)

    def _tool(self, *words: str) -> str:
        given = [str(self.folder / word) if word in {"door", "machine"} else word for word in words]
        return subprocess.run(given, check=False, capture_output=True, text=True, env={"PATH": _PATH}).stdout


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WiredPort]:
    folder = tmp_path_factory.mktemp("port")
    inside, link = f"cd{os.getpid()}port", f"cd{os.getpid()}p"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind((SWITCH, 0))
        number = found.getsockname()[1]
    filled = {
        "FOLDER": str(folder),
        "LINK": link,
        "SERVER": SWITCHES[0],
        "PORT": str(number),
        "BOOKS": str(ACCOUNTING_PORT),
        "PASSWORD": "not-real",
    }
    for name, text in (("port.conf", _PORT_SETTINGS), ("machine.conf", _MACHINE_SETTINGS)):
        for word, value in {**filled, "SECRET": SECRET.decode()}.items():
            text = text.replace(word, value)  # noqa: PLW2901 - filled in word by word
        (folder / name).write_text(text)
    (folder / "users").write_text('"ward" MD5 "not-real"\n')
    (folder / "radius").mkdir()
    with ExitStack() as made:
        log = made.enter_context(switches(folder / "radius")).folder / "accounting"
        subprocess.run(["ip", "netns", "add", inside], check=True)
        made.callback(subprocess.run, ["ip", "netns", "delete", inside], check=True)
        for words in (
            ["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", inside],
            ["link", "set", link, "up"],
            ["-n", inside, "link", "set", "eth0", "address", MAC],
            ["-n", inside, "link", "set", "eth0", "up"],
        ):
            subprocess.run(["ip", *words], check=True)
        for words in (
            ["hostapd", str(folder / "port.conf")],
            ["ip", "netns", "exec", inside, "wpa_supplicant", "-Dwired", "-ieth0", f"-c{folder}/machine.conf"],
        ):
            _start(words, folder / "said", made)
            assert comes((folder / "door" / link).exists), (folder / "said").read_text()
        yield WiredPort(folder, link, Nas(SWITCH, SECRET, number), log)


def _start(words: list[str], said: Path, made: ExitStack) -> None:
    with said.open("ab") as file:
        process = subprocess.Popen(words, stdout=file, stderr=subprocess.STDOUT, env={"PATH": _PATH})
    made.callback(end, process)


def isolation() -> Order:
    name = f"isolate:{ADDRESS}"
    return Order(OrderId(name), ActionId(name), ActionKind.ISOLATE_HOST, DeviceId("access"), 60, addresses=(ADDRESS,))


def has_session(port: WiredPort) -> bool:
    (foreseen,) = port.adapter().check([isolation()])
    return port.is_open() and any(change.after == DISCONNECTED for change in foreseen.changes)


def test_a_disconnect_takes_the_port_away_until_the_machine_comes_again(port: WiredPort) -> None:
    assert comes(lambda: has_session(port)), (port.folder / "said").read_text()
    adapter = port.adapter()
    kept: list[Foreseen] = []
    readings = adapter.apply([isolation()], kept.extend)
    changes: tuple[Change, ...] = kept[0].changes
    assert [change.after for change in changes] == [DISCONNECTED]
    assert standing(changes, readings) is Standing.ALL
    assert not port.is_open()
    assert comes(lambda: standing(changes, adapter.verify(changes)) is Standing.ALL), "its own accounting says so"
    port.logs_on()
    assert comes(lambda: has_session(port))
    assert comes(lambda: standing(changes, adapter.verify(changes)) is Standing.NOTHING)
    assert "has another one on 127.0.0.1" in adapter.verify(changes)[0].why


def test_a_switch_that_only_ends_sessions_says_that_it_knows_no_filter_and_nothing_happened(port: WiredPort) -> None:
    assert comes(lambda: has_session(port))
    adapter = port.adapter("Filter-Id=quarantine")
    kept: list[Foreseen] = []
    readings = adapter.apply([isolation()], kept.extend)
    assert standing(kept[0].changes, readings) is Standing.NOTHING
    assert "it does not know an attribute of the request (Unsupported Attribute)" in readings[0].why
    assert port.is_open()
    assert standing(kept[0].changes, adapter.revert(kept[0].changes)) is Standing.NOTHING
    assert port.is_open(), "it refused, so nothing is set back"


def test_a_request_that_is_too_old_is_not_heard(port: WiredPort, monkeypatch: pytest.MonkeyPatch) -> None:
    assert comes(lambda: has_session(port))
    monkeypatch.setattr("codedark.enforce.radius.exchange._clock_seconds", lambda: time.time() - 3600)
    kept: list[Foreseen] = []
    readings = port.adapter(asks_first=False, try_seconds=0.5).apply([isolation()], kept.extend)
    assert standing(kept[0].changes, readings) is Standing.UNKNOWN
    assert "are both clocks right" in port.adapter(try_seconds=0.5).check([isolation()])[0].refusal
    assert "are both clocks right" in readings[0].why
    assert port.is_open()
