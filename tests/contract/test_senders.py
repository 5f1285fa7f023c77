"""What streams leave us arrives whole at real listeners, in order, also when they were busy or away."""

from __future__ import annotations

import asyncio
import json
import socket
import socketserver
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import hl7
import pytest
from hl7.mllp import start_hl7_server

from codedark.errors import UsageError
from codedark.exchange.destination import sender_to
from codedark.exchange.sender import Log, NotDelivered

SECURITY = Log("windows/security", ".jsonl")
AUTH = Log("linux/auth", ".log")
ZEEK = Log("zeek/conn", ".log", b"#fields\tts\n")
HL7 = Log("hl7", ".hl7")


def message(control_id: str) -> bytes:
    head = f"MSH|^~\\&|EHR|H|ENGINE|H|20260113063200||ADT^A01^ADT_A01|{control_id}|P|2.5.1"
    return f"{head}\rPID|1||42^^^H^MR||Peeters^Zo\u00eb\r".encode() + b"\n"


@contextmanager
def mllp_listener(code: str) -> Iterator[tuple[int, list[str]]]:
    """python-hl7's own server, in a thread with a loop of its own."""
    seen: list[str] = []
    ready = threading.Event()
    ports: list[int] = []
    loop = asyncio.new_event_loop()

    async def each(reader: Any, writer: Any) -> None:
        try:
            while True:
                got = await reader.readmessage()
                seen.append(str(got))
                writer.writemessage(got.create_ack(ack_code=code))
                await writer.drain()
        except asyncio.IncompleteReadError:
            writer.close()

    async def listen() -> None:
        async with await start_hl7_server(each, "127.0.0.1", 0, encoding="utf-8") as server:
            ports.append(server.sockets[0].getsockname()[1])
            ready.set()
            await asyncio.sleep(3600)

    def run() -> None:
        task = loop.create_task(listen())
        loop.call_soon(lambda: None)
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        finally:
            loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield ports[0], seen
    finally:
        loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
        thread.join(10)


def test_hl7_messages_arrive_over_mllp_each_acknowledged() -> None:
    with mllp_listener("AA") as (port, seen):
        sender = sender_to(f"mllp://127.0.0.1:{port}")
        sender.send(HL7, [message(f"M{number}") for number in range(50)])
        sender.close()
    assert [str(hl7.parse(text).segment("MSH")[10]) for text in seen] == [f"M{number}" for number in range(50)]
    assert "Zoë" in seen[0]


def test_a_refused_message_is_told_and_not_passed_over() -> None:
    with mllp_listener("AE") as (port, seen):
        sender = sender_to(f"mllp://127.0.0.1:{port}")
        with pytest.raises(NotDelivered, match="M0 was answered AE"):
            sender.send(HL7, [message("M0"), message("M1")])
        sender.close()
    assert len(seen) == 1


def acknowledged(*control_ids: str, code: str = "AA") -> bytes:
    """Frames that acknowledge messages, one behind the other."""
    head = "MSH|^~\\&|ENGINE|H|EHR|H|20260113063200||ACK|A1|P|2.5.1"
    return b"".join(f"\x0b{head}\rMSA|{code}|{each}\r\x1c\r".encode() for each in control_ids)


@contextmanager
def answering(*answers: Sequence[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """A listener for MLLP that answers the first frame with the parts of the first answer, and so on."""
    seen: list[bytes] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            for answer in answers:
                frame = b""
                while not frame.endswith(b"\x1c\r"):
                    part = self.request.recv(4096)
                    if not part:
                        return
                    frame += part
                seen.append(frame)
                for part in answer:
                    self.request.sendall(part)
                    time.sleep(0.02)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        try:
            yield server.server_address[1], seen
        finally:
            thread.join(10)


def deliver(port: int, *control_ids: str) -> None:
    sender = sender_to(f"mllp://127.0.0.1:{port}")
    try:
        sender.send(HL7, [message(control_id) for control_id in control_ids])
    finally:
        sender.close()


@pytest.mark.parametrize(
    "answers",
    [
        [[acknowledged("M0", "M0")], [acknowledged("M1")]],
        [[acknowledged("M0")], [acknowledged("M0"), acknowledged("M1")]],
        [[acknowledged("M0")[:9], acknowledged("M0")[9:]], [acknowledged("M0", "M1")[:-9], acknowledged("M1")[-9:]]],
    ],
    ids=["repeated", "late", "cut"],
)
def test_acknowledgements_of_earlier_messages_are_skipped(answers: list[list[bytes]]) -> None:
    with answering(*answers) as (port, seen):
        deliver(port, "M0", "M1")
    assert len(seen) == 2


def test_a_refusal_behind_a_repeated_acknowledgement_is_heard() -> None:
    """What was read behind the end of a frame is not taken for the next answer, nor does it hide one."""
    second = acknowledged("M0") + acknowledged("M1", code="AE")
    with (
        answering([acknowledged("M0")], [second]) as (port, _),
        pytest.raises(NotDelivered, match="M1 was answered AE"),
    ):
        deliver(port, "M0", "M1")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (acknowledged("M7"), "M0 was answered AA for message M7"),
        (acknowledged(""), "M0 was answered AA for message .none named"),
        (b"\x0bMSH|^~\\&|ENGINE\r\x1c\r", "M0 was answered without MSA-1"),
    ],
)
def test_an_acknowledgement_of_no_message_that_was_sent_is_told(answer: bytes, why: str) -> None:
    with answering([answer]) as (port, _), pytest.raises(NotDelivered, match=why):
        deliver(port, "M0")


@contextmanager
def http_listener(statuses: list[int]) -> Iterator[tuple[int, list[bytes]]]:
    """Answers with the given statuses in turn, then with 200; keeps the bodies that it took."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = statuses.pop(0) if statuses else 200
            if status == 200:
                bodies.append(body)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], bodies
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def test_records_arrive_over_http_once_although_the_listener_was_busy() -> None:
    with http_listener([503, 429]) as (port, bodies):
        sender = sender_to(f"http://127.0.0.1:{port}/in")
        sender.send(SECURITY, [b'{"EventID":4624}\n', b'{"EventID":4625}\n'])
        sender.send(AUTH, [b"<38>Jan 13 06:32:00 h sshd[1]: Accepted\n"])
        sender.close()
    assert bodies[0] == b'{"EventID":4624}\n{"EventID":4625}\n'
    assert json.loads(bodies[1]) == {"log": "linux/auth", "message": "<38>Jan 13 06:32:00 h sshd[1]: Accepted"}


def test_a_listener_that_refuses_is_told() -> None:
    with http_listener([403]) as (port, bodies):
        sender = sender_to(f"http://127.0.0.1:{port}/in")
        with pytest.raises(NotDelivered, match="403"):
            sender.send(SECURITY, [b"{}\n"])
        sender.close()
    assert bodies == []


def test_syslog_over_tcp_counts_its_octets() -> None:
    received: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while digits := self.rfile.read(1):
                while not digits.endswith(b" "):
                    digits += self.rfile.read(1)
                received.append(self.rfile.read(int(digits)))

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        sender = sender_to(f"syslog+tcp://127.0.0.1:{server.server_address[1]}")
        sender.send(AUTH, [b"<38>Jan 13 06:32:00 h sshd[1]: one\n"])
        sender.send(SECURITY, ['{"a":"ë\\n"}\n'.encode()])
        sender.close()
        thread.join(10)
    assert received[0] == b"<38>Jan 13 06:32:00 h sshd[1]: one"
    assert received[1].startswith(b"<133>1 20")
    assert received[1].endswith(' - windows-security - - - {"a":"ë\\n"}'.encode())


def test_a_batch_that_a_closing_listener_left_unread_is_sent_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        sender = sender_to(f"syslog+tcp://127.0.0.1:{server.getsockname()[1]}")
        sender.send(AUTH, [b"<38>one\n"])
        first, _ = server.accept()
        assert first.recv(100) == b"7 <38>one"
        sender.send(AUTH, [b"<38>two\n"])
        first.shutdown(socket.SHUT_RDWR)  # whoever listened ends, with the second batch unread
        first.close()
        sender.send(AUTH, [b"<38>three\n"])
        second, _ = server.accept()
        sender.close()
        with second, second.makefile("rb") as stream:
            assert stream.read() == b"7 <38>two9 <38>three"


def test_a_record_that_no_datagram_holds_is_refused_and_not_cut() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        sender = sender_to(f"syslog://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(NotDelivered, match=r"65,507: use syslog\+tcp"):
            sender.send(AUTH, [b"<38>" + b"x" * 65_504])
        sender.close()


def test_syslog_over_udp_is_one_datagram_for_each_record() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(60)
        sender = sender_to(f"syslog://127.0.0.1:{listener.getsockname()[1]}")
        sender.send(AUTH, [b"<38>one\n", b"<38>two\n"])
        assert [listener.recv(9000), listener.recv(9000)] == [b"<38>one", b"<38>two"]
        sender.close()


def test_files_grow_with_their_header_and_go_on_where_they_were(tmp_path: Path) -> None:
    for record in (b"1\n", b"2\n"):
        sender = sender_to(str(tmp_path))
        sender.send(ZEEK, [record])
        sender.close()
    assert (tmp_path / "zeek" / "conn.log").read_bytes() == b"#fields\tts\n1\n2\n"


def test_nobody_listening_is_told_after_some_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codedark.exchange.connection._FIRST_PAUSE_SECONDS", 0.001)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sender = sender_to(f"mllp://127.0.0.1:{port}")
    with pytest.raises(NotDelivered, match="is something listening there"):
        sender.send(HL7, [message("M0")])


@pytest.mark.parametrize("scheme", ["mllp", "syslog+tcp", "http"])
def test_a_destination_where_nobody_listens_is_known_when_it_is_opened(scheme: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotDelivered, match="is something listening there"):
        sender_to(f"{scheme}://127.0.0.1:{port}").open()


def test_a_folder_that_cannot_be_one_is_told_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotDelivered, match="file/logs: cannot be"):
        sender_to(str(tmp_path / "file" / "logs")).open()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_told_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "linux").mkdir()
    (tmp_path / "linux" / "auth.log").symlink_to("/dev/full")
    sender = sender_to(str(tmp_path))
    with pytest.raises(NotDelivered, match=r"auth\.log: cannot be written: No space"):
        sender.send(AUTH, [b"<38>one\n"])
    sender.close()


@pytest.mark.parametrize("destination", ["ftp://h/x", "syslog://", "mllp://h:99999"])
def test_an_unknown_destination_is_refused(destination: str) -> None:
    with pytest.raises(UsageError, match="use FOLDER"):
        sender_to(destination)
