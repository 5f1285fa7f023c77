"""`codedark ward serve`: charting in a page that needs no script, and that nobody else on the network can use."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import pytest

from codedark.app.ward.charting import begin
from codedark.app.ward.clock import ZONE
from codedark.continuity.entries.entry import Administration, DoseStatus, EntryId
from codedark.store.station.station import Station
from tests.command_line import Command
from tests.ward_entries import entry, rows

SAID = {"patient": "4711", "name": "Peeters", "born": "1951-07-23"}
PIN = {"who": "M. Claes", "pin": "2468", "again": "2468"}
DOSE = SAID | {"f-drug": "paracetamol <b>", "f-dose": "500", "f-unit": "mg"}


class Page(NamedTuple):
    """What was answered."""

    status: int
    text: str
    headers: dict[str, str]


class Browser:
    """Asks the page as a browser does: it keeps cookies, and sends a form with the token that stood in it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.token = ""

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> Page:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            form = {"token": self.token} | form
        connection.request(method, path, urlencode(form) if form is not None else None, sent | headers)
        answer = connection.getresponse()
        page = Page(answer.status, answer.read().decode(), dict(answer.getheaders()))
        connection.close()
        for name, value in re.findall(r"(\w+)=([^;]+);", page.headers.get("set-cookie", "")):
            self.cookies |= {name: value} if name in {"codedark", "language"} else {}
        if found := re.search(r'name="token" value="([^"]+)"', page.text):
            self.token = found[1]
        return page

    def sign_on(self, who: str = "M. Claes") -> None:
        """Somebody makes a PIN, and is signed in."""
        assert self.ask("POST", "/sign-on", PIN | {"who": who}).status == 303
        self.ask("GET", "/")


@contextmanager
def browsing(folder: Path, station: str = "one") -> Iterator[Browser]:
    """A browser in front of a station's page, in which nobody is signed in."""
    command = Command(folder, folder)
    with command.start("ward", "serve", "--station", station, "--port", "0", stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            told = process.stderr.readline().decode()
            if "EXERCISE" in told:
                told = process.stderr.readline().decode()
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", told)
            assert found, told
            yield Browser(int(found[1]))
        finally:
            process.send_signal(signal.SIGKILL)
            process.stderr.close()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    begin(tmp_path / "one", "icu-1", 0, 1).close()
    with browsing(tmp_path) as asks:
        asks.sign_on()
        yield asks


def row_of(page: Page) -> str:
    found = re.search(r'name="next" value="(\w+)"', page.text)
    assert found
    return found[1]


def test_a_dose_is_charted_once_although_the_form_is_sent_twice(browser: Browser, tmp_path: Path) -> None:
    form = browser.ask("GET", "/enter/given?patient=4711")
    assert 'value="4711"' in form.text
    assert row_of(form) == rows(1)[0]
    sent = DOSE | {"next": row_of(form)}
    done = browser.ask("POST", "/enter/given", sent)
    assert (done.status, "WRITTEN" in done.text, "UNMIRRORED" in done.text) == (200, True, True)
    assert "paracetamol &lt;b&gt;" in done.text
    again = browser.ask("POST", "/enter/given", sent)
    assert (again.status, "used for another act already" in again.text) == (200, False)
    other = browser.ask("POST", "/enter/given", sent | {"f-dose": "1000"})
    assert (other.status, "used for another act already" in other.text) == (422, True)
    with Station(tmp_path / "one") as station:
        assert [each.id for each in station.entries()] == [rows(1)[0]]
    assert "paracetamol &lt;b&gt;" in browser.ask("GET", "/list").text
    assert "Charted" in browser.ask("GET", "/patient/4711").text


def test_the_clock_is_of_the_hospital_and_is_put_right_by_a_time_alone(browser: Browser, tmp_path: Path) -> None:
    own = browser.ask("GET", "/clock").text
    assert "No pack told the hospital&#39;s time zone" in own
    with Station(tmp_path / "one") as station:
        station.keep(ZONE, "Pacific/Kiritimati")  # as its pack does; 14 hours ahead of UTC
    asked = browser.ask("GET", "/clock").text
    assert "Times here are those of Pacific/Kiritimati" in asked
    there = datetime.now(ZoneInfo("Pacific/Kiritimati"))
    assert any(f"{there - timedelta(minutes=past):%Y-%m-%d %H:%M}" in asked for past in (0, 1, 2))
    wrong = browser.ask("POST", "/clock", {"said": "soon"})
    assert (wrong.status, "<h1>Date and time</h1>" in wrong.text, "write it as 06:30" in wrong.text) == (
        422,
        True,
        True,
    )
    now = datetime.now(ZoneInfo("Pacific/Kiritimati"))
    assert browser.ask("POST", "/clock", {"said": f"{now:%H:%M}"}).status == 303
    assert "put right by hand" not in browser.ask("GET", "/").text


def test_what_is_refused_keeps_what_was_typed(browser: Browser) -> None:
    refused = browser.ask("POST", "/enter/given", DOSE | {"f-dose": "5.0", "born": "", "next": rows(1)[0]})
    assert refused.status == 422
    assert "Nothing was written" in refused.text
    assert "none at the end" in refused.text
    assert "Check two identifiers" in refused.text
    assert 'value="5.0"' in refused.text
    assert 'value="Peeters"' in refused.text


def test_every_kind_has_its_form_and_somebody_new_is_known_afterwards(browser: Browser) -> None:
    kinds = re.findall(r'href="/enter/([\w-]+)\?', browser.ask("GET", "/patient/4711").text)
    assert len(kinds) == 12
    for kind in kinds:
        assert browser.ask("GET", f"/enter/{kind}?patient=4711").status == 200
    form = browser.ask("GET", "/enter/admission")
    came = browser.ask("POST", "/enter/admission", {"f-name": "Unknown Birch", "next": row_of(form)})
    assert came.status == 200
    assert "Unknown Birch" in browser.ask("GET", "/").text


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}], ids=str
)
def test_who_does_not_come_from_this_page_is_refused(browser: Browser, tmp_path: Path, headers: dict[str, str]) -> None:
    assert browser.ask("POST", "/enter/given", DOSE | {"next": rows(1)[0]}, **headers).status == 403
    with Station(tmp_path / "one") as station:
        assert station.entries() == []


def test_nothing_is_fetched_from_elsewhere_and_only_our_own_script_can_run(browser: Browser) -> None:
    page = browser.ask("GET", "/enter/given")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert re.findall("<script[^>]*>", page.text) == ['<script src="/station.js" defer>']
    assert not re.search(r" on\w+=", page.text)
    assert "://" not in page.text


def test_who_comes_in_and_what_is_sent_off_are_one_although_the_form_is_sent_twice(
    browser: Browser, tmp_path: Path
) -> None:
    """Their reserved numbers are taken when they are charted: a second sending must not take the next."""
    for kind, told in (
        ("admission", {"f-name": "Unknown Birch"}),
        ("specimen", {"f-tests": "potassium", "f-specimen": "blood", "at": "20m"}),
    ):
        row = row_of(browser.ask("GET", f"/enter/{kind}"))
        sent = (SAID if kind == "specimen" else {}) | told | {"next": row}
        assert [browser.ask("POST", f"/enter/{kind}", sent).status for _ in range(2)] == [200, 200]
    with Station(tmp_path / "one") as station:
        assert [each.kind for each in station.entries()].count("admission") == 1
        assert len(station.entries()) == 2


def test_both_acts_of_a_doubled_row_are_on_the_patients_page(browser: Browser, tmp_path: Path) -> None:
    sent = {"next": rows(1)[0]}
    browser.ask("POST", "/enter/given", DOSE | sent)
    other = entry(Administration(DoseStatus.GIVEN, "morphine", "5", "mg"), id=EntryId(rows(1)[0]), station="icu-9")
    with Station(tmp_path / "nine", "icu-9") as nine:
        nine.write(other)
    with Station(tmp_path / "one") as station:
        station.join(tmp_path / "nine")
    for path in ("/list", "/patient/4711"):
        page = browser.ask("GET", path).text
        assert page.count("ROW STANDS FOR SEVERAL ACTS, this one of station") == 2
        assert "given morphine 5 mg" in page
        assert "given paracetamol" in page
    assert "Charted last (2 in all)" in browser.ask("GET", "/list").text


def test_a_value_that_cannot_be_is_asked_back_and_a_comma_is_read_as_a_point(browser: Browser) -> None:
    fever = SAID | {"f-name": "temperature", "f-value": "385", "f-unit": "C", "next": rows(1)[0]}
    asked = browser.ask("POST", "/enter/observation", fever)
    assert (asked.status, "is this right?" in asked.text, 'name="sure"' in asked.text) == (422, True, True)
    done = browser.ask("POST", "/enter/observation", fever | {"f-value": "38,5"})
    assert (done.status, "temperature 38.5 C" in done.text) == (200, True)
    sure = browser.ask("POST", "/enter/observation", fever | {"next": rows(2)[1], "sure": "yes"})
    assert (sure.status, "temperature 385 C" in sure.text) == (200, True)


def test_allergies_stand_above_the_patients_page_and_the_form(browser: Browser) -> None:
    for path in ("/patient/4711", "/enter/given?patient=4711"):
        assert "NOT RECORDED: ask" in browser.ask("GET", path).text
    browser.ask("POST", "/enter/allergy", SAID | {"f-substance": "latex", "next": rows(1)[0]})
    for path in ("/patient/4711", "/enter/given?patient=4711"):
        page = browser.ask("GET", path).text
        assert (
            page.index("Allergies:")
            < page.index("latex")
            < page.index("What do you chart?" if "patient/" in path else '<form method="post" action="/enter')
        )
    assert '<span class="row">' in browser.ask("GET", "/patient/4711").text


def test_a_form_without_the_sessions_token_writes_nothing(browser: Browser, tmp_path: Path) -> None:
    for token in ("", "guessed"):
        refused = browser.ask("POST", "/enter/given", DOSE | {"next": rows(1)[0], "token": token})
        assert (refused.status, "open it again" in refused.text) == (403, True)
        browser.ask("GET", "/")
    with Station(tmp_path / "one") as station:
        assert station.entries() == []


def test_a_form_of_somebody_who_is_not_signed_in_is_kept_and_goes_on_with_the_pin(
    browser: Browser, tmp_path: Path
) -> None:
    browser.ask("POST", "/lock", {})
    sent = DOSE | {"next": rows(1)[0], "pin": "", "wpin": "secret"}
    asked = browser.ask("POST", "/enter/given", sent)
    assert (asked.status, "What you typed is kept" in asked.text) == (401, True)
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', asked.text))
    assert kept["f-dose"] == "500"
    assert "wpin" not in kept
    wrong = browser.ask("POST", "/enter/given", sent | {"who": "M. Claes", "pin": "1111"})
    assert (wrong.status, "This is not the PIN" in wrong.text) == (403, True)
    done = browser.ask("POST", "/enter/given", sent | {"who": "M. Claes", "pin": "2468"})
    assert (done.status, "WRITTEN" in done.text) == (200, True)
    with Station(tmp_path / "one") as station:
        assert [each.author for each in station.entries()] == ["M. Claes"]


def test_hostile_text_in_any_field_is_only_text(browser: Browser) -> None:
    bad = '"><script>alert(1)</script>\u202e{{ 7 * 7 }}%s{0}'
    browser.sign_on(bad)
    for kind in ("given", "observation", "order", "specimen", "phone-result", "allergy", "note", "transfer"):
        page = browser.ask("GET", f"/enter/{kind}?patient=4711")
        names = re.findall(r'name="(f-\w+)"', page.text)
        said = dict.fromkeys((*names, "name", "born", "wristband", "witness", "at", "why", "replaces", "row"), bad)
        refused = browser.ask("POST", f"/enter/{kind}", SAID | said | {"next": row_of(page)})
        assert refused.status == 422, kind
        ordinary = {name: bad for name in names if name not in {"f-dose", "f-asked", "f-is_read_back", "f-accession"}}
        ordinary |= {
            "f-asked": "other",
            "f-dose": "5",
            "f-is_read_back": "true",
            "f-is_high_alert": "false",
            "next": row_of(refused),
        }
        done = browser.ask(
            "POST", f"/enter/{kind}", SAID | {k: v for k, v in ordinary.items() if k in {*names, "next"}}
        )
        assert done.status == 200, (kind, done.text)
        for each in (page, refused, done):
            assert re.findall("<script[^>]*>", each.text) == ['<script src="/station.js" defer>']
            assert "\u202e" not in each.text
            assert "49%s" not in each.text
    for path in ("/", "/list", "/patient/4711", f"/patient/{quote(bad, safe='')}", f"/?find={quote(bad)}"):
        assert re.findall("<script[^>]*>", browser.ask("GET", path).text) == ['<script src="/station.js" defer>']


def test_what_is_written_is_shown_as_written_although_what_a_stick_brings_has_no_room(
    browser: Browser, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with closing(sqlite3.connect(tmp_path / "one" / "station.db")) as db:
        full = "SELECT RAISE(ABORT, 'database or disk is full')"
        db.execute(f"CREATE TRIGGER full BEFORE INSERT ON link WHEN NEW.station != 'icu-1' BEGIN {full}; END")
    with Station(tmp_path / "two", "icu-2") as other:
        other.add_mirror(stick)
        other.write(entry(id=EntryId(rows(1, station=2)[0]), station="icu-2"))
    with Station(tmp_path / "one") as station:
        station.add_mirror(stick)
    form = browser.ask("GET", "/enter/given?patient=4711")
    done = browser.ask("POST", "/enter/given", DOSE | {"next": row_of(form)})
    assert (done.status, "WRITTEN" in done.text, "This was not done" in done.text) == (200, True, False)
