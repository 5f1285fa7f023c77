"""The phones and protocols of a hospital, from its own files, read anew when one of them has changed.

HOME/continuity/phones.csv            ward,name,role,phone
HOME/continuity/protocols/*.md, *.txt, *.pdf          for every ward
HOME/continuity/protocols/WARD/...                    for one ward
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

from codedark.continuity.charts.chart import Person
from codedark.continuity.packs.own_papers import EVERY_WARD, OwnPapers, read_phones, titled
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import WardId

PHONES: Final = "phones.csv"
PROTOCOLS: Final = "protocols"
MOST_TEXT_BYTES: Final = 64 << 10
"""Of a protocol that is shown on the page, and of the table of phones: what nobody reads at night."""
MOST_TEXTS_BYTES: Final = 1 << 20
"""Of all protocols of a ward that are shown on the page: it must open within seconds, and wards refuse huge packs."""
MOST_PDF_BYTES: Final = 4 << 20
MOST_PDFS_BYTES: Final = 16 << 20
"""Of all documents of a ward: they are in every pack of it."""
_TEXTS: Final = frozenset({".md", ".txt"})
_PREFIX: Final = "protocol-"
_Papers = TypeVar("_Papers")
_Stamp = tuple[tuple[str, int, int], ...]


class OwnFiles:
    """What stands in the files of one home."""

    def __init__(self, home: Path, hospital: Hospital) -> None:
        self._folder: Final = home / "continuity"
        self._wards: Final = hospital.wards
        self._read: tuple[_Stamp, OwnPapers] | None = None

    def papers(self) -> OwnPapers:
        """Everything, with a sentence for each file that cannot be used. Reads only where something has changed."""
        stamp = tuple((str(path), *_stamp(path)) for path in self._files())
        if self._read is None or self._read[0] != stamp:
            self._read = stamp, self._papers()
        return self._read[1]

    def _files(self) -> Iterator[Path]:
        """The table, then protocols by name; what lies deeper than a ward's folder is nobody's."""
        protocols = self._folder / PROTOCOLS
        yield from (path for path in (self._folder / PHONES,) if path.exists())
        for path in _entries(protocols):
            yield from _entries(path)

    def _papers(self) -> OwnPapers:
        problems: list[str] = []
        phones: dict[WardId, tuple[Person, ...]] = {}
        protocols: dict[WardId, list[tuple[str, str]]] = {}
        documents: dict[WardId, dict[str, bytes]] = {}
        for path in self._files():
            held = _held(path, problems)
            if held is None:
                continue
            is_own = path.parent.parent.name == PROTOCOLS
            ward = WardId(path.parent.name) if is_own else EVERY_WARD
            if path.name == PHONES and path.parent == self._folder:
                phones, wrong = read_phones(held.decode("utf-8", "replace"), str(path))
                problems += wrong
            elif path.suffix.lower() in _TEXTS:
                protocols.setdefault(ward, []).append(titled(held.decode("utf-8", "replace"), path.stem))
            else:
                documents.setdefault(ward, {})[_PREFIX + path.name] = held
        problems += self._left_out("PDF files", documents, _documents_bytes, MOST_PDFS_BYTES)
        problems += self._left_out("texts", protocols, _texts_bytes, MOST_TEXTS_BYTES)
        unknown = sorted({*phones, *protocols, *documents} - {EVERY_WARD, *self._wards})
        problems += [f"{self._folder}: there is no ward {ward} in the model: its papers go nowhere" for ward in unknown]
        told = {ward: tuple(each) for ward, each in protocols.items()}
        return OwnPapers(phones, told, documents, tuple(problems))

    def _left_out(
        self, what: str, papers: dict[WardId, _Papers], bytes_of: Callable[[_Papers], int], most_bytes: int
    ) -> list[str]:
        """Leave out those of each ward that are too large together, and say so."""
        large = [ward for ward, held in papers.items() if bytes_of(held) > most_bytes]
        for ward in large:
            del papers[ward]
        place = self._folder / PROTOCOLS
        most = f"{most_bytes >> 20} MiB"
        return [
            f"{place / ward}: its {what} are larger than {most} together; none of them goes along" for ward in large
        ]


def _entries(path: Path) -> list[Path]:
    """What lies in a folder, by name; a file itself, and so a folder that may not be read, which is then told of."""
    try:
        return sorted(path.iterdir())
    except OSError:
        return [path] if os.path.lexists(path) else []


def _documents_bytes(documents: Mapping[str, bytes]) -> int:
    return sum(map(len, documents.values()))


def _texts_bytes(texts: Iterable[tuple[str, str]]) -> int:
    return sum(len(title) + len(text) for title, text in texts)


def _held(path: Path, problems: list[str]) -> bytes | None:
    """The content of a file that goes along; else why not."""
    is_pdf = path.suffix.lower() == ".pdf"
    most = MOST_PDF_BYTES if is_pdf else MOST_TEXT_BYTES
    if not is_pdf and path.suffix.lower() not in _TEXTS and path.name != PHONES:
        problems.append(f"{path}: a protocol is .md, .txt or .pdf, in a folder that may be read; it is left out")
        return None
    if set(path.name) & set('\\:*?"<>|') or not path.name.isprintable():
        problems.append(f"{path.name!r}: this name cannot be written on every computer; it is left out")
        return None
    try:
        with open(path, "rb", opener=_opened) as file:
            held = file.read(most + 1) or b""
    except OSError as error:
        problems.append(f"{path}: it cannot be read ({error.strerror}); it is left out")
        return None
    if len(held) > most:
        problems.append(f"{path}: it is larger than {most >> 10} KiB; it is left out")
        return None
    if is_pdf and not held.startswith(b"%PDF-"):
        problems.append(f"{path}: this is no PDF; it is left out")
        return None
    return held


def _opened(path: str, flags: int) -> int:
    """A file that nobody has to write first: a pipe would hold every ward's pack up."""
    return os.open(path, flags | os.O_NONBLOCK)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        told = path.stat()
    except OSError:
        return 0, 0
    return told.st_mtime_ns, told.st_size
