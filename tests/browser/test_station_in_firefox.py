"""The ward station's page in Firefox ESR: from the first sign-in to a charted dose and its undoing."""

from __future__ import annotations

from pathlib import Path

from codedark.store.station.station import Station
from tests.browser.marionette import Firefox
from tests.browser.served_station import NURSE, PIN, made_station, served

ENTER = "\ue007"
LOADED = "return document.readyState === 'complete' && "


def test_a_dose_is_charted_and_undone(firefox: Firefox, tmp_path: Path) -> None:
    station = made_station(tmp_path / "ward")
    with served(station) as address:
        firefox.open(f"{address}/")
        for field, text in (("#new-who", NURSE), ("#new-pin", PIN), ("#again", PIN + ENTER)):
            firefox.type(field, text)
        firefox.wait(f"{LOADED}document.querySelector('#number') !== null;")
        firefox.type("#number", f"5012345{ENTER}")
        firefox.wait(f"{LOADED}document.title.includes('Peeters Maria');")
        firefox.open(f"{address}/enter/given?patient=5012345&order=d9")
        for field, text in (("#wristband", f"5012345{ENTER}"), ("#born", "02/03/1941"), ("#f-dose", "5")):
            firefox.type(field, text)
        firefox.type("#f-unit", "millilitre")
        firefox.run("document.querySelector('button[accesskey=s]').click();")
        said = firefox.wait(f"{LOADED}document.querySelector('.done') && document.querySelector('.done').innerText;")
        assert "WRITTEN" in said
        firefox.run("document.querySelector('.done a').click();")
        firefox.wait(f"{LOADED}document.querySelector('#why') !== null;")
        firefox.type("#why", "Not done")
        firefox.run("document.querySelector('button[accesskey=s]').click();")
        assert "UNDONE" in firefox.wait(f"{LOADED}document.querySelector('.done') && document.body.innerText;")
        assert firefox.run(
            "return performance.getEntriesByType('resource').every(each => each.name.startsWith(arguments[0]));",
            address,
        )
    with Station(station) as opened:
        assert [link.entry.kind for link in opened.chain()] == ["administration", "void"]
