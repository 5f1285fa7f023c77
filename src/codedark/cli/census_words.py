"""What the commands of the census share: their options, how the census is made, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from codedark.app.continuing.census.home import journal_of
from codedark.app.continuing.census.state import CensusState, Following
from codedark.app.untrusted import clipped
from codedark.cli import saying
from codedark.continuity.hl7v2.site import Site
from codedark.hospital.hospital import Hospital

HospitalOption = Annotated[
    Path | None, typer.Option("--hospital", help="hospital.yaml. [default: that of --home]", show_default=False)
]
SiteOption = Annotated[
    Path | None,
    typer.Option(
        "--site", help="Which field means what here. [default: continuity/hl7v2.yaml of --home]", show_default=False
    ),
]
SystemOption = Annotated[str, typer.Option("--system", help="System of the hospital's numbers. [default: any]")]
TokenOption = Annotated[
    Path | None,
    typer.Option("--token-file", help="File with the bearer token, or with a client's secret that gets one (JSON)."),
]
AuthoritiesOption = Annotated[
    Path | None,
    typer.Option("--authorities", help="The site's own authorities (PEM), whom to trust for https."),
]


def followed(home: Path, model: Hospital, own: Site) -> CensusState:
    """The census as the journal makes it now. Says why a checkpoint was not taken as it is."""
    state = CensusState(model, own)
    following = Following(journal_of(home), state)
    if following.reason:
        say(following.reason)
    following.catch_up()
    following.close()
    return state


def told_books(books: Mapping[str, Any]) -> str:
    """The books in a sentence."""
    names = ", ".join(f"{count:,} {name}" for name, count in list(books["not_understood"].items())[:5])
    text = f"{books['taken']:,} taken in, {books['understood']:,} understood, {books['rejected']:,} rejected"
    return f"{text}; not read: {names}" if names else text


def say(text: str) -> None:
    """A sentence for people, which may hold what a record said, cut where it goes on and on."""
    saying.say(clipped(text, 1000))
