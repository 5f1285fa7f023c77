"""CSV from any CMDB: columns, encodings and kinds are recognised, broken rows are named."""

from __future__ import annotations

from datetime import date

import pytest

from codedark.hospital.asset import AssetKind, Support
from codedark.hospital.importers.cmdb import columns_in, read, unknown_columns
from codedark.hospital.importers.facts import AssetFact, Origin
from codedark.hospital.importers.gathering import Asked
from codedark.hospital.importers.meanings import columns_of

ASKED = Asked(date(2026, 11, 22))
SERVICENOW = b"""\
"Name","Class","IP Address","MAC Address","Operating System","OS Version","Manufacturer","Owned by","Location"
"WS-0417","Computer","10.20.4.17","00-00-5E-00-53-01","Windows 10 Enterprise","10.0 (19045)","Dell","IT","Room B, 3"
"CT-01","Modality","10.30.1.5/24","0000.5e00.5302","","","Siemens","Radiology","CT
room 1"
"""
DUTCH = (
    "Naam;IP-adres;Soort;Besturingssysteem;Fabrikant;Beheerder;Locatie;Status\r\n"
    "PACS01;10.1.0.3;Server;Windows Server 2019;HPE;ICT;Zaal 2;In gebruik\r\n"
    "OUD1;10.1.0.4;Server;;;;;Afgevoerd\r\n"
)


def test_reads_what_servicenow_exports() -> None:
    facts = read(SERVICENOW, "cmdb.csv", ASKED)
    assert facts.rejected == []
    assert facts.assets == [
        AssetFact(
            Origin("cmdb.csv", "line 2"), "WS-0417", ("10.20.4.17",), "00:00:5e:00:53:01", AssetKind.WORKSTATION,
            "Windows 10 Enterprise 10.0 (19045)", Support.UNSUPPORTED, "Dell", "IT", place="Room B, 3",
        ),
        AssetFact(
            Origin("cmdb.csv", "line 3"), "CT-01", ("10.30.1.5",), "00:00:5e:00:53:02", AssetKind.MODALITY,
            manufacturer="Siemens", owner="Radiology", place="CT room 1",
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_encoding_and_delimiter_are_recognised(encoding: str, delimiter: str) -> None:
    text = DUTCH.replace("HPE", "Hewlett é").replace(";", delimiter)
    facts = read(text.encode(encoding), "export.csv", ASKED)
    [asset] = facts.assets
    assert (asset.name, asset.manufacturer, asset.owner, asset.kind) == ("PACS01", "Hewlett é", "ICT", AssetKind.SERVER)
    assert facts.passed_over == {"machine that is no longer there": 1}


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("Nom de l'ordinateur,Adresse IP,Système d'exploitation", {"name", "addresses", "operating_system"}),
        ("Gerätename,IP-Adresse,Hersteller,Standort", {"name", "addresses", "manufacturer", "place"}),
        ("Device Name,Last IP Address,Serial", {"name", "addresses"}),
    ],
)  # fmt: skip
def test_usual_names_are_guessed(header: str, fields: set[str]) -> None:
    assert set(columns_in(header.split(","), columns_of("asset"))) == fields


def test_a_named_column_comes_before_a_guess() -> None:
    asked = Asked(None, {"name": "Label", "owner": "Team"})
    [asset] = read(b"Name,Label,Team,IP\nx,BBANK01,Lab,10.0.0.1\n", "f", asked).assets
    assert (asset.name, asset.owner, asset.addresses) == ("BBANK01", "Lab", ("10.0.0.1",))
    assert unknown_columns(b"Name,Label\n", {"name": "Lable", "owner": "name"}) == ["Lable"]


def test_each_broken_row_is_named_and_breaks_no_other() -> None:
    rows = (
        b'Name,IP,MAC\nA,10.0.0.1,\nB,10.0.0.300,\nC,,zz\n;,,\n,,\nD,10.0.0.4\nE,1,2,3,4\n"F,10.0.0.5,\nG,10.0.0.6,\n'
    )
    facts = read(rows, "f.csv", ASKED)
    assert [asset.name for asset in facts.assets] == ["A", "D", "G"]
    assert [(each.line, each.where) for each in facts.rejected] == [
        (line, f"f.csv:{line}") for line in (3, 4, 5, 6, 8, 9)
    ]
    assert all(each.what and each.mend for each in facts.rejected)


def test_a_hundred_thousand_rows_with_one_broken_quote_lose_one_row() -> None:
    rows = [f"WS-{number},10.{number >> 16}.{number >> 8 & 255}.{number & 255}" for number in range(1, 20_000)]
    rows[5000] = '"WS-broken,10.9.9.9'
    facts = read("\n".join(["Name,IP", *rows]).encode(), "f.csv", ASKED)
    assert len(facts.assets) == len(rows) - 1
    assert [each.line for each in facts.rejected] == [5002]


def test_a_file_without_a_column_that_names_machines_is_refused_as_a_whole() -> None:
    facts = read(b"Colour,Size\nred,4\n", "f.csv", ASKED)
    assert facts.assets == []
    assert "Colour, Size" in facts.rejected[0].what
    assert "--map" in facts.rejected[0].mend


def test_words_that_say_nothing_say_nothing() -> None:
    [asset] = read(b"Name,IP,MAC,Owner\nA,DHCP,n/a,-\n", "f", ASKED).assets
    assert asset == AssetFact(Origin("f", "line 2"), "A")
