"""Who asks the station's page for something: in which language, in which session, at what time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from codedark.app.ward.people import Session, Sessions
from codedark.app.ward.tongue import Tongue
from codedark.store.station.station import Station


@dataclass(frozen=True)
class Guest:
    """A request with the station for itself. ``key`` is the cookie of a session, "" where there is none."""

    station: Station
    t: Tongue
    now_us: int
    now_seconds: float
    key: str
    sessions: Sessions

    @property
    def session(self) -> Session | None:
        """Who was signed in here, locked out or not."""
        return self.sessions.of(self.key, self.now_seconds)

    @property
    def person(self) -> Session | None:
        """Who is signed in and not locked out."""
        found = self.session
        return found if found is not None and not found.is_locked else None

    def as_session(self, key: str) -> Guest:
        """The same request in another session."""
        return replace(self, key=key)


class Shown(NamedTuple):
    """A page: its template, its heading, what it shows, and why something was refused."""

    template: str
    title: str
    values: Mapping[str, Any] = {}
    reasons: tuple[str, ...] = ()
    status: int = 200


@dataclass
class Sent:
    """What a form said: every field by name, without blanks around it."""

    form: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.form.get(name, "").strip()
