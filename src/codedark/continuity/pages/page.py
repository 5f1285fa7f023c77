"""The page of a pack: one HTML file that opens from a disk, asks for the ward's passphrase, and loads nothing.

What it shows is encrypted until then (decision 16). Its Content Security Policy forbids every request, and lets only
our own script and style run, by their hashes. It is one program for every ward; only
the lock and the heading differ.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from codedark.continuity.packs.pack import Pack
from codedark.continuity.pages.words import LANGUAGES, document

_SCRIPTS: Final = (
    "unlock.js",
    "words.js",
    "drawing.js",
    "ward.js",
    "medicines.js",
    "patient.js",
    "lists.js",
    "protocols.js",
    "page.js",
)


@dataclass(frozen=True, slots=True)
class Heading:
    """What the page shows before it is opened: nothing about a patient."""

    hospital: str
    ward_name: str
    counter: int
    built: str
    """In the ward's time zone: ``2026-01-12 03:10``."""


def heading(pack: Pack) -> Heading:
    """The heading of a pack's page."""
    built = datetime.fromtimestamp(pack.built_us / 1_000_000, UTC).astimezone(ZoneInfo(pack.time_zone))
    return Heading(pack.hospital, pack.ward_name, pack.counter, f"{built:%Y-%m-%d %H:%M}")


def page(top: Heading, lock: str, language: str = "en") -> str:
    """The page as HTML. ``lock`` is the JSON of the encrypted payload; ``language`` is the one that it begins in."""
    skeleton, style, script = _parts()
    return skeleton.substitute(
        language=language,
        policy=_policy(style, script),
        hospital=escape(top.hospital),
        ward=escape(top.ward_name),
        counter=top.counter,
        built=escape(top.built),
        style=style,
        script=script,
        no_script="".join(f'<p lang="{each}">{escape(document(each)["page"]["no_script"])}</p>' for each in LANGUAGES),
        words=_data({each: _shown(each) for each in LANGUAGES}),
        lock=lock,
    )


def _shown(language: str) -> dict[str, Any]:
    """The words of a language without those of the prints."""
    return {name: told for name, told in document(language).items() if name != "print"}


def _policy(style: str, script: str) -> str:
    hashes = [b64encode(sha256(text.encode()).digest()).decode() for text in (script, style)]
    return (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _data(value: Any) -> str:
    """JSON that cannot end the element that it stands in."""
    return orjson.dumps(value).decode().replace("<", "\\u003c")


@cache
def _parts() -> tuple[Template, str, str]:
    """Skeleton, style and script. Each text is exactly what stands between its tags, for the hashes are over that."""
    folder = files("codedark") / "content" / "continuity"
    script = "\n".join((folder / name).read_text("utf-8") for name in _SCRIPTS)
    return Template((folder / "page.html").read_text("utf-8")), (folder / "page.css").read_text("utf-8"), script
