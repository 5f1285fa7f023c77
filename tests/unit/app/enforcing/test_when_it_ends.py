"""When a plan ends is told in the same words everywhere: in the warning, by `status`, and on the page of the watch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from codedark.app.enforcing.keeping import Keeper
from codedark.app.enforcing.looking import standing_acts
from codedark.app.local_time import local_time
from tests.acting_hospital import installation
from tests.routed_hospital import MODEL
from tests.scenarios.test_contain_acts import approve, codedark_contain, prepared, said


@pytest.fixture
def in_kolkata(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_kolkata")
def test_the_end_of_a_plan_is_told_in_the_zone_of_the_machine_and_with_its_name(tmp_path: Path) -> None:
    home = installation(tmp_path / "home", MODEL, stands_hours=8)
    prepared(home, "isolate:OFFICE-PC")
    assert approve(home, "P1", "Bo Claes", "An Peeters") == [0, 0]
    assert codedark_contain(home, "apply", "P1")[0] == 0
    end = local_time(said(home, "status", "P1")["until_us"])
    assert end.endswith(" IST")
    ticks = [0.0]
    keeper = Keeper(home, lambda: ticks[0])
    keeper.beat()
    ticks[0] = 7.5 * 3600
    (warning,) = (each for each in keeper.beat().loud if "ends at" in each)
    assert f"ends at {end}" in warning
    assert f"It ends at {end}" in " ".join(codedark_contain(home, "status", "P1")[1].split())
    assert end in standing_acts(home).sentences[0]
