"""Live sources on real sockets and files: what is sent arrives whole, and what misbehaves harms nobody else."""

from __future__ import annotations

import asyncio
import base64
import gzip
import http.client
import json
import os
import socket
import ssl
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import zstandard

from codedark.ingest.live.credentials import Tokens
from codedark.ingest.live.http import HttpLimits, HttpSource, application
from codedark.ingest.live.http_server import ConnectionLimits, HttpListener
from codedark.ingest.live.intake import Overloaded, Unavailable
from codedark.ingest.live.tail import Tail
from codedark.ingest.live.tcp import TcpLimits, TcpListener
from codedark.ingest.live.tls import server_context
from codedark.ingest.live.udp import UdpLimits, UdpListener
from tests.live_intake import Authority, Taken, until

LOCAL = "127.0.0.1"


@asynccontextmanager
async def listening(taken: Taken, **options: Any) -> AsyncIterator[TcpListener]:
    listener = TcpListener(taken, LOCAL, 0, **options)
    await listener.start()
    try:
        yield listener
    finally:
        taken.open.set()
        await listener.stop()


async def send(port: int, *parts: bytes, tls: ssl.SSLContext | None = None, pause: float = 0.0) -> None:
    _, writer = await asyncio.open_connection(LOCAL, port, ssl=tls)
    for part in parts:
        writer.write(part)
        await writer.drain()
        if pause:
            await asyncio.sleep(pause)
    writer.close()
    await writer.wait_closed()


def client_context(authority: Authority, shown: tuple[Path, Path] | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority.pem)
    if shown:
        context.load_cert_chain(*shown)
    return context


# --- TCP


def test_connections_say_by_themselves_what_they_send() -> None:
    async def run() -> None:
        taken = Taken()
        async with listening(taken) as listener:
            await send(listener.port, b'{"a":1}\n\n', b'{"a":2}\r\n{"a"', b":3}\n")
            await send(listener.port, b"<13>1 - h app - - - one\n<13>1 - h app - - - two")
            await send(listener.port, b"23 <13>1 - h app - - - one29 <13>1 - h app - - - one\n  two")
            await until(lambda: len(taken.lines) == 7)
            assert listener.board.total.records == 7
            assert listener.board.total.last_us > 0
        by_format = {cut.format for cut in taken.cuts}
        assert by_format == {"jsonl", "syslog"}
        assert {cut.source for cut in taken.cuts} == {"tcp://127.0.0.1"}
        assert taken.lines.count(b"<13>1 - h app - - - one") == 2
        assert b"<13>1 - h app - - - one#012  two" in taken.lines

    asyncio.run(run())


def test_many_connections_lose_nothing() -> None:
    async def run() -> None:
        taken = Taken()
        limits = TcpLimits(connections_per_address=500)
        async with listening(taken, limits=limits) as listener:
            whole = [b"".join(b'{"c":%d,"n":%d}\n' % (c, n) for n in range(50)) for c in range(150)]
            await asyncio.gather(*(send(listener.port, part[:99], part[99:]) for part in whole))
            await until(lambda: len(taken.lines) == 7500)
            await until(lambda: listener.board.total.connections == 0)
        assert sorted(taken.lines) == sorted(b"".join(whole).split(b"\n")[:-1])

    asyncio.run(run())


def test_a_sender_is_read_only_as_fast_as_its_records_are_written() -> None:
    async def run() -> None:
        taken = Taken()
        taken.open.clear()
        async with listening(taken) as listener:
            block = b'{"a":"' + b"x" * 992 + b'"}\n'
            sender = asyncio.create_task(send(listener.port, *[block * 100] * 400))
            await until(lambda: taken.waiting == 1)
            await asyncio.sleep(0.3)
            # 40 MB are too much for the buffers of two sockets and our own quarter of a megabyte.
            assert not sender.done()
            taken.open.set()
            await sender
            await until(lambda: len(taken.lines) == 40_000)

    asyncio.run(run())


def test_records_wait_while_the_disk_is_full() -> None:
    async def run() -> None:
        taken = Taken()
        taken.refusing = Unavailable("the disk is full", retry_after_seconds=0.05)
        async with listening(taken) as listener:
            await send(listener.port, b'{"a":1}\n')
            await until(lambda: "the disk is full" in listener.board.total.problem)
            taken.refusing = None
            await until(lambda: taken.lines == [b'{"a":1}'])
            await until(lambda: listener.board.total.problem == "")

    asyncio.run(run())


def test_a_line_without_end_and_garbage_are_told_and_harm_nobody() -> None:
    async def run() -> None:
        taken = Taken()
        async with listening(taken, limits=TcpLimits(record_bytes=1000)) as listener:
            await send(listener.port, b"x" * 5000, b"y" * 5000, b'\n{"a":1}\n')
            await send(listener.port, b"12 <13>abcdefgh", b"garbage <13>never read")
            await send(listener.port, os.urandom(20_000))
            await send(listener.port, b'{"a":2}\n')
            await until(lambda: b'{"a":2}' in taken.lines and b'{"a":1}' in taken.lines)
            await until(lambda: listener.board.total.connections == 0)
            assert listener.board.total.rejected >= 2
        assert any("more than 1,000 bytes" in reason for reason in taken.reasons)
        assert {cut.format for cut in taken.cuts if cut.data.startswith(b"{")} == {"jsonl"}
        assert any("the length of a message was expected" in reason for reason in taken.reasons)

    asyncio.run(run())


def test_slow_and_silent_connections_are_closed_and_counted() -> None:
    async def run() -> None:
        taken = Taken()
        limits = TcpLimits(first_byte_seconds=0.3, record_seconds=0.4, idle_seconds=0.5)
        async with listening(taken, limits=limits) as listener:
            silent = socket.create_connection((LOCAL, listener.port))
            idle = socket.create_connection((LOCAL, listener.port))
            idle.sendall(b'{"a":1}\n')
            drips = asyncio.create_task(send(listener.port, *[b"x"] * 40, pause=0.05))
            await until(lambda: listener.board.total.refused.total() == 3)
            with pytest.raises(ConnectionError):
                await drips
            for connection in (silent, idle):
                connection.close()
            assert set(listener.board.total.refused) == {
                "closed: nothing was ever sent", "closed: idle for too long", "closed: a record without end",
            }  # fmt: skip
        # What had come of the record is kept: the reader will say that it is none.
        assert taken.lines[0] == b'{"a":1}'
        assert set(taken.lines[1]) == {ord("x")}

    asyncio.run(run())


def test_connections_have_a_limit_for_each_address() -> None:
    async def run() -> None:
        taken = Taken()
        async with listening(taken, limits=TcpLimits(connections_per_address=3)) as listener:
            sockets = [socket.create_connection((LOCAL, listener.port)) for _ in range(5)]
            await until(lambda: listener.board.total.refused.total() == 2)
            assert listener.board.total.connections == 3
            for each in sockets:
                each.close()
            await until(lambda: listener.board.total.connections == 0)
            await send(listener.port, b'{"a":1}\n')
            await until(lambda: len(taken.lines) == 1)

    asyncio.run(run())


def test_a_flood_from_one_address_is_slowed_and_another_is_not() -> None:
    async def run() -> None:
        taken = Taken()
        async with listening(taken, limits=TcpLimits(bytes_per_second=100_000)) as listener:
            flood = asyncio.create_task(send(listener.port, *[b"<13>flood" + b"x" * 990 + b"\n"] * 1000))
            await until(lambda: "slowed down" in listener.board.of("tcp://127.0.0.1").problem)
            _, writer = await asyncio.open_connection(LOCAL, listener.port, local_addr=("127.0.0.2", 0))
            writer.write(b'{"quiet":1}\n')
            await until(lambda: b'{"quiet":1}' in taken.lines, 2.0)
            assert len(taken.lines) < 1000
            flood.cancel()
            writer.close()

    asyncio.run(run())


# --- TLS


def test_a_client_certificate_gives_its_name_to_the_source(tmp_path: Path) -> None:
    async def run() -> None:
        authority = Authority(tmp_path)
        taken = Taken()
        context = server_context(*authority.issue("server"), authority.pem)
        async with listening(taken, tls=context) as listener:
            shown = client_context(authority, authority.issue("pacs-01"))
            message = b"<85>1 - pacs AUDIT - - - hello"
            await send(listener.port, b"%d %s" % (len(message), message), tls=shown)
            await until(lambda: taken.lines == [message])
        assert taken.cuts[0].source == "tls://pacs-01@127.0.0.1"

    asyncio.run(run())


def test_what_shows_no_valid_certificate_is_refused_with_the_reason(tmp_path: Path) -> None:
    async def run() -> None:
        authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
        taken = Taken()
        context = server_context(*authority.issue("server"), authority.pem)
        async with listening(taken, tls=context, limits=TcpLimits(handshake_seconds=0.5)) as listener:
            shown = [None, stranger.issue("liar"), authority.issue("late", expired=True)]
            for each in shown:
                with pytest.raises((ssl.SSLError, ConnectionError)):  # noqa: PT012 - TLS 1.3 may tell only on reading
                    reader, writer = await asyncio.open_connection(
                        LOCAL, listener.port, ssl=client_context(authority, each)
                    )
                    writer.write(b'{"a":1}\n')
                    await writer.drain()
                    if await reader.read() == b"":
                        raise ConnectionResetError
            await send(listener.port, b'{"plain":1}\n')
            half_open = socket.create_connection((LOCAL, listener.port))
            old = client_context(authority, authority.issue("old"))
            refused = listener.board.total.refused
            await until(lambda: refused.total() == 5)
            old.maximum_version = ssl.TLSVersion.TLSv1_2
            await send(listener.port, b'{"a":2}\n', tls=old)
            await until(lambda: taken.lines == [b'{"a":2}'])
            half_open.close()
        assert refused["no client certificate"] == 1
        assert refused["the client certificate: certificate has expired"] == 1
        assert sum("the client certificate: " in reason for reason in refused) == 2
        assert refused["the connection was broken off before it was ready"] == 1

    asyncio.run(run())


def test_tls_to_a_port_without_it_is_refused_and_makes_no_record(tmp_path: Path) -> None:
    async def run() -> None:
        taken = Taken()
        async with listening(taken) as listener:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await send(listener.port, b"<13>one\n", tls=client_context(Authority(tmp_path)))
            assert listener.board.total.refused == {"closed: TLS where none is expected": 1}
        assert taken.cuts == []

    asyncio.run(run())


# --- UDP


@asynccontextmanager
async def listening_udp(taken: Taken, **options: Any) -> AsyncIterator[tuple[UdpListener, socket.socket]]:
    listener = UdpListener(taken, LOCAL, 0, **options)
    await listener.start()
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.connect((LOCAL, listener.port))
    try:
        yield listener, sender
    finally:
        sender.close()
        taken.open.set()
        await listener.stop()


def test_datagrams_are_handed_over_many_at_a_time() -> None:
    async def run() -> None:
        taken = Taken()
        async with listening_udp(taken) as (listener, sender):
            for number in range(500):
                sender.send(b"<13>1 - h app - - - %d\n" % number)
            sender.send(b'{"a":1}\n{"a":2}\n')
            sender.send(b"<13>two\nlines\0")
            sender.send(b"")
            await until(lambda: listener.board.total.records == 503)
            assert listener.board.total.rejected == 1
        assert taken.lines[:3] == [b"<13>1 - h app - - - 0", b"<13>1 - h app - - - 1", b"<13>1 - h app - - - 2"]
        assert b"<13>two#012lines" in taken.lines
        assert [cut.format for cut in taken.cuts].count("jsonl") == 1
        assert len(taken.cuts) < 50

    asyncio.run(run())


def test_what_udp_cannot_hold_is_counted_as_dropped() -> None:
    async def run() -> None:
        taken = Taken()
        taken.open.clear()
        limits = UdpLimits(held_bytes=20 * (500 + 512), kernel_bytes=1 << 20)
        async with listening_udp(taken, limits=limits) as (listener, sender):
            for number in range(200):
                sender.send(b"<13>%03d" % number + b"x" * 493)
                if number % 20 == 0:
                    await asyncio.sleep(0.001)
            await until(lambda: listener.board.total.dropped == 180)
            assert "more comes in than can be written" in listener.board.total.problem
            taken.open.set()
            await until(lambda: len(taken.lines) == 20)
            sender.send(b"<13>after")
            await until(lambda: b"<13>after" in taken.lines)
            await until(lambda: listener.board.total.problem == "")

    asyncio.run(run())


def test_datagrams_without_a_word_take_room_too() -> None:
    async def run() -> None:
        taken = Taken()
        taken.open.clear()
        limits = UdpLimits(held_bytes=10_000, kernel_bytes=1 << 20)
        async with listening_udp(taken, limits=limits) as (listener, sender):
            for number in range(200):
                sender.send(b"")
                if number % 20 == 0:
                    await asyncio.sleep(0.001)
            await until(lambda: listener.board.total.dropped == 181)
            taken.open.set()

    asyncio.run(run())


def test_what_the_kernel_dropped_is_counted_too() -> None:
    async def run() -> None:
        taken = Taken()
        async with listening_udp(taken, limits=UdpLimits(kernel_bytes=20_000)) as (listener, sender):
            # Nothing is read from the socket while this loop does not wait.
            for number in range(400):
                sender.send(b"<13>%03d" % number + b"x" * 993)
            await until(lambda: taken.lines)
            # The kernel says how many it dropped with the next datagrams.
            sender.send(b"<13>last")
            await until(lambda: listener.board.total.records + listener.board.total.dropped == 401)
            assert listener.board.total.dropped > 100

    asyncio.run(run())


# --- HTTP

TOKEN = "s3cret-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Client:
    """One connection of http.client, used from the event loop."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        kind: Any = http.client.HTTPSConnection if tls else http.client.HTTPConnection
        self._connection = kind(LOCAL, port, timeout=10, **({"context": tls} if tls else {}))

    async def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any, http.client.HTTPMessage]:
        def call() -> tuple[int, Any, http.client.HTTPMessage]:
            self._connection.request(method, path, body, BEARER if headers is None else headers)
            answer = self._connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None, answer.headers

        return await asyncio.to_thread(call)

    async def post(self, path: str, body: bytes, **headers: str) -> tuple[int, Any, http.client.HTTPMessage]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.ask("POST", path, body, BEARER | named)

    def close(self) -> None:
        self._connection.close()


@asynccontextmanager
async def serving(
    taken: Taken,
    limits: HttpLimits | None = None,
    tls: ssl.SSLContext | None = None,
    connections: ConnectionLimits | None = None,
    client_tls: ssl.SSLContext | None = None,
    tokens: dict[str, str] | None = None,
) -> AsyncIterator[tuple[HttpSource, Client, int]]:
    source = HttpSource(taken, Tokens({"vector": TOKEN} if tokens is None else tokens), limits)
    listener = HttpListener(application(source), source.board, LOCAL, 0, tls, connections)
    await listener.start()
    client = Client(listener.port, client_tls)
    try:
        yield source, client, listener.port
    finally:
        taken.open.set()
        client.close()
        await listener.stop()


def test_ndjson_arrays_and_compressed_bodies_are_taken() -> None:
    async def run() -> None:
        taken = Taken()
        async with serving(taken) as (source, client, _):
            body = b'{"a":1}\n{"a":2}\n'
            assert (await client.post("/", body))[:2] == (200, {"taken": 2, "rejected": 0})
            array = b'[{"date":1.5,"log":"x"},\n {"date":2,\n"log":"y"}]'
            assert (await client.post("/ingest", array, Content_Type="application/json"))[1]["taken"] == 2
            zipped = gzip.compress(b'{"a":3}\n') + gzip.compress(b'{"a":4}')
            assert (await client.post("/", zipped, Content_Encoding="gzip"))[1]["taken"] == 2
            zst = zstandard.compress(b'{"a":5}\n')
            assert (await client.post("/", zst, Content_Encoding="zstd"))[1]["taken"] == 1
            pretty = json.dumps({"a": 6, "b": {"c": 1}}, indent=1).encode()
            assert (await client.post("/", pretty, Content_Type="application/json"))[1]["taken"] == 1
            plain = b"<13>1 - h app - - - hello\n"
            assert (await client.post("/", plain, Content_Type="text/plain"))[1]["taken"] == 1
            assert source.board.total.records == 9
        assert all(json.loads(line) for line in taken.lines[:-1])
        assert taken.cuts[-1].format == "syslog"
        assert {cut.source for cut in taken.cuts} == {"http://vector@127.0.0.1"}
        assert len(json.loads(taken.cuts[0].mark)["sha256"]) == 64

    asyncio.run(run())


def test_bodies_that_cannot_be_taken_are_refused_in_kind() -> None:
    async def run() -> None:
        taken = Taken()
        limits = HttpLimits(body_bytes=10_000, unpacked_bytes=100_000, body_seconds=0.4)
        async with serving(taken, limits) as (source, client, port):
            bomb = gzip.compress(b"\0" * 5_000_000)
            assert (await client.post("/", bomb, Content_Encoding="gzip"))[0] == 413
            assert (await client.post("/", zstandard.compress(b"\0" * 5_000_000), Content_Encoding="zstd"))[0] == 413
            assert (await client.post("/", b"x" * 20_000))[0] == 413
            assert (await client.post("/", b"no gzip", Content_Encoding="gzip"))[0] == 400
            assert (await client.post("/", b"{}", Content_Encoding="br"))[0] == 415
            assert (await client.post("/", b"<html>"))[0] == 400
            assert (await client.post("/", b"[{]"))[0] == 400
            slow = socket.create_connection((LOCAL, port))
            slow.sendall(f"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n".encode())
            slow.sendall(b"Content-Length: 100\r\n\r\n{")
            answer = await asyncio.to_thread(slow.recv, 1000)
            assert answer.startswith(b"HTTP/1.1 408")
            slow.close()
            assert source.board.total.refused == {
                "413 too large": 3, "400 malformed": 3, "415 unknown encoding": 1, "408 too slow": 1,
            }  # fmt: skip
        assert taken.cuts == []

    asyncio.run(run())


def test_tokens_are_asked_for_in_every_form_and_refusals_counted() -> None:
    async def run() -> None:
        taken = Taken()
        async with serving(taken) as (source, client, _):
            basic = base64.b64encode(f"elastic:{TOKEN}".encode()).decode()
            for number, good in enumerate((f"Bearer {TOKEN}", f"Basic {basic}", f"ApiKey {basic}")):
                status, _, _ = await client.ask("POST", "/", b'{"n":%d}' % number, {"Authorization": good})
                assert status == 200
            wrong: list[dict[str, str]] = [{}]
            wrong += [{"Authorization": shown} for shown in ("Bearer wrong", "Basic !!", "Bearer ")]
            for bad in wrong:
                status, _, headers = await client.ask("POST", "/", b"{}", bad)
                assert status == 401
                assert "Basic" in headers["WWW-Authenticate"]
            status, error, _ = await client.ask("GET", "/", None, {})
            assert (status, error["error"]["type"]) == (401, "security_exception")
            assert source.board.total.refused == {"401 no valid token": 5}
        assert len(taken.lines) == 3

    asyncio.run(run())


def test_over_https_a_client_certificate_is_enough(tmp_path: Path) -> None:
    async def run() -> None:
        authority = Authority(tmp_path)
        taken = Taken()
        refused: list[str] = []
        context = server_context(*authority.issue("server"), authority.pem, refused.append)
        shown = client_context(authority, authority.issue("beats"))
        async with serving(taken, tls=context, client_tls=shown, tokens={}) as (_, client, port):
            assert (await client.ask("POST", "/", b'{"a":1}', {}))[0] == 200
            bare = Client(port, client_context(authority))
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await bare.ask("POST", "/", b'{"a":1}', {})
            await until(lambda: refused == ["no client certificate"])
        assert taken.cuts[0].source == "https://beats@127.0.0.1"

    asyncio.run(run())


def test_nothing_is_answered_before_it_is_on_disk_and_clients_are_told_to_come_again() -> None:
    async def run() -> None:
        taken = Taken()
        async with serving(taken) as (source, client, _):
            taken.refusing = Overloaded("too much", 2.5)
            status, _, headers = await client.post("/", b'{"a":1}')
            assert (status, headers["Retry-After"]) == (429, "3")
            taken.refusing = Unavailable("the disk is full", 30)
            status, error, headers = await client.post("/_bulk", b'{"create":{}}\n{"a":1}\n')
            assert (status, headers["Retry-After"], error["status"]) == (503, "30", 503)
            assert source.board.total.problem == "the disk is full"
            taken.refusing = None
            taken.open.clear()
            asked = asyncio.create_task(client.post("/", b'{"a":1}'))
            await until(lambda: taken.waiting == 1)
            await asyncio.sleep(0.1)
            assert not asked.done()
            taken.open.set()
            assert (await asked)[0] == 200
            assert source.board.total.problem == ""

    asyncio.run(run())


def test_a_body_that_is_sent_again_is_answered_and_not_taken_twice() -> None:
    async def run() -> None:
        taken = Taken()
        async with serving(taken) as (_, client, port):
            bulk = b'{"index":{"_index":"x"}}\n{"a":1}\n'
            first = (await client.post("/_bulk", bulk))[1]["items"]
            assert (await client.post("/_bulk", bulk))[1]["items"] == first
            taken.open.clear()
            second = Client(port)
            both = [asyncio.create_task(each.post("/", b'{"a":2}')) for each in (client, second)]
            await until(lambda: taken.waiting == 1)
            await asyncio.sleep(0.1)
            taken.open.set()
            assert [status for status, _, _ in await asyncio.gather(*both)] == [200, 200]
            second.close()
        assert taken.lines == [b'{"a":1}', b'{"a":2}']
        # After a restart, what the marks say is known again.
        said = json.loads(taken.cuts[1].mark)
        again = HttpSource(taken, Tokens({"vector": TOKEN}), known=[(said["client"], said["sha256"], 60.0)])
        listener = HttpListener(application(again), again.board, LOCAL, 0)
        await listener.start()
        client = Client(listener.port)
        assert (await client.post("/", b'{"a":2}'))[0] == 200
        assert (await client.post("/", b'{"a":3}'))[0] == 200
        client.close()
        await listener.stop()
        assert taken.lines == [b'{"a":1}', b'{"a":2}', b'{"a":3}']

    asyncio.run(run())


def test_beats_and_logstash_find_the_cluster_they_ask_for() -> None:
    async def run() -> None:
        taken = Taken()
        async with serving(taken) as (_, client, _):
            status, said, headers = await client.ask("GET", "/")
            assert (status, headers["X-Elastic-Product"]) == (200, "Elasticsearch")
            assert said["version"]["number"].startswith("8.")
            assert (await client.ask("GET", "/_license"))[1]["license"]["status"] == "active"
            assert (await client.ask("GET", "/_xpack"))[1]["license"]["mode"] == "basic"
            for method, path in (
                ("HEAD", "/"), ("GET", "/_cluster/health"), ("HEAD", "/_index_template/winlogbeat-8.17.0"),
                ("GET", "/_ilm/policy/winlogbeat"), ("PUT", "/_ilm/policy/winlogbeat"), ("PUT", "/_template/logstash"),
                ("PUT", "/_data_stream/winlogbeat-8.17.0"), ("GET", "/_ingest/pipeline/winlogbeat-8.17.0-security"),
            ):  # fmt: skip
                assert (await client.ask(method, path))[0] == 200, path
            event = {"@timestamp": "2026-01-13T06:32:00.000Z", "winlog": {"event_id": 4624, "channel": "Security"}}
            lines = [{"create": {"_index": "winlogbeat-8.17.0"}}, event]
            body = gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
            path = "/_bulk?filter_path=errors%2Citems.%2A.error%2Citems.%2A.status"
            status, said, _ = await client.post(path, body, Content_Encoding="gzip", Content_Type="application/json")
            assert (status, said["errors"], said["items"]) == (200, False, [{"create": {"status": 201}}])
        assert json.loads(taken.lines[0]) == event

    asyncio.run(run())


def test_bad_items_of_a_bulk_request_are_told_one_by_one() -> None:
    async def run() -> None:
        taken = Taken()
        async with serving(taken, HttpLimits(record_bytes=100)) as (source, client, _):
            body = b"\n".join([
                b'{"index":{"_index":"a"}}', b'{"n":1}', b'{"create":{}}', b"no json", b'{"create":{}}', b"[1]",
                b'{"update":{"_id":"7"}}', b'{"doc":{"n":2},"doc_as_upsert":true}', b'{"delete":{"_id":"7"}}',
                b'{"index":{}}', b'{"n":"' + b"x" * 200 + b'"}', b'{"index":{}}',
            ])  # fmt: skip
            status, said, _ = await client.post("/logs/_bulk", body)
            statuses = [next(iter(item.values()))["status"] for item in said["items"]]
            assert (status, said["errors"], statuses) == (200, True, [201, 400, 400, 200, 400, 400, 400])
            assert source.board.total.rejected == 5
            status, error, _ = await client.post("/_bulk", b'{"n":1}\n{"n":2}\n')
            assert (status, "Malformed action" in error["error"]["reason"]) == (400, True)
        assert taken.lines == [b'{"n":1}', b'{"n":2}']

    asyncio.run(run())


def test_fhir_audit_events_are_created_one_by_one_and_in_bundles() -> None:
    async def run() -> None:
        taken = Taken()
        event = {"resourceType": "AuditEvent", "recorded": "2026-01-13T06:32:00Z", "action": "R"}
        patient = {"resourceType": "Patient"}
        async with serving(taken) as (_, client, _):
            assert (await client.ask("GET", "/fhir/metadata"))[1]["resourceType"] == "CapabilityStatement"
            status, _, headers = await client.post("/fhir/AuditEvent", json.dumps(event, indent=2).encode())
            assert (status, headers["Location"].startswith("AuditEvent/")) == (201, True)
            status, outcome, _ = await client.post("/fhir/AuditEvent", json.dumps(patient).encode())
            assert (status, outcome["resourceType"]) == (422, "OperationOutcome")
            assert (await client.post("/fhir/AuditEvent", b"<AuditEvent/>"))[0] == 422
            entries = [{"resource": event | {"action": action}} for action in "CU"]
            for kind, more, expected in (
                ("transaction", [], 200),
                ("batch", [patient], 200),
                ("transaction", [patient], 422),
            ):
                bundle = {
                    "resourceType": "Bundle",
                    "type": kind,
                    "entry": entries + [{"resource": each} for each in more],
                }
                status, said, _ = await client.post("/fhir", json.dumps(bundle).encode())
                assert status == expected
                if kind == "batch":
                    assert [each["response"]["status"][:3] for each in said["entry"]] == ["201", "201", "422"]
            assert (await client.post("/fhir", json.dumps(event).encode()))[0] == 400
        assert [json.loads(line)["action"] for line in taken.lines] == ["R", "C", "U", "C", "U"]
        assert len(taken.reasons) == 4

    asyncio.run(run())


def test_half_open_handshakes_count_as_connections(tmp_path: Path) -> None:
    async def run() -> None:
        authority = Authority(tmp_path)
        taken = Taken()
        context = server_context(*authority.issue("server"), authority.pem)
        shown = client_context(authority, authority.issue("beats"))
        limits = ConnectionLimits(connections_per_address=3)
        options: dict[str, Any] = {"tls": context, "client_tls": shown, "tokens": {}, "connections": limits}
        async with serving(taken, **options) as (source, client, port):
            half_open = [socket.create_connection((LOCAL, port)) for _ in range(5)]
            await until(lambda: source.board.total.refused.total() == 2)
            assert source.board.total.connections == 3
            for each in half_open:
                each.close()
            await until(lambda: source.board.total.connections == 0)
            assert (await client.ask("POST", "/", b'{"a":1}', {}))[0] == 200

    asyncio.run(run())


def test_http_connections_that_ask_nothing_are_closed_and_many_are_refused() -> None:
    async def run() -> None:
        taken = Taken()
        limits = ConnectionLimits(connections_per_address=3, header_seconds=0.3)
        async with serving(taken, connections=limits) as (source, client, port):
            slow = [socket.create_connection((LOCAL, port)) for _ in range(5)]
            slow[0].sendall(b"POST / HTTP/1.1\r\nHost:")
            await until(lambda: source.board.total.refused["closed: no request within time"] >= 3)
            assert any("from one address" in reason for reason in source.board.total.refused)
            await until(lambda: source.board.total.connections == 0)
            assert (await client.post("/", b'{"a":1}'))[0] == 200
            for each in slow:
                each.close()

    asyncio.run(run())


# --- files


@asynccontextmanager
async def following(taken: Taken, *patterns: Path, **options: Any) -> AsyncIterator[Tail]:
    tail = Tail(taken, [str(each) for each in patterns], poll_seconds=0.02, **options)
    await tail.start()
    try:
        yield tail
    finally:
        taken.open.set()
        await tail.stop()


def append(path: Path, text: bytes) -> None:
    with path.open("ab") as stream:
        stream.write(text)


def test_files_are_followed_through_rotation_and_a_restart(tmp_path: Path) -> None:
    async def run() -> None:
        log = tmp_path / "auth.log"
        log.write_bytes(b"<13>one\n<13>tw")
        (tmp_path / "auth.log.2.gz").write_bytes(b"\x1f\x8b")
        (tmp_path / "auth.log.1").write_bytes(b"<13>from before our time\n")
        taken = Taken()
        async with following(taken, tmp_path / "*.log*") as tail:
            await until(lambda: taken.lines == [b"<13>one"])
            append(log, b"o\n")
            await until(lambda: len(taken.lines) == 2)
            (tmp_path / "auth.log.1").unlink()
            log.rename(tmp_path / "auth.log.1")
            append(tmp_path / "auth.log.1", b"<13>three\n")
            append(log, b"<13>four\n")
            await until(lambda: len(taken.lines) == 4)
            append(tmp_path / "new.log", b'{"a":1}\n')
            await until(lambda: b'{"a":1}' in taken.lines)
            assert tail.board.total.records == 5
        append(log, b"<13>five\n")
        log.rename(tmp_path / "auth.log-20260113")
        append(log, b"<13>six\n")
        marks = {cut.source: cut.mark for cut in taken.cuts}
        again = Taken()
        async with following(again, tmp_path / "*.log*", marks=marks):
            await until(lambda: len(again.lines) == 2)
            append(log, b"<13>seven\n")
            await until(lambda: len(again.lines) == 3)
        assert again.lines == [b"<13>five", b"<13>six", b"<13>seven"]
        assert [line for line in taken.lines if line[:1] == b"<"] == [b"<13>one", b"<13>two", b"<13>three", b"<13>four"]

    asyncio.run(run())


def test_a_file_that_is_not_there_is_told_and_followed_when_it_comes(tmp_path: Path) -> None:
    async def run() -> None:
        log, windows = tmp_path / "a.log", tmp_path / "Security.evtx"
        windows.write_bytes(b"ElfFile\0" + b"\0" * 5000 + b"\n")
        taken = Taken()
        async with following(taken, log, windows, tmp_path / "none*.log") as tail:
            await until(lambda: "it is not there" in tail.board.of(str(log)).problem)
            await until(lambda: "EVTX" in tail.board.of(str(windows)).problem)
            assert "no file is named by" in tail.board.total.problem
            append(log, b"<13>one\n")
            await until(lambda: taken.lines == [b"<13>one"])
            assert tail.board.of(str(log)).problem == ""

    asyncio.run(run())


ZEEK = b"#separator \\x09\n#path\tconn\n#fields\tts\tuid\n#types\ttime\tstring\n"


def test_a_folder_that_the_disk_does_not_look_into_ends_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        tail = Tail(Taken(), [str(tmp_path / ("a" * 300) / "*.log")], {})
        await tail.start()
        assert "File name too long" in tail.board.total.problem
        await tail.stop()

    asyncio.run(run())


def test_tables_are_followed_with_their_header_also_after_a_restart(tmp_path: Path) -> None:
    async def run() -> None:
        taken = Taken()
        zeek, table, web = tmp_path / "conn.log", tmp_path / "badges.csv", tmp_path / "u_ex260113.log"
        zeek.write_bytes(ZEEK + b"1.0\tCa\n")
        table.write_bytes(b'\xef\xbb\xbfid,door\n1,"two\nlines"\n2,"open')
        web.write_bytes(b"#Software: IIS\n#Fields: date cs-uri\n2026-01-13 /a\n")
        patterns = (zeek, table, web)
        async with following(taken, *patterns):
            await until(lambda: len(taken.lines) == 4)
            append(table, b'"\n')
            append(zeek, b"#close\t2026\n" + ZEEK.replace(b"uid", b"id") + b"2.0\tCb\n")
            await until(lambda: len(taken.lines) == 6)
        marks = {cut.source: cut.mark for cut in taken.cuts}
        append(zeek, b"3.0\tCc\n")
        append(table, b"3,shut\n")
        append(web, b"#Date: 2026\n2026-01-13 /b\n")
        again = Taken()
        async with following(again, *patterns, marks=marks):
            await until(lambda: len(again.lines) == 3)
        headers = {cut.data: cut.header for cut in (*taken.cuts, *again.cuts)}
        assert headers == {
            b"1.0\tCa\n": ZEEK,
            b"2.0\tCb\n": ZEEK.replace(b"uid", b"id"),
            b"3.0\tCc\n": ZEEK.replace(b"uid", b"id"),
            b'1,"two\nlines"\n': b"id,door\n",
            b'2,"open"\n': b"id,door\n",
            b"3,shut\n": b"id,door\n",
            b"2026-01-13 /a\n": b"#Software: IIS\n#Fields: date cs-uri\n",
            b"2026-01-13 /b\n": b"#Software: IIS\n#Fields: date cs-uri\n",
        }

    asyncio.run(run())


def test_audit_events_are_handed_over_whole(tmp_path: Path) -> None:
    async def run() -> None:
        taken = Taken()
        log = tmp_path / "audit.log"
        line = b"type=%s msg=audit(1700000000.000:%d): a=1\n"
        log.write_bytes(line % (b"SYSCALL", 1) + line % (b"EXECVE", 1) + line % (b"SYSCALL", 2))
        async with following(taken, log):
            await until(lambda: len(taken.cuts) == 1)
            append(log, line % (b"PATH", 2) + line % (b"SYSCALL", 3) + line % (b"PATH", 2) + line % (b"SYSCALL", 4))
            await until(lambda: len(taken.lines) == 7)
        # The last event waits for a second, and so does one that goes on behind the begin of another.
        events = [[line.split(b":")[1][:1] for line in cut.data.split(b"\n")[:-1]] for cut in taken.cuts]
        assert events == [[b"1", b"1"], [b"2", b"2", b"3", b"2"], [b"4"]]

    asyncio.run(run())


def test_real_windows_events_arrive_as_they_are_in_their_file(shared_data: Path, tmp_path: Path) -> None:
    archive = min((shared_data / "otrf").glob("*.zip"), key=lambda path: path.stat().st_size)
    with zipfile.ZipFile(archive) as zipped:
        original = zipped.read(zipped.namelist()[0])
    lines = [line for line in original.split(b"\n") if line.strip()]

    async def run() -> None:
        taken, over_tcp = Taken(), Taken()
        log = tmp_path / "events.json"
        log.write_bytes(original)
        async with following(taken, log), listening(over_tcp) as listener:
            await send(listener.port, original)
            await until(lambda: len(taken.lines) == len(over_tcp.lines) == len(lines))
        assert taken.lines == lines
        assert over_tcp.lines == lines
        assert {cut.format for cut in (*taken.cuts, *over_tcp.cuts)} == {"jsonl"}

    asyncio.run(run())
