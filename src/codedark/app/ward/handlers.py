"""What the station's page answers to each address: whom it is about, doses, forms, who signs in, date and time."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from codedark.app.ward import clock, measuring, views
from codedark.app.ward.desk import Guest, Sent, Shown
from codedark.app.ward.entering import blank, sent, title_of
from codedark.app.ward.paper_charts import print_charts
from codedark.app.ward.people import enrol
from codedark.app.ward.times import zone_told
from codedark.app.ward.tongue import LANGUAGES
from codedark.app.ward.vouching import is_known, vouch, vouchers
from codedark.continuity.charts.chart import PatientId
from codedark.errors import UsageError

COOKIE: Final = "codedark"
_SHOWN: Final = 50
_PDF: Final = {
    "Content-Type": "application/pdf",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def home(guest: Guest, request: Request, form: Sent) -> Shown:
    """Whom it is about."""
    del form
    values = views.ward(guest.station, guest.t, guest.now_us)
    wanted = request.query_params.get("find", "").strip().casefold()
    found = [each for each in values["people"] if wanted in f"{each['bed']} {each['name']} {each['born']}".casefold()]
    return Shown("home.html", guest.t("For whom?"), values | {"people": found, "find": wanted})


def due(guest: Guest, request: Request, form: Sent) -> Shown:
    """Every dose of the ward that is to be given."""
    del request, form
    return Shown("due.html", guest.t("Due now"), views.ward(guest.station, guest.t, guest.now_us))


def listed(guest: Guest, request: Request, form: Sent) -> Shown:
    """What was charted last."""
    del request, form
    acts = guest.station.acts()
    shown = views.lines(acts, guest.t, guest.now_us)[:_SHOWN]
    title = guest.t("Charted last ({count} in all)", count=len(acts))
    return Shown("list.html", title, {"lines": shown, "with_patient": True})


def chosen(guest: Guest, request: Request, form: Sent) -> Response:
    """A wristband that was scanned, or what was typed in its place: a number that is known, or a word to find."""
    del form
    said = request.query_params.get("number", "").strip()
    known = {each["id"] for each in views.ward(guest.station, guest.t, guest.now_us)["people"]}
    is_word = said not in known and not any(map(str.isdigit, said))
    where = f"/?find={quote(said, safe='')}" if is_word else f"/patient/{quote(said, safe='')}"
    return RedirectResponse(where if said else "/", 303)


def patient(guest: Guest, request: Request, form: Sent) -> Shown:
    """What is to be charted for one patient, and what was."""
    del form
    number = PatientId(request.path_params["number"])
    return Shown("patient.html", title_of(guest, number), views.patient(guest.station, number, guest.t, guest.now_us))


def empty_form(guest: Guest, request: Request, form: Sent) -> Shown:
    """An empty form."""
    del form
    return blank(guest, request.path_params["kind"], request.query_params)


def enter(guest: Guest, request: Request, form: Sent) -> Shown:
    """Chart what a form says."""
    return sent(guest, request.path_params["kind"], form)


def empty_vitals(guest: Guest, request: Request, form: Sent) -> Shown:
    """The empty form for vital signs."""
    del form
    return measuring.blank(guest, request.query_params)


def enter_vitals(guest: Guest, request: Request, form: Sent) -> Shown:
    """Chart vital signs, all or none."""
    del request
    return measuring.sent(guest, form)


def printed(guest: Guest, request: Request, form: Sent) -> Response:
    """A print that knows what was charted, for the browser to show and print."""
    del form
    what, whom = request.path_params["what"], request.query_params.getlist("patient")
    file = print_charts(guest.station, what, whom, guest.t.language, guest.now_us)
    return Response(file, headers=_PDF | {"Content-Disposition": f'inline; filename="{what}.pdf"'})


def date_and_time(guest: Guest, request: Request, form: Sent) -> Shown:
    """Ask for date and time."""
    del request, form
    return Shown("clock.html", guest.t("Date and time"), {"zone": guest.t(zone_told())})


def put_right(guest: Guest, request: Request, form: Sent) -> Shown | Response:
    """The time, as somebody reads it from a watch; what is no time is asked for again."""
    try:
        clock.put_right(guest.station, form["said"])
    except UsageError as wrong:
        return date_and_time(guest, request, form)._replace(reasons=(wrong.args[0],), status=422)
    return RedirectResponse("/", 303)


def language(guest: Guest, request: Request, form: Sent) -> Response:
    """Go on in another language."""
    del guest, form
    chosen = request.query_params.get("to", "")
    back = urlsplit(request.headers.get("referer", "")).path or "/"
    answer = RedirectResponse(back if not back.startswith("//") else "/", 303)
    answer.set_cookie("language", chosen if chosen in LANGUAGES else "en", max_age=10**8, samesite="strict")
    return answer


def sign_in(guest: Guest, request: Request, form: Sent) -> Response:
    """Name and PIN."""
    key, _ = guest.sessions.enter(guest.station, guest.key, form["who"], form["pin"], guest.now_seconds)
    answer: Response = RedirectResponse(form["back"] if form["back"].startswith("/patient") else "/", 303)
    if request.headers.get("accept") == "text/plain":
        answer = Response(status_code=204)
    answer.set_cookie(COOKIE, key, httponly=True, samesite="strict")
    return answer


def sign_on(guest: Guest, request: Request, form: Sent) -> Response:
    """Somebody new, who makes a PIN."""
    enrol(guest.station, form["who"], form["pin"], form["again"])
    return sign_in(guest, request, form)


def who_works(guest: Guest, request: Request, form: Sent) -> Shown:
    """Who has a PIN here, and who vouches for them."""
    del request, form
    t, kept = guest.t, vouchers(guest.station)
    rows = [
        {"name": name, "is_known": is_known(guest.station, name),
         "by": ", ".join(each or t("whoever set the station up") for each in by)}
        for name, by in kept.items()
    ]  # fmt: skip
    own = guest.person.name if guest.person else ""
    others = [each["name"] for each in rows if each["name"] != own and own not in kept[str(each["name"])]]
    return Shown(
        "people.html", t("Who works here"), {"rows": rows, "others": others, "is_known": is_known(guest.station, own)}
    )


def vouch_for(guest: Guest, request: Request, form: Sent) -> Shown | Response:
    """Whoever is signed in vouches for another, with the PIN."""
    own = guest.person.name if guest.person else ""
    try:
        guest.sessions.check(guest.station, own, form["own-pin"], guest.now_seconds)
        vouch(guest.station, form["whom"], own)
    except UsageError as wrong:
        return who_works(guest, request, form)._replace(reasons=(wrong.args[0],), status=422)
    return RedirectResponse("/people", 303)


def lock(guest: Guest, request: Request, form: Sent) -> Response:
    """Nobody watches the screen."""
    del request, form
    guest.sessions.lock(guest.key)
    return RedirectResponse("/", 303)
