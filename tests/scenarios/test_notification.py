"""Alarms reach people through real servers, also when the first way is down, and until somebody acknowledges them."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as email_policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from codedark.app.notify.notifier import Happened, Notifier, try_channels
from codedark.app.notify.settings import Notification, notification
from codedark.respond.decision import Acknowledged
from codedark.respond.incident import IncidentId
from codedark.store.state.rows import Outcome
from codedark.store.state.state import State
from tests.incident_maker import SENTENCE, alarm, incident

MINUTE_US = 60_000_000
NOW_US = 1_768_290_000_000_000
PASSWORD = "correct horse battery"
DELIVERED, FAILED = Outcome.DELIVERED, Outcome.FAILED


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this machine with its key, in one PEM file that is also the authority to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "here.pem"
    plain = serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


class Letters:
    """What a mail server took; ``refuse_rcpt`` and ``refuse_data`` are answered instead, as long as there are any."""

    def __init__(self, refuse_rcpt: tuple[str, ...] = (), refuse_data: tuple[str, ...] = ()) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.refuse_rcpt, self.refuse_data = list(refuse_rcpt), list(refuse_data)

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.refuse_rcpt:
            return self.refuse_rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuse_data:
            return self.refuse_data.pop(0)
        self.letters.append(message_from_bytes(envelope.content, policy=email_policy))
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"


def authenticated(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
    return AuthResult(success=(given.login, given.password) == (b"codedark", PASSWORD.encode()))


@contextmanager
def mail_server(letters: Letters, certificate: Path | None = None) -> Iterator[int]:
    """A mail server on a free port; with a certificate it wants STARTTLS and the password."""
    tls: dict[str, Any] = {}
    if certificate:
        tls = {
            "tls_context": server_tls(certificate), "require_starttls": True, "auth_required": True,
            "authenticator": authenticated,
        }  # fmt: skip

    class Server(Controller):
        def factory(self) -> SMTP:
            return SMTP(self.handler, **tls)

    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    server = Server(letters, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield port
    finally:
        server.stop()


class Answering(BaseHTTPRequestHandler):
    """Keeps what is posted, and answers as told."""

    status: ClassVar[int] = 204
    posted: ClassVar[list[tuple[dict[str, str], bytes]]]
    before: ClassVar[Callable[[], None]] = staticmethod(lambda: None)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posted.append(({name.lower(): value for name, value in self.headers.items()}, body))
        type(self).before()
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def web_server(
    status: int = 204, certificate: Path | None = None, before: Callable[[], None] = lambda: None
) -> Iterator[tuple[int, list[tuple[dict[str, str], bytes]]]]:
    """An HTTP server that answers ``status``, and what was posted to it."""
    posted: list[tuple[dict[str, str], bytes]] = []
    handler = type("Here", (Answering,), {"status": status, "posted": posted, "before": staticmethod(before)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if certificate:
            server.socket = server_tls(certificate).wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1], posted
        finally:
            server.shutdown()
            thread.join(10)


@contextmanager
def hanging_server() -> Iterator[int]:
    """A server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        yield listening.getsockname()[1]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def mail(port: int, **more: Any) -> dict[str, Any]:
    return {
        "kind": "mail", "name": "mail", "host": "127.0.0.1", "port": port, "security": "none",
        "sender": "codedark@hospital.example", "recipients": ["night@hospital.example"], **more,
    }  # fmt: skip


def hook(port: int, **more: Any) -> dict[str, Any]:
    return {"kind": "webhook", "name": "hook", "url": f"http://127.0.0.1:{port}/alarm?to=night", **more}


def told(*channels: dict[str, Any], folder: Path = Path(), **more: Any) -> Notification:
    return notification({"channels": list(channels), "hospital": "St Elisabeth", **more}, "[notify]", folder)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    """A state in which an incident has one alarm."""
    with closing(State(tmp_path / "state.sqlite")) as made:
        made.tell([], [incident()], [alarm()])
        yield made


def notifier(state: State, *channels: dict[str, Any], **more: Any) -> Notifier:
    read = told(*channels, **more)
    return Notifier(state, read.channels, read.settings)


def short(happened: list[Happened]) -> list[tuple[str, Outcome, int]]:
    return [(each.channel, each.outcome, each.repeat) for each in happened if each.alarm]


def test_mail_over_starttls_with_a_password_reaches_everybody(state: State, certificate: Path, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    letters = Letters()
    with mail_server(letters, certificate) as port:
        channel = mail(
            port, security="starttls", user="codedark", password={"file": "password"}, authorities=str(certificate),
            recipients=["night@hospital.example", "it@hospital.example"],
        )  # fmt: skip
        assert short(notifier(state, channel, folder=tmp_path).step(NOW_US)) == [("mail", DELIVERED, 0)]
    (letter,) = letters.letters
    assert letters.recipients == [["night@hospital.example", "it@hospital.example"]]
    assert letter["Subject"] == f"HIGH: {SENTENCE} (2026-0007)"
    assert letter["Message-ID"] == "<2026-0007.1@hospital.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text
    assert html
    for part in (
        SENTENCE,
        "Cut ws-12 off the network",
        "87 % that this is an attack",
        "Intensive care",
        "St Elisabeth",
    ):
        assert part in text.get_content()
        assert part in html.get_content()
    assert "codedark incident ack 2026-0007" in text.get_content()


def test_a_letter_holds_nothing_of_a_patient_and_no_markup_of_an_attacker(state: State) -> None:
    evil = "<img src=x onerror=alert(1)>\r\nBcc: all@hospital.example\u202e\ud800"
    state.tell([], [], [alarm(2, minutes=1, sentence=evil, why_now=evil)])
    letters = Letters()
    with mail_server(letters) as port, web_server() as (web, posted):
        happened = notifier(
            state, mail(port), hook(web, always=True), hook(web, name="o", format="ocsf", always=True)
        ).step(NOW_US)
    assert {each.outcome for each in happened} == {DELIVERED}
    assert len(letters.letters) == 2
    for raw in [each.as_bytes() for each in letters.letters] + [body for _, body in posted]:
        assert b"patient 4711" not in raw
    letter = letters.letters[1]
    assert letter["Bcc"] is None
    html = letter.get_body(("html",))
    assert html
    assert "<img" not in html.get_content()
    assert "&lt;img" in html.get_content()


def test_a_password_is_never_sent_or_said_without_tls(
    state: State, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    letters = Letters()
    secret = {"user": "codedark", "password": {"env": "MAIL_PASSWORD"}, "security": "starttls"}
    with mail_server(letters) as plain, mail_server(letters, certificate) as untrusted:
        for port, why in ((plain, "STARTTLS extension not supported"), (untrusted, "certificate verify failed")):
            read = told(mail(port, **secret))
            (happened,) = try_channels(read.channels, read.settings, NOW_US)
            assert happened.outcome is FAILED
            assert why in happened.said
            assert PASSWORD not in repr(read) + happened.said
    assert letters.letters == []


def test_when_the_first_channel_is_down_the_second_gets_it_in_the_same_step(state: State) -> None:
    with web_server() as (port, posted):
        happened = notifier(state, mail(closed_port()), hook(port)).step(NOW_US)
    assert short(happened) == [("mail", FAILED, 0), ("hook", DELIVERED, 0)]
    assert "refused" in happened[0].said
    assert len(posted) == 1
    assert [(each.channel, each.outcome, each.attempt) for each in state.deliveries("2026-0007.1")] == [
        ("mail", FAILED, 1), ("hook", DELIVERED, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("letters", "why"),
    [
        (Letters(refuse_rcpt=("451 4.7.1 greylisted, come back later",)), "451 4.7.1 greylisted"),
        (Letters(refuse_rcpt=("550 5.1.1 nobody of that name",)), "550 5.1.1 nobody"),
        (Letters(refuse_data=("452 4.3.1 full",)), "452 4.3.1 full"),
        (Letters(refuse_data=("554 5.7.1 spam",)), "554 5.7.1 spam"),
    ],
    ids=["greylisted", "unknown", "full", "spam"],
)
def test_a_mail_server_that_refuses_is_passed_over_and_tried_again_later(
    state: State, letters: Letters, why: str
) -> None:
    with mail_server(letters) as port, web_server() as (web, posted):
        watching = notifier(state, mail(port), hook(web))
        happened = watching.step(NOW_US)
        assert short(happened) == [("mail", FAILED, 0), ("hook", DELIVERED, 0)]
        assert why in happened[0].said
        assert watching.step(NOW_US + 1_000_000) == []
        assert short(watching.step(NOW_US + 10 * MINUTE_US + 1_000_000)) == [("mail", DELIVERED, 1)]
    assert (len(letters.letters), len(posted)) == (1, 1)
    assert not watching.health["mail"].failures


def test_a_recipient_that_is_refused_does_not_keep_it_from_the_others_and_is_told(state: State) -> None:
    letters = Letters(refuse_rcpt=("550 5.1.1 gone",))
    with mail_server(letters) as port:
        (happened,) = notifier(state, mail(port, recipients=["old@h.example", "new@h.example"])).step(NOW_US)
    assert (happened.outcome, happened.said) == (DELIVERED, "old@h.example: 550 5.1.1 gone")
    assert letters.recipients == [["new@h.example"]]


def test_a_server_that_hangs_is_left_after_the_deadline(state: State) -> None:
    with hanging_server() as hanging, web_server() as (web, posted):
        watching = notifier(state, mail(hanging), hook(web), deadline_seconds=1)
        began = time.monotonic()
        happened = watching.step(NOW_US)
        assert time.monotonic() - began < 20
        assert short(happened) == [("mail", FAILED, 0), ("hook", DELIVERED, 0)]
        assert happened[0].said == "mail: no end after 1 s"
        state.tell([], [], [alarm(2, minutes=1)])
        assert short(watching.step(NOW_US + 2_000_000)) == [("hook", DELIVERED, 0)]  # it is not waited for again
    assert len(posted) == 2


def test_an_alarm_is_repeated_under_its_id_until_somebody_acknowledges_it(state: State) -> None:
    letters = Letters()
    with mail_server(letters) as port, web_server() as (web, posted):
        watching = notifier(state, mail(port), hook(web, always=True))
        for minutes in (0, 5, 9.9, 10.1, 15, 20.3):
            watching.step(NOW_US + int(minutes * MINUTE_US))
        state.decide(Acknowledged("a", "anna", IncidentId("2026-0007")), NOW_US)
        assert watching.step(NOW_US + 40 * MINUTE_US) == []
    first, second, third = letters.letters
    assert [each["Message-ID"] for each in (second, third)] == [
        "<2026-0007.1-r1@hospital.example>", "<2026-0007.1-r2@hospital.example>",
    ]  # fmt: skip
    assert second["References"] == third["In-Reply-To"] == first["Message-ID"]
    assert third["Subject"].endswith("(2026-0007, repeat 2)")
    assert [headers["idempotency-key"] for headers, _ in posted] == ["2026-0007.1", "2026-0007.1-r1", "2026-0007.1-r2"]
    assert {headers["codedark-alarm"] for headers, _ in posted} == {"2026-0007.1"}
    assert [json.loads(body)["repeat"] for _, body in posted] == [0, 1, 2]


def test_a_channel_that_is_always_told_does_not_stand_in_for_the_others(state: State) -> None:
    with web_server() as (web, posted):
        watching = notifier(state, mail(closed_port()), hook(web, always=True))
        assert short(watching.step(NOW_US)) == [("mail", FAILED, 0), ("hook", DELIVERED, 0)]
        assert short(watching.step(NOW_US + 20_000_000)) == [("mail", FAILED, 0)]
    assert len(posted) == 1


def test_a_broken_channel_is_left_alone_for_longer_each_time_and_probed(state: State) -> None:
    port = closed_port()
    watching = notifier(state, mail(port), back_off={"first_seconds": 10, "longest_seconds": 60})
    tried = [second for second in range(200) if short(watching.step(NOW_US + second * 1_000_000))]
    pauses = [later - earlier for earlier, later in pairwise(tried)]
    assert tried[0] == 0
    assert [pytest.approx(each, abs=2) for each in (10, 20, 40, 60)] == pauses[:4]
    state.decide(Acknowledged("a", "anna", IncidentId("2026-0007")), NOW_US)
    later = NOW_US + 1_000 * 1_000_000
    assert [(each.outcome, each.alarm) for each in watching.step(later)] == [(FAILED, None)]
    with socket.create_server(("127.0.0.1", port)):
        pass
    letters = Letters()

    class Here(Controller):
        def factory(self) -> SMTP:
            return SMTP(self.handler)

    server = Here(letters, hostname="127.0.0.1", port=port)
    server.start()
    try:
        assert [(each.outcome, each.alarm) for each in watching.step(later + 100_000_000)] == [(DELIVERED, None)]
        assert watching.step(later + 101_000_000) == []
        state.tell([], [], [alarm(2, minutes=1)])
        assert short(watching.step(later + 102_000_000)) == [("mail", DELIVERED, 0)]
    finally:
        server.stop()
    assert not watching.health["mail"].failures


@pytest.mark.parametrize(("status", "why"), [(302, "a redirect, which is not followed"), (500, "500"), (401, "401")])
def test_a_webhook_that_answers_anything_but_success_has_failed(state: State, status: int, why: str) -> None:
    with web_server(status) as (port, posted):
        (happened,) = notifier(state, hook(port)).step(NOW_US)
    assert happened.outcome is FAILED
    assert why in happened.said
    assert len(posted) == 1


def test_a_webhook_over_tls_is_verified_and_its_body_signed(state: State, certificate: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret")
    (tmp_path / "url").write_text("")
    with web_server(certificate=certificate) as (port, posted):
        (tmp_path / "url").write_text(f"https://127.0.0.1:{port}/hooks/T0KEN-IN-URL\n")
        channel = {
            "kind": "webhook", "name": "hook", "url": {"file": "url"}, "secret": {"file": "secret"},
            "token": {"file": "secret"},
        }  # fmt: skip
        read = told(channel, folder=tmp_path)
        (refused,) = try_channels(read.channels, read.settings, NOW_US)
        assert (refused.outcome, "certificate verify failed" in refused.said) == (FAILED, True)
        assert "T0KEN" not in refused.said + repr(read)
        channel["authorities"] = str(certificate)
        assert short(notifier(state, channel, folder=tmp_path).step(NOW_US)) == [("hook", DELIVERED, 0)]
    ((headers, body),) = posted
    at, mac = re.fullmatch(r"t=(\d+),v1=(\w+)", headers["codedark-signature"]).groups()  # type: ignore[union-attr]
    assert abs(int(at) - time.time()) < 60
    assert mac == hmac.new(b"s3cret", f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["authorization"] == "Bearer s3cret"
    assert json.loads(body)["sentence"] == SENTENCE


def listener(
    kind: socket.SocketKind, certificate: Path | None = None
) -> AbstractContextManager[tuple[int, list[bytes]]]:
    """A socket that keeps what comes over its connections, or in datagrams."""

    @contextmanager
    def listening() -> Iterator[tuple[int, list[bytes]]]:
        seen: list[bytes] = []
        with socket.socket(socket.AF_INET, kind) as server:
            server.bind(("127.0.0.1", 0))
            server.settimeout(5)
            if kind is socket.SOCK_STREAM:
                server.listen()

            def serve() -> None:
                if kind is socket.SOCK_DGRAM:
                    seen.append(server.recv(65_536))
                    return
                with server.accept()[0] as plain:
                    taken = server_tls(certificate).wrap_socket(plain, server_side=True) if certificate else plain
                    with taken:
                        whole = b""
                        while part := taken.recv(4096):
                            whole += part
                        seen.append(whole)
                        if isinstance(taken, ssl.SSLSocket):
                            taken.unwrap()

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            yield server.getsockname()[1], seen
            thread.join(5)

    return listening()


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
@pytest.mark.parametrize("form", ["rfc5424", "cef"])
def test_syslog_lines_arrive_whole(state: State, certificate: Path, transport: str, form: str) -> None:
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with listener(kind, certificate if transport == "tls" else None) as (port, seen):
        channel = {
            "kind": "syslog", "name": "siem", "host": "127.0.0.1", "port": port, "transport": transport, "format": form,
            "authorities": str(certificate),
        }  # fmt: skip
        assert short(notifier(state, channel).step(NOW_US)) == [("siem", DELIVERED, 0)]
    (got,) = seen
    if transport != "udp":
        length, _, got = got.partition(b" ")
        assert int(length) == len(got)
    line = got.decode()
    assert SENTENCE in line
    if form == "rfc5424":
        assert re.match(r"<83>1 \d{4}-\d\d-\d\dT\S+Z \S+ codedark - 2026-0007\.1 \[codedark@32473 ", line)
    else:
        assert re.match(r"<83>\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ CEF:0\|Code Dark\|Code Dark\|", line)
        assert " externalId=2026-0007.1 " in line or "|externalId=2026-0007.1 " in line


def test_syslog_that_nobody_takes_has_failed(state: State) -> None:
    channel = {"kind": "syslog", "name": "siem", "host": "127.0.0.1", "port": closed_port(), "transport": "tcp"}
    (happened,) = notifier(state, channel).step(NOW_US)
    assert happened.outcome is FAILED


KILLED = """
import json, sys
from pathlib import Path
from codedark.app.notify.notifier import Notifier
from codedark.app.notify.settings import notification
from codedark.store.state.state import State
read = notification(json.loads(sys.argv[1]), "[notify]", Path())
Notifier(State(Path(sys.argv[2])), read.channels, read.settings).step(int(sys.argv[3]))
"""


def test_killed_between_sending_and_writing_down_it_is_sent_again_under_the_same_id(
    state: State, tmp_path: Path
) -> None:
    processes: list[subprocess.Popen[bytes]] = []
    arrived = threading.Event()

    def kill_first() -> None:
        arrived.set()
        if len(posted) == 1:
            processes[0].kill()
            processes[0].wait()

    with web_server(before=kill_first) as (port, posted):
        settings = json.dumps({"channels": [hook(port)]})
        command = [sys.executable, "-c", KILLED, settings, str(tmp_path / "state.sqlite"), str(NOW_US)]
        processes.append(subprocess.Popen(command, env=os.environ))
        assert arrived.wait(30)
        processes[0].wait(30)
        assert [each.outcome for each in state.deliveries("2026-0007.1")] == [Outcome.BEGUN]
        again = notifier(state, hook(port))
        assert again.abandoned == 1
        assert short(again.step(NOW_US + 1_000_000)) == [("hook", DELIVERED, 0)]
    assert [headers["idempotency-key"] for headers, _ in posted] == ["2026-0007.1", "2026-0007.1"]
    assert [each.outcome for each in state.deliveries("2026-0007.1")] == [Outcome.UNKNOWN, DELIVERED]
    assert len(state.alarms()) == 1
