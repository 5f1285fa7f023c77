"""Crash points of the census's journal: senders that double, break off and never read an answer, a disk that fails, and
files that are loaded; afterwards every message that was acknowledged is in the journal, and the census is what it would
have been had nothing gone wrong.
"""

from __future__ import annotations

import random
import re
import shutil
import socket
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from zlib import crc32

from codedark.app.continuing.census.intake import Intake, load
from codedark.app.continuing.census.state import CensusState, Following
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import site
from codedark.errors import CodeDarkError
from codedark.exchange.mllp_peer import Listener
from codedark.exchange.mllp_receiver import MllpReceiver
from codedark.hospital.hospital import Hospital
from codedark.store.journal.journal import Journal
from tests.crashes.calls import failing
from tests.crashes.disk import DEADLY, Crash, Fails, Plan
from tests.crashes.oracle import Wrong
from tests.crashes.tally import Tally

_HEAD = struct.Struct("<8sIIIIQq")
NOW_US = 1_768_219_200_000_000
_MOST_TURNS = 3_000
_PATIENTS = 4


def messages_of(seed: int) -> list[list[bytes]]:
    """What three senders have to send in order: patients come, move and go, with a control id for each message."""
    chance = random.Random(seed)
    feeds: list[list[bytes]] = [[], [], []]
    for number in range(chance.randrange(8, 20)):
        patient = number if number < _PATIENTS else chance.randrange(_PATIENTS)
        event = "A01" if number < _PATIENTS else chance.choice(("A02", "A02", "A08", "A03"))
        lines = [
            f"MSH|^~\\&|EHR{patient % 3}|H|IE|H|2026011208{number:02}00||ADT^{event}|C{number:03}|P|2.5.1",
            f"PID|1||{7000 + patient}^^^H^MR||Peeters{'x' * chance.randrange(400)}^An{patient}||19500102|F",
            f"PV1|1|I|{f'W1^01^{number}' if event != 'A08' else ''}{'|' * 16}V{patient}",
        ]
        feeds[patient % 3].append(("\r".join(lines) + "\r").encode())
    return feeds


class Sender:
    """Sends each message until it is acknowledged, over a line that breaks."""

    def __init__(self, messages: list[bytes], chance: random.Random) -> None:
        self.left = list(messages)
        self.acknowledged: list[bytes] = []
        self.sent: Counter[bytes] = Counter()
        self._chance = chance
        self._line: socket.socket | None = None
        self._heard = b""
        self._waits = False

    def turn(self, port: int) -> None:
        """Do the next thing."""
        if self._line is None:
            self._line = socket.create_connection(("127.0.0.1", port))
            self._line.setblocking(False)
            self._heard, self._waits = b"", False
        self.hear()
        if not self.left or self._line is None:
            return
        frame = b"\x0b" + self.left[0] + b"\x1c\r"
        with suppress(OSError):
            if not self._waits and self._chance.random() < 0.1:
                self._line.send(frame[: len(frame) // 2])
                self.cut()
            elif not self._waits:
                times = 2 if self._chance.random() < 0.1 else 1
                self._waits = self._line.send(frame * times) == len(frame) * times
                self.sent[self.left[0]] += times
            elif self._chance.random() < 0.05:
                self.cut()  # the answer is never read

    def hear(self) -> None:
        """Read what was answered; an answer to what is not awaited any more is passed over."""
        if self._line is None:
            return
        try:
            part = self._line.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        self._heard += part
        for code, number in re.findall(rb"\rMSA\|(\w\w)\|(\w+)[^\x1c]*\x1c\r", self._heard):
            if self.left and f"|{number.decode()}|".encode() in self.left[0]:
                assert code == b"AA", "every one of them can be read"
                self.acknowledged.append(self.left.pop(0))
                self._waits = False
        self._heard = self._heard[self._heard.rfind(b"\x1c\r") + 1 :]
        if not part:
            self.cut()

    def cut(self) -> None:
        """The line breaks."""
        if self._line is not None:
            self._line.close()
        self._line = None


def receiving_points(place: Path, seeds: Iterator[int], points_each: int, tally: Tally) -> Iterator[None]:
    """So many points of each seed. Yields behind each."""
    for seed in seeds:
        chance = random.Random(f"receiving {seed}")
        effects = _one(place, seed, Plan(0, Fails.KILLED), tally)
        kinds = [each for each in Fails if each is not Fails.PULLED]
        for _ in range(points_each):
            plan = Plan(
                chance.randrange(1, effects + 1),
                chance.choice(kinds),
                chance.randrange(1 << 30),
                chance.randrange(1, 30),
            )
            try:
                _one(place, seed, plan, tally)
            except AssertionError as error:
                tally.wrong.append(f"morning {seed}, {plan}: {error}")
            yield


def _one(place: Path, seed: int, plan: Plan, tally: Tally) -> int:
    """One morning; how many effects it had."""
    root = place / "census"
    shutil.rmtree(root, ignore_errors=True)
    (root / "files").mkdir(parents=True)
    chance = random.Random(plan.seed)
    senders = [Sender(each, random.Random(f"{seed} {n}")) for n, each in enumerate(messages_of(seed))]
    is_loaded = seed % 4 == 3
    for n, sender in enumerate(senders if is_loaded else ()):
        with (root / "files" / f"{n}.hl7").open("wb") as file:
            file.write(b"\n".join(sender.left))
    where, effects, tries = f"morning {seed}, {plan}", 0, 0
    while True:
        with failing(root, plan) as disk, suppress(Crash, CodeDarkError, OSError):
            tries += 1
            assert tries < 50, where
            _loaded(root, senders) if is_loaded else _received(root, senders)
        for sender in senders:
            sender.hear()
            sender.cut()
        if not effects:
            effects = disk.effects
            if 0 < plan.at <= effects:
                tally.points["journal", plan.how] += 1
        tally.add(where, in_journal(root / "journal", senders, is_loaded=is_loaded))
        if not any(sender.left for sender in senders):
            break
        again = chance.randrange(1, 30) if chance.random() < 0.3 else 0
        plan = Plan(again, chance.choice(DEADLY), chance.randrange(99))
    tally.wrong += [f"{where}: {each}" for each in on_the_census(root / "journal", messages_of(seed))]
    return effects


def _received(root: Path, senders: list[Sender]) -> None:
    """Until all is acknowledged."""
    with ExitStack() as stack:
        journal = Journal(root / "journal", segment_bytes=2_000, reserve_bytes=0)
        stack.callback(journal.close)
        intake = Intake(journal, Reader(site(), "UTC"), lambda: NOW_US)
        receiver = MllpReceiver([Listener("127.0.0.1", 0)], intake, lambda: "20260112120000")
        stack.callback(receiver.close)
        for _ in range(_MOST_TURNS):
            for sender in senders:
                sender.turn(*receiver.ports)
            receiver.step(0)
            if not any(sender.left for sender in senders):
                return
    raise AssertionError("not all was acknowledged")


def _loaded(root: Path, senders: list[Sender]) -> None:
    """`codedark census load`: said to be loaded when it ends."""
    for sender in senders:
        sender.sent.update(sender.left)
    with Journal(root / "journal", segment_bytes=2_000, reserve_bytes=0) as journal:
        load([root / "files"], journal, NOW_US)
    for sender in senders:
        sender.acknowledged, sender.left = [*sender.left], []


def in_journal(folder: Path, senders: list[Sender], *, is_loaded: bool) -> Wrong:
    """Whether what was acknowledged is there as it was sent, and nothing more often than it was sent."""
    numbers, held = entries_of(folder)
    there = Counter(held)
    lost = [
        message[:90] for sender in senders for message in sender.acknowledged if not there[message.rstrip() + b"\n"]
    ]
    sent: Counter[bytes] = Counter()
    for sender in senders:
        sent.update({message.rstrip() + b"\n": times for message, times in sender.sent.items()})
    doubled = [f"{message[:90]!r}" for message, times in there.items() if times > sent[message]]
    wrong = [] if numbers == list(range(1, len(numbers) + 1)) or is_loaded else [f"numbers {numbers}"]
    return Wrong(tuple(map(repr, lost)), tuple(doubled), tuple(wrong))


def entries_of(folder: Path) -> tuple[list[int], list[bytes]]:
    """Numbers and data of a journal's entries, read by what its format is said to be; the first that does not prove
    itself ends its segment.
    """
    numbers, held = list[int](), list[bytes]()
    for path in sorted(folder.glob("*.v1")) if folder.exists() else ():
        octets, marker, at = path.read_bytes(), bytes.fromhex(path.name.split(".")[1]), 0
        while len(octets) - at >= _HEAD.size:
            found, crc, meta, size, count, first, _ = _HEAD.unpack_from(octets, at)
            end = at + _HEAD.size + meta + size
            if found != marker or end > len(octets) or crc32(octets[at + 12 : end]) != crc:
                break
            if count:
                numbers.append(first)
                held.append(octets[end - size : end].rstrip() + b"\n")
            at = end
    return numbers, held


def on_the_census(folder: Path, feeds: list[list[bytes]]) -> list[str]:
    """Whether everybody lies where the last message about them says, a sentence for each who does not."""
    state = CensusState(Hospital("Test", "UTC"), site())
    following = Following(folder, state)
    following.catch_up()
    following.close()
    charts = state.charts(NOW_US)
    wrong = [f"damaged: {each}" for each in state.books.damaged]
    for patient in range(_PATIENTS):
        said = [m.decode().split("\r") for feed in feeds for m in feed if f"PID|1||{7000 + patient}^" in m.decode()]
        ordered = sorted(said, key=lambda lines: lines[0].split("|")[6])
        events = [lines[0].split("|")[8] for lines in ordered]
        beds = [lines[2].split("|")[3].rpartition("^")[2] for lines in ordered]
        chart = charts[PatientId(str(7000 + patient))]
        bed = chart.visit.place.bed if chart.visit and chart.visit.place else ""
        if "ADT^A03" not in events and bed != [each for each in beds if each][-1]:
            wrong.append(f"{7000 + patient} lies in {bed}, and was last told to lie in {beds}")
        if chart.identity.given != f"An{patient}":
            wrong.append(f"{7000 + patient} is {chart.identity.given}")
    return wrong
