"""What a nurse sees in Chromium of a ward's page, beside the rows that must be there: in both directions.

`rows` of a patient come from the source (`source_patient`), or of the opened page where it was compared with the
source. Each group must show each of its texts, and as many entries as there are rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page as Browser

from tests.oracle.opened_page import Page
from tests.oracle.printed_wards import plain

ENTRIES = {
    "allergies": ("allergies", "li", "substance"), "alerts": ("alerts", "li", "text"),
    "problems": ("problems", "li", "text"), "devices": ("devices", "li", "text"),
    "administrations": ("given", "tbody tr", "name"), "pending": ("pending", "tbody tr", "name"),
    "microbiology": ("microbiology", "article", "text"), "imaging": ("imaging", "article", "text"),
    "notes": ("notes", "article", "text"), "appointments": ("appointments", "tbody tr", "what"),
    "contacts": ("contacts", "tbody tr", "name"),
}  # fmt: skip
"""Section of the page: list of the chart, what an entry is made of, and a text of each."""
VALUES = {
    "laboratory": "results", "vitals": "vitals", "measures": "measures", "blood-group": "blood_group",
    "fluids": "fluids",
}  # fmt: skip


def seen_differences(shown: Browser, page: Page) -> list[str]:
    """A sentence for each. ``shown`` is the page, opened with its passphrase, at the ward."""
    beds = page.get("beds", [])
    cards = shown.locator(".card").count()
    found = [] if cards == len(beds) else [f"{len(beds)} beds, and {cards} are shown"]
    for place, bed in enumerate(beds):
        if bed.get("chart"):
            shown.evaluate("place => { location.hash = `patient/${place}`; }", place)
            shown.wait_for_function(
                "number => document.querySelector('.top')?.textContent.includes(number)", arg=bed["chart"]["id"]
            )
            found += [f"{bed['chart']['id']}: {each}" for each in _patient(shown, bed["chart"])]
    return found


def _patient(shown: Browser, chart: Page) -> Iterator[str]:
    top, who = plain(shown.inner_text(".top")), chart.get("identity", {})
    for each in (who.get("family", ""), who.get("born", ""), chart["id"]):
        if plain(each) not in top:
            yield f"{each} is not on top"
    for section, (name, entry, text) in ENTRIES.items():
        told = chart.get(name, [])
        entries = [plain(each) for each in _entries(shown, section, entry)]
        if len(entries) != len(told):
            yield f"{section}: {len(told)} entries, and {len(entries)} are shown"
        for each in told:
            if not any(plain(each.get(text, "")) in one for one in entries):
                yield f"{section}: {each.get(text)} is not shown"
    active = [drug for drug in chart.get("drugs", []) if drug.get("status", "active") == "active"]
    tables = shown.locator("section[aria-labelledby=group-medication] table")
    rows = [plain(each) for each in tables.first.locator("tbody tr").all_inner_texts()] if active else []
    if len(rows) != len(active):
        yield f"{len(active)} active drugs, and {len(rows)} are shown"
    for drug in active:
        if not any(plain(drug["name"]) in row and plain(drug.get("dose", "")) in row for row in rows):
            yield f"{drug['name']} {drug.get('dose', '')} is not shown"
    for section, name in VALUES.items():
        told = chart.get(name, [])
        tests = {(each.get("code", ""), each["name"]) for each in told}
        shown_rows = _entries(shown, section, "tbody tr")
        if len(shown_rows) != len(tests):
            yield f"{section}: {len(tests)} tests, and {len(shown_rows)} are shown"
        text = plain(" ".join(shown_rows))
        yield from (f"{section}: {each['name']} {each['value']}" for each in told if plain(each["value"]) not in text)


def _entries(shown: Browser, section: str, entry: str) -> list[str]:
    return shown.locator(f"section[aria-labelledby=group-{section}] {entry}").all_inner_texts()
