"""The documents to print that go along in packs: made in turns, and those of before until then."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Final

from codedark.app.continuing.printing.prints import most_rows, prints
from codedark.app.own_errors import apart
from codedark.continuity.packs.numbers import Kind, part
from codedark.continuity.packs.pack import Pack
from codedark.continuity.packs.printed_of import FILE as PRINTED
from codedark.continuity.packs.printed_of import to_bytes as to_printed
from codedark.errors import CodeDarkError
from codedark.hospital.ward import WardId
from codedark.store.durable import put
from codedark.store.packs.keys import file_of
from codedark.store.packs.paper_rows import PaperRows
from codedark.store.packs.seal import pressed

OF_ALL: Final = (CodeDarkError, OSError)
"""Errors of who builds, and not of one ward: its keys, its counters, its disk."""
_PAPER: Final = 0
"""The tenth of a ward's entry numbers that is for printed forms."""
_FORMS: Final = "forms.pdf"
_EVERY_US: Final = 600 * 1_000_000


class Documents:
    """The documents of these wards, with what must outlive the builder in ``folder``.

    They take seconds a ward. So they are made anew every ten minutes only, for at most ``most`` wards a round, which
    may be changed between rounds; each page of them says of when it is.
    """

    def __init__(self, folder: Path, language: str, wards: Iterable[WardId], most: int) -> None:
        self.most = most
        self.unmade: Final[dict[WardId, str]] = {}
        """The wards whose documents meet an error of ours, and which."""
        self._rows: Final = PaperRows(folder)
        self._forms: Final = folder / "forms"
        self._language: Final = language
        self._begun_us: Final = dict.fromkeys(wards, 0)
        self._pressed: Final[dict[WardId, bytes]] = {}

    def turns(self, now_us: int) -> frozenset[WardId]:
        """The wards whose turn is this round, the oldest first. It is taken whatever comes of it: else one that fails
        would keep it.
        """
        due = [ward for ward, at_us in self._begun_us.items() if not 0 <= now_us - at_us < _EVERY_US]
        found = frozenset(sorted(due, key=self._begun_us.__getitem__)[: self.most])
        self._begun_us.update(dict.fromkeys(found, now_us))
        return found

    def make(self, pack: Pack) -> None:
        """Make those of a pack. Where its data meet an error of ours, those of before stay: a page without new
        documents is worth more than no page. Raises `CodeDarkError`, OSError.
        """
        with apart(partial(self.unmade.__setitem__, pack.ward), OF_ALL):
            self._pressed[pack.ward] = pressed(self._made(pack))
            self.unmade.pop(pack.ward, None)

    def of(self, ward: WardId) -> bytes:
        """A ward's documents as `codedark.store.packs.seal.sealed_pack` takes them; empty where none were ever made."""
        return self._pressed.get(ward, b"")

    def _made(self, pack: Pack) -> dict[str, bytes]:
        """Forms go along as they are until others may be printed (`PaperRows`).

        Numbers are durably taken before the forms that have them are made, and forms lie on disk before they are
        sealed: a builder that is started anew goes on with the same ones.
        """
        held = self._forms / file_of(pack.ward, f".{self._language}.pdf")
        numbers = None
        if self._rows.is_due(pack.ward, pack.built_us) or not held.exists():
            paper = part(next(block for block in pack.numbers if block.kind == Kind.ENTRY), _PAPER)
            numbers = self._rows.take(pack.ward, paper, most_rows(pack), pack.built_us)
        made = {f"{name}.pdf": file for name, file in prints(pack, self._language, numbers).items()}
        if _FORMS in made:
            self._forms.mkdir(exist_ok=True, mode=0o700)
            put(held, made[_FORMS], 0o600)
        return {**made, _FORMS: held.read_bytes(), PRINTED: to_printed(pack)}
