"""`codedark ward print`: a station prints charts that know what was charted, and the page has them as buttons."""

from __future__ import annotations

import re
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest
from msgspec.structs import replace

from codedark.app.ward.charting import begin
from codedark.app.ward.paper_charts import WHAT, print_charts
from codedark.continuity.charts.chart import PatientId, Place
from codedark.continuity.entries.entry import (
    Administration,
    Content,
    DoseStatus,
    EntryId,
    Note,
    Observation,
    Order,
    OrderKind,
    PhoneResult,
    Purpose,
    Stop,
    Transfer,
)
from codedark.continuity.packs.pack import Bed, Pack
from codedark.continuity.packs.pack_data import to_bytes
from codedark.continuity.pages.words import LANGUAGES
from codedark.errors import UsageError
from codedark.hospital.ward import BedId
from codedark.store.station.station import Station
from tests.browser.served_station import made_station, served
from tests.command_line import Command
from tests.printed import joined, sheets_of
from tests.scenarios.test_station_page import Browser
from tests.ward_entries import ADMISSION, MRN, NOON_US, admission, entry, rows
from tests.ward_packs import HOUR, a_pack

PATIENT = PatientId("5012345")
WHO = ["--patient", PATIENT, "--name", "Peeters", "--born", "1941-03-02", "--by", "Dr Maes", "--station", "one"]
ROWS = [EntryId(each) for each in rows(9)]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    made = Command(tmp_path, tmp_path)
    pack = a_pack(time.time_ns() // 1000 - 76 * HOUR)
    (tmp_path / "pack.json").write_bytes(to_bytes(replace(pack, numbers=())))
    made.run("ward", "start", "c2-1", "--ward-number", 0, "--number", 1, "--station", "one", "--pack", "pack.json")
    return made


def printed(command: Command, folder: Path, what: str, *more: str) -> list[str]:
    """The text of each sheet."""
    (folder / "print.pdf").unlink(missing_ok=True)
    command.run("ward", "print", "print.pdf", "--what", what, "--station", "one", *more)
    return sheets_of((folder / "print.pdf").read_bytes(), folder)


def test_what_was_charted_is_on_the_chart_beside_what_the_pack_says(command: Command, tmp_path: Path) -> None:
    stop = command.run("ward", "enter", "stop", "order=d1", "reason=potassium 2.9", *WHO).out.decode().split()[1]
    order = ["asked=medication", "name=ceftriaxone", "dose=2", "unit=g", "frequency=08:00 20:00"]
    ordered = command.run("ward", "enter", "order", *order, *WHO).out.decode().split()[1]
    command.run("ward", "enter", "allergy", "substance=iodine", *WHO)
    command.run("ward", "enter", "held", "drug=Insulin aspart", "order=d3", "reason=glucose 52", *WHO)
    sheets = printed(command, tmp_path, "medication", "--patient", PATIENT)
    assert len({sheet.partition("Medication chart")[0] for sheet in sheets}) == 1
    for number, sheet in enumerate(sheets, 1):
        told = " ".join(sheet.split())
        assert f"page {number} of {len(sheets)}" in told
        assert re.search(r"Station c2-1, printed \d+ \w+ \d{4} \d\d:\d\d \(entries: 4\)", told)
        assert re.search(r"pack 4711, made \d+ \w+ \d{4} \d\d:\d\d \(3 days 4 hours ago\)", told)
        assert "iodine (station c2-1)" in told
        assert "Janssens" not in told
    whole = " ".join(" ".join(sheets).split())
    assert re.search(rf"Furosemide.* STOPPED stopped on the ward: .*, Dr Maes, row {stop} because potassium 2.9", whole)
    assert re.search(rf"ceftriaxone.* ordered on the ward: .*, Dr Maes, row {ordered}", whole)
    assert "held Insulin aspart because glucose 52" in whole
    assert ".0 mg" not in whole


def test_handover_and_census_know_it_too(tmp_path: Path) -> None:
    at_us = a_pack().built_us + 50 * HOUR
    acts: list[Content] = [
        PhoneResult("Potassium", "3.1", "the lab", True, "mmol/L", "2823-3"),
        Transfer("C2", "203", "B"),
        Note("Family", "The daughter comes."),
        Observation("Heart rate", "131", "/min", "8867-4"),
        Order(OrderKind.IMAGING, "Chest X-ray"),
    ]
    own = [entry(each, id=row, patient=PATIENT, effective_us=at_us, recorded_us=at_us)
           for each, row in zip(acts, ROWS, strict=False)]  # fmt: skip
    came = admission(replace(ADMISSION, ward="C2", bed="201-A"), id=ROWS[6], effective_us=at_us, recorded_us=at_us)
    with a_station(tmp_path, a_pack()) as station:
        station.write(*own, came)
        told = words(station, "handover", at_us + 30 * HOUR, tmp_path, PATIENT)
        lines = words(station, "census", at_us + 30 * HOUR, tmp_path)
        alone = words(station, "medication", at_us + 30 * HOUR, tmp_path, MRN)
    assert re.search(r"Potassium 3\.1 mmol/L, .{16,18} \(by phone, told by the lab; station icu-1\)", told)
    assert re.search(r"Heart rate 131 /min, .{16,18} \(station icu-1\)", told)
    assert "note: Family: The daughter comes." in told
    assert "Pending: Chest X-ray, asked" in told
    assert "Potassium 6.1" not in told
    assert re.search(rf"201-A Unknown Birch .*{MRN}.* about 40, .*201-B", lines)
    assert "203-B Peeters, Maria" in lines
    assert "Unknown Birch" in alone
    assert "Not in the pack: all is by station icu-1" in alone


def test_a_station_without_a_pack_prints_what_it_has_and_an_exercise_says_so(tmp_path: Path) -> None:
    order = Order(OrderKind.MEDICATION, "morphine", "2.5", "mg", "IV", "4x/day", is_high_alert=True)
    with begin(tmp_path / "one", "icu-1", 0, 1, purpose=Purpose.EXERCISE) as station:
        with pytest.raises(UsageError, match="Nobody is known here"):
            print_charts(station, "medication", (), "en", NOON_US)
        station.write(entry(order))
        for what in WHAT:
            for sheet in sheets_of(print_charts(station, what, (), "en", NOON_US + HOUR), tmp_path):
                told = " ".join(sheet.split())
                assert told.count("EXERCISE, NOT CARE") == (3 if what == "census" else 2)
                assert "no pack: what was charted alone" in told
                assert "Peeters" in told
                assert "pack 0" not in told
        assert "HIGH ALERT: second person checks" in words(station, "medication", NOON_US + HOUR, tmp_path)


def words(station: Station, what: str, now_us: int, folder: Path, *patients: str) -> str:
    """The text of a print."""
    return " ".join(" ".join(sheets_of(print_charts(station, what, patients, "en", now_us), folder)).split())


def a_station(folder: Path, pack: Pack, purpose: Purpose = Purpose.CARE) -> Station:
    """One with a pack."""
    (folder / "pack.json").write_bytes(to_bytes(replace(pack, numbers=())))
    return begin(folder / "one", "icu-1", 0, 1, folder / "pack.json", purpose)


def test_what_cannot_be_printed_is_said(command: Command, tmp_path: Path) -> None:
    ask = ["ward", "print", "a.pdf", "--station", "one", "--what"]
    assert "meals: is no print; there are census, medication, handover" in command.fails(*ask, "meals")
    assert "--language" in command.fails(*ask, "census", "--language", "xx")
    assert "9999: nobody of this number is known here" in command.fails(*ask, "handover", "--patient", "9999")
    assert not (tmp_path / "a.pdf").exists()
    command.run(*ask, "census")
    assert "a.pdf: is there already" in command.fails(*ask, "census")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_is_ours_stays_english(tmp_path: Path, language: str) -> None:
    own = [
        admission(id=ROWS[0]),
        entry(Order(OrderKind.MEDICATION, "x", "1", "mg", frequency="?"), id=ROWS[1], patient=PATIENT),
        entry(Stop("Furosemide", "d1"), id=ROWS[2], patient=PATIENT),
        entry(Administration(DoseStatus.HELD, "Digoxin", order="d2", reason="x"), id=ROWS[3], patient=PATIENT),
    ]
    now_us = own[0].recorded_us + HOUR
    with a_station(tmp_path, a_pack(now_us - 30 * HOUR), Purpose.EXERCISE) as station:
        station.write(*own)
        told = joined(
            "".join("".join(sheets_of(print_charts(station, what, (), language, now_us), tmp_path)) for what in WHAT)
        )
    english = ("Laid over it", "Not in the pack", "Charted at", "printed", "entries", "stopped on the ward", "held",
               "hours not known", "came in", "EXERCISE, NOT CARE", "pack 4711", "ordered on the ward")  # fmt: skip
    assert [each for each in english if (joined(each) in told) != (language == "en")] == []


def test_the_page_opens_them_in_the_browser_for_one_patient_and_for_the_ward(tmp_path: Path) -> None:
    with served(made_station(tmp_path / "c2")) as address:
        browser = Browser(int(address.rpartition(":")[2]))
        assert browser.ask("GET", "/print/census").status == 401
        browser.sign_on("Dr Maes")
        assert all(f'href="/print/{what}"' in browser.ask("GET", "/").text for what in WHAT)
        page = browser.ask("GET", f"/patient/{PATIENT}").text
        links = re.findall(r'href="(/print/[^"]+)" target="_blank"', page)
        assert links == [f"/print/{what}?patient={PATIENT}" for what in ("medication", "handover")]
        for path in (*links, "/print/census"):
            status, head, file = fetched(browser, path)
            assert (status, head["content-type"], head["cache-control"]) == (200, "application/pdf", "no-store")
            assert head["content-disposition"].startswith("inline;")
            assert "Peeters" in sheets_of(file, tmp_path)[0]
        assert "is no print" in browser.ask("GET", "/print/meals").text
        assert fetched(browser, "/print/census", Host="elsewhere.example")[0] == 403


def fetched(browser: Browser, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """What is no text."""
    connection = HTTPConnection("127.0.0.1", browser.port, timeout=60)
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    connection.request("GET", path, headers={"Cookie": cookies} | headers)
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


def test_a_ward_of_thirty_is_printed_within_three_seconds(tmp_path: Path) -> None:
    pack = a_pack()
    first = pack.beds[0].chart
    assert first is not None
    beds = tuple(
        Bed(Place(pack.ward, str(300 + n), "A", BedId(f"C2-{300 + n}-A")), replace(first, id=PatientId(str(9000 + n))))
        for n in range(30)
    )
    now_us = pack.built_us + 72 * HOUR
    dose = Administration(DoseStatus.GIVEN, "Paracetamol", "1000", "mg", "PO", "d6")
    with a_station(tmp_path, replace(pack, beds=beds)) as station:
        station.write(
            *(
                entry(dose, id=EntryId(row), patient=PatientId(str(9000 + n % 30)), recorded_us=now_us - n * HOUR // 60,
                      effective_us=now_us - n * HOUR // 60)
                for n, row in enumerate(rows(3000))
            )
        )  # fmt: skip
        for what in WHAT:
            assert seconds(station, what, now_us) < 3


def seconds(station: Station, what: str, now_us: int) -> float:
    """Of this process alone: what else runs here does not count."""
    begun = time.process_time()
    print_charts(station, what, (), "en", now_us)
    return time.process_time() - begun
