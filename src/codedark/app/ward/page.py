"""The page of a ward station: patients, what to chart, a form for each kind, what was charted. No script is needed.

It answers on this machine alone. A page of another site that makes a browser here send forms is refused by ``Origin``,
a name that was pointed at this machine by ``Host`` (DNS rebinding). Who sits at the station can chart, as on paper.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from codedark.app.templates import environment
from codedark.app.ward.charting import (
    KINDS,
    Asked,
    NotCharted,
    Unlikely,
    chart,
    charts_of,
    fields_of,
    known_at,
    next_number,
)
from codedark.app.ward.knowing import Warnings, warnings_of
from codedark.app.ward.lines import act_of, doubled_mark, line_of
from codedark.app.ward.times import EXAMPLES, moment_said, shown
from codedark.continuity.chart import PatientId
from codedark.continuity.entry import Checked, Entry, Identifier, OrderKind
from codedark.continuity.entry_checks import known_of, known_of_admission
from codedark.continuity.numbers import Kind
from codedark.errors import CodeDarkError, UsageError
from codedark.store.station import Station

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_MOST_BYTES: Final = 1 << 20
_SHOWN: Final = 50
_LABELS: Final = {
    "given": "Dose given", "held": "Dose held", "refused": "Dose refused", "observation": "Observation",
    "order": "Order", "specimen": "Specimen sent", "phone-result": "Result by phone", "allergy": "Allergy",
    "note": "Note", "transfer": "Moved to another place", "admission": "Somebody comes in",
    "void": "Make an entry void",
}  # fmt: skip
_FIELDS: Final = {
    "drug": "Drug", "dose": "Dose, as 5 or 0.5", "unit": "Unit, written out", "route": "Route",
    "order": "Number of the order", "code": "Code, if printed on the row", "is_high_alert": "High-alert drug?",
    "reason": "Why", "name": "Name", "value": "Value", "asked": "What is ordered", "details": "Details",
    "frequency": "How often, written out", "tests": "Tests", "specimen": "Specimen", "room": "Room", "bed": "Bed",
    "accession": "Accession number, if on the label", "told_by": "Who told it", "is_read_back": "Was it read back?",
    "substance": "Substance", "reaction": "Reaction", "title": "Title", "text": "Text", "ward": "Ward",
    "number": "Reserved patient number, if on the form", "encounter": "Reserved encounter number, if on the form",
    "sex": "Sex: F, M, O or U", "born": "Date of birth, as far as known", "description": "What was found out",
}  # fmt: skip
_YES_NO: Final = (("false", "no"), ("true", "yes"))
_CHOICES: Final = {
    "asked": tuple((each.value, each.value) for each in OrderKind), "is_high_alert": _YES_NO, "is_read_back": _YES_NO,
}  # fmt: skip
_SAID: Final = ("patient", "name", "born", "wristband", "by", "witness", "at", "row", "replaces", "why", "sure")
_IDENTIFIERS: Final = {"name": Identifier.NAME, "born": Identifier.BORN, "wristband": Identifier.NUMBER}


def application(folder: Path, name: str, port: int) -> Starlette:
    """The page of the station ``name`` in ``folder``, for 127.0.0.1 and ``port``."""
    page = _Page(folder, name, {f"127.0.0.1:{port}", f"localhost:{port}"})
    return Starlette(
        routes=[
            Route("/", page.home),
            Route("/patient", page.chosen),
            Route("/patient/{number}", page.patient),
            Route("/enter/{kind}", page.form),
            Route("/enter/{kind}", page.enter, methods=["POST"]),
        ],
        exception_handlers={CodeDarkError: page.failed},
    )


class _Page:
    """The station's journal is opened for each request, so that it can be joined and checked meanwhile."""

    def __init__(self, folder: Path, name: str, hosts: set[str]) -> None:
        self._folder, self._name, self._hosts = folder, name, hosts
        self._templates = environment("ward", {})

    def home(self, request: Request) -> Response:
        """Whom it is about."""
        if wrong := self._foreign(request):
            return wrong
        with Station(self._folder) as station:
            entries = station.acts()
            people = [known_of(each) for each in charts_of(station).values()]
            people += filter(None, map(known_of_admission, entries))
            conflicts = [f"Row {acts[0].id} stands for {len(acts)} acts: see the list" for acts in station.conflicts()]
            told = [*station.catch_up()[1], *conflicts]
        lines = _lines(entries)[:_SHOWN]
        return self._answer("home.html", "Chart", told=told, people=people, lines=lines, count=len(entries))

    def chosen(self, request: Request) -> Response:
        """A number that was typed."""
        number = request.query_params.get("number", "").strip()
        return RedirectResponse(f"/patient/{quote(number, safe='')}" if number else "/", 303)

    def patient(self, request: Request) -> Response:
        """What is to be charted for one patient, and what was."""
        if wrong := self._foreign(request):
            return wrong
        number = PatientId(request.path_params["number"])
        with Station(self._folder) as station:
            entries = station.acts()
            charts = charts_of(station)
            known = known_at(entries, charts, number)
            warnings = warnings_of(number, charts.get(number), entries)
        title = f"{known.name}, {number}" if known else f"{number}: nobody here knows this number"
        lines = _lines([each for each in entries if each.patient == number])
        kinds = [{"kind": kind, "label": _LABELS[kind]} for kind in KINDS if kind != "admission"]
        return self._answer("patient.html", title, patient=number, kinds=kinds, lines=lines, warnings=warnings)

    def form(self, request: Request) -> Response:
        """A form. Its row is taken now, so that a form that is sent twice is one act."""
        if wrong := self._foreign(request):
            return wrong
        kind = self._kind(request)
        said = dict.fromkeys(_SAID, "") | {"patient": request.query_params.get("patient", "")}
        return self._form(kind, said, {}, self._next())

    async def enter(self, request: Request) -> Response:
        """Chart what a form says."""
        if wrong := self._foreign(request):
            return wrong
        kind, said, body = self._kind(request), dict.fromkeys(_SAID, ""), b""
        async for part in request.stream():
            body += part
            if len(body) > _MOST_BYTES:
                return HTMLResponse("too long", 413, _HEADERS)
        sent = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        said |= {name: sent.get(name, "").strip() for name in _SAID}
        fields = {name: sent[f"f-{name}"].strip() for name in fields_of(kind) if sent.get(f"f-{name}", "").strip()}
        row = (said["row"] or sent.get("next", "")).upper()
        try:
            return self._write(kind, said, fields, row)
        except NotCharted as refused:
            is_unlikely = isinstance(refused, Unlikely)
            return self._form(kind, said, fields, row, reasons=refused.reasons, status=422, is_unlikely=is_unlikely)
        except UsageError as refused:
            return self._form(kind, said, fields, self._next(), reasons=(str(refused),), status=422)

    async def failed(self, request: Request, error: Exception) -> Response:
        """The disk refuses, or the journal is damaged."""
        del request
        return self._answer("page.html", "This cannot be done here", reasons=(str(error),), status=500)

    def _write(self, kind: str, said: Mapping[str, str], fields: Mapping[str, str], row: str) -> Response:
        now_us = time.time_ns() // 1_000
        checked = tuple(Checked(by, said[name]) for name, by in _IDENTIFIERS.items() if said[name])
        at_us = moment_said(said["at"], now_us) if said["at"] else None
        asked = Asked(
            kind, fields, said["patient"], checked, said["by"], said["witness"], at_us, row, said["replaces"].upper(),
            said["why"], said["sure"] == "yes",
        )  # fmt: skip
        with Station(self._folder) as station:
            charted = chart(station, asked, now_us)
            number, there = charted.entry.patient, station.acts()
            own = [each for each in there if each.patient == number]
            warnings = warnings_of(number, charts_of(station).get(number), there)
        kinds = [{"kind": each, "label": _LABELS[each]} for each in KINDS if each != "admission"]
        return self._answer(
            "patient.html", f"Patient {charted.entry.patient}", done=line_of(charted.entry),
            told=[*charted.remarks, *charted.written.told], patient=charted.entry.patient, kinds=kinds,
            lines=_lines(own), warnings=warnings,
        )  # fmt: skip

    def _form(
        self, kind: str, said: Mapping[str, str], fields: Mapping[str, str], row: str,
        reasons: tuple[str, ...] = (), status: int = 200, is_unlikely: bool = False,
    ) -> Response:  # fmt: skip
        shown = [
            {"name": name, "label": _FIELDS[name], "choices": _CHOICES.get(name, ()), "value": fields.get(name, "")}
            for name in fields_of(kind)
        ]
        title = f"{_LABELS[kind]} (row {row})"
        warnings = self._warnings(PatientId(said["patient"])) if kind != "admission" and said["patient"] else None
        return self._answer(
            "enter.html",
            title,
            reasons=reasons,
            status=status,
            kind=kind,
            said=said,
            fields=shown,
            next=row,
            warnings=warnings,
            is_unlikely=is_unlikely,
        )

    def _warnings(self, number: PatientId) -> Warnings:
        with Station(self._folder) as station:
            return warnings_of(number, charts_of(station).get(number), station.acts())

    def _next(self) -> str:
        with Station(self._folder) as station:
            return next_number(station, Kind.ENTRY, [link.entry.id for link in station.links()])

    def _kind(self, request: Request) -> str:
        kind: str = request.path_params["kind"]
        if kind not in KINDS:
            raise UsageError(f"{kind}: can not be charted")
        return kind

    def _foreign(self, request: Request) -> Response | None:
        """What is answered to a request that does not come from this page."""
        origin = request.headers.get("origin")
        is_ours = request.headers.get("host", "") in self._hosts
        if is_ours and (origin in {None, *(f"http://{host}" for host in self._hosts)}):
            return None
        return HTMLResponse("This page is for this machine alone.", 403, _HEADERS)

    def _answer(
        self, template: str, title: str, *, status: int = 200, reasons: tuple[str, ...] = (), done: str = "",
        told: list[str] | None = None, **values: Any,
    ) -> Response:  # fmt: skip
        page = self._templates.get_template(template).render(
            title=title, station=self._name, examples=EXAMPLES, reasons=reasons, done=done, told=told or [], **values
        )
        return HTMLResponse(page, status, _HEADERS)


def _lines(entries: list[Entry]) -> list[dict[str, str]]:
    """The latest first."""
    replaced = {each.replaces: each.id for each in entries if each.replaces}
    return [
        {
            "id": each.id,
            "at": shown(each.effective_us),
            "patient": each.patient,
            "act": act_of(each),
            "mark": doubled_mark(each),
            "by": f"{each.author}, {each.witness}" if each.witness else each.author,
            "replaced": replaced.get(each.id, ""),
        }
        for each in reversed(entries)
    ]
