"""Who we are to a FHIR server, and whom we trust: tokens from files and from a token server, TLS of the site's own."""

from __future__ import annotations

import json
import ssl
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from codedark.errors import UsageError
from codedark.exchange.fhir_access import Access, trusting
from codedark.exchange.fhir_client import FhirClient
from codedark.exchange.sender import NotAccepted, NotDelivered
from codedark.ingest.live.tls import server_context
from tests.live_intake import Authority
from tests.programs import running
from tests.small_fhir_server import SmallFhirServer, running_server


class TokenServer(HTTPServer):
    """Gives out tokens to one client."""

    given = 0


class _Handler(BaseHTTPRequestHandler):
    server: TokenServer

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        who = b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
        is_known = (who, form) == (
            "census:s%3Acret",
            {"grant_type": ["client_credentials"], "scope": ["system/*.read"]},
        )
        self.server.given += is_known
        told = {"access_token": f"token{self.server.given}", "expires_in": 3600} if is_known else {"error": "invalid"}
        body = json.dumps(told).encode()
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    """A token server that runs."""
    with running(TokenServer(("127.0.0.1", 0), _Handler)) as server:
        yield server


@pytest.fixture
def server() -> Iterator[SmallFhirServer]:
    """A FHIR server that runs."""
    with running_server() as running:
        yield running


def secret(tmp_path: Path, text: str, mode: int = 0o640) -> Path:
    """A file with a secret."""
    file = tmp_path / "secret"
    file.write_text(text)
    file.chmod(mode)
    return file


def client_file(tmp_path: Path, tokens: TokenServer, client_secret: str = "s:cret") -> Path:
    """A client's own secret."""
    url = f"http://127.0.0.1:{tokens.server_address[1]}/token"
    told = {"token_url": url, "client_id": "census", "client_secret": client_secret, "scope": "system/*.read"}
    return secret(tmp_path, json.dumps(told))


def test_a_token_that_was_replaced_in_its_file_is_shown_at_once(tmp_path: Path, server: SmallFhirServer) -> None:
    server.token = "one"
    file = secret(tmp_path, "one\n")
    client = FhirClient(server.base, Access(file))
    assert client.search("Patient", []) == []
    server.token = "two"
    with pytest.raises(NotAccepted, match="401: who are you"):
        client.search("Patient", [])
    file.write_text("two")
    assert client.search("Patient", []) == []


def test_a_client_gets_a_token_keeps_it_and_gets_another_when_it_is_not_known_any_more(
    tmp_path: Path, tokens: TokenServer, server: SmallFhirServer
) -> None:
    server.token = "token1"
    client = FhirClient(server.base, Access(client_file(tmp_path, tokens)))
    assert [client.search("Patient", []) for _ in range(3)] == [[], [], []]
    assert tokens.given == 1
    server.token = "token2"
    assert client.search("Patient", []) == []
    assert tokens.given == 2


def test_a_client_that_is_not_known_is_told_so(tmp_path: Path, tokens: TokenServer, server: SmallFhirServer) -> None:
    with pytest.raises(NotAccepted, match="401 and no token: invalid"):
        FhirClient(server.base, Access(client_file(tmp_path, tokens, "wrong"))).search("Patient", [])


def test_a_token_server_that_is_not_there_is_told(tmp_path: Path, server: SmallFhirServer) -> None:
    told = '{"token_url": "http://127.0.0.1:9/", "client_id": "a", "client_secret": "b"}'
    with pytest.raises(NotDelivered, match="gives no token"):
        FhirClient(server.base, Access(secret(tmp_path, told))).search("Patient", [])


@pytest.mark.parametrize(
    ("text", "mode", "reason"),
    [
        ("token", 0o644, "every user of this machine"),
        ("", 0o640, "holds no token"),
        ("two words", 0o640, "holds no token"),
        ('{"token_url": "http://x/"}', 0o640, "client_secret and scope are wanted"),
        ('{"token_url": "ftp://x/", "client_id": "a", "client_secret": "b"}', 0o640, "write it as https"),
    ],
)
def test_a_file_that_is_no_secret_is_refused(tmp_path: Path, text: str, mode: int, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        Access(secret(tmp_path, text, mode))


def test_a_server_with_a_certificate_of_the_site_is_trusted_and_no_other(
    tmp_path: Path, server: SmallFhirServer
) -> None:
    (tmp_path / "other").mkdir()
    authority, other = Authority(tmp_path), Authority(tmp_path / "other")
    plain = server.socket
    server.socket = server_context(*authority.issue("ehr")).wrap_socket(plain, server_side=True)
    base = server.base.replace("http:", "https:")
    assert FhirClient(base, "", trusting(authority.pem)).search("Patient", []) == []
    with pytest.raises(NotDelivered, match="CERTIFICATE_VERIFY_FAILED"):
        FhirClient(base, "", trusting(other.pem)).search("Patient", [])
    assert isinstance(trusting(None), ssl.SSLContext)
    with pytest.raises(UsageError, match="authorities"):
        trusting(secret(tmp_path, "no pem"))
