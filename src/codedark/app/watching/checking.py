"""Checks a configuration before it is used: everything that would only fail at night is tried now."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from codedark.app.notify.settings import notification
from codedark.app.watching.configuration import FILE, Configuration, Tls, load
from codedark.app.watching.listening import SYSLOG_PORTS, address_of, context_of
from codedark.app.watching.parts import watcher_from
from codedark.errors import UsageError


def check(home: Path, cache: Path) -> list[str]:
    """What a person should know of an installation, a sentence each, although it can run.

    Raises `CodeDarkError` for the first thing with which it cannot: a setting, the hospital, the rules, a certificate,
    a channel.
    """
    if not home.is_dir():
        raise UsageError(f"{home}: there is no such folder: `codedark init --home {home}` makes one")
    if not os.access(home, os.W_OK):
        raise UsageError(f"{home}: cannot be written: give it to the user that `codedark serve` runs as")
    configuration = load(home)
    for listener in configuration.syslog:
        address_of(listener.listen, SYSLOG_PORTS[listener.listen.partition("://")[0]])
    if configuration.http:
        address_of(configuration.http.listen)
    for where, tls in _tls_of(configuration):
        context_of(home, tls)
        _private(home / tls.key, where)
    if configuration.notify:
        notification(configuration.notify, f"{home / FILE}: [notify]", home)
    if configuration.enforce:
        # Here, so that a watch that acts on nothing does not carry what speaks to devices.
        from codedark.app.enforcing.desk import ground_of  # noqa: PLC0415

        ground_of(home).devices.opened()
    _, problems = watcher_from(home, configuration, cache)
    return [*problems, *_missing(configuration)]


def _missing(configuration: Configuration) -> Iterator[str]:
    if not configuration.notify:
        yield "[notify] names no channel: alarms are only on the page and in `codedark incident list`"
    if not (configuration.syslog or configuration.files or configuration.http):
        yield "nothing is listened to: name [http], [[syslog]] or [[files]]"
    for listener in configuration.syslog:
        if listener.listen.startswith("udp://"):
            yield f"{listener.listen}: UDP loses records when it is busy; use TLS or a file where there is a choice"


def _tls_of(configuration: Configuration) -> Iterator[tuple[str, Tls]]:
    if configuration.http and configuration.http.tls:
        yield "[http]", configuration.http.tls
    for number, listener in enumerate(configuration.syslog, 1):
        if listener.tls:
            yield f"[[syslog]] number {number}", listener.tls


def _private(key: Path, where: str) -> None:
    """A key that all can read is everybody's."""
    if key.stat().st_mode & 0o004:
        raise UsageError(f"{where} key {key}: every user of this machine can read it: chmod 640 {key}")
