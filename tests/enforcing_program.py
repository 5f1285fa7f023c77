"""A program that carries out a plan on the routed hospital, and can be killed: run as a process of its own.

    python -m tests.enforcing_program LOG ROUTER ORDERS WAVES LEASE_SECONDS [dying]

Done, it prints what processor time it took with all that it started, in seconds, and waits until it is killed. With
``dying`` it does so in child after child, each with a log of its own (LOG1, LOG2 ...); the n-th is killed, with all
that it started, at the n-th of the moments before and behind each line of the log and each transaction of the firewall.
It prints ``died`` or ``done`` for each, and goes on when it is told to by a line on its input.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from codedark.app.enforcing.books import Books
from codedark.app.enforcing.carrying_out import carry_out
from codedark.app.enforcing.entries import Approval, Plan
from codedark.app.enforcing.probing import Probe, TcpProbes
from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.contract import DeviceId, Order, OrderId, Way
from codedark.enforce.nftables.nftables import Nftables
from codedark.hospital.service import Tier
from codedark.hospital.zone import ZoneId
from codedark.store.case_log.case_log import CaseLog
from tests.routed_hospital import HOSTS, ZONES, firewall, host

PROTOCOLS = ("smb", "rdp", "ssh", "winrm", "vnc", "tcp/8080")


def orders(count: int, lease_seconds: int = 60, prefix: str = "") -> list[Order]:
    """Isolations, cuts and blocks in turn, as many as there are asked for, all different."""
    hosts = [host(zone, number) for number in range(HOSTS) for zone in ZONES if (zone, number) != ("LIFELINE", 0)]
    pairs = list(itertools.permutations(ZONES, 2))
    isolations = ((ActionKind.ISOLATE_HOST, address, None) for address in hosts[: count // 5])
    cuts = ((ActionKind.CUT_ZONES, "", Way(ZoneId(a), ZoneId(b))) for a, b in pairs[: count // 10])
    ways = [(a, b, protocol) for protocol in PROTOCOLS for a, b in pairs]
    blocks = ((ActionKind.BLOCK_PROTOCOL, "", Way(ZoneId(a), ZoneId(b), each)) for a, b, each in ways)
    found = []
    for kind, address, way in itertools.islice(itertools.chain(isolations, cuts, blocks), count):
        name = f"{prefix}{kind}:{address}{f'{way.source}>{way.target}/{way.protocol}' if way else ''}"
        addresses, taken = ((address,) if address else ()), ((way,) if way else ())
        order = Order(OrderId(name), ActionId(name), kind, DeviceId("core"), lease_seconds, Tier.TWO, addresses, taken)
        found.append(order)
    # Kinds are mixed, so that every wave has all of them.
    return [order for start in range(7) for order in found[start::7]]


def plan(name: str, given: Sequence[Order], waves: int, stands_seconds: int = 3600) -> Plan:
    """These orders in so many waves."""
    size = -(-len(given) // waves)
    return Plan(name, tuple(tuple(given[at : at + size]) for at in range(0, len(given), size)), stands_seconds)


def approved(given: Plan) -> tuple[Approval, Approval]:
    """Two people say yes."""
    return (
        Approval("An Peeters", "chief nurse", clinical=True, digest=given.digest),
        Approval("Bo Claes", "network", clinical=False, digest=given.digest),
    )


def now_us() -> int:
    """The wall clock."""
    return time.time_ns() // 1000


def processor_seconds() -> float:
    """What this process and all that it started have taken of the processors; other work beside it does not count."""
    return sum(os.times()[:4])


def dying(at: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that counts moments before and behind calls, and ends everything at one of them."""
    moments = itertools.count(1)

    def moment() -> None:
        if next(moments) == at:
            os.killpg(os.getpgrp(), signal.SIGKILL)

    def decorate(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(self: Any, given: Any, *options: str) -> Any:
            is_look = "-c" in options or (isinstance(given, list) and all("list" in each for each in given))
            if is_look:
                return call(self, given, *options)
            moment()
            result = call(self, given, *options)
            moment()
            return result

        return called

    return decorate


def _carry_out(path: Path, router: str, count: int, waves: int, lease_seconds: int) -> str:
    with CaseLog(path) as log:
        books = Books(log, now_us)
        given = plan("night", orders(count, lease_seconds), waves)
        probes = TcpProbes([Probe("blood-bank", host("LIFELINE"), 443)])
        began = processor_seconds()
        outcome = carry_out(books, {DeviceId("core"): firewall(router, log.lock)}, probes, given, approved(given))
        return json.dumps([processor_seconds() - began, outcome.finished_waves, outcome.told])


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """As the module says."""
    path, router, *numbers = sys.argv[1:6]
    count, waves, lease_seconds = map(int, numbers)
    if sys.argv[6:] != ["dying"]:
        _say(_carry_out(Path(path), router, count, waves, lease_seconds))
        signal.pause()
    for moment in itertools.count(1):
        child = os.fork()
        if not child:
            os.setpgrp()
            deadly = dying(moment)
            CaseLog.append = deadly(CaseLog.append)  # type: ignore[method-assign]
            Nftables._run = deadly(Nftables._run)  # type: ignore[method-assign]
            _carry_out(Path(f"{path}{moment}"), router, count, waves, lease_seconds)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        _say({0: "done", -signal.SIGKILL: "died"}[os.waitstatus_to_exitcode(status)])
        sys.stdin.readline()


if __name__ == "__main__":
    main()
