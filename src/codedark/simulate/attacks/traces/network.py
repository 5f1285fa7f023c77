"""Traces on the wire: connections, names, pages, and movement from host to host, as Zeek, firewall and proxy see
them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal
from zlib import crc32

from codedark.hospital.account import AccountId
from codedark.simulate.acts import (
    Act,
    Connected,
    FileWritten,
    LogonType,
    NameAsked,
    PageFetched,
    RpcCalled,
    ShareTouched,
)
from codedark.simulate.attacks.scene import ITSELF, Group, Moment, Peer
from codedark.simulate.attacks.script import ONCE, Count, Span
from codedark.simulate.attacks.traces.identity import logged_on, machine_package
from codedark.simulate.attacks.traces.kinds import trace
from codedark.simulate.habit import MINUTE_US, SECOND_US
from codedark.simulate.habits.web import AGENTS
from codedark.simulate.site import Family

_SERVICES = {
    22: "ssh", 53: "dns", 80: "http", 88: "krb_tcp", 135: "dce_rpc", 389: "ldap", 443: "ssl", 445: "smb", 3389: "rdp",
    8080: "http", 8443: "ssl",
}  # fmt: skip
SOME_SENT, SOME_RECEIVED = Count(2_000, 20_000), Count(2_000, 40_000)
REQUEST, PAGE, PROGRAM = Count(300, 900), Count(2_000, 60_000), Count(80_000, 900_000)
SECONDS, A_MINUTE = Span(SECOND_US, 20 * SECOND_US), Span(50 * SECOND_US, 70 * SECOND_US)
SITTING = Span(4 * MINUTE_US, 40 * MINUTE_US)
FOR_EVER = Span(0, 0)
_CHUNK = 96_000_000


def connected(
    m: Moment,
    at_us: int,
    source: str,
    target: str,
    port: int,
    sent: int,
    received: int,
    seconds: float,
    state: str = "SF",
    by: str = "",
    allowed: bool = True,
) -> Connected:
    """A TCP connection; ``by`` is the program behind it, known only where it starts from the moment's host."""
    mine = by and source == m.host.id
    program = m.scene.program(m.host, by) if mine else None
    return Connected(
        at_us=at_us,
        source=source,
        source_port=m.numbers.port(source),
        target=target,
        target_port=port,
        protocol="tcp",
        service=_SERVICES.get(port, "") if state == "SF" else "",
        sent=sent,
        received=received,
        seconds=seconds,
        state=state,
        image=program.image if program else "",
        account=m.account if program else AccountId(""),
        process_id=program.process_id if program else 0,
        allowed=allowed,
        step=m.step,
    )


@trace("connect")
def connect(
    m: Moment,
    target: Peer,
    port: int,
    source: Peer = ITSELF,
    by: str = "",
    sent: Count = SOME_SENT,
    received: Count = SOME_RECEIVED,
    lasts: Span = SECONDS,
    allowed: bool = True,
) -> Iterator[Act]:
    """A connection from the step's host (or `source`) to `target`; `allowed: false` where a firewall stops it."""
    state = "SF" if allowed else "S0"
    octets = (m.chance.randint(*sent), m.chance.randint(*received)) if allowed else (0, 0)
    seconds = m.chance.uniform(*lasts) / SECOND_US if allowed else 0.0
    yield connected(m, m.at_us, source or m.host.id, target, port, *octets, seconds, state, by, allowed)


@trace("beacon")
def beacon(
    m: Moment,
    server: str,
    target: Peer,
    every: Span = A_MINUTE,
    lasts: Span = FOR_EVER,
    by: str = "",
    path: str = "/jquery-3.3.1.min.js",
    proxied: bool = True,
) -> Iterator[Act]:
    """The attacker's program asks `server` (at `target`) for orders, again and again, for as long as it `lasts`.

    Without `lasts` it goes on until the attack ends.
    """
    end_us = m.at_us + m.chance.randint(*lasts) if lasts.high_us else m.last_us
    at_us = m.at_us
    asked_us = 0
    while at_us < end_us:
        if at_us - asked_us > 30 * MINUTE_US:
            yield _asked(m, at_us, server, (target,), by)
            asked_us = at_us
        sent, received = m.chance.randint(380, 620), m.chance.randint(220, 900)
        if proxied:
            yield _page(m, at_us + 20_000, "GET", server, path, 200, sent, received)
        else:
            yield connected(m, at_us + 20_000, m.host.id, target, 443, sent, received, m.about(0.4), by=by)
        at_us += max(SECOND_US // 10, m.chance.randint(*every))


@trace("dns")
def dns(
    m: Moment,
    name: str,
    answers: tuple[str, ...] = (),
    type: Literal["A", "AAAA", "TXT", "PTR", "SRV"] = "A",  # noqa: A002
    by: str = "",
    times: Count = ONCE,
) -> Iterator[Act]:
    """The step's host asks for a name; without `answers` there is none (NXDOMAIN)."""
    for at_us in m.one_by_one(m.chance.randint(*times), 1):
        yield _asked(m, at_us, name, answers, by, type)


@trace("web")
def web(
    m: Moment,
    server: str,
    path: str = "/",
    method: Literal["GET", "POST", "PUT"] = "GET",
    status: int = 200,
    sent: Count = REQUEST,
    received: Count = PAGE,
    agent: str = "",
) -> Iterator[Act]:
    """The step's host fetches a page through the proxy, with the house's browser unless `agent` says another."""
    octets = m.chance.randint(*sent), m.chance.randint(*received)
    yield _page(m, m.at_us, method, server, path, status, *octets, agent)


@trace("exfiltrate")
def exfiltrate(
    m: Moment,
    target: Peer,
    octets: Count,
    port: int = 443,
    server: str = "",
    by: str = "",
    source: Peer = ITSELF,
) -> Iterator[Act]:
    """`octets` leave the house for `target` until the end of the step, in connections of some 100 MB."""
    if server:
        yield _asked(m, m.at_us, server, (target,), by)
    total = m.chance.randint(*octets)
    parts = max(3, min(400, total // _CHUNK))
    pause_us = (m.until_us - m.at_us) // parts
    for index in range(parts):
        at_us = m.at_us + index * pause_us
        sent = int(m.about(total / parts, 0.2))
        seconds = pause_us / SECOND_US * 0.9
        yield connected(m, at_us, source or m.host.id, target, port, sent, sent // 60, seconds, by=by)


@trace("scan")
def scan(
    m: Moment, targets: Group, ports: tuple[int, ...] = (445,), source: Peer = ITSELF, by: str = ""
) -> Iterator[Act]:
    """The step's host tries `ports` of many hosts; most refuse or do not answer."""
    tries = [(host, port) for host in targets for port in ports]
    pause_us = max(2_000, (m.until_us - m.at_us) // (4 * len(tries) + 1))
    for index, (host, port) in enumerate(tries):
        if host.id == m.host.id:
            continue
        state = m.chance.choices(("REJ", "S0", "SF"), (5, 3, 2))[0]
        octets = (m.chance.randint(60, 400), m.chance.randint(60, 900)) if state == "SF" else (0, 0)
        at_us = m.at_us + index * pause_us
        yield connected(m, at_us, source or m.host.id, host.id, port, *octets, 0.05, state, by)


@trace("rdp")
def rdp(m: Moment, source: Peer, lasts: Span = SITTING) -> Iterator[Act]:
    """The step's account opens a remote desktop on the step's host from `source`."""
    seconds = m.chance.uniform(*lasts) / SECOND_US
    sent, received = int(seconds * m.about(900)), int(seconds * m.about(14_000))
    yield connected(m, m.at_us, source, m.host.id, 3389, sent, received, seconds)
    yield logged_on(m, m.later(0.2), LogonType.NETWORK, source, "NTLM")
    yield logged_on(m, m.later(1.5), LogonType.REMOTE_INTERACTIVE, source, "Negotiate", elevated=True)


@trace("ssh")
def ssh(m: Moment, source: Peer, lasts: Span = SITTING) -> Iterator[Act]:
    """The step's account opens a shell on the step's host from `source`."""
    seconds = m.chance.uniform(*lasts) / SECOND_US
    yield connected(m, m.at_us, source, m.host.id, 22, int(m.about(9_000)), int(m.about(60_000)), seconds)
    yield logged_on(m, m.later(0.8), LogonType.REMOTE_INTERACTIVE, source, machine_package(m))


@trace("smb_copy")
def smb_copy(
    m: Moment,
    source: Peer,
    path: str,
    share: str = "ADMIN$",
    folder: str = "C:\\Windows",
    size: Count = PROGRAM,
) -> Iterator[Act]:
    """A file is copied from `source` to the step's host through an administrative share: `path` below `share`, which
    is `folder`.
    """
    octets = m.chance.randint(*size)
    yield connected(m, m.at_us, source, m.host.id, 445, octets, octets // 40, m.about(2))
    yield logged_on(m, m.later(0.1), LogonType.NETWORK, source, "NTLM", elevated=True)
    yield ShareTouched(m.later(0.3), m.host.id, share, path, m.account, source, "write", octets=octets, step=m.step)
    if m.host.family is Family.WINDOWS:
        yield FileWritten(m.later(0.4), m.host.id, m.account, 4, "System", f"{folder}\\{path}", m.step)


@trace("rpc")
def rpc(
    m: Moment, source: Peer, endpoint: str = "svcctl", operation: str = "CreateServiceW", pipe: str = "\\PIPE\\svcctl"
) -> Iterator[Act]:
    """A remote procedure call from `source` to the step's host, as Zeek's dce_rpc names it."""
    yield connected(m, m.at_us, source, m.host.id, 135, 900, 700, 0.2)
    yield RpcCalled(m.later(0.1), source, m.host.id, endpoint, operation, pipe, m.step)


def _asked(m: Moment, at_us: int, name: str, answers: tuple[str, ...], by: str, query_type: str = "A") -> NameAsked:
    program = m.scene.program(m.host, by) if by else None
    return NameAsked(
        at_us,
        m.host.id,
        name,
        query_type,
        answers,
        "NOERROR" if answers else "NXDOMAIN",
        program.image if program else "",
        program.process_id if program else 0,
        m.step,
    )


def _page(
    m: Moment,
    at_us: int,
    method: str,
    server: str,
    path: str,
    status: int,
    sent: int,
    received: int,
    agent: str = "",
) -> PageFetched:
    browser = agent or AGENTS[crc32(m.host.id.encode()) % len(AGENTS)]
    return PageFetched(
        at_us, m.host.id, m.account, method, "https", server, path, status, sent, received, browser, step=m.step
    )
