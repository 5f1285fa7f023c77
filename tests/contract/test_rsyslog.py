"""A real rsyslog forwards to live sources over everything that it speaks, and all its records arrive.

Debian has it as rsyslog, rsyslog-openssl, rsyslog-gnutls, rsyslog-elasticsearch. What is not installed is skipped.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from codedark.ingest import syslog
from codedark.ingest.live.credentials import Tokens
from codedark.ingest.live.http import HttpSource, application
from codedark.ingest.live.http_server import HttpListener
from codedark.ingest.live.tcp import TcpListener
from codedark.ingest.live.tls import server_context
from codedark.ingest.live.udp import UdpListener
from tests.live_intake import Authority, Taken, until
from tests.log_reader import read_bytes

RSYSLOGD: Final = shutil.which("rsyslogd") or "/usr/sbin/rsyslogd"
MODULES: Final = next(iter(Path("/usr/lib").glob("*/rsyslog")), Path("/usr/lib/rsyslog"))
LOCAL: Final = "127.0.0.1"
MESSAGES: Final = 2000

pytestmark = pytest.mark.skipif(not Path(RSYSLOGD).exists(), reason="rsyslogd is not installed")


def needs(module: str) -> None:
    if not (MODULES / f"{module}.so").exists():
        pytest.skip(f"rsyslog's module {module} is not installed")


@asynccontextmanager
async def rsyslog(folder: Path, action: str, before: str = "", template: str = "") -> AsyncIterator[Path]:
    """rsyslog in the foreground, which reads a file and forwards it; the file is given."""
    log, state, configuration = folder / "app.log", folder / "state", folder / "rsyslog.conf"
    state.mkdir(exist_ok=True)
    log.touch()
    configuration.write_text(
        f"""
        global(workDirectory="{state}" maxMessageSize="64k" {before})
        module(load="imfile" mode="polling" pollingInterval="1")
        input(type="imfile" file="{log}" tag="app:" ruleset="out" facility="auth" severity="info")
        {template}
        ruleset(name="out") {{ {action} }}
        """
    )
    said = (folder / "rsyslog.out").open("wb")
    process = await asyncio.create_subprocess_exec(
        RSYSLOGD, "-n", "-f", str(configuration), "-i", str(folder / "pid"), stdout=said, stderr=subprocess.STDOUT
    )
    try:
        yield log
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()
        said.close()


def write(log: Path) -> None:
    lines = (f"message {number} from the h\u00f4pital {'x' * (number % 300)}\n" for number in range(MESSAGES))
    log.write_text("".join(lines))


def numbers(lines: list[bytes]) -> list[int]:
    found = (re.search(rb"message (\d+) from", line) for line in lines)
    return sorted(int(each[1]) for each in found if each)


def forward(protocol: str, port: int, more: str = "") -> str:
    return f'action(type="omfwd" target="{LOCAL}" port="{port}" protocol="{protocol}" {more})'


@pytest.mark.parametrize("framing", ["traditional", "octet-counted"])
@pytest.mark.parametrize("template", ["RSYSLOG_SyslogProtocol23Format", "RSYSLOG_TraditionalForwardFormat"])
def test_over_tcp_in_both_framings_everything_arrives(tmp_path: Path, framing: str, template: str) -> None:
    async def run() -> None:
        taken = Taken()
        listener = TcpListener(taken, LOCAL, 0)
        await listener.start()
        more = f'tcp_framing="{framing}" template="{template}"'
        async with rsyslog(tmp_path, forward("tcp", listener.port, more)) as log:
            write(log)
            await until(lambda: len(taken.lines) == MESSAGES)
        await listener.stop()
        assert numbers(taken.lines) == list(range(MESSAGES))
        assert {cut.format for cut in taken.cuts} == {"syslog"}
        found = read_bytes(syslog.read, b"".join(cut.data for cut in taken.cuts))
        assert found.count == MESSAGES
        assert {record["appname"] for record in found.records} == {"app"}

    asyncio.run(run())


def test_over_udp_what_is_sent_at_leisure_arrives(tmp_path: Path) -> None:
    async def run() -> None:
        taken = Taken()
        listener = UdpListener(taken, LOCAL, 0)
        await listener.start()
        async with rsyslog(tmp_path, forward("udp", listener.port)) as log:
            write(log)
            await until(lambda: listener.board.total.records + listener.board.total.dropped >= MESSAGES)
        await listener.stop()
        assert numbers(taken.lines) == list(range(MESSAGES))
        assert listener.board.total.dropped == 0

    asyncio.run(run())


@pytest.mark.parametrize("driver", ["gtls", "ossl"])
def test_over_tls_with_client_certificates_everything_arrives(tmp_path: Path, driver: str) -> None:
    needs(f"lmnsd_{driver}")

    async def run() -> None:
        authority = Authority(tmp_path)
        certificate, key = authority.issue("ward-7")
        before = (
            f'defaultNetstreamDriver="{driver}" defaultNetstreamDriverCAFile="{authority.pem}" '
            f'defaultNetstreamDriverCertFile="{certificate}" defaultNetstreamDriverKeyFile="{key}"'
        )
        taken = Taken()
        listener = TcpListener(taken, LOCAL, 0, tls=server_context(*authority.issue("server"), authority.pem))
        await listener.start()
        more = 'streamDriverMode="1" streamDriverAuthMode="x509/certvalid" tcp_framing="octet-counted"'
        async with rsyslog(tmp_path, forward("tcp", listener.port, more), before) as log:
            write(log)
            await until(lambda: len(taken.lines) == MESSAGES)
        await listener.stop()
        assert numbers(taken.lines) == list(range(MESSAGES))
        assert {cut.source for cut in taken.cuts} == {"tls://ward-7@127.0.0.1"}

    asyncio.run(run())


def test_over_elastics_bulk_everything_arrives(tmp_path: Path) -> None:
    needs("omelasticsearch")

    async def run() -> None:
        taken = Taken()
        source = HttpSource(taken, Tokens({"rsyslog": "s3cret"}))
        listener = HttpListener(application(source), source.board, LOCAL, 0)
        await listener.start()
        action = f"""
            action(type="omelasticsearch" server="{LOCAL}" serverport="{listener.port}" template="json"
                   searchIndex="logs" bulkmode="on" uid="rsyslog" pwd="s3cret" errorFile="{tmp_path / "errors"}")
        """
        template = (
            'module(load="omelasticsearch")'
            r'template(name="json" type="string" string="{\"message\":\"%msg:::json%\"}")'
        )
        async with rsyslog(tmp_path, action, template=template) as log:
            write(log)
            await until(lambda: len(taken.lines) == MESSAGES)
        await listener.stop()
        assert numbers(taken.lines) == list(range(MESSAGES))
        assert all("message" in json.loads(line) for line in taken.lines)
        assert {cut.source for cut in taken.cuts} == {"http://rsyslog@127.0.0.1"}

    asyncio.run(run())
