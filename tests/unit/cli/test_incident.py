"""`codedark incident`: a story that a tired person can read, decisions that are kept, mistakes that are explained."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from codedark.cli.incident import app
from codedark.detect.finding import Level
from codedark.errors import CodeDarkError
from codedark.respond.decision import Acknowledged, Judged, Lifted, Suppressed
from codedark.respond.incident import IncidentId, Status, Verdict
from codedark.store.state.rows import Outcome
from codedark.store.state.state import State
from tests.finding_maker import EVIL, finding, rule
from tests.incident_maker import AT_US, NEXT_STEP, SENTENCE, alarm, evidence, incident

DAY_US = 86_400_000_000


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def state(home: Path) -> Iterator[State]:
    """An incident of three findings with an alarm that was told, another that is closed, and a finding of none."""
    story = incident(
        minutes=2_000,
        tactics={"initial-access": AT_US, "credential-access": AT_US + 60_000_000, "impact": AT_US + 2 * DAY_US},
        evidence=(
            evidence(
                99, 2_880, title="Shadow Copies Deleted", techniques=("T1490",), host="fs-01", level=Level.CRITICAL
            ),
            evidence(11, techniques=("T1078.002", "T1133"), says="a vendor came in over the VPN", title="VPN"),
            evidence(12, 1, says="", times=41),
        ),
    )
    with closing(State(home / "state.sqlite")) as made:
        findings = [(finding(record=1), None), (finding(rule(2, Level.LOW), record=2), IncidentId("2026-0007"))]
        closed = incident(6, minutes=-5, status=Status.CLOSED, verdict=Verdict.EXPECTED)
        made.tell(findings, [story, closed, incident(8, merged_into=IncidentId("2026-0007"))], [alarm()])
        for channel, outcome, said in (("mail", Outcome.FAILED, "connection refused"), ("chat", Outcome.DELIVERED, "")):
            made.ended(made.begun(alarm().id, channel, AT_US), AT_US, outcome, said)
        yield made


def run(home: Path, *words: object, width: int = 110) -> Result:
    environment = {"COLUMNS": str(width), "CODEDARK_HOME": str(home)}
    return CliRunner().invoke(app, list(map(str, words)), env=environment)


def refused(home: Path, *words: object) -> str:
    ran = run(home, *words)
    assert isinstance(ran.exception, CodeDarkError), ran.output
    return str(ran.exception)


def in_order(text: str, *parts: str) -> None:
    flat = " ".join(text.split())
    place = 0
    for each in parts:
        found = flat.find(each, place)
        assert found >= 0, (each, flat[place:])
        place = found + len(each)


@pytest.mark.parametrize("width", [80, 110, 160])
def test_show_reads_like_a_story(state: State, home: Path, width: int) -> None:
    shown = run(home, "show", "2026-0007", width=width).stdout
    assert max(map(len, shown.splitlines())) <= width
    in_order(
        shown, "Incident 2026-0007: open, 87 % sure", "What happened", "Somebody uses m.muster", "What to do first",
        "Cut ws-12 off", "Initial Access 06:33 > Credential Access 06:34 > Impact 01-15 06:33", "2026-01-13",
        "a vendor came in over the VPN", "seq:11", "Initial Access, ws-12 by m.muster", "Kerberoasting (41 times)",
        "seq:12",
        "2026-01-15", "critical", "seq:99", "Who is in the attacker's hands", "ws-12", "93 %", "because of",
        "At risk", "Wards: Intensive care", "Alarms", "2026-0007.1: it is new", "mail: failed: connection refused",
        "chat: delivered", "codedark incident ack 2026-0007",
    )  # fmt: skip


def test_show_in_json_holds_all_of_it(state: State, home: Path) -> None:
    told = json.loads(run(home, "show", "2026-0007", "--format", "json").stdout)
    assert (told["sentence"], told["next_step"]) == (SENTENCE, NEXT_STEP)
    assert [(row["record"], row["tactic"]) for row in told["timeline"]] == [
        (11, "Initial Access"), (12, "Credential Access"), (99, "Impact"),
    ]  # fmt: skip
    assert told["hosts"][0]["because"] == [
        {"title": "Kerberoasting", "at": "2026-01-13T06:34:20.000000Z", "record": 12}
    ]


def test_an_incident_that_was_merged_is_shown_as_the_one_that_it_is_now(state: State, home: Path) -> None:
    ran = run(home, "show", "2026-0008")
    assert "2026-0008 was merged into 2026-0007, which is shown" in ran.stderr
    assert "Incident 2026-0007" in ran.stdout
    run(home, "ack", "2026-0008")
    assert [
        each.decision.incident for each in state.decisions_waiting() if isinstance(each.decision, Acknowledged)
    ] == ["2026-0007"]


def test_hostile_text_cannot_move_the_cursor(state: State, home: Path) -> None:
    hostile = incident(sentence=EVIL, next_step=EVIL, tactics={EVIL: AT_US}, evidence=(evidence(says=EVIL, host=EVIL),))
    state.tell([(finding(host=EVIL, record=3, says=EVIL), None)], [hostile], [])
    for words in (["list"], ["show", "2026-0007"], ["findings"]):
        ran = run(home, *words)
        assert ran.exit_code == 0
        assert not re.search("[\x00\x1b\u202e]", ran.stdout)


def test_list_leaves_out_what_is_closed_unless_it_is_asked_for(state: State, home: Path) -> None:
    def ids(*words: str) -> list[str]:
        return [
            json.loads(line)["incident"] for line in run(home, "list", "--format", "jsonl", *words).stdout.splitlines()
        ]

    assert ids() == ["2026-0007"]
    assert ids("--all") == ["2026-0007", "2026-0006"]
    assert ids("--status", "closed") == ["2026-0006"]
    assert ids("--all", "--since", "2026-01-14") == ["2026-0007"]
    in_order(run(home, "list").stdout, "2026-0007", "87 %", "2026-01-14", "Somebody uses m.muster")


def test_an_acknowledgement_ends_repeats_and_waits_for_serve(state: State, home: Path) -> None:
    ran = run(home, "ack", "2026-0007", "--by", "anna")
    assert "its alarms are acknowledged and not repeated" in ran.stderr
    assert "`codedark serve` takes this up within seconds; while it is down, it waits" in ran.stderr
    assert state.alarms_unacknowledged() == []
    (waiting,) = state.decisions_waiting()
    assert isinstance(waiting.decision, Acknowledged)
    assert (waiting.decision.by, waiting.decision.incident) == ("anna", "2026-0007")
    assert "acknowledged by anna; waits for `codedark serve`" in run(home, "show", "2026-0007").stdout
    state.journalled(waiting.decision.id, 5)
    assert "waits for" not in run(home, "show", "2026-0007").stdout


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_is_kept_with_its_reason(state: State, home: Path, verdict: Verdict) -> None:
    ran = run(home, "verdict", "2026-0007", verdict.value, "--reason", "pentest of the week", "--by", "anna")
    assert ran.exit_code == 0
    (waiting,) = state.decisions_waiting()
    decision = waiting.decision
    assert decision == Judged(decision.id, "anna", IncidentId("2026-0007"), verdict, "pentest of the week")


def test_a_suppression_has_an_owner_a_reason_and_an_end(state: State, home: Path) -> None:
    before = time.time_ns() // 1_000
    run(home, "suppress", "--rule", "scan", "--host", "ws-9", "--until", "7d", "--reason", "scanner", "--by", "anna")
    (waiting,) = state.decisions_waiting()
    made = waiting.decision
    assert isinstance(made, Suppressed)
    assert (made.by, made.reason, made.rule, made.host, made.account) == ("anna", "scanner", "scan", "ws-9", "")
    assert 0 <= made.until_us - before - 7 * DAY_US < 60_000_000
    (row,) = json.loads(run(home, "suppressions", "--format", "json").stdout)
    assert (row["suppression"], row["by"], row["account"], row["waits"]) == (made.id, "anna", None, True)
    in_order(run(home, "suppressions").stdout, made.id, "rule scan", "anna", "scanner")
    assert run(home, "unsuppress", made.id, "--by", "bert").exit_code == 0
    assert state.decisions(kind=Lifted)[0].decision == Lifted(
        state.decisions(kind=Lifted)[0].decision.id, "bert", made.id
    )
    assert json.loads(run(home, "suppressions", "--format", "json").stdout) == []
    assert "no suppression of this id holds now: none does" in refused(home, "unsuppress", made.id)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--rule", "x", "--until", "7d", "--reason", " "], "a suppression needs a reason"),
        (["--until", "7d", "--reason", "r"], "a suppression of everything is refused"),
        (["--rule", "x", "--until", "2020-01-01", "--reason", "r"], "a suppression needs an end that is not past"),
        (["--rule", "x", "--until", "2y", "--reason", "r"], "2y: is not a time"),
        (["--rule", "x", "--until", "60w", "--reason", "r"], "at most 366 days"),
        (["--rule", "x", "--until", "99999w", "--reason", "r"], "at most 366 days"),
        (["--rule", "x", "--until", "7d", "--reason", "r", "--by", " "], "nobody is named who decides"),
    ],
)
def test_a_suppression_without_one_of_them_is_refused(state: State, home: Path, words: list[str], why: str) -> None:
    assert why in refused(home, "suppress", *words)
    assert state.decisions() == []


@pytest.mark.parametrize("words", [["--rule", "x", "--reason", "r"], ["--rule", "x", "--until", "7d"]])
def test_reason_and_end_have_to_be_given(state: State, home: Path, words: list[str]) -> None:
    assert run(home, "suppress", *words).exit_code == 2


def test_findings_are_listed_by_what_they_are(state: State, home: Path) -> None:
    def records(*words: object) -> list[int]:
        lines = run(home, "findings", "--format", "jsonl", *words).stdout.splitlines()
        return [json.loads(line)["record"] for line in lines]

    assert sorted(records()) == [1, 2]
    assert records("--level", "high") == [1]
    assert records("--no-incident") == [1]
    assert records("--incident", "2026-0007") == [2]
    assert records("--rule", "rule-2", "--host", "dc-01") == [2]
    assert records("--since", "1m") == []
    assert "there are more: see --most" in run(home, "findings", "--most", 1).stderr
    in_order(run(home, "findings").stdout, "high", "Rule 1", "1", "DC-01")
    assert "exclude each other" in refused(home, "findings", "--no-incident", "--incident", "2026-0007")


def test_what_is_not_there_is_said_with_what_is(state: State, home: Path, tmp_path: Path) -> None:
    assert "there is no such incident: the latest are 2026-0007, 2026-0006" in refused(home, "show", "2026-9999")
    for words in (["list"], ["ack", "2026-0007"]):
        assert "name the folder of the installation with --home" in refused(tmp_path / "elsewhere", *words)
    assert not (tmp_path / "elsewhere").exists()


CHANNELS = """
[[notify.channels]]
kind = "syslog"
name = "siem"
host = "127.0.0.1"
transport = "udp"
port = 9

[[notify.channels]]
kind = "webhook"
name = "hook"
url = "http://127.0.0.1:1/"
"""


def test_channels_are_tried_and_what_fails_is_told(state: State, home: Path) -> None:
    assert "codedark.toml: [notify]: Object missing required field `channels`" in refused(home, "test-channels")
    (home / "codedark.toml").write_text(CHANNELS)
    ran = run(home, "test-channels")
    assert ran.exit_code == 3
    assert "siem: delivered\nhook: failed: 127.0.0.1: " in ran.stdout


def test_what_code_dark_says_itself_is_never_cut_on_a_narrow_terminal(home: Path, state: State) -> None:
    long = f"{SENTENCE} {' '.join(f'word{number}' for number in range(80))} the end."
    state.tell([], [incident(9, sentence=long, next_step=long)], [])
    for words in (("list",), ("show", "2026-0009")):
        said = run(home, *words, width=80).output
        assert max(map(len, said.splitlines())) <= 80
        assert "the end." in " ".join(said.split())
        assert "cut:" not in said
