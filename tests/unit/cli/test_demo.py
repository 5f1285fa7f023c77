"""`codedark demo`: a real watch over a simulated hospital, which touches nothing that it has not made."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from codedark.app.watching.configuration import FILE
from codedark.app.watching.demonstration import make_room
from codedark.cli.contain import app as contain
from codedark.cli.demo import app as demo
from codedark.continuity.packs.page_lock import from_json
from codedark.continuity.packs.printed_of import documents_said
from codedark.errors import UsageError
from codedark.store.packs.page_lock import opened
from codedark.store.packs.ward_packs import WardPacks


@pytest.mark.parametrize("name", [FILE, "holiday.jpg"])
def test_a_folder_that_is_no_demonstration_is_not_touched(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("[http]\n")
    with pytest.raises(UsageError, match="is not touched"):
        make_room(tmp_path)
    ran = CliRunner().invoke(demo, ["--home", str(tmp_path)])
    assert isinstance(ran.exception, UsageError)
    assert (tmp_path / name).read_text() == "[http]\n"
    with pytest.raises(UsageError, match="is not touched"):
        make_room(tmp_path / name)


def test_it_is_shown_how_an_incident_grows_and_a_second_demonstration_takes_the_place_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEDARK_CACHE", str(tmp_path / "cache"))
    home = tmp_path / "demo"
    arguments = ["--home", str(home), "--beds", "20", "--minutes", "60", "--speed", "600"]
    ran = CliRunner().invoke(demo, arguments)
    assert ran.exit_code == 0, (ran.output, ran.exception, (home / "serve.log").read_text())
    assert "incident 2026-0001" in ran.stdout
    assert "serve has stopped cleanly" in ran.stderr
    assert "Traceback" not in (home / "serve.log").read_text()
    said = ran.stdout[ran.stdout.index("What to disconnect, as it looked at") :]
    assert re.search(r"balanced\b.*: \d+ actions?, all in force after \d+ min", said), said
    assert re.search(r"(?m)^ all off +\d", said), said
    assert "Nothing was done." in said
    assert max(len(line) for line in said.splitlines() if str(home) not in line) <= 80
    assert said.endswith((home / "open.txt").read_text())
    page = (home / "plans.html").read_text()
    assert "This is the plan that we propose." in page
    prepared = CliRunner().invoke(contain, ["prepare", "--home", str(home), str(home / "plans.json")])
    assert "P1" in prepared.output, (prepared.output, prepared.exception)
    assert "contain prepare" in ran.stderr
    _opens_with_its_words(said)
    _comes_back(said)
    make_room(home)
    assert not home.exists()


def _opens_with_its_words(said: str) -> None:
    """The page that is named opens with the passphrase that is named, and is of the end of the attack."""
    page = next(line.strip() for line in said.splitlines() if "page.html" in line)
    words = re.search(r"demonstration passphrase: ((?:[a-z]+ ){5}[a-z]+)", said)
    lock = re.search(r'<script type="application/json" id="lock">(.*?)</script>', Path(page).read_text(), re.DOTALL)
    assert words
    assert lock
    content = json.loads(opened(from_json(lock[1]), words[1]))
    assert content["ward"] == Path(page).parent.name
    assert sum(bool(bed["chart"]) for bed in content["beds"]) > 1
    built = re.search(r"How the wards go on, from (\d\d:\d\d)", said)
    assert built
    assert built[1] == "14:00"
    assert "14:00, as the page is" in documents_said(WardPacks(Path(page).parent).files())
    rounds = re.search(r"(\d+) HL7 messages came\s+in, and (\d+)\s+packs were\s+built in (\d+)\s+rounds", said)
    assert rounds
    assert int(rounds[1]) > 10
    assert int(rounds[3]) >= 2


def _comes_back(said: str) -> None:
    """The states of the entries, as they are listed one by one, are those that are counted."""
    counted = re.search(
        r"(\d+) entries = (\d+) filed \+ (\d+) already present \+ (\d+) voided \+\s+(\d+) refused", said
    )
    assert counted, said
    in_all, *ends = map(int, counted.groups())
    listed = re.findall(r"(?m)^ {9}(filed|already present|voided|refused)\b", said)
    states = ("filed", "already present", "voided", "refused")
    assert [listed.count(state) for state in states] == ends == [4, 1, 2, 1]
    assert in_all == sum(ends) == len(re.findall(r"(?m)^  \d\d:\d\d  E[A-Z0-9]{9}  ", said))
    assert "Proven: every entry is in exactly one state" in said
    assert "came in as Unknown Birch" in said
