"""Where the census listens and for whom, as a file says it: what is wrong is named, what is open is said aloud."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codedark.app.continuing.serving.listeners import listeners, said
from codedark.errors import UsageError
from tests.live_intake import Authority


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with certificates beside the file of listeners."""
    folder = tmp_path / "continuity"
    folder.mkdir()
    authority = Authority(folder)
    for file, name in zip(authority.issue("census"), ("server.pem", "server.key"), strict=True):
        file.rename(folder / name)
    (folder / "server.key").chmod(0o640)
    return tmp_path


def told(home: Path, text: str) -> None:
    """Write the file of listeners."""
    (home / "continuity" / "listeners.yaml").write_text(text)


TLS = "tls: {certificate: server.pem, key: server.key, clients: authority.pem}"


def test_each_listener_says_whether_it_is_encrypted_and_who_may_send(home: Path) -> None:
    assert said(listeners(home, "", [])[0][0], 2575) == "listening on 127.0.0.1:2575, NOT ENCRYPTED, from ANY address"
    told(
        home, f"- {{listen: '[::]:2576', allow: [10.1.0.0/16], {TLS}, names: [engine.example]}}\n- listen: 0.0.0.0:1\n"
    )
    made, renewing = listeners(home, "", [])
    assert said(made[0], 2576) == (
        "listening on [::]:2576, with TLS, with certificates of engine.example, from 10.1.0.0/16"
    )
    assert (len(made), len(renewing)) == (2, 1)
    by_option = listeners(home, "0.0.0.0:0", ["10.1.2.3"])[0]
    assert [said(each, 9) for each in by_option] == ["listening on 0.0.0.0:9, NOT ENCRYPTED, from 10.1.2.3/32"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "names no listener"),
        ("- {listen: 2575}", "list of listen"),
        ("- {listen: '2575'}", "write it like"),
        ("- {listen: '0.0.0.0:1', alow: []}", "alow"),
        ("- {listen: '0.0.0.0:1', allow: [10.1.2.3/16]}", "host bits"),
        ("- {listen: '0.0.0.0:1', names: [a]}", "name tls.clients"),
        ("- {listen: '0.0.0.0:1', tls: {certificate: no.pem, key: server.key}}", "no certificate and key that fit"),
        (
            "- {listen: '0.0.0.0:1', tls: {certificate: server.pem, key: server.key, clients: server.key}}",
            "authorities",
        ),
    ],
)
def test_what_is_wrong_is_named(home: Path, text: str, reason: str) -> None:
    told(home, text)
    with pytest.raises(UsageError, match=reason):
        listeners(home, "", [])


def test_a_key_that_everybody_can_read_is_refused(home: Path) -> None:
    told(home, f"- {{listen: '0.0.0.0:1', {TLS}}}")
    (home / "continuity" / "server.key").chmod(0o644)
    with pytest.raises(UsageError, match="chmod 640"):
        listeners(home, "", [])


def test_a_renewed_certificate_is_taken_up_and_one_that_does_not_fit_is_not(home: Path) -> None:
    told(home, f"- {{listen: '0.0.0.0:1', {TLS}}}")
    renewing = listeners(home, "", [])[1][0]
    heard: list[str] = []
    renewing.look(heard.append)
    assert heard == ["0.0.0.0:1: its certificate ends in 0 days; renew it, or senders will not trust it"]
    folder = home / "continuity"
    (folder / "other").mkdir()
    certificate, key = Authority(folder / "other").issue("renewed")
    for files in ((certificate, folder / "server.pem"), (key, folder / "server.key")):
        files[1].write_bytes(files[0].read_bytes())
        os.utime(files[1], ns=(len(heard), len(heard)))
        renewing.look(heard.append)
    assert "goes on with the old certificate" in heard[1]
    assert heard[2:] == ["0.0.0.0:1: takes up the renewed certificate"]
