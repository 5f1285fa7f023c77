"""Packs of a whole hospital on the way that they go: taken in, built, sealed, pulled by every ward and opened there.

This is the only part of the check that uses the program. What is compared afterwards is the page that a nurse opens,
by the words on the ward's card (`opened_page`), and the documents beside it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from codedark.app.continuing.census.home import journal_of, site_of
from codedark.app.continuing.census.intake import load
from codedark.app.continuing.census.state import CensusState, Following
from codedark.app.continuing.packing.building import Builder, told_by
from codedark.app.continuing.packing.outbox import name_of, outbox
from codedark.app.continuing.packing.own_papers import OwnFiles
from codedark.app.hospital_files import usable_hospital
from codedark.continuity.packs.manifest import Accepted
from codedark.store.journal.journal import Journal
from codedark.store.packs.counters import Counters
from codedark.store.packs.keys import make_keys
from codedark.store.packs.paper_rows import PaperRows
from codedark.store.packs.ward_packs import KEYS, PAGE, WardPacks
from tests.oracle.opened_page import Page, opened_page
from tests.oracle.pack_differences import names_are

ROUNDS = 1000
"""Of PBKDF2: a thousand wards are opened here, and nobody attacks them."""


@dataclass(frozen=True)
class Ward:
    """What a ward has: the opened page, the file that it was opened from with its passphrase, and the documents."""

    page: Page
    html: Path
    passphrase: str
    documents: Mapping[str, bytes]


def wards_with_packs(
    model: Path, home: Path, files: Iterable[Path], now_us: int, printed: Collection[str] = ()
) -> dict[str, Ward]:
    """Every ward by its id. ``model`` is the folder of hospital.yaml; ``printed`` are wards that get documents."""
    known = usable_hospital(model)
    wards = sorted(known.wards.values(), key=lambda ward: ward.id not in printed)  # these are printed first
    keys = make_keys(known.name, {ward.id: ward.name for ward in wards}, rounds=ROUNDS)
    (home / "packs").mkdir(parents=True)
    (home / "packs" / "keys.json").write_bytes(msgspec.json.encode(keys.builder))
    Counters(home / "packs").begin()
    PaperRows(home / "packs").begin()
    with Journal(journal_of(home)) as journal:
        load(list(files), journal, now_us)
    state = CensusState(known, site_of(home, None))
    following = Following(journal_of(home), state)
    following.catch_up()
    following.close()
    assert state.books.rejected == []
    builder = Builder(home, known, "en", most_printed=len(printed))
    done = builder.round(told_by(state, now_us, OwnFiles(home, known).papers()))
    assert done.without_keys == {}
    names_are({str(ward.id): ward.name for ward in wards})
    found = {}
    for n, (ward, held) in enumerate(keys.stations.items()):
        folder = home / "wards" / str(n)
        folder.mkdir(parents=True)
        (folder / KEYS).write_bytes(msgspec.json.encode(held))
        packs = WardPacks(folder)
        verdict = packs.receive((outbox(home) / name_of(ward)).read_bytes(), now_us)
        assert isinstance(verdict, Accepted), verdict
        inside = packs.files()
        page = opened_page((folder / PAGE).read_text(), keys.passphrases[ward])
        whole = json.loads(inside["pack.json"])
        assert (page["ward"], page["counter"]) == (ward, whole["counter"])
        assert [bed["chart"]["id"] for bed in page.get("beds", []) if bed.get("chart")] == [
            bed["chart"]["id"] for bed in whole["beds"] if bed["chart"]
        ]
        for bed in page.get("beds", []):
            bed.get("chart", {})["zone"] = page["time_zone"]
        found[str(ward)] = Ward(page, folder / PAGE, keys.passphrases[ward], inside)
    return found
