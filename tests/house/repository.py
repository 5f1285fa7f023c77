"""The files of this repository, without what `.gitignore` leaves out: what the tests of the house look at."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "codedark"
IGNORED = (".git", *(line.strip("/") for line in (ROOT / ".gitignore").read_text().split()))


def folders(under: Path) -> list[Path]:
    """The folders directly in ``under``."""
    return sorted(path for path in under.iterdir() if path.is_dir() and not _ignored(path))


def files(under: Path = ROOT) -> Iterator[Path]:
    """Every file in ``under``."""
    for path in sorted(under.iterdir()):
        if _ignored(path):
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def texts() -> Iterator[tuple[str, str]]:
    """Name and content of every file that is text."""
    for path in files():
        try:
            yield str(path.relative_to(ROOT)), path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def table(markdown: str, heading: str) -> list[list[str]]:
    """The cells of the rows of the first table under ``heading``, without its head."""
    section = markdown.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def coded(cell: str) -> str:
    """What a cell says in code font."""
    return cell.strip("`")


def _ignored(path: Path) -> bool:
    return any(fnmatch(path.name, pattern) for pattern in IGNORED)
