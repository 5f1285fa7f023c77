"""What an installation may set: everything misspelt is refused, with its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from codedark.app.watching.alarm_settings import alarm_settings
from codedark.app.watching.behaviours import Overrides, descriptions, watched
from codedark.app.watching.configuration import FILE, Configuration, RulesOf, load
from codedark.app.watching.parts import watcher_from
from codedark.app.watching.web import tokens_of
from codedark.detect.finding import Level
from codedark.errors import UnusableInput, UsageError


def test_without_a_file_it_listens_on_this_machine(tmp_path: Path) -> None:
    found = load(tmp_path)
    assert found == Configuration()
    assert found.http
    assert found.http.listen.startswith("127.0.0.1:")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[limits]\nmost_conections = 1\n", "limits: there is no setting most_conections"),
        (
            "[limits]\nmost_connections = 'many'\n",
            "limits.most_connections: it has to be a whole number, and is text in quotes",
        ),
        ("[[syslog]]\nlisten = 'ftp://0.0.0.0:21'\n", r"\[\[syslog\]\] number 1"),
        ("[[syslog]]\nlisten = 'udp://0.0.0.0:514'\n[[syslog]]\nlisten = 'tls://0.0.0.0:6514'\n", "number 2: tls"),
        ("[[syslog]]\nlisten = 'tcp://0.0.0.0:1'\ntls = {certificate = 'c', key = 'k'}\n", "number 1: tls"),
        ("[http]\nlisten = '0.0.0.0:8440'\n", "without TLS or tokens"),
        ("[http]\nlisten = '0.0.0.0:8440'\ntokens = 't'\n", "without TLS or tokens"),
        ("[rules]\nmin_level = 'loud'\n", "rules.min_level: 'loud' is none of what may stand here"),
        ("[[files]]\nformat = 'syslog'\n", r"files\[0\]: it lacks paths, which has to be set"),
        ("[[files]]\npaths = ['a']\n[[files]]\npaths = ['b']\nformat = 'sylog'\n", "number 2: format 'sylog'"),
        ("[[syslog]]\nlisten = 'udp://0.0.0.0:514'\nformat = 'text'\n", "number 1: format 'text'"),
        ("http = ", "is not TOML"),
        ("x = '\xff'", "is not TOML"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / FILE).write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match=f"(?s){FILE}: .*{place}"):
        load(tmp_path)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(UnusableInput, match="cannot be read"):
        load(tmp_path)


def test_a_behaviour_is_set_otherwise_switched_off_or_given_another_level() -> None:
    given: Overrides = {"spraying": {"guesses": 7, "level": "critical"}, "travel": {"enabled": False}}
    found = {each.id: each for each in descriptions(given)}
    assert found["spraying"].settings["guesses"] == 7  # type: ignore[index]
    assert found["spraying"].rule.level is Level.CRITICAL  # type: ignore[index]
    assert "travel" not in {each.behaviour.id for each in watched(list(found.values()))}


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"spaying": {}}, r"\[behaviour.spaying\]"),
        ({"spraying": {"gueses": 7}}, r"\[behaviour.spraying\] gueses"),
        ({"spraying": {"level": "loud"}}, r"\[behaviour.spraying\] level"),
    ],
)
def test_what_no_behaviour_has_is_refused(given: Overrides, place: str) -> None:
    with pytest.raises(UsageError, match=place):
        descriptions(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"egress": {"calls": 0}}, r"\[behaviour.egress\] calls = 0: it has to be above zero; the project's own is 20"),
        ({"silence": {"chance": 0}}, r"\[behaviour.silence\] chance = 0: it has to be above zero"),
        ({"silence": {"chance": 1.5}}, "chance = 1.5: it is a share"),
        ({"silence": {"minutes": float("nan")}}, "minutes = nan: it has to be a number that there is"),
        ({"silence": {"minutes": float("inf")}}, "minutes = inf"),
        ({"silence": {"minutes": -5}}, "minutes = -5: it cannot be below zero"),
        ({"silence": {"minutes": True}}, "minutes = true: it has to be a number"),
        ({"silence": {"enabled": "no"}}, "enabled = no: it has to be true or false"),
        ({"silence": {"most_sources": 0}}, "most_sources = 0"),
        ({"vendor_window": {"until_hour": 25}}, "until_hour = 25: it is an hour of the day"),
        ({"vendor_window": {"accounts": "anna"}}, "accounts = anna: it has to be a list"),
        ({"mass_change": {"canary_files": [1]}}, "canary_files"),
    ],
)
def test_a_setting_of_a_behaviour_that_cannot_be_is_refused_with_what_it_may_be(given: Overrides, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        descriptions(given)


def test_a_part_of_one_is_no_count() -> None:
    with pytest.raises(UsageError, match=r"guesses of a behaviour is 2.5: it has to be a whole number"):
        watched(descriptions({"spraying": {"guesses": 2.5}}))


def test_what_the_project_sets_itself_may_be_set() -> None:
    usual = descriptions({})
    assert descriptions({each.id: dict(each.settings) for each in usual}) == usual
    assert alarm_settings({"memory": {"most_habits": 7}, "dependence": {"shared": 0}})[0].memory.most_habits == 7


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"alarms": {"budget_hours": 0}}, r"\[alarms.alarms\] budget_hours = 0: it has to be above zero; .* is 24"),
        ({"weights": {"shape": float("nan")}}, r"\[alarms.weights\] shape = nan"),
        ({"weights": {"ordinary_rate": {"high": -1}}}, r"\[alarms.weights.ordinary_rate\] high = -1"),
        ({"dependence": {"shared": 2}}, "shared = 2: it is a share"),
        ({"alarms": {"bands": [0.5, float("inf")]}}, "bands = "),
        ({"memory": {"most_habits": 0}}, "most_habits = 0"),
        ({"belief": 3}, r"\[alarms\] belief = 3: it is a table"),
    ],
)
def test_a_figure_of_the_alarms_that_cannot_be_is_refused(given: Mapping[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        alarm_settings(given)


def test_a_figure_of_the_alarms_goes_over_that_of_the_project_and_leaves_the_others() -> None:
    usual, _, _ = alarm_settings({})
    found, _, _ = alarm_settings({"alarms": {"budget": 5}})
    assert found.alarms.budget == 5
    assert usual.alarms.budget != 5
    assert found.joining == usual.joining
    wrong: Mapping[str, Any]
    for wrong in ({"alarms": {"budgett": 5}}, {"alarm": {}}, {"alarms": {"budget": "x"}}):
        with pytest.raises(UsageError, match="alarm"):
            alarm_settings(wrong)


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        ("vector:0123456789abcdef\n", 0o644, "every user"),
        ("vector:short\n", 0o640, "line 1 is not name:token"),
        ("# nobody\n\nvector\n", 0o640, "line 3 is not name:token"),
        ("# nobody\n", 0o640, "names no token"),
    ],
)
def test_a_file_of_tokens_that_protects_nothing_is_refused(tmp_path: Path, text: str, mode: int, why: str) -> None:
    path = tmp_path / "tokens"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(UsageError, match=why):
        tokens_of(path)


def test_tokens_are_read_with_the_names_of_their_clients(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text("# clients\nvector:0123456789abcdef\n\nfluent:fedcba98:76543210\n")
    path.chmod(0o640)
    tokens = tokens_of(path)
    assert tokens.name_of("Bearer 0123456789abcdef") == "vector"
    assert tokens.name_of("Bearer fedcba98:76543210") == "fluent"
    assert not tokens.name_of("Bearer 0123456789abcdee")
    with pytest.raises(UsageError, match="cannot be read"):
        tokens_of(tmp_path / "none")


def test_rules_that_cannot_run_are_counted_with_the_command_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "my rules").mkdir()
    (tmp_path / "my rules" / "bad.yml").write_text("title: Nothing\nlogsource: {product: windows}\n", "utf-8")
    given = Configuration(rules=RulesOf(folders=("my rules",)))
    _, problems = watcher_from(tmp_path, given, tmp_path / "cache")
    folder = tmp_path / "my rules"
    assert problems == [
        f"1 of 1 rules cannot run here: `codedark rules check '{folder}' --home {tmp_path}` names them, and why"
    ]
