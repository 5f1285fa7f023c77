"""The HTML report: self-contained, escaped, bounded, readable."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from codedark.app.ranking import hosts
from codedark.app.report import render
from codedark.app.report.attack_matrix import CELLS, matrix
from codedark.app.report.timeline import ROWS, timeline
from codedark.app.summary import Summary
from codedark.app.tally import Tally
from codedark.detect.finding import Level
from tests.finding_maker import EVIL, finding, rule, summary, tally, window

GENERATED = datetime(2026, 1, 14, 7, 0, tzinfo=UTC)
VOID = {"meta", "br"}


class Page(HTMLParser):
    """The page as a browser would take it apart: its tags, attributes and text; fails on unbalanced tags."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page(found: Tally, books: Summary | None = None) -> Page:
    return Page(html(found, books))


def html(found: Tally, books: Summary | None = None) -> str:
    return render(found, books or summary(found), title="Night shift", generated=GENERATED)


def test_the_headline_says_how_bad_where_and_when() -> None:
    found = tally(
        finding(rule(1, Level.CRITICAL)),
        finding(rule(2), seconds=3_700, host="PACS-2"),
        finding(rule(3, Level.LOW), host="WS-1"),
    )
    assert page(found).text.count(
        "1 critical finding on 1 host (DC-01) and 1 high on 1 host, between 2026-01-13 06:32 and 07:33 UTC."
    )


def test_nothing_found_is_not_called_safe() -> None:
    text = page(tally()).text
    assert "No rule fired on 990 records." in text
    assert "not proof that nobody is in: 20 rules could not run here and 10 records could not be read" in text
    assert "1,000 read = 990 judged + 10 rejected" in text
    nothing = page(tally(), summary(events_read=10, events_judged=0)).text
    assert "Nothing was judged" in nothing


def test_the_page_can_load_nothing() -> None:
    found = page(tally(finding(rule(references=("https://example.org/x", "javascript:alert(1)")))))
    assert not {"script", "link", "iframe", "img", "object", "form", "base", "image", "use"} & set(found.tags)
    names = dict.fromkeys(name for name, _ in found.attributes)
    assert not {"src", "srcset", "background", "xlink:href", "action", "style"} & set(names)
    assert not [name for name in names if name.startswith("on")]
    assert all((value or "").startswith("#") for name, value in found.attributes if name == "href")
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert ("content", policy) in found.attributes
    css = files("codedark").joinpath("content/report/report.css").read_text()
    assert "url(" not in css
    assert "@import" not in css


def test_hostile_values_stay_text() -> None:
    of = rule(
        title=EVIL, description=EVIL, falsepositives=(EVIL,), references=(EVIL,), path=EVIL, status=EVIL,
        tags=(EVIL, "attack.t1059.001"),
    )  # fmt: skip
    hostile = finding(of, host=EVIL, user=EVIL, source=EVIL, event={EVIL: EVIL, "list": (EVIL,)}, window=window())
    books = summary(1, not_runnable={EVIL: 20}, rejected={EVIL: 10}, sources={EVIL: 990})
    text = render(tally(hostile), books, title=EVIL, generated=GENERATED)
    plain = Page(text)
    assert plain.tags == Page(render(_harmless(), _books(), title="x", generated=GENERATED)).tags
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
    assert "\\x00\\x1b[31m\\u202egpj.exe" in plain.text
    text.encode()


def _harmless() -> Tally:
    of = rule(
        title="x",
        description="x",
        falsepositives=("x",),
        references=("x",),
        status="x",
        tags=("x", "attack.t1059.001"),
    )
    return tally(finding(of, event={"x": "x", "list": ("x",)}, window=window()))


def _books() -> Summary:
    return summary(1, not_runnable={"x": 20}, rejected={"x": 10}, sources={"x": 990})


def test_a_megabyte_value_is_cut_and_says_so() -> None:
    text = html(tally(finding(event={"Message": "A" * 1_000_000})))
    assert len(text) < 40_000
    assert "[… cut: 2,000 of 1,000,000 characters shown]" in text


def test_a_hundred_thousand_groups_fit_into_ten_megabytes_and_the_rest_is_said() -> None:
    rules = [rule(number, Level(number % 5), description="d" * 200) for number in range(100)]
    found = Tally(max_groups=100_000)
    for host in range(1_000):
        found.add_all(finding(of, seconds=host, host=f"WS-{host:04}.hospital.example") for of in rules)
    assert len(found) == 100_000
    text = html(found)
    assert len(text.encode()) < 10_000_000
    listed = text.count('class="line"') + text.count('class="entry line')
    left_out = sum(int(n.replace(",", "")) for n in re.findall(r"And ([\d,]+) more pairs of host and rule", text))
    assert listed + left_out == 100_000
    assert "for which this page has no room" in text


def test_the_events_are_there_with_their_place_and_window() -> None:
    text = page(tally(*(finding(record=number, seconds=number, window=window()) for number in range(9)))).text
    assert "5 of 9 events" in text
    assert "logs/dc.zip#Security.evtx#0" in text
    assert "C:\\Windows\\System32\\cmd.exe" in text
    assert "12 matches from 2026-01-13 06:31:07 to 2026-01-13 06:32:07 UTC for User svc" in text


def test_an_interrupted_hunt_and_a_file_that_cannot_be_opened_are_said() -> None:
    books = summary(1, interrupted=True, rejected={"the file cannot be opened: Permission denied": 10})
    text = page(tally(finding()), books).text
    assert "stopped before the end" in text
    assert "10 the file cannot be opened: Permission denied" in text


def test_the_timeline_marks_every_dated_finding_of_the_hosts_shown() -> None:
    found = tally(*(finding(seconds=60 * number, host=f"H{number % 50}", record=number) for number in range(500)))
    picture = timeline(hosts(found))
    assert picture is not None
    assert len(picture.rows) == ROWS
    drawn = sum(int(count) for mark in picture.marks for count in re.findall(r"(\d+) high", mark.text))
    assert drawn == ROWS * 10
    assert picture.notes[0].startswith("And 20 more hosts with 200 findings")
    for mark in picture.marks:
        assert picture.axis.left <= mark.x <= picture.axis.right
        assert picture.top <= mark.y <= picture.bottom


@pytest.mark.parametrize("span", [0, 1, 59, 3_600, 86_400, 3 * 86_400, 400 * 86_400, 20_000 * 86_400])
def test_the_axis_has_sensible_ticks(span: int) -> None:
    picture = timeline(hosts(tally(finding(seconds=0), finding(seconds=-span, record=2))))
    assert picture is not None
    xs = [tick.x for tick in picture.ticks]
    assert 3 <= len(xs) <= 12
    assert all(right - left > 70 for left, right in pairwise(xs))
    assert picture.ticks[0].day or re.search(r"\d{4}", picture.ticks[0].time)
    assert len(picture.marks) == (1 if span == 0 else 2)


def test_the_worst_level_gives_a_mark_its_shape() -> None:
    found = tally(*(finding(rule(int(level), level), host=level.name, record=1) for level in Level))
    picture = timeline(hosts(found))
    assert picture is not None
    shapes = {re.sub(r"[\d. -]+", "", mark.path): mark.level for mark in picture.marks}
    assert len(shapes) == 4, "critical, high, low have a shape of their own; medium is filled, informational is not"
    found.add(finding(rule(1, Level.LOW), host="CRITICAL"))
    again = timeline(hosts(found))
    assert again is not None
    assert Level.CRITICAL in {mark.level for mark in again.marks if "1 low" in mark.text}


def test_a_stray_time_does_not_flatten_the_picture_and_is_said() -> None:
    rows = [finding(rule(number % 30), seconds=number * 60, record=number) for number in range(300)]
    stray = finding(rule(31), time=datetime(1970, 1, 1, tzinfo=UTC))
    picture = timeline(hosts(tally(*rows, stray)))
    assert picture is not None
    assert picture.axis.end - picture.axis.begin < timedelta(days=1).total_seconds()
    assert "1 finding far before the time shown: see the list below." in picture.notes


def test_findings_without_time_are_said_not_drawn() -> None:
    assert timeline(hosts(tally(finding(seconds=None)))) is None
    assert "No finding has a readable time" in page(tally(finding(seconds=None))).text
    picture = timeline(hosts(tally(finding(), finding(seconds=None, record=2))))
    assert picture is not None
    assert picture.notes == ("1 finding without a readable time cannot be drawn.",)


def test_the_picture_is_well_formed_svg() -> None:
    text = html(tally(finding(host=EVIL), finding(rule(2, Level.LOW), host="b", record=2)))
    match = re.search(r"<svg class=\"timeline\".*?</svg>", text, re.DOTALL)
    assert match
    assert ET.fromstring(match[0]).attrib["role"] == "img"


def test_the_matrix_has_every_tactic_in_order_and_counts_what_fired() -> None:
    spray = rule(1, Level.CRITICAL, tags=("attack.credential-access", "attack.t1110.003"))
    found = tally(
        finding(spray, host="A"),
        finding(spray, host="B"),
        finding(rule(2), host="A"),
        finding(rule(3, tags=())),
    )
    result = matrix(found)
    assert [column.id for column in result.columns][:3] == ["TA0043", "TA0042", "TA0001"]
    (column,) = [column for column in result.columns if column.cells]
    assert column.name == "Credential Access"
    assert [(cell.id, cell.count, cell.worst, len(cell.hosts)) for cell in column.cells] == [
        ("T1110.003", 2, Level.CRITICAL, 2),
        ("T1003.001", 1, Level.HIGH, 1),
    ]
    assert result.untagged == 1


def test_a_crowded_column_says_how_many_more() -> None:
    tags = [f"attack.t{number}" for number in range(9000, 9020)]
    (column,) = matrix(tally(finding(rule(tags=("attack.impact", *tags))))).columns[-1:]
    assert (len(column.cells), column.more) == (CELLS, 20 - CELLS)


def test_colours_have_the_contrast_of_wcag_aa() -> None:
    css = files("codedark").joinpath("content/report/report.css").read_text()
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", css))
    for ink in ("ink", "soft", "critical", "high", "medium", "low", "informational"):
        for ground in ("ground", "band"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, 1.4.3: the ratio of the relative luminances."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
