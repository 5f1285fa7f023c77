"""Plans on a terminal of 80 columns: few orders one by one, very many counted, and nothing that a terminal obeys."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from codedark.app.enforcing.answering import STANDS, WAITS
from codedark.cli.enforcement_text import print_plan


def order(number: int, **more: Any) -> dict[str, Any]:
    return {
        "order": f"P1.{number}", "wave": 1, "action": f"cut:A{number}", "kind": "cut", "device": "core",
        "tier": number % 2, "says": f"cut A{number} off",
        "by_hand_because": [], "stage": "stands", "standing": "all", "why": "", **more,
    }  # fmt: skip


def shown(orders: list[dict[str, Any]], state: str = WAITS, **more: Any) -> str:
    told = {
        "plan": "P1", "source": "balanced", "state": state, "approvals": [], "newcomers": [],
        "needs": "2 people have to approve",
        "stands_hours": 8.0, "until_us": 10**15, "left_seconds": 3600, "waves": 1, "finished_waves": 1,
        "orders": orders, "left": [], "losses": [], "notes": [], **more,
    }  # fmt: skip
    console = Console(file=io.StringIO(), width=80)
    print_plan(console, told)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert all(len(line.rstrip()) <= 80 for line in text.splitlines())
    return text


def test_few_orders_are_told_one_by_one_and_very_many_are_counted() -> None:
    few = shown([order(number) for number in range(1, 4)])
    assert all(f"P1.{number} " in few for number in range(1, 4))
    many = [line.split() for line in shown([order(number) for number in range(40)]).splitlines()]
    assert ["20", "cut", "zones", "apart", "core", "0"] in many
    assert ["20", "cut", "zones", "apart", "core", "1"] in many


def test_many_things_for_people_are_a_warning() -> None:
    by_hand = [order(number, device="people", by_hand_because=["no device is configured"]) for number in range(21)]
    assert "People would have to do 21 things by hand. Is there a smaller plan?" in shown(by_hand)
    assert "smaller plan" not in shown(by_hand[:20])


def test_the_same_reason_is_told_once_with_the_first_orders() -> None:
    wrong = [order(number, standing="unknown", why="core: nft did not answer") for number in range(1, 6)]
    text = shown(wrong, STANDS)
    assert text.count("nft did not answer") == 1
    assert "P1.1, P1.2, P1.3 and 2 more" in text


def test_names_cannot_move_the_cursor() -> None:
    assert "\x1b" not in shown([order(1, says="cut \x1b[2J off")], losses=["\x1b[31mRecord"], notes=["a\x1bb"])
