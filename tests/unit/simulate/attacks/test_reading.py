"""What is wrong in an attack script is said with its line, all of it at once, and with what was probably meant."""

from __future__ import annotations

import pytest

from codedark.errors import UnusableInput
from codedark.simulate.attacks import script_of
from codedark.simulate.attacks.script import Count, Deletes, Span, Touches, When
from codedark.simulate.habit import DAY_US, HOUR_US, MINUTE_US

GOOD = """\
name: lost-laptop
title: A laptop is lost
sources: ["a newspaper"]
anchor: {step: reads, at: "06:32"}
cast:
  owner: {person: {role: nurse, on_duty: yes}}
  laptop: {host: {of: owner}}
  others: {hosts: {kind: workstation, number: 2..4, not: laptop}}
  far: {address: {in: internet}}
steps:
  - id: found
    technique: T1078
    statement: "{owner.name} loses {laptop}."
    on: laptop
    as: owner
    after: 2h..3d
    over: 40m
    when: night
    irreversible: yes
    holds: [laptop, owner]
    traces:
      - process: {image: cmd.exe, label: shell}
      - discovery: {commands: ["whoami /all"], parent: shell}
      - connect: {target: far, port: 443, sent: 10..20, lasts: 1m..2m}
  - id: reads
    technique: T1213
    statement: Records are read.
    on: laptop
    as: owner
    touches: {patients: all, how: read, number: 5}
    deletes: [{log: windows/system, since: found}]
    traces:
      - record_access: {}
"""


def with_line(old: str, new: str) -> bytes:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new).encode()


def test_a_script_is_read_as_it_stands() -> None:
    script = script_of(GOOD.encode())
    assert (script.name, script.title, script.sources) == ("lost-laptop", "A laptop is lost", ("a newspaper",))
    assert script.anchor is not None
    assert script.anchor.minute_of_day == 6 * 60 + 32
    assert [member.name for member in script.cast] == ["owner", "laptop", "others", "far"]
    found, reads = script.steps
    assert found.after == Span(2 * HOUR_US, 3 * DAY_US)
    assert found.over == Span(40 * MINUTE_US, 40 * MINUTE_US)
    assert (found.when, found.irreversible, found.holds) == (When.NIGHT, True, ("laptop", "owner"))
    assert found.traces[2].parameters["sent"] == Count(10, 20)
    assert found.traces[2].line == 24
    assert reads.touches == Touches("all", "read", Count(5, 5))
    assert reads.deletes == (Deletes("windows/system", "found"),)
    assert reads.when is When.ANY


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "technique: T1078",
            "techniqe: T1078",
            "my.yaml:12: unknown key of a step 'techniqe'; did you mean 'technique'?",
        ),
        ("technique: T1078", "technique: phishing", "my.yaml:12: 'phishing' is not an ATT&CK technique"),
        ("technique: T1213", "technique: T9999", "my.yaml:26: unknown ATT&CK technique 'T9999'"),
        ("- process:", "- proces:", "my.yaml:22: unknown trace 'proces'; did you mean 'process'?"),
        ("image: cmd.exe", "imagee: cmd.exe", "unknown parameter of process 'imagee'; did you mean 'image'?"),
        ("image: cmd.exe", "parent: cmd.exe", "my.yaml:22: process lacks 'image'"),
        ("parent: shell}", "parent: shel}", "my.yaml:23: unknown program (a label above, or an image such as cmd.exe)"),
        ("target: far,", "target: fa,", "my.yaml:24: unknown value of 'target' 'fa'; did you mean 'far'?"),
        (
            "record_access: {}",
            "hl7_alter: {target: laptop, analyte: Kalium, sent: 6, delivered: 4}",
            "my.yaml:33: unknown value of 'analyte' 'Kalium'",
        ),
        ("port: 443", "port: https", "my.yaml:24: port: 'https' is not a number"),
        ("sent: 10..20", "sent: 20..10", "my.yaml:24: sent: '20..10' ends before it begins"),
        ("lasts: 1m..2m", "lasts: soon", "my.yaml:24: lasts: 'soon' is not a duration"),
        ("after: 2h..3d", "after: 3d..2h", "my.yaml:16: '3d..2h' ends before it begins"),
        ("after: 2h..3d", "after: 900w", "my.yaml:16: '900w' is longer than a year"),
        ("when: night", "when: nite", "my.yaml:18: unknown hours 'nite'; did you mean 'night'?"),
        ("irreversible: yes", "irreversible: perhaps", "my.yaml:19: 'perhaps' is neither yes nor no"),
        ("holds: [laptop, owner]", "holds: [desktop]", "my.yaml:20: unknown host or account of the cast 'desktop'"),
        ("{owner.name} loses", "{ower} loses", "my.yaml:13: unknown placeholder 'ower'; did you mean 'owner'?"),
        ("{owner.name} loses", "{owner.age} loses", "my.yaml:13: unknown attribute of owner 'age'"),
        ("role: nurse", "role: nurs", "my.yaml:6: unknown role 'nurs'; did you mean 'nurse'?"),
        ("{of: owner}", "{of: far}", "my.yaml:7: unknown person or vendor or hosts above 'far'"),
        ("{of: owner}", "{watched: yes}", "my.yaml:7: a host needs one of these: function, kind, of, zone, zone_of"),
        ("kind: workstation", "kind: workstaton", "my.yaml:8: unknown kind 'workstaton'; did you mean 'workstation'?"),
        ("far: {address", "far: {adress", "my.yaml:9: unknown kind of cast 'adress'; did you mean 'address'?"),
        ("far: {address: {in: internet}}", "time: {address: {in: internet}}", "'time' cannot be a name of the cast"),
        ("id: reads", "id: found", "my.yaml:25: step 'found' stands here twice"),
        ("how: read", "how: eaten", "my.yaml:30: unknown way of touching 'eaten'"),
        (
            "    touches: {patients: all, how: read, number: 5}\n",
            "",
            "record_access needs the step to say whose records",
        ),
        ("since: found", "since: lost", "my.yaml:31: unknown step (it must stand above) 'lost'"),
        ("      - record_access: {}", "      []", "a step must leave at least one trace"),
        ('at: "06:32"', 'at: "25:00"', "my.yaml:4: '25:00' is not a time of day"),
        ("step: reads, at", "step: writes, at", "my.yaml:4: unknown step 'writes'"),
        (
            "on: laptop\n    as: owner\n    touches",
            "on: far\n    as: owner\n    touches",
            "my.yaml:28: unknown host of the cast",
        ),
        ("title: A laptop is lost", "", "my.yaml:1: the script lacks 'title'"),
        ("title: A laptop is lost", "name: other", "my.yaml:2: 'name' stands here twice"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_its_line(old: str, new: str, said: str) -> None:
    with pytest.raises(UnusableInput) as error:
        script_of(with_line(old, new), "my.yaml", {"T1078", "T1213"})
    assert said in str(error.value)


def test_all_mistakes_are_said_at_once_in_the_order_of_lines() -> None:
    broken = GOOD.replace("role: nurse", "role: x").replace("port: 443", "port: x").replace("how: read", "how: x")
    with pytest.raises(UnusableInput) as error:
        script_of(broken.encode(), "my.yaml")
    assert [int(line.split(":")[1]) for line in str(error.value).splitlines()] == [6, 24, 30]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "x.yaml:1: is empty"),
        (b"just a text", "x.yaml:1: the script must be keys and values"),
        (b"- a\n- b\n", "x.yaml:1: the script must be keys and values"),
        (b"name: [open", "cannot be read as YAML"),
        (b"\xff\xfe\x00", "cannot be read as YAML"),
        (b"a: &x [1]\nb: *x\n", "x.yaml:2: repeats another part by a YAML alias"),
        (b"a: " + b"[" * 5_000 + b"]" * 5_000, "cannot be read as YAML"),
        (b"name: x\ntitle: y\ncast: {}\nsteps: []\n", "x.yaml:4: has no steps"),
        (b"#" * 1_000_001, "longer than a megabyte"),
        (b"? [a]\n: b\n", "a key must be a word"),
    ],
)
def test_a_file_that_is_no_script_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(UnusableInput) as error:
        script_of(data, "x.yaml")
    assert said in str(error.value)


def test_an_unknown_trace_is_counted_once() -> None:
    with pytest.raises(UnusableInput) as told:
        script_of(GOOD.replace("- record_access: {}", "- record_acess: {}").encode(), "my.yaml")
    assert len(str(told.value).splitlines()) == 1
