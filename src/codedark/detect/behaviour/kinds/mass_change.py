"""Files changed faster than people change them, into what they were not before: encryption, or a wiper.

Looked at are distinct files that one account on one machine has changed in the last minutes, so that several logs, or
several records, of one act count once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Final

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.file_names import bits, extension, file_name, folder_of, inner_extension, stem
from codedark.detect.behaviour.kinds.history import History
from codedark.detect.behaviour.kinds.learning import DAY_US, Familiar
from codedark.detect.behaviour.kinds.settings import names, number, whole
from codedark.detect.behaviour.observation import FileAct, Observation
from codedark.detect.finding import Level

_MINUTE_US: Final = 60_000_000
_RATE, _ENCRYPTED, _CANARY = 1, 2, 3
"""What has been said of an actor today: something more serious is said again, the same is not."""
_MOST_TOGETHER: Final = 40
"""Names of one kind that are kept for one actor: more than any threshold needs."""
_MOST_COUNTED: Final = 2048
"""Files of a minute that are counted: who usually changes as many is not judged by rate."""

Actor = tuple[str, str]
"""Account and client; one of them may be unknown."""


@dataclass(slots=True)
class _Doing:
    """What one actor is doing now. ``peak`` is the most of a minute today, ``usual`` the peaks of its days."""

    day: int
    changed: dict[str, int] = field(default_factory=dict)
    strange: dict[str, dict[str, str]] = field(default_factory=dict)  # new extension -> file -> what it was
    notes: dict[str, dict[str, None]] = field(default_factory=dict)  # new name -> folders
    since_us: int = 0
    peak: int = 0
    told: int = 0
    usual: History = field(default_factory=lambda: History(28))


class MassChange:
    """Remembers how much each actor changes, and the extensions and names that files here have."""

    id: ClassVar[BehaviourId] = BehaviourId("mass_change")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (FileAct,)

    def __init__(self, settings: Settings) -> None:
        self._floor = whole(settings, "files_a_minute")
        self._factor = number(settings, "factor")
        self._alike = whole(settings, "files_of_a_new_extension")
        self._types = whole(settings, "types_of_files")
        self._folders = whole(settings, "folders_with_the_same_name")
        self._bits = number(settings, "bits_a_character")
        self._canaries = tuple(sorted(names(settings, "canary_files")))
        self._keeps_us = int(number(settings, "minutes") * _MINUTE_US)
        self._learn_days = number(settings, "learn_days")
        self._most_actors = whole(settings, "most_actors")
        self._doing: dict[Actor, _Doing] = {}
        self._told_in_full: dict[str, None] = {}
        self._everybody = History(whole(settings, "most_actors"))
        most, keeps = whole(settings, "most_names"), whole(settings, "keeps_days")
        self._extensions: Familiar[str] = Familiar(most, keeps)
        self._names: Familiar[str] = Familiar(most, keeps)

    def tick(self, _now_us: int, _context: Context) -> Iterator[Sign]:
        """Nothing comes of time alone."""
        return iter(())

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One act.

        1. A canary that is touched needs no second sign.
        2. Logs that know only the account or only the client are left aside where one knows both: they tell the same.
        3. Names and extensions that are new here, on many files or in many folders, are encryption.
        4. So is a rate above everybody's and the actor's own, which is said with less certainty: copying is fast too.
        """
        if not isinstance(seen, FileAct):
            return
        canaries = self._canaries or _canaries_of(context)
        if canaries and any(canary in seen.name for canary in canaries):
            yield from self._canary(seen)
        if seen.act == "read" or self._told_elsewhere(seen):
            return
        doing = self._of((seen.account, seen.client), seen.at_us)
        suspect = context.held(seen.client, seen.account)
        encrypted = self._strange(seen, doing, suspect=suspect)
        rate = self._rate(seen, doing) if seen.share else ""
        if encrypted and doing.told < _ENCRYPTED:
            doing.told = _ENCRYPTED
            yield self._sign(seen, doing, *encrypted)
        elif rate and doing.told < _RATE:
            doing.told = _RATE
            yield self._sign(seen, doing, rate, Level.HIGH)

    def _canary(self, seen: FileAct) -> Iterator[Sign]:
        doing = self._of((seen.account, seen.client), seen.at_us)
        if doing.told < _CANARY:
            changed = seen.act != "read"
            doing.told = _CANARY if changed else doing.told
            act = f"changed ({seen.act})" if changed else "opened"
            yield self._sign(
                seen, doing, f"{act} a file on {seen.host} that is there only to be an alarm",
                Level.CRITICAL if changed else Level.HIGH,
            )  # fmt: skip

    def _told_elsewhere(self, seen: FileAct) -> bool:
        if seen.account and seen.client:
            if seen.share and seen.host not in self._told_in_full:
                self._told_in_full[seen.host] = None
                if len(self._told_in_full) > self._most_actors:
                    del self._told_in_full[next(iter(self._told_in_full))]
            return False
        return seen.host in self._told_in_full

    def _of(self, actor: Actor, at_us: int) -> _Doing:
        day = at_us // DAY_US
        doing = self._doing.pop(actor, None) or _Doing(day)
        self._doing[actor] = doing
        if len(self._doing) > self._most_actors:
            del self._doing[next(iter(self._doing))]
        if day > doing.day:
            if not doing.told:  # a day with a sign teaches nothing
                doing.usual.add(doing.peak)
                self._everybody.add(doing.peak)
            doing.day, doing.peak, doing.told = day, 0, 0
        if at_us - doing.since_us > self._keeps_us:
            doing.since_us = at_us
            doing.strange.clear()
            doing.notes.clear()
        return doing

    def _rate(self, seen: FileAct, doing: _Doing) -> str:
        changed = doing.changed
        changed.pop(seen.name, None)
        changed[seen.name] = seen.at_us
        begins = seen.at_us - _MINUTE_US
        while changed[first := next(iter(changed))] < begins or len(changed) > _MOST_COUNTED:
            del changed[first]
        count = len(changed)
        doing.peak = max(doing.peak, count)
        if count < self._floor:
            return ""
        own = self._factor * doing.usual.highest()
        limit = max(self._floor, own if len(doing.usual) >= 3 else self._factor * self._everybody.most_usual(4))
        if count < limit:
            return ""
        usual = doing.usual.highest() or self._everybody.middle()
        return f"changed {count} files on {seen.host} within a minute, usually at most {usual:.0f}"

    def _strange(self, seen: FileAct, doing: _Doing, *, suspect: bool) -> tuple[str, Level] | None:
        """How names show encryption; None where they do not."""
        name = seen.new_name or seen.name
        if seen.act == "delete":
            return None
        ending = extension(name)
        if ending and self._is_new(self._extensions, ending, seen.at_us, suspect=suspect):
            files = doing.strange.setdefault(ending, {})
            if len(doing.strange) > _MOST_TOGETHER:
                del doing.strange[next(filter(None, doing.strange))]  # "" are the names without sense
            if len(files) < _MOST_TOGETHER:
                files[name] = extension(seen.name) if seen.new_name else inner_extension(name)
            types = {was for was in files.values() if was}
            if len(files) >= self._alike and len(types) >= self._types:
                self._extensions.doubt(ending, seen.at_us)
                what = f"gave {len(files)} files of {len(types)} types on {seen.host} the new ending “{ending}”"
                return what, Level.CRITICAL
        if seen.act == "write":
            own = file_name(name)
            if self._is_new(self._names, own, seen.at_us, suspect=suspect):
                folders = doing.notes.setdefault(own, {})
                if len(doing.notes) > _MOST_TOGETHER:
                    del doing.notes[next(iter(doing.notes))]
                if len(folders) < _MOST_TOGETHER:
                    folders[folder_of(name)] = None
                if len(folders) >= self._folders:
                    self._names.doubt(own, seen.at_us)
                    # A new form that goes to every ward is alone; a ransom note stands beside files that were changed.
                    alone = len(doing.changed) < self._floor and not doing.strange
                    # The name itself may be a patient's: it stays with the evidence.
                    kind = f" (“{ending}”)" if ending else ""
                    what = f"wrote a file of one new name{kind} into {len(folders)} folders on {seen.host}"
                    return what, Level.MEDIUM if alone else Level.CRITICAL
        elif seen.new_name and stem(name) not in stem(seen.name) and bits(stem(name)) > self._bits:
            files = doing.strange.setdefault("", {})
            if stem(seen.name) not in stem(name) and len(files) < _MOST_TOGETHER:
                files[name] = extension(seen.name)
            if len(files) >= self._alike and len(set(files.values())) >= self._types:
                return f"gave {len(files)} files on {seen.host} names without sense", Level.CRITICAL
        return None

    def _is_new(self, known: Familiar[str], key: str, at_us: int, *, suspect: bool) -> bool:
        """Whether this was not known here before today; within the first days of learning everything may be."""
        known.meet(key, at_us, suspect)
        found = known.get(key)
        return found is None or (found.first_day == at_us // DAY_US and known.learnt_days(at_us) >= self._learn_days)

    def _sign(self, seen: FileAct, doing: _Doing, what: str, level: Level) -> Sign:
        who = seen.account or "somebody"
        place = f" from {seen.client}" if seen.client else ""
        return Sign(
            seen.at_us, seen.client or seen.host, seen.account, f"{who}{place} {what}.", seen.row, level,
            {"server": seen.host, "share": seen.share, "name": seen.new_name or seen.name,
             "files_a_minute": len(doing.changed), "usually": round(doing.usual.highest())},
            self._names.learnt_days(seen.at_us),
        )  # fmt: skip


def _canaries_of(context: Context) -> tuple[str, ...]:
    return tuple(
        canary.replace("/", "\\").strip("\\").lower()
        for canary in context.places.hospital.placeholders.get("canary_files", ())
    )
