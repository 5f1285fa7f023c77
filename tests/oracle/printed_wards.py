"""What stands on a ward's printed sheets (pdftotext), beside what its opened page says: in both directions.

The page itself was compared with the source before (`pack_differences`). Here its patients are looked for on paper,
and on each patient's sheets are looked for the drugs and allergies of others, which may not be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.oracle.opened_page import Page
from tests.printed import joined, sheets_of

Sheets = dict[str, list[str]]


def printed_differences(page: Page, documents: Mapping[str, bytes], folder: Path) -> list[str]:
    """A sentence for each."""
    charts = {bed["chart"]["id"]: bed for bed in page.get("beds", []) if bed.get("chart")}
    census = plain("".join(sheets_of(documents["census.pdf"], folder)))
    found = [*_census(page, charts, census)]
    for name in ("medication", "handover"):
        by_patient = _by_patient(sheets_of(documents[f"{name}.pdf"], folder))
        found += [f"{name}: {id_} has sheets and no bed" for id_ in by_patient.keys() - charts.keys()]
        for id_, bed in charts.items():
            text = plain("".join(by_patient.get(id_, [])))
            wanted = _chart_of(bed["chart"]) if name == "medication" else _handover_of(bed["chart"], page["built"])
            found += [f"{name}: {id_} lacks {each}" for each in wanted if plain(each) not in text]
            found += [f"{name}: {id_} has {each} of others" for each in _of_others(charts, id_, text, name)]
    lists = plain("".join(sheets_of(documents["lists.pdf"], folder)))
    told = [
        *(person["name"] for person in page.get("phones", [])),
        *(each["name"] for each in page.get("movements", [])),
    ]
    told += [
        each.get("accession") or each["name"] for bed in charts.values() for each in bed["chart"].get("pending", [])
    ]
    return found + [f"lists lack {each}" for each in told if plain(each) not in lists]


def plain(text: str) -> str:
    """Without white space, and in small letters: tall-man letters and wrapped lines are the same words."""
    return joined(text).casefold()


def _by_patient(sheets: list[str]) -> Sheets:
    """Each sheet belongs to whose number stands in its head."""
    found: Sheets = {}
    for sheet in sheets:
        head = re.search(r"Number\s+(\S+)\s+·", sheet)
        assert head, f"a sheet of nobody: {sheet[:200]}"
        found.setdefault(head[1], []).append(sheet)
    return found


def _census(page: Page, charts: Mapping[str, Page], census: str) -> Iterator[str]:
    for id_, bed in charts.items():
        who = bed["chart"].get("identity", {})
        allergies = [each["substance"] for each in bed["chart"].get("allergies", [])]
        for each in (f"Number {id_}", who.get("family", ""), who.get("born", ""), *allergies):
            if plain(each) not in census:
                yield f"census: {id_} lacks {each}"
    empty = sum(not bed.get("chart") for bed in page.get("beds", []))
    if census.count("empty") < empty:
        yield f"census: {empty} beds are empty, and {census.count('empty')} are called so"


def _chart_of(chart: Page) -> Iterator[str]:
    yield from (each["substance"] for each in chart.get("allergies", []))
    for drug in _active(chart):
        yield drug["name"]
        yield drug.get("dose", "")
        yield drug.get("indication", "")


def _handover_of(chart: Page, built: int) -> Iterator[str]:
    yield from (each["substance"] for each in chart.get("allergies", []))
    for group in ("problems", "alerts", "devices"):
        yield from (each["text"] for each in chart.get(group, []))
    yield from (each["name"] for each in chart.get("pending", []))
    for group in ("blood_group", "vitals"):
        yield from (each["name"] for each in chart.get(group, []))
    yield from (each["text"] for group in ("imaging", "microbiology") for each in chart.get(group, [])[:2])
    off = {"cancelled", "deleted", "no-show", "noshow"}
    coming = [
        each for each in chart.get("appointments", []) if each["begin"] >= built and each.get("status") not in off
    ]
    yield from (each["what"] for each in coming)


def _of_others(charts: Mapping[str, Page], id_: str, text: str, name: str) -> Iterator[str]:
    """Names that only others' charts have and that stand on this sheet, as no part of a word that belongs there."""
    own = plain(" ".join(str(each) for each in _words(charts[id_]["chart"])))
    for other in charts.values():
        told = [each["substance"] for each in other["chart"].get("allergies", [])]
        told += [drug["name"] for drug in _active(other["chart"])] if name == "medication" else []
        yield from (each for each in told if plain(each) in text and plain(each) not in own)


def _words(held: object) -> Iterator[object]:
    """All texts of a chart."""
    if isinstance(held, dict):
        for each in held.values():
            yield from _words(each)
    elif isinstance(held, list):
        for each in held:
            yield from _words(each)
    else:
        yield held


def _active(chart: Page) -> list[Page]:
    return [drug for drug in chart.get("drugs", []) if drug.get("status", "active") == "active"]
