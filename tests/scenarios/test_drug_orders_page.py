"""`codedark ward serve`: a drug is stopped on the ward, is listed as that everywhere, and a dose behind it is asked
back; an order of the ward is due like those of the pack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time_ns
from zoneinfo import ZoneInfo

import pytest

from codedark.app.ward.charting import Asked, Unlikely, begin, chart
from codedark.app.ward.doses import Stands, doses_of, ward_schedule
from codedark.app.ward.patients import charts_of, pack_of
from codedark.app.ward.times import live_in
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.charts.schedule import Schedule
from codedark.continuity.entries.entry import Checked, Identifier, Stop
from codedark.store.station.station import Station
from tests.browser.served_station import made_station, served
from tests.scenarios.test_station_page import Browser, row_of

PATIENT = PatientId("5012345")
READ = (Checked(Identifier.NAME, "Peeters"), Checked(Identifier.NUMBER, PATIENT))
SAID = {"patient": PATIENT, "name": "Peeters", "wristband": PATIENT}
OVERDUE = "Insulin aspart"
"""The drug d3 of the pack: due since three hours."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made_station(tmp_path / "c2")


@pytest.fixture
def browser(folder: Path) -> Iterator[Browser]:
    with served(folder) as address:
        asks = Browser(int(address.rpartition(":")[2]))
        asks.sign_on("Dr Maes")
        yield asks


def item(text: str, drug: str) -> str:
    """What stands about a drug in a list."""
    found = [each for each in re.findall(r"<li>.*?</li>", text, re.DOTALL) if drug.casefold() in each.casefold()]
    assert len(found) == 1, found
    return str(found[0])


def stopped(browser: Browser, order: str = "d3") -> str:
    """A doctor stops it on the page; returns the row."""
    form = browser.ask("GET", f"/enter/stop?patient={PATIENT}&order={order}")
    assert f'<option value="{order}" selected>' in form.text
    done = browser.ask(
        "POST", "/enter/stop", SAID | {"f-order": order, "f-reason": "blood sugar 52", "next": row_of(form)}
    )
    assert (done.status, "✓ WRITTEN" in done.text) == (200, True)
    return row_of(form)


def test_what_is_stopped_is_no_longer_due_and_says_who_stopped_it_in_four_languages(browser: Browser) -> None:
    assert "OVERDUE" in item(browser.ask("GET", "/due").text, OVERDUE)
    row = stopped(browser)
    for language, word in (("en", "STOPPED"), ("nl", "GESTOPT"), ("fr", "ARRÊTÉ"), ("de", "ABGESETZT")):
        browser.cookies["language"] = language
        for path in ("/due", f"/patient/{PATIENT}"):
            told = item(browser.ask("GET", path).text.partition('class="lines"')[0], OVERDUE)
            assert (word in told, "Dr Maes" in told, row in told) == (True, True, True)
            assert "OVERDUE" not in told
            assert "/enter/given" not in told
    browser.cookies["language"] = "en"
    assert "STOPPED Insulin aspart 6 units because blood sugar 52" in browser.ask("GET", "/list").text
    assert '<option value="d3"' not in browser.ask("GET", f"/enter/stop?patient={PATIENT}").text


def test_a_dose_behind_a_stop_is_asked_back_until_somebody_is_sure(browser: Browser) -> None:
    stopped(browser)
    form = browser.ask("GET", f"/enter/held?patient={PATIENT}")
    dose = SAID | {"f-drug": "paracetamol", "f-dose": "1000", "f-unit": "mg", "f-order": "d6", "next": row_of(form)}
    assert browser.ask("POST", "/enter/given", dose).status == 200
    stopped(browser, "d6")
    form = browser.ask("GET", f"/enter/given?patient={PATIENT}")
    dose |= {"next": row_of(form), "at": ""}
    asked = browser.ask("POST", "/enter/given", dose)
    assert (asked.status, "STOPPED: paracetamol was stopped at" in asked.text) == (422, True)
    assert browser.ask("POST", "/enter/given", dose | {"sure": "yes"}).status == 200


def test_a_stop_that_is_undone_makes_the_drug_due_again(browser: Browser) -> None:
    row = stopped(browser)
    form = browser.ask("GET", f"/enter/void?replaces={row}")
    undo = {"patient": PATIENT, "replaces": row, "why": "wrong patient", "next": row_of(form)}
    assert browser.ask("POST", "/enter/void", undo).status == 200
    assert "OVERDUE" in item(browser.ask("GET", "/due").text, OVERDUE)


def test_a_stop_by_name_alone_is_refused_while_an_order_for_the_drug_stands(browser: Browser) -> None:
    form = browser.ask("GET", f"/enter/stop?patient={PATIENT}")
    refused = browser.ask("POST", "/enter/stop", SAID | {"f-drug": "insulin", "next": row_of(form)})
    assert (refused.status, "Say which order for insulin is stopped: d3" in refused.text) == (422, True)
    assert 'name="sure"' not in refused.text


def test_an_order_of_the_ward_is_due_at_its_hours_and_what_is_not_understood_is_listed_too(browser: Browser) -> None:
    def ordered(name: str, frequency: str, patient: str = PATIENT) -> str:
        form = browser.ask("GET", f"/enter/order?patient={patient}")
        order = {"f-asked": "medication", "f-name": name, "f-dose": "2", "f-unit": "g", "f-frequency": frequency}
        said = SAID if patient == PATIENT else {"patient": patient, "name": "Somebody", "wristband": patient}
        done = browser.ask("POST", "/enter/order", said | order | {"next": row_of(form)})
        assert (done.status, "✓ WRITTEN" in done.text) == (200, True)
        return done.text

    soon = datetime.now(UTC).astimezone(ZoneInfo("Europe/Brussels")) + timedelta(minutes=20)
    assert "is not understood here" not in ordered("ceftriaxone", f"{soon:%H:%M}")
    assert "is not understood here" in ordered("colchicine", "as the doctor says")
    ordered("dexamethasone", "onmiddellijk", patient="7777")
    due = browser.ask("GET", "/due").text
    assert f"due now {soon:%H:%M}" in item(due, "ceftriaxone")
    assert "ordered on the ward" in item(due, "ceftriaxone")
    assert "hours not known: see the order" in item(due, "colchicine")
    assert "Somebody, 7777" in item(due, "dexamethasone")
    row = re.search(r"order=(\w+)", item(due, "ceftriaxone"))
    assert row
    given = browser.ask("GET", f"/enter/given?patient={PATIENT}&order={row[1]}").text
    assert 'name="f-drug" value="ceftriaxone"' in given
    stopped(browser, row[1])
    assert "STOPPED" in item(browser.ask("GET", "/due").text, "ceftriaxone")


def test_what_may_hold_or_be_stopped_says_so_until_a_person_settles_it(browser: Browser) -> None:
    def write(kind: str, query: str, **said: str) -> str:
        form = browser.ask("GET", f"/enter/{kind}?{query}")
        done = browser.ask("POST", f"/enter/{kind}", SAID | {"next": row_of(form)} | said)
        assert done.status == 200, done.text
        return str(row_of(form))

    order = {"f-asked": "medication", "f-name": "ceftriaxone", "f-dose": "2", "f-unit": "g", "f-frequency": "TID"}
    first = write("order", f"patient={PATIENT}", **order)
    second = write("order", f"patient={PATIENT}", **order | {"f-dose": "20", "replaces": first, "why": "dose"})
    write("void", f"replaces={second}", replaces=second, why="no")
    told = item(browser.ask("GET", "/due").text, "ceftriaxone")
    assert "hours not known" in told
    assert "What corrected this order was undone: ask whether it holds" in told
    assert f"/enter/void?replaces={first}" in browser.ask("GET", f"/patient/{PATIENT}").text
    write("void", f"replaces={first}", replaces=first, why="no")
    assert "ceftriaxone" not in browser.ask("GET", "/due").text
    write("stop", f"patient={PATIENT}", **{"f-order": "d33", "f-drug": "Insulin aspart", "sure": "yes"})
    told = item(browser.ask("GET", "/due").text, OVERDUE)
    assert "OVERDUE" in told
    assert "Insulin aspart was stopped under no order that is known here" in told


def test_a_stop_is_known_wherever_it_is_brought(folder: Path, tmp_path: Path) -> None:
    now_us = time_ns() // 1_000
    other = made_station(tmp_path / "other", "c2-2", 2)
    with Station(folder) as first, Station(other) as second:
        stop = chart(first, Asked("stop", {"order": "d3"}, PATIENT, READ, "Dr Maes", "An Wouters"), now_us).entry
        assert stop.content == Stop("Insulin aspart", "d3", "6", "U")
        second.join(folder)
        doses = doses_of(charts_of(second)[PATIENT], second.union().of_patient(PATIENT), _schedule(second), now_us)
        assert [each.stopped for each in doses if each.stands is Stands.STOPPED] == [stop]
        given = Asked("given", {"drug": "Insulin aspart", "dose": "6", "unit": "units", "order": "d3"}, PATIENT, READ,
                      "M. Claes", "An Wouters")  # fmt: skip
        with pytest.raises(Unlikely, match="was stopped at"):
            chart(second, given, now_us + 60_000_000)
        with pytest.raises(Unlikely, match="was stopped already"):
            chart(second, Asked("stop", {"order": "d3"}, PATIENT, READ, "Dr Lem"), now_us + 60_000_000)


def test_without_a_pack_hours_are_by_the_clock_on_the_wall(tmp_path: Path) -> None:
    now_us = time_ns() // 1_000
    try:
        live_in("Pacific/Kiritimati")
        with begin(tmp_path / "one", "icu-1", 0, 1) as station:
            order = {"asked": "medication", "name": "x", "dose": "1", "unit": "g", "frequency": "08:00"}
            chart(station, Asked("order", order, PATIENT, READ, "Dr Maes"), now_us)
            due_us = doses_of(None, station.union().of_patient(PATIENT), _schedule(station), now_us)[0].at_us
    finally:
        live_in("")
    assert f"{datetime.fromtimestamp(due_us / 1_000_000, ZoneInfo('Pacific/Kiritimati')):%H:%M}" == "08:00"


def _schedule(station: Station) -> Schedule:
    return ward_schedule(pack_of(station))
