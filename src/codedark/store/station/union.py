"""The union of all stations' chains in memory: what the checks of a new entry ask, at hand however many there are.

It is made from links that were read and checked (`station_links.links_in`), and goes on with each that is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from sortedcontainers import SortedKeyList, SortedList

from codedark.continuity.entries.entry import CHAIN_BEGINS, Admission, Entry, Specimen, apart, canonical
from codedark.continuity.packs.pack import NumberBlock
from codedark.store.station.links import Link
from codedark.store.station.mirror import line_of


class Union:
    """Links by their hashes, acts by number, patient and time, and the station's own chain up to ``head``."""

    def __init__(self, links: Iterable[Link] = (), head: str = CHAIN_BEGINS) -> None:
        self._by_hash: dict[str, Link] = {}
        self._by_id: defaultdict[str, dict[bytes, Entry]] = defaultdict(dict)
        self._acts: SortedKeyList = SortedKeyList(key=_when)
        self._by_patient: defaultdict[str, SortedKeyList] = defaultdict(lambda: SortedKeyList(key=_when))
        self._numbers = SortedList[str]()
        self._last_used: dict[str, str] = {}
        self._begun: set[str] = set()
        self.chain: list[Link] = []
        self.lines: list[bytes] = []
        for link in links:
            self.add(link)
        self.go_to(head)

    def __contains__(self, digest: str) -> bool:
        return digest in self._by_hash

    def __len__(self) -> int:
        return len(self._by_hash)

    def add(self, link: Link) -> None:
        """Take in a link. A number that now stands for two acts has each of them under a number of its own."""
        self._by_hash[link.hash] = link
        self._begun.add(link.before)
        entry, known = link.entry, self._by_id[link.entry.id]
        text = canonical(entry)
        if text in known:
            return
        if len(known) == 1:
            first = next(iter(known.values()))
            self._drop(first)
            self._show(apart(first))
        if not known:
            self._numbers.add(str(entry.id))
        known[text] = entry
        self._show(entry if len(known) == 1 else apart(entry))
        for number in _reserved(entry):
            self._last_used[number[:4]] = max(self._last_used.get(number[:4], ""), number)

    def go_to(self, head: str) -> None:
        """The station's own chain ends at this link from now on; ``lines`` are as its second copies hold it."""
        found = list[Link]()
        last = self.chain[-1].hash if self.chain else CHAIN_BEGINS
        while head in self._by_hash and head != last:
            found.append(self._by_hash[head])
            head = self._by_hash[head].before
        if head != last:
            self.chain.clear()
            self.lines.clear()
        self.chain += found[::-1]
        self.lines += [line_of(each.hash, canonical(each.entry)) for each in found[::-1]]

    def number(self, digest: str) -> int:
        """The number of a link in its chain, 0 for one that is not here."""
        return self._by_hash[digest].number if digest in self._by_hash else 0

    def station(self, digest: str) -> str:
        """The station whose chain a link is of, "" for one that is not here."""
        return self._by_hash[digest].station if digest in self._by_hash else ""

    def texts(self, number: str) -> Collection[bytes]:
        """The bytes of what stands under a number."""
        return self._by_id[number].keys() if number in self._by_id else ()

    def of(self, number: str) -> list[Entry]:
        """Every act under a number: none, one, or several with numbers of their own."""
        found = list(self._by_id[number].values()) if number in self._by_id else []
        return found if len(found) < 2 else [apart(each) for each in found]

    def beside(self, number: str) -> tuple[Entry | None, Entry | None]:
        """The acts of the nearest numbers before and after this one, of the same part of a ward's block."""
        at, after = self._numbers.bisect_left(number), self._numbers.bisect_right(number)
        near = self._numbers[at - 1 : at] if at else [], self._numbers[after : after + 1]
        before, behind = (self.of(each[0])[:1] if each and each[0][:4] == number[:4] else [] for each in near)
        return next(iter(before), None), next(iter(behind), None)

    def last_used(self, within: NumberBlock) -> str:
        """The highest number that is used of a tenth of a block (`continuity.numbers.part`), or ""."""
        return self._last_used.get(within.first[:4], "")

    def acts(self) -> list[Entry]:
        """All acts in the order in which they happened."""
        return list(self._acts)

    def of_patient(self, patient: str) -> list[Entry]:
        """Those of one patient."""
        return list(self._by_patient[patient]) if patient in self._by_patient else []

    def entries(self) -> list[Entry]:
        """Acts whose number stands for them alone."""
        return [each for each in self._acts if len(self._by_id.get(each.id, ())) == 1]

    def conflicts(self) -> list[tuple[Entry, ...]]:
        """Numbers that stand for several acts, each with all of them."""
        return [tuple(each.values()) for _, each in sorted(self._by_id.items()) if len(each) > 1]

    def tips(self) -> set[str]:
        """The links at which no other is bound: the ends of all chains."""
        return self._by_hash.keys() - self._begun

    def marks(self) -> set[str]:
        """Of each chain the links 1, 2, 4, 8 and so on before its end."""
        found = set[str]()
        for digest in self.tips():
            behind, wanted, at = 0, 1, digest
            while at in self._by_hash:
                if behind == wanted:
                    found.add(at)
                    wanted *= 2
                at, behind = self._by_hash[at].before, behind + 1
        return found

    def beyond(self, tips: Collection[str]) -> list[Link]:
        """The links that whoever has these tips does not have, each after the one that it is bound to."""
        if self.tips() <= set(tips):
            return []
        there, open_ = set[str](), [each for each in tips if each in self._by_hash]
        while open_:
            if (digest := open_.pop()) in self._by_hash and digest not in there:
                there.add(digest)
                open_.append(self._by_hash[digest].before)
        return sorted((each for each in self._by_hash.values() if each.hash not in there), key=_place)

    def _show(self, entry: Entry) -> None:
        self._acts.add(entry)
        self._by_patient[entry.patient].add(entry)

    def _drop(self, entry: Entry) -> None:
        self._acts.remove(entry)
        self._by_patient[entry.patient].remove(entry)


def _when(entry: Entry) -> tuple[int, int, str]:
    return entry.effective_us, entry.recorded_us, entry.id


def _place(link: Link) -> tuple[str, int]:
    return link.station, link.number


def _reserved(entry: Entry) -> tuple[str, ...]:
    """The reserved numbers that an entry uses."""
    match entry.content:
        case Admission() as came:
            return entry.id, came.number, came.encounter
        case Specimen() as sent:
            return entry.id, sent.accession
        case _:
            return (entry.id,)
