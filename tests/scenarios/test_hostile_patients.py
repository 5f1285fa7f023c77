"""Bad input from message to sealed pack and paper: everybody is there, nothing is cut, nothing holds up the others."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from codedark.app.untrusted import printable
from codedark.continuity.hl7v2.site import site
from codedark.continuity.pages.letters import unstacked
from tests.hostile_messages import DOSES, NAMES, admission, all_of_them, message, sealed, taken_in
from tests.printed import joined, sheets_of


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What is in the ward's sealed pack."""
    home = tmp_path_factory.mktemp("home")
    state, refused = taken_in(home, all_of_them())
    assert refused == []
    return sealed(home, state, with_prints=True)


@pytest.fixture(scope="module")
def charts(pack: dict[str, bytes]) -> dict[str, Any]:
    """The charts of the pack, by number."""
    beds = json.loads(pack["pack.json"])["beds"]
    return {bed["chart"]["id"]: bed["chart"] for bed in beds if bed["chart"]}


def test_everybody_is_in_the_pack_with_the_name_that_was_sent(charts: dict[str, Any]) -> None:
    assert {*NAMES, "DOSES", "MANY", "TWO1", "TWO2", "رقم", "BIG"} == set(charts)
    for number in ("LONG", "ARABIC", "HTML", "CHINESE", "TURNED"):
        assert charts[number]["identity"]["family"] == NAMES[number].split("^")[0]
    assert charts["FORMULA"]["identity"]["family"].startswith("=cmd|")


def test_two_in_one_bed_are_told_by_name_on_the_census(pack: dict[str, bytes], tmp_path: Path) -> None:
    text = joined("".join(sheets_of(pack["census.pdf"], tmp_path)))
    for number in ("TWO1", "TWO2"):
        assert joined(f"! Peeters An ({number}) is also told to be in this bed.") in text


def test_four_hundred_drugs_and_allergies_are_all_printed(pack: dict[str, bytes], tmp_path: Path) -> None:
    sheets = sheets_of(pack["medication.pdf"], tmp_path)
    own = [sheet for sheet in sheets if "Many, Drugs" in sheet]
    text = joined("".join(own))
    assert all(f"Heparin{key}" in text for key in range(400))
    missing = [n for n in range(400) if f"Substance{n}(rash)" not in text]
    assert len(missing) < 20, "more than the sheets part"
    assert all(f"Substance{n}" in text or f"{n}(rash)" in text for n in missing)
    assert all("the rest stands in the medication chart" in sheet.replace("\n", " ") for sheet in own)
    assert max(int(of) for of in re.findall(r"page \d+ of (\d+)", "".join(own))) == len(own)


def test_doses_are_read_in_one_way_on_paper(pack: dict[str, bytes], tmp_path: Path) -> None:
    text = joined("".join(sheet for sheet in sheets_of(pack["medication.pdf"], tmp_path) if "Doses, All" in sheet))
    assert {told: joined(told) in text for told in DOSES.values()} == dict.fromkeys(DOSES.values(), True)
    assert "Noknownallergies" in text


def test_names_on_paper_hide_nothing(pack: dict[str, bytes], tmp_path: Path) -> None:
    text = joined("".join(sheets_of(pack["census.pdf"], tmp_path)))
    for number in ("LONG", "CYRILLIC", "VIET", "HIDDEN", "TURNED", "CONTROL", "HTML"):
        family = NAMES[number].split("^")[0]
        assert joined(printable(unstacked(family))) in text, number
    assert not re.search("[\u200b\u202e\x07\x1b]", text)


def test_a_text_of_megabytes_is_bounded_and_says_so(charts: dict[str, Any], pack: dict[str, bytes]) -> None:
    (drug,) = charts["BIG"]["drugs"]
    assert drug["instructions"].endswith("[… CUT: 16,384 of 4,999,999 letters]")
    assert sum(map(len, pack.values())) < 12_000_000


def test_a_feed_of_another_hospital_is_refused_and_who_sends_it_is_told(tmp_path: Path) -> None:
    own = site(b"facilities: [H]")
    strange = message("ADT^A01", "080000", "1", "PV1|1|I|A1^1^1", name="X^Y", facility="OTHER").encode()
    state, refused = taken_in(tmp_path, [strange, admission("2", 1, "Maes^Jo").encode()], own)
    assert refused == ["it comes from 'OTHER', which is not this hospital"]
    assert [(str(each.source), each.reason) for each in state.books.rejected] == [("mllp://10.0.0.1", refused[0])]
    assert list(state.charts(0)) == ["2"]


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"MSH",
        b"MSH|^~\\&",
        b"MSH|||||||||||",
        b"\x00" * 1000,
        b"MSH|^~\\&|E|H|I|H|x||ADT^A01|1|P|2.5.1\rPID|1",
        b"MSH|^~\\&|E|H|I|H|20260112||ADT^A01|1|P|2.5.1\rPID|1||" + b"9" * 5000 + b"^^^H^MR||X^Y\r",
        "MSH|^~\\&|E|H|I|H|20260112||ADT^A01|1|P|2.5.1\rPID|1||^^^H^MR||X^Y\r".encode("utf-16"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason_and_kept(octets: bytes, tmp_path: Path) -> None:
    state, refused = taken_in(tmp_path, [octets])
    assert len(refused) == len(state.books.rejected) == 1
    assert state.charts(0) == {}


@pytest.mark.parametrize(
    ("octets", "charset"),
    [("Müller".encode("latin-1"), "UNICODE UTF-8"), ("Müller".encode(), "8859/1"), ("Müller".encode("cp1252"), "?!")],
)
def test_letters_that_are_not_those_of_msh_18_are_read_as_what_they_are(
    octets: bytes, charset: str, tmp_path: Path
) -> None:
    sent = (
        admission("1", 1, "NAME^X")
        .encode()
        .replace(b"NAME", octets)
        .replace(b"|2.5.1", b"|2.5.1||||||" + charset.encode())
    )
    state, refused = taken_in(tmp_path, [sent])
    (chart,) = state.charts(0).values()
    assert (chart.identity.family, refused) == ("Müller", [])


@pytest.mark.parametrize(
    ("born", "shown"),
    [
        ("00000000", ""),
        ("19500230", "1950-02"),
        ("19501301", "1950"),
        ("99991231", ""),
        ("1950", "1950"),
        ("", ""),
        ("19500102", "1950-01-02"),
    ],
)
def test_a_date_that_cannot_be_is_as_much_of_it_as_can(born: str, shown: str, tmp_path: Path) -> None:
    sent = admission("1", 1, "X^Y").replace("19500102", born)
    (chart,) = taken_in(tmp_path, [sent.encode()])[0].charts(0).values()
    assert chart.identity.born == shown
