"""What stands on printed sheets, read back with poppler's pdftotext, one text for each sheet."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest


def sheets_of(pdf: bytes, folder: Path) -> list[str]:
    """The text of each sheet. Skips, and says so, where pdftotext is not installed."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (Debian: poppler-utils) is not installed")
    path = folder / "print.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(
        ["pdftotext", "-raw", path, "-"], capture_output=True, check=True, timeout=120
    ).stdout.decode()
    return [unicodedata.normalize("NFKC", sheet) for sheet in told.split("\f")[:-1]]


def joined(text: str) -> str:
    """Without white space: where lines wrap does not matter."""
    return "".join(unicodedata.normalize("NFKC", text).split())
