"""The page of a ward station: who am I, for whom, what, a form, what was written. It works without any script.

It answers on this machine alone. A page of another site that makes a browser here send forms is refused by ``Origin``
and by the token of the session, a name that was pointed at this machine by ``Host`` (DNS rebinding).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from typing import Final
from urllib.parse import parse_qsl

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from codedark.app.templates import environment
from codedark.app.ward import clock, handlers
from codedark.app.ward.desk import Guest, Sent, Shown
from codedark.app.ward.health import notices
from codedark.app.ward.meeting import Meeting
from codedark.app.ward.patients import pack_of
from codedark.app.ward.people import IDLE_SECONDS, Sessions, people
from codedark.app.ward.times import clock_shown, weekday
from codedark.app.ward.tongue import LANGUAGES, Tongue, tongue_for
from codedark.app.ward.vital_signs import KIND
from codedark.continuity.entries.entry import Purpose
from codedark.continuity.sentence import Sentence
from codedark.errors import CodeDarkError, UsageError
from codedark.store.station.station import Station

_log: Final = structlog.get_logger(__name__)
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_MOST_BYTES: Final = 1 << 20
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FILES: Final = {"station.css": "text/css", "station.js": "text/javascript"}
_SECRET: Final = {"pin", "wpin", "wnewpin", "wagain", "again", "who", "token"}
_Handler = Callable[[Guest, Request, Sent], Shown | Response]
_GETS: Final[dict[str, _Handler]] = {
    "/": handlers.home, "/due": handlers.due, "/list": handlers.listed, "/clock": handlers.date_and_time,
    "/people": handlers.who_works, "/print/{what}": handlers.printed,
    "/patient": handlers.chosen, "/patient/{number:path}": handlers.patient, f"/enter/{KIND}": handlers.empty_vitals,
    "/enter/{kind}": handlers.empty_form, "/language": handlers.language,
}  # fmt: skip
_POSTS: Final[dict[str, _Handler]] = {
    "/sign-in": handlers.sign_in, "/sign-on": handlers.sign_on, "/lock": handlers.lock, "/clock": handlers.put_right,
    "/people": handlers.vouch_for,
    f"/enter/{KIND}": handlers.enter_vitals, "/enter/{kind}": handlers.enter,
}  # fmt: skip
_OPEN: Final = (handlers.language, handlers.sign_in, handlers.sign_on, handlers.lock)
"""For these nobody has to be signed in."""


def application(station: Station, port: int, meeting: Meeting | None = None) -> Starlette:
    """The page of a station, which rests between requests, for 127.0.0.1 and ``port``. It meets others after each
    entry, before that is shown as written.
    """
    page = _Page(station, meeting or Meeting(station), {f"127.0.0.1:{port}", f"localhost:{port}"})
    routes = [Route(path, partial(page.answer, how), methods=["GET"]) for path, how in _GETS.items()]
    routes += [Route(path, partial(page.answer, how), methods=["POST"]) for path, how in _POSTS.items()]
    return Starlette(routes=routes + [Route(f"/{name}", page.file) for name in _FILES])


class _Page:
    """Each request has the station for itself, so that it can be joined, and charted by the command line, meanwhile."""

    def __init__(self, station: Station, meeting: Meeting, hosts: set[str]) -> None:
        self._station, self._meeting, self._hosts = station, meeting, hosts
        self._sessions = Sessions()
        self._templates = environment("ward", {})

    def file(self, request: Request) -> Response:
        """Our style and script."""
        if wrong := self._foreign(request):
            return wrong
        name = request.url.path[1:]
        return Response((files("codedark") / "content/ward" / name).read_bytes(), 200, _HEADERS, _FILES[name])

    async def answer(self, how: _Handler, request: Request) -> Response:
        """Refuse strangers, read the form, and answer in a thread, for the disk may take its time."""
        if wrong := self._foreign(request):
            return wrong
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _MOST_BYTES:
                return HTMLResponse("too long", 413, _HEADERS)
        form = Sent(dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))
        return await run_in_threadpool(self._answered, how, request, form)

    def _answered(self, how: _Handler, request: Request, form: Sent) -> Response:
        """What was typed wrong, a disk that refuses and a journal that is damaged are told on a page too."""
        t = tongue_for(request.cookies.get("language", ""), request.headers.get("accept-language", ""))
        key, now_seconds = request.cookies.get(handlers.COOKIE, ""), time.monotonic()
        try:
            with self._station.awake() as station:
                clock.live_here(station)  # for this request: each has a context of its own
                guest = Guest(station, t, clock.now_us(station), now_seconds, key, self._sessions)
                try:
                    answer, entered = self._let_in(guest, how, request, form)
                except UsageError as error:
                    is_pin = guest.person is None
                    reasons = (error.args[0],)
                    title = t("This cannot be done here")
                    shown = self._asks(guest, request, form) if is_pin else Shown("page.html", title)
                    return self._page(guest, shown._replace(reasons=reasons, status=403 if is_pin else 422))
            return self._told(guest.as_session(entered or key), answer, entered)
        except CodeDarkError as error:
            shown = Shown("page.html", t("This cannot be done here"), {}, (error.args[0],), 500)
            return self._rendered(shown, t, {})

    def _told(self, guest: Guest, answer: Shown | Response, entered: str) -> Response:
        """The answer as a response. What was written is brought to whom it meets first, and then shown as written:
        also where that fails, for whoever is told that it was not done does it again.
        """
        if isinstance(answer, Shown):
            shown, is_written = answer, "done" in answer.values
            try:
                if is_written:
                    self._meeting.meet()
                with self._station.awake():
                    answer = self._page(guest, shown)
            except CodeDarkError as error:
                if not is_written:
                    raise
                _log.warning("ward.page.meeting_failed", reason=str(error))
                answer = self._rendered(shown, guest.t, {})
        if entered:
            answer.set_cookie(handlers.COOKIE, entered, httponly=True, samesite="strict")
        return answer

    def _let_in(self, guest: Guest, how: _Handler, request: Request, form: Sent) -> tuple[Shown | Response, str]:
        """The answer, and the key of a session that began with it.

        1. Whoever is not signed in is asked for a PIN. A form that was sent is kept, and goes on with it.
        2. A form without the token of its session is refused: another site may have made it.
        """
        entered = ""
        if how not in _OPEN and guest.person is None:  # (1)
            if not form["pin"]:
                return self._asks(guest, request, form), ""
            entered, _ = self._sessions.enter(guest.station, guest.key, form["who"], form["pin"], guest.now_seconds)
            guest = guest.as_session(entered)
        elif how not in _OPEN and request.method == "POST" and guest.person and form["token"] != guest.person.token:
            told = Sentence("This form is from before you signed in: open it again.")  # (2)
            return Shown("page.html", guest.t("This cannot be done here"), {}, (told,), 403), ""
        return how(guest, request, form), entered

    def _asks(self, guest: Guest, request: Request, form: Sent) -> Shown:
        """The page that asks for a name and a PIN; a form that was sent goes with it."""
        is_kept = request.method == "POST" and request.url.path.startswith("/enter/")
        kept = {name: value for name, value in form.form.items() if name not in _SECRET} if is_kept else {}
        who = guest.session.name if guest.session else form["who"]
        values = {
            "kept": kept,
            "action": request.url.path if is_kept else "/sign-in",
            "back": request.url.path if request.method == "GET" else form["back"],
            "names": people(guest.station),
            "who": who,
        }
        return Shown("sign.html", guest.t("Who are you?"), values, status=401)

    def _foreign(self, request: Request) -> Response | None:
        """What is answered to a request that does not come from this page."""
        origin = request.headers.get("origin")
        is_ours = request.headers.get("host", "") in self._hosts
        if is_ours and (origin in {None, *(f"http://{host}" for host in self._hosts)}):
            return None
        return HTMLResponse("This page is for this machine alone.", 403, _HEADERS)

    def _page(self, guest: Guest, shown: Shown) -> Response:
        """A page with its head: who is signed in, date and time, and what is to be known of the station."""
        t, person = guest.t, guest.person
        copies, told = notices(guest.station, pack_of(guest.station), guest.now_us)
        head = {
            "who": person.name if person else "",
            "token": person.token if person else "",
            "clock": f"{t(DAYS[weekday(guest.now_us)])} {clock_shown(guest.now_us)}",
            "is_set": clock.ahead_us(guest.station) != 0,
            "told": [t(each) for each in self._meeting.dated(told, guest.now_us)],
            "copies": copies,
        }
        return self._rendered(shown, t, head)

    def _rendered(self, shown: Shown, t: Tongue, head: Mapping[str, object]) -> Response:
        empty: dict[str, object] = {
            "who": "", "token": "", "clock": "", "is_set": False, "told": [], "station": self._station.name,
            "is_exercise": self._station.purpose is Purpose.EXERCISE,
        }  # fmt: skip
        page = self._templates.get_template(shown.template).render(
            empty
            | {"done": None, "copies": 0, "remarks": [], "is_new": True}
            | dict(head)
            | {
                "t": t,
                "title": shown.title,
                "languages": LANGUAGES,
                "idle": int(IDLE_SECONDS),
                "reasons": [t(each) for each in shown.reasons],
            }
            | dict(shown.values)
        )
        return HTMLResponse(page, shown.status, _HEADERS)
