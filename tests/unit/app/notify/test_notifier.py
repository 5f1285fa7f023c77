"""What alarms say, in every format; which are due; settings that are refused before the night of their need."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from codedark.app.notify.formats import cef_line, chat_json, ocsf_json, own_json, syslog_line, teams_json
from codedark.app.notify.message import House, Notice, letter_html, letter_text, short_text, subject, trial
from codedark.app.notify.notifier import Notifier, Settings
from codedark.app.notify.schedule import BackOff, repeated
from codedark.app.notify.settings import notification
from codedark.detect.finding import Level
from codedark.errors import UsageError
from codedark.exchange.sender import NotDelivered
from codedark.exchange.webhook import signature
from codedark.ingest import cef, syslog
from codedark.respond.alarming import percent
from codedark.respond.incident import IncidentId
from codedark.store.state.rows import Outcome, Waiting
from codedark.store.state.state import State
from tests.incident_maker import AT_US, NEXT_STEP, SENTENCE, alarm, incident

HOUSE = House("St Elisabeth", "https://codedark.example/incidents/{incident}")
HOSTILE = 'x|y=z \\ ]" <b>&\nnext: line dhost=forged\u202e\x1b[31m'


def notice(**changes: Any) -> Notice:
    fields: dict[str, Any] = {"alarm": alarm(), "incident": incident(), "house": HOUSE, "sent_us": AT_US}
    return Notice(**{**fields, **changes})


@dataclass
class Recorder:
    """A channel that remembers what it was to send, and is down while ``down``."""

    name: str = "recorder"
    always: bool = False
    down: bool = False
    sent: list[str] = field(default_factory=list)

    def send(self, notice: Notice) -> str:
        if self.down:
            raise NotDelivered("down")
        self.sent.append(notice.key)
        return ""

    def probe(self) -> None:
        if self.down:
            raise NotDelivered("down")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with closing(State(tmp_path / "state.sqlite")) as made:
        yield made


def test_a_subject_begins_with_what_matters_and_stays_on_one_line() -> None:
    assert subject(notice()) == f"HIGH: {SENTENCE} (2026-0007)"
    assert subject(notice(repeat=3)).endswith(" (2026-0007, repeat 3)")
    long = subject(notice(alarm=alarm(sentence="word\r\n " * 100)))
    assert len(long) < 170
    assert "\n" not in long
    assert subject(notice(alarm=trial(AT_US), test=True)).startswith("TEST: This is a test")


def test_a_letter_says_what_to_do_before_anything_else() -> None:
    text = letter_text(notice())
    order = [
        SENTENCE, f"FIRST: {NEXT_STEP}", "Why now: it is new", "How sure: 87 %", "Hosts: ws-12 (93 %), dc-01 (55 %)",
        "So far: Initial Access 06:33, Credential Access 06:33", "Wards at risk: Intensive care",
        "codedark incident ack 2026-0007", "https://codedark.example/incidents/2026-0007",
    ]  # fmt: skip
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    assert "Nobody has acknowledged" not in text
    assert "this is repeat 2" in letter_text(notice(repeat=2))


def test_the_same_without_an_incident_or_a_model_says_only_what_is_known() -> None:
    bare = notice(incident=None, alarm=alarm(at_risk=type(alarm().at_risk)()), house=House())
    text = letter_text(bare) + letter_html(bare) + short_text(bare)
    assert "at risk" not in text
    assert "Hosts" not in text
    assert "browser" not in text


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.0, "under 1 %"), (0.004, "under 1 %"), (0.874, "87 %"), (0.994, "99 %"), (1.0, "over 99 %")],
)
def test_nothing_is_certain(probability: float, words: str) -> None:
    assert percent(probability) == words


def test_what_findings_say_stays_in_the_house() -> None:
    told = notice()
    everything = [
        letter_text(told), letter_html(told), short_text(told), *map(json.dumps, (own_json(told), ocsf_json(told))),
        json.dumps([chat_json(told), teams_json(told)]), str(syslog_line(told, "h")), str(cef_line(told, "h")),
    ]  # fmt: skip
    assert [each for each in everything if "4711" in each] == []
    assert "4711" in incident().evidence[0].says


def test_hostile_text_stays_text_in_every_format() -> None:
    evil = notice(alarm=alarm(sentence=HOSTILE, next_step=HOSTILE, why_now=HOSTILE), repeat=1)
    assert "<b>" not in letter_html(evil)
    for text in (subject(evil), letter_text(evil), letter_html(evil), short_text(evil), json.dumps(own_json(evil))):
        assert not re.search("[\x1b\u202e]", text)
    assert chat_json(evil)["text"].count("<") == 0
    for line in (syslog_line(evil, "a host"), cef_line(evil, "a host")):
        assert b"\n" not in line
    head, record = cef.parse(cef_line(evil, "host").decode().partition("host ")[2])
    assert head.service == "code dark"
    shown = r'x|y=z \ ]" <b>& next: line dhost=forged\u202e\x1b[31m'
    assert (record["name"], record["msg"], record["reason"]) == (shown, shown, shown)
    assert record["dhost"] == "ws-12"
    assert (record["externalId"], record["severity"]) == ("2026-0007.1", "8")
    _, line_record = syslog.parse(syslog_line(evil, "host").decode())
    assert (line_record["hostname"], line_record["appname"], line_record["msgid"]) == (
        "host",
        "codedark",
        "2026-0007.1",
    )
    assert line_record["message"] == shown


def test_ocsf_has_what_the_class_requires() -> None:
    first, later = ocsf_json(notice()), ocsf_json(notice(alarm=alarm(2)))
    assert (first["class_uid"], first["category_uid"], first["type_uid"], later["type_uid"]) == (
        2005,
        2,
        200501,
        200502,
    )
    assert (first["severity_id"], first["status_id"], first["time"]) == (4, 1, AT_US // 1_000)
    assert first["finding_info_list"] == [{"uid": "kerberoasting@12", "title": "Kerberoasting"}]
    assert (first["metadata"]["uid"], first["metadata"]["correlation_uid"]) == ("2026-0007.1", "2026-0007")
    assert {each["technique"]["uid"] for each in first["attacks"]} == {"T1558"}
    assert first["assignee_group"]


def test_a_signature_is_the_same_for_the_same_and_another_for_any_other() -> None:
    # Computed with `printf '5.{}' | openssl dgst -sha256 -hmac secret`.
    assert signature("secret", b"{}", 5) == "t=5,v1=" + OPENSSL
    assert len({signature("secret", b"{}", 5), signature("other", b"{}", 5), signature("secret", b"{}", 6)}) == 3


OPENSSL = "f18d2fcd9a24151471e3e2d71bc7ce901fb7b89b341918a08f95e9ffc497ea26"


def test_only_the_latest_alarm_of_an_incident_is_repeated(state: State) -> None:
    merged = incident(8, merged_into=IncidentId("2026-0007"))
    waiting = [
        Waiting(alarm(2), incident()), Waiting(alarm(10), incident()), Waiting(alarm(of=9), incident(9)),
        Waiting(alarm(of=8, minutes=-1), merged),
    ]  # fmt: skip
    assert repeated(waiting) == {"2026-0007.10", "2026-0009.1"}
    channel = Recorder()
    watching = Notifier(state, [channel])
    state.tell([], [incident()], [alarm(1), alarm(2, minutes=1)])
    for minutes in (0, 11, 22):
        watching.step(AT_US + minutes * 60_000_000)
    assert channel.sent == ["2026-0007.1", "2026-0007.2", "2026-0007.2-r1", "2026-0007.2-r2"]


def test_each_alarm_goes_to_the_first_that_takes_it_and_to_all_that_are_always_told(state: State) -> None:
    first, second, third = Recorder("first", down=True), Recorder("second"), Recorder("third")
    book = Recorder("book", always=True)
    state.tell([], [incident()], [alarm()])
    Notifier(state, [first, book, second, third]).step(AT_US)
    assert [each.sent for each in (first, second, third, book)] == [[], ["2026-0007.1"], [], ["2026-0007.1"]]


def test_a_quiet_step_does_not_read_all_alarms_and_misses_none(state: State) -> None:
    """With 200 alarms that nobody acknowledged, looking at all of them every second would cost a tenth of a core."""
    numbers = range(200)
    state.tell([], [incident(number) for number in numbers], [alarm(of=number) for number in numbers])
    channel = Recorder()
    watching = Notifier(state, [channel])
    watching.step(AT_US)
    watching.step(AT_US)
    began = time.process_time()
    for seconds in range(20):
        watching.step(AT_US + seconds * 1_000_000)
    assert time.process_time() - began < 0.2
    state.tell([], [], [alarm(2, of=3, minutes=1)])
    watching.step(AT_US + 20_000_000)
    assert channel.sent[200:] == ["2026-0003.2"]


def test_a_clock_that_is_put_back_does_not_hold_up_a_new_alarm(state: State) -> None:
    channel = Recorder()
    watching = Notifier(state, [channel])
    watching.step(AT_US)
    state.tell([], [incident()], [alarm()])
    watching.step(AT_US - 3_600_000_000)
    assert channel.sent == ["2026-0007.1"]


def test_a_restart_does_not_tell_again_what_was_told(state: State) -> None:
    state.tell([], [incident()], [alarm()])
    channel = Recorder()
    for _ in range(3):
        Notifier(state, [channel]).step(AT_US)
    assert channel.sent == ["2026-0007.1"]


def test_a_full_disk_wakes_people_all_the_same_and_only_once(state: State) -> None:
    state.tell([], [incident()], [alarm()])
    channel = Recorder()
    watching = Notifier(state, [channel])
    with state._reading() as connection:
        connection.exec_driver_sql("PRAGMA query_only=1")  # as a disk that takes nothing
    for seconds in range(3):
        watching.step(AT_US + seconds * 1_000_000)
    assert channel.sent == ["2026-0007.1"]
    assert state.deliveries("2026-0007.1") == []


def test_an_error_of_a_channel_is_a_failure_of_that_channel_only(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Recorder):
        def send(self, notice: Notice) -> str:
            raise ZeroDivisionError(notice.key)

    seen: list[Any] = []
    monkeypatch.setattr("threading.excepthook", seen.append)
    state.tell([], [incident()], [alarm()])
    second = Recorder("second")
    happened = Notifier(state, [Broken("broken"), second], Settings(deadline_seconds=5)).step(AT_US)
    assert [each.outcome for each in happened] == [Outcome.FAILED, Outcome.DELIVERED]
    assert second.sent == ["2026-0007.1"]
    assert seen[0].exc_type is ZeroDivisionError


def test_a_pause_grows_to_its_longest_and_no_further() -> None:
    pauses = [BackOff(15, 300).pause_us(failures) // 1_000_000 for failures in (1, 2, 3, 5, 6, 1_000)]
    assert pauses == [15, 30, 60, 240, 300, 300]


MAIL = {"kind": "mail", "name": "m", "host": "h", "sender": "a@b.example", "recipients": ["c@d.example"]}
HOOK = {"kind": "webhook", "name": "w", "url": "https://h.example/x"}
SYSLOG = {"kind": "syslog", "name": "s", "host": "h"}


def test_settings_have_defaults_for_all_but_where_and_who(tmp_path: Path) -> None:
    read = notification({"channels": [MAIL, HOOK, SYSLOG]}, "[notify]", tmp_path)
    assert [(each.name, each.always) for each in read.channels] == [("m", False), ("w", False), ("s", False)]
    assert read.settings == Settings()


@pytest.mark.parametrize(
    ("loaded", "why"),
    [
        ([], "Expected `object`, got `array`"),
        ({}, "missing required field `channels`"),
        ({"channels": []}, "names no channel: nobody would be told"),
        ({"channels": [MAIL, {**HOOK, "name": "m"}]}, "two channels are called m"),
        ({"channels": [{**MAIL, "recipient": "x@y"}]}, "unknown field `recipient` - at `$.channels[0]`"),
        ({"channels": [{**MAIL, "recipients": []}]}, "length >= 1 - at `$.channels[0].recipients`"),
        ({"channels": [{**MAIL, "recipients": ["nobody"]}]}, "channel m: 'nobody' is no mail address"),
        ({"channels": [{**MAIL, "sender": "a@b\nBcc: c@d"}]}, "is no mail address"),
        ({"channels": [{**MAIL, "user": "u"}]}, "user and password go together"),
        ({"channels": [{**MAIL, "user": "u", "password": {"file": "no"}}]}, "the secret in .*no cannot be read"),
        ({"channels": [{**MAIL, "user": "u", "password": {}}]}, "named either by file or by env"),
        ({"channels": [{**MAIL, "user": "u", "password": {"env": "CODEDARK_NOT_SET"}}]}, "is empty or not there"),
        (
            {"channels": [{**MAIL, "user": "u", "password": {"env": "PATH"}, "security": "none"}]},
            "a password is not sent without TLS",
        ),
        ({"channels": [{**MAIL, "authorities": "no.pem"}]}, "no.pem is not there"),
        ({"channels": [{**HOOK, "url": "http://h.example/x"}]}, "h.example is not https"),
        ({"channels": [{**HOOK, "url": "https://[::1/x"}]}, "cannot be read"),
        ({"channels": [{**HOOK, "format": "xml"}]}, "Invalid enum value 'xml'"),
        ({"channels": [{**SYSLOG, "port": 70_000}]}, "<= 65535"),
        ({"channels": [MAIL], "repeat": {"every_seconds": 0}}, ">= 1"),
    ],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused_with_their_place(tmp_path: Path, loaded: Any, why: str) -> None:
    with pytest.raises(UsageError, match=why if ".*" in why else re.escape(why)) as told:
        notification(loaded, "[notify]", tmp_path)
    assert str(told.value).startswith("[notify]: ")


def test_a_secret_is_read_when_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_URL", "https://one.example/SECRET")
    read = notification({"channels": [{**HOOK, "url": {"env": "HOOK_URL"}}]}, "[notify]", tmp_path)
    assert "SECRET" not in repr(read)
    monkeypatch.setenv("HOOK_URL", "ftp://two.example/SECRET")
    with pytest.raises(UsageError, match=r"two\.example is not https") as told:
        read.channels[0].send(notice())
    assert "SECRET" not in str(told.value)


def test_levels_have_a_severity_in_every_format() -> None:
    for level in Level:
        told = notice(alarm=alarm(level=level))
        assert ocsf_json(told)["severity"] == level.name.capitalize()
        assert syslog_line(told, "h").startswith(b"<%d>1 " % (80 + {4: 2, 3: 3, 2: 4, 1: 5, 0: 6}[level]))
