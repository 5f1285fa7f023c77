"""Laws of what cuts streams and files into records: nothing depends on how the bytes come, and nothing comes twice."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from codedark.ingest.live.framing import Framed, Framing
from codedark.ingest.live.tail_path import FollowedPath

LIMIT: Final = 64
FRAGMENTS: Final = (
    b"<13>1 - h a - - - hello", b'{"a":1}', b'{"a":\n1}', b"\n", b"\r\n", b"\0", b" ", b"5 <1>ab", b"11 <13>1 - h a",
    b'9 {"a": 1}', b"70 " + b"<" + b"x" * 69, b"0 <1>", b"99999999 <1>", b"12", b"CEF:0|", b"x" * 70, b"<1>\n\n \n",
)  # fmt: skip
streams = st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=12), max_size=12).map(b"".join)
messages = st.lists(
    st.binary(min_size=1, max_size=LIMIT - 8).map(
        lambda tail: b"<13>" + tail.replace(b"\n", b".").replace(b"\0", b".")
    ),
    max_size=8,
)


def framed(stream: bytes, cuts: list[int]) -> tuple[bytes, int, list[int], bool]:
    """What comes out of a stream in pieces: lines, their number, the offsets of what is bad, and whether it broke."""
    framing = Framing(LIMIT)
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    parts: list[Framed] = [framing.feed(stream[start:end]) for start, end in pairwise(places)]
    broken = framing.broken
    parts.append(framing.finish())
    return (
        b"".join(part.data for part in parts),
        sum(part.records for part in parts),
        [bad.offset for part in parts for bad in part.bad],
        broken,
    )


@settings(max_examples=600)
@given(stream=streams, cuts=st.lists(st.integers(0, 200), max_size=8))
@example(stream=b"x" * 65 + b"\0a\n", cuts=[])
def test_framing_gives_the_same_records_however_the_bytes_are_split(stream: bytes, cuts: list[int]) -> None:
    whole = framed(stream, [])
    assert framed(stream, cuts) == whole
    assert framed(stream, list(range(len(stream)))) == whole
    data, records, _, _ = whole
    assert data.count(b"\n") == records
    assert all(line.strip() for line in data.split(b"\n")[:-1])
    assert not data or data.endswith(b"\n")


@given(sent=messages, frame=st.sampled_from([b"\n", b"\0", b"count"]), cuts=st.lists(st.integers(0, 200), max_size=5))
def test_every_message_comes_out_of_every_framing(sent: list[bytes], frame: bytes, cuts: list[int]) -> None:
    sent = [message.strip() for message in sent]
    if frame == b"count":
        stream = b"".join(b"%d %s" % (len(message), message) for message in sent)
    else:
        stream = b"".join(message + frame for message in sent)
    data, records, bad, broken = framed(stream, cuts)
    assert (data, records, bad, broken) == (b"".join(message + b"\n" for message in sent), len(sent), [], False)


class Log:
    """A log file that is written, rotated and truncated; knows which lines were ever written."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "a.log"
        self.written: list[bytes] = []
        self.partial = b""
        self.path.touch()

    def write(self, *, whole: bool) -> None:
        line = b"2026-01-01T00:00:00Z host app: line %d" % len(self.written)
        with self.path.open("ab") as stream:
            if self.partial:
                stream.write(b" and its end\n")
                self.written.append(self.partial + b" and its end")
                self.partial = b""
            elif whole:
                stream.write(line + b"\n")
                self.written.append(line)
            else:
                stream.write(line)
                self.partial = line

    def end_line(self) -> None:
        if self.partial:
            self.write(whole=True)

    def rotate(self) -> None:
        self.end_line()
        older = sorted(self.path.parent.glob("a.log.*"), key=lambda each: -int(each.suffix[1:]))
        for each in older:
            each.rename(each.with_suffix(f".{int(each.suffix[1:]) + 1}"))
        self.path.rename(f"{self.path}.1")
        self.path.touch()

    def truncate(self) -> None:
        self.end_line()
        older = sorted(self.path.parent.glob("a.log.*"), key=lambda each: -int(each.suffix[1:]))
        for each in older:
            each.rename(each.with_suffix(f".{int(each.suffix[1:]) + 1}"))
        Path(f"{self.path}.1").write_bytes(self.path.read_bytes())
        self.path.write_bytes(b"")


class Reader:
    """Follows the log; after a restart it knows only the mark of what was taken last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark = b""
        self.seen: list[bytes] = []
        self.clock = 0.0
        self._followed = FollowedPath(path, limit=256)

    def read(self, most: int = 1000) -> None:
        for _ in range(most):
            self.clock += 0.01
            cut = self._followed.next(self.clock)
            if cut is None:
                return
            assert cut.data.count(b"\n") == cut.count
            assert not cut.rejected
            self.seen += cut.data.split(b"\n")[:-1]
            self._mark = cut.mark
            self._followed.taken()

    def restart(self) -> None:
        self._followed.next(self.clock)
        self._followed.close()
        self._followed = FollowedPath(self._path, self._mark, limit=256)

    def close(self) -> None:
        self._followed.close()


def truncate(log: Log, reader: Reader, *, unread: bool) -> None:
    """Copy and truncate what was read; ``unread`` leaves a last line that only the copy has."""
    log.end_line()
    reader.read()
    if log.path.stat().st_size:
        if unread:
            log.write(whole=True)
        log.truncate()


STEPS: Final = ("write", "write", "part", "rotate", "truncate", "copytruncate", "read", "read one", "restart", "hour")


@settings(max_examples=250, deadline=None)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=40))
@example(steps=["write", "rotate", "write", "rotate", "write", "rotate", "restart", "read"])
@example(steps=["rotate", "hour", "rotate", "restart", "write", "truncate", "restart", "write", "rotate", "read"])
def test_every_line_of_a_followed_file_comes_exactly_once(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Log(Path(folder))
        reader = Reader(log.path)
        # Where nothing was ever taken there is no mark, and a rotated file is one from before our time.
        log.write(whole=True)
        reader.read()
        actions: dict[str, Callable[[], None]] = {
            "write": lambda: log.write(whole=True),
            "part": lambda: log.write(whole=False),
            "rotate": log.rotate,
            "truncate": lambda: truncate(log, reader, unread=False),
            "copytruncate": lambda: truncate(log, reader, unread=True),
            "read": reader.read,
            "read one": lambda: reader.read(1),
            "restart": reader.restart,
            "hour": lambda: setattr(reader, "clock", reader.clock + 3600.0),
        }
        for step in steps:
            actions[step]()
        log.end_line()
        reader.read()
        reader.close()
        assert reader.seen == log.written
