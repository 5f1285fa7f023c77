"""A Samba AD domain controller of the test's own: provisioned in a folder, LDAPS on this machine, nothing else."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import ldap3
import pytest

from codedark.enforce.contract import DeviceId
from codedark.enforce.directory.directory import Directory
from tests.live_intake import Authority
from tests.programs import end

ADDRESS: Final = f"127.{64 + (os.getpid() >> 8) % 64}.{os.getpid() % 256}.1"
"""Each process of the tests has its own: the port of LDAPS cannot be chosen."""
ADMINISTRATOR: Final = "Administrator@hospital.test"
PASSWORD: Final = "Not-a-real.Passw0rd"
_TOOL: Final = shutil.which("samba-tool") or "/usr/bin/samba-tool"
_SAMBA: Final = shutil.which("samba") or "/usr/sbin/samba"
# PKCS #3: a sequence of a prime, 2^521 - 1, and a generator, 2.
_DER: Final = bytes((0x30, 71, 2, 66)) + (2**521 - 1).to_bytes(66, "big") + bytes((2, 1, 2))
_PRIME: Final = f"-----BEGIN DH PARAMETERS-----\n{base64.encodebytes(_DER).decode()}-----END DH PARAMETERS-----\n"
_PATIENCE_SECONDS: Final = 60.0


def why_not() -> str:
    """Why there can be no domain controller here, "" where there can."""
    if not Path(_SAMBA).exists() or not Path(_TOOL).exists():
        return "samba and samba-ad-provision are not installed"
    return "" if os.geteuid() == 0 else "a domain controller needs root"


class Domain(NamedTuple):
    """A domain controller that answers."""

    configuration: Path
    authority: Path

    def directory(self, *protected: str, password: str = PASSWORD) -> Directory:
        """The adapter for it."""
        return Directory(DeviceId("directory"), ADDRESS, ADMINISTRATOR, password, self.authority, protected)

    def tool(self, *words: str) -> str:
        """What an administrator does at its console."""
        done = subprocess.run([_TOOL, *words, "-s", self.configuration], check=True, capture_output=True, text=True)
        return done.stdout

    def binds(self, account: str, password: str = PASSWORD) -> bool:
        """Whether an account can log on."""
        tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, sni=ADDRESS, ca_certs_file=str(self.authority))
        server = ldap3.Server(ADDRESS, 636, use_ssl=True, tls=tls, get_info=ldap3.NONE, connect_timeout=5)
        connection = ldap3.Connection(server, f"{account}@hospital.test", password, receive_timeout=5)
        try:
            return bool(connection.bind())
        finally:
            connection.unbind()


@contextmanager
def domain_controller(folder: Path) -> Iterator[Domain]:
    """Provision one, start it, wait for it; it ends with the `with`. Skips, in samba's own words, where none can be had
    here: a disk without extended attributes, a port that is taken.
    """
    options = ["server services=ldap", f"interfaces={ADDRESS}/8", f"pid directory={folder}", "bind interfaces only=yes"]
    authority = Authority(folder)
    certificate, key = authority.issue("dc", address=ADDRESS)
    key.chmod(0o600)
    # Never used, as clients take elliptic curves; without it, samba looks for a large prime for a minute at its start.
    (folder / "prime.pem").write_text(_PRIME)
    options += [f"tls certfile={certificate}", f"tls keyfile={key}", f"tls cafile={authority.pem}"]
    options.append(f"tls dh params file={folder}/prime.pem")
    given = ["--realm=HOSPITAL.TEST", "--domain=HOSPITAL", f"--adminpass={PASSWORD}", "--host-name=dc"]
    made = subprocess.run(
        [_TOOL, "domain", "provision", *given, "--server-role=dc", "--dns-backend=NONE", f"--targetdir={folder}/dc"]
        + [f"--option={option}" for option in options],
        check=False,
        capture_output=True,
    )
    if made.returncode:
        pytest.skip(f"samba-tool makes no domain here: {made.stderr.decode(errors='replace')[-500:]}")
    configuration = folder / "dc" / "etc" / "smb.conf"
    with (folder / "samba.out").open("wb") as said:
        process = subprocess.Popen(
            [_SAMBA, "-i", "-M", "single", "-s", configuration], stdout=said, stderr=subprocess.STDOUT
        )
        try:
            domain = Domain(configuration, authority.pem)
            _await(domain, process, folder / "samba.out")
            yield domain
        finally:
            end(process, 20)


def _await(domain: Domain, process: subprocess.Popen[bytes], said: Path) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection((ADDRESS, 636), 1.0).close()
        except OSError:
            time.sleep(0.1)
        else:
            assert domain.binds("Administrator")
            return
    pytest.skip(f"samba does not answer here: {said.read_text(errors='replace')[-500:]}")
