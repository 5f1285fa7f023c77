"""Access logs of web servers and proxies: Apache's and nginx's common and combined formats, W3C extended.

Fields have the W3C names, which are Sigma's for web servers (``cs-method``, ``sc-status`` ...), and beside
them Sigma's names for proxies (``c-uri``, ``c-useragent`` ...). Sigma's rules look for the whole request
target in ``cs-uri-query``: in Apache's formats it is that, in W3C's it is both, the query and the target.
``-`` is null.
Source: W3C Extended Log File Format (WD-logfile-960323); Apache HTTP Server documentation, "Log Files".
"""

from __future__ import annotations

import csv
import re
from typing import Final

from codedark.events.record import Origin, Record
from codedark.ingest.text import Unreadable, alias, closing_quote, gather

W3C_NAMES: Final = (
    ("cs(User-Agent)", "cs-user-agent"),
    ("cs(User-Agent)", "c-useragent"),
    ("cs(Referer)", "cs-referer"),
    ("cs(Cookie)", "cs-cookie"),
    ("cs(Host)", "cs-host"),
    ("c-ip", "src_ip"),
    ("c-port", "src_port"),
    ("s-ip", "dst_ip"),
    ("r-ip", "dst_ip"),
    ("s-port", "dst_port"),
    ("cs-uri-query", "c-uri-query"),
    ("s-action", "action"),
)
"""W3C fields that Sigma's rules know under another name."""

_ACCESS: Final = re.compile(
    r"(?:(\S{1,255}):\d{1,5} )?(\S{1,255}) (\S{1,255}) (\S.{0,254}?) "
    r'\[(\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "'
)
_RESULT: Final = re.compile(r" (\d{3}|-) (\d{1,20}|-)(?= |$)")
_EXTENSION: Final = re.compile(r"\.([A-Za-z0-9]{1,10})$")


def is_access_log(line: str) -> bool:
    """Whether ``line`` is of the common or combined format."""
    return bool(_ACCESS.match(line))


def parse(line: str) -> tuple[Origin, Record]:
    """One line of the common or combined format, with or without the virtual host before it.

    What stands behind the user agent is kept in ``extra``. Raises `Unreadable` where the line is neither.
    """
    found = _ACCESS.match(line)
    if not found:
        raise Unreadable("no access log line: expected 'client - user [time] \"request\" status bytes'")
    request, at = _quoted(line, found.end())
    result = _RESULT.match(line, at)
    if not result:
        raise Unreadable("the access log line has no status and size behind the request")
    at = result.end()
    quoted: list[str] = []
    while len(quoted) < 2 and line.startswith(' "', at):
        text, at = _quoted(line, at + 2)
        quoted.append(text)
    host, client, identity, user, time = found.groups()
    values: dict[str, str | None] = {
        "cs-host": host,
        "c-ip": client,
        "ident": identity,
        "cs-username": user,
        "timestamp": time,
        "request": request,
        "sc-status": result[1],
        "sc-bytes": result[2],
        **dict(zip(("cs-referer", "cs-user-agent"), quoted, strict=False)),
        "extra": line[at:].strip() or None,
    }
    record: Record = {name: None if v == "-" else v for name, v in values.items() if v is not None}
    method, _, rest = request.partition(" ")
    target, _, version = rest.rpartition(" ")
    if version.startswith("HTTP/"):
        record.update({"cs-method": method, "cs-version": version})
        add_uri(record, target)
        record["cs-uri-query"] = target
    else:
        # Not HTTP, such as a TLS handshake sent to a plain port: the rules on the target still apply.
        record["cs-uri-query"] = request
    alias(record, [("cs-user-agent", "c-useragent"), ("c-ip", "src_ip")])
    return Origin("webserver", "access"), record


def add_uri(record: Record, target: str) -> None:
    """Add the fields that Sigma's rules name for a request target; those that are there stay."""
    stem, mark, query = target.partition("?")
    if "://" in stem[:10]:
        record.setdefault("cs-host", stem.split("/", 3)[2])
    record.setdefault("c-uri", target)
    record.setdefault("cs-uri", target)
    record.setdefault("cs-uri-stem", stem)
    if mark:
        record.setdefault("c-uri-query", query)
    if extension := _EXTENSION.search(stem[-11:]):
        record.setdefault("c-uri-extension", extension[1])


def _quoted(line: str, start: int) -> tuple[str, int]:
    """The text of a quoted value whose first character is at ``start``, and where the line goes on."""
    close = closing_quote(line, start)
    if close < 0:
        raise Unreadable("the access log line opens a quote that it does not close")
    return line[start:close].replace('\\"', '"'), close + 1


class W3cLog:
    """A W3C extended log being read: what its directives have said so far."""

    def __init__(self) -> None:
        self._origin = Origin("webserver", "w3c")
        self._iis = False
        self._fields: list[str] = []
        self._separator = " "

    def learn(self, line: str) -> None:
        """Take in a directive, a line that begins with ``#``."""
        name, _, value = line.partition(":")
        value = value.strip()
        if name == "#Fields":
            self._separator = "\t" if "\t" in value else " "
            self._fields = value.split()
        elif name == "#Software":
            self._iis = "Internet Information Services" in value
            if self._iis:
                self._origin = Origin("webserver", "iis")
            elif value.startswith("SGOS"):
                self._origin = Origin("proxy", "bluecoat")

    def parse(self, line: str) -> tuple[Origin, Record]:
        """The record of one row. Raises `Unreadable` where it does not have the columns of ``#Fields``."""
        cells = self._cells(line)
        if not self._fields:
            raise Unreadable("a row before any '#Fields:' directive")
        if len(cells) != len(self._fields):
            raise Unreadable(f"{len(cells)} columns where '#Fields:' names {len(self._fields)}")
        record = gather([(name, None if cell == "-" else cell) for name, cell in zip(self._fields, cells, strict=True)])
        agent = record.get("cs(User-Agent)")
        if self._iis and isinstance(agent, str):
            # IIS writes a space as "+". The native field stays as it is.
            record["cs-user-agent"] = record["c-useragent"] = agent.replace("+", " ")
        alias(record, W3C_NAMES)
        stem, query = record.get("cs-uri-stem"), record.get("cs-uri-query")
        if isinstance(stem, str):
            target = f"{stem}?{query}" if isinstance(query, str) else stem
            add_uri(record, target)
            record["cs-uri-query"] = (query, target) if isinstance(query, str) else target
        return self._origin, record

    def _cells(self, line: str) -> list[str]:
        if '"' not in line:
            return line.strip(" ").split(self._separator)
        try:
            return next(csv.reader([line.strip(" ")], delimiter=self._separator), [])
        except csv.Error as reason:
            raise Unreadable(f"the row cannot be split into columns: {reason}") from reason
