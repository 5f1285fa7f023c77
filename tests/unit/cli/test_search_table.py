"""What a search found, on terminals of several widths."""

from __future__ import annotations

import io
from collections.abc import Mapping

from rich.console import Console

from codedark.cli.search_table import print_rows

ROW = {
    "time": "2026-01-12T10:00:00.000007Z",
    "type": "windows/security",
    "event": "4624",
    "host": "ws-0012.hospital.example",
    "user": None,
    "seq": 7,
    "record": {"IpAddress": "10.0.0.1", "TargetUserName": "anna", "LogonType": 3, "Computer": "ws-0012"},
}


def printed(row: Mapping[str, object], width: int) -> str:
    out = io.StringIO()
    print_rows(Console(file=out, width=width), [row])
    return out.getvalue()


def test_times_and_hosts_are_whole_on_a_narrow_terminal_and_nothing_is_lost() -> None:
    out = printed(ROW, 80)
    assert "2026-01-12T10:00:00.000007Z  ws-0012.hospital.example" in out
    assert max(map(len, out.splitlines())) <= 80
    assert "type windows/security  event 4624  user –  seq 7" in out
    assert '"LogonType":3' in out.replace("\n", "")


def test_a_wide_terminal_has_a_table() -> None:
    out = printed(ROW, 160)
    assert "│ 2026-01-12T10:00:00.000007Z │" in out
    assert "│ ws-0012.hospital.example │" in out


def test_rows_without_times_fold_and_lose_nothing() -> None:
    out = printed({"note": "x" * 100, "count": 3}, 40)
    assert out.count("x") == 100
