"""For the tests of live sources: an intake that remembers, certificates made on the spot, and patience with an end."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from codedark.ingest.live.intake import Cut, NotTaken


class Taken:
    """Takes everything, unless ``refusing`` says why not, or ``open`` is not set."""

    def __init__(self) -> None:
        self.cuts: list[Cut] = []
        self.refusing: NotTaken | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.waiting = 0

    async def take(self, cut: Cut) -> None:
        self.waiting += 1
        await self.open.wait()
        self.waiting -= 1
        if self.refusing:
            raise self.refusing
        assert cut.data.count(b"\n") == cut.count
        self.cuts.append(cut)

    @property
    def lines(self) -> list[bytes]:
        return [line for cut in self.cuts for line in cut.data.split(b"\n")[:-1]]

    @property
    def reasons(self) -> list[str]:
        return [rejected.reason for cut in self.cuts for rejected in cut.rejected]


async def until(is_so: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is so; fails when it takes too long."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


class Authority:
    """A certificate authority for one test, and what it has signed, as PEM files in ``folder``."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._name = name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.pem = folder / f"{name}.pem"
        certificate = self._signed(self._subject, self._key, is_authority=True)
        self.pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, *, expired: bool = False, address: str = "127.0.0.1") -> tuple[Path, Path]:
        """A certificate for ``name`` on an address of this machine, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._signed(subject, key, expired=expired, address=address)
        paths = self._folder / f"{self._name}-{name}.pem", self._folder / f"{self._name}-{name}.key"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        paths[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
        return paths

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *,
        is_authority: bool = False,
        expired: bool = False,
        address: str = "127.0.0.1",
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        end = now - dt.timedelta(days=1) if expired else now + dt.timedelta(days=1)
        addresses = [x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName("localhost")]
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=2))
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
            .add_extension(identifier, critical=False)
            .sign(self._key, hashes.SHA256())
        )
