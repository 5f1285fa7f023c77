"""The MLLP receiver with real sockets: nothing is acknowledged before it is kept, whatever pieces it comes in."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.exchange.mllp import acknowledgement as answer_of
from codedark.exchange.mllp_frames import Frames, TooLong, acknowledgement
from codedark.exchange.mllp_peer import Listener
from codedark.exchange.mllp_receiver import Limits, MllpReceiver, NotKept, Received

DEADLINE_SECONDS = 60


def message(number: int) -> bytes:
    """A message with this control id."""
    return b"MSH|^~\\&|EHR|H|IE|H|20260112||ADT^A01|%d|P|2.5.1\rPID|1||100" % number


def framed(*messages: bytes) -> bytes:
    """As they go over the wire."""
    return b"".join(b"\x0b" + each + b"\x1c\r" for each in messages)


class Kept:
    """What a receiver handed over; refuses everything while ``is_full``."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.is_full = False

    def __call__(self, batch: Sequence[Received]) -> Sequence[str]:
        if self.is_full:
            raise NotKept("no space left")
        self.messages += [each.message for each in batch]
        return ["" if each.message.startswith(b"MSH") else "it does not begin with MSH" for each in batch]


@contextmanager
def receiving(limits: Limits | None = None) -> Iterator[tuple[MllpReceiver, Kept]]:
    """A receiver on a free port."""
    kept = Kept()
    receiver = MllpReceiver([Listener("127.0.0.1", 0)], kept, lambda: "20260112000000+0000", limits)
    try:
        yield receiver, kept
    finally:
        receiver.close()


def calling(receiver: MllpReceiver) -> socket.socket:
    """A connection to a receiver."""
    return socket.create_connection(("127.0.0.1", receiver.ports[0]))


def until(receiver: MllpReceiver, holds: Callable[[], bool]) -> None:
    """Step until something holds."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        receiver.step(0.05)


def answers(receiver: MllpReceiver, client: socket.socket, count: int) -> list[bytes]:
    """The next ``count`` acknowledgements."""
    got = bytearray()
    client.setblocking(False)

    def enough() -> bool:
        with suppress(BlockingIOError):
            got.extend(client.recv(1 << 16))
        return got.count(b"\x1c\r") >= count

    until(receiver, enough)
    return [part.lstrip(b"\x0b") for part in bytes(got).split(b"\x1c\r") if part]


def is_closed(client: socket.socket) -> bool:
    """Whether the other side has ended the connection."""
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_several_messages_in_one_packet_are_each_answered_in_order() -> None:
    with receiving() as (receiver, kept), calling(receiver) as client:
        client.sendall(framed(message(1), message(2), message(3)))
        told = [answer_of(each) for each in answers(receiver, client, 3)]
        assert [(each.code, each.control_id) for each in told] == [(b"AA", b"1"), (b"AA", b"2"), (b"AA", b"3")]
        assert kept.messages == [message(1), message(2), message(3)]


def test_a_message_that_comes_byte_by_byte_is_one_message() -> None:
    with receiving() as (receiver, kept), calling(receiver) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in framed(message(1)):
            client.sendall(bytes([octet]))
            receiver.step(0)
        assert answer_of(answers(receiver, client, 1)[0]).code == b"AA"
        assert kept.messages == [message(1)]


def test_what_is_not_kept_is_not_acknowledged_and_the_sender_is_cut_off() -> None:
    with receiving() as (receiver, kept), calling(receiver) as client:
        kept.is_full = True
        client.sendall(framed(message(1)))
        until(receiver, lambda: receiver.counts.not_kept == 1)
        until(receiver, lambda: is_closed(client))
        assert kept.messages == []


def test_a_message_that_nobody_can_read_is_kept_and_answered_as_an_error() -> None:
    with receiving() as (receiver, kept), calling(receiver) as client:
        client.sendall(framed(b"\x00\xffrubbish"))
        assert answer_of(answers(receiver, client, 1)[0]).code == b"AE"
        assert kept.messages == [b"\x00\xffrubbish"]


def test_what_stands_between_frames_is_counted_and_harms_no_message() -> None:
    with receiving() as (receiver, kept), calling(receiver) as client:
        client.sendall(b"\r\nGET / HTTP/1.1" + framed(message(1)) + b"xx" + framed(message(2)))
        assert len(answers(receiver, client, 2)) == 2
        assert kept.messages == [message(1), message(2)]
        assert receiver.counts.outside_bytes == 16


def test_a_message_without_an_end_is_cut_off_at_the_limit_and_those_before_it_count() -> None:
    with receiving(Limits(message_bytes=1000)) as (receiver, kept), calling(receiver) as client:
        client.sendall(framed(message(1)) + b"\x0b" + b"x" * 2000)
        until(receiver, lambda: receiver.counts.too_long == 1)
        until(receiver, lambda: receiver.counts.accepted == 1)
        assert kept.messages == [message(1)]


def test_connections_above_the_limit_are_refused_and_the_others_go_on() -> None:
    with receiving(Limits(connections=1)) as (receiver, _), calling(receiver) as first:
        first.sendall(framed(message(1)))
        answers(receiver, first, 1)
        with calling(receiver):
            until(receiver, lambda: receiver.counts.refused_connections == 1)
        first.sendall(framed(message(2)))
        assert answer_of(answers(receiver, first, 1)[0]).control_id == b"2"


def test_a_sender_that_hangs_up_in_the_middle_leaves_nothing_behind() -> None:
    with receiving() as (receiver, kept):
        with calling(receiver) as client:
            client.sendall(b"\x0b" + message(1)[:20])
        with calling(receiver) as other:
            other.sendall(framed(message(2)))
            assert answer_of(answers(receiver, other, 1)[0]).control_id == b"2"
        assert kept.messages == [message(2)]


def test_the_acknowledgement_uses_the_separators_of_the_message() -> None:
    answer = acknowledgement(b"MSH#*~\\&#EHR#H#IE#H#2026##ADT*A01#7#P#2.3\rPID", "AE", "a#b", "20260112")
    assert answer == b"\x0bMSH#*~\\&#IE#H#EHR#H#20260112##ACK*A01#7#P#2.3\rMSA#AE#7#ab\r\x1c\r"


@pytest.mark.parametrize("broken", [b"", b"MSH", b"MSH|", b"MSH|^~\\&|\x00\x1b", b"\xff" * 50])
def test_a_message_without_a_header_is_answered_with_one_whole_frame(broken: bytes) -> None:
    answer = acknowledgement(broken, "AE", "it is none", "20260112")
    assert list(Frames(10_000).feed(answer)) == [answer[1:-2]]
    assert answer_of(answer[1:-2]).code == b"AE"


@given(st.lists(st.binary(max_size=40).map(lambda each: each.translate(None, b"\x0b\x1c")), max_size=6), st.data())
def test_messages_come_out_as_they_went_in_whatever_the_pieces(messages: list[bytes], data: st.DataObject) -> None:
    stream = framed(*messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    frames = Frames(1000)
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [message for piece in pieces for message in frames.feed(piece)] == messages
    assert frames.outside_bytes == 0


def test_a_frame_that_is_too_long_is_told_behind_the_last_whole_one() -> None:
    frames = Frames(10)
    assert list(frames.feed(b"\x0bab\x1c\r")) == [b"ab"]
    with pytest.raises(TooLong, match="10 bytes"):
        list(frames.feed(b"\x0b" + b"x" * 20))
