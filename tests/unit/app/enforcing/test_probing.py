"""Which lifelines answer, on this machine's own sockets."""

from __future__ import annotations

import socket
import time

from codedark.app.enforcing.probing import Probe, TcpProbes


def test_those_that_accept_answer_and_those_that_refuse_do_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as open_one, socket.socket() as closed_one:
        closed_one.bind(("127.0.0.1", 0))
        probes = TcpProbes(
            [
                Probe("open", *open_one.getsockname()),
                Probe("closed", *closed_one.getsockname()),
                Probe("no address", "256.0.0.1", 443),
            ]
        )
        assert probes.answering() == {"open"}
    assert probes.answering() == frozenset()
    assert TcpProbes([]).answering() == frozenset()


def test_one_that_is_silent_is_asked_twice_and_no_longer() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        with socket.create_connection(address), socket.socket() as queued:
            queued.setblocking(False)
            queued.connect_ex(address)
            began = time.monotonic()
            assert TcpProbes([Probe("full", *address)], 0.2).answering() == frozenset()
            assert 0.35 < time.monotonic() - began < 5
