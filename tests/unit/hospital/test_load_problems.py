"""Each mistake in `hospital.yaml` is named at its line, with what to do, all at once; nothing is half loaded."""

from __future__ import annotations

from datetime import date

import pytest

from codedark.hospital.load import Loaded, load
from codedark.hospital.load.document import HOSPITAL_FILE
from codedark.hospital.problem import Severity

TODAY = date(2026, 1, 13)
HEAD = "schema: 1\nname: H\n"  # so that what follows begins on line 3


def loaded(yaml: str, **tables: str) -> Loaded:
    files = {f"{name}.csv": text.encode() for name, text in tables.items()}
    return load({HOSPITAL_FILE: (HEAD + yaml).encode(), **files}, TODAY)


def told(found: Loaded) -> list[tuple[str, str, str]]:
    return [(problem.where, problem.what, problem.mend) for problem in found.problems]


ERRORS = {
    "unknown key": ("tims_zone: UTC\n", 3, "`tims_zone` is not known", "did you mean `time_zone`?"),
    "unknown key inside": ("zones:\n  a:\n    purpose: servers\n    vlan: [1]\n", 6, "`vlan`", "did you mean `vlans`?"),
    "unknown key, nothing like it": (
        "zones:\n  a: {purpose: servers, q: 1}\n",
        4,
        "`q`",
        "known are `name`, `purpose`",
    ),
    "missing key": ("zones:\n  a: {name: A}\n", 4, "has no `purpose`", "`clinical`"),
    "wrong enum": ("zones:\n  a: {purpose: server}\n", 4, '"server"', "did you mean `servers`?"),
    "wrong number": ("services:\n  s: {tier: 9}\n", 4, "is 9", "at most 5"),
    "no number": ("services:\n  s: {tier: high}\n", 4, '"high"', "a whole number"),
    "no boolean": ("services:\n  s: {tier: 1, proposed: maybe}\n", 4, '"maybe"', "true or false"),
    "not a number": (
        "services:\n  s: {tier: 1, loss_curve: [{hours: .nan, harm_per_hour: 1}]}\n",
        4,
        '".nan"',
        "a number",
    ),
    "list instead of mapping": ("zones: [a]\n", 3, "is a list", "`key: value`"),
    "empty section entry": ("zones:\n  a:\n", 4, "is empty", "`key: value`"),
    "wrong vlan": ("zones:\n  a: {purpose: servers, vlans: [4095]}\n", 4, "4095", "at most 4094"),
    "wrong range": (
        "zones:\n  a: {purpose: servers, cidrs: [10.0.0.1/8]}\n",
        4,
        "10.0.0.1/8",
        "did you mean `10.0.0.0/8`?",
    ),
    "no range": ("zones:\n  a: {purpose: servers, cidrs: [ten]}\n", 4, "`ten`", "10.20.0.0/16"),
    "date that is none": ("lifelines:\n  l: {attested_until: 2027-02-30}\n", 4, "2027-02-30", "2027-01-31"),
    "time zone": ("time_zone: Europe/Brussel\n", 3, "Europe/Brussel", "did you mean `Europe/Brussels`?"),
    "repeated id": ("zones:\n  a: {purpose: servers}\n  a: {purpose: guest}\n", 5, "on line 4", "another name"),
    "id with a semicolon": ('zones:\n  "a;b": {purpose: servers}\n', 3, "a;b", "no `;`"),
    "unknown service": (
        "services:\n  pacs: {tier: 1}\n  ris: {tier: 1, needs: {service: pac}}\n",
        5,
        "`pac`",
        "did you mean `pacs`?",
    ),
    "unknown asset": ("services:\n  s:\n    tier: 1\n    needs: {all: [{asset: db1}]}\n", 6, "`db1`", "add the asset"),
    "unknown zone of a link": (
        "zones:\n  a: {purpose: guest}\nservices:\n  s: {tier: 1, needs: {link: {from: a, to: b}}}\n",
        6,
        "`b`",
        "the zone",
    ),
    "unknown ward": ("services:\n  s: {tier: 1, wards: [W9]}\n", 4, "`W9`", "add the ward"),
    "lifeline on nothing known": ("lifelines:\n  l: {services: [x]}\n", 4, "the service `x`", "add the service"),
    "needs nothing": ("services:\n  s: {tier: 1, needs: {}}\n", 4, "says nothing", "exactly one of `asset`"),
    "needs two things": (
        "services:\n  s: {tier: 1, needs: {all: [], any: []}}\n",
        4,
        "`all`, `any` side by side",
        "exactly one",
    ),
    "misspelt need": ("services:\n  s: {tier: 1, needs: {aset: x}}\n", 4, "`aset`", "did you mean `asset`?"),
    "at_least too large": (
        "services:\n  a: {tier: 1}\n  s: {tier: 1, needs: {any: [{service: a}], at_least: 2}}\n",
        5,
        "2 of 1 parts",
        "lower",
    ),
    "at_least without any": ("services:\n  s: {tier: 1, needs: {all: [], at_least: 1}}\n", 4, "no `any`", "add `any:`"),
    "needs itself": ("services:\n  s: {tier: 1, needs: {service: s}}\n", 4, "s needs s", "another way"),
    "circle": (
        "services:\n  a: {tier: 1, needs: {service: b}}\n  b: {tier: 1, needs: {service: a}}\n",
        4,
        "a needs b needs a",
        "another way",
    ),
    "loss curve goes back": (
        "services:\n  s:\n    tier: 1\n    loss_curve:\n      - *p\n      - *p\n".replace(
            "*p", "{hours: 2, harm_per_hour: 1}"
        ),
        8,
        "goes back",
        "in the order of hours",
    ),
    "overlapping ranges": (
        "zones:\n  a: {purpose: servers, cidrs: [10.1.0.0/16]}\n  b: {purpose: guest, cidrs: [10.1.9.0/24]}\n",
        5,
        "10.1.9.0/24 of zone `b` lies in 10.1.0.0/16 of zone `a` (line 4)",
        "cut the wider range",
    ),
    "table that is missing": ("tables: {assets: machines.csv}\n", 3, "`machines.csv`, is not there", "put it beside"),
    "table elsewhere": ("tables: {assets: ../assets.csv}\n", 3, "../assets.csv", "beside hospital.yaml"),
    "both names": ("hospital: H\n", 3, "old word", "keep `name`"),
    "syntax": ("zones:\n  a: {purpose: servers\nwards: {}\n", 5, "no YAML", "bracket left open"),
    "tab": ("zones:\n\ta: 1\n", 4, "no YAML", "indentation"),
    "alias": ("zones: &z\n  a: {purpose: guest}\nwards: *z\n", 5, "the alias *z", "write out"),
    "tag": ("zones: !!python/object:os.system {}\n", 3, "the tag", "leave it away"),
    "second document": ("---\nname: other\n", 4, "second document", "one document"),
    "too deep": (f"zones: {'[' * 100_000}\n", 3, "levels deep", "refer to them"),
    "key that is no word": ("? [a]\n: 1\n", 3, "a key is", "keys are words"),
    "placeholder without a value": ("placeholders:\n  a:\n", 4, "is empty", "a list in [ ] or a text"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_error_is_named_at_its_line(case: str) -> None:
    yaml, line, what, mend = ERRORS[case]
    found = loaded(yaml)
    assert found.hospital is None
    assert len(found.errors) == 1, told(found)
    problem = found.errors[0]
    assert (problem.file, problem.line) == (HOSPITAL_FILE, line), told(found)
    assert what in problem.what
    assert mend in problem.mend


WARNINGS = {
    "nobody attests": ("lifelines:\n  l: {kinds: [phone]}\n", 4, "nobody attests the lifeline `l`"),
    "no end": ("lifelines:\n  l: {kinds: [phone], attested_by: Head nurse}\n", 4, "not said until when"),
    "attestation has ended": (
        "lifelines:\n  l:\n    kinds: [phone]\n    attested_by: Head nurse\n    attested_until: 2026-01-12\n",
        7,
        "by Head nurse ended on 2026-01-12",
    ),
    "protects nothing": (
        "lifelines:\n  l: {attested_by: Head nurse, attested_until: 2026-01-13}\n",
        4,
        "protects nothing",
    ),
    "loss that heals": (
        "services:\n  s: {tier: 1, loss_curve: [{hours: 0, harm_per_hour: 2}, {hours: 1, harm_per_hour: 1}]}\n",
        4,
        "falls from 2 to 1",
    ),
    "outside its zone": (
        (
            "zones: {z: {purpose: guest, cidrs: [10.1.0.0/16]}}\n"
            "assets: {A: {kind: phone, zone: z, addresses: [10.2.0.1]}}\n"
        ),
        4,
        "10.2.0.1 of `A` lies outside zone `z` (10.1.0.0/16)",
    ),
    "the same MAC": (
        "assets:\n  A: {kind: server, mac: '00:00:5e:00:53:01'}\n  B: {kind: server, mac: 00-00-5E-00-53-01}\n",
        5,
        "the MAC address `00:00:5e:00:53:01` stands here and on line 4",
    ),
}


@pytest.mark.parametrize("case", WARNINGS)
def test_warning_is_named_and_the_model_loads(case: str) -> None:
    yaml, line, what = WARNINGS[case]
    found = loaded(yaml)
    assert found.hospital is not None, told(found)
    assert [(problem.severity, problem.line) for problem in found.problems] == [(Severity.WARNING, line)]
    assert what in found.problems[0].what


def test_last_day_of_an_attestation_still_counts() -> None:
    assert loaded("lifelines:\n  l: {kinds: [phone], attested_by: x, attested_until: 2026-01-13}\n").problems == ()


def test_everything_is_said_at_once() -> None:
    found = loaded(
        "zonse: {}\nservices:\n  a: {tier: 7}\n  b: {tier: 1, needs: {service: c}}\nlifelines:\n  l: {assets: [x]}\n",
        assets="id,kind\nA,serverr\nB,server,\n",
    )
    wheres = [problem.where for problem in found.problems]
    assert wheres == [
        "hospital.yaml:3", "hospital.yaml:5", "hospital.yaml:6", "hospital.yaml:8", "hospital.yaml:8", "assets.csv:2",
        "assets.csv:3",
    ]  # fmt: skip


def test_what_refers_to_a_broken_entry_is_no_second_problem() -> None:
    found = loaded("zones:\n  z: {purpose: nothing}\nwards:\n  w: {specialty: x, zones: [z]}\n")
    assert [problem.line for problem in found.problems] == [4]


def test_misspelt_section_does_not_break_what_refers_to_it() -> None:
    found = loaded("zonse:\n  z: {purpose: guest}\nwards:\n  w: {specialty: x, zones: [z]}\n")
    assert [problem.line for problem in found.problems] == [3]


def test_unsupported_schema_is_all_that_is_said() -> None:
    found = load({HOSPITAL_FILE: b"schema: 2\nname: H\nnew_thing: 1\n"})
    assert [problem.line for problem in found.problems] == [1]
    assert "schema 2 is not supported" in found.problems[0].what


@pytest.mark.parametrize(("data", "line"), [(b"", 1), (b"- a\n", 1), (b"name: caf\xe9\n", 1), (b"\n\nname: \0\n", 3)])
def test_file_that_is_no_model(data: bytes, line: int) -> None:
    found = load({HOSPITAL_FILE: data})
    assert found.hospital is None
    assert [problem.line for problem in found.problems] == [line]


def test_hospital_without_a_name() -> None:
    assert "no name" in load({HOSPITAL_FILE: b"schema: 1\n"}).problems[0].what


def test_old_word_for_name_and_missing_schema_are_understood() -> None:
    found = load({HOSPITAL_FILE: b"hospital: Old\nplaceholders:\n  admin_accounts: [adm-, 007]\n  one: no\n"})
    assert found.hospital is not None
    assert found.hospital.name == "Old"
    assert found.hospital.placeholders == {"admin_accounts": ("adm-", "007"), "one": ("no",)}


def test_words_stay_as_they_are_written() -> None:
    found = loaded("wards:\n  no: {specialty: on, beds: [01, 1e3, yes, ~x]}\n")
    assert found.hospital is not None
    (ward,) = found.hospital.wards.values()
    assert (ward.id, ward.specialty, ward.beds) == ("no", "on", ("01", "1e3", "yes", "~x"))


def test_internet_may_lie_around_all_others() -> None:
    found = loaded("zones:\n  i: {purpose: internet, cidrs: [0.0.0.0/0]}\n  a: {purpose: guest, cidrs: [10.0.0.0/8]}\n")
    assert found.problems == ()


def test_circle_through_an_alternative_can_start() -> None:
    found = loaded(
        "services:\n  dns: {tier: 0, needs: {any: [{service: ad}, {asset: ns1}]}}\n"
        "  ad: {tier: 0, needs: {service: dns}}\n"
        "assets:\n  ns1: {kind: server}\n"
    )
    assert found.problems == ()


def test_rto_is_that_of_the_tier_unless_it_is_said() -> None:
    found = loaded("services:\n  a: {tier: 2}\n  b: {tier: 2, rto_minutes: 0}\n")
    assert found.hospital is not None
    assert [service.rto_minutes for service in found.hospital.services.values()] == [360, 0]
