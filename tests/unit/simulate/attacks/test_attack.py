"""An attack in a small hospital: a script of one's own, what is true afterwards, and the traces of single kinds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from itertools import chain
from typing import TypeVar

import hl7
import pytest

from codedark.errors import UnusableInput
from codedark.simulate.acts import (
    Act,
    Connected,
    ImagesMoved,
    LoggedOff,
    LoggedOn,
    MessageSent,
    NameAsked,
    PageFetched,
    ProcessStarted,
    RecordAccessed,
    ScriptRun,
    ServiceInstalled,
    ShareTouched,
    Started,
    VpnUsed,
)
from codedark.simulate.attacks import Script, as_json, attack, script_of
from codedark.simulate.building import build
from codedark.simulate.clinic import Clinic
from codedark.simulate.habit import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Numbers
from codedark.simulate.life import live
from codedark.simulate.roster import Roster
from codedark.simulate.site import Function, Role, Site
from codedark.simulate.truth import Truth

FIRST_US = int(datetime(2026, 1, 11, 23, tzinfo=UTC).timestamp()) * SECOND_US
A = TypeVar("A")

OWN = """\
name: own
title: A story of one's own
cast:
  clerk: {{person: {{role: nurse}}}}
  desk: {{host: {{of: clerk}}}}
  server: {{host: {{function: laboratory}}}}
  record: {{host: {{function: ehr_application}}}}
  group: {{hosts: {{function: [ris, pharmacy, print]}}}}
  far: {{address: {{in: internet}}}}
  near: {{address: {{in: vendor_vpn}}}}
  site: {{domain: {{words: [alpha, beta]}}}}
steps:
  - id: one
    technique: T1078
    statement: "{{clerk.name}} on {{desk}} at {{time}}: {{group}}, {{site}}"
    on: {on}
    as: clerk
    over: 10m
    holds: [{on}, clerk]
    {more}
    traces:
      - {traces}
  - id: two
    technique: T1078
    statement: It is over.
    on: desk
    as: clerk
    after: 1h
    releases: [clerk]
    traces:
      - logon: {{type: unlock, package: Negotiate}}
"""


@lru_cache
def stage() -> tuple[Site, Roster, Clinic]:
    site = build(12, 4)
    roster = Roster(site)
    return site, roster, Clinic(site, roster, FIRST_US, FIRST_US + 2 * DAY_US)


def played(script: Script, start_us: int = FIRST_US, end_us: int = FIRST_US + DAY_US) -> tuple[list[Act], Truth]:
    intruder, truth = attack(script, *stage(), Numbers(), start_us, end_us, 9)
    return list(chain.from_iterable(live([intruder], FIRST_US, end_us))), truth


def own(*traces: str, on: str = "server", more: str = "") -> tuple[list[Act], Truth]:
    return played(script_of(OWN.format(traces="\n      - ".join(traces), on=on, more=more).encode()))


def of(kind: type[A], acts: Sequence[Act]) -> list[A]:
    return [act for act in acts if isinstance(act, kind)]


def test_a_file_of_steps_is_a_new_attack() -> None:
    acts, truth = own("process: {image: cmd.exe, command_line: cmd.exe /c dir}")
    one, two = truth.steps
    on, process, off, logon = acts
    assert isinstance(on, LoggedOn)
    assert isinstance(process, ProcessStarted)
    assert isinstance(off, LoggedOff)
    assert isinstance(logon, LoggedOn)
    assert on.logon_id == process.logon_id == off.logon_id
    assert on.at_us == process.at_us < off.at_us == one.at_us + 10 * MINUTE_US
    site = stage()[0]
    assert (process.at_us, process.host, process.step) == (one.at_us, site.server(Function.LABORATORY).id, "one")
    assert process.image == "C:\\Windows\\System32\\cmd.exe"
    assert two.at_us == one.at_us + 10 * MINUTE_US + HOUR_US
    clerk = next(person for person in site.people if person.account == process.account)
    assert clerk.role is Role.NURSE
    assert one.statement.startswith(f"{clerk.given} {clerk.family} on {logon.host} at 00:00: PHARM01")
    host, account = truth.held
    assert (host.host, host.until_us) == (process.host, None)
    assert (account.account, account.until_us) == (clerk.account, two.at_us)


def test_a_group_falls_host_by_host() -> None:
    acts, truth = own("service_install: {name: x, image: x.exe}", on="group")
    installed = of(ServiceInstalled, acts)
    taken = {held.host: held.from_us for held in truth.held if held.host}
    assert len(installed) == len(taken) == 3
    assert {act.host: act.at_us for act in installed} == taken
    assert len(set(taken.values())) == 3


def test_programs_know_their_parents_and_share_a_session() -> None:
    acts, _ = own(
        "logon: {type: remote, source: near, package: Negotiate}",
        "process: {image: 'C:\\tool.exe', label: tool, parent: explorer.exe}",
        "discovery: {commands: [whoami, 'nltest /dclist:{domain}'], parent: tool}",
        "powershell: {text: Get-Date, parent: tool}",
    )
    processes = of(ProcessStarted, acts)
    tool, whoami, nltest, shell = processes
    assert {each.parent_process_id for each in (whoami, nltest, shell)} == {tool.process_id}
    assert {each.logon_id for each in processes} == {of(LoggedOn, acts)[0].logon_id}
    assert whoami.parent_image == "C:\\tool.exe"
    assert nltest.command_line == f"nltest /dclist:{stage()[0].dns_domain}"
    assert of(ScriptRun, acts)[0].process_id == shell.process_id


def test_a_beacon_calls_until_the_attack_is_over() -> None:
    acts, truth = own("beacon: {server: '{site}', target: far, every: 5m}")
    pages = of(PageFetched, acts)
    assert 14 <= len(pages) <= 16
    assert {page.server for page in pages} <= {"alpha-beta.example", "beta-alpha.example"}
    assert pages[-1].at_us < truth.steps[1].at_us + 5 * MINUTE_US
    assert {question.answers for question in of(NameAsked, acts)} == {(of(NameAsked, acts)[0].answers[0],)}


def test_touched_records_are_accessed_when_the_truth_says() -> None:
    acts, truth = own(
        "record_access: {purpose: ETREAT, client: near}", more="touches: {patients: all, how: read, number: 7}"
    )
    accesses = of(RecordAccessed, acts)
    assert [(act.patient, act.at_us) for act in accesses] == [(each.patient, each.at_us) for each in truth.touched]
    assert len({act.patient for act in accesses}) == 7
    assert {act.purpose for act in accesses} == {"ETREAT"}
    assert {each.how for each in truth.touched} == {"read"}


def test_altered_messages_come_in_with_one_value_and_go_out_with_another() -> None:
    acts, truth = own(
        "hl7_alter: {target: record, analyte: K, sent: '6.9', delivered: '4.2'}",
        more="touches: {patients: inpatients, how: changed, number: 3}",
    )
    messages = of(MessageSent, acts)
    assert len(messages) == 6
    assert len({message.control_id for message in messages}) == 6
    for sent, delivered in zip(messages[::2], messages[1::2], strict=True):
        before, after = (values(message) for message in (sent, delivered))
        assert (before.pop("2823-3"), after.pop("2823-3")) == (("6.9", "HH"), ("4.2", "N"))
        assert before == after
        assert numbers(sent) == numbers(delivered)
        assert sent.at_us < delivered.at_us
    assert {message.patient for message in messages} == {touched.patient for touched in truth.touched}


def values(message: MessageSent) -> dict[str, tuple[str, str]]:
    """Value and flag by code."""
    segments = hl7.parse(message.text).segments("OBX")
    return {str(each[3][0][0]): (str(each[5]), str(each[8])) for each in segments}


def numbers(message: MessageSent) -> tuple[str, str]:
    """The placer's and the filler's number of the order."""
    (order,) = hl7.parse(message.text).segments("OBR")
    return str(order[2]), str(order[3])


def test_altered_messages_look_like_those_of_the_laboratory() -> None:
    acts, _ = own(
        "hl7_alter: {target: record, analyte: K, sent: '6.9', delivered: '4.2'}",
        more="touches: {patients: inpatients, how: changed, number: 3}",
    )
    site, roster, _ = stage()
    clinic = Clinic(site, roster, FIRST_US, FIRST_US + DAY_US)
    lived = chain.from_iterable(live([clinic], FIRST_US, FIRST_US + DAY_US))
    ordinary = next(act for act in lived if isinstance(act, MessageSent) and act.control_id.startswith("LIS"))
    for message in of(MessageSent, acts):
        assert re.fullmatch(r"LIS\d{9}", message.control_id)
        assert [line[:4] for line in shape(message)] == [line[:4] for line in shape(ordinary)]
        assert site.by_function[Function.INTERFACE_ENGINE][0] in (message.source, message.target)
        here = {stay.patient.id for ward in site.hospital.wards for stay in clinic.inpatients(ward, message.at_us)}
        assert message.patient in here


def shape(message: MessageSent) -> list[str]:
    """The segments up to the first value."""
    return message.text.split("\r")[:5]


def test_sessions_end_and_vpn_sessions_too() -> None:
    acts, truth = own(
        "vpn: {public: far, assigned: near}",
        "rdp: {source: near, lasts: 1m}",
        "smb_copy: {source: near, path: x.exe}",
        "process: {image: cmd.exe}",
    )
    on = {(act.host, act.logon_id) for act in of(LoggedOn, acts) if act.step == "one"}
    off = [(act.host, act.logon_id) for act in of(LoggedOff, acts)]
    assert len(on) == 3
    assert set(off) == on
    assert len(off) == len(on)
    assert min(act.at_us for act in of(LoggedOff, acts)) == truth.steps[0].at_us + 10 * MINUTE_US
    connected, ended = of(VpnUsed, acts)
    assert (connected.event, ended.event) == ("connected", "disconnected")
    assert ended.seconds == (ended.at_us - connected.at_us) // SECOND_US > 0


def test_tries_follow_one_another_inside_their_turn() -> None:
    acts, truth = own(
        "logon: {outcome: bad_password, source: near, package: NTLM, tries: 300}", "dns: {name: a, times: 90}"
    )
    tries = [act.at_us for act in of(LoggedOn, acts) if act.outcome == "bad_password"]
    assert len(set(tries)) == 300
    assert tries == sorted(tries)
    assert tries[-1] < of(NameAsked, acts)[0].at_us == truth.steps[0].at_us + 5 * MINUTE_US


def test_images_that_are_moved_exist() -> None:
    acts, truth = own(
        "dicom_move: {target: far}", more="touches: {patients: all, how: exported, number: 5}\n    when: working_hours"
    )
    _, _, clinic = stage()
    moved = of(ImagesMoved, acts)
    taken = clinic.studies_until(truth.begin_us)
    assert moved
    assert [act.patient for act in moved] == [touched.patient for touched in truth.touched]
    for act in moved:
        known = {study.uid: (study.examination.modality, study.instances, study.octets) for study in taken[act.patient]}
        assert known[act.study_uid] == (act.modality, act.instances, act.octets)


def test_a_wiped_machine_stays_down() -> None:
    acts, truth = own("wipe: {by: cmd.exe, files: 20}", "beacon: {server: '{site}', target: far, every: 1m}")
    (down,) = of(Started, acts)
    assert (down.up, down.step) == (False, "one")
    assert [act for act in acts if getattr(act, "host", "") == down.host and act.at_us > down.at_us] == []
    assert truth.begin_us < down.at_us < truth.steps[1].at_us


def test_encryption_is_made_lazily_and_in_order() -> None:
    script = script_of(
        OWN.format(traces="encrypt_share: {extension: .x, note: README, files: 100000}", on="server", more="").encode()
    )
    intruder, truth = attack(script, *stage(), Numbers(), FIRST_US, FIRST_US + DAY_US, 9)
    begin_us = truth.begin_us
    first = list(intruder.live(begin_us, begin_us + MINUTE_US))
    assert 9_000 < len(first) < 12_000
    assert [act.at_us for act in first] == sorted(act.at_us for act in first)
    renamed = [act for act in of(ShareTouched, first) if act.operation == "rename"]
    assert len({(act.share, act.path) for act in renamed}) == len(renamed)
    assert {act.new_path for act in renamed} == {f"{act.path}.x" for act in renamed}


def test_a_session_of_the_vpn_says_how_long_it_was() -> None:
    acts, _ = own(
        "vpn: {public: far, assigned: near, event: failed, tries: 2}",
        "vpn: {public: far, assigned: near}",
        "vpn: {public: far, assigned: near, event: disconnected, octets: 5..6}",
    )
    *failed, connected, ended = of(VpnUsed, acts)
    assert [(act.event, act.assigned) for act in failed] == [("failed", "")] * 2
    assert connected.assigned.startswith("10.")
    assert ended.seconds == (ended.at_us - connected.at_us) // SECOND_US > 0


def test_what_leaves_the_house_adds_up() -> None:
    acts, _ = own("exfiltrate: {target: far, octets: 1000000000, server: '{site}'}")
    sent = sum(act.sent for act in of(Connected, acts))
    assert 0.8e9 < sent < 1.2e9


def test_deleted_logs_reach_back_to_the_step_that_is_named() -> None:
    text = OWN.format(traces="process: {image: cmd.exe}", on="server", more="").replace(
        "    releases: [clerk]\n", "    deletes: [{log: windows/system, since: one}]\n"
    )
    _, truth = played(script_of(text.encode()))
    (gone,) = truth.deleted
    assert (gone.log, gone.from_us, gone.step) == ("windows/system", truth.begin_us, "two")
    assert gone.until_us == truth.steps[1].at_us


def test_truth_as_json_has_words_and_iso_times() -> None:
    _, truth = own("record_access: {}", more="touches: {patients: all, how: read, number: 2}")
    plain = as_json(truth)
    assert plain["attack"] == "own"
    assert plain["begin"] == "2026-01-11T23:00:00.000000Z"
    assert plain["steps"][0].keys() == {"id", "at", "technique", "statement", "host", "account", "irreversible"}
    assert plain["held"][0].keys() == {"host", "from", "until"}
    assert plain["held"][1]["until"] == plain["steps"][1]["at"]
    assert [each["how"] for each in plain["touched"]] == ["read", "read"]


def test_an_attack_that_begins_behind_the_end_is_refused() -> None:
    with pytest.raises(UnusableInput, match="begin it earlier"):
        played(script_of(OWN.format(traces="shutdown: {}", on="server", more="").encode()), FIRST_US, FIRST_US)


def test_what_the_hospital_does_not_have_is_named_with_its_line() -> None:
    text = OWN.format(traces="shutdown: {}", on="server", more="").replace(
        "role: nurse", "role: nurse, specialty: dentistry"
    )
    with pytest.raises(UnusableInput, match=r"own\.yaml:4: this hospital has no person for 'clerk' .* ask for less"):
        played(script_of(text.encode(), "own.yaml"))


def test_az_monica_is_seen_at_half_past_six_and_two_minutes() -> None:
    script = script_of((files("codedark") / "content" / "attacks" / "az-monica.yaml").read_bytes())
    _, truth = played(script, FIRST_US + 8 * HOUR_US, FIRST_US + 2 * DAY_US)
    seen = next(step for step in truth.steps if step.id == "seen")
    assert seen.at_us == FIRST_US + DAY_US + (6 * 60 + 32) * MINUTE_US
    assert "It is 06:32" in seen.statement
    assert truth.note == ""


def test_a_long_story_says_how_it_was_cut() -> None:
    script = script_of((files("codedark") / "content" / "attacks" / "phishing-ransomware.yaml").read_bytes())
    _, truth = played(script)
    assert truth.note.startswith("waits cut to at most ")
    assert truth.steps[-1].at_us < FIRST_US + DAY_US
