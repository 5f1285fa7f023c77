"""Who is suspected: names as people and logs write them, and what is said of those that cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from codedark.app.suspects import Suspects, checked, of_file, of_incidents, of_words, together
from codedark.errors import CodeDarkError, UnusableInput
from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.hospital import Hospital
from codedark.respond.incident import Belief, Status, Verdict
from tests.incident_maker import evidence, incident

HOSPITAL = Hospital(
    "H",
    assets={
        AssetId("WS-12"): Asset(AssetId("WS-12"), AssetKind.WORKSTATION, addresses=("10.0.0.12",)),
        AssetId("DC-01"): Asset(AssetId("DC-01"), AssetKind.DOMAIN_CONTROLLER),
        AssetId("backup"): Asset(AssetId("backup"), AssetKind.BACKUP),
    },
    accounts={
        AccountId("m.muster"): Account(AccountId("m.muster"), AccountKind.PERSON),
        AccountId("backup"): Account(AccountId("backup"), AccountKind.SERVICE),
    },
)


@pytest.mark.parametrize("name", ["WS-12", "ws-12", "ws-12.hospital.example", "10.0.0.12", "asset:ws-12"])
def test_a_machine_is_known_by_all_its_names(name: str) -> None:
    assert of_words(HOSPITAL, [f"{name}=0.8"]).assets == {"WS-12": 0.8}


@pytest.mark.parametrize("name", ["M.Muster", "HOSPITAL\\m.muster", "m.muster@hospital.example"])
def test_an_account_is_known_with_and_without_its_domain(name: str) -> None:
    assert of_words(HOSPITAL, [f"{name}=1"]).accounts == {"m.muster": 1.0}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["WS-12"], "--suspect WS-12: write a name and how likely it is taken"),
        (["WS-13=0.5"], "WS-13 is no asset and no account of the hospital: did you mean WS-12?"),
        (["WS-12=80"], "80.0 is no probability: write a number from 0 to 1"),
        (["WS-12=nan"], "nan is no probability"),
        (["WS-12=often"], "'often' is no probability"),
        (["WS-12=0.5", "10.0.0.12=0.6"], "WS-12 is named twice"),
        (["backup=0.5"], "backup is an asset and an account: write asset:backup or account:backup"),
    ],
)
def test_what_cannot_be_meant_is_said_in_plain_words(words: list[str], said: str) -> None:
    with pytest.raises(CodeDarkError) as error:
        of_words(HOSPITAL, words)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("WS-12: 0.8\nWS-12: 0.3\n", "WS-12"),
        ("- WS-12\n", "line 1"),
        ("WS-12: {a: 1}\n", "line 1: {'a': 1} is no probability"),
        ("DC-01: 0.1\nws12: 0.2\n", "line 2: ws12 is no asset and no account"),
    ],
)
def test_a_file_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "beliefs.yaml"
    path.write_text(text)
    with pytest.raises(CodeDarkError) as error:
        of_file(HOSPITAL, path)
    assert said in str(error.value)
    assert "beliefs.yaml" in str(error.value)


def test_yaml_and_json_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("WS-12: 0.8\naccount:backup: 0.1\n")
    (tmp_path / "a.json").write_text('{"WS-12": 0.8, "account:backup": 0.1}')
    assert of_file(HOSPITAL, tmp_path / "a.yaml") == of_file(HOSPITAL, tmp_path / "a.json")
    with pytest.raises(UnusableInput, match="cannot be read"):
        of_file(HOSPITAL, tmp_path / "none.yaml")


def test_of_several_incidents_the_gravest_belief_counts_and_closed_ones_do_not() -> None:
    found = of_incidents(
        HOSPITAL,
        [
            incident(1, hosts=(Belief("ws-12", 0.0, 0.4), Belief("laptop-of-somebody", 0.0, 0.9)), accounts=()),
            incident(2, hosts=(Belief("WS-12", 0.0, 0.7),), evidence=(evidence(techniques=("T1486",)),)),
            incident(3, status=Status.CLOSED, hosts=(Belief("dc-01", 3.0, 0.95),)),
            incident(4, verdict=Verdict.FALSE, hosts=(Belief("dc-01", 3.0, 0.95),)),
        ],
    )
    assert found.assets == {"WS-12": 0.7}
    assert found.accounts == {"m.muster": 0.96}
    assert found.shown == ("T1558.003", "T1486")
    assert found.notes == (
        "laptop-of-somebody: suspected by the watch, but not in the model of the hospital, so not in the plan",
    )


def test_an_incident_that_is_hardly_likely_says_nothing_of_how_he_works() -> None:
    sure = incident(1, confidence=0.9, evidence=(evidence(techniques=("T1486",)),))
    vague = incident(2, confidence=0.05, evidence=(evidence(techniques=("T1210",)),))
    assert of_incidents(HOSPITAL, [sure, vague]).shown == ("T1486",)
    assert of_incidents(HOSPITAL, [vague]).shown == ("T1210",)
    assert of_incidents(HOSPITAL, []).shown == ()


def test_who_is_named_in_both_places_is_refused_and_the_watch_gives_way_to_people() -> None:
    file, words = of_words(HOSPITAL, ["WS-12=0.8"]), of_words(HOSPITAL, ["WS-12=0.1"])
    with pytest.raises(CodeDarkError, match="WS-12: stands in --beliefs and in --suspect"):
        together(file, words)
    assert words.over(file).assets == {"WS-12": 0.1}


def test_nobody_and_everybody_is_no_question() -> None:
    with pytest.raises(CodeDarkError, match="nobody is suspected"):
        checked(HOSPITAL, Suspects(assets={AssetId("WS-12"): 0.0}))
    with pytest.raises(CodeDarkError, match="all 3 assets are suspected"):
        checked(HOSPITAL, Suspects(assets=dict.fromkeys(HOSPITAL.assets, 0.5)))
    few = of_words(HOSPITAL, ["WS-12=0.5"])
    assert checked(HOSPITAL, few) is few
