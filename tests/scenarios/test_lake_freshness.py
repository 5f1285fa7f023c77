"""A search says how far the lake goes and what came later, whether `serve` runs or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from codedark.app.archive.archivist import Archivist, Pace
from codedark.app.search.freshness import Freshness, freshness_of
from codedark.events.parcel import NOTE, Sequence
from codedark.store.journal.follower import Follower
from codedark.store.journal.journal import Journal
from codedark.store.lake.lake import Lake
from tests.command_line import Command
from tests.serving import Serving, record, until

BEGIN_US = 1_768_212_000_000_000  # 2026-01-12T10:00:00Z
SECOND_US = 1_000_000


class Home:
    """A journal and the lake that follows it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = Journal(folder / "journal", segment_bytes=2_000, reserve_bytes=0)
        self.archivist = Archivist(Lake(folder / "lake"), pace=Pace(1 << 40, 1 << 60))

    def arrive(self, second: int, count: int = 1, kind: str = "jsonl") -> None:
        """So many records arrive together."""
        data = b'{"Channel":"Security","EventID":1,"Computer":"a"}\n' * count
        self.journal.append("tcp://a", kind, data, count, BEGIN_US + second * SECOND_US)
        self.journal.sync()

    def archive(self) -> None:
        """Everything goes into the lake."""
        follower = Follower(self.folder / "journal", self.archivist.following, print)
        self.archivist.take(follower.read(1 << 30))
        self.archivist.flush()
        follower.close()

    @property
    def freshness(self) -> Freshness:
        """What a search would say."""
        return freshness_of(self.folder / "lake")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_what_is_not_in_the_lake_yet_is_counted_without_notes(home: Home) -> None:
    home.arrive(0, 3)
    home.archive()
    assert home.freshness == Freshness(3, BEGIN_US, missing=0)
    home.arrive(1, 1, NOTE)
    assert home.freshness == Freshness(3, BEGIN_US, missing=0)
    for second in range(2, 40):  # over several segments
        home.arrive(second, 5)
        home.arrive(second, 1, NOTE)
    assert home.freshness == Freshness(3, BEGIN_US, 190, BEGIN_US + 2 * SECOND_US)
    home.archive()
    assert home.freshness == Freshness(231, BEGIN_US + 39 * SECOND_US, missing=0)


def test_what_the_lake_has_is_no_longer_missed_when_the_journal_is_deleted(home: Home) -> None:
    for second in range(40):
        home.arrive(second, 5)
    home.archive()
    assert home.journal.delete_before(Sequence(home.archivist.position)) > 0
    home.arrive(41, 2)
    assert home.freshness == Freshness(200, BEGIN_US + 39 * SECOND_US, 2, BEGIN_US + 41 * SECOND_US)


def test_more_than_is_counted_is_said_as_about(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codedark.app.search.freshness._COUNTED_BYTES", 1)
    monkeypatch.setattr("codedark.store.journal.follower._READ_BYTES", 1)
    read = Follower.read
    monkeypatch.setattr(Follower, "read", lambda self: read(self, 1))
    home.arrive(0, 5)
    home.arrive(1, 5)
    found = home.freshness
    assert (found.missing, found.missing_since_us, found.about) == (10, BEGIN_US, True)
    assert "the last about 10 records" in found.text()


def test_a_lake_that_was_carried_away_says_how_far_it_goes_and_no_more(home: Home, tmp_path: Path) -> None:
    home.arrive(7, 2)
    home.archive()
    carried = (tmp_path / "lake").rename(tmp_path / "stick")
    (tmp_path / "journal").rename(tmp_path / "elsewhere")
    found = freshness_of(carried)
    assert found == Freshness(2, BEGIN_US + 7 * SECOND_US)
    assert "which arrived 2026-01-12T10:00:07Z; there is no journal beside it" in found.text()


def test_words_for_none_one_and_many() -> None:
    assert Freshness(missing=0).text() == "the lake has no record yet, and none was taken in"
    one = Freshness(3, BEGIN_US, 1, BEGIN_US)
    goes, since = "the lake goes up to record 3, which arrived 2026-01-12T10:00:00Z", "since 2026-01-12T10:00:00Z"
    again = "while it runs: start it once more if it was stopped)"
    assert one.text() == f"{goes}; the last record, {since}, is not in it yet (`codedark serve` files it {again}"
    many = Freshness(3, BEGIN_US, 1_200, BEGIN_US)
    left = f"the last 1,200 records, {since}, are not in it yet"
    assert many.text() == f"{goes}; {left} (`codedark serve` files them {again}"
    assert Freshness(3, BEGIN_US, 0).text() == f"{goes}: everything that was taken in"


def asked(command: Command, home: Path) -> dict[str, Any]:
    """What it says in JSON."""
    ran = command.run("search", "--home", home, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    found: dict[str, Any] = orjson.loads(ran.out)
    return found


def test_the_command_says_it_with_serve_running_and_stopped(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    serving = Serving(tmp_path / "home", tmp_path_factory.mktemp("cache"))
    settings = serving.home / "codedark.toml"
    settings.write_text(settings.read_text("utf-8").replace("flush_seconds = 1\n", "flush_seconds = 3600\n"), "utf-8")
    command = Command(tmp_path, tmp_path)
    with serving.running():
        assert serving.post(b"".join(record(f"r-{number}") for number in range(7)))
        end = serving.status()["journal_next"]
        found = asked(command, serving.home)
        assert found["rows"] == []
        assert (found["lake"]["record"], found["lake"]["missing"], found["lake"]["missing_is_exact"]) == (None, 7, True)
        assert found["lake"]["missing_since"] is not None
        table = command.run("search", "--home", serving.home)
        assert "codedark: the lake has no record yet; the last 7 records, since 20" in table.err
        until(lambda: archived(serving) >= end, what="the archivist has not taken them")
        assert serving.stop() == 0
    found = asked(command, serving.home)
    assert len(found["rows"]) == 7
    assert (found["lake"]["missing"], found["lake"]["missing_since"]) == (0, None)
    assert found["lake"]["record"] == found["rows"][0]["seq"]
    lines = command.run("search", "--home", serving.home, "--format", "jsonl")
    assert lines.out.count(b"\n") == 7
    assert lines.err.endswith(": everything that was taken in\n")


def archived(serving: Serving) -> int:
    """What the archivist takes next."""
    return max(int(part["next"]) for part in serving.status()["parts"] if part["name"] == "archivist")
