"""FreeRADIUS as the switches of a hospital, and as the server that has their accounting log: on this machine only.

Each switch has an address of its own and listens for RFC 5176. What it takes it writes into the accounting log as an
interim record (with ``Filter-Id`` or VLAN), as switches do that are told to. The name of a session says how its switch
behaves: ``gone-`` has no such session, ``strict-`` does not take the filter, ``mute-`` says nothing, ``liar-`` says yes
and does nothing, ``quiet-`` does what it says and logs nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from pyrad.client import Client
from pyrad.dictionary import Dictionary

from codedark.enforce.contract import DeviceId
from codedark.enforce.radius.exchange import Nas
from codedark.enforce.radius.radius import Radius
from codedark.enforce.radius.sessions import Sessions
from tests.programs import end

_PROGRAM: Final = shutil.which("freeradius") or "/usr/sbin/freeradius"
_DICTIONARIES: Final = tuple(Path(f"/usr/share/freeradius/dictionary.rfc{number}") for number in (2865, 2866, 2868))
_NETWORK: Final = f"127.{128 + (os.getpid() >> 8) % 64}.{os.getpid() % 256}"
SWITCHES: Final = tuple(f"{_NETWORK}.{10 + number}" for number in range(6))
SECRET: Final = b"not-a-real-secret"
ACCOUNTING_PORT: Final = 21_813
"""Not 1813, which a server that Debian starts would have."""
QUARANTINE: Final = "Filter-Id=quarantine"
_PATIENCE_SECONDS: Final = 60.0
_CONFIGURATION: Final = """
prefix = /usr
libdir = /usr/lib/freeradius
logdir = FOLDER
run_dir = FOLDER
max_requests = 65536
log {
    destination = stdout
}
security {
    allow_core_dumps = no
}
thread pool {
    start_servers = 2
    max_servers = 4
    min_spare_servers = 1
    max_spare_servers = 3
}
client here {
    ipaddr = 127.0.0.0/8
    secret = SECRET
}
modules {
    always ok {
        rcode = ok
    }
    always reject {
        rcode = reject
    }
    always handled {
        rcode = handled
    }
    detail accounting {
        filename = FOLDER/accounting
        escape_filenames = no
        permissions = 0600
        locking = yes
    }
    detail heard {
        filename = FOLDER/heard
        escape_filenames = no
        permissions = 0600
        locking = yes
    }
}
instantiate {
}
server default {
    listen {
        type = acct
        ipaddr = FIRST
        port = BOOKS
    }
LISTENERS
    preacct {
        ok
    }
    accounting {
        accounting
    }
    recv-coa {
        heard
        if (&Acct-Session-Id =~ /^gone-/) {
            update reply { &Error-Cause := Session-Context-Not-Found }
            reject
        }
        elsif (&Acct-Session-Id =~ /^strict-/) {
            update reply { &Error-Cause := Invalid-Attribute-Value }
            reject
        }
        elsif (&Acct-Session-Id =~ /^weary-/ && &Session-Timeout == 60) {
            update reply { &Error-Cause := Resources-Unavailable }
            reject
        }
        elsif (&Acct-Session-Id =~ /^mute-/) {
            update control { &Response-Packet-Type := Do-Not-Respond }
            handled
        }
        elsif (&Acct-Session-Id !~ /^quiet-/) {
            update request {
                &Acct-Status-Type := Interim-Update
                &NAS-IP-Address := "%{Packet-Dst-IP-Address}"
            }
            if (&Acct-Session-Id =~ /^liar-/) {
                update request { &Filter-Id := "staff" }
            }
            elsif ("%{Packet-Type}" == "Disconnect-Request") {
                update request { &Acct-Status-Type := Stop }
            }
            accounting
        }
        ok
    }
    send-coa {
        ok
    }
}
"""


def why_not() -> str:
    """Why there can be no FreeRADIUS here, "" where there can."""
    return "" if Path(_PROGRAM).exists() and _DICTIONARIES[0].exists() else "freeradius is not installed"


class Switches(NamedTuple):
    """Switches that answer."""

    folder: Path

    def radius(self, quarantine: str = QUARANTINE, secret: bytes = SECRET, *protected: str, **options: bool) -> Radius:
        """The adapter for them."""
        known = {address: Nas(address, secret) for address in SWITCHES}
        sessions = Sessions(self.folder / "accounting")
        tries = (0.5, 2.0)
        return Radius(DeviceId("access"), known, sessions, quarantine, protected, try_seconds=tries, **options)

    def begin(self, names: Sequence[str], filter_id: str = "staff", addresses: Sequence[str] = ()) -> list[str]:
        """Sessions begin, told by accounting packets; their IP addresses, which may be given."""
        addresses = list(addresses or map(address_of, map(_number, names)))
        for name, address in zip(names, addresses, strict=True):
            self._tell(name, "Start", {"Framed-IP-Address": address} | ({"Filter-Id": filter_id} if filter_id else {}))
        return addresses

    def end(self, name: str) -> None:
        """A session is over."""
        self._tell(name, "Stop", {})

    def _tell(self, name: str, status: str, more: Mapping[str, str]) -> None:
        client = Client(SWITCHES[0], acctport=ACCOUNTING_PORT, secret=SECRET, dict=_words(), timeout=2)
        number = _number(name)
        told = client.CreateAcctPacket(User_Name=f"host/{name}")
        told["Acct-Status-Type"] = status
        told["NAS-IP-Address"] = SWITCHES[number % len(SWITCHES)]
        told["Acct-Session-Id"] = name
        told["Calling-Station-Id"] = station_of(number)
        for key, value in more.items():
            told[key] = value
        client.SendPacket(told)

    def heard(self) -> list[dict[str, str]]:
        """What the switches were asked to do, in order, without questions: changes of nothing."""
        path = self.folder / "heard"
        blocks = path.read_text().split("\n\n") if path.exists() else []
        found = [dict(re.findall(r'^\t([\w-]+)(?::\d+)? = "?(.*?)"?$', block, re.MULTILINE)) for block in blocks]
        return [each for each in found if {"Filter-Id", "Tunnel-Private-Group-Id"} & set(each) or _ends(each)]


def _ends(request: Mapping[str, str]) -> bool:
    return request.get("Packet-Type") == "Disconnect-Request"


def _number(name: str) -> int:
    return int(re.sub(r"\D", "", name))


def address_of(number: int) -> str:
    """The address of the machine of a session."""
    return f"10.{1 + number // 200}.1.{1 + number % 200}"


def station_of(number: int) -> str:
    """What a switch calls it (RFC 3580 3.21)."""
    return f"02-00-00-00-{number >> 8:02X}-{number & 255:02X}"


@contextmanager
def switches(folder: Path) -> Iterator[Switches]:
    """Start it, wait for it; it ends with the `with`. Skips where it cannot be had here."""
    listeners = "\n".join(f"listen {{\n type = coa\n ipaddr = {each}\n port = 3799\n}}" for each in SWITCHES)
    text = (
        _CONFIGURATION.replace("FOLDER", str(folder))
        .replace("FIRST", SWITCHES[0])
        .replace("LISTENERS", listeners)
        .replace("BOOKS", str(ACCOUNTING_PORT))
    )
    (folder / "radiusd.conf").write_text(text.replace("SECRET", SECRET.decode()))
    for log in ("accounting", "heard"):  # which it opens, but does not make everywhere
        (folder / log).touch(0o600)
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [_PROGRAM, "-f", "-d", folder, "-l", "stdout"], stdout=said, stderr=subprocess.STDOUT
        )
        try:
            _await(process, folder / "said")
            yield Switches(folder)
        finally:
            end(process)


@cache
def _words() -> Dictionary:
    return Dictionary(*map(str, _DICTIONARIES))


def _await(process: subprocess.Popen[bytes], said: Path) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if b"Ready to process requests" in said.read_bytes():
            return
        time.sleep(0.05)
    pytest.skip(f"freeradius does not start here: {said.read_text(errors='replace')[-800:]}")
