"""`codedark ward serve`: charting in a page that needs no script, and that nobody else on the network can use."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from codedark.app.ward.charting import begin
from codedark.continuity.entry import Administration, DoseStatus, EntryId
from codedark.store.station import Station
from tests.command_line import Command
from tests.ward_entries import entry, rows

SAID = {"patient": "4711", "name": "Peeters", "born": "1951-07-23", "by": "M. Claes"}
DOSE = SAID | {"f-drug": "paracetamol <b>", "f-dose": "500", "f-unit": "mg"}


class Page(NamedTuple):
    """What was answered."""

    status: int
    text: str
    headers: dict[str, str]


class Browser:
    """Asks the page as a browser does."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> Page:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
        connection.request(method, path, urlencode(form) if form is not None else None, sent | headers)
        answer = connection.getresponse()
        page = Page(answer.status, answer.read().decode(), dict(answer.getheaders()))
        connection.close()
        return page


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    begin(tmp_path / "one", "icu-1", 0, 1).close()
    command = Command(tmp_path, tmp_path)
    with command.start("ward", "serve", "--station", "one", "--port", "0", stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            told = process.stderr.readline().decode()
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", told)
            assert found, told
            yield Browser(int(found[1]))
        finally:
            process.send_signal(signal.SIGKILL)
            process.stderr.close()


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
    assert "paracetamol &lt;b&gt;" in browser.ask("GET", "/").text
    assert "Charted" in browser.ask("GET", "/patient/4711").text


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
    assert len(kinds) == 11
    for kind in kinds:
        assert browser.ask("GET", f"/enter/{kind}?patient=4711").status == 200
    form = browser.ask("GET", "/enter/admission")
    came = browser.ask("POST", "/enter/admission", {"f-name": "Unknown Birch", "by": "M. Claes", "next": row_of(form)})
    assert came.status == 200
    assert "Unknown Birch" in browser.ask("GET", "/").text


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}], ids=str
)
def test_who_does_not_come_from_this_page_is_refused(browser: Browser, tmp_path: Path, headers: dict[str, str]) -> None:
    assert browser.ask("POST", "/enter/given", DOSE | {"next": rows(1)[0]}, **headers).status == 403
    with Station(tmp_path / "one") as station:
        assert station.entries() == []


def test_nothing_is_fetched_and_no_script_runs(browser: Browser) -> None:
    page = browser.ask("GET", "/enter/given")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
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
        sent = (SAID if kind == "specimen" else {"by": "M. Claes"}) | told | {"next": row}
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
    for path in ("/", "/patient/4711"):
        page = browser.ask("GET", path).text
        assert page.count("ROW STANDS FOR SEVERAL ACTS, this one of station") == 2
        assert "given morphine 5 mg" in page
        assert "given paracetamol" in page
    assert "Charted last (2 in all)" in browser.ask("GET", "/").text


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
        assert page.index("Allergies:") < page.index("latex") < page.index("<h2>" if "patient/" in path else "<form")
    assert '<td class="row">' in browser.ask("GET", "/patient/4711").text
