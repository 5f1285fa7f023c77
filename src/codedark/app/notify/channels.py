"""The channels: mail, webhook and syslog, each puts a notice into its own words and hands it to `codedark.exchange`."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from codedark.app.notify.formats import cef_line, chat_json, ocsf_json, own_json, syslog_line, teams_json
from codedark.app.notify.message import Notice, letter_html, letter_text, subject
from codedark.app.outputs import to_json
from codedark.app.untrusted import encodable
from codedark.exchange.alarm_syslog import AlarmSyslog
from codedark.exchange.mail import Letter, Mailbox
from codedark.exchange.webhook import Webhook

DOCUMENTS: Final[Mapping[str, Callable[[Notice], dict[str, Any]]]] = {
    "codedark": own_json,
    "ocsf": ocsf_json,
    "text": chat_json,
    "teams": teams_json,
}
"""The formats of webhooks."""
LINES: Final[Mapping[str, Callable[[Notice, str], bytes]]] = {"rfc5424": syslog_line, "cef": cef_line}
"""The formats of syslog."""


@dataclass(frozen=True, slots=True)
class MailChannel:
    """Alarms as letters. A repeat is a letter of its own below the first, so that the telephone rings again."""

    name: str
    mailbox: Mailbox
    always: bool = False

    def send(self, notice: Notice) -> str:
        """As `Channel.send`."""
        first = replace(notice, repeat=0).key
        return self.mailbox.send(
            Letter(
                key=notice.key,
                subject=encodable(subject(notice)),
                text=encodable(letter_text(notice)),
                html=encodable(letter_html(notice)),
                answers=first if notice.repeat else "",
            )
        )

    def probe(self) -> None:
        """As `Channel.probe`."""
        self.mailbox.probe()


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """Alarms as JSON documents. ``Idempotency-Key`` is the same when a document is sent again because nobody knows
    whether it arrived; ``Codedark-Alarm`` is the alarm's id, the same in each repeat.
    """

    name: str
    webhook: Webhook
    document: str = "codedark"
    always: bool = False

    def send(self, notice: Notice) -> str:
        """As `Channel.send`."""
        headers = {"Idempotency-Key": notice.key, "Codedark-Alarm": notice.alarm.id}
        self.webhook.post(to_json(DOCUMENTS[self.document](notice)), headers)
        return ""

    def probe(self) -> None:
        """As `Channel.probe`."""
        self.webhook.probe()


@dataclass(frozen=True, slots=True)
class SyslogChannel:
    """Alarms as syslog lines."""

    name: str
    syslog: AlarmSyslog
    form: str = "rfc5424"
    always: bool = False

    def send(self, notice: Notice) -> str:
        """As `Channel.send`."""
        self.syslog.send(LINES[self.form](notice, socket.gethostname()))
        return ""

    def probe(self) -> None:
        """As `Channel.probe`."""
        self.syslog.probe()
