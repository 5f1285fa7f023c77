"""Small words: one is one, many are many, and what will be missed later is said at once."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import msgspec
import pytest

from codedark.app.continuing.packing.bringing import export
from codedark.app.ward.charting import begin
from codedark.cli.demo import _minutes
from codedark.errors import UnusableInput
from codedark.hospital.ward import WardId
from codedark.store.packs.keys import make_keys
from tests.command_line import Command


@pytest.mark.parametrize(
    ("minutes", "words"), [(1.2, "1 minute"), (0.6, "1 minute"), (0.4, "0 minutes"), (12.4, "12 minutes")]
)
def test_one_minute_is_one_minute(minutes: float, words: str) -> None:
    assert _minutes(minutes) == words


def test_loading_a_census_without_a_model_says_that_showing_it_needs_one(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text('{"resourceType":"Patient","id":"p"}\n')
    (tmp_path / "home").mkdir()
    command = Command(tmp_path, tmp_path)
    ran = command.run("census", "load", tmp_path / "a.ndjson", "--home", tmp_path / "home")
    assert (ran.code, "`census show` needs it" in ran.err + ran.out.decode()) == (0, True)
    (tmp_path / "home" / "hospital.yaml").write_text("hospital: A\n")
    ran = command.run("census", "load", tmp_path / "a.ndjson", "--home", tmp_path / "home")
    assert (ran.code, "needs it" in ran.err + ran.out.decode()) == (0, False)


def test_a_port_that_another_program_has_is_told_with_what_to_do(tmp_path: Path) -> None:
    begin(tmp_path / "one", "icu-1", 0, 1).close()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = Command(tmp_path, tmp_path).fails("ward", "serve", "--station", "one", "--port", port)
    assert f"http://127.0.0.1:{port}/: another station is open there already" in told
    assert "--port" in told


def test_a_full_stick_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = make_keys("A", {WardId("A1"): "A1"}, rounds=10).builder
    (tmp_path / "packs" / "outbox").mkdir(parents=True)
    (tmp_path / "packs" / "keys.json").write_bytes(msgspec.json.encode(held))
    (tmp_path / "packs" / "outbox" / "A1.pack").write_bytes(b"pack")
    (tmp_path / "stick").mkdir()

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(UnusableInput, match=r"stick: A1\.pack cannot be written there: no room on it"):
        export(tmp_path, tmp_path / "stick")
