"""The packs that a ward keeps: what comes is checked, the last good one stays whatever comes, and a killed process, a
full disk or a power cut at any moment leaves it whole.

    ward.json               the ward's keys
    page.html               of the last good pack: what a nurse opens
    kept/000000000012.pack  accepted packs by number; a number that is there was accepted, however damaged it is now
    aside                   what was refused, with why (`store.packs_aside`)
    frozen                  no more packs, until a person says so

Accepting is one step: a file gets its name in ``kept``. The page follows, and is put right at the next call where that
was cut short.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from codedark.continuity.packs.kept_packs import aged, kept
from codedark.continuity.packs.manifest import Accepted, Manifest, SetAside, check, counted
from codedark.continuity.packs.pack import Counter
from codedark.continuity.packs.pack_data import FILE, from_bytes
from codedark.errors import CodeDarkError, UsageError
from codedark.hospital.ward import WardId
from codedark.store.durable import put
from codedark.store.number_file import alone
from codedark.store.packs.keys import read_station_keys
from codedark.store.packs.packs_aside import Aside, PacksAside
from codedark.store.packs.seal import NotAPack, Sealed, read_sealed, unseal

KEYS: Final = "ward.json"
PAGE: Final = "page.html"
_ENDING: Final = ".pack"


class PackNotKept(CodeDarkError):
    """The disk refused a pack that was good. The last good one is as it was."""


class Unchanged(NamedTuple):
    """What came is the pack that the ward has."""

    manifest: Manifest


class Frozen(NamedTuple):
    """The ward takes no packs. ``since`` says who said so, and when."""

    since: str


class Standing(NamedTuple):
    """What a ward has: the last good pack, packs by age (`kept_packs.AGES_US`), what is set aside, damaged ones."""

    last: Manifest | None
    aged: dict[int, Counter]
    aside: tuple[Aside, ...]
    damaged: tuple[Counter, ...]
    frozen: str | None


class WardPacks:
    """The packs in a ward's folder, which has its keys. Raises `UnusableInput` where it has not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = folder / "lock"
        self.keys = read_station_keys(folder / KEYS)
        self._kept = folder / "kept"
        self._kept.mkdir(exist_ok=True, mode=0o700)
        self._frozen = folder / "frozen"
        self.aside = PacksAside(folder / "aside")

    def receive(self, file: bytes, now_us: int, *, by_hand: bool = False) -> Accepted | Unchanged | SetAside | Frozen:
        """Take a pack, or say why not. ``by_hand``: a person has looked, and takes what a person may decide about.

        Raises `PackNotKept`.

        1. A frozen ward takes nothing.
        2. What is told of it passes the checks of decision 16, and what is inside is what is told of it.
        3. It is on disk under its number; from here on it is the last good one.
        4. The page is that of the last good pack, and packs that nobody will want go.
        """
        with alone(self._lock):
            self._tidy()
            if (since := self.frozen()) is not None:  # (1)
                return Frozen(since)
            verdict = self._verdict(file, now_us, by_hand=by_hand)  # (2)
            if isinstance(verdict, SetAside):
                return replace(verdict, reason=verdict.reason + self.aside.put(file, verdict, now_us))
            if isinstance(verdict, Accepted):
                self._keep(verdict.manifest.counter, file)  # (3)
                self._put_right()  # (4)
            return verdict

    def put_right(self) -> None:
        """Finish what was cut short, so that the page is that of the last good pack. Raises `PackNotKept`."""
        with alone(self._lock):
            self._tidy()
            self._put_right()

    def freeze(self, who_and_when: str) -> None:
        """Take no more packs; what is being taken at this moment is taken to its end first. Raises OSError."""
        with alone(self._lock):
            put(self._frozen, who_and_when.encode())

    def thaw(self) -> None:
        """Take packs again; raises OSError."""
        with alone(self._lock):
            self._frozen.unlink(missing_ok=True)

    def frozen(self) -> str | None:
        """Since when and by whom the ward is frozen, None where it is not. What cannot be read counts as frozen."""
        try:
            return self._frozen.read_text("utf-8", errors="replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            return f"an unknown time ({error.strerror})"

    def standing(self, now_us: int) -> Standing:
        """What the ward has now."""
        whole = self._whole()
        damaged = tuple(sorted(set(self._counters()) - set(whole)))
        last = whole[max(whole)] if whole else None
        built_us = {counter: manifest.built_us for counter, manifest in whole.items()}
        return Standing(last, aged(built_us, now_us), self.aside.all(), damaged, self.frozen())

    def files(self, counter: Counter | None = None) -> dict[str, bytes]:
        """What is in a pack, of the last good one if none is named; raises `UsageError`, `NotAPack`."""
        whole = self._whole()
        if not whole:
            raise UsageError(f"{self._folder}: this ward has no pack yet: `codedark ward pull`")
        wanted = max(whole) if counter is None else counter
        if wanted not in whole:
            has = ", ".join(map(str, sorted(whole)))
            raise UsageError(f"{self._folder}: there is no good pack {wanted}: this ward has {has}")
        return unseal(self._read(wanted).content, self.keys.transport)

    def _verdict(self, file: bytes, now_us: int, *, by_hand: bool) -> Accepted | Unchanged | SetAside:
        keys, ward = self.keys, WardId(self.keys.ward)
        last, highest = self._last(), max(self._counters(), default=Counter(0))
        try:
            sealed = read_sealed(file, keys.verifying)
            if last is not None and file == (self._path(last.counter)).read_bytes():
                return Unchanged(last)
            verdict = check(sealed.received, keys.hospital, ward, last, now_us, highest)
            if isinstance(verdict, SetAside) and not (by_hand and verdict.may_be_taken):
                return verdict
            return _content(sealed, unseal(sealed.content, keys.transport))
        except NotAPack as error:
            return SetAside(str(error))

    def _keep(self, counter: Counter, file: bytes) -> None:
        try:
            put(self._path(counter), file, 0o600)
        except OSError as error:
            raise PackNotKept(
                f"{self._kept}: pack {counter} cannot be kept ({error.strerror}): the last good one stays; make room"
            ) from error

    def _put_right(self) -> None:
        whole = self._whole()
        if not whole:
            return
        page = unseal(self._read(max(whole)).content, self.keys.transport)[PAGE]
        try:
            there = self._folder / PAGE
            if not there.exists() or there.read_bytes() != page:
                put(there, page, 0o644)  # locked with the ward's passphrase: whoever sits there may open it
            stays = kept({counter: manifest.built_us for counter, manifest in whole.items()})
            for counter in whole.keys() - stays:
                self._path(counter).unlink(missing_ok=True)
        except OSError as error:
            raise PackNotKept(
                f"{self._folder}: the page of pack {max(whole)} cannot be laid out ({error.strerror}): the one that is "
                "there is older; make room, and pull again"
            ) from error

    def _tidy(self) -> None:
        for folder in (self._folder, self._kept):
            for cut_short in folder.glob("*.new"):
                cut_short.unlink(missing_ok=True)

    def _last(self) -> Manifest | None:
        for counter in sorted(self._counters(), reverse=True):
            manifest = self._manifest(counter)
            if manifest is not None:
                return manifest
        return None

    def _whole(self) -> dict[Counter, Manifest]:
        found = {counter: self._manifest(counter) for counter in self._counters()}
        return {counter: manifest for counter, manifest in found.items() if manifest is not None}

    def _manifest(self, counter: Counter) -> Manifest | None:
        """Of a pack that is kept; None where it is damaged."""
        try:
            came = self._read(counter).received
        except (NotAPack, OSError):
            return None
        is_whole = came.is_signed and (came.sha256, came.size_bytes) == (came.manifest.sha256, came.manifest.size_bytes)
        return came.manifest if is_whole and came.manifest.counter == counter else None

    def _read(self, counter: Counter) -> Sealed:
        return read_sealed(self._path(counter).read_bytes(), self.keys.verifying)

    def _path(self, counter: Counter) -> Path:
        return self._kept / f"{counter:012}{_ENDING}"

    def _counters(self) -> list[Counter]:
        names = (path.name.removesuffix(_ENDING) for path in self._kept.glob("*" + _ENDING))
        return [Counter(int(name)) for name in names if name.isdecimal()]


def _content(sealed: Sealed, files: dict[str, bytes]) -> Accepted | SetAside:
    """Whether what is inside is what is told of it: whoever can sign could still mix two wards up."""
    told = sealed.received.manifest
    try:
        pack = from_bytes(files[FILE])
    except (KeyError, ValueError) as error:
        return SetAside(f"its charts cannot be read ({error})")
    inside = (pack.hospital, pack.ward, pack.counter, pack.built_us, pack.newest_us, pack.oldest_us, *counted(pack))
    said = (told.hospital, told.ward, told.counter, told.built_us, told.newest_us, told.oldest_us)
    if inside != (*said, told.patients, told.groups):
        return SetAside("what is inside is of another ward, number or time than what is told of it")
    if PAGE not in files:
        return SetAside("there is no page in it")
    return Accepted(told)
