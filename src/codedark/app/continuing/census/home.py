"""Where the census of an installation lies, and how its site's messages are read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from codedark.continuity.charts.frequency_tables import own_frequencies
from codedark.continuity.hl7v2.site import Site, site
from codedark.errors import UsageError


def journal_of(home: Path) -> Path:
    """Where the census's journal lies."""
    return home / "continuity" / "journal"


def site_of(home: Path, file: Path | None) -> Site:
    """The site's map: ``file``, else ``continuity/hl7v2.yaml`` at home, else as it comes; with what
    ``continuity/frequencies.yaml`` says of how often. Raises `UsageError`.
    """
    own = home / "continuity" / "hl7v2.yaml" if file is None else file
    often = home / "continuity" / "frequencies.yaml"
    try:
        read = site() if file is None and not own.exists() else site(own.read_bytes(), str(own))
        return replace(read, frequencies=own_frequencies(often.read_bytes(), str(often))) if often.exists() else read
    except OSError as error:
        raise UsageError(f"{error.filename}: it cannot be read: {error.strerror}") from error
