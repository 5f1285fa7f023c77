"""From the ceremony to the ward by the command line, with an attacker who owns the server, the share or the stick.

The hospital is simulated. What an attacker does is done with what he would have: the outbox, and the builder's folder.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from codedark.continuity.packs.page_lock import from_json
from codedark.store.packs.page_lock import opened
from codedark.store.packs.seal import told_of
from tests.house.repository import ROOT

WARD = "INT1"
BEDS = ["--beds", "10", "--days", "0.1", "--seed", "7"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a hospital, the keys of its wards, a home that has built one pack for each, and the cards."""
    folder = tmp_path_factory.mktemp("packs")
    done(folder, "simulate", "hospital", *BEDS)
    done(folder, "pack", "keys", "keys", "--hospital", "hospital", "--language", "nl")
    (folder / "home").mkdir()
    shutil.copytree(folder / "keys" / "builder", folder / "home" / "packs")
    done(folder, "census", "load", "hospital/hl7", "--home", "home")
    build(folder)
    return folder


def done(folder: Path, *arguments: str, code: int = 0) -> str:
    """Run a command in ``folder``; all that it said."""
    ran = subprocess.run(
        [sys.executable, "-m", "codedark", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
    return ran.stdout + ran.stderr


def build(folder: Path, home: str = "home", code: int = 0) -> str:
    return done(folder, "pack", "build", "--home", home, "--hospital", "hospital", "--no-prints", code=code)


@pytest.fixture
def ward(whole: Path, tmp_path: Path) -> Path:
    """A ward that has pulled the first pack."""
    folder = tmp_path / "ward"
    folder.mkdir()
    shutil.copy(whole / "keys" / "wards" / f"{WARD}.json", folder / "ward.json")
    assert "accepted: pack" in pull(whole, folder, whole / "home" / "packs" / "outbox")
    return folder


def pull(whole: Path, ward: Path, source: Path | str, code: int = 0) -> str:
    return done(whole, "ward", "pull", str(source), "--ward", str(ward), code=code)


def card_of(whole: Path, ward_name: str) -> str:
    """The passphrase on a ward's card."""
    page = (whole / "keys" / "cards.html").read_text()
    card = next(card for card in page.split('<section class="card">')[1:] if f"<h1>{ward_name}</h1>" in card)
    return " ".join(re.findall(r"<span>([a-z]+)</span>", card))


def test_ward_says_that_a_pack_of_now_has_data_of_long_ago(whole: Path, ward: Path) -> None:
    said = done(whole, "ward", "status", "--ward", str(ward))
    assert re.search(
        r"built \S+ \S+ \S+ \(0:\d\d:\d\d ago\), !! OLD DATA: newest data 2026-01-1\d .* days?, .* ago\)", said
    )
    assert "oldest data 2026-01-1" in said


def test_page_at_the_ward_opens_with_the_words_of_its_card(whole: Path, ward: Path) -> None:
    page = (ward / "page.html").read_text()
    lock = re.search(r'<script type="application/json" id="lock">(.*?)</script>', page, re.DOTALL)
    assert lock is not None
    name = told_of((whole / "home" / "packs" / "outbox" / f"{WARD}.pack").read_bytes()).ward_name
    content = json.loads(opened(from_json(lock[1]), card_of(whole, name)))
    assert content["ward"] == WARD
    assert len(content["beds"]) >= 5


def test_keys_are_for_their_owner_alone_and_the_builder_has_none_that_opens(whole: Path) -> None:
    keys = whole / "keys"
    secret = [keys / "cards.html", keys / "recovery.key", *(keys / "wards").iterdir(), keys / "builder" / "keys.json"]
    assert {path.stat().st_mode & 0o777 for path in secret} == {0o600}
    held = "".join(path.read_text() for path in (whole / "home" / "packs").glob("*.json"))
    assert "AGE-SECRET-KEY" not in held
    assert not re.search(r"\b[a-z]{4,7} [a-z]{4,7} [a-z]{4,7} [a-z]{4,7} [a-z]{4,7} [a-z]{4,7}\b", held)


def test_ceremony_refuses_while_cards_lie_about_and_then_makes_only_what_is_missing(
    whole: Path, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    shutil.copytree(whole / "keys", keys)
    again = ["pack", "keys", str(keys), "--hospital", "hospital"]
    assert "print them, then delete it" in done(whole, *again, code=2)
    (keys / "cards.html").unlink()
    before = (keys / "builder" / "keys.json").read_bytes()
    assert "0 wards have new keys" in done(whole, *again)
    assert (keys / "builder" / "keys.json").read_bytes() == before
    assert "0 wards have new keys, 1 a new passphrase" in done(whole, *again, "--renew", WARD)
    assert (keys / "cards.html").read_text().count('<section class="card">') == 1
    (keys / "cards.html").unlink()
    assert "there is no ward NOWHERE" in done(whole, *again, "--renew", "NOWHERE", code=2)


def test_attacker_on_the_share_can_put_nothing_in_the_place_of_a_pack(whole: Path, ward: Path, tmp_path: Path) -> None:
    shutil.copytree(whole / "home", tmp_path / "home")
    build(whole, str(tmp_path / "home"))
    share = tmp_path / "home" / "packs" / "outbox"
    mine, page = share / f"{WARD}.pack", (ward / "page.html").read_bytes()
    held = mine.read_bytes()
    altered = bytearray(held)
    altered[-5] ^= 1
    for file, reason in [
        (b"", "this is no sealed pack"),
        (bytes(altered), "damaged, cut short or altered"),
        (held.replace(b'"counter":', b'"counter":9', 1), "this is no|not signed|cannot be read"),
        ((share / "ED.pack").read_bytes(), "it is of ward ED"),
    ]:
        mine.write_bytes(file)
        assert re.search(f"set aside: .*({reason})", pull(whole, ward, share, code=3))
        assert (ward / "page.html").read_bytes() == page
    assert done(whole, "ward", "status", "--ward", str(ward)).count("set aside") == 4


def test_old_pack_is_refused_and_the_next_accepted_over_http(whole: Path, ward: Path, tmp_path: Path) -> None:
    share = tmp_path / "share"
    shutil.copytree(whole / "home" / "packs" / "outbox", share)
    build(whole)
    with served(whole / "home" / "packs" / "outbox") as address:
        assert "accepted: pack" in pull(whole, ward, address)
        assert "nothing new" in pull(whole, ward, address)
        assert "answered 404" in pull(whole, ward, f"{address}/elsewhere", code=2)
    assert "an old pack came as a new one" in pull(whole, ward, share, code=3)
    assert "is the server there?" in pull(whole, ward, "http://127.0.0.1:9/", code=2)
    assert "is the share or the stick there?" in pull(whole, ward, tmp_path / "nowhere", code=2)


def test_owner_of_the_server_can_sign_lies_but_read_nothing_and_change_nothing_at_a_frozen_ward(
    whole: Path, ward: Path, tmp_path: Path
) -> None:
    page = (ward / "page.html").read_bytes()
    assert "No other is taken" in done(whole, "ward", "freeze", "--ward", str(ward))
    home = tmp_path / "stolen"
    shutil.copytree(whole / "home", home)
    build(whole, str(home))
    assert "no pack is taken" in pull(whole, ward, home / "packs" / "outbox")
    assert (ward / "page.html").read_bytes() == page
    pack = home / "packs" / "outbox" / f"{WARD}.pack"
    keys = ["--public", str(whole / "keys" / "public.json"), "--key", str(home / "packs" / "keys.json")]
    said = done(whole, "pack", "open", str(pack), *keys, "--out", str(tmp_path / "out"), code=2)
    assert "there is no key in it" in said
    done(whole, "ward", "thaw", "--ward", str(ward))
    assert "accepted" in pull(whole, ward, home / "packs" / "outbox")


def test_lost_counters_stop_the_builder_until_a_person_says_what_wards_have_seen(
    whole: Path, ward: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(whole / "home", home)
    (home / "packs" / "counters.json").unlink()
    assert "codedark pack counters --above NUMBER" in build(whole, str(home), code=2)
    done(whole, "pack", "counters", "--above", "1000", "--home", str(home))
    build(whole, str(home))
    assert "accepted: pack 1001" in pull(whole, ward, home / "packs" / "outbox")


def test_lost_census_builds_nothing_and_ends_with_3(whole: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(whole / "home", home)
    shutil.rmtree(home / "continuity")
    outbox = home / "packs" / "outbox"
    before = {path.name: path.read_bytes() for path in outbox.iterdir()}
    said = build(whole, str(home), code=3)
    assert "no source has ever told who lies where, so no pack is built" in said
    assert {path.name: path.read_bytes() for path in outbox.iterdir()} == before


def test_stick_brings_packs_and_shows_who_made_them(whole: Path, ward: Path, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    export = ["pack", "export", "--usb", str(stick), "--home", "home", "--ward", WARD]
    assert "is the stick mounted?" in done(whole, *export, code=2)
    stick.mkdir()
    assert WARD in done(whole, *export)
    assert [path.name for path in stick.iterdir()] == [f"{WARD}.pack"]
    assert re.search("accepted|nothing new", pull(whole, ward, stick))
    verify = ["pack", "verify", str(stick / f"{WARD}.pack"), "--public", str(whole / "keys" / "public.json")]
    assert "Signed with the hospital's key, and whole" in done(whole, *verify)
    assert "page.html" in done(whole, *verify, "--key", str(whole / "keys" / "recovery.key"))
    assert "it is an old pack" in done(whole, *verify, "--above", "5000", code=2)
    other = str(whole / "keys" / "wards" / "ED.json")
    assert "sealed for another ward" in done(whole, *verify, "--key", other, code=2)
    theirs = tmp_path / "public.json"
    theirs.write_text(json.dumps({"hospital": "Another", "verifying": "A" * 43 + "="}))
    verify[-1] = str(theirs)
    assert "not signed with the key of Another" in done(whole, *verify, code=2)


class served:  # noqa: N801 - used like a function
    """The address of a web server that gives out a folder."""

    def __init__(self, folder: Path) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Silent(SimpleHTTPRequestHandler):
    """Gives out files and says nothing."""

    def log_message(self, *_: object) -> None:
        pass
