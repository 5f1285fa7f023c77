"""Tables: every broken line is named with its number, in a large file as in a small one, and no other line suffers."""

from __future__ import annotations

import pytest

from codedark.hospital.load import Loaded, load
from codedark.hospital.load.columns import LAYOUTS
from codedark.hospital.load.document import HOSPITAL_FILE
from codedark.hospital.load.report import Report
from codedark.hospital.load.table import PIECE, read

MODEL = b"""schema: 1
name: H
zones:
  z: {purpose: servers, cidrs: [10.1.0.0/16]}
wards:
  w: {specialty: cardiology, beds: [b1]}
"""


def loaded(**tables: bytes) -> Loaded:
    return load({HOSPITAL_FILE: MODEL, **{f"{name}.csv": data for name, data in tables.items()}})


def first(**tables: bytes) -> tuple[str, str, str]:
    """Where, what and how to mend, of the only problem."""
    found = loaded(**tables)
    assert found.hospital is None
    assert len(found.problems) == 1, found.problems
    problem = found.problems[0]
    return problem.where, problem.what, problem.mend


BROKEN = {
    "too few cells": ("assets", b"id,kind,zone\nA,server\n", 2, "2 cells where the header has 3", "comma is missing"),
    "too many cells": ("assets", b"id,kind\nA,server\nB,server,z\n", 3, "3 cells where the header has 2", "in quotes"),
    "open quote": ("assets", b'id,kind,owner\nA,server,"x\nB,server,y\n', 2, "quotes are not closed", "in quotes"),
    "text behind a quote": ("assets", b'id,kind,owner\nA,server,"x"y\n', 2, "quotes", "in quotes"),
    "NUL": ("assets", b"id,kind\nA,ser\0ver\n", 2, "NUL", "export it again"),
    "encoding": ("assets", b"id,kind,owner\nA,server,caf\xe9\n", 2, "0xe9 is not UTF-8", "UTF-8"),
    "UTF-16": ("assets", "id,kind\nA,server\n".encode("utf-16"), 1, "UTF-16", "UTF-8"),
    "empty file": ("assets", b"", 1, "first line is empty", "`id`, `kind`"),
    "semicolons": ("assets", b"id;kind\nA;server\n", 1, "separated by `;`", "commas"),
    "unknown column": ("assets", b"id,kind,adresses\n", 1, "`adresses`", "did you mean `addresses`?"),
    "column twice": ("assets", b"id,kind,kind\n", 1, "2 times", "keep one"),
    "column missing": ("flows", b"source,target,port\n", 1, "`protocol` is missing", "names the columns"),
    "kind": ("assets", b"id,kind\nA,serverr\n", 2, "`kind` is `serverr`", "did you mean `server`?"),
    "no kind": ("assets", b"id,kind\nA,\n", 2, "`kind` is empty", "choose one of"),
    "no id": ("assets", b"id,kind\n,server\n", 2, "`id` is empty", "every row needs it"),
    "id with spaces": ("assets", b"id,kind\nA ,server\n", 2, "'A '", "no space at either end"),
    "control character": ("assets", b"id,kind,owner\nA,server,a\x1bb\n", 2, "control character", "take it out"),
    "zone": ("assets", b"id,kind,zone\nA,server,zz\n", 2, "the zone `zz`", "did you mean `z`?"),
    "ward": ("assets", b"id,kind,ward\nA,server,x\n", 2, "the ward `x`", "add the ward"),
    "address": ("assets", b"id,kind,addresses\nA,server,10.1.0.1;10.1.0.256\n", 2, "`10.1.0.256`", "10.20.5.10"),
    "address with leading zeros": (
        "assets",
        b"id,kind,addresses\nA,server,10.1.0.01\n",
        2,
        "`10.1.0.01`",
        "10.20.5.10",
    ),
    "MAC": ("assets", b"id,kind,mac\nA,server,00:00\n", 2, "no MAC address", "00:00:5e"),
    "same id": (
        "assets",
        b"id,kind\nA,server\nB,server\na,printer\n",
        4,
        "`a` stands here and on line 2",
        "another id",
    ),
    "same address": (
        "assets",
        b"id,kind,addresses\nA,server,10.1.0.1\nB,server,10.1.0.2;10.1.0.1\n",
        3,
        "the address `10.1.0.1` stands here and on line 2",
        "one machine",
    ),
    "same address, mapped into IPv6": (
        "assets",
        b"id,kind,addresses\nA,server,10.1.0.1\nB,server,::ffff:10.1.0.1\n",
        3,
        "the address `10.1.0.1` stands here and on line 2",
        "one machine",
    ),
    "boolean": ("accounts", b"id,kind,enabled\nu,person,perhaps\n", 2, "`perhaps`", "true or false"),
    "log-on target": ("accounts", b"id,kind,may_log_on_to\nu,person,PC9\n", 2, "the asset `PC9`", "add the asset"),
    "log-on zone": ("accounts", b"id,kind,may_log_on_to\nu,person,zone:zz\n", 2, "the zone `zz`", "did you mean `z`?"),
    "log-on kind": (
        "accounts",
        b"id,kind,may_log_on_to\nu,person,kind:laptob\n",
        2,
        "`laptob`",
        "did you mean `laptop`?",
    ),
    "bed in no ward": ("beds", b"ward,bed\nww,1\n", 2, "the ward `ww`", "did you mean `w`?"),
    "bed twice": ("beds", b"ward,bed\nw,b2\nw,b1\n", 3, "`b1` stands here and on hospital.yaml:6", "once"),
    "flow from nowhere": ("flows", b"source,target,protocol,port\nX,192.0.2.1,tcp,1\n", 2, "`X`", "add the asset"),
    "protocol": ("flows", b"source,target,protocol,port\n192.0.2.1,192.0.2.2,TCP,1\n", 2, "`TCP`", "tcp, udp"),
    "port": ("flows", b"source,target,protocol,port\n192.0.2.1,192.0.2.2,tcp,70000\n", 2, "`70000`", "65535"),
    "count": (
        "flows",
        b"source,target,protocol,port,connections\n192.0.2.1,192.0.2.2,tcp,1,-3\n",
        2,
        "`connections` is `-3`",
        "from 0",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_table_is_named_at_its_line(case: str) -> None:
    table, data, line, what, mend = BROKEN[case]
    where, found_what, found_mend = first(**{table: data})
    assert where == f"{table}.csv:{line}"
    assert what in found_what
    assert mend in found_mend


@pytest.mark.parametrize("size", [50, 3 * PIECE], ids=["small", "in pieces"])
def test_every_broken_line_and_no_other(size: int) -> None:
    good = b"A%06d,server,10.1.%d.%d\n"
    count = size // 25
    lines = [good % (number, number // 250 % 250, number % 250) for number in range(count)]
    wrong = {0: b"a,b\n", count // 2: b'"x,server,\n', count - 1: b"Z,\xff,\n"}
    for number, line in wrong.items():
        lines[number] = line
    report = Report("assets.csv")
    rows = read(b"id,kind,addresses\n" + b"".join(lines), LAYOUTS["assets"], report)
    assert [problem.line for problem in report.problems] == [number + 2 for number in sorted(wrong)]
    assert list(rows.lines) == [number + 2 for number in range(count) if number not in wrong]
    assert [int(cell[1:]) + 2 for cell in rows.cells["id"]] == list(rows.lines)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""], ids=["lines", "dos", "no end"])
@pytest.mark.parametrize(
    ("cell", "owner"), [(b"IT", "IT"), (b'"I, T"', "I, T"), (b'"I ""T"""', 'I "T"')], ids=["plain", "comma", "quote"]
)
def test_spellings_of_csv(end: bytes, cell: bytes, owner: str) -> None:
    found = loaded(assets=b"\xef\xbb\xbfkind,id,owner" + (end or b"\n") + b"server,A," + cell + end)
    assert found.hospital is not None, found.problems
    assert [(asset.id, asset.owner) for asset in found.hospital.assets.values()] == [("A", owner)]


def test_empty_lines_are_no_rows_and_count_as_lines() -> None:
    assert first(assets=b"id,kind\n\nA,server\n\nB,serv\n")[0] == "assets.csv:5"


def test_names_in_broken_lines_are_not_missed() -> None:
    found = loaded(assets=b"id,kind\nA,server,,\n", flows=b"source,target,protocol,port\nA,a,tcp,1\n")
    assert [problem.where for problem in found.problems] == ["assets.csv:2"]


def test_spelling_of_the_inventory_counts() -> None:
    found = loaded(
        assets=b"id,kind,mac\nPC1,server,00-00-5E-00-53-AA\n",
        accounts=b"id,kind,may_log_on_to\nu,person,pc1; zone:z;kind:laptop\n",
        flows=b"source,target,protocol,port\npc1,2001:DB8::1,tcp,443\n",
    )
    assert found.hospital is not None, found.problems
    assert found.hospital.flows.sources == ("PC1",)
    assert found.hospital.flows.targets == ("2001:db8::1",)
    (account,) = found.hospital.accounts.values()
    assert account.may_log_on_to == ("PC1", "zone:z", "kind:laptop")
    (asset,) = found.hospital.assets.values()
    assert asset.mac == "00:00:5e:00:53:aa"


def test_flows_by_address_are_those_of_the_machine() -> None:
    found = loaded(
        assets=b"id,kind,addresses\nA,server,10.1.0.1;10.1.0.2\n",
        flows=b"source,target,protocol,port,connections,octets\n"
        b"192.0.2.1,10.1.0.1,tcp,443,1,10\n192.0.2.1,10.1.0.2,tcp,443,2,20\n192.0.2.1,A,tcp,443,4,40\n",
    )
    assert found.hospital is not None, found.problems
    flows = found.hospital.flows
    assert (flows.targets, flows.connections, flows.octets) == (("A",), (7,), (70,))


def test_small_hospital_needs_no_tables() -> None:
    found = load(
        {HOSPITAL_FILE: MODEL + b"assets:\n  A: {kind: server, zone: z, addresses: [10.1.0.1, '2001:db8::1']}\n"}
    )
    assert found.hospital is not None, found.problems
    assert [asset.addresses for asset in found.hospital.assets.values()] == [("10.1.0.1", "2001:db8::1")]


def test_same_id_in_yaml_and_table_names_both_files() -> None:
    found = load(
        {HOSPITAL_FILE: MODEL + b"assets:\n  A: {kind: server}\n", "assets.csv": b"id,kind\nB,server\nA,server\n"}
    )
    assert [(problem.where, problem.what) for problem in found.problems] == [
        ("hospital.yaml:8", "the asset `A` stands here and on assets.csv:3")
    ]


def test_formula_of_a_spreadsheet_comes_back_as_it_was() -> None:
    found = loaded(assets=b"id,kind,owner,place\nA,server,'=1+1,'hood\n")
    assert found.hospital is not None, found.problems
    assert [(asset.owner, asset.place) for asset in found.hospital.assets.values()] == [("=1+1", "'hood")]
