"""From what a person names as a destination to a sender."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from codedark.errors import UsageError
from codedark.exchange.growing_files import GrowingFiles
from codedark.exchange.http_lines import HttpSender
from codedark.exchange.mllp import MllpSender
from codedark.exchange.sender import Sender
from codedark.exchange.syslog import SyslogOverTcp, SyslogOverUdp

FORMS = "FOLDER, syslog://HOST:PORT (UDP), syslog+tcp://HOST:PORT, http(s)://HOST[:PORT]/PATH or mllp://HOST:PORT"


def sender_to(destination: str) -> Sender:
    """The sender for ``destination``: a folder, or a URL. Raises `UsageError` where it is none that we know."""
    if "://" not in destination:
        return GrowingFiles(Path(destination))
    url = urlsplit(destination)
    try:
        host, port = url.hostname, url.port
    except ValueError as error:
        raise UsageError(f"{destination}: {error}; use {FORMS}") from error
    if not host:
        raise UsageError(f"{destination}: names no host; use {FORMS}")
    match url.scheme:
        case "http" | "https":
            return HttpSender(url)
        case "syslog" | "syslog+udp":
            return SyslogOverUdp(host, port or 514)
        case "syslog+tcp":
            return SyslogOverTcp(host, port or 601)
        case "mllp":
            return MllpSender(host, port or 2575)
        case _:
            raise UsageError(f"{destination}: {url.scheme} is not known; use {FORMS}")
