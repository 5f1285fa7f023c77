"""Phones and protocols of a hospital, from its own files into the packs of its wards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from codedark.app.continuing.packing.own_papers import MOST_PDF_BYTES, MOST_TEXT_BYTES, MOST_TEXTS_BYTES, OwnFiles
from codedark.continuity.charts.chart import Chart, PatientId, Person, Place, Visit, VisitId
from codedark.continuity.packs.own_papers import OwnPapers, read_phones
from codedark.continuity.packs.pack import Bed, Counter, Pack
from codedark.continuity.packs.told import Told
from codedark.continuity.packs.ward_pack import ward_pack
from codedark.hospital.ward import WardId
from tests.unit.continuity.messages import HOSPITAL

WARD, OTHER = WardId("W1"), WardId("W2")
PDF = b"%PDF-1.7 of a protocol"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with phones, two protocols of every ward, and a text and a PDF of ward W1."""
    own = tmp_path / "continuity" / "protocols" / "W1"
    own.mkdir(parents=True)
    (own.parent / "sepsis.md").write_text("# Sepsis, first hour\n\n1. **Lactate**\n2. Cultures\n")
    (own.parent / "fire-drill.txt").write_text("Ring 112.\n")
    (own / "blood.md").write_text("Ring the blood bank.")
    (own / "massive bleeding.pdf").write_bytes(PDF)
    (own.parents[1] / "phones.csv").write_text(
        'ward,name,role,phone\n,Blood bank,,4711\nW1,Nurse in charge,ward,1201\nW1,"Maes, An",surgeon,1300\n'
    )
    return tmp_path


def pack(papers: OwnPapers, *attending: Person) -> Pack:
    """The pack of ward W1, with a patient for each of these clinicians."""
    visits = [Visit(VisitId(str(n)), place=Place(WARD), attending=person) for n, person in enumerate(attending)]
    beds = tuple(Bed(Place(WARD), Chart(PatientId(visit.id), visits=(visit,))) for visit in visits)
    charts = [bed.chart for bed in beds if bed.chart]
    return ward_pack(HOSPITAL, WARD, 1, Told({WARD: beds}, charts, (), 1_000_000, papers), Counter(1))


def test_a_ward_has_its_own_phones_and_protocols_before_those_of_every_ward(home: Path) -> None:
    papers = OwnFiles(home, HOSPITAL).papers()
    made = pack(papers)
    assert papers.problems == ()
    assert [(person.name, person.phone) for person in made.phones] == [
        ("Nurse in charge", "1201"),
        ("Maes, An", "1300"),
        ("Blood bank", "4711"),
    ]
    assert made.protocols == (
        ("blood", "Ring the blood bank."),
        ("fire drill", "Ring 112."),
        ("Sepsis, first hour", "1. **Lactate**\n2. Cultures"),
    )
    assert made.documents == ("protocol-massive bleeding.pdf",)
    assert papers.documents_of(WARD) == {"protocol-massive bleeding.pdf": PDF}
    assert papers.documents_of(OTHER) == {}
    assert [person.name for person in papers.phones_of(OTHER)] == ["Blood bank"]


def test_a_clinician_has_the_number_of_the_table_and_is_listed_once(home: Path) -> None:
    made = pack(OwnFiles(home, HOSPITAL).papers(), Person("An Maes"), Person("Jo Peeters"), Person("Li Wu", phone="9"))
    attending = [bed.chart.visits[0].attending for bed in made.beds if bed.chart]
    assert [person and person.phone for person in attending] == ["1300", "", "9"]
    assert [person.name for person in made.phones[3:]] == ["Li Wu", "Jo Peeters"]


def test_what_cannot_be_used_is_told_and_the_rest_goes_along(home: Path) -> None:
    protocols = home / "continuity" / "protocols"
    (protocols / "word.docx").write_bytes(b"PK")
    (protocols / "no.pdf").write_bytes(b"MZ")
    (protocols / "long.md").write_text("a" * (MOST_TEXT_BYTES + 1))
    (protocols / "big.pdf").write_bytes(PDF + b" " * MOST_PDF_BYTES)
    (protocols / "C:.txt").write_text("a")
    (protocols / "W9").mkdir()
    (protocols / "W9" / "lost.txt").write_text("a")
    told = " ".join(OwnFiles(home, HOSPITAL).papers().problems)
    for word in ("word.docx", "no.pdf", "long.md", "big.pdf", "C:.txt", "no ward W9"):
        assert word in told
    assert len(pack(OwnFiles(home, HOSPITAL).papers()).protocols) == 3


def test_a_change_is_seen_and_without_files_there_is_nothing(home: Path, tmp_path: Path) -> None:
    files = OwnFiles(home, HOSPITAL)
    assert files.papers() is files.papers()
    phones = home / "continuity" / "phones.csv"
    phones.write_text("name;phone\nPorter;77\n")
    os.utime(phones, ns=(1, 1))
    assert [person.phone for person in files.papers().phones_of(OTHER)] == ["77"]
    assert OwnFiles(tmp_path / "nothing", HOSPITAL).papers() == OwnPapers()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "its first line must name the columns"),
        ("who,number\nBlood bank,4711\n", "its first line must name the columns"),
        ("name,phone\nBlood bank,\n", "2: a row needs a name and a phone"),
        ('name,phone\n"Blood bank,4711\n', "it is no table"),
    ],
)
def test_a_table_that_is_none_is_told_with_its_line(text: str, problem: str) -> None:
    assert problem in " ".join(read_phones(text, "phones.csv")[1])


def test_neither_a_pipe_nor_a_folder_that_may_not_be_read_nor_a_heap_of_texts_keeps_packs_from_being_built(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocols = home / "continuity" / "protocols"
    os.mkfifo(protocols / "pipe.md")
    (protocols / "W2").mkdir()
    for number in range(MOST_TEXTS_BYTES // MOST_TEXT_BYTES + 1):
        (protocols / "W2" / f"{number}.txt").write_bytes(b"x" * MOST_TEXT_BYTES)
    listed = Path.iterdir

    def refused(folder: Path) -> Iterator[Path]:  # who runs tests may be root, who reads everything
        if folder.name == "W1":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", refused)
    papers = OwnFiles(home, HOSPITAL).papers()
    assert [title for title, _ in papers.protocols_of(OTHER)][-1] == "Sepsis, first hour"
    assert len(papers.protocols_of(OTHER)) == 3
    assert any("W1: a protocol is .md, .txt or .pdf, in a folder that may be read" in each for each in papers.problems)
    assert any("its texts are larger than 1 MiB together" in each for each in papers.problems)
