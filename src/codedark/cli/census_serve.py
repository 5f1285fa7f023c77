"""`codedark census serve`: messages in and answers out, for months; and the process that it starts beside itself."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
import typer

from codedark.app.continuing.census.home import site_of
from codedark.app.continuing.record.plan import HookPlan, Plan
from codedark.app.continuing.serving.keeping import NAME, Keeping
from codedark.app.continuing.serving.listeners import listeners, said
from codedark.app.continuing.serving.service import CensusService
from codedark.app.hospital_files import usable_hospital
from codedark.app.interruption import hearing
from codedark.app.watching.part import Part
from codedark.cli.census_compare import client_of
from codedark.cli.census_words import (
    AuthoritiesOption,
    HospitalOption,
    SiteOption,
    SystemOption,
    TokenOption,
    say,
    told_books,
)
from codedark.cli.options import DEFAULT_HOME, HomeOption
from codedark.errors import UsageError
from codedark.ingest.live.tls import server_context

_UNITS: Final = {"s": 1, "min": 60, "h": 3600}
_DURATION: Final = re.compile(r"(\d+)\s*(s|min|h)")

FhirOption = Annotated[str, typer.Option("--fhir", help="Also keep it beside the record at this FHIR R4 address.")]
EveryOption = Annotated[str, typer.Option("--compare-every", help="How often to ask for everything: 60min, 2h.")]
ChangesOption = Annotated[
    str, typer.Option("--changes-every", help="How often to ask what changed: 60s, 5min; 0s: never.")
]
NotifyOption = Annotated[
    str,
    typer.Option("--notify", help="How the record reaches us to tell of changes: https://census.example:8444/fhir."),
]
NotifyListenOption = Annotated[str, typer.Option("--notify-listen", help="Address and port where we listen for that.")]
CertificateOption = Annotated[
    Path | None, typer.Option("--notify-certificate", help="Our certificate there (PEM); none: not encrypted.")
]
KeyOption = Annotated[Path | None, typer.Option("--notify-key", help="Its key (PEM).")]
RepairOption = Annotated[
    bool, typer.Option("--repair/--no-repair", help="Take in what the record tells, or only tell what differs.")
]


class Notifying(msgspec.Struct, frozen=True):
    """How the record tells of changes, as the options of `serve` say it. No ``url``: it does not."""

    url: str
    listen: str
    certificate: Path | None
    key: Path | None

    def plan(self) -> HookPlan | None:
        """Where the record tells of changes; None: nowhere. Raises `UsageError`."""
        if not self.url:
            return None
        host, _, port = self.listen.rpartition(":")
        if not host or not port.isdigit():
            raise UsageError(f"--notify-listen {self.listen}: write it like 0.0.0.0:8444")
        if urlsplit(self.url).scheme not in {"http", "https"} or not urlsplit(self.url).hostname:
            raise UsageError(f"--notify {self.url}: write it like https://census.example:8444/fhir")
        if (self.certificate is None) != (self.key is None):
            raise UsageError("--notify-certificate and --notify-key belong together")
        tls = server_context(self.certificate, self.key) if self.certificate and self.key else None
        return HookPlan(self.url, host.strip("[]"), int(port), tls)


class Record(msgspec.Struct, frozen=True):
    """The record beside the census, as the options of `serve` say it. No ``fhir``: none is asked."""

    fhir: str
    system: str
    every: str
    changes: str
    token_file: Path | None
    authorities: Path | None
    hook: Notifying
    repairs: bool

    def plan(self) -> Plan | None:
        """Which record is asked and how often; None: none is. Raises `UsageError`."""
        hook = self.hook.plan()
        if not self.fhir:
            return None
        every_us, changes_us = _us("--compare-every", self.every), _us("--changes-every", self.changes)
        if not every_us:
            raise UsageError(f"--compare-every {self.every}: it must be more than nothing")
        client = client_of(self.fhir, self.token_file, self.authorities)
        return Plan(client, self.system, every_us, changes_us, self.repairs, hook)

    def written(self) -> str:
        """As `read` takes it; it holds no secret, only where secrets lie."""
        return msgspec.json.encode(self, enc_hook=str).decode()

    @classmethod
    def read(cls, text: str) -> Record:
        """What was written. Raises `UsageError`."""
        try:
            return msgspec.json.decode(text, type=cls, dec_hook=lambda kind, path: kind(path))
        except msgspec.MsgspecError as error:
            raise UsageError(f"--record: {error}; it is written by `census serve`, which starts this itself") from error


def serve(
    listen: Annotated[
        str,
        typer.Option(
            "--listen",
            help="Address and port for HL7 v2 over MLLP, not encrypted. [default: as continuity/listeners.yaml of "
            "--home says, else 127.0.0.1:2575]",
            show_default=False,
        ),
    ] = "",
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", help="Network from which --listen takes connections; may be repeated."),
    ] = None,
    fhir: FhirOption = "",
    system: SystemOption = "",
    compare_every: EveryOption = "60min",
    changes_every: ChangesOption = "60s",
    repair: RepairOption = False,
    token_file: TokenOption = None,
    authorities: AuthoritiesOption = None,
    notify: NotifyOption = "",
    notify_listen: NotifyListenOption = "127.0.0.1:8444",
    notify_certificate: CertificateOption = None,
    notify_key: KeyOption = None,
    keep_days: Annotated[
        float, typer.Option("--keep-days", min=0, help="Delete messages this old, once a checkpoint has what they say.")
    ] = 30,
    home: HomeOption = DEFAULT_HOME,
    hospital: HospitalOption = None,
    site: SiteOption = None,
) -> None:
    """Take messages in until Ctrl-C; each is acknowledged when it is on disk."""
    whom, renewing = listeners(home, listen, allow or [])
    model = usable_hospital(hospital or home / "hospital.yaml")
    own = site_of(home, site)
    hook = Notifying(notify, notify_listen, notify_certificate, notify_key)
    record = Record(fhir, system, compare_every, changes_every, token_file, authorities, hook, repair)
    record.plan()  # said now, and not by the process beside this one
    named = {"--home": home, "--hospital": hospital, "--site": site, "--record": record.written()}
    options = [f"{name}={value}" for name, value in named.items() if value]
    service = CensusService(home, model, own, whom, renewing, keep_days, options, say)
    for each, port in zip(whom, service.receiver.ports, strict=True):
        say(said(each, port))
    asked = list[int]()
    with hearing(lambda number, _: asked.append(number), signal.SIGTERM):
        try:
            while not asked:
                service.step()
        finally:
            service.close()


def keep(
    parent: Annotated[int, typer.Option("--parent", help="The process of `census serve`, with which this one ends.")],
    record: Annotated[str, typer.Option("--record", help="Which record is asked, as that process writes it.")],
    home: HomeOption = DEFAULT_HOME,
    hospital: HospitalOption = None,
    site: SiteOption = None,
) -> None:
    """Follow the journal beside `census serve`, which starts this itself."""
    part = Part(home, NAME, parent)
    plan = Record.read(record).plan()
    model = usable_hospital(hospital or home / "hospital.yaml")
    say(told_books(Keeping(home, model, site_of(home, site), plan, say).run(part)))


def _us(option: str, text: str) -> int:
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{option} {text}: write it like 60s, 60min or 2h")
    return int(found[1]) * _UNITS[found[2]] * 1_000_000
