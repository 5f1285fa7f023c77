"""The same nights and mornings in processes of their own, which end by SIGKILL: at an effect that is chosen, or at any
moment. The other side, a FHIR server or an HL7 receiver on a port, and the senders stay alive in this process.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import random
import selectors
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from codedark.app.continuing.census.intake import Intake
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import site
from codedark.errors import CodeDarkError
from codedark.exchange.mllp_peer import Listener
from codedark.exchange.mllp_receiver import MllpReceiver
from codedark.store.journal.journal import Journal
from tests.crashes.calls import failing
from tests.crashes.chain import Chain
from tests.crashes.disk import Fails, Plan
from tests.crashes.drawing import night
from tests.crashes.peers import FhirPeer, Hl7Peer, Peers
from tests.crashes.points import ended, look
from tests.crashes.receiving import NOW_US, Sender, in_journal, messages_of, on_the_census
from tests.crashes.tally import Tally

KILLED: Final = "SIGKILL"
_MOST_SECONDS: Final = 120.0
_MOST_DEATHS: Final = 3
_TURN_SECONDS: Final = 0.001
_DIE_WITH_PARENT: Final = 1  # PR_SET_PDEATHSIG


class Child:
    """A forked process and what it says, each thing pickled. It is killed after ``delay_seconds``, if not by itself."""

    def __init__(self, do: Callable[[Callable[[Any], None]], None]) -> None:
        self._reads, writes = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            with suppress(BaseException):
                os.close(self._reads)
                ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
                do(lambda said: _say(writes, said))
            sys.stderr.flush()
            os._exit(0)
        os.close(writes)
        self._held = b""
        self.is_over = False

    def heard(self, seconds: float) -> Iterator[Any]:
        """What it says, as long as that; ends when it is dead."""
        until = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._reads, selectors.EVENT_READ)
            while (left := until - time.monotonic()) > 0 and not self.is_over:
                if selector.select(left):
                    part = os.read(self._reads, 1 << 16)
                    self._held += part
                    self.is_over = not part
                while len(self._held) > 4 and len(self._held) >= 4 + int.from_bytes(self._held[:4], "big"):
                    size = int.from_bytes(self._held[:4], "big")
                    said, self._held = self._held[4 : 4 + size], self._held[4 + size :]
                    yield pickle.loads(said)

    def end(self) -> bool:
        """Kill it, and say whether a signal ended it."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        _, status = os.waitpid(self._pid, 0)
        os.close(self._reads)
        return os.WIFSIGNALED(status)


def _say(file: int, said: Any) -> None:
    octets = pickle.dumps(said)
    os.write(file, len(octets).to_bytes(4, "big") + octets)


def killed_nights(place: Path, seeds: Iterator[int], there: Peers, tally: Tally) -> Iterator[None]:
    """A night for each seed, killed once or more. Yields behind each."""
    for seed in seeds:
        root = place / "killed"
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        peer = (
            Hl7Peer(there.receiver, seed)
            if seed % 3 == 0
            else FhirPeer(there.emptied(there.http), seed, over_http=True)
        )
        chain = Chain(root, night(seed), seed, peer.target, peer.between)
        chance, where = random.Random(f"killed {seed}"), f"killed night {seed}"
        peer.between()  # not in the process that dies: the record is here
        for _ in range(chance.randrange(1, _MOST_DEATHS + 1)):
            is_exact = chance.random() < 0.6
            how = chance.choice((Fails.KILLED, Fails.TORN))
            plan = Plan(chance.randrange(1, 2_500) if is_exact else 0, how, chance.randrange(99), kills=True)
            child = Child(partial(_worked, chain, root, plan))
            for state in child.heard(_MOST_SECONDS if is_exact else chance.random() * 0.8):
                chain.restore(state)
            if child.end():
                part = chain.part()
                tally.points[part, KILLED] += 1
            look(chain, where, tally)
        if seed % 2:
            _two_at_once(chain, root, chance, tally)
        while not chain.is_done():
            chain.go_on()
        ended(chain, peer, where, tally)
        yield


def _worked(chain: Chain, root: Path, plan: Plan, say: Callable[[Any], None]) -> None:
    chain.on_step = lambda: say(chain.state())
    with failing(root, plan) as disk:
        chain.disk = disk
        chain.go_on()


def _two_at_once(chain: Chain, root: Path, chance: random.Random, tally: Tally) -> None:
    """Both stations have everything, and both bring it back, at the same time; either may be killed."""
    while not chain.is_joined():
        chain.go_on(one_step=True)

    def entered(station: int, plan: Plan, _: Callable[[Any], None]) -> None:
        with failing(root, plan) as disk, suppress(CodeDarkError):
            chain.disk = disk
            chain.enter(station)

    plans = [Plan(chance.randrange(1, 150), Fails.KILLED, kills=True) for _ in range(2)]
    both = [Child(partial(entered, station, plan)) for station, plan in enumerate(plans)]
    for child in both:
        list(child.heard(_MOST_SECONDS))
    for child in both:
        child.end()
    tally.points["back-entry", "two runs at once, SIGKILL"] += 1


def killed_mornings(place: Path, seeds: Iterator[int], tally: Tally) -> Iterator[None]:
    """Messages of a morning, taken in by processes that are killed. Yields behind each."""
    for seed in seeds:
        root = place / "census"
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        chance, where = random.Random(f"killed {seed}"), f"killed morning {seed}"
        senders = [Sender(each, random.Random(f"{seed} {n}")) for n, each in enumerate(messages_of(seed))]
        deaths = 0
        while any(sender.left for sender in senders):
            is_exact = chance.random() < 0.6
            how = chance.choice((Fails.KILLED, Fails.TORN))
            at = chance.randrange(1, 60) if is_exact and deaths < _MOST_DEATHS else 0
            child = Child(partial(_served, root, Plan(at, how, chance.randrange(99), kills=True)))
            until = time.monotonic() + (_MOST_SECONDS if at or deaths >= _MOST_DEATHS else chance.random() * 0.1)
            deaths += 1
            for port in child.heard(_MOST_SECONDS):
                while time.monotonic() < until and any(sender.left for sender in senders):
                    try:
                        for sender in senders:
                            sender.turn(port)
                    except OSError:
                        break
                    time.sleep(_TURN_SECONDS)
                break
            tally.points["journal", KILLED] += child.end()
            for sender in senders:
                sender.hear()
                sender.cut()
            tally.add(where, in_journal(root / "journal", senders, is_loaded=False))
        tally.wrong += [f"{where}: {each}" for each in on_the_census(root / "journal", messages_of(seed))]
        yield


def _served(root: Path, plan: Plan, say: Callable[[Any], None]) -> None:
    with failing(root, plan), ExitStack() as stack:
        journal = Journal(root / "journal", segment_bytes=2_000, reserve_bytes=0)
        stack.callback(journal.close)
        intake = Intake(journal, Reader(site(), "UTC"), lambda: NOW_US)
        receiver = MllpReceiver([Listener("127.0.0.1", 0)], intake, lambda: "20260112120000")
        say(*receiver.ports)
        while True:
            receiver.step(0.05)
