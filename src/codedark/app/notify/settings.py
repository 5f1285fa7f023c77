"""``[notify]`` of ``codedark.toml``: who is told, over which channels, how often; checked before it is used.

Secrets are not in it: it names the file or the variable of the environment that holds one, which is read each time, so
that a changed secret holds at once. No secret is in a message, an error or a ``repr``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from codedark.app.notify.channels import MailChannel, SyslogChannel, WebhookChannel
from codedark.app.notify.guard import Channel
from codedark.app.notify.message import House
from codedark.app.notify.notifier import Settings
from codedark.app.notify.schedule import BackOff, Repetition
from codedark.errors import UsageError
from codedark.exchange.alarm_syslog import AlarmSyslog, SyslogServer, Transport
from codedark.exchange.mail import Mailbox, MailServer, Security
from codedark.exchange.webhook import Endpoint, Webhook, usable_url

_SUBMISSION = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}
_SYSLOG = {Transport.UDP: 514, Transport.TCP: 601, Transport.TLS: 6514}

Seconds = Annotated[float, msgspec.Meta(ge=1, le=86_400)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class _Secret(msgspec.Struct, forbid_unknown_fields=True):
    """Where a secret is: a file (its first line) or a variable of the environment."""

    file: str = ""
    env: str = ""


class _Mail(msgspec.Struct, forbid_unknown_fields=True, tag="mail", tag_field="kind"):
    name: Name
    host: Name
    sender: str
    recipients: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    port: Port | None = None
    security: Security = Security.STARTTLS
    user: str = ""
    password: _Secret | None = None
    authorities: str = ""
    always: bool = False


class _Webhook(msgspec.Struct, forbid_unknown_fields=True, tag="webhook", tag_field="kind"):
    name: Name
    url: str | _Secret
    format: Literal["codedark", "ocsf", "text", "teams"] = "codedark"
    secret: _Secret | None = None
    token: _Secret | None = None
    authorities: str = ""
    always: bool = False


class _Syslog(msgspec.Struct, forbid_unknown_fields=True, tag="syslog", tag_field="kind"):
    name: Name
    host: Name
    port: Port | None = None
    transport: Transport = Transport.TLS
    format: Literal["rfc5424", "cef"] = "rfc5424"
    authorities: str = ""
    always: bool = False


class _Repeat(msgspec.Struct, forbid_unknown_fields=True):
    every_seconds: Seconds = 600
    factor: Annotated[float, msgspec.Meta(ge=1, le=10)] = 1.0
    longest_seconds: Seconds = 3_600
    most: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 144


class _BackOff(msgspec.Struct, forbid_unknown_fields=True):
    first_seconds: Seconds = 15
    longest_seconds: Seconds = 300


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    channels: tuple[_Mail | _Webhook | _Syslog, ...]
    hospital: str = ""
    link: str = ""
    repeat: _Repeat = msgspec.field(default_factory=_Repeat)
    back_off: _BackOff = msgspec.field(default_factory=_BackOff)
    deadline_seconds: Annotated[float, msgspec.Meta(ge=1, le=120)] = 20.0


@dataclass(frozen=True, slots=True)
class Notification:
    """What `Notifier` takes: the channels, the preferred first, and how alarms are told."""

    channels: tuple[Channel, ...]
    settings: Settings


def notification(loaded: Any, where: str, folder: Path) -> Notification:
    """What the table says, checked; files that it names are relative to ``folder``. Every secret is read once, so
    that one that is missing is told now and not at night. Raises `UsageError`, which names the place in ``where``.
    """
    try:
        read = msgspec.convert(loaded, _Table)
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}: {error}") from error
    channels = tuple(_channel(each, f"{where}: channel {each.name}", folder) for each in read.channels)
    if not channels:
        raise UsageError(f"{where}: names no channel: nobody would be told of an alarm")
    if twice := [name for name, times in Counter(each.name for each in channels).items() if times > 1]:
        raise UsageError(f"{where}: two channels are called {twice[0]}: give each a name of its own")
    house = House(read.hospital, read.link)
    repeat, back_off = (
        Repetition(**msgspec.structs.asdict(read.repeat)),
        BackOff(**msgspec.structs.asdict(read.back_off)),
    )
    return Notification(channels, Settings(house, repeat, back_off, read.deadline_seconds))


def _channel(read: _Mail | _Webhook | _Syslog, where: str, folder: Path) -> Channel:
    authorities = _certificates(read.authorities, where, folder)
    match read:
        case _Mail():
            return _mail(read, where, folder, authorities)
        case _Webhook():
            url = _secret(read.url, where, folder) if isinstance(read.url, _Secret) else _constant(read.url)
            _check_url(url(), where)
            secret = _secret(read.secret, where, folder) if read.secret else None
            headers = _bearer(_secret(read.token, where, folder)) if read.token else dict
            endpoint = Endpoint(url, secret, headers, authorities)
            return WebhookChannel(read.name, Webhook(endpoint), read.format, read.always)
        case _Syslog():
            server = SyslogServer(read.host, read.port or _SYSLOG[read.transport], read.transport, authorities)
            return SyslogChannel(read.name, AlarmSyslog(server), read.format, read.always)


def _mail(read: _Mail, where: str, folder: Path, authorities: Path | None) -> MailChannel:
    for address in (read.sender, *read.recipients):
        _check_address(address, where)
    password = _secret(read.password, where, folder) if read.password else None
    if bool(read.user) != (password is not None):
        raise UsageError(f"{where}: user and password go together: name both or neither")
    if read.user and read.security is Security.NONE:
        raise UsageError(f"{where}: a password is not sent without TLS: set security to starttls or tls")
    port = read.port or _SUBMISSION[read.security]
    server = MailServer(
        read.host, port, read.security, read.sender, read.recipients, read.user, password, authorities
    )  # fmt: skip
    return MailChannel(read.name, Mailbox(server), read.always)


def _check_address(address: str, where: str) -> None:
    try:
        parsed = Address(addr_spec=address)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise UsageError(f"{where}: {address!r} is no mail address: write it as name@host") from error
    if not parsed.domain or not address.isascii():
        raise UsageError(f"{where}: {address!r} is no mail address: write it as name@host")


def _check_url(url: str, where: str) -> None:
    try:
        usable_url(url)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error


def _secret(read: _Secret, where: str, folder: Path) -> Callable[[], str]:
    if bool(read.file) == bool(read.env):
        raise UsageError(f"{where}: a secret is named either by file or by env")

    def now() -> str:
        value = os.environ.get(read.env, "") if read.env else _first_line(folder / read.file, where)
        if not value:
            raise UsageError(f"{where}: the secret in {read.env or read.file} is empty or not there")
        return value

    now()
    return now


def _first_line(path: Path, where: str) -> str:
    try:
        return path.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{where}: the secret in {path} cannot be read") from error


def _certificates(name: str, where: str, folder: Path) -> Path | None:
    if not name:
        return None
    path = folder / name
    if not path.is_file():
        raise UsageError(f"{where}: authorities: {path} is not there: name a PEM file of certificates to trust")
    return path


def _bearer(token: Callable[[], str]) -> Callable[[], Mapping[str, str]]:
    return lambda: {"Authorization": f"Bearer {token()}"}


def _constant(value: str) -> Callable[[], str]:
    return lambda: value
