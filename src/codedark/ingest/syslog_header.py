"""The header of a syslog line: RFC 3164 in its variants, RFC 5424, rsyslog's ISO timestamps.

A line has, in this order and all optional: an octet count (RFC 6587), ``<PRI>``, a timestamp, a host, a tag
(program and process id), a message. Cisco devices count their messages before the timestamp, and collectors put
the sender before that. A line without any of them is all message (RFC 3164, 4.3.3), so
every line has a reading.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from codedark.events.record import Record, Scalar
from codedark.ingest.text import closing_quote, gather

Pair = tuple[str, Scalar]

_FACILITIES: Final = """
    kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock
    local0 local1 local2 local3 local4 local5 local6 local7
"""
FACILITIES: Final = tuple(_FACILITIES.split())
SEVERITIES: Final = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
"""RFC 5424, tables 1 and 2, by the names of syslog.conf(5)."""

PAYLOADS: Final = ("CEF:", "LEEF:", "@cee:", "{", "<Event")
"""How a message of another format begins. None of them is the start of a host name or a tag."""

_PRI: Final = re.compile(r"(?:\d{1,7} (?=<))?<(\d{1,3})>")
_RFC5424: Final = re.compile(
    r"\d{1,2} (-|\d{4}-\d\d-\d\dT\S{1,64}) (\S{1,255}) (\S{1,255}) (\S{1,255}) (\S{1,255})(?: |$)"
)
_TIME: Final = re.compile(
    r"(?:\d{1,10}: )?"
    r"([*.]?[A-Z][a-z]{2} {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,9})?"
    r"(?: \d{4}(?= )| [A-Z]{1,5}(?=:))?"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)"
    r"(?:: {0,4}| {1,4}|$)"
)
_SENDER: Final = re.compile(r"(\S{1,255}) (?=\d{1,10}: [*.]?[A-Z][a-z]{2} {1,2}\d)")
_HOST: Final = re.compile(r"(\S{1,255})(?: : | |$)")
_TAG: Final = re.compile(r"([^\s:\[\]]{1,255})(?:\[([^\]\s]{1,64})\]:?|:(?=\s|$)) ?")
_ELEMENT: Final = re.compile(r'\[([^\s="\]]{1,255})')
_PARAMETER: Final = re.compile(r' {1,8}([^\s="\]]{1,255})="(?:([^"\\]*)")?')
_ESCAPED: Final = re.compile(r'\\(["\\\]])')


class Message(NamedTuple):
    """A syslog line taken apart.

    ``fields``   what the header says, with the timestamp as it is written; what it leaves out is absent.
    ``program``  the program of the tag, without its path; "" where there is none.
    ``text``     the message part.
    """

    fields: list[Pair]
    program: str
    text: str

    @property
    def host(self) -> str:
        """The host name in the header, or ""."""
        return next((str(value) for name, value in self.fields if name == "hostname"), "")

    def wrap(self, record: Record) -> None:
        """Add to the record of the message what the header says and the message does not."""
        for name, value in gather(self.fields).items():
            record.setdefault(name, value)


def split(line: str) -> Message:
    """Take the header off ``line``. Total: what is not recognised belongs to the message."""
    text = line.lstrip(" \t\ufeff")
    fields: list[Pair] = []
    if (found := _PRI.match(text)) and int(found[1]) < len(FACILITIES) * len(SEVERITIES):
        facility, severity = divmod(int(found[1]), len(SEVERITIES))
        fields += [("facility", FACILITIES[facility]), ("severity", SEVERITIES[severity])]
        text = text[found.end() :]
    if modern := _RFC5424.match(text):
        return _rfc5424(fields, modern, text[modern.end() :])
    if sender := _SENDER.match(text):
        fields.append(("hostname", sender[1]))
        text = text[sender.end() :]
    if found := _TIME.match(text):
        fields.append(("timestamp", found[1]))
        text = text[found.end() :]
        is_host = not sender and not text.startswith(PAYLOADS) and not _TAG.match(text)
        if is_host and (host := _HOST.match(text)):
            fields.append(("hostname", host[1]))
            text = text[host.end() :]
    if fields and not text.startswith(PAYLOADS) and (tag := _TAG.match(text)):
        fields += [("appname", tag[1]), ("procid", tag[2])] if tag[2] else [("appname", tag[1])]
        return _message(fields, tag[1], text[tag.end() :])
    return _message(fields, "", text)


def _rfc5424(fields: list[Pair], header: re.Match[str], rest: str) -> Message:
    """RFC 5424, 6.2: ``-`` is the nil value, and the field is absent."""
    names = ("timestamp", "hostname", "appname", "procid", "msgid")
    fields += [(name, value) for name, value in zip(names, header.groups(), strict=True) if value != "-"]
    parameters, end = _structured_data(rest)
    program = "" if header[3] == "-" else header[3]
    return _message(fields + parameters, program, rest[end:].lstrip(" ").removeprefix("\ufeff"))


def _message(fields: list[Pair], program: str, text: str) -> Message:
    if program in ("CEF", "LEEF"):
        text = f"{program}:{text}"
    # "/usr/sbin/cron" and "su(pam_unix)" are the programs cron and su.
    return Message(fields, program.rpartition("/")[2].partition("(")[0] or program, text)


def _structured_data(text: str) -> tuple[list[Pair], int]:
    """RFC 5424, 6.3: parameters as ``element.name``, and where the message begins.

    An element that breaks off is no structured data: the message begins with it.
    """
    if text == "-" or text.startswith("- "):
        return [], 1
    parameters: list[Pair] = []
    end = 0
    while head := _ELEMENT.match(text, end):
        element: list[Pair] = []
        at = head.end()
        while named := _PARAMETER.match(text, at):
            value, at = named[2], named.end()
            if value is None:
                # The value has escapes in it, or no end.
                close = closing_quote(text, at)
                if close < 0:
                    return parameters, end
                value, at = _ESCAPED.sub(r"\1", text[at:close]), close + 1
            element.append((f"{head[1]}.{named[1]}", value))
        if not text.startswith("]", at):
            break
        parameters += element or [(head[1], "")]
        end = at + 1
    return parameters, end
