"""``codedark.toml``: how one installation of `serve` runs. It is read and checked as a whole before anything starts.

Unknown names are errors, because a misspelt limit is a limit that does not hold. Paths are taken from the folder of the
file. `docs/reference/serve.md` says what each setting means.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from codedark.app.sections import Section, in_plain_words
from codedark.errors import UnusableInput, UsageError
from codedark.ingest.formats import READERS

FILE = "codedark.toml"


class Tls(Section, frozen=True):
    """Files in PEM. With ``client_ca`` a peer has to show a certificate of that authority."""

    certificate: str
    key: str
    client_ca: str | None = None


class Http(Section, frozen=True):
    """NDJSON, Elastic bulk, FHIR AuditEvent, and the status page. ``tokens`` is a file: one ``name:token`` a line.

    Without TLS and tokens it may only listen on this machine.
    """

    listen: str = "127.0.0.1:8440"
    tls: Tls | None = None
    tokens: str | None = None
    most_body_bytes: int = 64 << 20


class Syslog(Section, frozen=True):
    """One listener: ``udp://``, ``tcp://`` or ``tls://`` with address and port. ``format`` where it is not to be told
    from the first record.
    """

    listen: str
    tls: Tls | None = None
    format: str | None = None


class Follow(Section, frozen=True):
    """Files that grow: paths or patterns. ``format`` as above. With ``from_start`` what stood in a file when it was
    first met is read too.
    """

    paths: list[str]
    format: str | None = None
    from_start: bool = False


class Limits(Section, frozen=True):
    """What one source, and all together, may ask of this machine."""

    most_connections: int = 1000
    most_connections_per_address: int = 50
    most_record_bytes: int = 1 << 20
    most_waiting_bytes: int = 64 << 20
    most_bytes_a_second: int = 50 << 20
    idle_seconds: float = 900.0


class Lake(Section, frozen=True):
    """How long records are kept: by age, by size, and by what must stay free on the disk."""

    keep_days: int = 400
    most_bytes: int | None = None
    least_free_bytes: int = 2 << 30
    flush_seconds: float = 60.0


class RulesOf(Section, frozen=True):
    """Sigma rules: ``hospital`` for those that come with Code Dark, and folders. Findings below ``min_level`` are not
    kept. A match may come ``lateness_seconds`` after others and still be correlated with them.
    """

    folders: tuple[str, ...] = ("hospital",)
    min_level: Literal["informational", "low", "medium", "high", "critical"] = "low"
    lateness_seconds: float = 30.0


class Records(Section, frozen=True):
    """Where it is known who treats whom: a folder of FHIR resources as NDJSON."""

    fhir: str | None = None


class Configuration(Section, frozen=True):
    """The whole file. ``alarms`` and ``behaviour`` go over what the project says in ``content``. ``notify`` says who
    is told of alarms, ``enforce`` what may be acted on; each is checked by its own (`app.notify`, `app.enforcing`).
    """

    hospital: str | None = "hospital.yaml"
    rules: RulesOf = RulesOf()
    http: Http | None = Http()
    syslog: list[Syslog] = msgspec.field(default_factory=list)
    files: list[Follow] = msgspec.field(default_factory=list)
    limits: Limits = Limits()
    lake: Lake = Lake()
    records: Records = Records()
    alarms: dict[str, Any] = msgspec.field(default_factory=dict)
    notify: dict[str, Any] = msgspec.field(default_factory=dict)
    enforce: dict[str, Any] = msgspec.field(default_factory=dict)
    behaviour: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)


def load(home: Path) -> Configuration:
    """The configuration of an installation; what stands in no file is as above.

    Raises `UnusableInput` for a file that cannot be read, and `UsageError` for what it says wrong, with the place.
    """
    path = home / FILE
    try:
        text = path.read_text("utf-8") if path.exists() else ""
        raw = tomllib.loads(text)
    except OSError as error:
        raise UnusableInput(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: is not TOML: {error}") from error
    try:
        found = msgspec.convert(raw, Configuration)
    except msgspec.ValidationError as error:
        raise UsageError(f"{path}: {in_plain_words(error)}") from error
    _check(path, found)
    return found


def _check(path: Path, found: Configuration) -> None:
    """What no type says."""
    http = found.http
    if http and not http.listen.startswith(("127.", "localhost:", "[::1]")) and not (http.tls and http.tokens):
        raise UsageError(
            f"{path}: [http] listens on {http.listen}, where others can reach it, without TLS or tokens: give it both, "
            "or listen on 127.0.0.1"
        )
    named = [("syslog", number, each.format) for number, each in enumerate(found.syslog, 1)]
    named += [("files", number, each.format) for number, each in enumerate(found.files, 1)]
    for where, number, given in named:
        if given is not None and given not in READERS:
            raise UsageError(f"{path}: [[{where}]] number {number}: format {given!r} is none of {', '.join(READERS)}")
    for number, listener in enumerate(found.syslog, 1):
        scheme = listener.listen.partition("://")[0]
        if scheme not in {"udp", "tcp", "tls"}:
            raise UsageError(f"{path}: [[syslog]] number {number}: {listener.listen} is none of udp://, tcp://, tls://")
        if (scheme == "tls") != (listener.tls is not None):
            raise UsageError(f"{path}: [[syslog]] number {number}: tls:// needs a table `tls`, and nothing else does")
