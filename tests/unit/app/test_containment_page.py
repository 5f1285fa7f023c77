"""The words of the page of plans: complete in four languages, and filled in with the same things."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from codedark.app.containment_page.groups import left_over, ranges, rows
from codedark.app.containment_page.words import LANGUAGES, Words, document
from codedark.contain.action import ActionKind
from codedark.hospital.account import AccountKind


def sentences(words: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in words.items():
        if isinstance(value, dict):
            yield from sentences(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


ENGLISH = dict(sentences(document("en")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_sentence_with_the_same_things_filled_in(language: str) -> None:
    words = dict(sentences(document(language)))
    assert words.keys() == ENGLISH.keys()
    for name, text in words.items():
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", ENGLISH[name])), name
    assert words["language"] == language


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_sentences_are_translated(language: str) -> None:
    words = dict(sentences(document(language)))
    same = {name for name, text in words.items() if text == ENGLISH[name] and len(text) > 20}
    assert same == set()


@pytest.mark.parametrize("kind", ActionKind)
def test_every_kind_of_action_is_said_and_undone(kind: ActionKind) -> None:
    keys = {"cut": ("cut_zone", "cut_link"), "close-vendor": ("close-vendor", "close-vendor_zone")}.get(
        kind, (kind.value,)
    )
    assert all(f"{what}.{key}" in ENGLISH for key in keys for what in ("do", "undo"))


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0"), (0.4, "0"), (-11.7, "−12"), (999.4, "999"), (1234.0, "1\u202f230"), (757464.8, "757\u202f000")],
)
def test_harm_is_told_to_three_digits_without_a_comma(value: float, said: str) -> None:
    assert Words("en").number(value) == said


def test_hours_and_chances_are_told_as_people_say_them() -> None:
    words = Words("en")
    assert (words.clock(1.08), words.clock(0.999)) == ("1:05\u202fh", "1:00\u202fh")
    assert (words.percent(0.004), words.percent(0.234), words.percent(0)) == ("< 1 %", "23 %", "0 %")


def test_braces_in_a_name_are_shown_and_not_obeyed() -> None:
    assert Words("en")("do.isolate", asset="{0.__class__}") == "Take {0.__class__} off the network"


@pytest.mark.parametrize(
    ("numbers", "said"), [([4], "4"), ([1, 2, 3, 7], "1–3, 7"), ([1, 3, 5], "1, 3, 5"), ([2, 3], "2–3")]
)
def test_numbers_of_a_group_are_told_as_ranges(numbers: list[int], said: str) -> None:
    assert ranges(numbers) == said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [ActionKind.ISOLATE_HOST, ActionKind.SHUT_DOWN, ActionKind.RESTRICT_TO_LIFELINE])
def test_fourteen_machines_of_a_zone_are_one_row_that_names_six_and_counts_the_rest(
    language: str, kind: ActionKind
) -> None:
    group = _group(kind, [f"PC-{number}" for number in range(14)], zone="CL-ED")
    made = rows(_plan([group]), Words(language), lambda name: f"<{name}>", lambda _: "alone")
    assert (len(made), made[0]["numbers"]) == (1, "1–14")
    assert "14 " in made[0]["do"]
    assert "<CL-ED>" in made[0]["do"]
    assert made[0]["do"].endswith(("PC-5 +8", "PC-5 +8."))


@pytest.mark.parametrize("account_kind", AccountKind)
def test_accounts_of_every_kind_have_a_word(account_kind: AccountKind) -> None:
    group = _group(ActionKind.DISABLE_ACCOUNT, ["a", "b"], account_kind=account_kind.value)
    assert rows(_plan([group]), Words("en"), str, lambda _: "alone")[0]["do"].startswith("Disable 2 accounts (")


def test_a_single_action_keeps_its_own_sentence_and_what_is_not_on_the_sheet_is_counted() -> None:
    groups = [_group(ActionKind.ISOLATE_HOST, ["PC-1"]) for _ in range(16)]
    plan = _plan(groups) | {"not_explained": ["isolate:PC-9"] * 5}
    made = rows(plan, Words("en"), str, lambda row: str(row["action"]))
    assert (len(made), made[0]["do"]) == (14, "isolate:PC-1")
    assert "7 more actions" in left_over(plan, Words("en"))
    assert left_over(_plan(groups[:3]), Words("en")) == ""


def _group(
    kind: ActionKind, names: list[str], zone: str | None = None, account_kind: str | None = None
) -> dict[str, Any]:
    return {
        "kind": kind.value, "numbers": list(range(1, len(names) + 1)), "actions": [f"{kind}:{each}" for each in names],
        "zone": zone, "account_kind": account_kind, "apply_minutes": 10.0, "applied": False, "clinical_lead": False,
        "if_left_out": {"mean": 5.0, "at_least": 1.0},
    }  # fmt: skip


def _plan(groups: list[dict[str, Any]]) -> dict[str, Any]:
    most = max(len(group["numbers"]) for group in groups)
    actions = [{"action": f"isolate:PC-{number}"} for number in range(1, max(most, len(groups)) + 1)]
    return {"groups": groups, "actions": actions, "not_explained": []}
