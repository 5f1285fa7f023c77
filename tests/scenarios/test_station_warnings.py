"""The station's own warnings stand in the head of its page, with since when, and never in a green box."""

from __future__ import annotations

import time
from pathlib import Path

from codedark.app.ward.charting import begin
from codedark.app.ward.meeting import Meeting
from codedark.app.ward.times import near
from codedark.app.ward.tongue import tongue
from codedark.continuity.sentence import Sentence
from tests.command_line import Command
from tests.scenarios.test_station_page import DOSE, Browser, browser
from tests.ward_entries import rows

__all__ = ["browser"]


def test_since_when_a_stick_is_away_is_by_the_clock_that_people_put_right(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with begin(tmp_path / "one", "icu-1", 0, 1) as station:
        station.add_mirror(stick)
        stick.rename(tmp_path / "pulled")
        meeting = Meeting(station)
        with station.resting():
            before_us = time.time_ns() // 1_000
            meeting.meet()
            after_us = time.time_ns() // 1_000
            away = Sentence("{place}: away", place=stick)
            year_us = 366 * 86_400_000_000
            now_us = time.time_ns() // 1_000 + year_us
            (said,) = meeting.dated([away], now_us)
            possible = {near(at_us + year_us, now_us) for at_us in (before_us, after_us)}
            assert tongue("nl")(said) in {f"{stick}: away. Weg sinds {when}." for when in possible}
            (tmp_path / "pulled").rename(stick)
            meeting.meet()
            assert meeting.dated([away], now_us) == [away]


def test_a_stick_that_is_away_is_told_in_the_head_and_what_is_on_this_disk_alone_is_in_no_green_box(
    browser: Browser, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    assert Command(tmp_path, tmp_path).run("ward", "mirror", "stick", "--station", "one").code == 0
    sent = {"next": rows(1)[0]}
    page = browser.ask("POST", "/enter/given", DOSE | sent).text
    assert "On this disk and 1 second copy." in page
    assert "ALONE" not in page
    stick.rename(tmp_path / "pulled")
    page = browser.ask("POST", "/enter/given", DOSE | sent).text
    assert 0 < page.index("connect the other station. Away since ") < page.index("</header>")
    green = page[page.index('class="done"') :]
    assert green.index("</div>") < green.index("On this disk ALONE")
