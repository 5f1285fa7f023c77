"""Letters over SMTP (RFC 5321) with TLS that is verified: STARTTLS (RFC 3207) or from the first byte (RFC 8314)."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path

from codedark.exchange.sender import NotDelivered


class Security(StrEnum):
    """How the connection is protected. ``none`` is for a relay on the same machine."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed in, by whom and to whom.

    ``password`` gives the password when it is needed, so that a new one is used as soon as it is there. ``authorities``
    is a file of certificates (PEM) to trust instead of those of the system. ``timeout_seconds`` is for each answer.
    """

    host: str
    port: int
    security: Security
    sender: str
    recipients: tuple[str, ...]
    user: str = ""
    password: Callable[[], str] | None = field(default=None, repr=False)
    authorities: Path | None = None
    timeout_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent. ``key`` becomes the Message-ID and ``answers`` (the key of an earlier letter, "" for none) the
    thread, so that a repeat stands below what it repeats.
    """

    key: str
    subject: str
    text: str
    html: str
    answers: str = ""


class Mailbox:
    """Hands letters in at a server, each over a connection of its own."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._where = f"{server.host}:{server.port}"

    def send(self, letter: Letter) -> str:
        """Hand the letter in; "" when every recipient was taken, else which were not and why.

        Raises `NotDelivered` where no recipient was taken.
        """
        message = composed(letter, self._server.sender, self._server.recipients)
        with self._connected() as smtp:
            refused = smtp.send_message(message, self._server.sender, list(self._server.recipients))
        return _refusals(refused)

    def probe(self) -> None:
        """Connect and log on without a letter. Raises `NotDelivered`."""
        with self._connected() as smtp:
            smtp.noop()

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server = self._server
        try:
            with self._opened() as smtp:
                if server.security is Security.STARTTLS:
                    smtp.starttls(context=self._trust())
                if server.user:
                    self._log_on(smtp)
                yield smtp
        except smtplib.SMTPRecipientsRefused as error:
            raise NotDelivered(f"{self._where}: no recipient was taken: {_refusals(error.recipients)}") from error
        except smtplib.SMTPResponseException as error:
            raise NotDelivered(f"{self._where}: {error.smtp_code} {_said(error.smtp_error)}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotDelivered(f"{self._where}: {error or type(error).__name__}") from error

    def _opened(self) -> smtplib.SMTP:
        server = self._server
        if server.security is Security.TLS:
            return smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout_seconds, context=self._trust())
        return smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)

    def _log_on(self, smtp: smtplib.SMTP) -> None:
        if self._server.security is Security.NONE:
            raise NotDelivered(f"{self._where}: a password is not sent without TLS: set security to starttls or tls")
        smtp.login(self._server.user, self._server.password() if self._server.password else "")

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._server.authorities)


def composed(letter: Letter, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """The letter as plain text with HTML beside it (RFC 2046, multipart/alternative). It says of itself that a
    machine wrote it (RFC 3834), so that absence notes do not answer.
    """
    domain = Address(addr_spec=sender).domain
    message = EmailMessage()
    message["From"] = Address("Code Dark", addr_spec=sender)
    message["To"] = tuple(Address(addr_spec=each) for each in recipients)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{letter.key}@{domain}>"
    if letter.answers:
        message["In-Reply-To"] = f"<{letter.answers}@{domain}>"
        message["References"] = f"<{letter.answers}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Importance"] = "high"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def _refusals(refused: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{who}: {code} {_said(why)}" for who, (code, why) in refused.items())


def _said(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
